"""AfterAWF: what the methods have in common that run AWF, then a network that was trained for one overlap."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ptygui.errors import InputError
from ptygui.methods.awf import AWF
from ptygui.methods.base import Finding, Iterate, Iterates, Method, Remedy
from ptygui.options import option
from ptygui.scan import Geometry, Scan

if TYPE_CHECKING:
    from torch import Tensor

    from ptygui.methods.problem import Problem
    from ptygui.networks.trained import Trained
    from ptygui.physics.forward import Forward


@dataclass(frozen=True)
class AfterAWF(Method):
    """AWF, then a network. A subclass says which kind, and applies it."""

    fits: ClassVar[bool] = False
    SAME: ClassVar[float] = 0.03  # overlap ratios closer than this are equal: positions are whole pixels

    network: str = option(
        "", kind="folder", auto=True,
        help="the trained network: a name in models/ or a folder; auto: the one of the nearest overlap",
    )  # fmt: skip
    awf_iterations: int = option(
        300, min=1, max=1_000_000, was=("iterations",),
        help="AWF iterations before the network, as many as in its training: more or fewer give images of "
        "a kind that it was not trained on",
    )  # fmt: skip

    @staticmethod
    @abstractmethod
    def trained() -> "Trained[Any]":
        """The kind of its networks."""

    @staticmethod
    @abstractmethod
    def loaded(folder: str, device: str) -> Any:
        """The network of a folder, before AWF: what cannot be read is known before any time is spent."""

    @abstractmethod
    def corrected(
        self, network: Any, problem: "Problem", obj: "Tensor", forward: "Forward"
    ) -> "tuple[Tensor, int]":
        """The network's object after that of AWF, and its evaluations; `forward` is what AWF refined."""

    def awf(self) -> AWF:
        """AWF before the network."""
        return AWF(iterations=self.awf_iterations)

    @property
    def total(self) -> int:  # noqa: D102
        return self.awf_iterations + 1

    def iterates(self, problem: "Problem") -> Iterates:  # noqa: D102
        from ptygui.methods.solvers.refinement import begun
        from ptygui.physics.positions import overlap_ratio
        from ptygui.physics.threads import all_threads

        corners, width = problem.forward.corners.cpu().numpy(), problem.forward.size
        folder = self.folder(corners, width)
        network = self.loaded(folder, str(problem.device))
        resolved = {"network": Path(folder).name} if self.left_open() else {}
        note = self._note(network.info, overlap_ratio(corners, width))
        state, done = problem.resume, problem.resume.get("done", 0)
        awf, last = self.awf(), Iterate(state.get("obj", problem.start), self.awf_iterations, state)
        for last in awf.iterates(problem):
            # After a complete run this index was the network's: a run with more iterations skips it.
            shown = replace(last, resolved=resolved | last.resolved, note=note)
            yield shown if last.index > done else None
        forward, _ = begun(replace(problem, resume=last.state), awf.probe_modes)
        with all_threads():
            obj, evaluations = self.corrected(network, problem, last.obj, forward)
        state = {**last.state, "done": self.total}
        resolved |= last.resolved
        yield Iterate(obj, self.total, state, forward, evaluations, resolved=resolved, note=note)

    def folder(self, corners: np.ndarray, width: int) -> str:
        """The network for a scan: the one chosen, or the shipped one of the nearest overlap.

        Parameters
        ----------
        corners : int array, shape (K, 2)
            First row and column of each patch [px].
        width : int
            Of the probe [px].
        """
        from ptygui.networks import trained
        from ptygui.physics.positions import overlap_ratio

        return self.network or trained.nearest(self.trained(), overlap_ratio(corners, width))

    def checks(self, scan: Scan | None) -> Iterator[Finding]:
        """Whether the network can be read, and is for this overlap and for as many AWF iterations."""
        from ptygui.physics.positions import overlap_ratio

        if scan is None:
            return
        kind, overlap = self.trained(), overlap_ratio(scan.corners, scan.width)
        plain = Remedy("Use AWF", method=AWF())
        try:
            info = kind.read(kind.folder(self.folder(scan.corners, scan.width)))
        except InputError as error:
            yield Finding("stop", f"The {kind.name} cannot be read: {error}.", (plain,))
            return
        if abs(info.overlap - overlap) > self.SAME:
            known = kind.listed().items()
            fitting = [name for name, one in known if abs(one.overlap - overlap) <= self.SAME]
            use = [Remedy(f"Use {name}", method=replace(self, network=name)) for name in fitting[:1]]
            move = Remedy(f"Overlap {info.overlap:.0%}".replace("%", " %"), overlap=info.overlap)
            yield Finding(
                "warn",
                f"The {kind.name} is for an overlap of {info.overlap:.0%}, the scan has {overlap:.0%}.",
                (*use, move, plain),
            )
        if info.iterations != self.awf_iterations:
            same = replace(self, awf_iterations=info.iterations)
            yield Finding(
                "warn",
                f"The {kind.name} was trained with {info.iterations} AWF iterations.",
                (Remedy(f"{info.iterations} iterations", method=same),),
            )

    def weights(self, scan: Geometry) -> dict[str, str]:  # noqa: D102
        kind = self.trained()
        identity = kind.identity(kind.folder(self.folder(scan.corners, scan.width)))
        return {f"{kind.key} sha256": identity}

    def _note(self, trained: Any, overlap: float) -> str:
        """How the run differs from the network's training, in one sentence; empty if it does not."""
        said = []
        if abs(trained.overlap - overlap) > self.SAME:
            said.append(f"an overlap of {trained.overlap:.0%}, this scan has {overlap:.0%}")
        if trained.iterations != self.awf_iterations:
            said.append(f"{trained.iterations} AWF iterations, here there are {self.awf_iterations}")
        name = self.trained().name
        return (
            f"the {name} was trained for {', and for '.join(said)}: expect less improvement" if said else ""
        )
