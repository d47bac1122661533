"""Source: the object and the probe that scans are simulated with, and a preview of their overlap."""

import asyncio
from dataclasses import dataclass

import numpy as np
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from ptygui.errors import InputError
from ptygui.example import PIXEL_SIZE_M, WAVELENGTH_M, example_scan
from ptygui.gui.footprints import Footprints
from ptygui.gui.jobs import Jobs
from ptygui.physics.positions import raster
from ptygui.physics.probe import energy_diameter, make_probe
from ptygui.physics.simulate import Simulation, simulate

REST = 200  # how long the options rest before a scan is simulated by itself [ms]
EXAMPLE = Simulation(overlap=0.38)


@dataclass(frozen=True, eq=False)
class Specimen:
    """An object to simulate with."""

    obj: np.ndarray
    name: str
    pixel_size_m: float | None = None
    wavelength_m: float | None = None
    notes: tuple[str, ...] = ()


class Source(QObject):
    """Object, probe and options of the simulation; makes Scans off the GUI thread.

    While `automatic`, a new scan is simulated by itself when the options rest. What was begun before
    the newest scan was opened or loaded is dropped.
    """

    probe_changed = pyqtSignal(object, str)  # complex array, its name
    previewed = pyqtSignal(object)  # Footprints
    invalid = pyqtSignal(str)  # why there is no preview; empty when there is
    simulated = pyqtSignal(object)  # Scan
    options_loaded = pyqtSignal(object)  # Simulation, where they did not come from set_options

    def __init__(self, jobs: Jobs, parent=None):
        super().__init__(parent)
        self.jobs = jobs
        self.options = EXAMPLE
        self.probe = make_probe("medium")
        self.specimen: Specimen | None = None
        self.automatic = True
        self._generation = 0  # rises when another scan takes the place of what is being simulated
        self._busy: int | None = None  # generation of the simulation in flight
        self._timer = QTimer(self, singleShot=True, interval=REST)
        self._timer.timeout.connect(self.simulate)

    def load_example(self) -> None:
        """The built-in example: its object, probe, options and scan."""
        self._supersede()
        self.jobs.start("simulating the example", self._load_example(self._generation))

    def make_object(self, size: int, seed: int) -> None:
        """A procedural blood smear of `size` px."""
        self.jobs.start("making a blood smear", self._make_object(size, seed))

    def open_object(self, path: str) -> None:
        """An object from a file."""
        self.jobs.start(f"reading {path}", self._open_object(path))

    def build_probe(self, kind: str, width: int, diameter: float = 0) -> None:
        """A probe by name."""
        self._set_probe(make_probe(kind, width, diameter), kind)
        self._rest()

    def open_probe(self, path: str) -> None:
        """A probe from a file."""
        self.jobs.start(f"reading {path}", self._open_probe(path))

    def set_options(self, options: Simulation) -> None:
        """Other options: the footprints are previewed at once, the scan follows when they rest."""
        if options != self.options:
            self.options = options
            if self.specimen is None:
                self.make_object(128, 0)
            else:
                self._rest()

    def simulate(self) -> None:
        """Make a scan now."""
        self._timer.stop()
        if self.specimen is None:
            self.automatic = True
            self.make_object(128, 0)
        elif self._busy != self._generation:
            self._busy = self._generation
            self.jobs.start("simulating", self._simulate(self._generation))

    def hold(self) -> None:
        """Make no scan until asked: the one at work was measured."""
        self._supersede()
        self.automatic = False

    @property
    def pending(self) -> bool:
        """Whether the options ask for a scan that is not made yet."""
        return self._timer.isActive() or self._busy == self._generation

    def preview(self) -> None:
        """Tell where the probe would fall."""
        if self.specimen is None:
            return
        o, width = self.options, self.probe.shape[-1]
        shape = self.specimen.obj.shape
        try:
            rng = np.random.default_rng(o.seed)
            at = raster(shape, width, o.overlap, o.reference_length, o.layout, o.jitter, rng)
        except InputError as error:
            self.invalid.emit(str(error))
            return
        step = (1 - o.overlap) * (o.reference_length or width)
        self.invalid.emit("")
        self.previewed.emit(
            Footprints(at, width, energy_diameter(self.probe), shape, step, o.overlap, self.specimen.obj)
        )

    def _rest(self) -> None:
        self.preview()
        if self.automatic:
            self._timer.start()

    def _supersede(self) -> None:
        self._generation += 1
        self._timer.stop()

    async def _load_example(self, generation: int) -> None:
        scan = await asyncio.to_thread(example_scan, EXAMPLE)
        if generation != self._generation:
            return
        self.options, self.automatic = EXAMPLE, True
        self.options_loaded.emit(EXAMPLE)
        self._set_probe(make_probe("medium"), "medium")
        self._set_specimen(Specimen(scan.truth, scan.name, PIXEL_SIZE_M, WAVELENGTH_M, scan.notes))
        self._timer.stop()
        self.simulated.emit(scan)

    async def _make_object(self, size: int, seed: int) -> None:
        from ptygui.physics.smear import smear

        obj = await asyncio.to_thread(smear, (size, size), seed=seed)
        self._set_specimen(Specimen(obj, f"blood smear {seed}", PIXEL_SIZE_M, WAVELENGTH_M))
        self._rest()

    async def _open_object(self, path: str) -> None:
        from ptygui.files.objects import read_object

        found = await asyncio.to_thread(read_object, path)
        self._set_specimen(
            Specimen(found.obj, found.name, found.pixel_size_m, found.wavelength_m, found.notes)
        )
        self._rest()

    async def _open_probe(self, path: str) -> None:
        from ptygui.files.probes import read_probe

        found = await asyncio.to_thread(read_probe, path)
        self._set_probe(found.probe, found.name)
        self._rest()

    async def _simulate(self, generation: int) -> None:
        try:
            while True:
                options, specimen, probe = self.options, self.specimen, self.probe
                scan = await asyncio.to_thread(
                    simulate, specimen.obj, probe, options, name=specimen.name, notes=specimen.notes,
                    pixel_size_m=specimen.pixel_size_m, wavelength_m=specimen.wavelength_m,
                )  # fmt: skip
                if generation != self._generation:
                    return
                if options == self.options and specimen is self.specimen and probe is self.probe:
                    break
        finally:
            if self._busy == generation:
                self._busy = None
        self.automatic = True
        self.simulated.emit(scan)

    def _set_probe(self, probe: np.ndarray, name: str) -> None:
        self.probe = probe
        self.probe_changed.emit(probe, name)

    def _set_specimen(self, specimen: Specimen) -> None:
        self.specimen = specimen
        self.preview()
