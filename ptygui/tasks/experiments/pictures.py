"""Pictures of an experiment: curves over the columns, accuracy over cost, or objects with their errors."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ptygui.analysis.align import align
from ptygui.atomic import replacing
from ptygui.files.results import read_result
from ptygui.tasks.experiments.cells import Cell
from ptygui.tasks.experiments.means import scores_of
from ptygui.tasks.experiments.protocols import Experiment
from ptygui.tasks.folder import TaskFolder
from ptygui.tasks.row import Row

_HIGH = 0.62  # overlap from which a picture is of figure 2
_DPI = 150


def draw(folder: Path, experiment: Experiment, cells: Sequence[Cell], rows: Mapping[str, Row]) -> list[str]:
    """Write the pictures of an experiment; returns their names. Nothing is drawn of cells without rows."""
    if not any(task.key in rows and rows[task.key].done for cell in cells for task in cell.tasks):
        return []
    if experiment.picture == "objects":
        return _objects(folder, cells, rows)
    names = []
    for k, group in enumerate(dict.fromkeys(cell.group for cell in cells)):
        own = [cell for cell in cells if cell.group == group]
        figure = Figure(figsize=(11 if experiment.picture == "cost" else 8, 4.2), layout="constrained")
        (_cost if experiment.picture == "cost" else _curves)(figure, experiment, own, rows)
        figure.suptitle(f"{experiment.title}{f', {group}' if group else ''}", fontsize=10)
        names += [_save(folder, figure, f"{experiment.key}{f'-{k + 1}' if group else ''}")]
    return names


def _curves(figure: Figure, experiment: Experiment, cells: Sequence[Cell], rows: Mapping[str, Row]) -> None:
    """The first score over the columns, with deviations; the paper's dashed, in the same colour."""
    axes, score = figure.add_subplot(), experiment.scores[0]
    columns = list(dict.fromkeys(cell.column for cell in cells))
    for k, name in enumerate(dict.fromkeys(cell.row for cell in cells)):
        own = [cell for cell in cells if cell.row == name]
        found = [(columns.index(cell.column), scores_of(cell, rows, score)) for cell in own]
        known = [(x, mean) for x, mean in found if mean.count]
        if known:
            x, y = [x for x, _ in known], [mean.mean for _, mean in known]
            look: dict[str, Any] = {
                "color": f"C{k % 10}",
                "marker": "o",
                "ms": 4,
                "capsize": 2,
                "label": name,
            }
            axes.errorbar(x, y, [mean.deviation for _, mean in known], **look)
        papers = [(columns.index(c.column), paper.nrmse) for c in own if (paper := experiment.paper(c))]
        if papers and score == "nrmse":
            label = f"paper, beside {name}"
            axes.plot(*zip(*papers, strict=True), color=f"C{k % 10}", lw=0.9, ls="--", label=label)
    axes.set(yscale="log", ylabel="NRMSE" if score == "nrmse" else score.replace("_", " "))
    axes.set_xticks(range(len(columns)), columns, rotation=20 if max(map(len, columns)) > 8 else 0)
    axes.grid(alpha=0.3, which="both")
    figure.legend(fontsize=7, loc="outside right upper")


def _cost(figure: Figure, experiment: Experiment, cells: Sequence[Cell], rows: Mapping[str, Row]) -> None:
    """NRMSE over iterates, evaluations of a network, and seconds, as each run went; the first patch."""
    plots = figure.subplots(1, 2, sharey=True)
    for k, name in enumerate(dict.fromkeys(cell.row for cell in cells)):
        own = [cell for cell in cells if cell.row == name]
        for cell, style in zip(own, ("-", "--", ":", "-."), strict=False):
            row = rows.get(cell.tasks[0].key)
            if row is None or not row.done:
                continue
            numbers = row.numbers
            evaluations = numbers["nfe"] if numbers["nfe"][-1] else numbers["index"]
            for axes, x in zip(plots, (evaluations, numbers["seconds"]), strict=True):
                axes.plot(
                    x, numbers["nrmse"], style, color=f"C{k % 10}", label=f"{name}, {cell.column}", lw=1.2
                )
    plots[0].set(xlabel="iterations, or network evaluations where there are some", ylabel="NRMSE")
    plots[1].set(xlabel="seconds")
    for axes in plots:
        axes.set(xscale="log", yscale="log")
        axes.grid(alpha=0.3, which="both")
    figure.legend(*plots[1].get_legend_handles_labels(), fontsize=6, loc="outside right upper")


def _objects(folder: Path, cells: Sequence[Cell], rows: Mapping[str, Row]) -> list[str]:
    """Amplitude of truth and methods, and the error beneath: high overlaps as in figure 2, low in 3."""
    names = list(dict.fromkeys(cell.row for cell in cells))
    written = []
    for stem, high in (("figure2", True), ("figure3", False)):
        columns = [
            column
            for column in dict.fromkeys(cell.column for cell in cells)
            if (float(column.rstrip(" %")) >= 100 * _HIGH - 1) is high
        ]
        found = {(c.row, c.column): c.tasks[0].key for c in cells if c.tasks[0].key in rows}
        columns = [column for column in columns if any((name, column) in found for name in names)]
        if not columns:
            continue
        figure = Figure(figsize=(1.5 * (len(names) + 1), 3.2 * len(columns)), layout="constrained")
        plots = figure.subplots(2 * len(columns), len(names) + 1, squeeze=False)
        for axes in plots.flat:
            axes.set(xticks=[], yticks=[])
            axes.set_frame_on(False)
        for k, column in enumerate(columns):
            pair = plots[2 * k], plots[2 * k + 1]
            pair[0][0].set_ylabel(column)
            for place, name in enumerate(names, 1):
                if (key := found.get((name, column))) is not None and rows[key].done:
                    _pair([axes[0] for axes in pair], [axes[place] for axes in pair], folder, rows[key], name)
        written.append(_save(folder, figure, stem))
    return written


def _pair(truth_axes: Sequence[Any], axes: Sequence[Any], folder: Path, row: Row, name: str) -> None:
    result = read_result(TaskFolder(folder).result_path(row.key))
    if result.truth is None:
        return
    obj = align(result.obj, result.truth).apply(result.obj)
    low, high = np.quantile(np.abs(result.truth), (0.005, 0.995))
    truth_axes[0].imshow(np.abs(result.truth), cmap="gray", vmin=low, vmax=high)
    truth_axes[0].set_title("truth", fontsize=8)
    axes[0].imshow(np.abs(obj), cmap="gray", vmin=low, vmax=high)
    axes[0].set_title(name.partition(":")[0], fontsize=8)
    axes[1].imshow(np.abs(obj - result.truth), cmap="magma", vmin=0, vmax=0.3 * high)
    axes[1].set_xlabel(f"NRMSE {row.scores['nrmse']:.3f}", fontsize=7)
    truth_axes[1].text(0.5, 0.5, f"error,\n0 to {0.3 * high:.2f}", ha="center", va="center", fontsize=7)


def _save(folder: Path, figure: Figure, stem: str) -> str:
    """Write as PNG and PDF; returns the name of the PNG."""
    for suffix in (".png", ".pdf"):
        with replacing(folder / f"{stem}{suffix}") as scratch:
            figure.savefig(scratch, dpi=_DPI)
    return f"{stem}.png"
