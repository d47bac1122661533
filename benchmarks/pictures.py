"""Drives the window like a user and saves pictures of every state of it. Asserts nothing.

    xvfb-run -a -s "-screen 0 2560x1440x24" python benchmarks/pictures.py --all FOLDER
    python benchmarks/pictures.py FOLDER --only overlap,priors
    python benchmarks/pictures.py --docs docs/pictures

Each picture is named by state, theme and size. All states are taken at 1440 x 900 in both themes, the main
ones at 1280 x 800 and 2560 x 1440, too; those whose name contains none of the words given with --only are
left out. --docs takes those that the pages of docs/ show, as small files. Without a display:
QT_QPA_PLATFORM=offscreen.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QSettings
from PyQt6.QtWidgets import QDialog, QWidget

from ptygui import write_scan
from ptygui.experiment.example import example_scan
from ptygui.experiment.thinning import Thinning
from ptygui.gui import app as program
from ptygui.gui.pages import DATA, DEVIATIONS, OVERLAP, POSITIONS, PROBE, STEPS
from ptygui.methods import AWF, DAPS, DPS, RPIE
from ptygui.physics.simulate import Simulation

EACH, MAIN = (1440, 900), ((1280, 800), (2560, 1440))
THEMES = ("light", "dark")
# pictures of the pages of docs/: state, and name of the file
DOCS = {
    "welcome": "welcome", "opened": "opened", "thinned": "thinned", "truth": "steps",
    "compare-side": "compare", "deviations": "deviations", "overlap": "overlap", "overlap-map": "overlap-map",
    "overlap-rows": "overlap-rows", "priors": "priors-list", "figure": "figure-dialog", "batch": "batch",
    "training": "training", "doctor": "doctor",
}  # fmt: skip
COLOURS = 256  # of a small file


async def until(condition, seconds: float = 900.0) -> None:
    """Wait for something to become true; give up with an error that says what."""
    for _ in range(round(seconds / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError(f"{condition} did not become true in {seconds:g} s")


async def run(window, method) -> None:
    """Run a method to its end, by the panel and its button."""
    session = window.session
    window.request.set_method(method)
    window.run_panel.run.click()
    await until(lambda: session.live)
    await until(lambda: not session.live)


@dataclass
class Album:
    """Takes the pictures, in every theme and size that is asked for."""

    window: QWidget
    folder: Path
    only: list[str]
    docs: bool = False

    async def take(self, state: str, main: bool = False) -> None:
        """Take pictures of the window as it is."""
        for scheme, size in self._ways(state, main):
            self.window.menus.actions[scheme].trigger()
            self.window.resize(*size)
            await asyncio.sleep(0.6)  # layouts, views and their rate limits settle
            if self.window.height() > size[1] or self.window.width() > size[0]:
                found = self.window.size()
                print(f"{state} does not fit: {found.width()} x {found.height()} for {size[0]} x {size[1]}")
            self._save(self.window, state, scheme, size)

    async def dialog(self, state: str, dialog: QWidget) -> None:
        """Take pictures of a dialog; it is closed then."""
        for scheme, size in self._ways(state, False):
            self.window.menus.actions[scheme].trigger()
            await asyncio.sleep(0.4)
            self._save(dialog, state, scheme, size)
        dialog.close()
        await asyncio.sleep(0.1)

    def wants(self, state: str) -> bool:
        """Whether there is a picture to take of a state."""
        return any(self._ways(state, True))

    def _ways(self, state: str, main: bool) -> Iterator[tuple[str, tuple[int, int]]]:
        if self.docs:
            yield from [("dark", MAIN[0])] * (state in DOCS)
            return
        for scheme in THEMES:
            for size in (EACH, *(MAIN if main else ())):
                name = f"{state}-{scheme}-{size[0]}x{size[1]}"
                if not self.only or any(word in name for word in self.only):
                    yield scheme, size

    def _save(self, widget: QWidget, state: str, scheme: str, size: tuple[int, int]) -> None:
        name = DOCS[state] if self.docs else f"{state}-{scheme}-{size[0]}x{size[1]}"
        path = self.folder / f"{name}.png"
        self.folder.mkdir(parents=True, exist_ok=True)
        widget.grab().save(str(path))
        if self.docs:
            from PIL import Image

            with Image.open(path) as found:
                small = found.convert("RGB").quantize(
                    COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
                )
            small.save(path, optimize=True)
        print(path.name, flush=True)


async def first_steps(window, album: Album) -> None:
    """The first page, the example before, during and after a run, and how its pictures can be shown."""
    session = window.session
    await until(lambda: window.found_device)
    await album.take("welcome", main=True)
    window.load_example()
    await until(lambda: session.request.scan is not None)
    await album.take("ready", main=True)
    window.request.set_method(replace(RPIE(), iterations=10_000_000))
    window.run_panel.run.click()
    await until(lambda: session.selection.history.last is not None)
    await album.take("live", main=True)
    session.stop()
    await until(lambda: not session.live)
    await run(window, replace(AWF(), iterations=600))
    await album.take("steps", main=True)
    await run(window, DAPS(setting="preview"))
    window.object.set_beside("truth")
    await album.take("truth", main=True)
    window.docks.show("residual")
    await album.take("patterns")
    window.docks.show("log")
    await album.take("log")
    window.docks.show("curves")
    window.object.set_beside("nothing")
    for parts in ("amplitude", "complex"):
        window.object.set_parts(parts)
        await album.take(parts)
    window.object.set_parts("both")
    window.object.set_beside("x_t")
    session.selection.show_index(4)
    await album.take("inside")
    await run(window, replace(DPS(), num_steps=40, j=3))
    session.selection.show_index(90)
    await album.take("travel")
    window.object.set_beside("nothing")
    window.docks.show("runs")
    await album.take("runs", main=True)
    await compared(window, album)


async def compared(window, album: Album) -> None:
    """The page Comparison."""
    window.show_preset("compare")
    await album.take("compare-wipe")
    for mode in ("side", "difference"):
        window.menus.actions[mode].trigger()
        await album.take(f"compare-{mode}", main=mode == "side")
    for name in ("side", "profile", "frc", "ramp", "shift"):
        window.menus.actions[name].trigger()
    window.compare.grid.point((40, 77))
    await until(lambda: window.compare.frc.frc is not None)
    await album.take("compare-plots")
    window.show_preset("explore")


async def warned(window, album: Album) -> None:
    """Little overlap; a prior of another kind, told before a minute is spent; an error."""
    session = window.session
    window.menus.actions["example_chip"].trigger()
    await until(lambda: session.request.scan is not None and session.request.scan.specimen == "chip")
    window.request.set_method(DAPS(setting="preview", prior="blood-small"))
    await album.take("warned", main=True)
    await run(window, DAPS(setting="preview", prior="chips"))
    window.object.set_beside("truth")
    await album.take("uncovered")
    window.object.set_beside("nothing")
    window.open("/nowhere/scan.h5")
    await until(lambda: window.banner.isVisible())
    await album.take("error")
    window.banner.close_button.click()
    window.menus.actions["priors"].trigger()
    await asyncio.sleep(3)  # which is more than `ranker.QUIET`
    await until(lambda: not album.wants("priors") or not window.ranker.measuring)
    await album.dialog("priors", window.priors_dialog)


async def opened(window, album: Album, folder: Path) -> None:
    """Files: a scan that was opened, looked at, prepared and thinned; a batch of them."""
    session = window.session
    for k in range(2):
        one = example_scan(Simulation(overlap=0.72, photons=1e4, seed=k), size=96, object_seed=k + 1)
        path = write_scan(
            folder / "scans" / f"scan-{k + 1}.h5", replace(one, truth=None, name=f"scan {k + 1}")
        )
    window.request.open_scan(str(path))
    await until(lambda: session.request.path == str(path))
    window.show_page(DATA)
    await until(lambda: window.data.map.values is not None)
    await album.take("opened", main=True)
    window.scan_panel.prepare.click()
    await asyncio.sleep(1.5)
    await album.dialog("prepare", window.prepare_dialog)
    window.menus.actions["follow_file"].trigger()
    await album.dialog("follow", window.follow_dialog)
    await run(window, replace(RPIE(), iterations=60))
    window.show_page(STEPS)
    await album.take("measured", main=True)
    window.request.set_thinning(Thinning(overlap=0.4, reference=40))
    await run(window, DAPS(setting="preview"))
    window.object.set_beside("truth")
    await album.take("thinned", main=True)
    window.object.set_beside("nothing")
    await batch(window, album, folder)
    rng, plain = np.random.default_rng(0), folder / "unknown.npz"
    np.savez(plain, frames=rng.poisson(5, (12, 32, 32)), places=rng.uniform(0, 40, (12, 2)))
    window.mapper.open_file(str(plain))
    await asyncio.sleep(1.5)
    await album.dialog("mapper", window.mapper)


async def batch(window, album: Album, folder: Path) -> None:
    """A folder of scans, run one after the other."""
    if not album.wants("batch"):
        return
    window.request.set_method(replace(AWF(), iterations=60))
    window.menus.actions["batch"].trigger()
    window.batch_paths = tuple(sorted((folder / "scans").glob("*.h5")))
    window.batch_results = folder / "results"
    window.menus.actions["batch"].trigger()
    window.batch_dialog.start.click()
    await until(lambda: window.batcher.live)
    await until(lambda: not window.batcher.live)
    await album.dialog("batch", window.batch_dialog)


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
    for name, page in (("probe", PROBE), ("positions", POSITIONS)):
        window.show_page(page)
        await album.take(name)
    window.show_page(STEPS)


async def swept(window, album: Album) -> None:
    """Seeds and their deviations; the page Overlap, as curves, as a map and as rows."""
    session = window.session
    session.request.set_scan(example_scan(Simulation(overlap=0.1, photons=1e4)))
    await run(window, DAPS(setting="preview", seeds=4))
    window.show_page(DEVIATIONS)
    await until(lambda: window.deviations.averaged is not None)
    await album.take("deviations", main=True)
    window.simulator.load_example()
    window.request.keep(DAPS(setting="preview"))
    window.show_page(OVERLAP)
    await until(lambda: not len(window.jobs) and window.simulator.specimen.kind == "blood smear")
    window.request.set_sweep(
        replace(window.request.sweep, by=0.1, also="smear:5:128", more="awf:iterations=60")
    )
    await until(lambda: "more" in window.sweep_panel.said.text())
    window.sweep_panel.start.click()
    await until(lambda: window.sweeper.newest is not None and len(window.sweeper.newest.runs) > 7)
    window.sweep_view.look.setCurrentText("rows")
    window.docks.show("runs")
    await album.take("overlap-rows", main=True)
    await until(lambda: not window.sweeper.live)
    for look in ("map", "curves"):
        window.sweep_view.look.setCurrentText(look)
        await album.take("overlap-map" if look == "map" else "overlap", main=True)
    session.selection.show_run(min(session.runs, key=lambda one: one.last.nrmse if one.last.nrmse else 9))
    window.show_page(STEPS)
    window.object.set_beside("truth")
    window.show_preset("present")
    await album.take("present", main=True)
    window.show_preset("explore")


async def dialogs(window, album: Album, folder: Path) -> None:
    """What else opens over the window."""
    window.exporter.ask("figure")
    await asyncio.sleep(0.5)
    if album.docs:  # pages name no folder of the machine that they were made on
        window.export_dialog.folder.setText("~/results")
    await album.dialog("figure", window.export_dialog)
    if album.wants("doctor"):
        window.menus.actions["doctor"].trigger()
        await until(window.doctor_dialog.copy.isEnabled)
        if album.docs:
            text, here = window.doctor_dialog.text, str(Path(__file__).parents[1])
            text.setPlainText(text.toPlainText().replace(here, "~/ptygui"))
        await album.dialog("doctor", window.doctor_dialog)
    for name in ("keys", "about"):
        window.menus.actions[name].trigger()
        await asyncio.sleep(0.4)
        shown = [one for one in window.findChildren(QDialog) if one.isVisible()]
        await album.dialog(name, shown[-1])
    if album.wants("training"):
        await trained(window, album, folder)


async def trained(window, album: Album, folder: Path) -> None:
    """A prior of a few objects, for a minute."""
    from ptygui.physics.smear import smear

    (folder / "objects").mkdir()
    for seed in range(4):
        np.save(folder / "objects" / f"smear-{seed}.npy", smear((128, 128), seed=seed))
    window.menus.actions["train"].trigger()
    train = window.train_window
    train.add_images([str(path) for path in sorted((folder / "objects").glob("*.npy"))])
    train.folder.setText(str(folder / "mine"))
    await asyncio.sleep(1)
    train.start.click()
    await asyncio.sleep(25)
    await album.dialog("training", train)
    window.training.stop()
    await until(lambda: not window.training.live)


async def tour(folder: Path, only: list[str], docs: bool) -> None:
    """Through all states of the window."""
    scratch = Path(tempfile.mkdtemp())
    settings = QSettings(str(scratch / "settings.ini"), QSettings.Format.IniFormat)
    window = program.open_window(settings=settings)
    album = Album(window, folder, only, docs)
    await asyncio.sleep(1)
    (scratch / "scans").mkdir()
    await first_steps(window, album)
    await warned(window, album)
    await opened(window, album, scratch)
    await refined(window, album)
    await swept(window, album)
    await dialogs(window, album, scratch)
    window.close()


def main() -> None:
    """Read the arguments, and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true", help="every state (the default)")
    parser.add_argument("--docs", action="store_true", help="only those of docs/, as small files")
    parser.add_argument("--only", default="", help="words, separated by commas")
    given = parser.parse_args()
    words = [word for word in given.only.split(",") if word]
    with program.event_loop() as loop:
        loop.run_until_complete(tour(given.folder, words, given.docs))


if __name__ == "__main__":
    main()
