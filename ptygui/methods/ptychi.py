"""The engines of Pty-Chi, where it is installed."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

from ptygui.methods.base import Finding, Iterate, Method, Remedy, SweepChoice
from ptygui.methods.refining import probe_modes, probe_update, resolved
from ptygui.methods.rpie import RPIE
from ptygui.options import AUTO, option
from ptygui.scan import Scan

if TYPE_CHECKING:
    from ptygui.methods.problem import Problem

ENGINES = {
    "LSQML": "LSQMLOptions", "rPIE": "RPIEOptions", "ePIE": "EPIEOptions", "DM": "DMOptions",
    "RAAR": "RAAROptions", "BH": "BHOptions",
}  # fmt: skip


@dataclass(frozen=True)
class PtyChi(Method):
    """Pty-Chi's engines (Argonne National Laboratory), as installed beside this program.

    A step is one of its epochs. Object, probe and positions come back after each; what else an engine holds
    (momentum, exit waves) does not, so a run that is resumed goes on from the estimates alone.
    """

    label: ClassVar[str] = "Pty-Chi"
    value_bytes: ClassVar[float] = 40
    pixel_bytes: ClassVar[float] = 180

    engine: str = option(
        "LSQML", choices=tuple(ENGINES),
        help="which of its engines: least squares (LSQML), projections (DM, RAAR), PIE, or bilinear Hessian",
    )  # fmt: skip
    iterations: int = option(
        100, min=1, max=10_000_000, help="epochs: more fits the data more closely, noise included"
    )
    batch_size: int = option(
        100, min=0, max=1_000_000, help="positions in each update: more is faster per epoch; 0: all at once"
    )
    batching: str = option(
        "random", choices=("random", "compact"), advanced=True,
        help="which positions are updated together: any, or neighbours",
    )  # fmt: skip
    alpha: float = option(
        0.1, min=0, max=10, symbol="α", help="of rPIE and ePIE: more is more stable, but slower"
    )
    beta: float = option(
        0.75, min=0.51, max=1, symbol="β", advanced=True, help="of RAAR: more is nearer to difference map"
    )
    momentum: float = option(
        0.0,
        min=0,
        max=2,
        advanced=True,
        help="of LSQML: gain of its momentum: more is faster; 0.5 with compact batches",
    )
    descent: str = option(
        "CG", choices=("GD", "CG"), advanced=True,
        help="of BH: plain or conjugate gradients; the latter want all positions at once",
    )  # fmt: skip
    probe_update: str = probe_update()
    position_update: bool = option(False, help="refine the positions as well, as Pty-Chi does")
    probe_modes: int = probe_modes()

    @classmethod
    def in_sweep(cls) -> tuple[SweepChoice, ...]:  # noqa: D102
        return super().in_sweep() if installed() else ()

    @property
    def total(self) -> int:  # noqa: D102
        return self.iterations

    @property
    def stochastic(self) -> bool:
        """Batches are drawn at random, of the engines that have some."""
        return self.engine in ("LSQML", "rPIE", "ePIE", "BH") and self.batch_size > 0

    def checks(self, scan: Scan | None) -> Iterator[Finding]:
        """Whether it is installed, and knows all that the scan says."""
        if not installed():
            instead = Remedy("Use rPIE", method=RPIE())
            yield Finding("stop", "Pty-Chi is not installed: the page Methods says how.", (instead,))
        if scan is None:
            return
        if scan.mask is not None and scan.mask.ndim == 3:
            yield Finding("stop", "Pty-Chi takes one mask for all patterns, this scan has one for each.")
        if scan.weights is not None or scan.background is not None:
            yield Finding("warn", "Pty-Chi is not told of the scan's background and the flicker of its beam.")

    def iterates(self, problem: "Problem") -> Generator[Iterate, None, None]:  # noqa: D102
        from ptygui.methods.solvers.guest import Guest
        from ptygui.methods.solvers.refinement import Refined, kept

        probe = problem.measured if self.probe_update == AUTO else self.probe_update == "yes"
        refined = Refined(probe=probe, positions="yes" if self.position_update else "no")
        options = self._options(len(problem.forward), probe)
        guest = Guest(problem, ENGINES[self.engine], options, refined, self.probe_modes)
        for k in range(problem.resume.get("index", 0), self.iterations):
            guest.epoch()
            obj, forward = guest.obj(), guest.forward()
            state = {"index": k + 1, "obj": obj, **guest.state(), **kept(forward, refined)}
            found = resolved(self, refined, forward.modes)
            yield Iterate(obj, k + 1, state, forward=forward, resolved=found)

    def _options(self, positions: int, probe: bool) -> dict[str, Any]:
        """Its options by their paths."""
        found: dict[str, Any] = {
            "reconstructor_options.batch_size": self.batch_size or positions,
            "reconstructor_options.batching_mode": self.batching,
        }
        if self.engine == "LSQML":
            found["reconstructor_options.momentum_acceleration_gain"] = self.momentum
            found["reconstructor_options.rescale_probe_intensity_in_first_epoch"] = probe
        elif self.engine == "RAAR":
            found["reconstructor_options.beta"] = self.beta
        elif self.engine == "BH":
            found["reconstructor_options.method"] = self.descent
        elif self.engine in ("rPIE", "ePIE"):
            found |= {"object_options.alpha": self.alpha, "probe_options.alpha": self.alpha}
        return found


def installed() -> bool:
    """Whether Pty-Chi is there."""
    return find_spec("ptychi") is not None
