"""The priors to choose from: what each is of, and the one for a specimen.

    for entry in catalogue():
        print(entry.name, entry.domain, entry.error)
    prior_for("chip", usual="blood-small")       # "chips", if models/ has a prior of that domain

Only descriptions are read, no weights.
"""

import math
import os
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from ptygui.errors import InputError
from ptygui.networks.checkpoint import DESCRIPTION, PriorInfo, load_info
from ptygui.networks.weights import count_parameters, weights_files
from ptygui.paths import MODELS, user_priors
from ptygui.prior.entry import ANYTHING, SIGMA, PriorEntry
from ptygui.prior.folders import list_priors, model_folder

PICTURE = "sheet.png"

_KIND = re.compile(r"\(([^()]*)\)$")  # of validation data "chips.npz::obj (chip)"


def catalogue(folders: Iterable[str | os.PathLike[str]] = ()) -> Iterator[PriorEntry]:
    """The priors in models/, the user's (`user_priors`), then others; each once, unreadable ones left out."""
    seen = set()
    for given in (*list_priors(), *own_priors(), *folders):
        try:
            entry = entry_of(given)
        except InputError:
            continue
        if entry.folder not in seen:
            seen.add(entry.folder)
            yield entry


def own_priors() -> list[str]:
    """The folders of priors that the user keeps where the window saves them."""
    return [str(path.parent) for path in sorted(user_priors().glob(f"*/{DESCRIPTION}"))]


def entry_of(prior: str | os.PathLike[str]) -> PriorEntry:
    """The entry of a prior given by its name in models/ or its folder.

    Raises
    ------
    InputError
        If there is no such prior, or its description cannot be read.
    """
    folder = model_folder(prior)
    info = _info(folder)
    picture = folder / PICTURE
    return PriorEntry(
        name=folder.name if folder.parent == MODELS.resolve() else str(folder),
        folder=folder,
        domain=domain_of(info),
        date=_date(info, folder),
        data=_data(info),
        parameters=count_parameters(weights_files(folder)),
        error=held_out_error(info),
        picture=picture if picture.is_file() else None,
    )


def prior_for(specimen: str, usual: str) -> str:
    """The name of the prior in models/ for a specimen.

    One whose domain the specimen names, `usual` if that is one of them; else one of `ANYTHING`; else `usual`.
    """
    domains = {name: domain_of(_info(MODELS / name)) for name in _readable()}
    named = [name for name, domain in domains.items() if suits(domain, specimen)]
    named = named or [name for name, domain in domains.items() if domain == ANYTHING] or [usual]
    return usual if usual in named else named[0]


def domain_of(info: PriorInfo) -> str:
    """The stated domain, or the kind of all the images that it was validated on."""
    kinds = {match[1] for name in _texts(info, "validation_data") if (match := _KIND.search(name))}
    return info.domain or (kinds.pop() if len(kinds) == 1 else "")


def held_out_error(info: PriorInfo) -> float | None:
    """The last error measured at `SIGMA`; None if there is none."""
    entries = info.training.get("validation")
    losses = [entry.get("losses") for entry in entries or () if isinstance(entry, dict)]
    tables = [table for table in losses if isinstance(table, dict) and table]
    value = tables[-1].get(str(SIGMA)) if tables else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _readable() -> Iterator[str]:
    for name in list_priors():
        try:
            _info(MODELS / name)
        except InputError:
            continue
        yield name


def _info(folder: Path) -> PriorInfo:
    path = folder / DESCRIPTION
    return _cached(folder, path.stat().st_mtime_ns if path.is_file() else 0)


@lru_cache(maxsize=64)
def _cached(folder: Path, stamp: int) -> PriorInfo:
    return load_info(folder)


def suits(domain: str, specimen: str) -> bool:
    """Whether a specimen's words include all of a domain, in singular or plural."""
    wanted = _words(domain)
    return bool(wanted) and wanted <= _words(specimen)


def _words(text: str) -> set[str]:
    return {word.removesuffix("s") for word in re.findall(r"\w+", text.lower())}


def _texts(info: PriorInfo, key: str) -> list[str]:
    """A list of texts of a description, whose training part is not checked entry by entry."""
    found: Any = info.training.get(key)
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []


def _data(info: PriorInfo) -> str:
    """The names of the training data without folders and keys; only the first few."""
    names = [Path(name.partition("::")[0]).stem or name for name in _texts(info, "data")]
    names = list(dict.fromkeys(names))
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(names[:2]) + more


def _date(info: PriorInfo, folder: Path) -> str:
    """The stated day of training, or that of the weights of a folder outside models/."""
    try:
        return date.fromisoformat(str(info.training.get("date"))).isoformat()
    except ValueError:
        pass
    files = weights_files(folder)
    if folder.parent == MODELS.resolve() or not files:  # the day of a checkout says nothing
        return ""
    return datetime.fromtimestamp(files[0].stat().st_mtime, UTC).date().isoformat()
