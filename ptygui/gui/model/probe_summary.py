"""Summary of a probe: what the probe view shows, computed outside the GUI thread."""

from dataclasses import dataclass

import numpy as np

from ptygui.physics.overlap import effective_diameter
from ptygui.physics.probe import energy_diameter

ENERGIES = (0.5, 0.9, 0.95)
DECADES = 4.0  # shown of the far field
MOST = 256  # maximum number of pixels drawn per side


@dataclass(frozen=True, eq=False)
class ProbeSummary:
    """A probe in pictures and diameters.

    Attributes
    ----------
    name : str
    width : int
        Of its window [px].
    amplitude : float32 array
        Relative to its maximum, thinned to at most `MOST` px per side, as is the phase.
    phase : float32 array
        [rad].
    far_field : float32 array
        log10 of the intensity on the detector relative to its maximum, zero frequency at the centre.
    energies : tuple of float
        Diameters that hold the shares `ENERGIES` of the energy [px].
    effective : float
        Diameter of the disc whose area is the participation ratio [px].
    """

    name: str
    width: int
    amplitude: np.ndarray
    phase: np.ndarray
    far_field: np.ndarray
    energies: tuple[float, ...]
    effective: float


def probe_summary(probe: np.ndarray, name: str) -> ProbeSummary:
    """Of a probe (m, m)."""
    n = -(-probe.shape[-1] // MOST)
    amplitude = np.abs(probe).astype(np.float32)
    far = np.abs(np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(probe)))) ** 2
    if n > 1:  # means of blocks: single pixels of a far field may miss its peaks
        side = far.shape[0] // n * n
        far = far[:side, :side].reshape(side // n, n, side // n, n).mean((1, 3))
    far = np.log10(np.maximum(far / far.max(), 10**-DECADES))
    return ProbeSummary(
        name=name,
        width=probe.shape[-1],
        amplitude=amplitude[::n, ::n] / amplitude.max(),
        phase=np.angle(probe[::n, ::n]).astype(np.float32),
        far_field=far.astype(np.float32),
        energies=tuple(energy_diameter(probe, share) for share in ENERGIES),
        effective=effective_diameter(probe),
    )
