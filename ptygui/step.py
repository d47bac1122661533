"""One snapshot of a reconstruction, on the host and frozen: what window, files and sweeps read."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Step:
    """The state of a reconstruction after one iterate.

    Attributes
    ----------
    index, total : int
        Iterates done (from 1) and planned; 0 while the start that a method makes first is not done.
    seconds : float
        Time spent in the method itself, without scoring or waiting [s].
    nfe : int
        Network evaluations so far, every seed counted.
    obj : complex64 array, shape (H, W)
        The estimate; for diffusion methods decoded from x̂0.
    probe : complex64 array, shape (m, m)
        The probe that belongs to it, or of several incoherent modes the strongest.
    weaker_modes : complex64 array, shape (M - 1, m, m), optional
        The other modes.
    positions : float64 array, shape (K, 2), optional
        Of the patches [px], where the run refines them, or they are between pixels.
    weights : float64 array, shape (K,), optional
        Amplitude of the beam at each position relative to the probe's, where it was not constant.
    background : float32 array, shape (m, m), optional
        Counts in every pattern that do not come from the sample, centred.
    x_t : float32 array, shape (2, H, W), optional
        Diffusion state in channel units (amplitude, phase); of several seeds, that of the best ranked or of
        the first.
    level : float, optional
        Noise level of x_t: sigma in channel units.
    t : int, optional
        Time of x_t in the chain, for methods that have one.
    prior_step, data_step : float, optional
        How far prior and data moved the estimate in this iterate: root-mean-square in channel units.
    prior_share : float32 array, shape (H, W), optional
        How little each pixel follows a change of the object there alone: 0, the data decide; 1, the prior
        does; NaN where nothing was lit; 0 in lit pixels of methods without a prior. None of networks whose
        share is not known.
    misfit, noise_floor : float
        Sum of (y - abs(A x̂0))² over sum of y², and its value for Poisson noise alone.
    nrmse, ssim : float, optional
        Against the truth: NRMSE after the best global phase, SSIM of magnitudes. Against a reference, if the
        scan has no truth but that: see `ptygui.analysis.scores`.
    held_out : float, optional
        Misfit of patterns that the scan holds out, relative to that of photon noise alone.
    misfits : float32 array, shape (K,), optional
        Sum of (y - abs(A x̂0))² of each pattern, relative to that of photon noise alone; of a scan without
        noise, relative to its sum of y².
    moved : float, optional
        How far refinement has moved the positions about their mean, root-mean-square [px]; None if it has
        not.
    discrepancy : float, optional
        How many times what noise should leave the data disagree with model and prior, as the method estimates
        it at no cost; 1 is a fit.
    samples : complex64 array, shape (S, H, W), optional
        The estimates of all seeds, if there are several.
    state : dict
        Named arrays and numbers from which the same method continues bit for bit.
    resolved : dict
        The values of the options that are "auto", by name; the same at every step that they applied to.
    note : str
        One sentence about this run for the user; that of the last step counts.
    scoring : float
        Processor time that it took to make this Step of the iterate: copies and scores [s].
    """

    index: int
    total: int
    seconds: float
    nfe: int
    obj: np.ndarray
    probe: np.ndarray
    misfit: float
    noise_floor: float
    nrmse: float | None = None
    ssim: float | None = None
    held_out: float | None = None
    misfits: np.ndarray | None = None
    moved: float | None = None
    x_t: np.ndarray | None = None
    level: float | None = None
    t: int | None = None
    prior_step: float | None = None
    data_step: float | None = None
    prior_share: np.ndarray | None = None
    discrepancy: float | None = None
    samples: np.ndarray | None = None
    weaker_modes: np.ndarray | None = None
    positions: np.ndarray | None = None
    weights: np.ndarray | None = None
    background: np.ndarray | None = None
    state: dict[str, Any] = field(default_factory=dict, repr=False)
    resolved: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    scoring: float = 0.0

    @property
    def modes(self) -> np.ndarray:
        """All modes of the probe: (M, m, m), or (m, m) of a coherent one."""
        return self.probe if self.weaker_modes is None else np.stack((self.probe, *self.weaker_modes))

    @property
    def done(self) -> bool:
        """Whether this is the last iterate that was planned."""
        return self.index >= self.total

    @property
    def noise(self) -> str:
        """The noise of x_t in words, such as "t 430, σ 0.21"; empty if there is none."""
        words = [] if self.t is None else [f"t {self.t}"]
        if self.level is not None:
            words.append(f"σ {self.level:.3g}")
        return ", ".join(words)

    @cached_property
    def nbytes(self) -> int:
        """Memory held by the arrays, some of which may be views of others [bytes]."""
        beam = self.probe, self.weaker_modes, self.positions, self.weights, self.background, self.misfits
        held = [self.obj, *beam, self.x_t, self.samples, self.prior_share, *self.state.values()]
        arrays = [a.base if isinstance(a.base, np.ndarray) else a for a in held if isinstance(a, np.ndarray)]
        return sum(array.nbytes for array in {id(array): array for array in arrays}.values())

    def numbers(self) -> dict[str, float | int | None]:
        """The scalars of this step by name."""
        return {name: getattr(self, name) for name in NUMBERS}


BEAM = ("weaker_modes", "positions", "weights", "background")  # what a Step may say besides the probe
NUMBERS = (
    "index", "seconds", "nfe", "level", "t", "misfit", "nrmse", "ssim", "held_out", "moved", "prior_step",
    "data_step", "discrepancy",
)  # fmt: skip
