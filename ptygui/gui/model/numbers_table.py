"""The numbers of runs as a table."""

from collections.abc import Iterable

from ptygui.analysis.verdict import over_noise
from ptygui.csv_table import csv_table
from ptygui.history import History
from ptygui.step import NUMBERS

_UNITS = {
    "seconds": " [s]", "moved": " [px]", "level": " [channels]", "prior_step": " [channels]",
    "data_step": " [channels]",
}  # fmt: skip


def table_of(runs: Iterable[tuple[str, History]]) -> str:
    """Every number of some runs as CSV, by name, one line per step; the misfit as such and as drawn."""
    header = ["run", *(name + _UNITS.get(name, "") for name in NUMBERS), "misfit_over_noise"]
    rows = []
    for name, history in runs:
        columns = [history.numbers.get(key) or [None] * len(history) for key in NUMBERS]
        floor = 0.0 if history.last is None else history.last.noise_floor
        columns.append(over_noise(columns[NUMBERS.index("misfit")], floor))
        rows += [(name, *row) for row in zip(*columns, strict=True)]
    return csv_table(header, rows)
