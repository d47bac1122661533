"""How far a large file is read: told block by block to whoever listens, who may stop it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO, TypeAlias

Listener: TypeAlias = Callable[[int, int, str], None]

FRAMES, MEGABYTES, KILOBYTES = "frames", "MB", "kB"
_MANY = 2**24  # bytes from which it is told how many are read, each time that so many more are
SLOW = 2**18  # the same, of what is unpacked slowly

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


class ToldBytes:
    """A file that is read from its beginning to its end, which tells how far if that is far.

    Parameters
    ----------
    file : binary file
    whole : int
        Bytes that it has.
    many : int
        Bytes after which it is told again; 0 for those of plain files.
    """

    def __init__(self, file: IO[bytes], whole: int, many: int = 0):
        self._file, self._whole, self._many, self._done = file, whole, many or _MANY, 0
        tell_bytes(0, whole, many)

    def read(self, count: int = -1) -> bytes:
        """As for a file."""
        before, found = self._done, self._file.read(count)
        self._done += len(found)
        if before // self._many != self._done // self._many:
            tell_bytes(self._done, self._whole, self._many)
        return found


def tell_bytes(done: int, whole: int, many: int = 0) -> None:
    """Tell how much was read of something that is read whole, if that is much."""
    if whole >= (many or _MANY):
        unit, size = (MEGABYTES, 10**6) if whole >= _MANY else (KILOBYTES, 1000)
        tell(done // size, whole // size, unit)
