"""What tiles say to each other: sums over all, and pixels for a neighbour."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

import numpy as np

T = TypeVar("T")


@dataclass(frozen=True)
class Talk:
    """What a tile tells, and asks for.

    Attributes
    ----------
    total : tuple of arrays
        The sum of each over all tiles is wanted.
    each : array, optional
        What every tile gives, (n, ...), is wanted, one after the other.
    mail : mapping of int to array
        Pixels for other tiles, by their number.
    """

    total: tuple[np.ndarray, ...] = ()
    each: np.ndarray | None = None
    mail: Mapping[int, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Heard:
    """The answer: the sums, what all gave, and the pixels from other tiles by their number."""

    total: tuple[np.ndarray, ...]
    each: np.ndarray | None
    mail: Mapping[int, np.ndarray]


@dataclass(frozen=True)
class Shown:
    """What a tile has to show after an iterate; arrays on the host.

    Attributes
    ----------
    index, nfe : int
    obj : complex64 array
        The pixels of the tile.
    left, expected, counts : arrays, shape (K,)
        Of the positions that belong to it: sum of (y - |A f|)², what noise leaves of it, sum of y² [counts].
    probe : complex64 array
    share : float32 array, optional
        The prior's share of each pixel of the tile.
    level : float, optional
        Noise level [channel units].
    discrepancy : float, optional
    resolved : dict
    memory : float
        Most that the process has used [bytes].
    """

    index: int
    nfe: int
    obj: np.ndarray
    left: np.ndarray
    expected: np.ndarray
    counts: np.ndarray
    probe: np.ndarray
    share: np.ndarray | None = None
    level: float | None = None
    discrepancy: float | None = None
    resolved: Mapping[str, Any] = field(default_factory=dict)
    memory: float = 0.0


Says: TypeAlias = Talk | Shown
Program: TypeAlias = Generator[Says, Heard | None, T]


def answers(said: Sequence[Talk]) -> list[Heard]:
    """The answers to what all tiles said at once; sums are in the order of the tiles."""
    total = tuple(_sum(parts) for parts in zip(*(one.total for one in said), strict=True))
    given = [one.each for one in said if one.each is not None]
    each = np.concatenate(given) if given else None
    return [
        Heard(total, each, {k: other.mail[tile] for k, other in enumerate(said) if tile in other.mail})
        for tile in range(len(said))
    ]


def conversation(
    tiles: int, advance: Callable[[Sequence[Heard | None]], Sequence[Says | None]]
) -> Iterator[list[Shown] | None]:
    """Carry on until the programs end; yields what all tiles show, and None after each round of talk.

    `advance` gives every tile its answer, and returns what each says next; None of one that has ended.
    """
    heard: Sequence[Heard | None] = [None] * tiles
    while True:
        said = advance(heard)
        if all(one is None for one in said):
            return
        shown = [one for one in said if isinstance(one, Shown)]
        talk = [one for one in said if isinstance(one, Talk)]
        if len(shown) == tiles:
            heard = [None] * tiles
            yield shown
        elif len(talk) == tiles:
            heard = answers(talk)
            yield None
        else:
            raise RuntimeError("tiles are at different places of their programs")


def advanced(program: Program[None], heard: Heard | None) -> Says | None:
    """What a program says next; None at its end."""
    try:
        return program.send(heard)
    except StopIteration:
        return None


def together(programs: Sequence[Program[None]]) -> Iterator[list[Shown] | None]:
    """The conversation of all tiles in one process."""
    try:
        yield from conversation(len(programs), lambda heard: list(map(advanced, programs, heard)))
    finally:
        for program in programs:
            program.close()


def _sum(parts: Sequence[np.ndarray]) -> np.ndarray:
    total = np.array(parts[0])
    for part in parts[1:]:
        total = np.asarray(total + part)  # of numbers it would be none
    return total
