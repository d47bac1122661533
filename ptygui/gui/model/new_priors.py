"""Priors to choose from, and how well each denoises images that it did not learn from."""

import math
from pathlib import Path

from ptygui.errors import InputError
from ptygui.paths import MODELS

SIGMA = 0.3  # noise level whose error is told, of those that a training measures [channel units]
NO_SCORE = "no held-out score"


def shipped() -> list[str]:
    """Names of the priors in models/."""
    folders = MODELS.iterdir() if MODELS.is_dir() else ()
    return sorted(folder.name for folder in folders if (folder / "prior.json").is_file())


def same(one: str, other: str) -> bool:
    """Whether two names or folders mean one prior."""
    return _folder(one) == _folder(other)


def called(prior: str) -> str:
    """The name of a prior, without the folders that it lies in."""
    return Path(prior).name or prior


def score(prior: str) -> str:
    """The held-out error of a prior at `SIGMA` as its prior.json has it, in words where it has none."""
    from ptygui.networks.checkpoint import load_info

    try:
        found = load_info(_folder(prior)).training.get("validation")
    except (InputError, OSError):
        return "not found"
    entries = found if isinstance(found, list) else []
    losses = (entry.get("losses") for entry in entries if isinstance(entry, dict))
    tables = [table for table in losses if isinstance(table, dict) and table]
    value = tables[-1].get(str(SIGMA)) if tables else None
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return f"{value:.4f}" if good else NO_SCORE


def _folder(prior: str) -> Path:
    given = Path(prior).expanduser()
    named = MODELS / given
    return (named if given.parent == Path() and not given.is_dir() and named.is_dir() else given).absolute()
