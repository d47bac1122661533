"""The paper's diffusion: guided reverse diffusion with time travel (Cam et al. 2025, algorithm 1)."""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from ptygui.errors import InputError
from ptygui.methods import refining
from ptygui.methods.base import Finding, Iterate, Remedy, SweepChoice
from ptygui.methods.prior_based import PriorBased
from ptygui.options import AUTO, option
from ptygui.scan import Scan

if TYPE_CHECKING:
    from torch import Tensor

    from ptygui.methods.problem import Problem
    from ptygui.methods.solvers.guided import Chain
    from ptygui.physics.forward import Forward

ZETA_BY_NOISE = 0.3  # ζ in units of σ̃_t that suits, see docs/accuracy.md
REFINED_BELOW = 1.0  # σ_t [channel units]: before, x̂0 has hardly anything of the object
SELDOM = 2  # evaluations for one step of the probe's aberrations
_STRENGTHS = 500  # steps of which the strength of the guidance is taken, at most twice as many
_ZETA_BY_NOISE = (0.03, 3.0)  # beyond which it is surely meant in other units


@dataclass(frozen=True)
class DPS(PriorBased):
    """Diffusion, paper: algorithm 1 of Cam et al. 2025, with every ambiguity of the text resolved and named.

    Each evaluation takes x_t to x_{t-1} (`DenoisingStep`, fixed small variance) and subtracts
    ζ times the gradient, through the network, of the misfit between measured and modelled amplitudes of
    x̂0(x_t). After each of the main chain's steps with t + j <= N - 1 the state travels back j steps in time
    and is denoised again. The network is evaluated N + j (N - j) times.

    As printed, the inner block of algorithm 1 changes nothing that the main chain reads (`literal`); the
    default re-noises x_{t-1} as RePaint does. A given start object is noised to t = N - 1, where little of it
    is left.

    What is refined besides the object takes a step for x̂0(x_t) after each evaluation of a low noise level, by
    the closed forms of `daps`, the probe held as there; the next gradient is that of the refined model.
    """

    label: ClassVar[str] = "Diffusion, paper"
    guided: ClassVar[bool] = True
    value_bytes: ClassVar[float] = 68  # the gradient keeps the exit waves of the forward pass
    pixel_bytes: ClassVar[float] = 580
    fixed_bytes: ClassVar[float] = 1e8  # a tile's forward pass through the network, kept for backward
    # N = 1000 and j = 10 of the paper would take twenty minutes. Fewer steps need a larger ζ.
    demo_options: ClassVar[Mapping[str, Any]] = {"num_steps": 100, "j": 1, "zeta": 0.012}

    usual: ClassVar[str] = "blood-compact"

    prior: str = option(
        AUTO, kind="folder", auto=True,
        help="the trained prior: a name in models/ or a folder; auto: that of the specimen if the scan "
        "names it, else the generic one",
    )  # fmt: skip
    num_steps: int = option(
        1000, min=1, max=10_000, symbol="N", help="reverse diffusion steps: more is finer, and slower"
    )
    j: int = option(
        10, min=0, max=1000, symbol="j",
        help="steps travelled back in time after each step: more corrects more; j evaluations each; 0: none",
    )  # fmt: skip
    zeta: float = option(
        1e-3, min=0, max=1e6, symbol="ζ",
        help="guidance step; auto units: rms change per step [channel units]; more follows the data, too "
        "much dithers about them",
    )  # fmt: skip
    zeta_units: str = option(
        "auto", choices=("auto", "raw", "sigma_tilde"), advanced=True,
        help="auto: scaled by the gradient measured when the prior was trained; raw: the paper's ζ; "
        "sigma_tilde: the rms change over that by the noise of the same step, about 0.3 to 1",
    )  # fmt: skip
    guidance: str = option(
        "l1", choices=("l1", "l2"), help="norm of the misfit: l1 as in the paper, l2 unsquared as in DPS"
    )
    time_travel: str = option(
        "repaint", choices=("repaint", "literal"), advanced=True, was=("travel",),
        help="repaint: re-noise x_{t-1}; literal: algorithm 1 as printed, whose inner block has no effect",
    )  # fmt: skip
    probe_update: str = refining.probe_update()
    position_update: str = refining.position_update()
    weight_update: bool = refining.weight_update()
    background_update: str = refining.background_update()
    probe_modes: int = refining.probe_modes()
    clip: bool = option(True, advanced=True, help="limit x̂0 to [-1, 1] as in the reference code of DPS")

    def checks(self, scan: Scan | None) -> Iterator[Finding]:
        """Also whether ζ suits its units: one for the other is off by a factor of hundreds."""
        yield from super().checks(scan)
        if self.zeta_units == "sigma_tilde" and not _ZETA_BY_NOISE[0] <= self.zeta <= _ZETA_BY_NOISE[1]:
            low, high = _ZETA_BY_NOISE
            follows = "hardly followed" if self.zeta < low else "followed in jumps"
            yield Finding(
                "warn",
                f"ζ is {self.zeta:g} times the noise of each step, outside {low:g} to {high:g}: the data are "
                f"{follows}.",
                (Remedy(f"Use ζ {ZETA_BY_NOISE:g}", method=replace(self, zeta=ZETA_BY_NOISE)),),
            )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.j >= self.num_steps:
            raise InputError(f"j is {self.j}, expected less than num_steps (N), {self.num_steps}")

    @classmethod
    def in_sweep(cls) -> tuple[SweepChoice, ...]:
        """No entry: one run takes minutes to hours. `ptygui sweep dps` runs it nevertheless."""
        return ()

    @property
    def total(self) -> int:  # noqa: D102
        return self.num_steps + self.j * (self.num_steps - self.j)

    def strength(self, numbers: Mapping[str, list[Any]]) -> float | None:
        """Median of (rms change by the gradient) / σ̃_t; None if no step tells it."""
        import numpy as np

        from ptygui.prior.schedule import Schedule

        noise = Schedule.linear(self.num_steps).sigma_tilde
        times, moves = numbers.get("t", []), numbers.get("data_step", [])
        apart = max(1, len(times) // _STRENGTHS)  # the list of runs asks for it whenever it is painted
        told = zip(times[::apart], moves[::apart], strict=False)
        shares = [
            moved / noise[t]
            for t, moved in told
            if moved is not None and t is not None and 0 < t < len(noise)
        ]
        return float(np.median(shares)) if shares else None

    def plan(self) -> list[tuple[int, int, bool]]:
        """Every network evaluation in order: (t, time to re-noise from or t itself, inside time travel).

        An evaluation takes x_t to x_{t-1}. If the second number is below t, the state of that time is
        first brought up to t. t = -1 is the clean end.
        """
        steps = []
        for t in range(self.num_steps - 1, -1, -1):
            steps.append((t, t, False))
            if self.j and t + self.j <= self.num_steps - 1:  # Alg. 1, line 4
                low = t - 1 if self.time_travel == "repaint" else t
                top = low + self.j
                steps.append((top, low, True))
                steps.extend((u, u, True) for u in range(top - 1, low, -1))
        return steps

    def place_after(self, state: dict[str, Any]) -> int:
        """The index in the `plan` at which a run continues from the state of a step, made with any j.

        With a different j, this is where the main chain denoises from the time of x.
        """
        place, j = int(state.get("place", state.get("index", 0))), int(state.get("j", self.j))
        if j == self.j:
            return place
        done = replace(self, j=j).plan()[:place]
        main = [t for t, _, inner in done if not (inner and self.time_travel == "literal")]
        plan = self.plan()
        time = main[-1] - 1 if main else self.num_steps - 1
        return plan.index((time, time, False)) if time >= 0 else len(plan)

    def total_after(self, state: dict[str, Any]) -> int:  # noqa: D102
        return self.total + int(state.get("index", 0)) - self.place_after(state)

    def iterates(self, problem: "Problem") -> Generator[Iterate, None, None]:
        """Algorithm 1, one iterate per evaluation, in the order of `plan`.

        As printed ("literal"), the inner block never touches the main chain: it works on `side`, with its own
        noise.
        """
        import torch

        from ptygui.methods.base import same_chain
        from ptygui.methods.solvers.annealing import LEAST_STIFFNESS, STIFFNESS
        from ptygui.methods.solvers.modulus import ModulusStep
        from ptygui.methods.solvers.refinement import Refinement, begun, kept

        resume, literal = problem.resume, self.time_travel == "literal"
        same = same_chain(resume, num_steps=self.num_steps, literal=int(literal))
        chain, refined = self._chain(problem), refining.refined_by(self, problem)
        forward, given = begun(problem, self.probe_modes)
        chain.guide.follow(forward)
        refinement = None
        if refined:
            refinement = Refinement(ModulusStep(problem, forward=forward), given, refined, resume)
        found = {"prior": self.prior_of(problem.specimen), **refining.resolved(self, refined, forward.modes)}
        found = {name: found[name] for name in self.left_open()}
        x, side = resume.get("x"), resume.get("side")
        if x is None:
            x = chain.first()
        before = resume.get("before", x)
        own = torch.Generator().manual_seed(problem.generator.initial_seed() + 1) if literal else None
        if own is not None and "side_generator" in resume:
            own.set_state(resume["side_generator"].cpu())
        first = self.place_after(resume)
        index = int(resume.get("index", 0)) - first  # of the iterate at the start of the plan
        for place, (t, low, inner) in enumerate(self.plan()):
            if place < first:
                continue
            apart = literal and inner
            noise = own if apart else None
            x_t = side if apart and side is not None else x
            if low < t:  # line 5: NoisingStep, printed for x_t, corrected to x_{t-1}
                x_t = chain.noised(before if literal else x, low, t, noise)
            if not inner:
                before = x
            after, x0_hat, moved = chain.step(x_t, t, noise)  # lines 2-3, and 6-7
            if apart:
                side = after
            else:
                x = after
                sigma = float(chain.schedule.sigma[t])
                if refinement is not None and sigma < REFINED_BELOW:
                    obj = chain.prior.channels.decode(x0_hat)
                    refinement.hold()
                    refinement.take(obj, max(STIFFNESS * sigma**2, LEAST_STIFFNESS))
                    if place % SELDOM == 0:
                        refinement.correct_aberrations(obj)
                    forward = refinement.model.forward
                    chain.guide.follow(forward)
            state = {"index": index + place + 1, "place": place + 1, "x": x, "j": self.j, **same}
            state |= {} if refinement is None else kept(forward, refined) | refinement.state
            state["generator"] = problem.generator
            if own is not None:
                state |= {"side": side, "side_generator": own, "before": before}
            yield _iterate(
                chain, state, x0_hat, x_t, t, moved, found, forward if refined or self.probe_modes else None
            )

    def _chain(self, problem: "Problem") -> "Chain":
        from ptygui.methods.solvers.guided import Chain, Guide, guidance_scale
        from ptygui.prior.prior import load_prior

        name = self.prior_of(problem.specimen)
        prior = load_prior(name, str(problem.device))
        guide = Guide(prior, problem, self.guidance, self.clip, self.zeta_units == "raw")
        zeta = self.zeta
        if self.zeta_units == "auto":
            zeta /= guidance_scale(prior, self.guidance, name)
        return Chain(problem, prior, self.num_steps, guide, zeta, by_noise=self.zeta_units == "sigma_tilde")


def _iterate(
    chain: "Chain", state: dict[str, Any], x0_hat: "Tensor", x_t: "Tensor", t: int,
    moved: "tuple[Tensor, Tensor]", resolved: dict[str, Any], forward: "Forward | None",
) -> Iterate:  # fmt: skip
    return Iterate(
        obj=chain.prior.channels.decode(x0_hat),
        index=state["index"],
        state={key: value for key, value in state.items() if value is not None},
        nfe=state["index"],
        x_t=x_t,
        level=float(chain.schedule.sigma[t]),
        t=t,
        prior_step=moved[0],
        data_step=moved[1],
        prior_share=partial(chain.prior_share, x0_hat),
        resolved=resolved,
        forward=forward,
    )
