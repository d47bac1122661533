"""What the description of a scan may get wrong, for tests of how much a method depends on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ptygui.analysis import metrics
from ptygui.analysis.align import align
from ptygui.errors import InputError
from ptygui.physics.probe import pupil_of
from ptygui.scan import Scan

_PROBE = {"probe_update": "yes"}


@dataclass(frozen=True)
class Fault:
    """What is wrong, and the options of a method that refine it.

    Attributes
    ----------
    simulated : mapping
        Options of the simulation, such as modes that the description leaves out.
    positions : float
        Error of the positions, root-mean-square along each axis [px].
    defocus : float
        Error of the probe's defocus [rad at the edge of the pupil].
    noise : float
        Of the probe, relative to its largest amplitude.
    rounded : bool
        Whether positions are given in whole pixels.
    coherent : bool
        Whether weaker modes, weights and background are left out.
    refine : mapping
        Options of a method.
    """

    simulated: Mapping[str, Any] = field(default_factory=dict)
    positions: float = 0.0
    defocus: float = 0.0
    noise: float = 0.0
    rounded: bool = False
    coherent: bool = False
    refine: Mapping[str, Any] = field(default_factory=dict)


FAULTS = {
    "nothing": Fault(refine=_PROBE),
    "true sub-pixel positions": Fault({"whole_pixels": False}),
    "the same, rounded": Fault({"whole_pixels": False}, rounded=True, refine={"position_update": "yes"}),
    "positions off by 1 px rms": Fault(positions=1.0, refine={"position_update": "yes"}),
    "probe off by 1 rad of defocus": Fault(defocus=1.0, refine=_PROBE),
    "probe with 5 % noise": Fault(noise=0.05, refine=_PROBE),
    "10 % of the power in a second mode": Fault(
        {"modes": 2}, coherent=True, refine=_PROBE | {"probe_modes": 2}
    ),
    "all at once": Fault(
        {"whole_pixels": False, "modes": 2, "background": 2.0, "flicker": 0.05}, positions=0.5, defocus=0.5,
        coherent=True, refine=_PROBE | {
            "probe_modes": 2, "position_update": "yes", "weight_update": True,
            "background_update": "constant",
        },
    ),
}  # fmt: skip


def as_described(true: Scan, name: str, seed: int) -> Scan:
    """A scan of the probe `medium` as a file with this fault would describe it.

    Raises
    ------
    InputError
        If there is no such fault.
    """
    if name not in FAULTS:
        raise InputError(f"what is wrong is {name!r}, expected one of {', '.join(FAULTS)}")
    return described(true, FAULTS[name], seed)


def described(true: Scan, fault: Fault, seed: int) -> Scan:
    """The same for any fault."""
    width = true.width
    rng, pupil = np.random.default_rng([seed, 7]), pupil_of("medium", width)
    assert pupil is not None
    changes: dict[str, Any] = {}
    if fault.positions or fault.rounded:
        positions = true.positions + fault.positions * rng.normal(size=true.positions.shape)
        positions = np.rint(positions) if fault.rounded else positions
        changes["positions"] = np.clip(positions, 0, np.array(true.object_shape) - width)
    if fault.defocus:
        probe = replace(pupil, defocus=pupil.defocus + fault.defocus).probe(width)
        changes["probe"] = probe * np.linalg.norm(true.probe) / np.linalg.norm(probe)
    if fault.noise:
        noise = rng.normal(size=(2, *true.probe.shape)) / np.sqrt(2) * np.abs(true.probe).max()
        changes["probe"] = true.probe + fault.noise * (noise[0] + 1j * noise[1])
    if fault.coherent:
        changes |= {"weaker_modes": None, "weights": None, "background": None}
        probe = changes.get("probe", true.probe)
        changes["probe"] = probe * np.linalg.norm(true.modes) / np.linalg.norm(probe)
    return replace(true, **changes)


def lit_error(obj: np.ndarray, true: Scan) -> float:
    """NRMSE of the lit area after scale, phase ramp and sub-pixel shift, which a wrong model leaves open."""
    if true.truth is None:
        raise ValueError(f"{true.name} has no truth to compare with")
    lit = metrics.illuminated(true.illumination)
    aligned = align(obj, true.truth, lit, ramp=True, shift=True).apply(obj)
    return metrics.nrmse(aligned, true.truth, region=lit, align="complex")
