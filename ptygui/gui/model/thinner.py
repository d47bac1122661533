"""Thinner: the opened scan at the overlap that is asked for, and the reference for its results."""

import asyncio
from collections.abc import Generator
from dataclasses import replace
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from ptygui.experiment.reconstruct import pick_device, reconstruct
from ptygui.experiment.thinning import Thinning, reference_scan, thinned
from ptygui.gui.background.imports import load
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.background.step_thread import StepThread
from ptygui.gui.model.request import Request, Source
from ptygui.scan import Geometry, Scan
from ptygui.step import Step

REST = 200  # delay after the last change before the scan is thinned [ms]
_Key = tuple[int, bool, int, int, int]  # of a reference: scan, halves, seed of these, iterations


class Thinner(QObject):
    """Thins the opened scan outside the GUI thread, once `Request.thinning` has rested for a moment.

    The reference is made by `prepare`, before the first run, and used for every later overlap.
    """

    planned = pyqtSignal(Geometry, Thinning)  # the whole scan, and how it is to be thinned
    loaded = pyqtSignal(Thinning)  # of another active scan
    progressed = pyqtSignal(int, int, float)  # iterations of the reference, of how many, seconds so far
    ready = pyqtSignal()  # the active scan is as asked for

    def __init__(self, jobs: Jobs, request: Request, parent: QObject | None = None):
        super().__init__(parent)
        self.jobs, self.request = jobs, request
        self._made: WeakKeyDictionary[Geometry, tuple[Scan | None, Thinning]] = WeakKeyDictionary()
        self.newest: Geometry | None = None  # the scan that was made last
        self._dense: dict[_Key, Step] = {}  # the newest reference
        self._device: str | None = None  # where to make a reference; None: not asked for
        self._thread: StepThread | None = None
        self._working = False
        self._timer = QTimer(self, singleShot=True, interval=REST)
        self._timer.timeout.connect(self._start)
        request.source_changed.connect(self._take_source)
        request.thinning_changed.connect(self._ask)

    @property
    def full(self) -> Scan | None:
        """The whole scan that the active one was thinned from, or is; None if it is not at hand."""
        scan = self.request.scan
        if scan is None or not self.request.source.opened:
            return None
        found = self._made[scan][0] if scan in self._made else scan
        return found if isinstance(found, Scan) else None

    @property
    def present(self) -> Thinning:
        """How the active scan was thinned; of a whole one the options that were set, with all positions."""
        scan = self.request.scan
        if scan is not None and scan in self._made:
            return self._made[scan][1]
        return replace(self.request.thinning, overlap=1.0, halves=False)

    def thinning_of(self, scan: Geometry) -> Thinning | None:
        """How a scan was thinned; None if it is a whole one."""
        return self._made[scan][1] if scan in self._made else None

    @property
    def pending(self) -> bool:
        """Whether a run has to wait: the scan is not thinned yet, or has no reference yet."""
        if not self.request.source.opened or self.request.source.bare:
            return False
        return self._working or self._timer.isActive() or self._lacks_reference()

    @property
    def live(self) -> bool:
        """Whether a reference is being made."""
        return self._thread is not None

    def adopt(self, scan: Geometry, thinning: Thinning) -> None:
        """Say how a scan was thinned that was stored: the whole one is read again when it is needed."""
        if scan not in self._made and thinning.thins:
            self._made[scan] = None, thinning
            self._take_source(self.request.source)

    def note(self, scan: Geometry, full: Scan, thinning: Thinning) -> None:
        """Remember what a scan was thinned from elsewhere, such as in a sweep."""
        self._made[scan] = full, thinning

    def renew(self, scan: Geometry, used: Geometry, whole: Scan | None) -> None:
        """A thinned scan was replaced by a copy with another probe, and the whole scan too.

        A reference that was made of the whole one stays.
        """
        if scan in self._made:
            full, thinning = self._made[scan]
            if full is not None and whole is not None:
                kept = {
                    (id(whole), *key[1:]): step for key, step in self._dense.items() if key[0] == id(full)
                }
                self._dense |= kept
            self._made[used] = whole, thinning

    def prepare(self, device: str) -> None:
        """Make the scan as asked for, with its reference; `ready` follows."""
        self._device = device
        self._start()

    def stop(self) -> None:
        """Make no reference."""
        self._device = None
        if self._thread is not None:
            self._thread.stop()

    def close(self) -> None:
        """End what is being made."""
        self._timer.stop()
        self.stop()
        if self._thread is not None:
            self._thread.wait()

    # ------------------------------------------------------------------ inside

    def _lacks_reference(self) -> bool:
        scan, full, thinning = self.request.scan, self.full, self.request.thinning
        if full is None or scan is None:
            return False
        return thinning.needs_reference(full) and not scan.compared_with

    def _take_source(self, source: Source) -> None:
        if self.request.thinning != self.present:
            self._timer.stop()
            self.request.set_thinning(self.present)
            self._timer.stop()  # it exists already
        self.loaded.emit(self.present)

    def _ask(self, thinning: Thinning) -> None:
        if not self.request.source.opened or self.request.source.bare:
            return
        if self.full is not None:
            self.planned.emit(self.full, thinning)
        if thinning.thins or self.request.scan is not self.full:
            self._timer.start()

    def _start(self) -> None:
        self._timer.stop()
        if not self._working:
            self._working = True
            self.jobs.start("thinning", self._thin(self.request.source))

    async def _thin(self, source: Source) -> None:
        """Thin until that is as asked for, or another scan is active."""
        try:
            full = self.full
            if full is None:
                full = await self._read(source)
            while True:
                thinning, dense = self.request.thinning, None
                if thinning.needs_reference(full):
                    dense = await self._dense_of(full, thinning)
                scan = full
                if thinning.thins:
                    scan = await self.jobs.in_thread(thinned, full, thinning, dense)
                if self.request.source is not source:
                    return
                waits = self._device is not None and thinning.needs_reference(full) and dense is None
                if thinning == self.request.thinning and not waits:
                    break
        finally:
            self._working, self._device = False, None
        if scan is not full:
            self._made[scan] = full, thinning
        self.newest = scan
        self.request.set_scan(scan, source.path)
        self.ready.emit()

    async def _read(self, source: Source) -> Scan:
        from ptygui.files.scans import read_scan

        reading = self.request.reading
        return await self.jobs.in_thread(read_scan, source.path or "", **reading)

    async def _dense_of(self, full: Scan, thinning: Thinning) -> Step | None:
        """The last step of the reference, if it exists or is asked for."""
        key = (
            id(full), thinning.halves, thinning.seed if thinning.halves else 0, thinning.reference,
            thinning.reference_positions,
        )  # fmt: skip
        if key not in self._dense and self._device is not None:
            step = await self._reconstructed(full, thinning, self._device)
            if step is not None:
                self._dense = {key: step}
        return self._dense.get(key)

    async def _reconstructed(self, full: Scan, thinning: Thinning, device: str) -> Step | None:
        """Reconstruct the reference in a thread of its own; None if that was stopped."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        failures: list[Exception] = []
        last: list[Step] = []
        thread = self._thread = StepThread(partial(_steps, full, thinning, device), self)

        def take() -> None:
            items: list[Step] = thread.take()
            if items:
                last[:] = items[-1:]
                self.progressed.emit(last[0].index, last[0].total, last[0].seconds)

        thread.step_ready.connect(take)
        thread.failed.connect(failures.append)
        thread.finished.connect(partial(_settle, ended))
        thread.start()
        try:
            await ended
            take()
        finally:
            thread.stop()
            thread.wait()
            self._thread = None
            thread.deleteLater()
        if failures:
            raise failures[0]
        return last[0] if thread.outcome == "done" else None


def _settle(ended: asyncio.Future[None]) -> None:
    if not ended.done():
        ended.set_result(None)


def _steps(full: Scan, thinning: Thinning, device: str) -> Generator[Any, Any, None]:
    load(networks=False)
    scan = reference_scan(full, thinning)
    return reconstruct(scan, thinning.reference_method, device=pick_device(device), interval=0.2)
