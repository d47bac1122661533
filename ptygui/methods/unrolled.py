"""Unrolled network: AWF, then steps of Wirtinger flow and learned convolutional priors by turns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ptygui.methods import refining
from ptygui.methods.after_awf import AfterAWF
from ptygui.methods.awf import AWF
from ptygui.options import option
from ptygui.scan import Scan

if TYPE_CHECKING:
    from torch import Tensor

    from ptygui.methods.problem import Problem
    from ptygui.networks.trained import Trained
    from ptygui.networks.unrolled import UnrolledSolver
    from ptygui.physics.forward import Forward


@dataclass(frozen=True)
class Unrolled(AfterAWF):
    """Unrolled network (after PtychoDV, Gan et al. 2024): Wirtinger-flow steps and learned priors by turns.

    A few blocks, each of some steps towards the data and one convolutional network, see
    `networks.unrolled.Unrolled`, trained together for one overlap. PtychoDV begins from a vision transformer;
    here AWF makes the image to begin from, which is as fast and needs no training. What else a scan says
    wrongly is refined by AWF, and then held.
    """

    label: ClassVar[str] = "Unrolled network"
    needs: ClassVar[Mapping[str, str]] = {"unrolled": "network"}

    awf_iterations: int = option(
        50, min=1, max=1_000_000,
        help="AWF iterations before the network, as many as in its training: more or fewer give images of "
        "a kind that it was not trained on",
    )  # fmt: skip
    probe_update: str = refining.probe_update()
    position_update: str = refining.position_update()
    weight_update: bool = refining.weight_update()
    background_update: str = refining.background_update()
    probe_modes: int = refining.probe_modes()

    @staticmethod
    def trained() -> "Trained[Any]":  # noqa: D102
        from ptygui.networks.unrolled import UNROLLEDS

        return UNROLLEDS

    def awf(self) -> AWF:
        """AWF with the same refinement."""
        same = {name: getattr(self, name) for name in refining.NAMES}
        return AWF(iterations=self.awf_iterations, **same)

    @staticmethod
    def loaded(folder: str, device: str) -> "UnrolledSolver":  # noqa: D102
        from ptygui.networks.unrolled import load_unrolled

        return load_unrolled(folder, device)

    def corrected(  # noqa: D102
        self, network: "UnrolledSolver", problem: "Problem", obj: "Tensor", forward: "Forward"
    ) -> "tuple[Tensor, int]":
        from ptygui.methods.solvers.modulus import ModulusStep

        step = ModulusStep(problem, forward=forward)
        return network(obj, step.back, step.w), network.network.blocks

    def memory(self, scan: Scan) -> float:
        """The memory of AWF and then of the networks, while the waves are still held."""
        rows, columns = scan.object_shape
        return super().memory(scan) + 400 * rows * columns
