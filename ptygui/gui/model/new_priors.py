"""Priors to choose from, and how well each denoises held-out images."""

from collections.abc import Iterable
from pathlib import Path

from ptygui.errors import InputError
from ptygui.paths import MODELS, user_priors
from ptygui.prior.entry import SIGMA as SIGMA

NO_SCORE = "no held-out score"


def shipped() -> list[str]:
    """Names of the priors in models/."""
    folders = MODELS.iterdir() if MODELS.is_dir() else ()
    return sorted(folder.name for folder in folders if (folder / "prior.json").is_file())


def known(recent: Iterable[str]) -> list[str]:
    """Names and folders of the priors to choose from: shipped, the user's, and recently used ones."""
    own = sorted(str(path.parent) for path in user_priors().glob("*/prior.json"))
    return list(dict.fromkeys([*shipped(), *own, *recent]))


def same(one: str, other: str) -> bool:
    """Whether two names or folders refer to the same prior."""
    return _folder(one) == _folder(other)


def called(prior: str) -> str:
    """The name of a prior, without its parent folders."""
    return Path(prior).name or prior


def score(prior: str) -> str:
    """The held-out error of a prior at `SIGMA` from its prior.json, or words if it has none."""
    from ptygui.networks.checkpoint import load_info
    from ptygui.prior.catalogue import held_out_error

    try:
        error = held_out_error(load_info(_folder(prior)))
    except (InputError, OSError):
        return "not found"
    return NO_SCORE if error is None else f"{error:.4f}"


def _folder(prior: str) -> Path:
    given = Path(prior).expanduser()
    named = MODELS / given
    return (named if given.parent == Path() and not given.is_dir() and named.is_dir() else given).absolute()
