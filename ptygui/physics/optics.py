"""The probe of an optic, from what its maker says of it: zone plate or lens, central stop, defocus."""

from dataclasses import dataclass

import numpy as np

from ptygui.errors import InputError
from ptygui.physics.probe import Pupil


@dataclass(frozen=True)
class Optics:
    """A zone plate or a lens that focuses the beam; one of `outer_zone_m` and `aperture` is needed.

    Attributes
    ----------
    wavelength_m, pixel_size_m : float
        Wavelength and object pixel [m].
    outer_zone_m : float
        Width dr of the outermost zone of a zone plate [m]: its first order has the numerical aperture
        λ / (2 dr), whatever its diameter.
    aperture : float
        Numerical aperture, of a lens or mirror.
    stop : float
        Diameter of the central stop over that of the pupil.
    defocus_m : float
        How far the sample is behind the focus [m]; negative before it.

    Raises
    ------
    InputError
        If a value is out of range, or the pupil is too wide for the detector.
    """

    wavelength_m: float
    pixel_size_m: float
    outer_zone_m: float = 0.0
    aperture: float = 0.0
    stop: float = 0.0
    defocus_m: float = 0.0

    def __post_init__(self) -> None:
        for name, value in (("wavelength", self.wavelength_m), ("object pixel", self.pixel_size_m)):
            if not 0 < value < 1:
                raise InputError(f"{name} is {value:g} m, expected more than 0: the optics need it")
        if bool(self.outer_zone_m) == bool(self.aperture):
            raise InputError("the optics need either the outer zone's width or the numerical aperture")
        if not 0 <= self.stop < 1:
            raise InputError(f"central stop is {self.stop:g} of the pupil's diameter, expected 0 to below 1")
        if not np.isfinite(self.defocus_m):
            raise InputError(f"defocus is {self.defocus_m} m, expected a number")
        if not 0 < self.numerical_aperture < 1:
            raise InputError(f"numerical aperture is {self.numerical_aperture:g}, expected 0 to 1")
        if self.radius > 0.5:
            raise InputError(
                f"numerical aperture {self.numerical_aperture:.3g} is wider than the detector, "
                f"{self.wavelength_m / (2 * self.pixel_size_m):.3g}: check wavelength and pixel size"
            )

    @property
    def numerical_aperture(self) -> float:
        """Sine of the cone's half angle."""
        return self.aperture or self.wavelength_m / (2 * self.outer_zone_m)

    @property
    def radius(self) -> float:
        """Edge of the pupil in the far field [cycles/px]."""
        return self.numerical_aperture * self.pixel_size_m / self.wavelength_m

    @property
    def defocus(self) -> float:
        """Quadratic phase at the pupil's edge [rad], π z NA² / λ (paraxial)."""
        return float(np.pi * self.defocus_m * self.numerical_aperture**2 / self.wavelength_m)

    def pupil(self) -> Pupil:
        """The same in pixels, for the form of the window and for simulations.

        Raises
        ------
        InputError
            If the defocus is beyond what a `Pupil` takes.
        """
        return Pupil(radius=self.radius, stop=min(self.stop, 0.95), defocus=self.defocus, coma=0.0)

    def probe(self, width: int) -> np.ndarray:
        """The probe in a window of `width` px: unit energy, complex64.

        Raises
        ------
        InputError
            If it is wider than the window.
        """
        cone = 2 * abs(self.defocus_m) * np.tan(np.arcsin(self.numerical_aperture)) / self.pixel_size_m
        if cone > width:
            raise InputError(
                f"{self.defocus_m:g} m from the focus the beam is {cone:.0f} px wide, "
                f"the window {width} px: check defocus and pixel size"
            )
        return self.pupil().probe(width)
