"""What `DAPS` does where the scan contradicts the prior: data held out say how far it may decide."""

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ptygui.methods.problem import Problem
from ptygui.methods.solvers.discrepancy import WRONG
from ptygui.methods.solvers.gaussian_prior import TOP, GaussianPrior, power_law_prior, weight_at
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.methods.solvers.regimes import regime_of
from ptygui.physics.forward import part_of

# Steps of AWF, and the weight of the power law at the first. Where data are plenty it goes from coarse to
# fine, and so finds what the start of the levels left at a wrong phase; where they are scarce it would lose
# what only the levels have found.
STEPS, STEPS_OF_PLENTY = 300, 400
# Share of the brightest light below which the power law gets more of the result. Chosen, like the steps, on
# 13 scans of procedural leaves, targets, text, cells, a chip and a smear with a prior of another kind, 20 to
# 74 %. Tried: 100, 200, 300 and 400 steps; weights that are constant or fall from 30, 100 or 1,000 times; the
# better of both images; mixtures with one share everywhere, twice that share, twice where the light is less
# than a tenth, the more the dimmer (in use), and a share for each of six bands of light.
DIM = 0.2
# Most that the power law gets of a measured scan. NRMSE with none of it, as much as pixels held out would
# have, and half: the star by `blood-small`, split 2, 48 %, .140, .154, .140; leaves, all wrong at once, 20 %,
# .210, .195, .198; text .566, .707, .612; a chip .145, .146, .145.
MOST = 0.5


class Overruling:
    """Doubt of a prior that the scan contradicts, and the plainer prior that takes its place.

    The noise of the levels falls as if the prior were right: at the last ones its error is small by
    construction, whatever it was before, and what a wrong prior has made of dim parts stays. So where its
    error turns out to be `WRONG` times as large as expected (`Discrepancy`), detector pixels are held out of
    the fit in the second half of the levels; in the first, where cells form, all count. After the last level
    AWF with a power law (`GaussianPrior`), which is fitted to the scan, goes on from the image f, to g. The
    result is a mixture::

        (1 - b) f + b g,     b = a + (min(1, 2 a) - a) max(0, 1 - w / (DIM max w))

    with the share a for which the pixels held out are predicted best. They tell little of dim parts: there,
    the more the prior was wrong where light falls, the less is left to it.

    Of a measured scan b is a, at most `MOST`. Its model is wrong, and pixels held out of a pattern are
    predicted the better, the more the object is bent to the rest of that pattern; g is bent more than f.

    Parameters
    ----------
    problem : Problem
    step : ModulusStep
        Of the levels.
    held : bool tensor of the amplitudes' shape, optional
        Detector pixels held out of that step, where the prior is doubted.
    """

    def __init__(self, problem: Problem, step: ModulusStep, held: Tensor | None):
        self._problem, self._step, self.held = problem, step, held
        self._factor: Tensor | None = problem.resume.get("prior_factor")
        self.share = float(problem.resume.get("overruled", 0.0))

    @property
    def state(self) -> dict[str, Any]:
        """What a run that is resumed needs: the largest factor, whether pixels are held out, and a."""
        found: dict[str, Any] = {} if self._factor is None else {"prior_factor": self._factor}
        return found if self.held is None else found | {"doubted": True, "overruled": self.share}

    def look_at(self, factors: Tensor) -> None:
        """Remember the largest factor of the prior's error; nothing is read, which waits for a GPU."""
        largest = factors.max().reshape(1)  # files of states hold arrays with axes
        self._factor = largest if self._factor is None else torch.maximum(self._factor, largest)

    @property
    def doubted(self) -> bool:
        """Whether the prior has turned out to be wrong so far."""
        return self._factor is not None and float(self._factor) > WRONG

    @property
    def note(self) -> str:
        """What has become of the prior, for the user; empty if nothing."""
        if not self.share:
            return ""
        share = f"{self.share:.0%} of the result"
        if self._problem.measured:
            share += ", half at most,"
        else:
            share += ", and more where little light falls,"
        return (
            f"The scan contradicts the prior: {share} are of a power law that is fitted to the scan, as data "
            "held out are predicted best so"
        )

    def settled(self, f: Tensor) -> Generator[None, None, Tensor]:
        """The mixture, of objects (S, H, W) after the last level; these if the prior is not doubted."""
        if self.held is None:
            return f
        g = yield from self._by_power_law(f)
        share = _lowest(*(self._left(torch.lerp(f, g, at)) for at in (0.0, 0.5, 1.0)))
        self.share = min(share, MOST) if self._problem.measured else share
        return torch.lerp(f, g, self.weight.to(f.dtype))

    @property
    def weight(self) -> Tensor:
        """Share b of each pixel, shape (H, W)."""
        w = self._step.w
        if self._problem.measured:
            return torch.full_like(w, self.share)
        dim = (1 - w / (DIM * w.max())).clamp_min(0)
        return self.share + (min(1.0, 2 * self.share) - self.share) * dim

    def prior_share(self, share: Tensor) -> Tensor:
        """The prior's share (H, W) of the mixture, from that of f: linear, as the mixture is."""
        if not self.share:
            return share
        return torch.lerp(share, self._prior().share(self._step.w, 1.0), self.weight)

    def _prior(self) -> GaussianPrior:
        return power_law_prior(replace(self._problem, forward=self._step.forward))

    def _by_power_law(self, f: Tensor) -> Generator[None, None, Tensor]:
        """AWF with a Gaussian prior from f on, at the end with the weight that photons call for."""
        step, prior, previous = self._step, self._prior(), f
        scarce = regime_of(self._problem.data_per_unknown).scarce
        steps, top = (STEPS, 1.0) if scarce else (STEPS_OF_PLENTY, TOP)
        for k in range(steps):
            z = torch.add(f, f - previous, alpha=k / (k + 3))
            previous, f = f, prior.pulled(step.object(z), step.w_max, weight_at(k, steps, top))
            yield None
        return f

    def _left(self, f: Tensor) -> float:
        """Sum of (y - |A f|)² over the detector pixels held out."""
        problem, held = self._problem, self.held
        total = torch.zeros((), device=problem.device)
        for forward, part in self._step.forward.chunks(len(f)):
            difference = problem.amplitudes[part] - forward.modulus(forward.apply(f))
            mask = part_of(held, part)
            total += (difference if mask is None else difference * mask).square().sum()
        return float(total)


def _lowest(first: float, middle: float, last: float) -> float:
    """Where in 0 ... 1 the parabola through values at 0, 1/2 and 1 is lowest."""
    bend = 2 * (first + last - 2 * middle)
    if bend <= 0:
        return float(last < first)
    return min(max((bend + first - last) / (2 * bend), 0.0), 1.0)
