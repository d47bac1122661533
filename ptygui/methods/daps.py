"""Fast diffusion: decoupled annealing with the exact ptychographic proximal step, no back-propagation."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from ptygui.methods import refining
from ptygui.methods.awf import AWF
from ptygui.methods.base import Iterate, Iterates, SweepChoice
from ptygui.methods.prior_based import PriorBased
from ptygui.options import AUTO, option
from ptygui.scan import Scan

if TYPE_CHECKING:
    from torch import Tensor

    from ptygui.methods.problem import Problem
    from ptygui.methods.solvers.annealing import Annealing
    from ptygui.methods.solvers.refinement import Model, Refined

PLENTY = 2.0  # data per unknown from which AWF finds a wrong probe without a prior
PROBE_MISFIT = 2.0  # of AWF, over the noise floor, above which the probe is wrong where data are scarce
COLD_SIGMA = 40.0  # highest noise level of a start from noise alone [channel units]
# Of a misfit, below which positions that were moved are taken: .82 to .40 where positions were rounded, and
# .99 to 1.00 where they were right (20 and 50 %, two patches).
FALLS_TO = 0.95
# The same of few data, where AWF makes small errors worse. At 20 %, four patches: .91 to .98 where positions
# were rounded, whose error rose from .30-.36 to .47-.75 px; .49 to .66 where it fell from 1.2-1.4 to .9-1.0.
FALLS_TO_FEW = 0.8
# Levels and seeds. With one more evaluation, by the U-Net that cleans the start, 10, 37 and 178.
_SETTINGS = {"preview": (9, 1), "standard": (36, 1), "best": (59, 3)}


@dataclass(frozen=True)
class DAPS(PriorBased):
    """Diffusion, fast: the prior's clean estimate and an exact fit to the data alternate at falling noise.

    At each noise level σ the network gives x̂0 = D(x; σ); then the data term, which for ptychography has an
    exact element-wise majoriser (A^H A is diagonal), is minimised together with the distance to x̂0, split
    into amplitude and phase::

        minimise  ||y - |A f| ||² / (2 s²)  +  Σ_k |C u(k)|² / (2 S(k; σ))
        u = ((Re g - a) / a_s,  Im g / (a p_s))

    with f = g exp(iφ), (a, φ) amplitude and phase of x̂0, (a_s, p_s) the channels' scales, C the cosine
    transform, and s² = 1/4 the variance of the square root of a photon count. S is the power of the
    network's own error at this level, measured at each frequency on held-out images (`PriorPull`): it is
    large at coarse detail, so that the data decide there, and smaller by powers of ten at fine detail, about
    which few photons say much. The slowest part of the phase, which data steps hardly change and which the
    prior does not constrain, follows the data by separate Gauss-Newton steps (`SlowPhase`). The result gets
    fresh noise of the next level (the scheme called DAPS by Zhang et al. 2024)::

        1  f <- AWF's image; where data are scarce, cleaned by a U-Net or with a Gaussian prior
        2  x <- f in channels, with noise of σ_0
        3  for each noise level σ_k, falling:
        4      x̂0 <- D(x; σ_k)
        5      f <- the minimum above, by Nesterov steps on the majoriser
        6      u <- f without its slow phase, in channels
        7      x <- u with noise of σ_{k+1}, none at the end
        8  f <- mixed with AWF's under a power law, if the prior was found wrong (`Overruling`)
        9  f <- data steps only, if requested

    S and s² are those of objects like the prior's and of a right model. How much larger they are for this
    scan is estimated after each line 5 for the next, and so is what of x̂0 is wrong: u is the distance to the
    rest (`Discrepancy`).

    What is refined besides the object (probe, positions, ...) takes steps before line 5 for x̂0, while the
    data are not fitted, and after it for f (`solvers.refinement`).

    The start is AWF's image. If data are scarce and models/ has a U-Net trained on the prior's data at such
    an overlap, the U-Net cleans it first: the levels refine an image, but rarely correct a cell that AWF left
    at a wrong phase. Without such a U-Net, or where the misfit of its image says that it is for another probe
    (`Regime.unet_misfit`), the start is AWF with a Gaussian prior, whose power law fits the scan itself.
    From such a start all levels are fine ones; seeds then differ less than the posterior does. The result of
    several seeds is their mean, which has the least expected error.
    """

    label: ClassVar[str] = "Diffusion, fast"
    in_tiles: ClassVar[bool] = True
    value_bytes: ClassVar[float] = 49  # the amplitudes twice, see `Problem.stabilised`
    pixel_bytes: ClassVar[float] = 460  # cosine transforms in float64, and the network

    usual: ClassVar[str] = "blood-small"

    prior: str = option(
        AUTO, kind="folder", auto=True,
        help="the trained prior: a name in models/ or a folder; auto: that of the specimen if the scan "
        "names it, else the generic one",
    )  # fmt: skip
    setting: str = option(
        "standard",
        choices=("preview", "standard", "best"),
        help="how many noise levels and seeds, unless set: for a quick look, the usual, the most careful",
    )
    levels: int = option(
        0, min=0, max=1000, auto=True,
        help="noise levels, each one network evaluation per seed: more is finer and slower; auto: by the "
        "setting, 9, 36 or 59",
    )  # fmt: skip
    data_steps: int = option(
        0, min=0, max=10_000, auto=True, was=("inner",),
        help="data steps per level, on average: more fits the data better; auto: by the data per unknown, "
        "50 to 10, more below 30 levels",
    )  # fmt: skip
    start_awf: bool = option(
        True, was=("warm",), help="start from AWF; no: from noise only, so that cells form step by step"
    )
    awf_iterations: int = option(
        300, min=1, max=1_000_000, advanced=True, was=("warm_iterations",),
        help="AWF iterations of the start: more fits the data more closely, noise included",
    )  # fmt: skip
    start_unet: bool = option(
        True, advanced=True, was=("mend",),
        help="clean the AWF start with a U-Net trained on the prior's data, if data are scarce and models/ "
        "has one; one network evaluation",
    )  # fmt: skip
    start_gaussian: bool = option(
        True, advanced=True,
        help="start from AWF with a Gaussian prior, its power law fitted to the scan, if data are scarce and "
        "no U-Net fits",
    )  # fmt: skip
    sigma_max: float = option(
        0.0, min=0, max=200, symbol="σ₀", unit="channel units", auto=True, advanced=True,
        help="highest noise level: more trusts the prior, less the start; auto: by the data per unknown, "
        "0.36 to 1.2 after a U-Net, 1.2 with a Gaussian prior, 2, 1.2 or 0.4 after AWF alone; 40 from noise",
    )  # fmt: skip
    sigma_min: float = option(
        0.0, min=0, max=10, symbol="σₙ", unit="channel units", auto=True, advanced=True,
        help="lowest noise level: more gives the data more weight at the end; auto: 0.01 after a U-Net or "
        "with a Gaussian prior, else 0.02",
    )  # fmt: skip
    data_variance: float = option(
        0.0, min=0, max=1000, auto=True, was=("variance",),
        help="variance of the data relative to photon statistics: more trusts the prior more, the data less; "
        "auto: by the data per unknown, 1, 2/3 or 1/3, and more if no object fits the data",
    )  # fmt: skip
    discrepancy: bool = option(
        True, advanced=True,
        help="estimate from the scan how wrong prior and model are, and trust each accordingly; of a "
        "measured scan the prior counts as right until its phase is far off, and then what is wrong in its "
        "image is left out; no: the prior errs as on its own images, data by photon noise alone",
    )  # fmt: skip
    overrule: bool = option(
        True, advanced=True,
        help="where the discrepancy finds the prior wrong, hold 2 % of the data out and let them decide how "
        "much of the result is left to it, and how much is of a power law, of a measured scan half at most; "
        "no: the prior's alone",
    )  # fmt: skip
    final_data_steps: int = option(
        0, min=0, max=100_000, advanced=True, was=("polish",),
        help="data-only steps at the end: more fits the data more closely, noise included",
    )  # fmt: skip
    renoise: float = option(
        0.3, min=0, max=2, advanced=True, was=("noise",),
        help="noise added at each level, relative to the level's own: less gives means, 1 gives samples",
    )  # fmt: skip
    slow_phase_order: int = option(
        -1, min=-1, max=32, auto=True, advanced=True, was=("slow_order",),
        help="half waves in 128 px of the slow phase that follows only the data: more takes finer parts "
        "of it from the data; 0: none; auto: 6, fewer where the probe is wider than in a window of 32 px",
    )  # fmt: skip
    seeds: int = option(
        0, min=0, max=64, symbol="K", auto=True,
        help="independent runs at once: more give a better mean at proportional cost; auto: by the "
        "setting, 1 or 3",
    )  # fmt: skip
    probe_update: str = refining.probe_update()
    position_update: str = refining.position_update()
    weight_update: bool = refining.weight_update()
    background_update: str = refining.background_update()
    probe_modes: int = refining.probe_modes()
    average_seeds: bool = option(
        True, advanced=True, was=("average",),
        help="the result of several seeds is their mean; no: the seed that best predicts detector pixels "
        "held out of the fit",
    )  # fmt: skip

    @classmethod
    def in_sweep(cls) -> tuple[SweepChoice, ...]:  # noqa: D102
        return tuple(
            SweepChoice(
                f"{cls.key()}:setting={setting}",
                f"Diffusion {setting}",
                f"Fast diffusion, {_SETTINGS[setting][0] + 1} network evaluations",  # a level each, and U-Net
                {"setting": setting, "levels": 0},
                ticked=setting == "preview",
                was=(setting,),
            )
            for setting in ("preview", "standard")
        )

    def quick_look(self) -> "DAPS":  # noqa: D102
        return DAPS(setting="preview", prior=self.prior)

    @property
    def iterations_before_first_step(self) -> int:  # noqa: D102
        return self.awf_iterations if self.start_awf else 0

    def memory(self, scan: Scan) -> float:
        """The fit to the data, or the network; exit waves of seeds are computed in turn, images at once."""
        rows, columns = scan.object_shape
        pixels, more = rows * columns, self.num_seeds - 1
        fit = super().memory(scan) + 35 * more * pixels
        return max(fit, 20 * scan.size + (570 + 170 * more) * pixels)

    @property
    def num_levels(self) -> int:
        """Noise levels, the setting resolved."""
        return self.levels or _SETTINGS[self.setting][0]

    @property
    def num_seeds(self) -> int:
        """Independent runs at once, the setting resolved."""
        return self.seeds or _SETTINGS[self.setting][1]

    @property
    def total(self) -> int:  # noqa: D102
        return 1 + self.num_levels + (self.final_data_steps > 0)  # the start, the levels, the last steps

    def iterates(self, problem: "Problem") -> Iterates:
        """The lines of the class's docstring, S seeds in parallel; None between, where a caller may stop.

        While AWF makes the start, its image with index 0.
        """
        from ptygui.methods.problem import root_mean_square

        problem = problem.stabilised()
        plan = self.plan(problem)
        solver, resume = self.solver(problem, plan), problem.resume
        if resume:
            index, f, x = resume["index"], resume["obj"], resume["x"]
        else:
            f, plan = yield from self._start(problem, plan, solver)  # line 1
            x = solver.noised(solver.prior.channels.encode(f, f.angle()), plan.sigmas[0])  # line 2
            index = 1
            yield self._iterate(plan, solver, f, x, index)
        before = solver.encoded(f, f.angle())
        for k in range(index - 1, self.num_levels):  # line 3
            if k == (self.num_levels + 1) // 2:
                solver.test_prior()
            x0_hat = yield from solver.denoised(x, plan.sigmas[k])  # line 4
            amplitude, phase = solver.prior.channels.polar(x0_hat)
            yield from solver.refined_by_prior(amplitude, phase, plan.sigmas[k])
            f = yield from solver.fitted_and_refined(  # line 5
                amplitude, phase, plan.sigmas[k], plan.data_steps[k]
            )
            if k + 1 == self.num_levels:
                f = yield from solver.overruling.settled(f)  # line 8
            clean = solver.encoded(f, phase)  # line 6
            moved = root_mean_square(x0_hat - before), root_mean_square(clean - x0_hat)
            before, x = clean, solver.noised(clean, plan.sigmas[k + 1])  # line 7
            yield self._iterate(plan, solver, f, x, k + 2, *moved)
        if self.final_data_steps and index < self.total:
            f = yield from solver.data_steps(f, self.final_data_steps)  # line 9
            yield self._iterate(plan, solver, f, x, self.total)

    def plan(self, problem: "Problem", refused: bool = False) -> "Plan":
        """The options resolved for this problem; automatic ones follow from its data (`regimes`).

        `refused` if a U-Net cleaned the start, but does not fit this scan.
        """
        from ptygui.methods.base import same_chain
        from ptygui.methods.problem import PHOTON_VARIANCE
        from ptygui.methods.solvers.regimes import (
            MANY_LEVELS,
            SIGMA_AFTER_GAUSSIAN,
            regime_of,
            sigma_after_unet,
            steps_at_levels,
        )
        from ptygui.methods.solvers.slow_phase import order_for
        from ptygui.prior.schedule import karras_sigmas

        data, resume, levels = problem.data_per_unknown, problem.resume, self.num_levels
        regime = regime_of(data)
        unet = self._unet(problem) if regime.scarce and not refused else None
        own = self.start_awf and problem.given is None
        gaussian = own and self.start_gaussian and regime.scarce and unet is None
        after_awf = SIGMA_AFTER_GAUSSIAN if gaussian else regime.sigma_max
        after_awf = after_awf if unet is None else sigma_after_unet(data)
        started = self.start_awf or problem.given is not None
        top = self.sigma_max or resume.get("sigma_max") or (after_awf if started else COLD_SIGMA)
        fine = gaussian or unet is not None
        bottom = self.sigma_min or resume.get("sigma_min") or (0.01 if fine else 0.02)
        order = self.slow_phase_order
        if order < 0:
            order = int(resume.get("slow_phase_order", order_for(problem.forward.probe)))
        chain = same_chain(
            resume,
            slow_phase_order=order,
            levels=levels,
            seeds=self.num_seeds,
            sigma_max=float(top),
            sigma_min=float(bottom),
        )
        steps = self.data_steps or (regime.data_steps if levels >= MANY_LEVELS else regime.of_few_levels)
        variance = self.data_variance or regime.variance
        refined = refining.refined_by(self, problem)
        found: dict[str, Any] = {**chain, "data_steps": steps, "data_variance": variance}
        found |= refining.resolved(self, refined, self.probe_modes or problem.forward.modes)
        found["prior"] = self.prior_of(problem.specimen)
        return Plan(
            sigmas=(*karras_sigmas(levels, max(top, bottom), bottom), 0.0),
            data_steps=tuple(steps_at_levels(steps, levels)),
            variance=PHOTON_VARIANCE * variance,
            slow_order=order,
            slow_every=regime.slow_every,
            refined=refined,
            unet=unet,
            unet_misfit=regime.unet_misfit,
            unet_used=bool(resume.get("mended", refused or unet is not None)),
            gaussian=gaussian,
            chain=chain,
            resolved={name: found[name] for name in self.left_open()},
        )

    def solver(self, problem: "Problem", plan: "Plan") -> "Annealing":
        """The solver that denoises and fits, with the numbers of a plan."""
        from ptygui.methods.solvers.annealing import Annealing, Settings
        from ptygui.prior.prior import load_prior

        ranked = self.num_seeds > 1 and not self.average_seeds
        numbers = plan.variance, self.renoise, plan.slow_order, plan.slow_every
        prior = load_prior(self.prior_of(problem.specimen), str(problem.device))
        settings = Settings(
            self.num_seeds, *numbers, ranked, plan.refined, self.probe_modes, self.estimated, self.overrule
        )
        return Annealing(problem, prior, settings)

    @property
    def estimated(self) -> tuple[str, ...]:
        """Whose discrepancy is estimated, "prior" and "data"."""
        if not self.discrepancy:
            return ()
        return ("prior",) if self.data_variance else ("prior", "data")

    def _start(
        self, problem: "Problem", plan: "Plan", solver: "Annealing"
    ) -> Generator[Iterate, None, "tuple[Tensor, Plan]"]:
        """The first object of every seed, and the plan that it leaves."""
        from ptygui.networks.corrector import load_corrector
        from ptygui.physics.threads import all_threads

        f = problem.start
        if not self.start_awf or problem.given is not None:
            return solver.of_all_seeds(f), plan
        moved = None
        if plan.refined.positions != "no":
            moved = yield from self._located(problem, plan, solver)
        if moved is not None:
            f = moved
            if plan.unet is not None:  # which has learned from positions that are right
                plan = replace(self.plan(problem, refused=True), unet_used=False)
        elif not plan.gaussian:
            f = yield from self._awf(problem, plan, solver, "none")
        if plan.unet is not None:
            yield Iterate(f, 0, note="start by the U-Net")
            with all_threads():
                cleaned = load_corrector(plan.unet, str(problem.device))(f, solver.step.w)
            if solver.misfit(cleaned) <= plan.unet_misfit * solver.misfit(problem.start):
                f = cleaned
            else:
                plan = self.plan(problem, refused=True)
        if plan.gaussian and moved is None:
            f = yield from self._awf(problem, plan, solver, "power-law")
        return solver.of_all_seeds(f), plan

    def _awf(
        self, problem: "Problem", plan: "Plan", solver: "Annealing", prior: str
    ) -> Generator[Iterate, None, "Tensor"]:
        """AWF's image. If it does not fit, the probe is refined with it.

        That probe is kept where not even AWF fits scarce data, or where data are so plenty that they decide
        alone, and it is fitted: then the levels leave it as it is. Otherwise AWF makes up for a small error
        of the probe in the object, and one for the other; the levels, which know the object, do better from
        the probe as given.
        """
        method = AWF(
            iterations=self.awf_iterations,
            gaussian_prior=prior,
            probe_update="no",
            probe_modes=self.probe_modes,
        )
        f, _ = yield from self._last(method, problem, solver)
        data, misfit = problem.data_per_unknown, solver.misfit(f)
        scarce, plenty = data < 1, data > PLENTY
        limit = (PROBE_MISFIT if scarce else solver.limit) * problem.floor
        others = plan.refined.weights or plan.refined.background != "no"  # AWF does not refine these here
        solver.settled = plenty and not others and misfit <= limit
        if plan.refined.probe and (scarce or plenty) and misfit > limit:
            refined, model = yield from self._last(replace(method, probe_update="yes"), problem, solver)
            misfit = solver.misfit(refined, model.forward)
            if scarce or misfit < limit:
                f = refined
                solver.refinement.model = model
                solver.settled = plenty and not others
                if not solver.settled:  # f fits the probe where it is
                    solver.refinement.fix_gauge()
        if not scarce and problem.floor:
            solver.alone = misfit / problem.floor
        return f

    def _located(
        self, problem: "Problem", plan: "Plan", solver: "Annealing"
    ) -> Generator[Iterate, None, "Tensor | None"]:
        """Find positions by AWF with a Gaussian prior, and give its image; None if those given are better.

        It starts with coarse detail, which bears wrong positions. Where nothing is wrong, moving them does
        not lower the misfit: then they stay, or if data are few, the levels alone move them. Where data are
        plenty, or what was found fits them, the levels leave all as it is: they undo some of it (74 %, all
        wrong at once: .0077, refined further .0104).
        """
        from ptygui.methods.solvers.regimes import regime_of

        scarce = regime_of(problem.data_per_unknown).scarce
        plain = plan.refined.positions == "affine" and not scarce
        with_probe = plan.refined.probe and problem.data_per_unknown > PLENTY
        awf = AWF(
            iterations=2 * self.awf_iterations,
            gaussian_prior="none" if plain else "power-law",  # which resists a scale
            probe_update="yes" if with_probe else "no",
            move_together=with_probe or not plan.refined.probe,  # a wrong probe is taken for a wrong scale
            weight_update=self.weight_update,
            background_update=self.background_update,
            probe_modes=self.probe_modes,
        )
        f, model = yield from self._last(awf, problem, solver)
        before = solver.misfit(f, model.forward)
        moving = replace(awf, position_update=plan.refined.positions)
        f, model = yield from self._last(moving, problem, solver)
        misfit = solver.misfit(f, model.forward)
        singly = solver.refinement.moves_singly
        if misfit >= (FALLS_TO_FEW if singly else FALLS_TO) * before:
            solver.locate(singly)  # which the levels do all the same, from those given
            return None
        solver.refinement.model = model
        data, fits = problem.data_per_unknown, misfit < solver.limit * problem.floor
        solver.settled = data > PLENTY or (data >= 1 and fits)
        solver.locate(True)
        return f

    @staticmethod
    def _last(
        method: AWF, problem: "Problem", solver: "Annealing"
    ) -> Generator[Iterate, None, tuple["Tensor", "Model"]]:
        """The last image and model of a method."""
        from ptygui.methods.solvers.refinement import Model

        f, model = problem.start, Model(problem.forward, None)
        what = ", moving positions" if method.position_update != "no" else ""
        what = ", refining the probe" if method.probe_update == "yes" else what
        for iterate in method.iterates(replace(problem, mask=solver.step.mask)):
            f = iterate.obj
            model = Model(iterate.forward or model.forward, iterate.state.get("aberrations"))
            yield Iterate(f, 0, note=f"start by AWF{what}", part=(iterate.index, method.iterations))
        return f, model

    def _unet(self, problem: "Problem") -> str | None:
        """The U-Net for AWF's image, if one was trained on the prior's data at such an overlap."""
        from ptygui.networks.checkpoint import load_info
        from ptygui.networks.corrector import unet_beside
        from ptygui.physics.positions import overlap_ratio
        from ptygui.prior.folders import model_folder

        if not (self.start_unet and self.start_awf and problem.given is None):
            return None
        data = load_info(model_folder(self.prior_of(problem.specimen))).training.get("data")
        return unet_beside(data, overlap_ratio(problem.forward.corners.cpu().numpy(), problem.forward.size))

    def _iterate(
        self, plan: "Plan", solver: "Annealing", f: "Tensor", x: "Tensor", index: int,
        prior_step: "Tensor | None" = None, data_step: "Tensor | None" = None,
    ) -> Iterate:  # fmt: skip
        from ptygui.methods.solvers.refinement import kept

        done, best = min(index - 1, self.num_levels), solver.best(f)
        state = {"index": index, "obj": f, "x": x, "generator": solver.problem.generator}
        state |= {
            "mended": plan.unet_used,
            **plan.chain,
            **solver.discrepancy.state,
            **solver.overruling.state,
        }
        if solver.slow is not None:
            state["slow"] = solver.slow.coefficients
        if plan.refined:
            state |= kept(solver.step.forward, plan.refined) | solver.refined_state
            state |= solver.refinement.state
            state |= {} if solver.located is None else {"located": solver.located}
        return Iterate(
            obj=solver.mean(f) if len(f) > 1 and self.average_seeds else f[best],
            index=index,
            state=state,
            nfe=self.num_seeds * done + plan.unet_used,
            x_t=x[best],
            level=float(plan.sigmas[done]),
            prior_step=prior_step,
            data_step=data_step,
            prior_share=partial(solver.prior_share, f, plan.chain["sigma_max"]),
            discrepancy=solver.discrepancy.data if solver.discrepancy.of_data and index > 1 else None,
            samples=f if len(f) > 1 else None,
            resolved=plan.resolved,
            note=solver.overruling.note,
            forward=solver.step.forward if plan.refined or self.probe_modes else None,
        )


@dataclass(frozen=True)
class Plan:
    """The plan of a run of `DAPS`, with automatic options resolved.

    Attributes
    ----------
    sigmas : tuple of float
        Noise levels σ_k [channel units], and 0 at the end.
    data_steps : tuple of int
        At each level.
    variance : float
        s² of the measured amplitudes.
    slow_order, slow_every : int
    refined : Refined
        See `solvers.annealing.Settings`.
    unet : str, optional
        The network that cleans the start, for a run from the beginning.
    unet_misfit : float
        See `solvers.regimes.Regime`.
    unet_used : bool
        Whether a U-Net was evaluated, now or when the run began.
    gaussian : bool
        Whether the start is AWF with a Gaussian prior.
    chain : dict
        What another run must share to continue from a step of this one.
    resolved : dict
        The values of the options that are "auto", by name.
    """

    sigmas: tuple[float, ...]
    data_steps: tuple[int, ...]
    variance: float
    slow_order: int
    slow_every: int
    refined: "Refined"
    unet: str | None
    unet_misfit: float
    unet_used: bool
    gaussian: bool
    chain: dict[str, float]
    resolved: dict[str, Any]
