"""Inputs of simulations: an object with its recipe, and a probe with its name."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.experiment import example
from ptygui.experiment.example import PROCEDURAL, Procedural
from ptygui.physics.probe import Pupil, make_probe, pupil_of

SIZES = 32, 2048  # smallest and largest side of a procedural object [px]


@dataclass(frozen=True)
class Recipe:
    """How to make an object again: that of an example, a procedural one of `size` px, or that of a file.

    Raises
    ------
    InputError
        If it is not one of these.
    """

    kind: str  # "example", of `PROCEDURAL`, or "file"
    size: int = 128
    seed: int = 0
    path: str = ""
    drawn: str = "smear"  # of `PROCEDURAL`: what the example is of

    def __post_init__(self) -> None:
        # Recipes come from project files, too.
        known = self.kind in ("example", *PROCEDURAL, "file") and isinstance(self.path, str)
        known = known and self.drawn in PROCEDURAL
        small = isinstance(self.size, int) and SIZES[0] <= self.size <= SIZES[1]
        if not (known and small and isinstance(self.seed, int) and self.seed >= 0):
            raise InputError(
                f"expected an example, {' or '.join(PROCEDURAL)} of {SIZES[0]} to {SIZES[1]} px or file as "
                f"object, got {self}"
            )

    @property
    def doing(self) -> str:
        """What is done to obtain it, in words."""
        return f"reading {self.path}" if self.kind == "file" else f"drawing a {self.procedural.specimen}"

    @property
    def procedural(self) -> Procedural:
        """What draws the object, if it is not of a file."""
        return PROCEDURAL[self.drawn if self.kind == "example" else self.kind]

    def make(self) -> "Specimen":
        """Make or read the object; may take long.

        Raises
        ------
        InputError
            If the file cannot be read as an object.
        """
        if self.kind == "file":
            from ptygui.files.objects import read_object

            found = read_object(self.path)
            lengths = found.pixel_size_m, found.wavelength_m
            return Specimen(found.obj, found.name, *lengths, found.notes, self, found.specimen)
        drawn = self.procedural
        obj, lengths = drawn.draw(self.size, self.seed), (drawn.pixel_size_m, drawn.wavelength_m)
        if self.kind == "example":
            return Specimen(obj, drawn.title, *lengths, example.NOTES, self, drawn.specimen)
        return Specimen(obj, f"{drawn.specimen} {self.seed}", *lengths, (), self, drawn.specimen)


def recipe_named(name: str) -> Recipe | None:
    """How an object is made that is named as in `ptygui simulate`; None if that has no recipe.

    Raises
    ------
    InputError
        If a procedural object has other numbers than seed and size.
    """
    from ptygui.files.objects import procedural_named

    if name.partition(":")[0] not in PROCEDURAL or Path(name).exists():
        return Recipe("file", path=name)
    if "@" in name:
        return None
    kind, seed, size = procedural_named(name)
    return Recipe(kind, size, seed)


@dataclass(frozen=True, eq=False)
class Specimen:
    """An object to simulate with; without a recipe if it came with a scan.

    Attributes
    ----------
    obj : complex64 array, shape (H, W)
    pixel_size_m, wavelength_m : float, optional
    kind : str
        As `Geometry.specimen`.
    """

    obj: np.ndarray
    name: str
    pixel_size_m: float | None = None
    wavelength_m: float | None = None
    notes: tuple[str, ...] = ()
    recipe: Recipe | None = None
    kind: str = ""


@dataclass(frozen=True, eq=False)
class NamedProbe:
    """A probe to simulate with, complex64 (m, m); with the pupil if it is the focus of one."""

    probe: np.ndarray
    name: str
    pupil: Pupil | None = None

    @classmethod
    def medium(cls) -> "NamedProbe":
        """The probe at the start."""
        return cls(make_probe("medium"), "medium", pupil_of("medium", 32))
