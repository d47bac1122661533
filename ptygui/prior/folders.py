"""The folders of models: by a name in models/, or by their path."""

import os
from pathlib import Path

from ptygui.errors import InputError
from ptygui.networks.checkpoint import DESCRIPTION
from ptygui.networks.weights import weights_files
from ptygui.paths import MODELS


def model_folder(folder: str | os.PathLike[str]) -> Path:
    """The folder of a model given by its path, or by its name in models/."""
    given = Path(folder).expanduser()
    if given.is_dir():
        return given.resolve()
    if given.parent == Path() and (MODELS / given).is_dir():
        return (MODELS / given).resolve()
    known = ", ".join(list_priors()) or "none"
    raise InputError(f"there is no model {str(folder)!r}: give a model folder or one of models/ ({known})")


def list_priors() -> list[str]:
    """Names of the priors in models/."""
    if not MODELS.is_dir():
        return []
    return sorted(p.name for p in MODELS.iterdir() if (p / DESCRIPTION).is_file() and weights_files(p))
