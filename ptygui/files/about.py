"""What an exported file says of itself: the record in JSON beside it, and the label of a step."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ptygui.analysis.coverage import DEFINITION, shares_of
from ptygui.analysis.verdict import DEFINITIONS, misfit_text, told_numbers
from ptygui.files.atomic import write_text
from ptygui.files.result import Result, versions
from ptygui.files.source import Source
from ptygui.scan import Geometry, Scan
from ptygui.step import Step

_LENGTHS = ("pixel_size_m", "wavelength_m", "distance_m")


def about_result(result: Result) -> dict[str, Any]:
    """The description of what was exported of a result, in plain values."""
    names = "name", "method", "options", "resolved", "seed", "device", "wavelength_m", "distance_m", "notes"
    about = {name: getattr(result, name) for name in names}
    about |= {"scan": None if result.source is None else result.source._asdict()}
    about |= {"options_by_step": result.options_by_step, "cost": result.cost}
    about |= _share_of(result, result.prior_share)
    about |= {"verdict": dict(result.verdict), "judged": result.judged and result.judged.plain()}
    about["branched_from"] = result.origin and result.origin._asdict()
    final = {k: v[-1] for k, v in result.numbers.items() if v}
    return {**about, **_figures(final, result.noise_floor), "versions": result.versions}


def about_step(result: Result, step: Step) -> dict[str, Any]:
    """The description of a picture of one step of a result: its options and numbers."""
    held = {"options": result.options_at(step.index), "resolved": step.resolved}
    held |= _share_of(result, step.prior_share)
    return {**about_result(result), "step": step.index, **held, **_figures(step.numbers(), step.noise_floor)}


def about_scan(scan: Geometry, source: Source | None = None) -> dict[str, Any]:
    """The description of what was exported of a scan, in plain values."""
    about: dict[str, Any] = {"name": scan.name, "scan": None if source is None else source._asdict()}
    about |= {"positions": len(scan), "window_px": scan.width}
    about |= {name: getattr(scan, name) for name in _LENGTHS}
    if isinstance(scan, Scan):
        about |= {"photons": scan.photons, "brightest": scan.brightest, "simulated": scan.simulated}
        about |= {"noise": scan.noise, "held_out": 0 if scan.held_out is None else len(scan.held_out)}
    return {**about, "notes": scan.notes}


def frame_of(step: Step, options: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a step, and the options given for it."""
    said = told_numbers(step.numbers(), step.noise_floor)
    numbers = {("step" if name == "index" else name): value for name, value in said.items()}
    return {**numbers, **({"options": dict(options)} if options else {})}


def label(step: Step) -> str:
    """A step in words: its number, time and noise level, NRMSE or misfit."""
    words = [f"step {step.index}"]
    if step.t is not None:
        words.append(f"t {step.t}")
    if step.level is not None:
        words.append(f"sigma {step.level:.3g}")
    floor = step.noise_floor
    words.append(misfit_text(step.misfit, floor) if step.nrmse is None else f"NRMSE {step.nrmse:.4f}")
    return ", ".join(words)


def write_record(
    path: Path, files: Sequence[Path], pixel_size_m: float | None, about: Mapping[str, Any] | None
) -> Path:
    """Write the record of some files."""
    said = {"files": [f.name for f in files], "pixel_size_m": pixel_size_m, **(about or {})}
    said.setdefault("versions", versions())
    return write_text(path, json.dumps(said, indent=2, ensure_ascii=False, default=str) + "\n")


def _share_of(result: Result, share: np.ndarray | None) -> dict[str, Any]:
    """How much of the picture is prior, where that is known."""
    if share is None:
        return {"prior_share": None}
    return {"prior_share": {**asdict(shares_of(result.crop(share))), "definition": DEFINITION}}


def _figures(numbers: Mapping[str, Any], noise_floor: float) -> dict[str, Any]:
    """Numbers, with the meaning of those that other programs scale differently."""
    said = told_numbers(numbers, noise_floor) | ({"noise_floor": noise_floor} if noise_floor > 0 else {})
    meant = {name: what for name, what in DEFINITIONS.items() if name == "misfit" or name in said}
    return {"numbers": said, "definitions": meant if "misfit" in numbers else {}}
