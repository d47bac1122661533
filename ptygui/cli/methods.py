"""`ptygui methods`: every method with every option, printed from the classes."""

import inspect
import json
from argparse import Namespace
from typing import Any

from ptygui import methods
from ptygui.cli.flags import Commands, add_command
from ptygui.methods import method_named
from ptygui.methods.base import Method
from ptygui.options import Option, options_of, shown

_HEADINGS = ("option", "symbol", "default", "unit", "range", "meaning")


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "methods", run, "list the methods and their options")
    parser.add_argument("names", nargs="*", metavar="METHOD", help="which ones; all by default")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    form.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: Namespace) -> int:
    """Print the tables."""
    chosen = [method_named(name) for name in args.names] or list(methods.METHODS)
    if args.json:
        print(json.dumps({method.key(): _described(method) for method in chosen}, indent=2))
    elif args.markdown:
        print("\n".join(markdown(method) for method in chosen))
    else:
        print("\n\n".join(text(method) for method in chosen))
    return 0


def text(method: type[Method]) -> str:
    """One method for the terminal."""
    rows = [(o.flag, *_row(o)[1:]) for o in options_of(method)]
    widths = [max(len(row[k]) for row in (*rows, _HEADINGS)) for k in range(len(_HEADINGS) - 1)]
    lines = [f"{method.key()}: {summary(method)}"]
    for row in (_HEADINGS, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append("  " + "  ".join((*cells, row[-1])).rstrip())
    return "\n".join(lines)


def markdown(method: type[Method]) -> str:
    """One method for the README."""
    rows = [_HEADINGS, ("---",) * len(_HEADINGS)]
    rows += [(f"`{name}`", *rest) for name, *rest in map(_row, options_of(method))]
    table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
    return f"**`{method.key()}`** {summary(method)}\n\n{table}\n"


def summary(method: type[Method]) -> str:
    """The first sentence of the class's docstring."""
    return " ".join((inspect.getdoc(method) or "").split("\n\n")[0].split())


def _row(option: Option) -> tuple[str, ...]:
    default = option.shown(option.default)
    return (option.name, option.symbol, default, option.unit, _range(option), option.help)


def _range(option: Option) -> str:
    if option.choices:
        return ", ".join(map(str, option.choices))
    if option.type is bool:
        return "yes, no"
    low, high = (None if v is None else shown(float(v)) for v in (option.min, option.max))
    if low and high:
        return f"{low} … {high}"
    return f"≥ {low}" if low else f"≤ {high}" if high else ""


def _described(method: type[Method]) -> dict[str, Any]:
    options = {
        o.name: {
            "type": o.type.__name__,
            "default": o.default,
            "auto": o.auto,
            "min": o.min,
            "max": o.max,
            "choices": list(o.choices),
            "unit": o.unit,
            "symbol": o.symbol,
            "help": o.help,
        }
        for o in options_of(method)
    }
    return {"label": method.label, "summary": summary(method), "options": options}
