"""Noise levels: the variance-preserving (VP) chain of DDPM, and the Karras grid of the fast solver.

schedule = Schedule.linear(1000)
x_t = schedule.noising(x0, -1, 300, noise)                   # sqrt(abar) x0 + sqrt(1 - abar) noise
mean = schedule.denoising_mean(x0_hat, x_t, 300)             # of x_{t-1} given x_t and x0_hat

Everything is float64 numpy; the two steps work on tensors and arrays alike.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ptygui.errors import InputError

_MAX_BETA = 0.999


@dataclass(frozen=True)
class Schedule:
    """A VP chain x_t = sqrt(alpha_bar_t) x0 + sqrt(1 - alpha_bar_t) z, with t = 0 ... N-1.

    t = -1 stands for the clean end, alpha_bar = 1.

    Attributes
    ----------
    beta : float64 array, shape (N,)
    """

    beta: NDArray[np.float64]

    def __post_init__(self) -> None:
        beta = np.asarray(self.beta, dtype=np.float64)
        if beta.ndim != 1 or not beta.size or not np.all((beta > 0) & (beta < 1)):
            raise InputError("the noise schedule needs at least one beta, each between 0 and 1")
        object.__setattr__(self, "beta", beta)

    @classmethod
    def linear(cls, num_steps: int = 1000, first: float = 1e-4, last: float = 0.02) -> "Schedule":
        """The linear betas of DDPM, 1e-4 ... 0.02 for N = 1000.

        Another N multiplies them by 1000/N (and clips at 0.999), which keeps the sum of betas and so about
        the same signal to noise ratio at the noisy end.
        """
        if num_steps < 1:
            raise InputError(f"num_steps is {num_steps}, expected at least 1")
        beta = np.linspace(first, last, num_steps) * (1000 / num_steps)
        return cls(np.minimum(beta, _MAX_BETA))

    @property
    def num_steps(self) -> int:
        """N."""
        return len(self.beta)

    @cached_property
    def alpha_bar(self) -> NDArray[np.float64]:
        """Product of 1 - beta up to and with t, shape (N,)."""
        return np.cumprod(1 - self.beta, dtype=np.float64)

    @property
    def alpha_bar_before(self) -> NDArray[np.float64]:
        """alpha_bar of t - 1, shape (N,); 1 at t = 0."""
        return np.concatenate((np.ones(1), self.alpha_bar[:-1]))

    @property
    def sigma_tilde(self) -> NDArray[np.float64]:
        """Standard deviation of the noise a reverse step adds ("fixed_small"), shape (N,); 0 at t = 0."""
        return np.sqrt(self.beta * (1 - self.alpha_bar_before) / (1 - self.alpha_bar))

    @property
    def sigma(self) -> NDArray[np.float64]:
        """Noise to signal ratio sqrt((1 - abar)/abar), shape (N,): the sigma of x_t/sqrt(abar)."""
        return np.sqrt((1 - self.alpha_bar) / self.alpha_bar)

    def alpha_bar_at(self, t: int) -> float:
        """alpha_bar of step t; 1 for t = -1."""
        if not -1 <= t < self.num_steps:
            raise ValueError(f"t is {t}, expected -1 ... {self.num_steps - 1}")
        return 1.0 if t == -1 else float(self.alpha_bar[t])

    def denoising_mean(self, x0_hat: Any, x_t: Any, t: int) -> Any:
        """Mean of x_{t-1} given x_t and the clean estimate (Ho et al. 2020, equation 7); any tensor or array.

        [beta_t sqrt(abar_{t-1}) x0_hat + (1 - abar_{t-1}) sqrt(1 - beta_t) x_t] / (1 - abar_t)
        """
        before, now = self.alpha_bar_at(t - 1), self.alpha_bar_at(t)
        beta = float(self.beta[t])
        clean = beta * np.sqrt(before) / (1 - now)
        noisy = (1 - before) * np.sqrt(1 - beta) / (1 - now)
        return float(clean) * x0_hat + float(noisy) * x_t

    def noising(self, x: Any, t_from: int, t_to: int, noise: Any) -> Any:
        """Bring a state of step t_from to the noisier step t_to.

        sqrt(r) x + sqrt(1 - r) noise, with r = abar_to/abar_from. One draw equals t_to - t_from
        successive noising steps in law.
        """
        if t_to < t_from:
            raise ValueError(f"noising goes to later steps, not from t = {t_from} to {t_to}")
        r = self.alpha_bar_at(t_to) / self.alpha_bar_at(t_from)
        return float(np.sqrt(r)) * x + float(np.sqrt(1 - r)) * noise

    def step_of(self, alpha_bar: float) -> float:
        """The continuous step with a given alpha_bar, interpolated in ln sigma, within 0 ... N-1."""
        wanted = 0.5 * np.log((1 - alpha_bar) / alpha_bar) if alpha_bar < 1 else -np.inf
        return float(np.interp(wanted, np.log(self.sigma), np.arange(self.num_steps)))


def karras_sigmas(
    num_levels: int, sigma_max: float, sigma_min: float, rho: float = 7.0
) -> NDArray[np.float64]:
    """Noise levels from sigma_max to sigma_min, evenly spaced in sigma^(1/rho) (Karras et al. 2022, eq. 5).

    float64, shape (num_levels,). One level alone is sigma_max.
    """
    if num_levels < 1 or not 0 < sigma_min <= sigma_max:
        raise InputError(
            f"{num_levels} noise levels from {sigma_max:g} to {sigma_min:g}: expected at least one level "
            "and 0 < sigma_min <= sigma_max"
        )
    steps = np.linspace(0, 1, num_levels)
    return (sigma_max ** (1 / rho) + steps * (sigma_min ** (1 / rho) - sigma_max ** (1 / rho))) ** rho
