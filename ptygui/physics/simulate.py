"""Object + probe + overlap + photon count -> Scan."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ptygui.detector import expected_counts
from ptygui.errors import InputError
from ptygui.options import Options, option
from ptygui.physics.positions import LAYOUTS, raster
from ptygui.scan import Scan

NOISES = ("poisson", "pmace", "gaussian", "none")
DARK_COUNTS = 0.5  # mean dark counts per pixel in the PMACE simulation


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
        0.0, min=0, max=4096, unit="px", advanced=True,
        help="length that the overlap refers to: less is denser at the same overlap; 0: the probe's window",
    )  # fmt: skip
    layout: str = option(
        "cover", choices=LAYOUTS,
        help="cover: to the edges, all covered; centred: only full steps; fit: evenly spaced, edge to edge",
    )  # fmt: skip
    photons: float = option(
        1e5, min=1, max=1e12, unit="counts",
        help="photon count of the brightest pixel of the scan: more is less noise, at more dose",
    )  # fmt: skip
    noise: str = option(
        "poisson", choices=NOISES,
        help="poisson; pmace: poisson with dark counts of 0.5 per pixel; gaussian: I + sqrt(I) g; none",
    )  # fmt: skip
    jitter: float = option(
        0.0, min=0, max=1000, unit="px",
        help="largest random offset of a position along each axis: more breaks up the raster, and makes "
        "overlaps uneven",
    )  # fmt: skip
    whole_pixels: bool = option(
        True, advanced=True, help="positions at whole pixels; no: anywhere between them, as a stage goes"
    )
    modes: int = option(
        1, min=1, max=16, advanced=True,
        help="incoherent modes of the probe: more than 1 is a partially coherent beam",
    )  # fmt: skip
    mode_power: float = option(
        0.1, min=0, max=0.9, share=True, advanced=True,
        help="share of the beam's power in the weaker modes, each with half of the one before: more is "
        "less coherent",
    )  # fmt: skip
    background: float = option(
        0.0, min=0, max=1e6, unit="counts", advanced=True,
        help="mean count of every detector pixel that is not from the sample: more hides weak signals",
    )  # fmt: skip
    flicker: float = option(
        0.0, min=0, max=0.5, share=True, advanced=True,
        help="how much the beam's amplitude differs between patterns (rms): more is less steady",
    )  # fmt: skip
    seed: int = option(0, min=0, max=2**31 - 1, help="seed of jitter and noise: each gives another draw")

    def positions(
        self, object_shape: tuple[int, int], width: int, rng: np.random.Generator | None = None
    ) -> np.ndarray:
        """The positions of a probe of `width` px; see `raster`."""
        return raster(
            object_shape, width, self.overlap, self.reference_length, self.layout, self.jitter, rng,
            whole=self.whole_pixels,
        )  # fmt: skip


def simulate(
    obj: np.ndarray, probe: np.ndarray, options: Simulation | None = None, **scan_fields: Any
) -> Scan:
    """Scan an object with a probe and count photons.

    The probe is scaled so that the brightest detector pixel of the whole noise-free scan has
    `options.photons` counts: then |F P D_i f|² (equation 1) is in counts and f stays of order 1.

    Parameters
    ----------
    obj : complex array, shape (H, W)
    probe : complex array, shape (m, m) or (M, m, m)
        Any scale; several are incoherent modes, the strongest first, and `options.modes` does not count.
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
    modes = (
        probe
        if options.modes == 1 or probe.ndim == 3
        else with_modes(probe, options.modes, options.mode_power)
    )
    weights = None
    if options.flicker:
        weights = np.exp(
            options.flicker * np.random.default_rng([options.seed, 1]).normal(size=len(positions))
        )
        weights /= weights.mean()
    intensities = expected_counts(obj, modes, positions, weights)
    brightest = intensities.max()
    if brightest == 0:
        raise InputError("the object is zero wherever the probe is: no photon arrives")
    if not np.isfinite(brightest):
        raise InputError(
            f"the brightest pixel has {brightest} counts: expected an object with amplitudes of about 1, "
            "and a finite probe"
        )
    intensities *= options.photons / brightest
    modes = modes * np.sqrt(options.photons / brightest)
    return Scan(
        patterns=_count(intensities + options.background, options.noise, rng),
        positions=positions,
        probe=modes if modes.ndim == 2 else modes[0],
        weaker_modes=None if modes.ndim == 2 or len(modes) == 1 else modes[1:],
        weights=weights,
        background=np.array(options.background) if options.background else None,
        object_shape=obj.shape,
        truth=obj,
        simulated=True,
        noise="none" if options.noise == "none" else "poisson",
        **scan_fields,
    )


def with_modes(probe: np.ndarray, count: int, power: float) -> np.ndarray:
    """A probe (m, m) as the first of `count` incoherent modes (M, m, m) of the same power in all.

    The others are the probe times x, y, x y, x², ..., made orthogonal: what a beam that is a little
    incoherent, or trembles, adds to it. They share `power`, a fraction, each with half of the one before.
    """
    m = len(probe)
    y, x = np.meshgrid(*2 * [np.linspace(-1, 1, m)], indexing="ij")
    orders = sorted((i + j, j, i) for i in range(5) for j in range(5))[:count]
    stack = np.stack([probe * y**i * x**j for _, i, j in orders]).reshape(count, -1)
    orthogonal = np.linalg.qr(stack.T.astype(np.complex128))[0].T  # its first is along the probe
    orthogonal *= np.vdot(orthogonal[0], stack[0]) / np.linalg.norm(stack[0])  # with the probe's phase
    weaker = 0.5 ** np.arange(count - 1)
    powers = np.array([1 - power, *(power * weaker / weaker.sum())])
    found = orthogonal * np.sqrt(powers)[:, None] * np.linalg.norm(stack[0])
    return found.reshape(-1, m, m).astype(np.complex64)


def _count(intensities: np.ndarray, noise: str, rng: np.random.Generator) -> np.ndarray:
    if noise == "poisson":
        return rng.poisson(intensities)
    if noise == "pmace":
        return rng.poisson(intensities) + rng.poisson(DARK_COUNTS, intensities.shape)
    if noise == "gaussian":
        return np.maximum(intensities + np.sqrt(intensities) * rng.standard_normal(intensities.shape), 0)
    return intensities
