"""The number of processor threads for a computation."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

_ALL = torch.get_num_threads()  # as set by torch or OMP_NUM_THREADS at the start
_SMALL = 2**19  # complex values per step; below this, waking other threads costs more than they save


def thread_count() -> int:
    """The number of threads that a network evaluation uses."""
    return _ALL


@contextmanager
def threads_for(values: int) -> Iterator[None]:
    """Use one thread for data steps on few `values` (complex numbers at once), all of them otherwise.

    Small steps are over before a second thread has woken up, and wait for it whenever another program
    uses its processor: one thread is then faster by a factor, not by percents.
    """
    with _threads(1 if values < _SMALL else _ALL):
        yield


@contextmanager
def all_threads() -> Iterator[None]:
    """Use all threads, as a network evaluation needs."""
    with _threads(_ALL):
        yield


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    if count == before:
        yield
        return
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
