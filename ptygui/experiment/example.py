"""The built-in example: a procedural blood smear, simulated; needs no download."""

from dataclasses import replace

from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.scan import Scan

NAME = "example blood smear"
NOTES = ("procedural object and simulated counts; pixel size and wavelength are nominal",)
PIXEL_SIZE_M = 4.6125e-7  # of the Fourier-ptychography smears that the procedural smear imitates
WAVELENGTH_M = 6.328e-7


def example_scan(options: Simulation | None = None, size: int = 128, object_seed: int = 0) -> Scan:
    """Simulate a scan of a procedural blood smear under the medium probe of 32 px; needs no file.

    Parameters
    ----------
    options : Simulation, optional
        How the scan is made; by default at 38 % overlap with 1e5 photons.
    size : int
        Rows and columns of the object [px].
    object_seed : int
        Each seed gives a different smear.

    Returns
    -------
    Scan
        With the object as its truth.
    """
    from ptygui.physics.smear import smear

    scan = simulate(
        smear((size, size), seed=object_seed),
        make_probe("medium"),
        options or Simulation(overlap=0.38),
        pixel_size_m=PIXEL_SIZE_M,
        wavelength_m=WAVELENGTH_M,
        name=NAME,
    )
    return replace(scan, notes=NOTES)
