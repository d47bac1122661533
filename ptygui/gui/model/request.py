"""Request: what the next run will use. Panels bind to it; launcher, checklist, undo and projects read it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from PyQt6.QtCore import QObject, pyqtSignal

from ptygui import methods
from ptygui.errors import InputError, LayoutNeeded
from ptygui.experiment.settings import RunSettings
from ptygui.experiment.thinning import Thinning
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.model.sweep_request import SweepRequest
from ptygui.methods import Method
from ptygui.physics.overlap import Acquisition
from ptygui.scan import Geometry, Scan


@dataclass(frozen=True, eq=False)
class Source:
    """The scan that the next run is of: simulated, or opened from a file.

    Or the scan of a result that was opened without it, which can be viewed but not run.

    Attributes
    ----------
    scan : Geometry, optional
        None until there is one.
    path : str, optional
        The file that it was read from; None for a simulation.
    """

    scan: Geometry | None = None
    path: str | None = None

    @property
    def opened(self) -> bool:
        """Whether it was read from a file."""
        return self.path is not None

    @property
    def bare(self) -> bool:
        """Whether there are no patterns to run."""
        return self.scan is not None and not self.scan.has_patterns

    @property
    def simulated(self) -> bool:
        """Whether it is, or will be, a simulation."""
        return not self.opened and not self.bare


class Request(QObject):
    """Scan, method with options, and settings of the next run; one signal a field, sent after a change.

    A simulation and an opened scan are two kinds of source: the newest of each is kept, one is active.
    """

    source_changed = pyqtSignal(Source)  # the active one
    opened = pyqtSignal(str)  # path of a scan that was read just now
    layout_needed = pyqtSignal(str, str)  # path of a file of which must be said what is where, and why
    method_changed = pyqtSignal(Method)  # with its options
    refusal_changed = pyqtSignal(str)  # why options or settings as typed are refused; empty when they are not
    settings_changed = pyqtSignal(RunSettings)
    acquisition_changed = pyqtSignal(Acquisition)
    sweep_changed = pyqtSignal(SweepRequest)
    preview_changed = pyqtSignal(bool)
    thinning_changed = pyqtSignal(Thinning)

    def __init__(self, jobs: Jobs, parent: QObject | None = None):
        super().__init__(parent)
        self.jobs = jobs
        self.source = Source()
        self.settings = RunSettings()
        self.acquisition = Acquisition()
        self.sweep = SweepRequest()
        self.thinning = Thinning()  # how the opened scan is to be thinned
        self.preview = False  # whether a preview follows the overlap automatically
        self.refusal = ""  # why the options of the method are refused
        self.settings_refusal = ""  # why the settings of the run are
        self._kept: dict[type[Method], Method] = {}  # options of each method, shown or not
        self._method = methods.METHODS[0]()
        self._simulated, self._opened = Source(), Source()
        self._readings: WeakKeyDictionary[Geometry, dict[str, Any]] = WeakKeyDictionary()
        self.asked: tuple[str, dict[str, Any]] = "", {}  # file that was requested last, and how to read it
        self._opening = 0  # count of scans requested; only the newest is taken over

    # ------------------------------------------------------------------ source

    @property
    def scan(self) -> Geometry | None:
        """The active source."""
        return self.source.scan

    @property
    def path(self) -> str | None:
        """The file of the active scan, if it was opened from one."""
        return self.source.path

    @property
    def simulated_scan(self) -> Scan | None:
        """The newest simulation, active or not."""
        scan = self._simulated.scan
        return scan if isinstance(scan, Scan) else None

    @property
    def opened_source(self) -> Source:
        """The newest scan that was opened from a file, active or not."""
        return self._opened

    @property
    def reading(self) -> dict[str, Any]:
        """How the opened scan was read: keywords of `files.scans.read_scan`."""
        scan = self._opened.scan
        return {} if scan is None else self._readings.get(scan, {})

    def reading_of(self, scan: Geometry) -> dict[str, Any] | None:
        """How a scan was read; None if it was not read here."""
        return self._readings.get(scan)

    def readings_of(self, scans: Iterable[Geometry | None]) -> dict[Geometry, dict[str, Any]]:
        """How these scans were read, those of which more was said than their files say."""
        found = {scan: self._readings.get(scan) for scan in scans if scan is not None}
        return {scan: reading for scan, reading in found.items() if reading}

    def note_readings(self, readings: Mapping[Geometry, dict[str, Any]]) -> None:
        """Remember how scans were read that a project brings."""
        self._readings.update(readings)

    def set_scan(
        self, scan: Geometry, path: str | None = None, reading: dict[str, Any] | None = None
    ) -> None:
        """Use this scan for the next run: a simulation, or read from `path`.

        `reading` says how; by default as before, or as the last scan of that file.
        """
        if path is not None and (reading is not None or scan not in self._readings):
            last = self.reading if path == self._opened.path else {}
            self._readings[scan] = last if reading is None else reading
        self.source = Source(scan, path)
        if self.source.simulated:
            self._simulated = self.source
        elif not self.source.bare:
            self._opened = self.source
        self.source_changed.emit(self.source)

    def use_opened(self) -> None:
        """Use the scan that was opened last for the next run."""
        if self._opened.scan is not None and self.source is not self._opened:
            self.drop_opening()
            self.set_scan(self._opened.scan, self._opened.path)

    def open_scan(self, path: str, **reading: Any) -> None:
        """Read a scan from a file; `reading` are keywords of `files.scans.read_scan`, such as probe."""
        self._opening += 1
        self.asked = path, reading
        self.jobs.start(f"reading {Path(path).name}", self._open_scan(path, reading, self._opening))

    def drop_opening(self) -> None:
        """Something else was requested: scans that are still being read are not taken over."""
        self._opening += 1

    async def _open_scan(self, path: str, reading: dict[str, Any], count: int) -> None:
        from ptygui.files.scans import read_scan

        try:
            scan = await self.jobs.in_thread(read_scan, path, **reading)
        except LayoutNeeded as error:
            if Path(path).is_dir():
                raise
            if count == self._opening:
                self.layout_needed.emit(path, str(error))
            return
        if count == self._opening:
            self.set_scan(scan, path, reading)
            self.opened.emit(path)

    async def read_again(self, **reading: Any) -> Scan | None:
        """Read the file of the opened scan with other keywords; None if another was requested meanwhile.

        The scan is not active yet: see `set_scan`.
        """
        from ptygui.files.scans import read_scan

        path = self._opened.path
        if path is None:
            return None
        self._opening += 1
        count = self._opening
        scan = await self.jobs.in_thread(read_scan, path, **reading)
        return scan if count == self._opening else None

    # ------------------------------------------------------------------ method

    @property
    def method(self) -> Method:
        """The method with its options; the last valid ones while those typed are refused."""
        return self._method

    def checked_method(self) -> Method:
        """The method with the options as typed in the panel.

        Raises
        ------
        InputError
            If an option as typed is refused.
        """
        if self.refusal:
            raise InputError(self.refusal)
        return self._method

    def set_method(self, method: Method) -> None:
        """Choose a method with these options.

        Raises
        ------
        InputError
            If it is not one of the methods of this program.
        """
        if type(method) not in methods.METHODS:
            raise InputError(f"{method.label} is not a method of this version: choose another")
        refused = bool(self.refusal)
        self.set_refusal("")
        self._kept[type(method)] = method
        if method != self._method or refused:
            self._method = method
            self.method_changed.emit(method)

    def choose(self, kind: type[Method]) -> None:
        """Choose a method with the options that it had last."""
        self.set_method(self.kept(kind))

    def kept(self, kind: type[Method]) -> Method:
        """The latest options of a method, active or not."""
        return self._method if type(self._method) is kind else self._kept.get(kind) or kind()

    def remembered(self) -> list[Method]:
        """Every method whose options were shown; the active one comes last."""
        others = [kept for kind, kept in self._kept.items() if kind is not type(self._method)]
        return [*others, self._method]

    def keep(self, method: Method) -> None:
        """Set the options of a method, active or not."""
        if type(method) is type(self._method):
            self.set_method(method)
        else:
            self._kept[type(method)] = method

    def set_weights(self, kind: str, folder: str, show: bool = True) -> None:
        """Let all methods that need weights of this kind use these; `show`: choose one if none is chosen."""
        users = [method for method in methods.METHODS if kind in method.needs]
        self.use_weights(kind, folder, users)
        if show and users and type(self._method) not in users:
            self.choose(users[0])

    def use_weights(self, kind: str, folder: str, users: Sequence[type[Method]]) -> None:
        """Let these methods use weights of this kind; the active method stays the same."""
        for method in users:
            self.keep(replace(self.kept(method), **{method.needs[kind]: folder}))

    def set_refusal(self, why: str) -> None:
        """Set why the options as typed are refused; empty if they are valid."""
        if why != self.refusal:
            self.refusal = why
            self.refusal_changed.emit(why)

    # ------------------------------------------------------------------ settings

    def checked_settings(self) -> RunSettings:
        """The settings as the panel has them.

        Raises
        ------
        InputError
            If one is refused as it is typed.
        """
        if self.settings_refusal:
            raise InputError(self.settings_refusal)
        return self.settings

    def set_settings_refusal(self, why: str) -> None:
        """Say why the settings as they are typed cannot be; nothing when they can."""
        if why != self.settings_refusal:
            self.settings_refusal = why
            self.refusal_changed.emit(why)

    def set_settings(self, settings: RunSettings) -> None:
        """Other settings of the run."""
        refused = bool(self.settings_refusal)
        self.set_settings_refusal("")
        if settings != self.settings or refused:
            self.settings = settings
            self.settings_changed.emit(settings)

    def change_settings(self, **changes: Any) -> None:
        """Change some of the settings."""
        self.set_settings(replace(self.settings, **changes))

    def set_acquisition(self, acquisition: Acquisition) -> None:
        """Set the cost of a position, and the scan to compare with."""
        if acquisition != self.acquisition:
            self.acquisition = acquisition
            self.acquisition_changed.emit(acquisition)

    def set_sweep(self, sweep: SweepRequest) -> None:
        """Set what a sweep would try."""
        if sweep != self.sweep:
            self.sweep = sweep
            self.sweep_changed.emit(sweep)

    def set_thinning(self, thinning: Thinning) -> None:
        """Set how the opened scan is thinned: to which overlap, and with what reference."""
        if thinning != self.thinning:
            self.thinning = thinning
            self.thinning_changed.emit(thinning)

    def set_preview(self, on: bool) -> None:
        """Set whether a preview follows the overlap automatically."""
        if on != self.preview:
            self.preview = on
            self.preview_changed.emit(on)
