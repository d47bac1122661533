"""The probe of a scan from what is known of its optics, for the command line and the window."""

from ptygui.errors import InputError
from ptygui.files.scans import with_probe
from ptygui.physics.optics import Optics
from ptygui.scan import Scan


def with_optics(
    scan: Scan,
    outer_zone_m: float = 0.0,
    aperture: float = 0.0,
    stop: float = 0.0,
    defocus_m: float | None = None,
) -> Scan:
    """The scan with the probe that its optics make; parameters are those of `physics.optics.Optics`.

    Parameters
    ----------
    defocus_m : float, optional
        If it is not known it is searched for by the misfit, and a probe from the mean pattern tried, too.

    Raises
    ------
    InputError
        If the scan has no wavelength or pixel size, or the optics do not fit them.
    """
    optics = optics_of(scan, outer_zone_m, aperture, stop, defocus_m)
    flags = {"outer-zone": outer_zone_m, "aperture": aperture, "central-stop": stop, "defocus": defocus_m}
    said = " ".join(f"--{flag} {value:g}" for flag, value in flags.items() if value)
    made = with_probe(scan, optics.probe(scan.width)).noted(
        f"the probe is that of optics of numerical aperture {optics.numerical_aperture:.3g} ({said})"
    )
    if defocus_m is not None:
        return made
    from ptygui.experiment.probe_search import with_found_probe

    return with_found_probe(made, made.probe)


def optics_of(
    scan: Scan,
    outer_zone_m: float = 0.0,
    aperture: float = 0.0,
    stop: float = 0.0,
    defocus_m: float | None = None,
) -> Optics:
    """The optics at the wavelength and the pixel of a scan; see `with_optics`."""
    if scan.wavelength_m is None or scan.pixel_size_m is None:
        raise InputError(f"{scan.name} holds no wavelength or pixel size: the optics need both")
    return Optics(scan.wavelength_m, scan.pixel_size_m, outer_zone_m, aperture, stop, defocus_m or 0.0)
