"""Object + probe + overlap + photon count -> Scan."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ptygui.errors import InputError
from ptygui.options import Options, option
from ptygui.physics.positions import LAYOUTS, raster
from ptygui.scan import Scan

NOISES = ("poisson", "pmace", "gaussian", "none")
DARK_COUNTS = 0.5  # mean dark counts a pixel of the PMACE simulation


@dataclass(frozen=True)
class Simulation(Options):
    """How a scan is simulated; defaults are the paper's conditions at 50 % overlap."""

    overlap: float = option(
        0.5,
        min=-1,
        max=0.98,
        share=True,
        help="linear overlap of neighbours, 1 - step / reference length (0.2 is 20 %): more is denser",
    )
    reference_length: float = option(
        0.0, min=0, max=4096, unit="px",
        help="length that the overlap refers to: less is denser at the same overlap; 0 is the probe's window",
    )  # fmt: skip
    layout: str = option(
        "cover", choices=LAYOUTS,
        help="cover: to the edges, all covered; centred: full steps only; fit: evenly spaced, edge to edge",
    )  # fmt: skip
    photons: float = option(
        1e5, min=1, max=1e12, unit="counts",
        help="photon count of the brightest pixel of the scan: more is less noise, at more dose",
    )  # fmt: skip
    noise: str = option(
        "poisson", choices=NOISES,
        help="poisson; pmace: poisson with dark counts of 0.5 a pixel; gaussian: I + sqrt(I) g; none",
    )  # fmt: skip
    jitter: float = option(
        0.0, min=0, max=1000, unit="px",
        help="largest random offset of a position along each axis: more breaks up the raster, and makes "
        "overlaps uneven",
    )  # fmt: skip
    seed: int = option(0, min=0, max=2**31 - 1, help="seed of jitter and noise: another one is another draw")

    def positions(
        self, object_shape: tuple[int, int], width: int, rng: np.random.Generator | None = None
    ) -> np.ndarray:
        """The positions of a probe of `width` px; see `raster`."""
        return raster(object_shape, width, self.overlap, self.reference_length, self.layout, self.jitter, rng)


def simulate(
    obj: np.ndarray, probe: np.ndarray, options: Simulation | None = None, **scan_fields: Any
) -> Scan:
    """Scan an object with a probe and count photons.

    The probe is scaled so that the brightest detector pixel of the whole noise-free scan has
    `options.photons` counts: then |F P D_i f|² (equation 1) is in counts and f stays of order 1.

    Parameters
    ----------
    obj : complex array, shape (H, W)
    probe : complex array, shape (m, m)
        Any scale.
    options : Simulation
    **scan_fields
        Further fields of the `Scan`: `pixel_size_m`, `wavelength_m`, `distance_m`, `name`.

    Returns
    -------
    Scan
        With the object as its truth.
    """
    options = options or Simulation()
    if obj.ndim != 2:
        raise InputError(f"object has shape {obj.shape}, expected two axes: rows and columns")
    obj = np.ascontiguousarray(obj, dtype=np.complex64)
    rng = np.random.default_rng(options.seed)
    width = probe.shape[-1]
    positions = options.positions(obj.shape, width, rng)
    windows = np.lib.stride_tricks.sliding_window_view(obj, (width, width))
    exit_waves = windows[tuple(positions.astype(int).T)] * probe
    waves = np.fft.fftshift(np.fft.fft2(exit_waves, norm="ortho"), axes=(-2, -1))
    intensities = np.abs(waves) ** 2
    brightest = intensities.max()
    if brightest == 0:
        raise InputError("the object is dark wherever the probe is: no photon arrives")
    intensities *= options.photons / brightest
    probe = probe * np.sqrt(options.photons / brightest)
    return Scan(
        patterns=_count(intensities, options.noise, rng),
        positions=positions,
        probe=probe,
        object_shape=obj.shape,
        truth=obj,
        noise="none" if options.noise == "none" else "poisson",
        **scan_fields,
    )


def _count(intensities: np.ndarray, noise: str, rng: np.random.Generator) -> np.ndarray:
    if noise == "poisson":
        return rng.poisson(intensities)
    if noise == "pmace":
        return rng.poisson(intensities) + rng.poisson(DARK_COUNTS, intensities.shape)
    if noise == "gaussian":
        return np.maximum(intensities + np.sqrt(intensities) * rng.standard_normal(intensities.shape), 0)
    return intensities
