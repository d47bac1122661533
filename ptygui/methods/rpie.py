"""Regularised ptychographic iterative engine."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ptygui.methods.base import Iterate, Method
from ptygui.options import option

if TYPE_CHECKING:
    _Sweep = Callable[["Tensor", "Tensor", bool], tuple["Tensor", "Tensor"]]
    from torch import Tensor

    from ptygui.methods.problem import Problem


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
    probe_update: bool = option(False, help="refine the probe as well")
    probe_alpha: float = option(
        0.3, min=0, max=1, symbol="β", advanced=True,
        help="regularisation of the probe step: more is more stable, but slower; 1 is ePIE",
    )  # fmt: skip
    probe_update_start: int = option(
        3, min=0, was=("probe_start",), max=1_000_000, advanced=True,
        help="sweeps before the probe is first refined: more lets the object converge first",
    )  # fmt: skip

    @property
    def total(self) -> int:  # noqa: D102
        return self.iterations

    @property
    def stochastic(self) -> bool:  # noqa: D102
        return self.form == "sequential"

    def iterates(self, problem: "Problem") -> Generator[Iterate, None, None]:  # noqa: D102
        resume = problem.resume
        obj = resume.get("obj", problem.start)
        probe = resume.get("probe", problem.forward.probe)
        sweep = self._sequential(problem) if self.form == "sequential" else self._summed(problem, probe)
        for k in range(resume.get("index", 0), self.iterations):
            obj, probe = sweep(obj, probe, self.probe_update and k >= self.probe_update_start)
            state = {"index": k + 1, "obj": obj, "probe": probe, "generator": problem.generator}
            yield Iterate(obj, k + 1, state, forward=problem.forward.with_probe(probe))

    def _summed(self, problem: "Problem", probe: "Tensor") -> "_Sweep":
        import torch

        from ptygui.methods.solvers.modulus import ModulusStep

        step = ModulusStep(problem, probe)

        gain = self._inverse(step.w)
        kept = 1 - gain * step.w

        def sweep(obj: "Tensor", probe: "Tensor", refine: bool) -> "tuple[Tensor, Tensor]":
            nonlocal gain, kept
            if not refine:
                return torch.addcmul(kept * obj, gain, step.back(obj)), probe
            back, towards, v = step.back_both(obj)
            probe = probe + towards / torch.lerp(v, v.max(), self.probe_alpha)
            obj = torch.addcmul(kept * obj, gain, back)
            step.set_probe(probe)
            gain = self._inverse(step.w)
            kept = 1 - gain * step.w
            return obj, probe

        return sweep

    def _sequential(self, problem: "Problem") -> "_Sweep":
        import torch

        from ptygui.physics.forward import part_of
        from ptygui.physics.positions import disjoint_groups

        groups = []
        for group in disjoint_groups(problem.forward.corners.cpu().numpy(), problem.forward.size):
            which = torch.from_numpy(group).to(problem.device)
            groups.append(
                (problem.forward.subset(which), problem.amplitudes[which], part_of(problem.mask, which))
            )

        def sweep(obj: "Tensor", probe: "Tensor", refine: bool) -> "tuple[Tensor, Tensor]":
            obj = obj.clone()  # the iterate already yielded must not change
            for g in torch.randperm(len(groups), generator=problem.generator).tolist():
                forward, y, mask = groups[g]
                if forward.probe is not probe:
                    forward = forward.with_probe(probe)
                    groups[g] = forward, y, mask
                patches, probes = forward.patches(obj), forward.probes()
                exit_waves = patches * probes
                waves = forward.fit(torch.fft.fft2(exit_waves, norm="ortho"), y, mask)
                difference = torch.fft.ifft2(waves, norm="ortho").sub_(exit_waves)
                change = self._gain(probes) * difference
                forward.put(obj, patches + (change if probe.ndim == 2 else change.sum(0)))
                if refine:
                    towards, seen = forward.probe_terms(patches, difference)
                    probe = probe + towards / torch.lerp(seen, seen.max(), self.probe_alpha)
            return obj, probe

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
