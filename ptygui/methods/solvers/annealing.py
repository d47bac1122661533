"""The working of `DAPS`: denoise, fit the data exactly, put noise back, at falling noise levels."""

import math
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ptygui.methods.base import Iterate, root_mean_square, same_chain
from ptygui.methods.problem import PHOTON_VARIANCE, Problem
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.methods.solvers.prior_pull import PriorPull
from ptygui.methods.solvers.slow_phase import UNIT, SlowPhase, order_for
from ptygui.networks.checkpoint import load_info
from ptygui.networks.corrector import load_corrector, unet_beside
from ptygui.networks.spectrum import Cosines
from ptygui.physics.positions import overlap_ratio
from ptygui.physics.threads import all_threads
from ptygui.prior.prior import load_prior, model_folder
from ptygui.prior.schedule import karras_sigmas
from ptygui.prior.tiles import tile_by_tile

if TYPE_CHECKING:
    from ptygui.methods.daps import DAPS

HELD_OUT = 0.02  # share of detector pixels kept for ranking seeds
COLD_SIGMA = 40.0  # default highest noise level of a cold start [channel units]
# Real data values per real unknown: between 38 and 44 %, 50 and 62 %, 66 and 74 % overlap.
SCARCE, PLENTY, RICH = 1.4, 2.0, 4.0
# Up to that redundancy: data steps at each of 30 levels or more, or of fewer.
_STEPS = ((SCARCE, 50, 60), (PLENTY, 40, 60), (RICH, 30, 40), (math.inf, 10, 20))


class Annealing:
    """One run of `DAPS` on one problem, S seeds side by side."""

    def __init__(self, method: "DAPS", problem: Problem):
        self.method, self.problem = method, problem
        self.prior = load_prior(method.prior, str(problem.device))
        self.cosines = Cosines(*problem.forward.object_shape, problem.device)
        self.generator = problem.generator
        ranked = method.num_seeds > 1 and not method.average_seeds
        self.held_out = self._hold_out() if ranked else None
        self.step = ModulusStep(problem, mask=self._fit_mask(), objects=method.num_seeds)
        redundancy = _redundancy(problem)
        self.inner = method.data_steps or _inner(redundancy, method.num_levels)
        self.corrector = self._corrector(redundancy)
        self.mended = bool(problem.resume.get("mended", self.corrector is not None))
        self.variance = PHOTON_VARIANCE * (method.data_variance or _variance(redundancy))
        self.slow_every = 3 if redundancy < SCARCE else 5 if redundancy < PLENTY else 10
        warm = method.start_awf or problem.given is not None
        default = _warm_sigma(redundancy, self.mended) if warm else COLD_SIGMA
        top = method.sigma_max or problem.resume.get("sigma_max") or default
        bottom = method.sigma_min or problem.resume.get("sigma_min") or (0.01 if self.mended else 0.02)
        order = method.slow_phase_order
        if order < 0:
            order = int(problem.resume.get("slow_phase_order", order_for(problem.forward.probe)))
        self.chain = same_chain(
            problem.resume,
            slow_phase_order=order,
            levels=method.num_levels,
            seeds=method.num_seeds,
            sigma_max=float(top),
            sigma_min=float(bottom),
        )
        found = {**self.chain, "data_steps": self.inner, "data_variance": self.variance / PHOTON_VARIANCE}
        self.resolved = {name: found[name] for name in method.left_open()}
        self.slow = None
        if order * max(problem.forward.object_shape) > UNIT:
            settings = (self.variance, method.num_seeds, order, problem.resume.get("slow"))
            self.slow = SlowPhase(self.step, *settings)
        self.least_weight = max(self.prior.weight(self.variance, float(top)))  # more at lower levels
        self.sigmas = [*karras_sigmas(method.num_levels, max(top, bottom), bottom), 0.0]

    # ------------------------------------------------------------------ the run

    def iterates(self) -> Iterator[Iterate | None]:
        """The start, every level, the polish; None between, where a caller may stop."""
        method, resume = self.method, self.problem.resume
        if resume:
            index, f, x = resume["index"], resume["obj"], resume["x"]
        else:
            f = yield from self._start()
            index, x = 1, self._noised(self.prior.channels.encode(f, f.angle()), self.sigmas[0])
            yield self._iterate(f, x, index)
        encode = self.prior.channels.encode
        before = encode(self._without_slow(f), f.angle())
        steps = data_steps(self.inner, method.num_levels)
        for k in range(index - 1, method.num_levels):
            x0_hat = yield from self._clean(x, self.sigmas[k])
            amplitude, phase = self.prior.channels.polar(x0_hat)
            f = yield from self._fit(amplitude, phase, self.sigmas[k], steps[k])
            clean = encode(self._without_slow(f), phase)
            moved = (root_mean_square(x0_hat - before), root_mean_square(clean - x0_hat))
            before, x = clean, self._noised(clean, self.sigmas[k + 1])
            yield self._iterate(f, x, k + 2, *moved)
        if method.final_data_steps and index < method.total:
            f = yield from self._polished(f)
            yield self._iterate(f, x, method.total)

    def _iterate(self, f: Tensor, x: Tensor, index: int, prior_step=None, data_step=None) -> Iterate:
        method = self.method
        done = min(index - 1, method.num_levels)
        best = 0 if self.held_out is None else int(self._held_out_misfit(f).argmin())
        state = {"index": index, "obj": f, "x": x, "generator": self.generator, "mended": self.mended}
        state |= self.chain
        if self.slow is not None:
            state["slow"] = self.slow.coefficients
        return Iterate(
            obj=self._mean(f) if len(f) > 1 and method.average_seeds else f[best],
            index=index,
            state=state,
            nfe=method.num_seeds * done + self.mended,
            x_t=x[best],
            level=float(self.sigmas[done]),
            prior_step=prior_step,
            data_step=data_step,
            prior_weight=self.least_weight,
            samples=f if len(f) > 1 else None,
            resolved=self.resolved,
        )

    def _start(self):
        """The first object of every seed, its global phase brought to where the prior has it."""
        problem, method = self.problem, self.method
        f = problem.start
        if method.start_awf and problem.given is None:
            previous = f
            for k in range(method.awf_iterations):
                b = (k + 2) / (k + 4) if k else 0.0
                z = torch.add(f, f - previous, alpha=b)
                previous, f = f, self.step.object(z)
                yield None
            if self.corrector is not None:
                with all_threads():
                    f = load_corrector(self.corrector, str(problem.device))(f, self.step.w)
        f = f.expand(method.num_seeds, *f.shape)
        channels = self.prior.channels
        typical = channels.phase_centre + channels.phase_scale * self.prior.data_mean[1]
        turn = typical - (self.step.w * f).sum((-2, -1), keepdim=True).angle()
        return f * torch.polar(torch.ones_like(turn), turn)

    def _corrector(self, redundancy: float) -> str | None:
        """The U-Net for AWF's image, where one learned from the prior's data at such an overlap.

        At 38 and 44 % AWF may end with a dark cell at a wrong phase, which the levels then do not let go of.
        """
        method, forward = self.method, self.problem.forward
        if not (
            method.start_unet and method.start_awf and self.problem.given is None and redundancy < PLENTY
        ):
            return None
        data = load_info(model_folder(method.prior)).training.get("data")
        return unet_beside(data, overlap_ratio(forward.corners.cpu().numpy(), forward.size))

    def _clean(self, x: Tensor, sigma: float):
        """The prior's clean estimate, of the image turned and mirrored by chance.

        What a network does differently for a turned image is its error. At a fixed turn it adds up over
        the levels; by chance it averages out, at no cost.
        """
        turn = int(torch.randint(8, (1,), generator=self.generator))
        clean = yield from tile_by_tile(partial(self._denoise, sigma=sigma), _turned(x, turn))
        return _turned_back(clean, turn)

    @torch.no_grad()
    def _denoise(self, x: Tensor, sigma: float) -> Tensor:
        with all_threads():
            return self.prior.denoise(x, float(sigma))

    def _noised(self, clean: Tensor, sigma: float) -> Tensor:
        """Channels with noise for level sigma."""
        noise = torch.randn(clean.shape, generator=self.generator).to(clean.device)
        return clean + float(sigma) * self.method.renoise * noise

    def _fit(self, amplitude: Tensor, phase: Tensor, sigma: float, steps: int):
        """Minimise data misfit plus distance to the clean estimate, by Nesterov steps on the majoriser.

        The distance is taken in the frame of the clean estimate, g = f exp(-i phase): the real part of
        its change is that of the amplitude, the imaginary part that of the phase times the amplitude.
        """
        pull = PriorPull(self.prior, self.cosines, self.variance, sigma, amplitude)
        if self.slow is not None:
            phase = phase + self.slow.surface
        turn = torch.polar(torch.ones_like(phase), phase)
        w = self.step.w.unsqueeze(-1)
        step = 1 / (w + pull.steepest)
        clean = torch.stack((amplitude, torch.zeros_like(amplitude)), -1)
        g = previous = clean
        slow_every = min(self.slow_every, steps)  # at least once a level: without it NRMSE is twice as large
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
        return torch.view_as_complex(g) * turn

    def _without_slow(self, f: Tensor) -> Tensor:
        """The object as the prior knows it: without the slow phase."""
        if self.slow is None:
            return f
        surface = self.slow.surface
        return f * torch.polar(torch.ones_like(surface), -surface)

    def _polished(self, f: Tensor):
        """Data-only steps from the last estimate: where data decide, let them."""
        previous = f
        for k in range(self.method.final_data_steps):
            z = torch.add(f, f - previous, alpha=k / (k + 3))
            previous, f = f, self.step.object(z)
            yield None
        return f

    # ------------------------------------------------------------------ several seeds

    def _mean(self, f: Tensor) -> Tensor:
        """The mean of the seeds' objects, their global phases brought to that of the first."""
        overlaps = (self.step.w * f * f[:1].conj()).sum((-2, -1), keepdim=True)
        return (f * torch.polar(torch.ones_like(overlaps.real), -overlaps.angle())).mean(0)

    def _hold_out(self) -> Tensor:
        """Detector pixels kept out of the fit, bool of the amplitudes' shape."""
        uniform = torch.rand(self.problem.amplitudes.shape, generator=torch.Generator().manual_seed(0))
        held = (uniform < HELD_OUT).to(self.problem.device)
        return held if self.problem.mask is None else held & self.problem.mask

    def _fit_mask(self) -> Tensor | None:
        if self.held_out is None:
            return self.problem.mask
        return ~self.held_out if self.problem.mask is None else self.problem.mask & ~self.held_out

    def _held_out_misfit(self, f: Tensor) -> Tensor:
        difference = self.problem.amplitudes - self.step.forward.apply(f).abs()
        return (difference * self.held_out).square().sum((-3, -2, -1))


def _redundancy(problem: Problem) -> float:
    """Real data values, masked ones left out, per real unknown of the object."""
    values = problem.amplitudes.numel()
    if problem.mask is not None:
        values *= float(problem.mask.float().mean())
    rows, columns = problem.forward.object_shape
    return values / (2 * rows * columns)


def _inner(redundancy: float, levels: int) -> int:
    """Data steps a level, on average: as few as cost next to nothing in NRMSE (models/README.md has figures).

    They decide more than the levels do: nine levels have more of them, and above `PLENTY` are as good as 36.
    """
    many_levels, few_levels = next(steps for limit, *steps in _STEPS if redundancy < limit)
    return many_levels if levels >= 30 else few_levels


def data_steps(mean: int, levels: int) -> list[int]:
    """Data steps at each level: few at first, most soon after, then ever fewer; `mean` on average, about.

    Many steps at the first level hold on to what is wrong in the start: a dark cell at a wrong phase. Many at
    the last are lost, as the noise put back by then is less than what they still find.
    """
    steps = []
    for k in range(levels):
        rising = min(1.0, 9 * (k + 1) / levels)
        falling = 1.6 - 1.2 * k / max(levels - 1, 1)
        steps.append(max(round(mean * rising * falling), min(8, mean)))
    return steps


def _variance(redundancy: float) -> float:
    """Data variance factor by redundancy.

    Photon statistics where data are scarce. The more positions see a pixel, the less the prior adds that they
    do not know better: its errors at the levels are not independent, though their powers say so.
    Four developers' patches, NRMSE at factors 1/6, 0.3, 0.5: 62 % .0103 .0103 .0105; 66 % .0090 .0089 .0092;
    74 % .0079 .0078 .0081.
    """
    return 1.0 if redundancy < SCARCE else 2 / 3 if redundancy < PLENTY else 1 / 3


def _turned(x: Tensor, turn: int) -> Tensor:
    """One of the eight turned and mirrored views of images (..., H, W), 0 being the image itself."""
    x = torch.rot90(x, turn % 4, (-2, -1))
    return (x.mT if turn >= 4 else x).contiguous()


def _turned_back(x: Tensor, turn: int) -> Tensor:
    """The inverse of `_turned`."""
    return torch.rot90(x.mT if turn >= 4 else x, -(turn % 4), (-2, -1)).contiguous()


def _warm_sigma(redundancy: float, mended: bool) -> float:
    """Highest noise level after a warm start, by redundancy, and whether a U-Net mended the start.

    A mended start has few large errors left: nearly all levels go where the fine ones are taken out. NRMSE is
    1 to 3 % less from 0.12 at 20 and 38 %, and from 0.4 at 44 and 50 %, but there is then less noise in the
    phase than it takes to let go of what a U-Net left in dark cells (0.7 rad; 1.2 stands for it in the
    channels of `blood-small`): a green patch at 38 % ended at .031, .022 and .023 from 0.36, 0.7 and 1.2.

    AWF's own image is sharp and in places sharply wrong (dark cells caught at a wrong phase), which only more
    noise lets go of: a green patch at 62 % ended at .041, .017 and .017 from 0.4, 1.2 and 2. Where data are
    rich there are no such cells, and NRMSE is 5 % less from 0.4 than from 2.
    """
    if mended:
        return min(max(redundancy - 0.4, 0.36), 1.2)
    return 2.0 if redundancy < PLENTY else 1.2 if redundancy < RICH else 0.4
