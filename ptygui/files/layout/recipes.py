"""Recipes: layouts that the user named and kept, offered for the next file that is laid out alike."""

import json
import re
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from ptygui.errors import InputError
from ptygui.files.atomic import write_text
from ptygui.files.layout.layout import Layout
from ptygui.files.layout.sources import open_source
from ptygui.files.limits import reading
from ptygui.paths import user_recipes

MARK, VERSION = "ptygui recipe", 1
LARGEST = 2**16  # bytes

_NAME = re.compile(r"[\w][\w .+-]{0,63}")
_SETS = ("patterns", "positions", "probe", "mask", "dark")


@dataclass(frozen=True)
class Recipe:
    """A named layout, and the data sets that a file must hold for it: their numbers of axes by name."""

    name: str
    layout: Layout
    holds: dict[str, int]

    def fits(self, shapes: dict[str, int]) -> bool:
        """Whether a file with these data sets is laid out alike."""
        return bool(self.holds) and all(shapes.get(name) == axes for name, axes in self.holds.items())


def save_recipe(name: str, layout: Layout, path: str | PathLike[str], folder: Path | None = None) -> Path:
    """Keep the layout of a file under a name; one of the same name is replaced.

    Parameters
    ----------
    name : str
        Letters, digits, spaces and . + - _
    layout : Layout
    path : path
        The file that it is of: the data sets that it names there are what is looked for in other files.
    folder : Path, optional
        Where recipes are kept; by default the user's.

    Returns
    -------
    Path
        Of the recipe.

    Raises
    ------
    InputError
        If the name cannot be one of a file, or the layout names something that the file does not hold.
    """
    if not _NAME.fullmatch(name) or name.rstrip(". ") != name:
        raise InputError(f"{name!r} cannot name a recipe: use up to 64 letters, digits, spaces and . + - _")
    shapes = shapes_in(Path(path))
    named = [text for key in _SETS for text in getattr(layout, key).split(",") if text]
    here = [text.strip().strip("/") for text in named if "::" not in text and "*" not in text]
    holds = {text: shapes[text] for text in here if text in shapes}
    if layout.patterns.strip("/") not in holds and "*" not in layout.patterns:
        raise InputError(
            f"{path} holds no {layout.patterns or 'patterns'}: name the data set of its patterns"
        )
    target = (folder or user_recipes()) / f"{name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    held = {"format": MARK, "version": VERSION, "layout": layout.asdict(), "holds": holds}
    write_text(target, json.dumps(held, indent=2, ensure_ascii=False) + "\n")
    return target


def recipe_named(name: str, folder: Path | None = None) -> Recipe:
    """The recipe of a name.

    Raises
    ------
    InputError
        If there is none, or it is spoilt; names those that there are.
    """
    path = (folder or user_recipes()) / f"{name}.json"
    if not _NAME.fullmatch(name) or not path.is_file():
        known = ", ".join(recipe_names(folder)) or "none yet: keep one with `ptygui recipe save`"
        raise InputError(f"there is no recipe {name!r}; recipes: {known}")
    return _read(path)


def recipe_names(folder: Path | None = None) -> list[str]:
    """The names of all recipes, in order."""
    return sorted(path.stem for path in (folder or user_recipes()).glob("*.json"))


def forget_recipe(name: str, folder: Path | None = None) -> None:
    """Remove a recipe; `InputError` if there is none."""
    recipe_named(name, folder)
    ((folder or user_recipes()) / f"{name}.json").unlink()


def recipes_for(path: str | PathLike[str], folder: Path | None = None) -> list[Recipe]:
    """The recipes whose data sets a file holds; spoilt ones are left out."""
    names, found = recipe_names(folder), []
    if not names:
        return []
    shapes = shapes_in(Path(path))
    for name in names:
        try:
            recipe = recipe_named(name, folder)
        except InputError:
            continue
        if recipe.fits(shapes):
            found.append(recipe)
    return found


def shapes_in(path: Path) -> dict[str, int]:
    """The number of axes of every data set of a file, by name."""
    with open_source(path) as arrays:
        return {name: len(entry.shape) for name, entry in arrays.entries.items()}


def _read(path: Path) -> Recipe:
    if path.stat().st_size > LARGEST:
        raise InputError(f"{path} is too large to be a recipe")
    with reading(path):
        held = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(held, dict) or held.get("format") != MARK or held.get("version") != VERSION:
        raise InputError(f"{path} is no recipe of this version: keep it again with `ptygui recipe save`")
    holds = held.get("holds")
    if not isinstance(holds, dict) or not all(isinstance(axes, int) for axes in holds.values()):
        raise InputError(
            f"{path} does not say what a file must hold: keep it again with `ptygui recipe save`"
        )
    try:
        return Recipe(path.stem, Layout.of(held.get("layout")), holds)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
