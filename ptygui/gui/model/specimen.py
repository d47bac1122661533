"""What scans are simulated of: an object and how to have it again, and a probe with its name."""

from dataclasses import dataclass

import numpy as np

from ptygui.errors import InputError
from ptygui.experiment import example
from ptygui.experiment.example import PIXEL_SIZE_M, WAVELENGTH_M
from ptygui.physics.probe import Pupil, make_probe, pupil_of

SIZES = 32, 2048  # sides of the smears that are made [px]


@dataclass(frozen=True)
class Recipe:
    """How to have an object again: the example's, a smear of `size` px, or that of a file.

    Raises
    ------
    InputError
        If it is none of these.
    """

    kind: str  # "example", "smear" or "file"
    size: int = 128
    seed: int = 0
    path: str = ""

    def __post_init__(self) -> None:
        # Recipes come from project files, too.
        known = self.kind in ("example", "smear", "file") and isinstance(self.path, str)
        small = isinstance(self.size, int) and SIZES[0] <= self.size <= SIZES[1]
        if not (known and small and isinstance(self.seed, int) and self.seed >= 0):
            raise InputError(
                f"expected an example, smear of {SIZES[0]} to {SIZES[1]} px or file as object, got {self}"
            )

    @property
    def doing(self) -> str:
        """What is done to have it."""
        return f"reading {self.path}" if self.kind == "file" else "making a blood smear"

    def make(self) -> "Specimen":
        """The object; takes long.

        Raises
        ------
        InputError
            If the file cannot be read as an object.
        """
        if self.kind == "file":
            from ptygui.files.objects import read_object

            found = read_object(self.path)
            lengths = found.pixel_size_m, found.wavelength_m
            return Specimen(found.obj, found.name, *lengths, found.notes, self)
        from ptygui.physics.smear import smear

        obj = smear((self.size, self.size), seed=self.seed)
        if self.kind == "example":
            return Specimen(obj, example.NAME, PIXEL_SIZE_M, WAVELENGTH_M, example.NOTES, self)
        return Specimen(obj, f"blood smear {self.seed}", PIXEL_SIZE_M, WAVELENGTH_M, recipe=self)


@dataclass(frozen=True, eq=False)
class Specimen:
    """An object to simulate with; without a recipe where it came with a scan.

    Attributes
    ----------
    obj : complex64 array, shape (H, W)
    pixel_size_m, wavelength_m : float, optional
    """

    obj: np.ndarray
    name: str
    pixel_size_m: float | None = None
    wavelength_m: float | None = None
    notes: tuple[str, ...] = ()
    recipe: Recipe | None = None


@dataclass(frozen=True, eq=False)
class NamedProbe:
    """A probe to simulate with, complex64 (m, m); the pupil where it is the focus of one."""

    probe: np.ndarray
    name: str
    pupil: Pupil | None = None

    @classmethod
    def medium(cls) -> "NamedProbe":
        """The one to begin with."""
        return cls(make_probe("medium"), "medium", pupil_of("medium", 32))
