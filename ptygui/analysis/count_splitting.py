"""Two independent scans out of one: counts split at random, so that one tests what the other was fitted by.

half, other = split_counts(scan)
*_, step = reconstruct(half, method)
told = Split.of(half, other, step)
told.lack       # misfit that neither noise nor over-fitting explains
told.used       # share of the data that the fit has spent on following their noise

If n is a Poisson count of mean λ, and k of its n photons are drawn with probability p each, k and n - k are
independent Poisson counts of means p λ and (1 - p) λ. This is exact, unlike hiding pixels it keeps all of
them, and unlike hiding positions it leaves the overlap as it is.

A fit that spends n of N values on parameters follows the noise of its own half and misses that of the other
by as much: its misfits are 1 + b - n/N and 1 + b + n/N of the noise, b of the model or the prior (the
optimism of Efron 1986, of a fit that is linear near its result). Their mean and half their difference
separate the two.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from ptygui.analysis.residuals import ANSCOMBE, CHUNK, left_beside_noise, mask_of
from ptygui.errors import InputError
from ptygui.scan import LARGE_RUN, NEARLY_WHOLE, Scan
from ptygui.step import Step


@dataclass(frozen=True, eq=False)
class Split:
    """A fit to one part of the counts, scored by both.

    Attributes
    ----------
    fitted, predicted : float64 array, shape (K,)
        Sum of (sqrt(n + 3/8) - sqrt(|A f|² + 3/8))² of each pattern (Anscombe 1948): of the part that was
        fitted, and of the other.
    noise : float64 array, shape (2, K)
        What photon noise alone leaves of both.
    """

    fitted: np.ndarray
    predicted: np.ndarray
    noise: np.ndarray

    @classmethod
    def of(cls, half: Scan, other: Scan, step: Step) -> "Split":
        """Score a step of a run on one of two equal parts by both of them.

        Parameters
        ----------
        half, other : Scan
            As `split_counts` gives them, in equal shares; `step` is of a run on the first.
        step : Step
        """
        (fitted, first), (predicted, second) = (
            left_beside_noise(scan, step, added=ANSCOMBE) for scan in (half, other)
        )
        return cls(fitted, predicted, np.stack((first, second)))

    @property
    def misfits(self) -> tuple[float, float]:
        """Misfit over noise of the part that was fitted, and of the other."""
        return self.misfits_over(self.noise)

    def misfits_over(self, noise: np.ndarray) -> tuple[float, float]:
        """The same over a given noise, shape (2, K), to compare fits that expect different noise."""
        first, second = noise.sum(1)
        return float(self.fitted.sum() / first), float(self.predicted.sum() / second)

    @property
    def lack(self) -> float:
        """What the model or the prior lacks: misfit that noise does not explain, over noise; 0 if right."""
        return float(np.mean(self.misfits)) - 1

    @property
    def used(self) -> float:
        """Share of the measured values that the fit has used up, 0 to about 1: more follows noise more."""
        fitted, predicted = self.misfits
        return (predicted - fitted) / 2

    def better_than(self, other: "Split") -> tuple[float, float]:
        """By how much it predicts better than another fit to the same part, and the standard error.

        Returns
        -------
        gain : float
            Difference of the misfits of the part that was not fitted, over the noise that the other fit
            expects; positive if better.
        error : float
            Its standard error, from how it differs between patterns; infinite of a single one.
        """
        apart, whole = other.predicted - self.predicted, other.noise[1].sum()
        error = np.sqrt(len(apart)) * apart.std(ddof=1) / whole if len(apart) > 1 else np.inf
        return float(apart.sum() / whole), float(error)


def split_counts(scan: Scan, share: float = 0.5, seed: int = 0) -> tuple[Scan, Scan]:
    """Draw each photon of a scan into one of two scans: independent Poisson counts, exactly.

    Probe and background are scaled to the photons of each part; all else is that of the scan. Together the
    two have the counts of the scan at every trusted pixel; masked pixels are 0.

    Parameters
    ----------
    scan : Scan
    share : float
        Probability that a photon goes to the first part.
    seed : int
        Of the drawing.

    Returns
    -------
    first, second : Scan
        Without patterns held out.

    Raises
    ------
    InputError
        If the patterns are not counted photons, `share` is not between 0 and 1, or the scan is too large to
        be copied in memory.
    """
    if not 0 < share < 1:
        raise InputError(f"share is {share:g}, expected more than 0 and less than 1")
    if scan.noise == "none":
        raise InputError(f"{scan.name} has exact intensities, not counts: there is no noise to split")
    if scan.size * 4 > LARGE_RUN:
        raise InputError(
            f"{scan.name} has {scan.size} values, too many to split in memory: take a part of it"
        )
    rng = np.random.default_rng([seed, 19])
    first = np.zeros(tuple(scan.patterns.shape), np.float32)
    second, unit = np.zeros_like(first), 0
    for begin in range(0, len(scan), CHUNK):
        which = np.arange(begin, min(begin + CHUNK, len(scan)))
        trusted = np.stack([mask_of(scan, int(k)) for k in which])
        values = np.where(trusted, np.asarray(scan.patterns[which], np.float64), 0)
        counts = np.rint(values).astype(np.int64)
        if (wrong := np.abs(values - counts) > NEARLY_WHOLE).any():
            raise InputError(
                f"{scan.name} has a pixel of {values[wrong][0]:g}, which is no count: only counted photons "
                "can be split, so divide the patterns by the detector's gain"
            )
        unit = math.gcd(unit, int(np.gcd.reduce(counts, axis=None)))
        first[which] = rng.binomial(counts, share)
        second[which] = counts - first[which]
    if unit > 1:
        raise InputError(
            f"{scan.name} has only multiples of {unit}, which are not single photons: divide the patterns by "
            "the detector's gain"
        )
    return _part(scan, first, share), _part(scan, second, 1 - share)


def _part(scan: Scan, counts: np.ndarray, share: float) -> Scan:
    factor = math.sqrt(share)  # of amplitudes
    return replace(
        scan,
        patterns=counts,
        probe=scan.probe * factor,
        weaker_modes=None if scan.weaker_modes is None else scan.weaker_modes * factor,
        background=None if scan.background is None else scan.background * share,
        held_out=None,
    )
