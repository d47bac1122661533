"""U-Net post-processing: AWF, then one pass through a trained network."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ptygui.errors import InputError
from ptygui.methods.awf import AWF
from ptygui.methods.base import Finding, Iterate, Iterates, Method, Remedy, SweepChoice
from ptygui.options import option
from ptygui.scan import Geometry, Scan

if TYPE_CHECKING:
    from ptygui.methods.problem import Problem
    from ptygui.networks.corrector import UNetInfo


@dataclass(frozen=True)
class UNet(Method):
    """AWF, then one pass through a trained U-Net, as the paper's post-processing baseline.

    The network corrects amplitude and phase of AWF reconstructions at the overlap it was trained for
    (Cam et al. 2025, section 4); at another it does less, and the run says so.
    """

    label: ClassVar[str] = "U-Net"
    needs: ClassVar[Mapping[str, str]] = {"unet": "network"}
    fits: ClassVar[bool] = False
    SAME: ClassVar[float] = 0.03  # overlap ratios that differ by less are one: positions are whole pixels

    network: str = option(
        "", kind="folder", auto=True,
        help="the trained network: a name in models/ or a folder; auto: the one of the nearest overlap",
    )  # fmt: skip
    awf_iterations: int = option(
        300, min=1, max=1_000_000, was=("iterations",),
        help="AWF iterations before the network, as many as it was trained with: more or less give images of "
        "a kind that it does not know",
    )  # fmt: skip

    @classmethod
    def in_sweep(cls) -> tuple[SweepChoice, ...]:  # noqa: D102
        return (SweepChoice(cls.key(), cls.label, "AWF, then the U-Net of the nearest overlap"),)

    @property
    def total(self) -> int:  # noqa: D102
        return self.awf_iterations + 1

    def iterates(self, problem: "Problem") -> Iterates:  # noqa: D102
        from ptygui.networks.corrector import load_corrector
        from ptygui.physics.positions import overlap_ratio
        from ptygui.physics.threads import all_threads

        corners, width = problem.forward.corners.cpu().numpy(), problem.forward.size
        folder = self.folder(corners, width)
        corrector = load_corrector(folder, str(problem.device))
        resolved = {"network": Path(folder).name} if self.left_open() else {}
        note = self._note(corrector.info, overlap_ratio(corners, width))
        state, done = problem.resume, problem.resume.get("done", 0)
        obj = state.get("obj", problem.start)
        for iterate in AWF(iterations=self.awf_iterations).iterates(problem):
            state, obj = iterate.state, iterate.obj
            # After a whole run this index was the network's: on the way to more iterations it is passed by.
            yield replace(iterate, resolved=resolved, note=note) if iterate.index > done else None
        with all_threads():
            corrected = corrector(obj, problem.illumination)
        state = {**state, "done": self.total}
        yield Iterate(corrected, self.total, state, nfe=1, resolved=resolved, note=note)

    def folder(self, corners: np.ndarray, width: int) -> str:
        """The network for a scan: the one asked for, or the shipped one of the nearest overlap.

        Parameters
        ----------
        corners : int array, shape (K, 2)
            First row and column of each patch [px].
        width : int
            Of the probe [px].
        """
        from ptygui.networks.corrector import nearest_unet
        from ptygui.physics.positions import overlap_ratio

        return self.network or nearest_unet(overlap_ratio(corners, width))

    def checks(self, scan: Scan | None) -> Iterator[Finding]:
        """Whether the network can be read, and is for this overlap and for as many AWF iterations."""
        from ptygui.networks.corrector import list_unets, load_unet_info, unet_folder
        from ptygui.physics.positions import overlap_ratio

        if scan is None:
            return
        overlap = overlap_ratio(scan.corners, scan.width)
        plain = Remedy("Use AWF", method=AWF())
        try:
            info = load_unet_info(unet_folder(self.folder(scan.corners, scan.width)))
        except InputError as error:
            yield Finding("stop", f"The U-Net cannot be read: {error}.", (plain,))
            return
        if abs(info.overlap - overlap) > self.SAME:
            fitting = [name for name, trained in list_unets().items() if abs(trained - overlap) <= self.SAME]
            use = [Remedy(f"Use {name}", method=replace(self, network=name)) for name in fitting[:1]]
            move = Remedy(f"Overlap {info.overlap:.0%}".replace("%", " %"), overlap=info.overlap)
            yield Finding(
                "warn",
                f"The U-Net is for an overlap of {info.overlap:.0%}, the scan has {overlap:.0%}.",
                (*use, move, plain),
            )
        if info.iterations != self.awf_iterations:
            same = replace(self, awf_iterations=info.iterations)
            yield Finding(
                "warn",
                f"The U-Net learned from {info.iterations} AWF iterations.",
                (Remedy(f"{info.iterations} iterations", method=same),),
            )

    def memory(self, scan: Scan) -> float:
        """What AWF takes, or later the network with the amplitudes still there."""
        rows, columns = scan.object_shape
        return max(super().memory(scan), 8 * scan.size + 560 * rows * columns)

    def weights(self, scan: Geometry) -> dict[str, str]:  # noqa: D102
        from ptygui.networks.corrector import load_corrector

        return {"unet sha256": load_corrector(self.folder(scan.corners, scan.width)).identity}

    def _note(self, trained: "UNetInfo", overlap: float) -> str:
        """What is not as the network was trained, in one sentence; empty where all is."""
        said = []
        if abs(trained.overlap - overlap) > self.SAME:
            said.append(f"an overlap of {trained.overlap:.0%}, this scan has {overlap:.0%}")
        if trained.iterations != self.awf_iterations:
            said.append(f"{trained.iterations} AWF iterations, here there are {self.awf_iterations}")
        return f"the U-Net was trained for {', and for '.join(said)}: expect less of it" if said else ""
