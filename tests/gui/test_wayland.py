"""The window under a Wayland compositor, as on a desktop without X."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

import ptygui

ROOT = Path(ptygui.__file__).parents[1]
CODE = """
import asyncio, sys
from PyQt6.QtCore import QSettings
from PyQt6.QtGui import QGuiApplication
from ptygui.gui import app

async def look():
    window = app.open_window(settings=QSettings(sys.argv[1], QSettings.Format.IniFormat))
    window.load_example()
    for _ in range(2000):
        if window.request.scan is not None and window.windowHandle().isExposed():
            break
        await asyncio.sleep(0.01)
    print(QGuiApplication.platformName(), window.windowHandle().isExposed(), window.request.scan.name)
    window.close()

with app.event_loop() as loop:
    loop.run_until_complete(look())
"""


@pytest.fixture
def compositor(tmp_path):
    """A Wayland compositor without a screen; the environment of its clients."""
    weston = shutil.which("weston")
    if weston is None:
        pytest.skip("weston, a Wayland compositor, is not installed (apt-get install weston)")
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    others = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "QT_QPA_PLATFORM")}
    names = {"XDG_RUNTIME_DIR": str(runtime), "WAYLAND_DISPLAY": "wayland-test"}
    command = [weston, "--backend=headless-backend.so", "--socket=wayland-test", "--use-pixman"]
    environment = others | names | {"WAYLAND_DISPLAY": ""}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet) as running:
        for _ in range(400):  # until its socket is there, or it has ended
            if (runtime / "wayland-test").exists():
                break
            with suppress(subprocess.TimeoutExpired):
                running.wait(0.05)
                break
        if not (runtime / "wayland-test").exists():
            running.kill()
            pytest.skip(f"{weston} does not run without a screen here")
        yield others | names
        running.terminate()


def test_it_opens_and_shows_the_example(compositor, tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path / "settings.ini")],
        cwd=ROOT, env=compositor | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ran.stdout.splitlines()[-1:] == ["wayland True example blood smear"], ran.stderr
    assert "Traceback" not in ran.stderr
