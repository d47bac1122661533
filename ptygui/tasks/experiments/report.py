"""The report of an experiment: Markdown with the paper's figures apart, CSV, JSON, and pictures."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ptygui.atomic import write_text
from ptygui.csv_table import csv_table
from ptygui.tasks.experiments.asked import Asked
from ptygui.tasks.experiments.cells import Cell, patches_of, shared
from ptygui.tasks.experiments.means import scores_of, short
from ptygui.tasks.experiments.paper import Figures
from ptygui.tasks.experiments.pictures import draw
from ptygui.tasks.experiments.protocols import Experiment
from ptygui.tasks.row import Row

_NAMES = {
    "nrmse": "NRMSE",
    "ssim": "SSIM",
    "nrmse_lit": "NRMSE of the lit area",
    "nrmse_lit_aligned": "NRMSE of the lit area after scale, phase ramp and shift",
    "nfe": "network evaluations",
    "seconds": "seconds",
    "amplitude_within_1": "amplitude within 1 σ",
    "phase_within_1": "phase within 1 σ",
    "amplitude_within_2": "amplitude within 2 σ",
    "phase_within_2": "phase within 2 σ",
}
# Of each scan: name in a row, in words, and how it is printed
_SCANS = (
    ("positions", "positions", "{:.0f}"),
    ("overlap", "linear overlap of the probe's window", "{:.2f}"),
    ("overlap_d90", "of its D90, the disc with 90 % of its power", "{:.2f}"),
    ("data_per_unknown", "measured values per real unknown", "{:.2f}"),
)


def markdown(
    experiment: Experiment,
    asked: Asked,
    cells: Sequence[Cell],
    rows: Mapping[str, Row],
    pictures: Sequence[str] = (),
) -> str:
    """The report."""
    tasks = {task.key for cell in cells for task in cell.tasks}
    there, failed = tasks & rows.keys(), [row for row in rows.values() if row.key in tasks and not row.done]
    objects = ", ".join(map(_named, asked.objects)) or f"procedural blood smears of {asked.size} px"
    doses = "" if experiment.key == "dose" else f", brightest pixel {asked.doses[0]:g} counts"
    lines = [
        f"# {experiment.title}", "", f"{experiment.about[0].upper()}{experiment.about[1:]}.", "",
        f"{asked.patches} patches of {asked.size} x {asked.size} px of {objects}; {asked.seeds} "
        f"seed{'s' * (asked.seeds > 1)} each; "
        f"medium probe of 32 px{doses}. Mean ± standard deviation over patches, each the mean of its seeds: "
        + "; ".join(_NAMES[score] for score in experiment.scores) + ".", "",
    ]  # fmt: skip
    if (times := shared(patches_of(asked), asked.size)) > 1.005:
        lines += [
            f"The patches overlap: a pixel is in {times:.2g} of them on average, so ± is less than it would "
            "be over as many objects.", "",
        ]  # fmt: skip
    if len(there) < len(tasks):
        lines += [f"**{len(there)} of {len(tasks)} runs are there**; the same command goes on.", ""]
    lines += [f"- failed: {row.task['method']}: {_plain(row.error)}" for row in failed]
    for group in dict.fromkeys(cell.group for cell in cells):
        lines += [f"## {group}", ""] if group else []
        own = [cell for cell in cells if cell.group == group]
        lines += [*_table(experiment, own, rows), "", *_scans(own, rows), *_papers(experiment, own)]
    for picture in pictures:
        lines += [f"![{experiment.title}]({picture})", ""]
    seconds = sum(row.scores.get("seconds") or 0.0 for key, row in rows.items() if key in tasks)
    threads = sorted({str(row.ran.get("threads")) for row in rows.values()})
    lines += [f"{seconds / 60:.1f} minutes of computing in all, threads of a process: {', '.join(threads)}."]
    return "\n".join(lines) + "\n"


def _table(experiment: Experiment, cells: Sequence[Cell], rows: Mapping[str, Row]) -> list[str]:
    """A row for each method."""
    columns = list(dict.fromkeys(cell.column for cell in cells))
    lines = [["", *columns], ["---"] * (len(columns) + 1)]
    for name in dict.fromkeys(cell.row for cell in cells):
        own = {cell.column: cell for cell in cells if cell.row == name}
        means = {
            column: " / ".join(scores_of(own[column], rows, score).text for score in experiment.scores)
            for column in own
        }
        lines.append([f"`{name}`", *(means.get(column, "") for column in columns)])
    return _piped(lines)


def _scans(cells: Sequence[Cell], rows: Mapping[str, Row]) -> list[str]:
    """What the scans of each column are, mean over the patches: their true overlap, and how many data."""
    columns = list(dict.fromkeys(cell.column for cell in cells))
    lines = [["scans", *columns], ["---"] * (len(columns) + 1)]
    for name, said, form in _SCANS:
        means = []
        for column in columns:
            tasks = [task for cell in cells if cell.column == column for task in cell.tasks]
            found = [rows[task.key].scan.get(name) for task in tasks if task.key in rows]
            known = [value for value in found if value is not None]
            means.append(form.format(sum(known) / len(known)) if known else "–")
        lines.append([said, *means])
    return [*_piped(lines), ""]


def _papers(experiment: Experiment, cells: Sequence[Cell]) -> list[str]:
    """The paper's figures for these cells, in a table of its own; nothing if there are none."""
    columns = list(dict.fromkeys(cell.column for cell in cells))
    lines: dict[tuple[str, ...], None] = {}
    for name in dict.fromkeys(cell.row for cell in cells):
        found = {c.column: figures for c in cells if c.row == name and (figures := experiment.paper(c))}
        method = next(cell.tasks[0].method for cell in cells if cell.row == name)
        label = "the proposed method" if method.diffusion else method.label
        if found:
            lines[(label, *(_told(found.get(column)) for column in columns))] = None
    if not lines:
        return []
    heads = [["Cam et al. 2025", *columns], ["---"] * (len(columns) + 1)]
    what = "Of the paper: other objects, pixels and probe, 50 images, NRMSE / SSIM of the whole image."
    return [what, "", *_piped([*heads, *map(list, lines)]), ""]


def _piped(lines: Sequence[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(line) + " |" for line in lines]


def _told(figures: Figures | None) -> str:
    if figures is None:
        return ""
    nrmse, nrmse_sd, ssim, ssim_sd = (short(value, like=0.5) for value in figures)  # it has three decimals
    return f"{nrmse} ± {nrmse_sd} / {ssim} ± {ssim_sd}"


def _named(spec: str) -> str:
    """An object without its folder, as plain text."""
    return _plain(Path(spec).name)


def _plain(text: str) -> str:
    """Text from elsewhere, without what Markdown would read as its own."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#!" else c for c in " ".join(text.split()))


def table(experiment: Experiment, cells: Sequence[Cell], rows: Mapping[str, Row]) -> str:
    """Every row as CSV."""
    scores = [
        *experiment.scores,
        *(s for s in ("chi_square", "nfe", "seconds") if s not in experiment.scores),
    ]
    head = [
        "experiment",
        "group",
        "row",
        "column",
        "patch",
        "seed",
        "positions",
        "outcome",
        *scores,
        "worker",
        "key",
    ]
    lines = []
    for cell in cells:
        for task in cell.tasks:
            if (row := rows.get(task.key)) is not None:
                about = [experiment.key, cell.group, cell.row, cell.column, getattr(task.scan, "name", "")]
                about += [task.seed, row.scan.get("positions"), row.outcome]
                lines.append([*about, *(row.scores.get(score) for score in scores), row.worker, row.key])
    return csv_table(head, lines)


def summary(experiment: Experiment, cells: Sequence[Cell], rows: Mapping[str, Row]) -> str:
    """Every cell as JSON, with the paper's figures."""
    found: list[dict[str, Any]] = []
    for cell in cells:
        means = {score: scores_of(cell, rows, score) for score in experiment.scores}
        values = {name: [m.mean if m.count else None, m.deviation, m.count] for name, m in means.items()}
        paper = experiment.paper(cell)
        place = {"group": cell.group, "row": cell.row, "column": cell.column}
        found.append(place | {"scores": values, "paper": None if paper is None else paper._asdict()})
    return json.dumps({"experiment": experiment.key, "cells": found}, ensure_ascii=False, indent=1)


def write_report(
    folder: Path, experiment: Experiment, asked: Asked, cells: Sequence[Cell], rows: Mapping[str, Row]
) -> str:
    """Write `report.md`, `rows.csv`, `summary.json` and the pictures; returns the Markdown."""
    text = markdown(experiment, asked, cells, rows, draw(folder, experiment, cells, rows))
    write_text(folder / "report.md", text)
    write_text(folder / "rows.csv", table(experiment, cells, rows))
    write_text(folder / "summary.json", summary(experiment, cells, rows))
    return text
