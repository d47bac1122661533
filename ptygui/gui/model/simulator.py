"""Simulator: the object and the probe that scans are simulated with, and the options."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from ptygui.errors import InputError
from ptygui.experiment.example import PROCEDURAL, example_scan
from ptygui.experiment.run import without_overlap
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.background.latest import Latest
from ptygui.gui.model.specimen import NamedProbe, Recipe, Specimen
from ptygui.physics.positions import overlap_ratio, spacing
from ptygui.physics.probe import Pupil, make_probe, pupil_of
from ptygui.physics.simulate import Simulation, simulate
from ptygui.scan import Geometry, Scan

REST = 200  # delay after the last change before a scan is simulated automatically [ms]
EXAMPLE = Simulation(overlap=PROCEDURAL["smear"].overlap)  # the first page's, and until there is another
Made = tuple[Simulation, Specimen, NamedProbe]  # what a scan was simulated with


@dataclass(frozen=True, eq=False)
class ScanPlan:
    """A planned scan that has not been simulated."""

    specimen: Specimen
    probe: np.ndarray
    options: Simulation


class Simulator(QObject):
    """Object, probe and options of the simulation; makes Scans outside the GUI thread.

    While `automatic`, a new scan is simulated once the options have not changed for a moment. Work begun
    before the newest scan was opened or loaded is discarded.
    """

    probe_changed = pyqtSignal(NamedProbe)
    object_changed = pyqtSignal(Specimen)
    planned = pyqtSignal(ScanPlan)  # at each change of object, probe or options
    invalid = pyqtSignal(str)  # why the options allow no scan; empty if they do
    simulated = pyqtSignal(Scan)
    options_loaded = pyqtSignal(Simulation)  # if it did not come from set_options
    opened = pyqtSignal(str, str)  # path of a file that was read, and what it is: "object" or "probe"

    def __init__(self, jobs: Jobs, parent: QObject | None = None):
        super().__init__(parent)
        self.jobs = jobs
        self.options = EXAMPLE
        self.named_probe = NamedProbe.medium()
        self._probes = Latest(jobs, self)
        self._probes.answered.connect(lambda answer: self._take_probe(*answer))
        self.specimen: Specimen | None = None
        self.automatic = True
        self.stale = False  # whether the options were changed and no scan follows automatically
        self.problem = ""  # why these options allow no scan
        self._asked, self._making = 0, 0  # objects requested, and those of them still pending
        self._drops = 0  # number of times that pending requests were dropped
        self._generation = 0  # rises when another scan replaces the one being simulated
        self._busy: int | None = None  # generation of the simulation in progress
        self._made: WeakKeyDictionary[Geometry, tuple[Simulation, Specimen, NamedProbe]] = (
            WeakKeyDictionary()
        )  # inputs of the simulated scans
        self._timer = QTimer(self, singleShot=True, interval=REST)
        self._timer.timeout.connect(self.simulate)

    def load_example(self, kind: str = "smear") -> None:
        """A built-in example, of `PROCEDURAL`: its object, probe, options and scan."""
        self.drop_asked()
        self._busy = self._generation
        known = self.specimen, self.named_probe
        self.jobs.start("simulating the example", self._load_example(kind, self._generation, *known))

    def drop_asked(self) -> None:
        """Something else is loaded: pending objects, probes and scans are not taken over."""
        self._supersede()
        self._asked += 1
        self._drops += 1

    def adopt(
        self,
        scan: Scan,
        options: Simulation,
        recipe: Recipe | None = None,
        probe: str = "",
        pupil: Pupil | None = None,
    ) -> None:
        """Continue with a scan that was simulated earlier: its truth is the object, its probe the probe.

        The recipe of the object, and name and pupil of the probe, are for the panels.
        """
        known = scan.pixel_size_m, scan.wavelength_m, scan.notes, recipe, scan.specimen
        named = NamedProbe(scan.probe, probe or f"of {scan.name}", pupil)
        if scan.truth is None:
            raise ValueError(f"{scan.name} has no truth to continue from")
        self.go_on_from(scan, options, Specimen(scan.truth, scan.name, *known), named)

    def renew(self, scan: Geometry, used: Geometry) -> None:
        """A scan was replaced by a copy with another probe to start from: its patterns are the same."""
        if scan in self._made:
            self._made[used] = self._made[scan]

    def note(self, scan: Geometry, options: Simulation, specimen: Specimen, named: NamedProbe) -> None:
        """Remember what a scan was simulated with elsewhere, such as in a sweep."""
        self._made[scan] = options, specimen, named

    def made(self, scan: Geometry | None) -> Made | None:
        """The inputs that a scan was simulated with; None if unknown."""
        return None if scan is None else self._made.get(scan)

    def go_back(self, scan: Scan) -> None:
        """Continue with a scan that was simulated earlier, with its object, probe and options.

        For a scan that was not simulated here, they are taken from the scan as far as known.
        """
        if scan in self._made:
            self.go_on_from(scan, *self._made[scan])
        elif scan.truth is None:
            self.hold()
        else:
            length = self.options.reference_length or scan.width
            overlap = 1 - (1 - overlap_ratio(scan.positions, scan.width)) * scan.width / length
            options = replace(self.options, overlap=min(max(overlap, -1.0), 0.98))
            known, name = self.specimen, without_overlap(scan.name)  # other overlaps of it may follow
            if known is None or known.obj is not scan.truth:
                lengths = scan.pixel_size_m, scan.wavelength_m
                known = Specimen(scan.truth, name, *lengths, scan.notes, kind=scan.specimen)
            named = self.named_probe
            if not np.array_equal(named.probe, scan.probe):
                named = NamedProbe(scan.probe, f"of {name}")
            self.go_on_from(scan, options, known, named)

    def make_object(self, size: int, seed: int, kind: str = "smear") -> None:
        """A procedural object of `size` px, of a kind of `PROCEDURAL`."""
        self.ask_object(Recipe(kind, size, seed))

    def open_object(self, path: str) -> None:
        """An object from a file."""
        self.ask_object(Recipe("file", path=path))

    def ask_object(self, recipe: Recipe) -> None:
        """Use another object: a scan with it follows, unless the active scan was measured."""
        self._asked += 1
        self._making += 1
        self.jobs.start(recipe.doing, self._take_specimen(recipe, self._asked))

    def set_object(self, specimen: Specimen) -> None:
        """Use another object that is already available."""
        self._asked += 1
        self._set_specimen(specimen)
        self._rest()

    def build_probe(self, kind: str, width: int) -> None:
        """A probe by name."""
        self._build(lambda: NamedProbe(make_probe(kind, width), kind, pupil_of(kind, width)))

    def build_pupil(self, pupil: Pupil, width: int) -> None:
        """The focus of a lens."""
        self._build(lambda: NamedProbe(pupil.probe(width), "pupil", pupil))

    def open_probe(self, path: str) -> None:
        """A probe from a file."""
        self.jobs.start(f"reading {path}", self._open_probe(path, self._drops))

    def set_probe(self, named: NamedProbe) -> None:
        """Use another probe: a scan with it follows, unless the active scan was measured."""
        self.named_probe = named
        self.probe_changed.emit(named)
        if self.automatic:
            self._rest()

    @property
    def probe(self) -> np.ndarray:
        """The probe of simulations, complex64 (m, m)."""
        return self.named_probe.probe

    def set_options(self, options: Simulation) -> None:
        """Set other options: the plan changes at once, the scan follows after a short delay."""
        if options != self.options:
            self.options = options
            self._rest()

    def close(self) -> None:
        """Cancel the pending simulation."""
        self._timer.stop()

    def simulate(self) -> None:
        """Simulate a scan now."""
        self._timer.stop()
        if self._busy == self._generation:
            return
        if self.specimen is None:
            self.automatic = True
            self._rest()
        else:
            self._busy = self._generation
            self.jobs.start("simulating", self._simulate(self._generation))

    def hold(self) -> None:
        """Simulate no scan until asked: an opened one is active."""
        self._supersede()
        self.automatic, self.stale = False, False

    def take_up(self, newest: Scan | None) -> None:
        """Return to the simulation: to its newest scan, if that still matches the options.

        Also if the options allow no scan, which is then reported again and can be corrected.
        """
        self.automatic = True
        possible = self.specimen is None or not self._refusal()
        if newest is not None and not (possible and self._asks_for_another(newest)):
            self.stale = False
            self.simulated.emit(newest)
            self._rest()
            self._timer.stop()  # it exists already
        else:
            self.simulate()

    def rests_on(self, scan: Geometry) -> bool:
        """Whether only this scan is requested, or nothing at all if it was not made here."""
        if self.made(scan) is None:
            return not self.pending
        return not self.pending and not self._making and not self._asks_for_another(scan)

    @property
    def pending(self) -> bool:
        """Whether the options specify a scan that is not simulated yet."""
        first = self.specimen is None and self._making > 0 and self.automatic
        return first or self._timer.isActive() or self._busy == self._generation

    def _asks_for_another(self, scan: Geometry) -> bool:
        return self.made(scan) != (self.options, self.specimen, self.named_probe)

    def _refusal(self) -> str:
        """Why there can be no scan of the object with these options; nothing where there can."""
        o = self.options
        if self.specimen is None:
            return ""
        try:
            spacing(self.specimen.obj.shape, self.probe.shape[-1], o.overlap, o.reference_length)
        except InputError as error:
            return str(error)
        return ""

    def go_on_from(self, scan: Scan, options: Simulation, specimen: Specimen, named: NamedProbe) -> None:
        """Continue with a scan that was simulated elsewhere, with these inputs."""
        self._made[scan] = options, specimen, named
        self.drop_asked()
        self.options, self.automatic, self.stale = options, True, False
        self.options_loaded.emit(options)
        self._set_specimen(specimen)
        self.set_probe(named)
        self._timer.stop()  # it exists already

    def _rest(self) -> None:
        """Emit the plan, and simulate it after a delay."""
        self._timer.stop()
        if self.specimen is None:
            if not self._making and self._busy != self._generation:
                self.make_object(128, 0)
            return
        self.problem = self._refusal()
        self.invalid.emit(self.problem)
        if self.problem:
            return
        self.stale = not self.automatic  # else the scan follows
        self._tell_plan()
        if self.automatic:
            self._timer.start()

    def _tell_plan(self) -> None:
        if self.specimen is not None:
            self.planned.emit(ScanPlan(self.specimen, self.probe, self.options))

    def _supersede(self) -> None:
        self._generation += 1
        self._timer.stop()

    async def _load_example(
        self, kind: str, generation: int, specimen: Specimen | None, probe: NamedProbe
    ) -> None:
        options = Simulation(overlap=PROCEDURAL[kind].overlap)
        try:
            scan = await asyncio.to_thread(example_scan, options, kind=kind)
            if generation != self._generation:
                return
        finally:
            if self._busy == generation:
                self._busy = None
        self.options, self.automatic, self.stale, self.problem = options, True, False, ""
        self.options_loaded.emit(options)
        newer = self.specimen is not specimen, self.named_probe is not probe  # requested since, and arrived
        if not newer[0] and scan.truth is not None:
            lengths, recipe = (scan.pixel_size_m, scan.wavelength_m), Recipe("example", drawn=kind)
            self._set_specimen(Specimen(scan.truth, scan.name, *lengths, scan.notes, recipe, scan.specimen))
        medium = NamedProbe.medium()
        same = np.array_equal(self.named_probe.probe, medium.probe)  # then there is nothing to undo
        self.set_probe(self.named_probe if newer[1] or same else medium)
        if not any(newer) and self.specimen is not None:
            self._timer.stop()  # it exists already
            self._made[scan] = options, self.specimen, self.named_probe
            self.simulated.emit(scan)

    def _set_specimen(self, specimen: Specimen) -> None:
        self.specimen = specimen
        self.object_changed.emit(specimen)

    async def _take_specimen(self, recipe: Recipe, asked: int) -> None:
        try:
            specimen = await asyncio.to_thread(recipe.make)
        finally:
            self._making -= 1
        if asked == self._asked:
            self._set_specimen(specimen)
            self._rest()
            if recipe.path:
                self.opened.emit(recipe.path, "object")

    def _build(self, make: Callable[[], NamedProbe]) -> None:
        drops = self._drops
        self._probes.ask(lambda: (drops, make()))

    def _take_probe(self, drops: int, named: NamedProbe) -> None:
        if drops == self._drops:
            self.set_probe(named)

    async def _open_probe(self, path: str, drops: int) -> None:
        from ptygui.files.probes import read_probe

        found = await asyncio.to_thread(read_probe, path)
        self._take_probe(drops, NamedProbe(found.probe, found.name))
        self.opened.emit(path, "probe")

    async def _simulate(self, generation: int) -> None:
        try:
            while True:
                options, specimen, named = self.options, self.specimen, self.named_probe
                if specimen is None:
                    return
                scan = await asyncio.to_thread(
                    simulate, specimen.obj, named.probe, options, name=specimen.name, notes=specimen.notes,
                    pixel_size_m=specimen.pixel_size_m, wavelength_m=specimen.wavelength_m,
                    specimen=specimen.kind,
                )  # fmt: skip
                if generation != self._generation:
                    return
                if options == self.options and specimen is self.specimen and named is self.named_probe:
                    self._made[scan] = options, specimen, named
                    break
        finally:
            if self._busy == generation:
                self._busy = None
        self.automatic, self.stale = True, False
        self.simulated.emit(scan)
