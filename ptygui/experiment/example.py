"""The built-in examples, a blood smear and a chip: procedural, simulated; they need no download."""

from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from ptygui.errors import InputError
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.scan import Scan


@dataclass(frozen=True)
class Procedural:
    """A kind of object that is drawn by rules, with nominal lengths [m].

    Attributes
    ----------
    kind : str
        As in ``--object``; the function of that name in the module of that name of `physics` draws it.
    specimen : str
        As the `specimen` of its scans.
    overlap : float
        Of the built-in example.
    """

    kind: str
    specimen: str
    pixel_size_m: float
    wavelength_m: float
    overlap: float

    @property
    def title(self) -> str:
        """The name of the built-in example."""
        return f"example {self.specimen}"

    def draw(self, size: int, seed: int) -> Any:
        """The object, complex64 (size, size)."""
        return getattr(import_module(f"ptygui.physics.{self.kind}"), self.kind)((size, size), seed=seed)


PROCEDURAL = {
    # The pixels of the Fourier-ptychography smears that the procedural smear imitates.
    "smear": Procedural("smear", "blood smear", 4.6125e-7, 6.328e-7, 0.38),
    # Tracks of 7 px as in a process of 130 nm, 6.2 keV.
    "chip": Procedural("chip", "chip", 4e-8, 2e-10, 0.2),
}
NOTES = ("procedural object and simulated counts; pixel size and wavelength are nominal",)


def example_scan(
    options: Simulation | None = None, size: int = 128, object_seed: int = 0, kind: str = "smear"
) -> Scan:
    """Simulate a scan of a procedural object under the medium probe of 32 px; needs no file.

    Parameters
    ----------
    options : Simulation, optional
        How the scan is made; by default with 1e5 photons, a blood smear at 38 % overlap, a chip at 20 %.
    size : int
        Rows and columns of the object [px].
    object_seed : int
        Each seed gives a different object.
    kind : {"smear", "chip"}
        A blood smear, or an integrated circuit seen by X-rays.

    Returns
    -------
    Scan
        With the object as its truth.

    Raises
    ------
    InputError
        If there is no such kind.
    """
    if kind not in PROCEDURAL:
        raise InputError(f"kind of example is {kind!r}, expected {' or '.join(PROCEDURAL)}")
    example = PROCEDURAL[kind]
    scan = simulate(
        example.draw(size, object_seed),
        make_probe("medium"),
        options or Simulation(overlap=example.overlap),
        pixel_size_m=example.pixel_size_m,
        wavelength_m=example.wavelength_m,
        name=example.title,
        specimen=example.specimen,
    )
    return replace(scan, notes=NOTES)
