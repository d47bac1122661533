"""Projected multi-agent consensus equilibrium."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from ptygui.methods import refining
from ptygui.methods.base import Iterate, Method
from ptygui.options import option

if TYPE_CHECKING:
    from ptygui.methods.problem import Problem

OFTEN = 3  # iterations for a step of positions, weights and background, which cost as much as two


@dataclass(frozen=True)
class PMACE(Method):
    """Projected multi-agent consensus equilibrium (Zhai et al. 2023): patches fit alone, then agree.

    Every position has a patch v_i of its own. With the data-fitting agents F and the probe-weighted
    consensus G of `Consensus`, the state goes to the equilibrium F(v) = G(v) by Mann iterations::

        w = F(v),   z = G(2w - v),   v += 2ρ (z - w)

    and the object is the weighted average of the w_i.
    """

    label: ClassVar[str] = "PMACE"
    value_bytes: ClassVar[float] = 42
    pixel_bytes: ClassVar[float] = 130

    iterations: int = option(
        1000, min=1, max=10_000_000,
        help="iterations over all positions: more fits the data more closely, noise included",
    )  # fmt: skip
    alpha: float = option(
        0.5, min=0, max=1, symbol="α",
        help="data fit of an agent: 1 takes the patch that fits its pattern, less keeps more of the last one",
    )  # fmt: skip
    rho: float = option(
        0.5, min=0, max=1, symbol="ρ", help="averaging of the iteration: more is faster, less is steadier"
    )
    kappa: float = option(
        1.5, min=0, max=4, symbol="κ",
        help="exponent of |P| in the consensus: more trusts the bright part of the probe more",
    )  # fmt: skip
    probe_update: str = refining.probe_update()
    position_update: str = refining.position_update()
    weight_update: bool = refining.weight_update()
    background_update: str = refining.background_update()
    probe_modes: int = refining.probe_modes()
    probe_update_start: int = option(
        10, min=0, max=1_000_000, advanced=True,
        help="iterations before the probe, or what else is refined, is first so: more lets the object "
        "converge first",
    )  # fmt: skip

    @property
    def total(self) -> int:  # noqa: D102
        return self.iterations

    def iterates(self, problem: "Problem") -> Generator[Iterate, None, None]:  # noqa: D102
        from ptygui.methods.solvers.consensus import Consensus
        from ptygui.methods.solvers.refinement import Refinement, begun, kept

        resume, refined = problem.resume, refining.refined_by(self, problem)
        obj = resume.get("obj", problem.start)
        forward, given = begun(problem, self.probe_modes)
        agents = Consensus(problem, forward, self.alpha, self.kappa)
        others = Refinement(agents, given, replace(refined, probe=False), resume)
        found = refining.resolved(self, refined, forward.modes)
        patches = resume["patches"] if "patches" in resume else forward.patches(obj)
        for k in range(resume.get("index", 0), self.iterations):
            refine = k >= self.probe_update_start
            patches, obj, towards, seen = agents.advance(patches, obj, self.rho)
            if refined.probe and refine:
                agents.set_probe(agents.forward.probe + towards / seen.max())
            if others.refined and refine and k % OFTEN == 0:
                corners = agents.forward.corners
                others.take(obj)
                if agents.forward.corners is not corners:  # a position has moved by a pixel: cut anew
                    patches = agents.forward.patches(obj)
            state = {"index": k + 1, "obj": obj, "patches": patches}
            state |= kept(agents.forward, refined) | others.state
            yield Iterate(obj, k + 1, state, forward=agents.forward, resolved=found)
