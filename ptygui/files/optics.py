"""Turns positions in metres into pixels of the object, with what a file says of its optics."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ptygui.errors import InputError
from ptygui.files.limits import real_numbers
from ptygui.files.measured import Measured, check_patterns, object_pixel
from ptygui.files.probes import modes_of
from ptygui.files.stack import Frames
from ptygui.physics.beam_energy import HC_EV_M


@dataclass(frozen=True)
class Optics:
    """What sets the size of an object pixel; None where the file does not say.

    Attributes
    ----------
    wavelength_m, distance_m : float, optional
        From the sample to the detector.
    detector_pixel_m : (float, float), optional
        Height and width of a pixel of the detector.
    object_pixel_m : (float, float), optional
        Height and width of an object pixel, if stated: they go before those that follow from the others.
    """

    wavelength_m: float | None = None
    distance_m: float | None = None
    detector_pixel_m: tuple[float, float] | None = None
    object_pixel_m: tuple[float, float] | None = None

    def object_pixels(self, path: Path, shape: Sequence[int], given: float | None = None) -> np.ndarray:
        """Height and width of an object pixel [m] for frames of this shape, λ z / (m d).

        Raises
        ------
        InputError
            If something for it is missing; names what.
        """
        if given:
            return np.array([given, given])
        if self.object_pixel_m is not None:
            return np.array(self.object_pixel_m)
        wavelength, distance, detector = self.wavelength_m, self.distance_m, self.detector_pixel_m
        if wavelength and distance and detector:
            return np.array(
                [object_pixel(wavelength, distance, n, d) for n, d in zip(shape[-2:], detector, strict=True)]
            )
        known = {"energy or wavelength": wavelength, "distance": distance, "detector pixel": detector}
        missing = " and no ".join(name for name, value in known.items() if not value)
        raise InputError(
            f"{path} states no {missing}, so its positions cannot be converted to pixels: give the object's "
            "pixel size in metres with --pixel-size"
        )


def wavelength_of(energy_ev: float | None) -> float | None:
    """Wavelength of photons of an energy [m]."""
    return HC_EV_M / energy_ev if energy_ev else None


def in_pixels(
    path: Path,
    patterns: Frames,
    metres: np.ndarray,
    optics: Optics,
    given: float | None = None,
    probe: np.ndarray | None = None,
    notes: Sequence[str] = (),
    **more: Any,
) -> Measured:
    """The content of a scan file whose positions are metres, as `Measured`.

    Parameters
    ----------
    path : Path
    patterns : array or Stack, shape (K, m, m)
    metres : array, shape (K, 2)
        Row and column of each position [m].
    optics : Optics
    given : float, optional
        Size of an object pixel that the user gave [m].
    probe : array, shape (..., m, m), optional
    notes : sequence of str
    **more
        Further fields of `Measured`.

    Raises
    ------
    InputError
        If patterns are not a stack of frames, or the size of an object pixel is not known.
    """
    check_patterns(path, patterns)
    pixels = optics.object_pixels(path, patterns.shape, given)
    said = list(notes)
    if given:
        said.append(f"pixel size given by the user: {given:.4g} m")
    if probe is not None:
        probe, of_modes = modes_of(probe)
        said += of_modes
    return Measured(
        path,
        patterns,
        real_numbers(path, "positions", np.asarray(metres)) / pixels,
        probe=probe,
        pixel_size_m=(float(pixels[0]), float(pixels[1])),
        wavelength_m=optics.wavelength_m,
        distance_m=optics.distance_m,
        notes=tuple(said),
        **more,
    )
