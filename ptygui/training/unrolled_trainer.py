"""One training of an unrolled network, through all its steps; scans are simulated as they are needed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ptygui.analysis import metrics
from ptygui.methods.awf import AWF
from ptygui.methods.problem import Problem
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.networks.channels import Channels
from ptygui.networks.unrolled import (
    UNROLLED,
    Unrolled,
    UnrolledInfo,
    UnrolledSolver,
    load_unrolled,
    save_unrolled,
    without_mean_phase,
)
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.training.scan_cards import unrolled_card
from ptygui.training.scan_trainer import ScanTrainer

_EARLIER = 0.5  # weight of a block's error relative to that of the next: the last is what counts


@dataclass(eq=False)
class Example:
    """A scan, the image to begin from, and the truth, complex64 tensors (H, W)."""

    step: ModulusStep
    start: Tensor
    truth: Tensor


class UnrolledTrainer(ScanTrainer[Unrolled]):
    """Everything a training of an unrolled network holds between two steps."""

    measured = ("loss", "nrmse_awf", "nrmse")

    def _info(self, channels: Channels) -> UnrolledInfo:
        return UnrolledInfo(channels, self.options.overlap, self.options.awf_iterations, self.options.preset)

    def _new_network(self) -> Unrolled:
        self.probe = make_probe(self.options.probe, self.options.probe_width)
        return Unrolled(**UNROLLED[self.options.preset])

    def prepare(self, folder: Path) -> Iterator[tuple[int, int]]:
        """Simulate the held-out scans; nothing is kept in the folder."""
        self._held_out = [self._example(polar, k) for k, polar in enumerate(self.held_out_crops())]
        return iter(())

    def _example(self, polar: Tensor, seed: int) -> Example:
        """A simulated scan of an amplitude and phase [rad], (2, H, W), and its AWF image."""
        options, truth = self.options, torch.polar(polar[0], polar[1])
        simulation = Simulation(overlap=options.overlap, photons=options.photons, seed=seed)
        problem = Problem.of(simulate(truth.numpy(), self.probe, simulation), self.device)
        *_, last = AWF(iterations=options.awf_iterations).iterates(problem)
        start = without_mean_phase(last.obj, problem.illumination)
        return Example(ModulusStep(problem), start, truth.to(self.device))

    def _batch(self) -> list[Example]:
        crops = self.crops.draw(self.options.batch, self.generator)
        seeds = torch.randint(2**31 - 1, (len(crops),), generator=self.generator).tolist()
        return [self._example(polar, seed) for polar, seed in zip(crops, seeds, strict=True)]

    def _loss(self, batch: list[Example]) -> Tensor:
        """The mean of the squared NRMSE after each block, the earlier the less."""

        def back(objects: Tensor) -> Tensor:
            pairs = zip(batch, objects, strict=True)
            return torch.stack([_DataTerm.apply(obj, one.step) for one, obj in pairs])  # type: ignore[no-untyped-call]

        start, truth, w = (
            torch.stack(parts)
            for parts in zip(*((one.start, one.truth, one.step.w) for one in batch), strict=True)
        )
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.autocast):
            found = list(self.network.iterates(start, back, w, self.info.channels))
        errors = torch.stack([squared_error(obj, truth) for obj in found])
        weights = _EARLIER ** torch.arange(len(found) - 1, -1, -1.0, device=errors.device)
        return (errors * weights).sum() / weights.sum()

    def _measure(self) -> dict[str, float]:
        solver, found = UnrolledSolver(self.network, self.info), []
        for one in self._held_out:
            truth, obj = one.truth.cpu().numpy(), solver(one.start, one.step.back, one.step.w)
            before, after = (metrics.nrmse(image.cpu().numpy(), truth) for image in (one.start, obj))
            found.append((after**2, before, after))
        means = (sum(values) / len(values) for values in zip(*found, strict=True))
        return dict(zip(self.measured, means, strict=True))

    def _save(self, folder: Path, network: Unrolled, info: UnrolledInfo) -> None:
        save_unrolled(folder, network, info, unrolled_card(info, folder.name))

    def _load(self, folder: str | Path) -> UnrolledSolver:
        return load_unrolled(folder)

    def _more_provenance(self) -> dict[str, Any]:
        return {**super()._more_provenance(), "validation_crops": len(self._held_out)}

    def _described(self) -> dict[str, Any]:
        return {"kind": "unrolled", "overlap": self.info.overlap, "start": self.started_from}

    def _told(self, described: Mapping[str, Any]) -> str:
        said = (described.get(name, "none") for name in ("kind", "preset", "overlap"))
        return "{} {} at overlap {}".format(*said)


def squared_error(obj: Tensor, truth: Tensor) -> Tensor:
    """The square of the NRMSE, mean of a batch (B, H, W): the best global phase costs nothing."""
    axes = (-2, -1)
    energy = truth.abs().square().sum(axes)
    overlap = (truth.conj() * obj).sum(axes).abs()
    return ((obj.abs().square().sum(axes) + energy - 2 * overlap) / energy).mean()


class _DataTerm(torch.autograd.Function):
    """b(f) = A^H (y sgn A f) with its derivative, by the forward model's own fast loops.

    With z = A f, a change dz changes y z/|z| by (y/|z|) i u Im(conj(u) dz), u = z/|z|. This is symmetric in
    the real inner product, so that the derivative is its own adjoint. y/|z| is taken as 1 at most: where the
    model's modulus is still far too small, the true derivative is large and holds for a tiny change only.
    """

    @staticmethod
    def forward(ctx: Any, obj: Tensor, step: ModulusStep) -> Tensor:
        ctx.save_for_backward(obj)
        ctx.step = step
        return step.back(obj.detach())

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None]:
        (obj,) = ctx.saved_tensors
        forward, y = ctx.step.forward, ctx.step.amplitudes
        waves, change = forward.apply(obj.contiguous()), forward.apply(slope.contiguous())
        modulus = waves.abs().clamp_min(1e-12)
        turned = waves / modulus
        across = (turned.conj() * change).imag * (y / modulus).clamp_max(1.0)
        return forward.adjoint(torch.complex(-turned.imag * across, turned.real * across)), None
