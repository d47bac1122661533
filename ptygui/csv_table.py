"""Tables as CSV: one header with units, numbers with all digits, an empty cell for a missing value."""

import csv
import io
from collections.abc import Iterable
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for the start of a formula


def csv_table(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Write a table; text cells, which may come from a file, never become formulas in a spreadsheet.

    Parameters
    ----------
    header : iterable of str
        Names of the columns, with their units.
    rows : iterable of rows
        Cells are numbers, str, or None for a missing value. A str that a spreadsheet would compute, such
        as "=1+1", gets an apostrophe in front.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(_cell, header))
    writer.writerows(map(_cell, row) for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return value.item() if hasattr(value, "item") else value  # a numpy number with all digits
