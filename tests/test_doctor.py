"""`ptygui doctor` tells what is there, what is not, and whether results are right."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ptygui import cli, doctor

ROOT = Path(doctor.__file__).parents[1]


def test_it_works_without_qt(tmp_path):
    code = (
        "import sys; sys.modules['PyQt6'] = None\n"
        "from ptygui import cli\n"
        "sys.exit(cli.main(['doctor', '--no-test'], no_window=lambda: 'Qt is not installed'))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False,
        env=os.environ | {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    said = ran.stdout
    assert "Traceback" not in ran.stderr
    assert "cannot be opened: Qt is not installed" in said
    for what in ("Python", "torch", "CUDA", "numba", "processor", "memory", "weights", "free in ~"):
        assert what in said, (what, said)
    assert str(tmp_path) not in said  # the user's name


def test_results_are_checked_and_a_wrong_one_is_told(monkeypatch):
    monkeypatch.setattr(doctor, "EASY", 0.0)
    wrong, right = doctor.self_test()
    assert "results of this machine are wrong" in wrong.remedy
    assert "daps at 20%" in right.found
    assert not right.remedy
    assert "1 of 2 need attention" in doctor.report([wrong, right])
    assert wrong.remedy in doctor.report([wrong, right])


def test_what_fails_is_a_finding_and_the_rest_follows(monkeypatch, capsys):
    def broken():
        raise OSError("libcudart.so.12:\ncannot open shared object file")

    monkeypatch.setattr(doctor, "_torch", broken)
    monkeypatch.setattr(doctor, "LITTLE_DISK", 1e30)
    assert cli.main(["doctor", "--no-test"], no_window=lambda: "") == 1
    said = capsys.readouterr().out
    assert "-> OSError: libcudart.so.12: cannot open shared object file" in said
    assert "-> make room" in said
    assert "numba" in said
    assert "can be opened" in said
    assert "self-test" not in said


@pytest.mark.parametrize("text", ["", "model name\t: A CPU\nflags\t\t: fpu avx2 amx_bf16\n"])
def test_the_processor_is_told_by_linux(monkeypatch, tmp_path, text):
    (tmp_path / "cpuinfo").write_text(text)
    told = doctor._told
    monkeypatch.setattr(doctor, "_told", lambda path: told(str(tmp_path / "cpuinfo")))
    found = doctor._processor().found
    assert ("A CPU" in found and found.endswith("avx2 amx_bf16")) if text else "features not told" in found
