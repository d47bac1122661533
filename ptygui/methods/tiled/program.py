"""The program of a tile for a method."""

from collections.abc import Container

from ptygui.errors import InputError
from ptygui.methods.awf import AWF
from ptygui.methods.base import Method
from ptygui.methods.daps import DAPS
from ptygui.methods.tiled.awf import awf
from ptygui.methods.tiled.daps import daps
from ptygui.methods.tiled.talk import Program
from ptygui.methods.tiled.tile import Part, Tile

_REFINED = ("position_update", "weight_update", "background_update")


def check(method: Method) -> None:
    """Refuse a method, or options, that do not work in tiles.

    Raises
    ------
    InputError
    """
    if not method.in_tiles:
        raise InputError(f"{method.label} does not work in tiles: use daps or awf")
    for name in _REFINED:
        if getattr(method, name) not in (False, "no"):
            flag = name.replace("_", "-")
            raise InputError(f"tiles refine the probe only: leave out --{flag}")
    if isinstance(method, DAPS) and method.num_seeds > 1:
        raise InputError(f"tiles work with one seed, not {method.num_seeds}: give --seeds 1")


def program_of(part: Part, method: Method, device: str, seed: int, record: Container[int]) -> Program[None]:
    """What a tile does, from its data to the last iterate; shown are those in `record`, and the last."""
    check(method)
    tile = Tile(part, device, seed)
    yield from tile.begun()
    if isinstance(method, DAPS):
        yield from daps(tile, method, record)
    elif isinstance(method, AWF):
        yield from awf(tile, method, record)
