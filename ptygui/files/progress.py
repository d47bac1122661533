"""How far a large file is read: told block by block to whoever listens, who may stop it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

Listener: TypeAlias = Callable[[int, int, str], None]

FRAMES, MEGABYTES = "frames", "MB"

_listener: ContextVar[Listener | None] = ContextVar("_listener", default=None)


@contextmanager
def told_of_reading(listener: Listener | None) -> Iterator[None]:
    """Within it, `listener` is told what was read, of how much, and the unit: frames or megabytes.

    Large files are read several times while a scan is opened. What the listener raises stops it; None tells
    nobody.
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def listened() -> bool:
    """Whether anybody listens."""
    return _listener.get() is not None


def tell(done: int, whole: int, unit: str = FRAMES) -> None:
    """Tell the listener, if there is one."""
    listener = _listener.get()
    if listener is not None:
        listener(done, whole, unit)
