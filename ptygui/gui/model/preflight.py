"""Checks before a run: what is missing or does not fit, each with what mends it. No widgets, no session.

checks_of(Situation())
# [Check("stop", "There is no scan yet.", Mend("Load the example", "example"))]
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ptygui.errors import InputError
from ptygui.gui.background.imports import load
from ptygui.methods import AWF, DAPS, DPS, Method, UNet
from ptygui.physics.overlap import Sampling, sampling
from ptygui.physics.probe import Pupil
from ptygui.physics.simulate import Simulation
from ptygui.scan import Scan

STOP, WARN, NOTE = "stop", "warn", "note"  # it cannot run; it will run badly; good to know
FEW_COUNTS = 30  # at the brightest pixel, below which photon noise is most of what is seen
EDGE = 0.1  # share of the probe's energy in its window's rim, above which it is cut off
OUTSIDE = 0.05  # share of an object's pixels beyond what a prior knows
# Peak memory of a run [bytes a measured value], found by running each on 28 million of them
_BYTES = {DPS: 67}
_BYTES_USUAL = 38
_NETWORK_BYTES = 5e8


@dataclass(frozen=True)
class Mend:
    """A click that mends something: its label, what the window does, and with what."""

    label: str
    action: str
    value: Any = None


@dataclass(frozen=True)
class Check:
    """One thing that is missing or does not fit: "stop", "warn" or "note"."""

    level: str
    text: str
    mend: Mend | None = None


@dataclass(frozen=True, eq=False)
class Situation:
    """What a run would start from.

    Attributes
    ----------
    scan : Scan, optional
    method : Method, optional
        None where an option is refused; `refusal` says why.
    measured : bool
        Whether the scan is from a file.
    options : Simulation
        What the simulation is set to; `invalid` says why there can be no such scan, and `stale` whether
        they were changed and not simulated.
    probe_width : int
        Of the probe of simulations [px]; `pupil` where that is the focus of one.
    device : str
        As chosen; `found` tells what there is, such as "cpu (2 threads)", empty while that is not known.
    """

    scan: Scan | None = None
    method: Method | None = None
    refusal: str = ""
    measured: bool = False
    options: Simulation | None = None
    invalid: str = ""
    stale: bool = False
    probe_width: int = 0
    pupil: Pupil | None = None
    device: str = "auto"
    found: str = ""


def checks_of(situation: Situation) -> list[Check]:
    """All that is to say, the worst first. Reads descriptions of models: not for the GUI thread."""
    found = [*_scan_checks(situation), *_run_checks(situation)]
    return sorted(found, key=lambda check: (STOP, WARN, NOTE).index(check.level))


def _scan_checks(s: Situation) -> Iterator[Check]:
    if s.invalid:
        yield Check(WARN, f"No such scan can be simulated: {s.invalid}.", _possible(s))
    elif s.stale:
        yield Check(
            WARN, "The overlap or its options were changed, but not simulated.", Mend("Simulate", "simulate")
        )
    if s.scan is None:
        yield Check(STOP, "There is no scan yet.", Mend("Load the example", "example"))
        return
    scan = s.scan
    trusted = 1.0 if scan.mask is None else float(np.mean(scan.mask))
    figures = sampling(scan.corners, scan.probe, scan.object_shape, trusted=trusted)
    yield from _light(s, scan)
    yield from _reach(s, figures)
    away = float(np.abs(scan.positions - scan.corners).max())
    if away > 0.01:
        yield Check(
            NOTE, f"Positions are fractions of a pixel, up to {away:.2f} px off: they are rounded.",
            Mend("Show the scan", "dock", "scan"),
        )  # fmt: skip
    yield from _probe(s, scan)


def _possible(s: Situation) -> Mend:
    """What makes a scan possible: a step of a pixel or more, or room for the probe."""
    reference = s.options.reference_length or s.probe_width
    if (1 - s.options.overlap) * reference < 1:
        percent = int(100 * (1 - 1 / max(reference, 1)))
        return Mend(f"Overlap {percent} %", "overlap", percent)
    return Mend(f"Object of {4 * s.probe_width} px", "object", 4 * s.probe_width)


def _light(s: Situation, scan: Scan) -> Iterator[Check]:
    brightest = float(scan.patterns.max())
    some = scan.patterns.ravel()[:: max(1, scan.patterns.size // 100_000)]
    if scan.noise == "poisson" and s.measured and np.any(some != np.rint(some)):
        yield Check(
            WARN,
            f"Counts are no whole numbers (brightest {brightest:.3g}): unless they are photons, noise floor "
            "and the weight of the data are off.",
            Mend("Show the scan", "dock", "scan"),
        )
    if brightest < FEW_COUNTS and scan.noise == "poisson":
        mend = Mend("Show the scan", "dock", "scan")
        if not s.measured and s.options is not None:
            mend = Mend("100,000 counts", "options", replace(s.options, photons=1e5))
        yield Check(WARN, f"The brightest pixel has {brightest:.3g} counts: mostly photon noise.", mend)


def _reach(s: Situation, figures: Sampling) -> Iterator[Check]:
    unreached = 1 - figures.reached
    if unreached > 0.01:
        mend = Mend("Show the scan", "dock", "scan")
        if not s.measured and s.options is not None and s.options.layout != "cover":
            mend = Mend("Cover the object", "options", replace(s.options, layout="cover"))
        yield Check(WARN, f"{unreached:.0%} of the object lies in no patch: no data tell of it.", mend)
    helped = s.method is None or s.method.diffusion or isinstance(s.method, UNet)
    if figures.data_per_unknown < 1 and not helped:
        yield Check(
            WARN,
            f"{figures.data_per_unknown:.2f} measured values a real unknown: without a prior, the data alone "
            "cannot decide.",
            Mend("Use the diffusion", "method", DAPS()),
        )


def _probe(s: Situation, scan: Scan) -> Iterator[Check]:
    rim = max(1, scan.width // 16)
    intensity = np.abs(scan.probe).astype(float) ** 2
    cut = 1 - intensity[rim:-rim, rim:-rim].sum() / intensity.sum()
    if cut > EDGE:
        mend = Mend("Show the probe", "dock", "probe")
        wider = 2 * scan.width
        if not s.measured and s.pupil is not None and wider <= min(512, *scan.object_shape):
            mend = Mend(f"Window of {wider} px", "pupil", (s.pupil, wider))
        yield Check(
            WARN, f"{cut:.0%} of the probe's energy is at its window's edge: it is cut off there.", mend
        )


def _run_checks(s: Situation) -> Iterator[Check]:
    if s.method is None:
        if s.refusal:
            yield Check(STOP, f"The method cannot run: {s.refusal}.", Mend("Reset its options", "reset"))
        return
    if s.device == "cuda" and s.found.startswith("cpu"):
        yield Check(STOP, "There is no CUDA device here.", Mend("Use auto", "device", "auto"))
    if s.scan is not None:
        yield from _memory(s.scan, s.method)
    if s.found:  # else torch is not imported yet, and should not be for this
        if s.method.diffusion:
            load(networks=True)  # in turn with the warm-up, which may be importing the same
            yield from _prior(s)
        elif isinstance(s.method, UNet):
            load(networks=False)
            yield from _unet(s)


def _memory(scan: Scan, method: Method) -> Iterator[Check]:
    need = scan.patterns.size * _BYTES.get(type(method), _BYTES_USUAL) + _NETWORK_BYTES
    try:
        there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # no such call here: nothing to say
        return
    if need > 0.8 * there:
        text = f"The run needs about {need / 1e9:.1f} GB, there are {there / 1e9:.1f} GB."
        mend = Mend("Use the fast diffusion", "method", DAPS()) if isinstance(method, DPS) else None
        yield Check(WARN, text, mend or Mend("Show the scan", "dock", "scan"))


def _prior(s: Situation) -> Iterator[Check]:
    from ptygui.networks.checkpoint import load_info
    from ptygui.prior.prior import list_priors, model_folder

    try:
        info = load_info(model_folder(s.method.prior))
    except InputError as error:
        usual = type(s.method)().prior
        known = sorted(set(list_priors()) - {s.method.prior}, key=lambda name: (name != usual, name))
        mend = Mend("Choose a prior…", "choose", "prior")
        if known:
            mend = Mend(f"Use {known[0]}", "method", replace(s.method, prior=known[0]))
        yield Check(STOP, f"The prior cannot be read: {error}.", mend)
        return
    if s.scan is not None and s.scan.truth is not None:
        beyond = _beyond(s.scan.truth, info.channels)
        if beyond > OUTSIDE:
            yield Check(
                WARN, f"{beyond:.0%} of the object is beyond the amplitudes and phases that the prior "
                "learned: it is of another kind.", Mend("Use AWF, without a prior", "method", AWF()),
            )  # fmt: skip


def _beyond(truth: np.ndarray, channels) -> float:
    """Share of an object's pixels a quarter beyond the range of a prior's channels; global phase is free."""
    amplitude = np.abs((np.abs(truth) - channels.amplitude_centre) / channels.amplitude_scale)
    phase = np.abs(np.angle(truth * np.conj(truth.mean()))) / channels.phase_scale
    return float(max(np.mean(amplitude > 1.25), np.mean(phase > 1.25 * channels.phase_reach)))


def _unet(s: Situation) -> Iterator[Check]:
    from ptygui.networks.corrector import list_unets, load_unet_info, unet_folder
    from ptygui.physics.positions import overlap_ratio

    method, scan = s.method, s.scan
    if scan is None:
        return
    overlap = overlap_ratio(scan.corners, scan.width)
    try:
        folder = method.folder(scan.corners, scan.width)
        info = load_unet_info(unet_folder(folder))
    except InputError as error:
        yield Check(STOP, f"The U-Net cannot be read: {error}.", Mend("Use AWF", "method", AWF()))
        return
    if abs(info.overlap - overlap) > UNet.SAME:
        fitting = [name for name, trained in list_unets().items() if abs(trained - overlap) <= UNet.SAME]
        if fitting:
            mend = Mend(f"Use {fitting[0]}", "method", replace(method, network=fitting[0]))
        elif not s.measured:
            percent = round(100 * info.overlap)
            mend = Mend(f"Overlap {percent} %", "overlap", percent)
        else:
            mend = Mend("Use AWF", "method", AWF())
        yield Check(
            WARN, f"The U-Net is for an overlap of {info.overlap:.0%}, the scan has {overlap:.0%}.", mend
        )
    if info.iterations != method.iterations:
        mend = Mend(f"{info.iterations} iterations", "method", replace(method, iterations=info.iterations))
        yield Check(WARN, f"The U-Net learned from {info.iterations} AWF iterations.", mend)
