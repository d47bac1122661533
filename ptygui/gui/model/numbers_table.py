"""The numbers of runs as a table."""

from collections.abc import Iterable

from ptygui.analysis.verdict import over_noise
from ptygui.history import History
from ptygui.step import NUMBERS

_UNITS = {"seconds": " [s]", "level": " [channels]", "prior_step": " [channels]", "data_step": " [channels]"}


def table_of(runs: Iterable[tuple[str, History]]) -> str:
    """Every number of some runs as CSV, by name, one line a step; the misfit by itself and as drawn."""
    lines = ["run," + ",".join(name + _UNITS.get(name, "") for name in NUMBERS) + ",misfit_over_noise"]
    for name, history in runs:
        quoted = '"' + name.replace('"', '""') + '"'
        columns = [history.numbers.get(key) or [None] * len(history) for key in NUMBERS]
        floor = 0.0 if history.last is None else history.last.noise_floor
        columns.append(over_noise(columns[NUMBERS.index("misfit")], floor))
        lines += [
            ",".join([quoted, *("" if v is None else repr(v) for v in row)])
            for row in zip(*columns, strict=True)
        ]
    return "\n".join(lines) + "\n"
