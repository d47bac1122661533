"""Drives the window like a user and saves pictures of its parts. Asserts nothing.

    xvfb-run -a -s "-screen 0 2560x1440x24" python benchmarks/pictures.py pictures [--only steps,dark]

Each picture is named by part, theme and size; those whose name contains none of the words given
with --only are left out. Also without a display: QT_QPA_PLATFORM=offscreen.
"""

import argparse
import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QSettings

from ptygui.experiment.example import example_scan
from ptygui.gui import app as program
from ptygui.gui.pages import DATA, OVERLAP, POSITIONS, PROBE, STEPS
from ptygui.methods import AWF, DAPS, DPS, RPIE
from ptygui.physics.simulate import Simulation

SIZES = ((1280, 800), (2560, 1440))
THEMES = ("light", "dark")


async def until(condition, seconds: float = 900.0) -> None:
    """Wait for something to become true; give up with an error that says what."""
    for _ in range(round(seconds / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError(f"{condition.__name__} did not become true in {seconds:g} s")


async def run(window, method) -> None:
    """Run a method to its end, by the panel and its button."""
    session = window.session
    window.request.set_method(method)
    window.run_panel.run.click()
    await until(lambda: session.live)
    await until(lambda: not session.live)


class Album:
    """Takes the pictures, in every theme and size."""

    def __init__(self, window, folder: Path, only: list[str]):
        self.window, self.folder, self.only = window, folder, only
        folder.mkdir(parents=True, exist_ok=True)

    async def take(self, part: str) -> None:
        """Take a picture of the present window."""
        for scheme in THEMES:
            for width, height in SIZES:
                name = f"{part}-{scheme}-{width}x{height}"
                if self.only and not any(word in name for word in self.only):
                    continue
                self.window.menus.actions[scheme].trigger()
                self.window.resize(width, height)
                await asyncio.sleep(0.7)  # layouts, views and their rate limits settle
                self.window.grab().save(str(self.folder / f"{name}.png"))
                print(name, flush=True)


async def refined(window, album: Album) -> None:
    """Through the pages on a scan of which probe, positions and more are wrong."""
    options = Simulation(
        overlap=0.75, photons=1e4, whole_pixels=False, modes=3, mode_power=0.2, flicker=0.05, background=2
    )
    exact = example_scan(options)
    moved = np.cumsum(np.random.default_rng(1).normal(0, 0.1, exact.positions.shape), 0)
    positions = (exact.positions + moved).clip(0, 96)
    scan = replace(exact, positions=positions, weaker_modes=None, weights=None, name="wrong in all respects")
    window.request.set_scan(scan)
    window.show_page(DATA)
    await until(lambda: window.data.map.values is not None)
    await album.take("data")
    found = {"probe_update": "yes", "position_update": True, "weight_update": True, "probe_modes": 3}
    await run(window, replace(RPIE(), iterations=100, background_update="pixels", **found))
    window.docks.show("residual")
    for name, page in (("probe", PROBE), ("positions", POSITIONS)):
        window.show_page(page)
        await album.take(name)
    window.show_page(STEPS)


async def tour(folder: Path, only: list[str]) -> None:
    """Through all parts of the window."""
    settings = QSettings(str(Path(tempfile.mkdtemp()) / "settings.ini"), QSettings.Format.IniFormat)
    window = program.open_window(settings=settings)
    session, album = window.session, Album(window, folder, only)
    await asyncio.sleep(1)
    await album.take("welcome")
    window.welcome.at_start.setChecked(True)
    window.load_example()
    await until(lambda: session.request.scan is not None)
    await album.take("ready")
    await refined(window, album)
    window.load_example()
    await until(lambda: session.request.scan.name == "example blood smear")
    await run(window, replace(AWF(), iterations=600))
    await run(window, DAPS(setting="preview"))
    window.object.set_beside("truth")
    await album.take("daps")
    window.object.set_beside("x_t")
    session.selection.show_index(4)
    window.docks.show("residual")
    await album.take("inside")
    await run(window, replace(DPS(), num_steps=40, j=3))
    session.selection.show_index(90)
    window.docks.show("curves")
    await album.take("travel")
    window.docks.show("runs")
    await album.take("runs")
    window.show_preset("compare")
    await album.take("compare")
    for mode in ("side", "difference"):
        window.menus.actions[mode].trigger()
        await album.take(f"compare-{mode}")
    for name in ("side", "profile", "frc", "ramp", "shift"):
        window.menus.actions[name].trigger()
    window.compare.grid.point((40, 77))
    await until(lambda: window.compare.frc.frc is not None)
    await album.take("compare-plots")
    session.request.set_scan(
        example_scan(Simulation(overlap=0.1, photons=1e4))
    )  # with pixels with hardly any illumination
    await run(window, DAPS(setting="preview", seeds=4))
    window.show_page(2)
    await until(lambda: window.deviations.averaged is not None)
    await album.take("deviations")
    window.simulator.load_example()
    window.show_page(OVERLAP)
    await until(lambda: session.request.scan.name == "example blood smear")
    window.sweep_panel.start.click()
    await until(lambda: window.sweeper.live)
    await until(lambda: not window.sweeper.live)
    await album.take("overlap")
    session.selection.show_run(min(session.runs, key=lambda run: run.last.nrmse))
    window.show_page(STEPS)
    window.object.set_beside("truth")
    window.show_preset("present")
    await album.take("present")
    window.close()


def main() -> None:
    """Read the arguments, and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="words, separated by commas")
    arguments = parser.parse_args()
    with program.event_loop() as loop:
        loop.run_until_complete(tour(arguments.folder, [w for w in arguments.only.split(",") if w]))


if __name__ == "__main__":
    main()
