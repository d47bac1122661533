"""How wrong the prior and the model of the data are for a scan, from how far each pulls the other."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

# Upper ends of the rings but the last, in half waves over 128 px: octaves, then finer, because the power of a
# prior's error falls steeply there.
_RINGS = (3.5, 7.0, 14.0, 28.0, 56.0, 84.0, 112.0)
# Share of w that a modulus tells of a real unknown: of each wave it knows one of two numbers.
_TOLD = 0.5
_LEAST = 1e-12  # keeps a share finite
# Share of each coefficient of a clean estimate that is kept, at least, however wrong the prior is. Chosen on
# one split of the star by `blood-small` at 48 % and on procedural leaves, a target and text at 20 and 50 %.
# The star's NRMSE before the power law is .168 with nothing left out, and .140 so; with finer rings .138,
# .137 and .139 for .05, .2 and .3; with all of γ S counted as wrong .135 for .05; in Wiener's form .146; .161
# where the fit began at the whole estimate, .166 at the object of the level before. Simulated scans, whose
# model is right, mostly gain too, but of a chip at 20 % the error rose from .135 to .206: so not there.
# All of that was with γ of the amplitude as it is, which a chip and its own prior paid for where the model
# was wrong (all at once, 20 %): .036 to .047. Bounded by that of the phase it is .038, and the star's result
# .146; by the phase alone .037 and .163.
LEAST_KEPT = 0.2
# Factor of the prior's error, in any ring of frequencies at any level, from which the prior is doubted: of
# smears with `blood-small` it is 1 to 1.7, of other objects with it 9 to 100 (20 to 74 %). In phase, where
# the model is wrong: of objects like the prior's 1 to 3.9, of leaves and a target with `blood-small` 4.5 to
# 130, of the measured star with `generic` 1.2, with `blood-small` 5. Of a chip with `chips` it is 4.8, and 6
# to 12 where a wrong probe spoiled the start; being doubted then cost 1.2 % at most.
WRONG = 4.0


class Discrepancy:
    """Factors by which the errors of prior and data are larger than expected, estimated from a scan.

    A prior's error has the power S(k) on objects like those that it learned from, and γ S(k) with γ > 1 on
    others; measured amplitudes have the variance s² of photons if probe and positions are right, and τ s² if
    not. γ, one for each channel and ring of frequencies, and τ are those under which the scan is most
    probable, found by expectation maximisation (Dempster, Laird and Rubin 1977), one step after each fit::

        γ  <- mean over the ring of (|C u(k)|² + V) / S(k),     γ >= 1
        τ  <- ||y - |A f| ||² / (N s²)  +  τ n / N,             τ >= 1

    C u is the change of the prior's estimate that the data demand, V the variance of a coefficient that both
    leave, ``V = mean over pixels of 1 / (1 / (γ S) + h / τ)`` with h what the data tell of a pixel, N the
    number of measured values and ``n = Σ (1 - V / (γ S))`` how many of them the fit has used up. Where the
    data tell nothing, u is 0, V is γ S and γ stays. With both estimated neither wins by being wrong: a prior
    that does not fit has a large pull, but an object that fits the data exists; a wrong probe or position
    leaves a misfit for any object.

    That holds if data are plenty. An object of few data can be bent to a wrong probe, and then the prior that
    resists is blamed, mostly in amplitude: for the measured star with the right prior γ came to 14 in
    amplitude, to 1.2 in phase. So of measured scans, whose model is never quite right, γ stays 1 until its
    largest value in phase passes `WRONG`.

    From then on what is wrong in the prior's estimate x of a measured scan is left out of it. Where a prior
    is right, its error is not to be seen in x, which is the mean of what may be there. What comes on top is:
    cells where the object has none. So of a ring where |C x|² / S is P in the mean, the share (γ - 1) / P is
    wrong, and objects are pulled to ``(1 - (γ - 1) / P) C x`` instead, the linear estimate of least error
    (`wrong`); γ in amplitude no more than the largest in phase.

    Parameters
    ----------
    radius : float32 tensor, shape (H, W)
        Frequency of each cosine coefficient [half waves over 128 px].
    values : int
        Number N of measured values.
    prior, data : bool
        Which is estimated; the factors of the other stay 1.
    wary : bool
        Whether the scan is measured: then the prior counts as right until its factor in phase passes
        `WRONG`, and what is wrong in its estimate is left out.
    resume : dict, optional
        The state of a run to go on with.
    """

    def __init__(
        self,
        radius: Tensor,
        values: int,
        prior: bool = True,
        data: bool = True,
        wary: bool = False,
        resume: Mapping[str, Any] | None = None,
    ):
        ring = torch.bucketize(radius.cpu(), torch.tensor(_RINGS))
        _, ring, members = ring.unique(return_inverse=True, return_counts=True)
        self._ring, self._members = ring.to(radius.device), members.to(radius.device)
        self._varies = (radius > 0).float()  # all coefficients but those of constants
        self._values, self._of_prior, self.of_data, self._wary = values, prior, data, wary
        self.prior, self.data = radius.new_ones(2, len(members)), radius.new_ones(())
        if resume and prior:
            self.prior = resume.get("prior_discrepancy", self.prior)
        if resume and data and "data_discrepancy" in resume:
            self.data = resume["data_discrepancy"].reshape(())

    @property
    def estimated(self) -> bool:
        """Whether anything is."""
        return self._of_prior or self.of_data

    @property
    def state(self) -> dict[str, Tensor]:
        """What a run that is resumed needs."""
        if not self.estimated:
            return {}
        return {"prior_discrepancy": self.prior, "data_discrepancy": self.data.reshape(1)}

    def inflated(self, power: Tensor) -> Tensor:
        """γ S of powers S (2, H, W)."""
        return power * self.prior[:, self._ring]

    def variation(self, clean: Tensor, power: Tensor) -> Tensor:
        """P, the mean over each ring of |C x|² / S, (2, rings); of an object in tiles the mean of theirs.

        Parameters
        ----------
        clean : tensor, shape (S, 2, H, W)
            C x of each seed [channel units].
        power : tensor, shape (2, H, W)
            S(k) [channel units squared].
        """
        return self._mean(self._varies * clean.square().mean(0) / power)

    def wrong(self, clean: Tensor, variation: Tensor) -> Tensor:
        """The part of C x (S, 2, H, W) that is wrong, as its `variation` tells; 0 where γ is 1.

        And of simulated scans: see `LEAST_KEPT`.
        """
        if not self._wary:
            return torch.zeros_like(clean)
        believed = torch.minimum(self.prior, self.prior[1].max())  # more is of a wrong probe
        share = ((believed - 1) / variation.clamp_min(_LEAST)).clamp_max(1 - LEAST_KEPT)
        return self._varies * share[:, self._ring] * clean

    def update(self, pulled: Tensor, power: Tensor, told: Tensor, excess: Tensor) -> None:
        """One step of expectation maximisation.

        Parameters
        ----------
        pulled : tensor, shape (S, 2, H, W)
            C u of each seed [channel units].
        power : tensor, shape (2, H, W)
            S(k) [channel units squared].
        told : tensor, shape (2, H, W)
            w / s² of each pixel [1 / channel units squared].
        excess : tensor, no axes
            ||y - |A f| ||² / (N s²).
        """
        self.learn(self.means(pulled, power, told), excess)

    def means(self, pulled: Tensor, power: Tensor, told: Tensor) -> Tensor:
        """What `learn` needs to know of the object: means over its rings, (3, 2, rings).

        Of S, of |C u|² / S, and of V over the pixels; those of an object in tiles are the means of theirs.
        """
        typical = self._mean(power)
        before = self.prior * typical
        pixels = _TOLD / self.data * told.flatten(-2)
        left = torch.stack([(1 / (1 / each[:, None] + pixels)).mean(-1) for each in before.T], -1)
        return torch.stack((typical, self._mean(pulled.square().mean(0) / power), left))

    def learn(self, means: Tensor, excess: Tensor) -> None:
        """One step of expectation maximisation from `means`, and ||y - |A f| ||² / (N s²)."""
        typical, pull, left = means
        used = ((1 - left / (self.prior * typical)) * self._members).sum()
        if self._of_prior:
            found = (pull + left / typical).clamp_min(1.0)
            if self._wary:
                # Or it was blamed before: factors above 1 remember that, also in a run that is resumed.
                blamed = (found[1].max() > WRONG) | (self.prior > 1).any()
                found = torch.where(blamed, found, 1.0)
            self.prior = found
        if self.of_data:
            self.data = (excess + self.data * used / self._values).clamp_min(1.0)

    def _mean(self, values: Tensor) -> Tensor:
        """The mean of values (2, H, W) over each ring, (2, rings)."""
        total = values.new_zeros(2, len(self._members))
        total.index_add_(1, self._ring.flatten(), values.flatten(-2))
        return total / self._members
