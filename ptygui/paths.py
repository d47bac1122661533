"""Paths of resources/, models/ (beside the package in a checkout, inside it once installed) and the user."""

import os
import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    installed = _PACKAGE / f"_{name}"
    return installed if installed.is_dir() else _PACKAGE.parent / name


RESOURCES = _folder("resources")
MODELS = _folder("models")
DOCS = _folder("docs")  # once installed, the glossary only


def user_recipes() -> Path:
    """The folder of the user's recipes, in the place of an application's settings; it may not exist."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Preferences"
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return base / "ptygui" / "recipes"


def user_sweeps() -> Path:
    """The folder in which the window keeps the runs that workers make; it may not exist."""
    return user_priors().parent / "sweeps"


def user_priors() -> Path:
    """The folder in which the window proposes to save priors: each folder in it is one. It may not exist.

    Where Qt keeps an application's data (`QStandardPaths.AppDataLocation`), found without Qt.
    """
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "ptygui" / "ptygui" / "priors"
