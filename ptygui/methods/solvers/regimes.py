"""How `DAPS` adapts to the data: its automatic options, by measured values per unknown.

models/README.md has the measurements behind each number.
"""

import math
from dataclasses import dataclass

MANY_LEVELS = 30  # from which fewer data steps per level suffice


@dataclass(frozen=True)
class Regime:
    """Settings for scans with less than `below` measured values per real unknown of the object.

    Attributes
    ----------
    below : float
    overlaps : str
        The corresponding linear overlaps of the medium probe.
    data_steps, of_few_levels : int
        Data steps per level, on average, for `MANY_LEVELS` or more, and for fewer. They matter more than the
        number of levels: nine levels have more of them, and with many data are as good as 36.
    variance : float
        Data variance relative to photon statistics. The more positions see a pixel, the less the prior adds
        to what they determine: its errors at the levels are not independent, although their powers suggest
        it.
    slow_every : int
        Number of data steps per step of the slow phase.
    sigma_max : float
        Highest noise level after AWF alone [channel units]. AWF's image is sharp and in places sharply wrong
        (dark cells at a wrong phase), which only more noise corrects.
    scarce : bool
        Whether a U-Net may clean the start, or AWF has a Gaussian prior: AWF alone may end with a dark cell
        at a wrong phase, which the levels then do not correct.
    unet_misfit : float
        Largest misfit that the U-Net's image may leave, as a share of that of the start of AWF. A U-Net
        knows AWF's errors under the probe that it was trained for. There its images leave .01 to .11 at 20
        and 38 %, at most .02 at 44 and 50 % (six patches of the held-out blocks); under Gaussian, disk and
        compact probes .14 to .6 and .04 to .12, and are worse than a start with a Gaussian prior.
    """

    below: float
    overlaps: str
    data_steps: int
    of_few_levels: int
    variance: float
    slow_every: int
    sigma_max: float
    scarce: bool
    unet_misfit: float = 0.0


REGIMES = (
    Regime(1.4, "up to 38 %", 50, 60, 1.0, 3, 2.0, True, 0.2),
    Regime(2.0, "44 and 50 %", 40, 60, 2 / 3, 5, 2.0, True, 0.03),
    Regime(4.0, "62 and 66 %", 30, 40, 1 / 3, 10, 1.2, False),
    Regime(math.inf, "from 74 %", 10, 20, 1 / 3, 10, 0.4, False),
)

# Highest noise level after AWF with a Gaussian prior [channel units]: .0268 at 20 % (medium probe, four
# patches of the held-out blocks), .0277 with 0.6 and .0286 with 2.
SIGMA_AFTER_GAUSSIAN = 1.2


def regime_of(data_per_unknown: float) -> Regime:
    """The first regime above this number of measured values per real unknown."""
    return next(regime for regime in REGIMES if data_per_unknown < regime.below)


def sigma_after_unet(data_per_unknown: float) -> float:
    """Highest noise level after a U-Net [channel units].

    Few large errors remain, so nearly all levels are where fine errors are removed. With less noise than
    this, NRMSE is 1 to 3 % lower, but a cell that the U-Net left at a wrong phase may stay (0.7 rad; this is
    1.2 in the channels of `blood-small`).
    """
    return min(max(data_per_unknown - 0.4, 0.36), 1.2)


def steps_at_levels(mean: int, levels: int) -> list[int]:
    """Data steps at each level: few at first, most soon after, then fewer and fewer; about `mean` on average.

    Many steps at the first level preserve what is wrong in the start, a dark cell at a wrong phase. Many at
    the last are wasted, as the noise added by then is less than what they still find.
    """
    steps = []
    for k in range(levels):
        rising = min(1.0, 9 * (k + 1) / levels)
        falling = 1.6 - 1.2 * k / max(levels - 1, 1)
        steps.append(max(round(mean * rising * falling), min(8, mean)))
    return steps
