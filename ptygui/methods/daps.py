"""Fast diffusion: decoupled annealing with the exact ptychographic proximal step, no back-propagation."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ptygui.methods.base import Iterate, SweepChoice
from ptygui.methods.prior_based import PriorBased
from ptygui.options import option
from ptygui.scan import Scan

# Levels and seeds. One evaluation more, by the U-Net that cleans the start, makes 10, 37 and 178.
_SETTINGS = {"preview": (9, 1), "standard": (36, 1), "best": (59, 3)}


@dataclass(frozen=True)
class DAPS(PriorBased):
    """Diffusion, fast: the prior's clean estimate and an exact fit to the data, by turns, at falling noise.

    At each noise level σ the network gives x̂0 = D(x; σ); then the data term, which for ptychography has an
    exact element-wise majoriser (A^H A is diagonal), is minimised together with the distance to x̂0, taken
    apart along amplitude and phase::

        minimise  ||y - |A f| ||² / (2 s²)  +  Σ_k |C u(k)|² / (2 S(k; σ))
        u = ((Re g - a) / a_s,  Im g / (a p_s))

    with f = g exp(iφ), (a, φ) amplitude and phase of x̂0, (a_s, p_s) the channels' scales, C the cosine
    transform, and s² = 1/4 the variance of the square root of a photon count. S is the power of the
    network's own error at this level, measured at each frequency on images it did not learn from
    (`PriorPull`): large where it is coarse, so that there the data decide, and less by powers of ten at fine
    detail, which few photons tell. The slowest part of the phase, which data steps hardly move and which the
    prior has no opinion on, follows the data by Gauss-Newton steps of its own (`SlowPhase`). The result gets
    fresh noise of the next level (Zhang et al. 2024 call the scheme DAPS).

    The start is AWF's image. Where data are scarce and models/ has a U-Net that learned from the prior's
    data at such an overlap, that cleans it first: the levels refine an image, but seldom let go of a cell
    that AWF left at a wrong phase. From such a start all levels are fine ones; seeds then differ less than
    the posterior does. The result of several seeds is their mean, which has the least expected error.
    """

    label: ClassVar[str] = "Diffusion, fast"
    value_bytes: ClassVar[float] = 45
    pixel_bytes: ClassVar[float] = 460  # cosine transforms in float64, and the network

    prior: str = option("blood-small", kind="folder", help="the trained prior: a name in models/ or a folder")
    setting: str = option(
        "standard",
        choices=("preview", "standard", "best"),
        help="how many noise levels and seeds, unless set: a quick look, the usual, the most careful",
    )
    levels: int = option(
        0, min=0, max=1000, auto=True,
        help="noise levels, each one network evaluation a seed: more is finer and slower; auto: by the "
        "setting, 9, 36 or 59",
    )  # fmt: skip
    data_steps: int = option(
        0, min=0, max=10_000, auto=True, was=("inner",),
        help="data steps a level, on average: more comes closer to the data; auto: by the data per unknown, "
        "50 to 10, more below 30 levels",
    )  # fmt: skip
    start_awf: bool = option(
        True, was=("warm",), help="start from AWF; no: from noise alone, as cells form step by step"
    )
    awf_iterations: int = option(
        300, min=1, max=1_000_000, advanced=True, was=("warm_iterations",),
        help="AWF iterations of the start: more comes closer to the data, noise included",
    )  # fmt: skip
    start_unet: bool = option(
        True, advanced=True, was=("mend",),
        help="clean the AWF start by a U-Net trained on the prior's data, where data are scarce and models/ "
        "has one; one network evaluation",
    )  # fmt: skip
    sigma_max: float = option(
        0.0, min=0, max=200, symbol="σ₀", unit="channel units", auto=True, advanced=True,
        help="highest noise level: more trusts the prior, less the start; auto: by the data per unknown, "
        "0.36 to 1.2 after a U-Net, 2, 1.2 or 0.4 after AWF alone; 40 from noise",
    )  # fmt: skip
    sigma_min: float = option(
        0.0, min=0, max=10, symbol="σₙ", unit="channel units", auto=True, advanced=True,
        help="lowest noise level: more leaves more to the data at the end; auto: 0.01 after a U-Net, else "
        "0.02",
    )  # fmt: skip
    data_variance: float = option(
        0.0, min=0, max=1000, auto=True, was=("variance",),
        help="variance of the data over that of photon statistics: more trusts the prior, less the data; "
        "auto: by the data per unknown, 1, 2/3 or 1/3",
    )  # fmt: skip
    final_data_steps: int = option(
        0, min=0, max=100_000, advanced=True, was=("polish",),
        help="data-only steps at the end: more comes closer to the data, noise included",
    )  # fmt: skip
    renoise: float = option(
        0.3, min=0, max=2, advanced=True, was=("noise",),
        help="noise put back at each level, over the level's own: less gives means, 1 samples",
    )  # fmt: skip
    slow_phase_order: int = option(
        -1, min=-1, max=32, auto=True, advanced=True, was=("slow_order",),
        help="half waves in 128 px of the slow phase that follows the data alone: more takes finer parts "
        "of it from the data; 0: none; auto: 6, fewer where the probe is wider than in a window of 32 px",
    )  # fmt: skip
    seeds: int = option(
        0, min=0, max=64, symbol="K", auto=True,
        help="independent runs at once: more give a better mean, and cost as much more; auto: by the "
        "setting, 1 or 3",
    )  # fmt: skip
    average_seeds: bool = option(
        True, advanced=True, was=("average",),
        help="the result of several seeds is their mean; no: the one that best predicts detector pixels "
        "held out of the fit",
    )  # fmt: skip

    @classmethod
    def in_sweep(cls) -> tuple[SweepChoice, ...]:  # noqa: D102
        return tuple(
            SweepChoice(
                f"{cls.key()}:setting={setting}",
                label,
                f"Fast diffusion, {_SETTINGS[setting][0] + 1} network evaluations",  # a level each, and U-Net
                {"setting": setting, "levels": 0},
                ticked=setting == "preview",
                was=(setting,),
            )
            for setting, label in (("preview", "Diffusion preview"), ("standard", "standard"))
        )

    def quick_look(self) -> "DAPS":  # noqa: D102
        return DAPS(setting="preview", prior=self.prior)

    @property
    def iterations_before_first_step(self) -> int:  # noqa: D102
        return self.awf_iterations if self.start_awf else 0

    def memory(self, scan: Scan) -> float:
        """The fit to the data, or the network; exit waves of several seeds are made in turn, images not."""
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

    def iterates(self, problem) -> Iterator[Iterate | None]:  # noqa: D102
        from ptygui.methods.solvers.annealing import Annealing

        yield from Annealing(self, problem).iterates()
