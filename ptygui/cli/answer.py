"""What a sweep found, printed and written as a table."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ptygui.cli.keeping import write_somewhere
from ptygui.cli.output import note, say
from ptygui.cli.stopping import cause_of, code_of, finishing

if TYPE_CHECKING:
    from ptygui.experiment.overlap_limit import Curve
    from ptygui.experiment.run import Run

SCORE_NAMES = ("nrmse", "ssim", "misfit", "held-out")


def answer(
    args: Namespace, runs: "Sequence[Run]", csv: Path | None, stopped: KeyboardInterrupt | None, count: int
) -> int:
    """Print the lowest overlap that suffices by `args.score` and `args.threshold`; returns the exit code."""
    from ptygui.experiment.overlap_limit import SCORES, curves_of, doubts_of, label_of, table_of, told
    from ptygui.files.atomic import write_text

    failed = (f"{label_of(run.method)} failed: {run.error}" for run in runs if run.outcome == "failed")
    note(*dict.fromkeys(failed))
    curves, doubts = curves_of(runs), doubts_of(runs)
    code = code_of(stopped) if stopped else 0
    if csv is not None:
        with finishing():
            _, written = write_somewhere(csv, lambda path: write_text(path, table_of(curves)), "the table")
        code = code or 2 * (written != csv)
    if stopped:
        kept = f"; those are in {written}" if csv is not None else ""
        say(f"ptygui: stopped by {cause_of(stopped)} after {len(runs)} of {count} runs{kept}")
    print(_table(curves))
    score = SCORES[SCORE_NAMES.index(args.score)]
    for curve in curves:
        print(f"{curve.label}: {told(curve, score, args.threshold or score.threshold, doubts=doubts)}")
    if csv is not None:
        print(written)
    return code


def _table(curves: "Sequence[Curve]") -> str:
    """One row per overlap: each score, of several runs the mean."""
    from ptygui.cli.running import table
    from ptygui.experiment.overlap_limit import SCORES
    from ptygui.physics.positions import overlap_text

    rows = []
    places = [place for curve in curves for place in curve.places]
    shown = [score for score in SCORES if any(np.isfinite(place.values(score)).any() for place in places)]
    for curve in curves:
        for place in curve.places:
            scores = [place.values(score) for score in shown]
            cells = [f"{values.mean():.4f}" if np.isfinite(values).all() else "–" for values in scores]
            overlaps = overlap_text(place.overlap), overlap_text(place.overlap_d90)
            rows.append((curve.label, *overlaps, f"{place.step:.3g} px", str(place.count), *cells))
    names = "method", "overlap", "of D90", "step", "positions"
    mean = "mean " if any(len(place.runs) > 1 for place in places) else ""
    return table((*names, *(mean + score.name for score in shown)), rows)
