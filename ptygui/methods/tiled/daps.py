"""Decoupled annealing of a tile: the lines of `DAPS`, with sums and halos of the whole object."""

from collections.abc import Container
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from ptygui.methods.awf import AWF
from ptygui.methods.daps import DAPS, PLENTY, PROBE_MISFIT, Plan
from ptygui.methods.solvers.annealing import (
    LEAST_FLOOR,
    LEAST_STIFFNESS,
    STEPS_BY_DATA,
    STEPS_BY_PRIOR,
    STIFFNESS,
    WORSE,
    fitted_below,
)
from ptygui.methods.solvers.discrepancy import Discrepancy
from ptygui.methods.solvers.prior_pull import PriorPull
from ptygui.methods.solvers.prior_share import channel_scales, prior_share
from ptygui.methods.solvers.refinement import Model, begun
from ptygui.methods.solvers.slow_phase import UNIT
from ptygui.methods.tiled.awf import awf
from ptygui.methods.tiled.network import REACH, denoised
from ptygui.methods.tiled.probe import TileProbe
from ptygui.methods.tiled.slow_phase import TileSlowPhase
from ptygui.methods.tiled.talk import Program
from ptygui.methods.tiled.tile import Tile
from ptygui.networks.spectrum import Cosines
from ptygui.physics.threads import all_threads
from ptygui.prior.prior import Prior, load_prior


def daps(tile: Tile, method: DAPS, record: Container[int] = ()) -> Program[None]:
    """The lines of the docstring of `DAPS`; shown after the start and after the levels in `record`.

    The start is AWF with a Gaussian prior where data are scarce: U-Nets see whole images.
    """
    yield from tile.stabilised()
    method = replace(method, start_unet=False)
    plan = method.plan(tile.problem)
    yield from tile.use(begun(tile.problem, method.probe_modes)[0])
    levels = Levels(tile, method, plan)
    f = yield from levels.started()  # line 1
    x = levels.noised(levels.prior.channels.encode(f, f.angle()), plan.sigmas[0])  # line 2
    yield from levels.shown(f, 1)
    for k in range(method.num_levels):  # line 3
        wide, _ = yield from tile.exchanged(x, REACH)
        amplitude, phase = levels.prior.channels.polar(levels.denoised(wide, plan.sigmas[k]))  # line 4
        yield from levels.refined_by_prior(amplitude, phase, plan.sigmas[k])
        f = yield from levels.fitted(amplitude, phase, plan.sigmas[k], plan.data_steps[k])  # line 5
        yield from levels.refined_by_data(f)
        x = levels.noised(levels.encoded(f, phase), plan.sigmas[k + 1])  # lines 6 and 7
        if k + 2 in record or k + 2 == method.total:
            yield from levels.shown(f, k + 2)
    if method.final_data_steps:
        f = yield from levels.data_steps(f, method.final_data_steps)  # line 8
        yield from levels.shown(f, method.total)


class Levels:
    """What the levels of a tile have in common; objects (1, h, w) are of its own pixels."""

    def __init__(self, tile: Tile, method: DAPS, plan: Plan):
        self.tile, self.method, self.plan = tile, method, plan
        problem = tile.problem
        self.prior: Prior = load_prior(method.prior_of(problem.specimen), str(problem.device))
        self.cosines = Cosines(*tile.rect.shape, problem.device)
        rows, columns = tile.tiling.shape
        self.share = tile.rect.area / (rows * columns)  # of all pixels
        estimated = method.estimated
        values = round(2 * rows * columns * problem.data_per_unknown * self.share)
        of_data = "data" in estimated and problem.floor > 0
        of_prior, measured = "prior" in estimated, problem.measured
        self.discrepancy = Discrepancy(self.cosines.radius, values, of_prior, of_data, measured)
        self.slow: TileSlowPhase | None = None
        if plan.slow_order * max(tile.tiling.shape) > UNIT:
            self.slow = TileSlowPhase(tile, self.variance, plan.slow_order)
        self.probe: TileProbe | None = None
        if plan.refined.probe:
            self.probe = TileProbe(tile, tile.step.forward, problem.forward.modes)
        # As in `Annealing`: the same in all tiles, since they follow from sums over them.
        self.limit, self.excess, self.alone = fitted_below(problem.data_per_unknown), 0.0, 0.0
        self.waits = self.failed = 0
        self._before: Model | None = None

    @property
    def variance(self) -> float | Tensor:
        """Variance of the measured amplitudes, as photons and the discrepancy of the data have it."""
        return self.plan.variance * self.discrepancy.data

    # ------------------------------------------------------------------ start

    def started(self) -> Program[Tensor]:
        """AWF's image with the global phase that the prior expects, or the object that was given."""
        tile, f = self.tile, self.tile.start
        if self.method.start_awf and tile.problem.given is None:
            f = yield from self._awf()
        (lit,) = yield from tile.total((tile.w * f).sum())
        channels = self.prior.channels
        typical = channels.phase_centre + channels.phase_scale * self.prior.data_mean[1]
        turn = typical - lit.angle()
        return (f * torch.polar(torch.ones_like(turn), turn)).unsqueeze(0)

    def _awf(self) -> Program[Tensor]:
        """As `DAPS` does it: if the image does not fit, the probe is refined with it, kept if it helps."""
        tile, method, problem = self.tile, self.method, self.tile.problem
        prior = "power-law" if self.plan.gaussian else "none"
        start = AWF(
            iterations=method.awf_iterations,
            gaussian_prior=prior,
            probe_update="no",
            probe_modes=method.probe_modes,
        )
        wide, _ = yield from awf(tile, start)
        scarce, plenty = problem.data_per_unknown < 1, problem.data_per_unknown > PLENTY
        given, limit = tile.step.forward, PROBE_MISFIT if scarce else self.limit
        excess = yield from self._excess(wide)
        if self.probe is not None and (scarce or plenty) and excess > limit:
            refined, model = yield from awf(tile, replace(start, probe_update="yes"))
            excess = yield from self._excess(refined)
            if scarce or excess < limit:
                wide = refined
                yield from self.probe.go_to(model)
                yield from self.probe.fix_gauge()
            else:
                yield from tile.use(given)
        if not scarce and problem.floor:
            self.alone = excess
        return wide[tile.own].contiguous()

    # ------------------------------------------------------------------ a level

    def denoised(self, wide: Tensor, sigma: float) -> Tensor:
        """The prior's clean estimate of noisy channels around the tile; all tiles turn them alike."""
        turn = int(torch.randint(8, (1,), generator=self.tile.common))
        return denoised(self.tile, partial(self._denoise, sigma=sigma), wide, turn)

    @torch.no_grad()
    def _denoise(self, x: Tensor, sigma: float) -> Tensor:
        with all_threads():
            return self.prior.denoise(x, float(sigma))

    def fitted(self, amplitude: Tensor, phase: Tensor, sigma: float, steps: int) -> Program[Tensor]:
        """As `Annealing.fitted`; each data step of the tile is that of the whole object."""
        tile = self.tile
        power = self.prior.error_power(sigma, self.cosines.radius)
        trusted = self.discrepancy.inflated(power)
        estimate = self.cosines.forward(self.prior.channels.from_polar(amplitude, phase))
        (variation,) = yield from tile.total(self.share * self.discrepancy.variation(estimate, power))
        wrong = self.discrepancy.wrong(estimate, variation)
        pull = PriorPull(self.prior.channels, self.cosines, self.variance, trusted, amplitude)
        if self.slow is not None:
            phase = phase + self._surface(self.slow)
        turn = torch.polar(torch.ones_like(phase), phase)
        w = tile.w.unsqueeze(-1)
        step = 1 / (w + pull.steepest)
        clean = torch.stack((amplitude, torch.zeros_like(amplitude)), -1) - pull.change(
            self.cosines.back(wrong)
        )
        g = previous = clean
        slow_every = min(self.plan.slow_every, steps)
        for k in range(steps):
            z = torch.add(g, g - previous, alpha=k / (k + 3))
            wide, _ = yield from tile.exchanged(torch.view_as_complex(z) * turn, tile.halo)
            back = torch.view_as_real(tile.step.back(wide)[(..., *tile.own)] * turn.conj())
            previous, g = g, z - step * (w * z - back + pull(z - clean))
            if self.slow is not None and k % slow_every == slow_every - 1:
                wide, _ = yield from tile.exchanged(torch.view_as_complex(g) * turn, tile.halo)
                if k < slow_every:
                    yield from self.slow.linearised(wide)
                more = yield from self.slow.refined(wide)
                turn = turn * more[(..., *tile.own)]
        f = torch.view_as_complex(g) * turn
        yield from self._compare(f, g - clean, pull, power, wrong)
        return f

    def _compare(
        self, f: Tensor, change: Tensor, pull: PriorPull, power: Tensor, wrong: Tensor
    ) -> Program[None]:
        """As `Annealing._compare`: the means over the whole object are those of the tiles, by their areas."""
        if not self.discrepancy.estimated:
            return
        tile, discrepancy = self.tile, self.discrepancy
        wide, _ = yield from tile.exchanged(f[0], tile.halo)
        excess = yield from self._excess(wide)
        told = (tile.w / (self.plan.variance * pull.scale.square())).mean(0)
        pulled = self.cosines.forward(pull.channels(change)) - wrong
        means = discrepancy.means(pulled, power, told)
        (means,) = yield from tile.total(self.share * means)
        discrepancy.learn(means, torch.tensor(excess).to(means))
        if self.slow is not None:
            self.slow.variance = self.variance

    def refined_by_prior(self, amplitude: Tensor, phase: Tensor, sigma: float) -> Program[None]:
        """As `Annealing.refined_by_prior`: the probe, for the clean estimate."""
        self.waits = max(self.waits - 1, 0)
        if self.probe is None or 0 < self.alone < self.limit or self.waits or self.excess <= self.limit:
            return
        surface = 0.0 if self.slow is None else self._surface(self.slow)
        clean = torch.polar(amplitude, phase + surface)
        wide, _ = yield from self.tile.exchanged(clean[0], self.tile.halo)
        self._before = self.probe.model
        yield from self.probe.correct_aberrations(wide)
        self.probe.hold()
        for _ in range(STEPS_BY_PRIOR):
            yield from self.probe.take(wide, max(STIFFNESS * sigma**2, LEAST_STIFFNESS))

    def refined_by_data(self, f: Tensor) -> Program[None]:
        """As `Annealing.refined_by_data`: the probe, for the fitted object."""
        if self.probe is None:
            return
        wide, _ = yield from self.tile.exchanged(f[0], self.tile.halo)
        before, given, self._before = self.excess, self._before, None
        self.excess = yield from self._excess(wide)
        if given is not None and self.excess > max(before, WORSE * max(self.alone, self.limit)):
            yield from self.probe.go_to(given)
            self.failed += 1
            self.waits = 2**self.failed
            self.excess = before
            return
        yield from self.probe.correct_aberrations(wide)
        for _ in range(STEPS_BY_DATA):
            yield from self.probe.take(wide)
        yield from self.probe.fix_gauge()
        self.excess = yield from self._excess(wide)

    def data_steps(self, f: Tensor, count: int) -> Program[Tensor]:
        """Data steps only."""
        tile, previous = self.tile, f
        for k in range(count):
            z = torch.add(f, f - previous, alpha=k / (k + 3))
            wide, _ = yield from tile.exchanged(z, tile.halo)
            back = tile.step.back(wide)[(..., *tile.own)]
            previous, f = f, z - (tile.w * z - back) / tile.w_max
        return f

    def encoded(self, f: Tensor, phase: Tensor) -> Tensor:
        """Objects as the prior expects them, without the slow phase, in channels; near a phase (1, h, w)."""
        if self.slow is not None:
            surface = self._surface(self.slow)
            f = f * torch.polar(torch.ones_like(surface), -surface)
        return self.prior.channels.encode(f, phase)

    def noised(self, clean: Tensor, sigma: float) -> Tensor:
        """Channels with noise for level sigma, drawn by each tile for itself."""
        noise = torch.randn(clean.shape, generator=self.tile.generator).to(clean.device)
        return clean + float(sigma) * self.method.renoise * noise

    def _excess(self, wide: Tensor) -> Program[float]:
        """Misfit of an object (h, w) around the tile over the noise floor, of all tiles."""
        return (yield from self.tile.excess(self.tile.left(wide), LEAST_FLOOR))

    def _surface(self, slow: TileSlowPhase) -> Tensor:
        return slow.surface[(..., *self.tile.own)]

    # ------------------------------------------------------------------ to show

    def shown(self, f: Tensor, index: int) -> Program[None]:
        """What there is to see after so many iterates."""
        tile, plan = self.tile, self.plan
        done = min(index - 1, self.method.num_levels)
        wide, _ = yield from tile.exchanged(f[0], tile.halo)
        top = self.prior.error_power(plan.chain["sigma_max"], self.cosines.radius)
        scale = channel_scales(self.prior.channels, f[0].abs())
        power, radius = self.discrepancy.inflated(top), self.cosines.radius
        share = prior_share(tile.w / self.variance, scale, power, radius)
        told = float(self.discrepancy.data) if self.discrepancy.of_data and index > 1 else None
        yield tile.shown(
            index, done, f[0], wide, share=share.cpu().numpy(), level=float(plan.sigmas[done]),
            discrepancy=told, resolved=plan.resolved,
        )  # fmt: skip
