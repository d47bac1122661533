"""PtychoNN: each pattern through a network to a patch, and the patches stitched."""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from ptygui.errors import InputError
from ptygui.methods.awf import AWF
from ptygui.methods.base import Finding, Iterate, Iterates, Method, Remedy
from ptygui.options import option
from ptygui.scan import Geometry, Scan

if TYPE_CHECKING:
    from torch import Tensor

    from ptygui.methods.problem import Problem
    from ptygui.networks.ptychonn import Predictor, PtychoNNInfo

_AT_ONCE = 256  # patterns
_ALIKE = 0.95  # correlation of two probes, above which they count as one


@dataclass(frozen=True)
class PtychoNN(Method):
    """PtychoNN (Cherukara et al. 2020): a network turns each pattern into a patch, patches are averaged.

    With f_k the network's answer to pattern k alone, and the illumination w = sum_k D_k^T |P|²::

        f = sum_k D_k^T |P|² f_k / w

    No pattern is compared with what the object would give, and overlaps are only averaged: on objects unlike
    those of its training, the network draws what it knows. AWF iterations afterwards bring the data in.
    """

    label: ClassVar[str] = "PtychoNN"
    needs: ClassVar[Mapping[str, str]] = {"ptychonn": "network"}
    fits: ClassVar[bool] = False
    fixed_bytes: ClassVar[float] = 1.5e8  # activations of the patterns that are computed at once, at 32 px

    network: str = option(
        "ptychonn-blood", kind="folder", help="the trained network: a name in models/ or a folder"
    )
    awf_iterations: int = option(
        0, min=0, max=1_000_000,
        help="AWF iterations after the network, from its object: more fits the data; 0: the network alone",
    )  # fmt: skip

    @property
    def total(self) -> int:  # noqa: D102
        return 1 + self.awf_iterations

    def iterates(self, problem: "Problem") -> Iterates:  # noqa: D102
        from ptygui.networks.ptychonn import load_predictor

        predictor = load_predictor(self.network, str(problem.device))
        note, resume, forward = self._note(predictor.info), problem.resume, problem.forward
        if forward.size != predictor.info.width:
            raise InputError(self._refusal(predictor.info, forward.size))
        if not resume:
            for obj in stitched(problem, predictor):
                if obj is None:
                    yield None
                else:
                    resume = {"index": 0, "obj": obj}  # of AWF, which goes on from there
            yield Iterate(resume["obj"], 1, resume, nfe=1, note=note)
        if not self.awf_iterations:
            return
        awf = replace(problem, resume=resume)
        for iterate in AWF(iterations=self.awf_iterations).iterates(awf):
            yield replace(iterate, index=iterate.index + 1, nfe=1, note=note)

    def checks(self, scan: Scan | None) -> Iterator[Finding]:
        """Whether the network can be read, and is for such patterns and such a probe."""
        from ptygui.networks.ptychonn import PTYCHONN

        plain = Remedy("Use AWF", method=AWF())
        try:
            info = PTYCHONN.read(PTYCHONN.folder(self.network))
        except InputError as error:
            yield Finding("stop", f"The PtychoNN cannot be read: {error}.", (plain,))
            return
        if scan is None:
            return
        if scan.width != info.width:
            yield Finding("stop", f"{self._refusal(info, scan.width)}.", (plain,))
            return
        if _correlation(scan, info) < _ALIKE:
            yield Finding(
                "warn",
                f"The PtychoNN was trained with the probe {info.probe}, the scan has another.",
                (plain,),
            )
        if scan.weaker_modes is not None:
            yield Finding(
                "warn", "The PtychoNN was trained with a coherent beam, the scan's probe has modes.", (plain,)
            )

    def weights(self, scan: Geometry) -> dict[str, str]:  # noqa: D102
        from ptygui.networks.ptychonn import load_predictor

        return {"ptychonn sha256": load_predictor(self.network).identity}

    def _refusal(self, info: "PtychoNNInfo", width: int) -> str:
        return (
            f"network {self.network} is for patterns of {info.width} px, the scan has them of {width} px: "
            f"bin or crop them, or train another with `ptygui train ptychonn --probe-width {width}`"
        )

    def _note(self, info: "PtychoNNInfo") -> str:
        data = ", ".join(info.training.get("data", [])[:3]) or "unknown objects"
        return f"the PtychoNN knows {data}: of other objects it hallucinates"


def stitched(problem: "Problem", predictor: "Predictor") -> Generator["Tensor | None", None, None]:
    """The average of all patches, weighted with |P|², as the last of what it yields; None in between.

    A known background is subtracted from the counts; a brighter frame is shown as bright as the others.
    Pixels without light keep those of the start.
    """
    from ptygui.physics.forward import part_of, squared_modulus

    forward, y = problem.forward, problem.amplitudes
    light = squared_modulus(forward.probe)
    light = light.sum(0) if light.ndim == 3 else light
    total, w = problem.start.new_zeros(problem.start.shape), light.new_zeros(forward.object_shape)
    for first in range(0, len(forward), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        some, shown = forward.subset(part), y[part]
        if forward.background is not None:
            shown = (shown.square() - forward.background).clamp_min(0).sqrt()
        if some.weights is not None:
            shown = shown / some.weights[:, None, None].clamp_min(1e-3)
        some.place(predictor(shown, forward.probe, part_of(problem.mask, part)) * light, total)
        some.place(light.expand(len(some), -1, -1), w)
        yield None
    yield (total / w.clamp_min(1e-30)).where(w > 1e-6 * w.max(), problem.start)


def _correlation(scan: Scan, info: "PtychoNNInfo") -> float:
    """How alike the probes of a scan and of a training are, 0 ... 1, whatever their phases and brightness."""
    import numpy as np

    from ptygui.physics.probe import make_probe

    theirs, ours = make_probe(info.probe, info.width), scan.probe
    return float(abs(np.vdot(theirs, ours)) / (np.linalg.norm(theirs) * np.linalg.norm(ours)))
