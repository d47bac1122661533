"""Watcher: follows a file or folder that grows while a scan is taken, outside the GUI thread."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.errors import InputError
from ptygui.experiment.watching import QUIET, SHARE, Arrived
from ptygui.files.layout.layout import Layout
from ptygui.gui.background.jobs import Jobs
from ptygui.options import Options, option
from ptygui.scan import Scan

LONGEST = 20.0  # between two looks, however long reading takes: the first may search for a probe [s]


@dataclass(frozen=True)
class Following(Options):
    """What is followed, and what its layout is if it is an unknown one."""

    label: ClassVar[str] = "following"

    scan: str = option(
        "", kind="file", help="the file that grows (HDF5, written with SWMR), or a folder of frames"
    )
    frames_expected: int = option(
        0,
        min=0,
        max=10**8,
        help="how many there will be; 0: as the file says, or until its writer has closed it",
    )
    every: float = option(2.0, min=0.01, max=3600, unit="s", help="between two looks at it")
    quiet: float = option(
        QUIET, min=0, max=86_400, unit="s",
        help="if it is not said how many: how long nothing may come before that is all",
    )  # fmt: skip
    recipe: str = option("", advanced=True, help="the name of a recipe that says what is where in the file")
    patterns: str = option("", advanced=True, help="the data set of the patterns, or names like frame_*.tif")
    positions: str = option("", advanced=True, help="their data set, or the table of a folder")
    positions_axes: str = option("", advanced=True, help="xy or yx: which comes first; x is the columns")
    positions_unit: str = option("", advanced=True, help="px, m, mm, um, nm or A")

    @property
    def layout(self) -> Layout:
        """What is said of the layout; empty for a file that is known.

        Raises
        ------
        InputError
            If the recipe does not exist, or a value is none of those possible.
        """
        names = ("patterns", "positions", "positions_axes", "positions_unit")
        said = Layout(**{name: getattr(self, name) for name in names})
        if self.recipe:
            from ptygui.files.layout.recipes import recipe_named  # which imports what reads files

        return said.over(recipe_named(self.recipe).layout) if self.recipe else said

    def keywords(self, before: dict[str, Any]) -> dict[str, Any]:
        """Keywords of `files.scans.read_scan`; what was said `before` of the file stays."""
        layout = self.layout.over(before.get("layout") or Layout())
        others = {name: value for name, value in before.items() if name != "layout"}
        return others | ({"layout": layout} if layout else {})


class Watcher(QObject):
    """Looks at what is followed, and tells what has come.

    Attributes
    ----------
    path : str
        What is followed; empty if nothing is.
    scan : Scan, optional
        All that has come, as it was told last.
    anew : bool
        Whether its probe is a better one than that of the scans before, which their objects do not fit;
        whoever goes on with it sets this to false.
    wanted : bool
        Whether what comes first is to be worked on: no other scan was chosen since.
    run_number : int
        Of the run that goes on with what comes, also when it has done all its steps; 0 if there is none.
    """

    told = pyqtSignal(Arrived)  # when more has come, or something else is waited for
    came = pyqtSignal(Scan, bool)  # all that is there; whether it is the first
    ended = pyqtSignal(str)  # why nothing is followed any more

    def __init__(self, jobs: Jobs, parent: QObject | None = None):
        super().__init__(parent)
        self.jobs = jobs
        self.path = ""
        self.scan: Scan | None = None
        self.anew, self.run_number, self.wanted = False, 0, True
        self.reading: dict[str, Any] = {}
        self._task: asyncio.Task[Any] | None = None

    @property
    def waits(self) -> bool:
        """Whether a scan is followed of which nothing has come, and no other was chosen meanwhile."""
        return bool(self.path) and self.scan is None and self.wanted

    def follow(self, following: Following, reading: dict[str, Any]) -> None:
        """Begin to follow; `reading` are keywords of `files.scans.read_scan`."""
        self.stop()
        self.path, self.scan, self.reading = following.scan, None, reading
        self.anew, self.run_number, self.wanted = False, 0, True
        self._task = self.jobs.start("", self._follow(following, reading))

    def stop(self) -> None:
        """Look no more; what has come stays."""
        if self._task is not None:
            self._task.cancel()
            self._end("")

    def _end(self, why: str) -> None:
        self.path, self._task = "", None
        self.ended.emit(why)

    async def _follow(self, following: Following, reading: dict[str, Any]) -> None:
        growing = await asyncio.to_thread(_growing, following, reading)
        text = ""
        while True:
            began = time.monotonic()
            try:
                found: Arrived = await asyncio.to_thread(growing.look)
            except InputError:
                self._end("it cannot be followed any more")
                raise
            took = time.monotonic() - began
            first = self.scan is None
            if found.scan is not None:
                self.scan, self.anew = found.scan, self.anew or found.anew
            if found.text != text:
                text = found.text
                self.told.emit(found)
            if found.scan is not None:
                self.came.emit(found.scan, first)
            if found.complete:
                self._end(text)
                return
            await asyncio.sleep(max(following.every, min(took * (1 / SHARE - 1), LONGEST)))


def _growing(following: Following, reading: dict[str, Any]) -> Any:
    """The file as it is looked at: in a thread, since its readers are imported here."""
    from ptygui.files.growing import GrowingScan
    from ptygui.files.scans import read_scan

    path = Path(following.scan)

    def read(search: bool) -> Scan:
        return read_scan(path, **(reading | {"find_probe": search}))

    links = bool(reading.get("allow_links"))
    layout, expected = reading.get("layout"), following.frames_expected
    return GrowingScan(path, read, layout, links, expected, following.quiet)
