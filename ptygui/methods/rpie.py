"""Regularised ptychographic iterative engine."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from ptygui.methods import refining
from ptygui.methods.base import Iterate, Method
from ptygui.options import option

if TYPE_CHECKING:
    _Sweep = Callable[["Tensor", bool], "Tensor"]
    from torch import Tensor

    from ptygui.methods.problem import Problem
    from ptygui.methods.solvers.modulus import ModulusStep

OFTEN = 3  # sweeps for a step of positions, weights and background, which cost as much as two
SELDOM = 10  # sweeps for a step of the aberrations of the probe, which costs as much as seven


@dataclass(frozen=True)
class RPIE(Method):
    """Regularised ptychographic iterative engine (Maiden, Johnson and Li 2017).

    Per position, with d = F^H(y sgn z) - P D_i f::

        sequential:  D_i f += conj(P) d / ((1 - α) |P|² + α max|P|²)
        summed:      f += sum_i D_i^T conj(P) d_i / ((1 - α) w + α max(w))

    The summed form takes all positions at once and cannot overshoot; the sequential one goes through
    groups of positions that do not overlap, in a new random order each sweep, which with a fixed probe
    equals a sequential order exactly. Sequential with a small α diverges at 20-44 % overlap.
    """

    label: ClassVar[str] = "rPIE"
    reads_parts: ClassVar[bool] = True

    iterations: int = option(
        2000, min=1, max=10_000_000,
        help="sweeps over all positions: more fits the data more closely, noise included (the paper: 10,000)",
    )  # fmt: skip
    alpha: float = option(
        0.05, min=0, max=1, symbol="α",
        help="regularisation of the object step: more is more stable, but slower in weak light; 1 is ePIE",
    )  # fmt: skip
    form: str = option(
        "summed", choices=("summed", "sequential"),
        help="summed: all positions at once, stable at all overlaps; sequential: Maiden's order",
    )  # fmt: skip
    probe_update: str = refining.probe_update()
    position_update: str = refining.position_update()
    weight_update: bool = refining.weight_update()
    background_update: str = refining.background_update()
    probe_modes: int = refining.probe_modes()
    probe_alpha: float = option(
        0.3, min=0, max=1, symbol="β", advanced=True,
        help="regularisation of the probe step: more is more stable, but slower; 1 is ePIE",
    )  # fmt: skip
    probe_update_start: int = option(
        3, min=0, was=("probe_start",), max=1_000_000, advanced=True,
        help="sweeps before the probe, or what else is refined, is first so: more lets the object converge "
        "first",
    )  # fmt: skip

    @property
    def total(self) -> int:  # noqa: D102
        return self.iterations

    @property
    def stochastic(self) -> bool:  # noqa: D102
        return self.form == "sequential"

    def iterates(self, problem: "Problem") -> Generator[Iterate, None, None]:  # noqa: D102
        from ptygui.methods.solvers.distortion import is_due
        from ptygui.methods.solvers.modulus import ModulusStep
        from ptygui.methods.solvers.refinement import Refined, Refinement, begun, kept

        resume, refined = problem.resume, refining.refined_by(self, problem)
        obj = resume.get("obj", problem.start)
        forward, given = begun(problem, self.probe_modes)
        step = ModulusStep(problem, forward=forward)
        others = Refinement(step, given, replace(refined, probe=False), resume)
        probe = Refinement(step, given, Refined(probe=refined.probe))
        found = refining.resolved(self, refined, forward.modes)
        sweep = self._sequential(problem, step) if self.form == "sequential" else self._summed(step)
        for k in range(resume.get("index", 0), self.iterations):
            refine = k >= self.probe_update_start
            obj = sweep(obj, refined.probe and refine)
            if others.refined and refine and k % OFTEN == 0:
                others.take(obj)
            if refine and k % SELDOM == 0:
                probe.correct_aberrations(obj)
            if is_due(k, self.iterations, refined.probe):
                obj = others.straightened(obj)
            state = {"index": k + 1, "obj": obj, "generator": problem.generator}
            state |= kept(step.forward, refined) | others.state
            yield Iterate(obj, k + 1, state, forward=step.forward, resolved=found)

    def _summed(self, step: "ModulusStep") -> "_Sweep":
        import torch

        def sweep(obj: "Tensor", refine: bool) -> "Tensor":
            gain = self._inverse(step.w)
            if not refine:
                return torch.addcmul((1 - gain * step.w) * obj, gain, step.back(obj))
            back, towards, v = step.back_both(obj)
            obj = torch.addcmul((1 - gain * step.w) * obj, gain, back)
            step.set_probe(step.forward.probe + towards / torch.lerp(v, v.max(), self.probe_alpha))
            return obj

        return sweep

    def _sequential(self, problem: "Problem", step: "ModulusStep") -> "_Sweep":
        import torch

        from ptygui.physics.forward import part_of
        from ptygui.physics.positions import disjoint_groups

        corners, groups, data, model, parts = None, [], [], None, []
        held = problem.amplitudes

        def sweep(obj: "Tensor", refine: bool) -> "Tensor":
            nonlocal corners, groups, data, model, parts
            if corners is not step.forward.corners:  # positions that are refined may come to overlap
                corners = step.forward.corners
                groups = [
                    torch.from_numpy(group).to(problem.device)
                    for group in disjoint_groups(corners.cpu().numpy(), problem.forward.size)
                ]
                data = [
                    (held[which] if isinstance(held, torch.Tensor) else None, part_of(problem.mask, which))
                    for which in groups
                ]
            if model is not step.forward:
                model, parts = step.forward, [step.forward.subset(which) for which in groups]
            obj = obj.clone()  # the iterate already yielded must not change
            probe = step.forward.probe
            for g in torch.randperm(len(groups), generator=problem.generator).tolist():
                forward, (y, mask) = parts[g], data[g]
                y = held[groups[g]] if y is None else y
                if forward.probe is not probe:
                    forward = forward.with_probe(probe)
                patches, probes = forward.patches(obj), forward.probes()
                exit_waves = patches * probes
                waves = forward.fit(torch.fft.fft2(exit_waves, norm="ortho"), y, mask)
                difference = torch.fft.ifft2(waves, norm="ortho").sub_(exit_waves)
                change = self._gain(probes) * difference
                forward.put(obj, patches + (change if probe.ndim == 2 else change.sum(0)))
                if refine:
                    towards, seen = forward.probe_terms(patches, difference)
                    probe = probe + towards / torch.lerp(seen, seen.max(), self.probe_alpha)
            if refine:
                step.set_probe(probe)
            return obj

        return sweep

    def _gain(self, probes: "Tensor") -> "Tensor":
        """conj(P) / ((1 - α) |P|² + α max|P|²), of modes (M, K, m, m) with |P|² summed over them."""
        from ptygui.physics.forward import squared_modulus

        intensity = squared_modulus(probes)
        return probes.conj() * self._inverse(intensity if probes.ndim == 3 else intensity.sum(0))

    def _inverse(self, weight: "Tensor") -> "Tensor":
        """1 / ((1 - α) w + α max(w)); finite where α and w are zero, where the step is zero anyway."""
        import torch

        return 1 / torch.lerp(weight, weight.max(), self.alpha).clamp_min(1e-9 * weight.max())
