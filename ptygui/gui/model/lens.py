"""Lens: the optics of a beam as the flags of the command line say them, and the probe that they make."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ptygui.errors import InputError
from ptygui.files.layout.quantity import LENGTHS, typed
from ptygui.options import Options, option
from ptygui.physics.probe import energy_diameter
from ptygui.scan import Scan


@dataclass(frozen=True)
class Lens(Options):
    """A zone plate or a lens."""

    label: ClassVar[str] = "optics"

    outer_zone: str = option("", help="width of the outermost zone of a zone plate, with its unit: 25nm")
    aperture: float = option(0, min=0, max=0.99, help="numerical aperture, of a lens or mirror; else 0")
    central_stop: float = option(
        0, min=0, max=0.95, help="diameter of the central stop over that of the pupil"
    )
    defocus: str = option(
        "",
        help="how far the sample is behind the focus, with its unit: 20um; negative before it; empty: found "
        "by the misfit, which takes some seconds",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("outer_zone", "defocus"):
            if getattr(self, name) and typed(getattr(self, name), LENGTHS, name) is None:
                raise InputError(f"{name} is {getattr(self, name)!r}, expected a length such as 25nm")
        if self.outer_zone and self.aperture:
            raise InputError("aperture is given, and the outer zone too: give only one")

    @property
    def given(self) -> bool:
        """Whether there is enough for a probe."""
        return bool(self.outer_zone or self.aperture)

    def keywords(self) -> dict[str, Any]:
        """Those of `files.optics_probe.with_optics`."""
        return {
            "outer_zone_m": typed(self.outer_zone, LENGTHS, "outer_zone") or 0.0,
            "aperture": self.aperture,
            "stop": self.central_stop,
            "defocus_m": typed(self.defocus, LENGTHS, "defocus"),
        }


@dataclass(frozen=True, eq=False)
class LensView:
    """What optics come to on a scan: their probe, in words too; or why there is none."""

    lens: Lens
    probe: np.ndarray | None = None
    text: str = ""
    problem: str = ""


def lens_view(scan: Scan | None, lens: Lens) -> LensView:
    """The probe of these optics at the given defocus, in focus if none is given."""
    from ptygui.files.optics_probe import optics_of

    if scan is None:
        return LensView(lens, problem="open a scan first: the optics need its wavelength and pixel size")
    if not lens.given:
        return LensView(lens, text="Give the outermost zone or the numerical aperture.")
    try:
        optics = optics_of(scan, **lens.keywords())
        probe = optics.probe(scan.width)
    except InputError as error:
        return LensView(lens, problem=str(error))
    pixel = 1e9 * optics.pixel_size_m
    wide, own = energy_diameter(probe), energy_diameter(scan.probe)
    return LensView(
        lens,
        probe,
        f"Numerical aperture {optics.numerical_aperture:.3g}; 90 % of the energy in {wide:.3g} px "
        f"({wide * pixel:.3g} nm){'' if lens.defocus else ' in focus'}; the present probe: {own:.3g} px.",
    )
