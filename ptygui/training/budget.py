"""The share of the budget that a training has used, and its learning rate."""

import math

from ptygui.training.options import Training

_FINAL_RATE = 0.02  # of the peak learning rate, at the end of the cosine
_WARM_SHARE = 0.1  # of the budget at most is spent on warming up: a short training has no time for more


def fraction_used(step: int, seconds: float, options: Training) -> float:
    """The share of the budget that is used, 0 ... 1 or more."""
    if options.steps:
        return step / options.steps
    return seconds / (60 * options.minutes) if options.minutes > 0 else 1.0


def learning_rate(step: int, fraction: float, options: Training, warm_up: int) -> float:
    """Linear warm-up, then half a cosine over the budget; `warm_up` in steps, at most a tenth of it."""
    warm = min(1.0, max((step + 1) / warm_up, fraction / _WARM_SHARE))
    if not options.cosine_decay:
        return options.learning_rate * warm
    fall = _FINAL_RATE + (1 - _FINAL_RATE) * 0.5 * (1 + math.cos(math.pi * min(fraction, 1.0)))
    return options.learning_rate * warm * fall
