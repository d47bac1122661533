"""The caption of a figure: scan, method, run, step, and how good it is."""

from typing import Any

from ptygui.analysis.verdict import chi_square
from ptygui.experiment.run import Run, in_words
from ptygui.physics.positions import overlap_text
from ptygui.scan import Geometry
from ptygui.step import Step


def caption_of(scan: Geometry, run: Run | None, step: Step | None = None) -> str:
    """In words: a run, and the step of it where one is given."""
    if run is None:
        return f"{scan.name}."
    at = step or run.last
    method = run.method if at is None else run.method_at(at.index)
    told: dict[str, Any] = {}  # beside the run, with their steps
    for since, changed in run.told:
        told |= changed if at is None or since < at.index else {}
    options = {name: value for name, value in method.changed().items() if told.get(name) != value}
    parts = [
        f"{run.subject if run.sweep else scan.name}, {overlap_text(run.overlap)} overlap",
        _joined(method.key(), in_words(options)),
    ]
    called = f"run {run.number}" + (f" “{run.given_name}”" if run.given_name else "")
    parts.append(_joined(f"{called} {run.lineage}".strip(), f"seed {run.seed}"))
    if step is not None:
        parts.append(_joined(f"step {step.index} of {step.total}", step.noise))
        parts.append(scores(step))
    return "; ".join(part for part in parts if part) + "."


def scores(step: Step) -> str:
    """NRMSE and SSIM where the truth is known, else the misfit over what photon noise leaves."""
    if step.nrmse is not None and step.ssim is not None:
        return f"NRMSE {step.nrmse:.4f}, SSIM {step.ssim:.3f}"
    chi = chi_square(step.misfit, step.noise_floor)
    return f"misfit {step.misfit:.3g}" if chi is None else f"misfit {chi:.2f} times the photon noise"


def _joined(*words: str) -> str:
    return ", ".join(word for word in words if word)
