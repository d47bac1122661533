"""The parts of decoupled annealing: denoise, fit the data exactly, add noise; several seeds at once."""

from collections.abc import Generator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ptygui.methods.problem import Problem
from ptygui.methods.solvers.discrepancy import Discrepancy
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.methods.solvers.overruling import Overruling
from ptygui.methods.solvers.prior_pull import PriorPull
from ptygui.methods.solvers.prior_share import channel_scales, prior_share
from ptygui.methods.solvers.refinement import Model, Refined, Refinement, begun
from ptygui.methods.solvers.slow_phase import UNIT, SlowPhase
from ptygui.networks.spectrum import Cosines
from ptygui.physics.forward import Forward, energy, misfit
from ptygui.physics.threads import all_threads
from ptygui.prior.prior import Prior
from ptygui.prior.tiles import tile_by_tile

HELD_OUT = 0.02  # share of detector pixels kept for ranking seeds
# Refinement, chosen on two patches of the training smears (red and blue, held-out blocks) with a probe given
# that has 5 % noise or 1 rad too much defocus: 2, 6 and 20 steps by the prior.
FITTED = 0.75  # see `fitted_below`; exact models of up to 2 data per unknown end at .4 to .6
STEPS_BY_PRIOR, STEPS_BY_DATA = 6, 2
# Rounds of fit and refinement at a level. With all wrong at once at 50 % (two procedural smears, two blocks)
# the mean NRMSE is .025 by 3 and .029 by 1, of one block .029 by both and .033 by 6. With a second mode at
# 20 % (one smear, two blocks) it is .028 by 3 and .040 by 1; at 50 %, and for noise of the probe, 3 are
# worse than 1. Wrong or rounded positions alone at 20 %: .045 by 3 and by 1, of ten scans.
ROUNDS = 3
STEPS_OF_ROUND = 5  # data steps of a round, at least: with fewer, positions follow what is wrong in the image
# Data steps of a round where positions move singly, and the noise level [channel units] below which objects
# no longer move with them. Wrong positions at 20 % (two smears, two held-out blocks) had .052 without either;
# about 25 forms were tried: 5 steps and 10; .03, .1, .2 and never; a start with more noise; joint steps of
# object and polynomials by conjugate gradients; positions in every data step; a looser fit at first.
STEPS_BETWEEN, FIXED = 10, 0.1
# Stiffness of the probe at noise level σ: c σ², at least .01. The power of the errors of the prior's image
# grows like that, and so does what they would do to the probe. On a procedural chip and a smear with a right,
# a noisy and a defocused probe at 20, 38 and 50 % about 25 forms were tried: a constant .01; c σ with c from
# .3 to 10; c σ^1.5; c σ² with c 10, 30 and 100; c times the power of the error.
STIFFNESS, LEAST_STIFFNESS = 100.0, 0.01
# Misfit, over AWF's of the same model or `fitted_below`, above which the prior has made a model worse: 1,
# 2 and 4 were tried on a chip with an exact and a defocused probe, 38 and 50 % overlap.
WORSE = 4.0
LEAST_FLOOR = 1e-6  # of the misfit, for data without noise


def fitted_below(data_per_unknown: float) -> float:
    """Misfit over its noise floor below which a model counts as right.

    Unknowns fit a part of the noise: of n data per unknown the fit of a right model leaves 1 - 1/n of it, or
    a little less, since dark pixels vary less than the floor has it; a wrong one comes to 1 and above.
    """
    return max(FITTED, 1 - 0.5 / data_per_unknown)


@dataclass(frozen=True)
class Settings:
    """Settings of one run.

    Attributes
    ----------
    seeds : int
    variance : float
        s² of the measured amplitudes.
    renoise : float
        Noise added, relative to that of the level.
    slow_order : int
        Half waves in `UNIT` px of the slow phase; 0 for none.
    slow_every : int
        Number of data steps per step of the slow phase.
    ranked : bool
        Hold detector pixels out of the fit, to rank the seeds.
    refined : Refined
        What is refined besides the object.
    probe_modes : int
        0 for those of the scan.
    estimated : tuple of "prior", "data"
        Whose errors are estimated from the scan, see `Discrepancy`.
    overrule : bool
        Whether a prior that the scan contradicts may be overruled, see `Overruling`.
    """

    seeds: int
    variance: float
    renoise: float
    slow_order: int
    slow_every: int
    ranked: bool
    refined: Refined = field(default_factory=Refined)
    probe_modes: int = 0
    estimated: tuple[str, ...] = ()
    overrule: bool = False


class Annealing:
    """One problem with one prior; objects f (S, H, W) and channels x (S, 2, H, W) of S parallel seeds.

    Generators yield None where a caller may stop, and return their result.
    """

    def __init__(self, problem: Problem, prior: Prior, settings: Settings):
        self.problem, self.prior, self.settings = problem, prior, settings
        self.cosines = Cosines(*problem.forward.object_shape, problem.device)
        self.held_out = self._drawn_pixels() if settings.ranked else None
        forward, given = begun(problem, settings.probe_modes)
        self.step = ModulusStep(problem, self._fit_mask(), settings.seeds, given)
        self.refinement = Refinement(
            self.step, given, settings.refined, problem.resume, problem.forward.modes
        )
        self.located: bool | None = None  # whether the start found positions other than those given
        if "located" in problem.resume:
            self.locate(bool(problem.resume["located"]))
        # Whether the start found a model that the levels leave as it is.
        self.settled = bool(problem.resume.get("settled", False))
        self._measured = energy(problem.forward, problem.amplitudes, problem.mask)
        self.excess = float(problem.resume.get("excess", 0.0))
        self.limit = fitted_below(problem.data_per_unknown)
        # Misfit over its floor of AWF with more data than unknowns, 0 if not known: the model's share in it.
        self.alone = float(problem.resume.get("alone", 0.0))
        self.waits = int(problem.resume.get("waits", 0))  # levels until the prior may refine the model again
        self.failed = int(problem.resume.get("failed", 0))  # how often it has made the model worse
        self._before: Model | None = None  # before it was refined by the prior at this level
        self.discrepancy = self._discrepancy()
        self.slow = None
        if settings.slow_order * max(problem.forward.object_shape) > UNIT:
            kept = problem.resume.get("slow")
            self.slow = SlowPhase(self.step, self.variance, settings.seeds, settings.slow_order, kept)
        self.step.set_forward(forward)  # afterwards: a resumed run has the same slow phases as one that began
        held = self.hold_out() if problem.resume.get("doubted") else None
        self.overruling = Overruling(problem, self.step, held)

    # ------------------------------------------------------------------ a level

    def denoised(self, x: Tensor, sigma: float) -> Generator[None, None, Tensor]:
        """The prior's clean estimate x̂0 = D(x; σ), of the image rotated and mirrored at random.

        What a network does differently for a rotated image is its error. With a fixed rotation this error
        adds up over the levels; with random ones it averages out, at no cost.
        """
        turn = int(torch.randint(8, (1,), generator=self.problem.generator))
        clean = yield from tile_by_tile(partial(self._denoise, sigma=sigma), _turned(x, turn))
        return _turned_back(clean, turn)

    @torch.no_grad()
    def _denoise(self, x: Tensor, sigma: float) -> Tensor:
        with all_threads():
            return self.prior.denoise(x, float(sigma))

    def fitted_and_refined(
        self, amplitude: Tensor, phase: Tensor, sigma: float, steps: int
    ) -> Generator[None, None, Tensor]:
        """Fit objects to a clean estimate and the data, then refine the model for them; by turns if need be.

        Where objects move with the model, and where few data find more modes, few steps of either lead far:
        each shows what the other hid. The clean estimate moves with the objects, or it would pull them back.
        """
        rounds, f = self._rounds(steps, sigma), None
        for k in range(rounds):
            some = steps * (k + 1) // rounds - steps * k // rounds
            f = yield from self.fitted(amplitude, phase, sigma, some, f)
            clean = torch.polar(amplitude.clamp_min(0), phase)  # a network may give less than none
            f, moved = yield from self.refined_by_data(f, clean, sigma)
            if k + 1 < rounds:
                amplitude, phase = self.prior.channels.polar(self.prior.channels.encode(moved, phase))
        assert f is not None
        return f

    def _rounds(self, steps: int, sigma: float) -> int:
        few, refinement = self.problem.data_per_unknown < 1, self.refinement
        if self.settled:
            return 1
        if self.refinement.moves_singly and sigma > FIXED:
            return max(1, steps // STEPS_BETWEEN)
        by_turns = refinement.adds_modes if few else refinement.moves_objects
        return min(ROUNDS, max(1, steps // STEPS_OF_ROUND)) if by_turns else 1

    def fitted(
        self, amplitude: Tensor, phase: Tensor, sigma: float, steps: int, f: Tensor | None = None
    ) -> Generator[None, None, Tensor]:
        """Minimise data misfit plus distance to the clean estimate, by Nesterov steps on the majoriser.

        From there, or from objects f (S, H, W).

        The distance is taken in the frame of the clean estimate, g = f exp(-i phase): the real part of
        its change is that of the amplitude, the imaginary part that of the phase times the amplitude. It is
        the distance to what is not wrong in it, as far as that is known (`Discrepancy.wrong`).
        """
        power = self.prior.error_power(sigma, self.cosines.radius)
        trusted = self.discrepancy.inflated(power)
        estimate = self.cosines.forward(self.prior.channels.from_polar(amplitude, phase))
        wrong = self.discrepancy.wrong(estimate, self.discrepancy.variation(estimate, power))
        pull = PriorPull(self.prior.channels, self.cosines, self.variance, trusted, amplitude)
        if self.slow is not None:
            phase = phase + self.slow.surface
        turn = torch.polar(torch.ones_like(phase), phase)
        w = self.step.w.unsqueeze(-1)
        step = 1 / (w + pull.steepest)
        clean = torch.stack((amplitude, torch.zeros_like(amplitude)), -1) - pull.change(
            self.cosines.back(wrong)
        )
        g = previous = clean if f is None else torch.view_as_real(f * turn.conj())
        # at least once per level: without it NRMSE is twice as large
        slow_every = min(self.settings.slow_every, steps)
        for k in range(steps):
            z = torch.add(g, g - previous, alpha=k / (k + 3))
            back = torch.view_as_real(self.step.back(torch.view_as_complex(z) * turn) * turn.conj())
            previous, g = g, z - step * (w * z - back + pull(z - clean))
            if self.slow is not None and k % slow_every == slow_every - 1:
                f = torch.view_as_complex(g) * turn
                if k < slow_every:
                    self.slow.linearise(f)
                turn = turn * self.slow.refine(f)
            yield None
        f = torch.view_as_complex(g) * turn
        self._compare(f, g - clean, pull, power, wrong)
        return f

    @property
    def variance(self) -> float | Tensor:
        """Variance of the measured amplitudes, as photons and the discrepancy of the data have it."""
        return self.settings.variance * self.discrepancy.data

    def _compare(self, f: Tensor, change: Tensor, pull: PriorPull, power: Tensor, wrong: Tensor) -> None:
        """Learn from fitted objects how wrong prior and data are; they count from the next level on."""
        if not self.discrepancy.estimated:
            return
        problem, forward = self.problem, self.step.forward
        left = [misfit(forward, each, problem.amplitudes, problem.mask, self._measured) for each in f]
        self.discrepancy.update(
            self.cosines.forward(pull.channels(change)) - wrong,
            power,
            (self.step.w / (self.settings.variance * pull.scale.square())).mean(0),
            torch.stack(left).mean() / max(problem.floor, LEAST_FLOOR),
        )
        if self.slow is not None:
            self.slow.variance = self.variance
        if self.settings.overrule:
            self.overruling.look_at(self.discrepancy.prior)

    def encoded(self, f: Tensor, phase: Tensor) -> Tensor:
        """Objects as the prior expects them, without the slow phase, in channels; near a phase (S, H, W)."""
        if self.slow is not None:
            surface = self.slow.surface
            f = f * torch.polar(torch.ones_like(surface), -surface)
        return self.prior.channels.encode(f, phase)

    def noised(self, clean: Tensor, sigma: float) -> Tensor:
        """Channels with noise for level sigma."""
        noise = torch.randn(clean.shape, generator=self.problem.generator).to(clean.device)
        return clean + float(sigma) * self.settings.renoise * noise

    # ------------------------------------------------------------------ beam and detector

    def refined_by_prior(self, amplitude: Tensor, phase: Tensor, sigma: float) -> Generator[None, None, None]:
        """Refine beam and detector for the clean estimate, as long as the data are not fitted.

        The prior's image does not follow an error of the probe, as the fit does: so it shows the error. Where
        the model is right, it only adds the network's own errors; then nothing is done. Nor where the image
        was wrong itself and the model came to fit worse than without a prior: `refined_by_data` takes that
        back, and the prior waits for some levels, twice as many each time.
        """
        self.waits = max(self.waits - 1, 0)
        if (
            self.settings.refined
            and not self.settled
            and not (0 < self.alone < self.limit or self.waits)
            and self.excess > self.limit
        ):
            surface = 0.0 if self.slow is None else self.slow.surface
            obj = self.mean(torch.polar(amplitude, phase + surface))
            self._before = self.refinement.model
            self.refinement.correct_aberrations(obj)
            yield None
            self.refinement.hold()
            stiffness = max(STIFFNESS * sigma**2, LEAST_STIFFNESS)
            for _ in range(STEPS_BY_PRIOR):
                self.refinement.take(obj, stiffness)
                yield None

    def refined_by_data(
        self, f: Tensor, clean: Tensor, sigma: float
    ) -> Generator[None, None, tuple[Tensor, Tensor]]:
        """Refine beam and detector for the fitted objects; with positions, these are moved as well.

        And images `clean` (S, H, W) with them.
        """
        if self.settled or not self.settings.refined:
            return f, clean
        obj = self.mean(f)
        before, self.excess = self.excess, self._excess(obj)
        given, self._before = self._before, None
        bearable = max(before, WORSE * max(self.alone, self.limit))
        if given is not None and self.excess > bearable:
            self.refinement.model = given  # f fits a model that the prior has made worse
            self.failed += 1
            self.waits = 2**self.failed
            self.excess = before
            return f, clean
        self.refinement.correct_aberrations(obj)
        yield None
        for _ in range(STEPS_BY_DATA):
            self.refinement.take(obj)
            yield None
        if sigma > FIXED or not self.refinement.moves_singly:
            f, clean = self.refinement.straightened(torch.stack((f, clean)), obj)
        self.refinement.fix_gauge()
        self.excess = self._excess(self.mean(f))
        return f, clean

    @property
    def refined_state(self) -> dict[str, Any]:
        """What decides whether the model is refined at the next level, for the state of a run."""
        found = {"excess": self.excess, "alone": self.alone, "waits": self.waits, "failed": self.failed}
        return found | {"settled": self.settled}

    def _excess(self, obj: Tensor) -> float:
        """Misfit of an object (H, W) over the noise floor."""
        problem, forward = self.problem, self.step.forward
        left = float(misfit(forward, obj, problem.amplitudes, problem.mask, self._measured))
        return left / max(problem.floor, LEAST_FLOOR)

    # ------------------------------------------------------------------ before and after

    def test_prior(self) -> None:
        """Hold detector pixels out from here on, to test the prior by them, if it is doubted."""
        if self.overruling.held is None and self.overruling.doubted:
            self.overruling.held = self.hold_out()

    def hold_out(self) -> Tensor:
        """Hold detector pixels out of the fit from here on, if none are; which, of the amplitudes' shape."""
        if self.held_out is None:
            self.held_out = self._drawn_pixels()
            self.step.mask = self._fit_mask()
            self.step.set_forward(self.step.forward)
        return self.held_out

    def locate(self, found: bool) -> None:
        """Whether the start has found positions: they go on singly; if not, those given are right."""
        self.located = found
        if not found:
            self.refinement.positions = None
        elif self.refinement.positions is not None:
            self.refinement.positions.go_on()

    def misfit(self, f: Tensor, forward: Forward | None = None) -> float:
        """Misfit of an object (H, W) over the pixels that are fitted."""
        return float(misfit(forward or self.step.forward, f, self.step.amplitudes, self.step.mask))

    def data_steps(self, f: Tensor, count: int) -> Generator[None, None, Tensor]:
        """Data steps only, from the last estimate: where data decide, let them."""
        previous = f
        for k in range(count):
            z = torch.add(f, f - previous, alpha=k / (k + 3))
            previous, f = f, self.step.object(z)
            yield None
        return f

    def of_all_seeds(self, f: Tensor) -> Tensor:
        """One object (H, W) for every seed, with the global phase that the prior expects."""
        f = f.expand(self.settings.seeds, *f.shape)
        channels = self.prior.channels
        typical = channels.phase_centre + channels.phase_scale * self.prior.data_mean[1]
        turn = typical - (self.step.w * f).sum((-2, -1), keepdim=True).angle()
        return f * torch.polar(torch.ones_like(turn), turn)

    # ------------------------------------------------------------------ several seeds

    def mean(self, f: Tensor) -> Tensor:
        """The mean of the seeds' objects, their global phases aligned to the first: (H, W)."""
        overlaps = (self.step.w * f * f[:1].conj()).sum((-2, -1), keepdim=True)
        return (f * torch.polar(torch.ones_like(overlaps.real), -overlaps.angle())).mean(0)

    def best(self, f: Tensor) -> int:
        """The seed that best predicts the detector pixels held out of the fit; the first if none are."""
        if self.held_out is None:
            return 0
        forward = self.step.forward
        difference = self.problem.amplitudes - forward.modulus(forward.apply(f))
        return int((difference * self.held_out).square().sum((-3, -2, -1)).argmin())

    def prior_share(self, f: Tensor, sigma: float) -> Tensor:
        """The prior's share of each pixel, (H, W), of objects after a chain that began at noise level sigma.

        There the prior is least sure; its error, and that of the data, are as estimated so far.
        """
        power = self.discrepancy.inflated(self.prior.error_power(sigma, self.cosines.radius))
        scale = channel_scales(self.prior.channels, self.mean(f).abs())
        share = prior_share(self.step.w / self.variance, scale, power, self.cosines.radius)
        return self.overruling.prior_share(share)

    def _discrepancy(self) -> Discrepancy:
        """What is estimated; of scans without noise only the prior's error, as its variance has no unit."""
        problem, estimated = self.problem, self.settings.estimated
        mask, radius = problem.mask, self.cosines.radius
        values = problem.amplitudes.numel()
        if mask is not None:
            values = int(mask.sum()) * values // mask.numel()
        data = "data" in estimated and problem.floor > 0
        prior = "prior" in estimated
        return Discrepancy(radius, values, prior, data, problem.measured, problem.resume)

    def _drawn_pixels(self) -> Tensor:
        """Detector pixels held out of the fit, bool of the amplitudes' shape."""
        uniform = torch.rand(self.problem.amplitudes.shape, generator=torch.Generator().manual_seed(0))
        held = (uniform < HELD_OUT).to(self.problem.device)
        return held if self.problem.mask is None else held & self.problem.mask

    def _fit_mask(self) -> Tensor | None:
        if self.held_out is None:
            return self.problem.mask
        return ~self.held_out if self.problem.mask is None else self.problem.mask & ~self.held_out


def _turned(x: Tensor, turn: int) -> Tensor:
    """One of the eight rotated and mirrored views of images (..., H, W); 0 is the image itself."""
    x = torch.rot90(x, turn % 4, (-2, -1))
    return (x.mT if turn >= 4 else x).contiguous()


def _turned_back(x: Tensor, turn: int) -> Tensor:
    """The inverse of `_turned`."""
    return torch.rot90(x.mT if turn >= 4 else x, -(turn % 4), (-2, -1)).contiguous()
