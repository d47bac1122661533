"""Common parts of all model folders, for any network: checked reading, complete writing.

A folder holds one JSON description, weights as safetensors and a card. Everything read is checked before
anything is allocated; nothing is ever unpickled.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ptygui.atomic import replacing_in
from ptygui.errors import InputError
from ptygui.networks.schema import Kind, Listed, Number, Place, Table, Text, read_group, read_json
from ptygui.networks.weights import disk_errors

if TYPE_CHECKING:
    from torch import nn

VERSION = 1
CARD = "README.md"

_UPDATE = "update ptygui"
_COUNT = Number(0, 1e15, none=True)
_PAST: dict[str, Kind] = {"steps": _COUNT, "samples": _COUNT, "hours": _COUNT}
# Where the weights come from. Values that the program uses are checked; the rest is at most shown as text.
TRAINING = Table(
    known=_PAST | {"data": Listed(Text(4096), 0, 10_000), "earlier": Listed(Table(known=_PAST), 0, 1000)}
)

_T = TypeVar("_T")
_N = TypeVar("_N", bound="nn.Module")


def read_description(path: Path, of: type[_T], flat: str = "") -> _T:
    """A dataclass from the description of a model; entries of the table `flat` in it count as its own.

    Raises
    ------
    InputError
        Naming the file and the entry, if it is missing, malformed or of an unknown version.
    """
    said = read_json(path)
    if said.get("version") != VERSION:
        Place(path, _UPDATE).at("version").refuse(said.get("version"), f"{VERSION}, which this program reads")
    place = Place(path)
    inner = Table().read(said.get(flat, {}), place.at(flat)) if flat else {}
    return read_group(of, inner | said, place)


def described(**said: Any) -> str:
    """The text of a description."""
    return json.dumps({"version": VERSION, **said}, indent=2, allow_nan=False) + "\n"


def save_folder(
    folder: Path,
    write_weights: Callable[[Path], None],
    texts: Mapping[str, str],
    of_weights: Callable[[str], bool],
) -> None:
    """Write a model folder: all files under temporary names, which are renamed when all are complete.

    Parameters
    ----------
    folder : path
    write_weights : function of a folder
        Writes the weights into it.
    texts : mapping of str to str
        Text files by name; an empty one is not written, and an existing file stays.
    of_weights : function of a file name
        Whether it holds weights: earlier ones that are not written again are removed.
    """
    with replacing_in(folder) as scratch:
        with disk_errors():
            write_weights(scratch)
        for name, text in texts.items():
            if text:
                (scratch / name).write_text(text, encoding="utf-8")
        names = {file.name for file in scratch.iterdir()}
        for name in names:
            (scratch / name).chmod(0o644)  # safetensors writes files only the owner can read
    for file in folder.iterdir():
        if of_weights(file.name) and file.name not in names:  # of a network with other shards
            file.unlink()


def empty_network(path: Path, make: Callable[[], _N], largest: int) -> _N:
    """The network returned by `make`, on the meta device: shapes without memory.

    Raises
    ------
    InputError
        If it cannot be made as the file at `path` describes it, or has more than `largest` parameters.
    """
    import torch

    try:
        with torch.device("meta"):
            network = make()
    except Exception as error:  # of diffusers and torch, on shapes that do not fit
        raise InputError(
            f"{path}: no network of this shape can be made, its numbers do not fit together: take an earlier "
            "copy of the model"
        ) from error
    count = sum(p.numel() for p in network.parameters())
    if count > largest:
        raise InputError(
            f"{path}: the network has {count} parameters, more than {largest}: take a smaller one"
        )
    return network
