"""The numbers of runs as a table."""

from collections.abc import Iterable

from ptygui.history import History
from ptygui.step import NUMBERS

_UNITS = {"seconds": " [s]", "level": " [channels]", "prior_step": " [channels]", "data_step": " [channels]"}


def table_of(runs: Iterable[tuple[str, History]]) -> str:
    """Every number of some runs as CSV, by name, one line a step; the misfit by itself."""
    lines = ["run," + ",".join(name + _UNITS.get(name, "") for name in NUMBERS)]
    for name, history in runs:
        quoted = '"' + name.replace('"', '""') + '"'
        columns = [history.numbers.get(key) or [None] * len(history) for key in NUMBERS]
        lines += [
            ",".join([quoted, *("" if v is None else repr(v) for v in row)])
            for row in zip(*columns, strict=True)
        ]
    return "\n".join(lines) + "\n"
