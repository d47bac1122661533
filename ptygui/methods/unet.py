"""U-Net post-processing: AWF, then one pass through a trained network."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ptygui.methods.after_awf import AfterAWF
from ptygui.methods.base import SweepChoice
from ptygui.scan import Scan

if TYPE_CHECKING:
    from torch import Tensor

    from ptygui.methods.problem import Problem
    from ptygui.networks.corrector import Corrector
    from ptygui.networks.trained import Trained
    from ptygui.physics.forward import Forward


@dataclass(frozen=True)
class UNet(AfterAWF):
    """AWF, then one pass through a trained U-Net, the paper's post-processing baseline.

    The network corrects amplitude and phase of AWF reconstructions at the overlap it was trained for
    (Cam et al. 2025, section 4); at another overlap it helps less, and the run says so.
    """

    label: ClassVar[str] = "U-Net"
    needs: ClassVar[Mapping[str, str]] = {"unet": "network"}

    @classmethod
    def in_sweep(cls) -> tuple[SweepChoice, ...]:  # noqa: D102
        return (SweepChoice(cls.key(), cls.label, "AWF, then the U-Net of the nearest overlap"),)

    @staticmethod
    def trained() -> "Trained[Any]":  # noqa: D102
        from ptygui.networks.corrector import UNETS

        return UNETS

    @staticmethod
    def loaded(folder: str, device: str) -> "Corrector":  # noqa: D102
        from ptygui.networks.corrector import load_corrector

        return load_corrector(folder, device)

    def corrected(  # noqa: D102
        self, network: "Corrector", problem: "Problem", obj: "Tensor", forward: "Forward"
    ) -> "tuple[Tensor, int]":
        return network(obj, problem.illumination), 1

    def memory(self, scan: Scan) -> float:
        """The memory of AWF, or later of the network, while the amplitudes are still held."""
        rows, columns = scan.object_shape
        return max(super().memory(scan), 8 * scan.size + 560 * rows * columns)
