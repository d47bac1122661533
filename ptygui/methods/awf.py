"""Accelerated Wirtinger flow."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ptygui.methods.base import Iterate, Method, SweepChoice
from ptygui.options import option

if TYPE_CHECKING:
    from ptygui.methods.problem import Problem


@dataclass(frozen=True)
class AWF(Method):
    """Accelerated Wirtinger flow (Xu et al. 2018, arXiv 1806.05546): Nesterov on the amplitude misfit.

    With z = f_k + b_k (f_k - f_{k-1}) and b_k = (k+1)/(k+3)::

        f_{k+1} = z - (A^H A z - A^H (y sgn A z)) / max(w),     A^H A = diag(w)

    which is one gradient step of 1/2 ||y - |A f| ||² with the inverse of its Lipschitz constant.
    """

    label: ClassVar[str] = "AWF"
    reference: ClassVar[bool] = True

    iterations: int = option(
        2000, min=1, max=10_000_000,
        help="gradient steps over all positions: more fits the data more closely, noise included (the paper: "
        "10,000)",
    )  # fmt: skip
    momentum: bool = option(
        True, help="Nesterov momentum (k+1)/(k+3); without it this is plain Wirtinger flow"
    )
    probe_update: bool = option(False, help="refine the probe as well, by its own gradient step")
    probe_update_start: int = option(
        10, min=0, was=("probe_start",), max=1_000_000, advanced=True,
        help="iterations before the probe is first refined: more lets the object converge first",
    )  # fmt: skip

    @classmethod
    def in_sweep(cls) -> tuple[SweepChoice, ...]:  # noqa: D102
        return (SweepChoice(cls.key(), cls.label, "Accelerated Wirtinger flow", ticked=True),)

    @property
    def total(self) -> int:  # noqa: D102
        return self.iterations

    def iterates(self, problem: "Problem") -> Generator[Iterate, None, None]:  # noqa: D102
        import torch

        from ptygui.methods.solvers.modulus import ModulusStep

        resume = problem.resume
        obj = resume.get("obj", problem.start)
        previous = resume.get("previous", obj)
        probe = resume.get("probe", problem.forward.probe)
        step = ModulusStep(problem, probe)
        for k in range(resume.get("index", 0), self.iterations):
            b = (k + 2) / (k + 4) if self.momentum and k else 0.0
            z = torch.add(obj, obj - previous, alpha=b)
            previous = obj
            if self.probe_update and k >= self.probe_update_start:
                back, towards, v = step.back_both(z)
                obj = z - (step.w * z - back) / step.w_max
                probe = probe + towards / v.max()  # momentum here too would diverge
                step.set_probe(probe)
            else:
                obj = step.object(z)
            state = {"index": k + 1, "obj": obj, "previous": previous, "probe": probe}
            yield Iterate(obj, k + 1, state, forward=step.forward)
