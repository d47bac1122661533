"""Flags that say what is where in a scan file of an unknown layout, and the layout that they give."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptygui.errors import InputError

if TYPE_CHECKING:
    from ptygui.files.layout.layout import Layout

GUESS = "guess"  # the name of a recipe that takes the best guess

# Flag, the field of the layout, and how it is explained.
LAYOUT: dict[str, tuple[str, dict[str, Any]]] = {
    "--patterns": ("patterns", {"metavar": "NAME", "help": "the data set of the patterns: NAME, FILE::NAME"}),
    "--axes": (
        "axes",
        {
            "metavar": "AXES",
            "help": "its axes: k frame, i and j scan row and column, y and x detector, 1 drop",
        },
    ),
    "--values": (
        "values",
        {"choices": ("counts", "amplitudes"), "help": "what it holds (default: seen from the values)"},
    ),
    "--positions": ("positions", {"metavar": "NAME", "help": "their data set, or two with a comma between"}),
    "--positions-axes": (
        "positions_axes",
        {"choices": ("xy", "yx"), "help": "which comes first; x is the detector's columns (default: xy)"},
    ),
    "--positions-unit": ("positions_unit", {"metavar": "UNIT", "help": "px, m, mm, um, nm or A"}),
    "--step": (
        "step",
        {"metavar": "LENGTH", "help": "of a grid scan without positions: 50nm, or rows,columns; also in px"},
    ),
    "--grid": (
        "grid",
        {"metavar": "ROWS,COLUMNS", "help": "of a grid scan whose frames are a list, row by row"},
    ),
    "--rotation": ("rotation", {"metavar": "ANGLE", "help": "by which that grid is turned: 30deg"}),
    "--probe-path": ("probe", {"metavar": "NAME", "help": "the data set of the probe"}),
    "--mask-path": ("mask", {"metavar": "NAME", "help": "the data set of the mask"}),
    "--mask-good": (
        "mask_good",
        {"choices": ("zero", "nonzero"), "help": "the good pixels in it (default: zero, of bool nonzero)"},
    ),
    "--dark-path": ("dark", {"metavar": "NAME", "help": "the data set of dark frames, to subtract"}),
    "--energy": ("energy", {"metavar": "X", "help": "8.8keV, or a data set"}),
    "--wavelength": ("wavelength", {"metavar": "X", "help": "0.14nm, or a data set"}),
    "--distance": ("distance", {"metavar": "X", "help": "sample to detector: 0.5m, or a data set"}),
    "--detector-pixel": ("detector_pixel", {"metavar": "X", "help": "75um, or a data set"}),
    "--beam": ("beam", {"choices": ("photons", "electrons"), "help": "what the energy is of"}),
}


def add_layout(parser: ArgumentParser, skip: Sequence[str] = ()) -> None:
    """Add the flags, without those that the command has already."""
    group = parser.add_argument_group(
        "what is where in a file of an unknown layout", "`ptygui info FILE` shows what is in it, and a guess"
    )
    for flag, (name, settings) in LAYOUT.items():
        if flag not in skip:
            group.add_argument(flag, dest=f"layout_{name}", default="", **settings)
    group.add_argument(
        "--recipe", metavar="NAME", default="", help=f"all that from a recipe; `{GUESS}`: the best guess"
    )


def layout_given(args: Namespace) -> dict[str, str]:
    """The flags that were given, by name."""
    names = {flag[2:].replace("-", "_"): f"layout_{name}" for flag, (name, _) in LAYOUT.items()}
    values = {flag: getattr(args, name, "") for flag, name in (names | {"recipe": "recipe"}).items()}
    return {flag: value for flag, value in values.items() if value}


def layout_files(args: Namespace, path: str) -> list[str]:
    """The files beside the scan that the layout names, which no output may replace."""
    from ptygui.files.layout.sources import files_named

    said = layout_of(args, path)
    return [] if said is None else [str(file) for file in files_named(Path(path), said)]


def layout_of(args: Namespace, path: str) -> "Layout | None":
    """The layout that the flags and the recipe give; None if there are none.

    Raises
    ------
    InputError
        If the recipe does not exist.
    """
    from ptygui.files.layout.guess import guess_layout
    from ptygui.files.layout.layout import Layout
    from ptygui.files.layout.recipes import recipe_named

    fields = [name for name, _ in LAYOUT.values()]
    said = Layout(**{name: getattr(args, f"layout_{name}", "") for name in fields})
    recipe = getattr(args, "recipe", "")
    if recipe == GUESS:
        said = said.over(guess_layout(Path(path), getattr(args, "allow_links", False)).layout)
    elif recipe:
        said = said.over(recipe_named(recipe).layout)
    if not said:
        return None
    if said.positions and said.step:
        raise InputError("positions and --step are both given: give only one")
    return said
