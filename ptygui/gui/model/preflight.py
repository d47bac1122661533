"""Checks before a run: what is missing or inconsistent, each with a fix. No widgets, no session.

checks_of(Situation())
# [Check("stop", "There is no scan yet.", Fix("Load the example", "example"))]
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ptygui import methods
from ptygui.experiment.memory import machine_memory, memory_needed, too_much
from ptygui.gui.background.imports import load
from ptygui.methods import Finding, Method, Remedy
from ptygui.physics.overlap import Sampling, sampling
from ptygui.physics.probe import Pupil
from ptygui.physics.simulate import Simulation
from ptygui.scan import Geometry, Scan

STOP, WARN, NOTE = "stop", "warn", "note"  # it cannot run; it will run badly; good to know
FEW_COUNTS = 30  # at the brightest pixel; below this, photon noise dominates
EDGE = 0.1  # share of the probe's energy at the edge of its window; above this the probe is cut off
_WARNING = "WARNING:"  # begins a note of a scan that must be seen
_GUESSED = "guessed from the mean pattern"  # in the note of a scan whose probe is


@dataclass(frozen=True)
class Fix:
    """A one-click fix: its label, what the window does, and the value it uses."""

    label: str
    action: str
    value: Any = None


_FIXES = {  # by words of the note
    "mask": Fix("Prepare…", "prepare"),
    "saturated": Fix("Prepare…", "prepare"),
    "turned": Fix("Orientation…", "orientation"),
    "probe": Fix("Estimate the probe", "estimate"),
    "position": Fix("Show the data", "dock", "scan"),
    "": Fix("Show the data", "dock", "scan"),
}


@dataclass(frozen=True)
class Check:
    """One thing that is missing or inconsistent.

    Attributes
    ----------
    level : {"stop", "warn", "note"}
    text : str
    fix : Fix, optional
    step : {"scan", "probe", "simulate", "method", "run"}
        The step on the way to a run that it belongs to.
    misleads : bool
        Whether the result will not show the sample: such warnings come first.
    """

    level: str
    text: str
    fix: Fix | None = None
    step: str = "scan"
    misleads: bool = False


@dataclass(frozen=True, eq=False)
class Situation:
    """Everything that a run would start from.

    Attributes
    ----------
    scan : Geometry, optional
    method : Method, optional
        None where an option is refused; `refusal` says why.
    settings_refusal : str
        Why a setting of the run is refused.
    measured : bool
        Whether the scan is from a file.
    options : Simulation
        The options of the simulation; `invalid` says why they allow no scan, and `stale` whether they were
        changed and not simulated.
    probe_width : int
        Of the probe of simulations [px]; `pupil` where that is the focus of one.
    device : str
        As chosen; `found` is the device found, such as "cpu (2 threads)", empty until it is known.
    """

    scan: Geometry | None = None
    method: Method | None = None
    refusal: str = ""
    settings_refusal: str = ""
    measured: bool = False
    options: Simulation | None = None
    invalid: str = ""
    stale: bool = False
    probe_width: int = 0
    pupil: Pupil | None = None
    device: str = "auto"
    found: str = ""


def checks_of(situation: Situation) -> list[Check]:
    """All checks that apply, the most severe first. Reads model descriptions: not for the GUI thread."""
    bare = situation.scan is not None and not situation.scan.has_patterns  # there is nothing to run
    found = [*_scan_checks(situation), *_run_checks(replace(situation, scan=None) if bare else situation)]
    return sorted(found, key=lambda check: ((STOP, WARN, NOTE).index(check.level), not check.misleads))


def _scan_checks(s: Situation) -> Iterator[Check]:
    if s.invalid:
        yield Check(WARN, f"This scan cannot be simulated: {s.invalid}.", _possible(s), "simulate")
    elif s.stale:
        yield Check(
            WARN, "The overlap or its options have changed: simulate again.", Fix("Simulate", "simulate"),
            "simulate",
        )  # fmt: skip
    if s.scan is None:
        yield Check(STOP, "There is no scan yet.", Fix("Load the example", "example"))
        return
    if not isinstance(s.scan, Scan):
        yield Check(
            STOP,
            "This is a result without its diffraction patterns.",
            Fix("Open its scan", "choose", "scan"),
        )
        return
    scan = s.scan
    figures = sampling(scan.corners, scan.probe, scan.object_shape, trusted=scan.trusted)
    yield from _told(s, scan)
    yield from _light(s, scan)
    yield from _reach(s, figures)
    yield from _probe(s, scan)


def _told(s: Situation, scan: Scan) -> Iterator[Check]:
    """What reading and preparation warned of: the result will not show the sample, or not all of it."""
    for note in scan.notes:
        if s.measured and note.startswith(_WARNING):
            text = note.removeprefix(_WARNING).strip()
            fix = next((fix for words, fix in _FIXES.items() if words in text), _FIXES[""])
            yield Check(WARN, f"{text[0].upper()}{text[1:].rstrip('.')}.", fix, "scan", misleads=True)
    if s.measured and any(_GUESSED in note for note in scan.notes):
        lit = np.abs(scan.probe) ** 2
        share = float((lit > 0.1 * lit.max()).mean())
        yield Check(
            WARN,
            f"The probe is guessed, in focus, and lights {_percent(share)} of its window: if the beam was "
            "wider, the result will be a grid of dots.",
            Fix("Estimate the probe", "estimate"),
            "probe",
            misleads=True,
        )


def _possible(s: Situation) -> Fix:
    """A fix that makes a scan possible: a step of a pixel or more, or room for the probe."""
    options = s.options or Simulation()
    reference = options.reference_length or s.probe_width
    if (1 - options.overlap) * reference < 1:
        percent = int(100 * (1 - 1 / max(reference, 1)))
        return Fix(f"Overlap {percent} %", "overlap", percent)
    return Fix(f"Object of {4 * s.probe_width} px", "object", 4 * s.probe_width)


def _light(s: Situation, scan: Scan) -> Iterator[Check]:
    brightest = scan.brightest
    _, some = next(scan.chunks())
    if scan.noise == "poisson" and s.measured and np.any(some != np.rint(some)):
        yield Check(
            WARN,
            f"Counts are not integers (brightest {brightest:.3g}): unless they are photons, noise floor "
            "and data weight are wrong.",
            Fix("Show the data", "dock", "scan"),
        )
    if brightest < FEW_COUNTS and scan.noise == "poisson":
        fix = Fix("Show the scan", "dock", "scan")
        if not s.measured and s.options is not None:
            fix = Fix("100,000 counts", "options", replace(s.options, photons=1e5))
        yield Check(WARN, f"The brightest pixel has {brightest:.3g} counts: photon noise dominates.", fix)


def _reach(s: Situation, figures: Sampling) -> Iterator[Check]:
    unreached = 1 - figures.reached
    if unreached > 0.01:
        fix = Fix("Show the overlap", "dock", "simulate")
        if not s.measured and s.options is not None and s.options.layout != "cover":
            fix = Fix("Cover the object", "options", replace(s.options, layout="cover"))
        yield Check(
            WARN,
            f"{_percent(unreached)} of the object is outside all patches: no data cover it.",
            fix,
            "simulate",
        )
    if figures.data_per_unknown < 1 and s.method is not None and not s.method.learned:
        better = methods.learned_method()
        yield Check(
            WARN,
            f"{figures.data_per_unknown:.2f} measured values per real unknown: the data alone do not fix "
            "the object without a prior.",
            Fix(f"Use {better.label}", "method", better) if better else None,
            "method",
        )


def _probe(s: Situation, scan: Scan) -> Iterator[Check]:
    rim = max(1, scan.width // 16)
    intensity = np.abs(scan.probe).astype(float) ** 2
    cut = 1 - intensity[rim:-rim, rim:-rim].sum() / intensity.sum()
    if cut > EDGE:
        fix = Fix("Show the probe", "dock", "probe")
        wider = 2 * scan.width
        if not s.measured and s.pupil is not None and wider <= min(512, *scan.object_shape):
            fix = Fix(f"Window of {wider} px", "pupil", (s.pupil, wider))
        yield Check(
            WARN, f"{_percent(cut)} of the probe's energy is at its window's edge: it is cut off.", fix,
            "probe",
        )  # fmt: skip


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _run_checks(s: Situation) -> Iterator[Check]:
    if s.settings_refusal:
        yield Check(
            STOP, f"The run cannot start: {s.settings_refusal}.", Fix("Show the run", "dock", "run"), "run"
        )
    if s.method is None:
        if s.refusal:
            yield Check(
                STOP, f"The method cannot run: {s.refusal}.", Fix("Reset its options", "reset"), "method"
            )
        return
    if s.device == "cuda" and s.found.startswith("cpu"):
        yield Check(STOP, "There is no CUDA device here.", Fix("Use auto", "device", "auto"), "run")
    scan = s.scan if isinstance(s.scan, Scan) else None
    if scan is not None:
        yield from _memory(scan, s.method)
    trained = s.method.learned and not s.method.diffusion  # what is said of a prior is read without torch
    if trained and not s.found:
        return  # torch is not imported yet, and should not be for this
    if trained:
        load(networks=False)  # in turn with the warm-up, which may be importing the same
    for finding in s.method.checks(scan):
        misleads = finding.severity == WARN and s.method.learned
        yield Check(finding.severity, finding.text, _first_possible(s, finding), "method", misleads)


def _first_possible(s: Situation, finding: Finding) -> Fix | None:
    """The best fix that a method proposes and that is possible here."""
    return next(filter(None, (_fix(s, remedy) for remedy in finding.remedies)), None)


def _fix(s: Situation, remedy: Remedy) -> Fix | None:
    if remedy.method is not None:
        return Fix(remedy.label, "method", remedy.method)
    if remedy.overlap is not None and not s.measured:
        return Fix(remedy.label, "overlap", round(100 * remedy.overlap))
    return Fix(remedy.label, "choose", remedy.choose) if remedy.choose else None


def _memory(scan: Scan, method: Method) -> Iterator[Check]:
    need, there = memory_needed(scan, method), machine_memory()
    if there is not None and too_much(scan, method):
        alike = [cls() for cls in methods.METHODS if cls.needs == method.needs]
        best = min(alike, key=lambda made: made.memory(scan), default=method)
        fix = Fix("Show the scan", "dock", "scan")
        if best.memory(scan) < 0.9 * method.memory(scan):
            fix = Fix(f"Use {best.label}", "method", best)
        text = f"The run needs about {need / 1e9:.1f} GB; {there / 1e9:.1f} GB are available."
        yield Check(WARN, text, fix, "method")
