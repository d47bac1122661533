"""How many processor threads a computation is worth."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

_ALL = torch.get_num_threads()  # as torch, or OMP_NUM_THREADS, chose at the start
_SMALL = 2**19  # complex values a step; below, waking other threads costs more than they save


@contextmanager
def threads_for(values: int) -> Iterator[None]:
    """Use one thread for data steps on few `values` (complex numbers at once), all of them otherwise.

    Small steps are over before a second thread has woken, and wait for it whenever another program has
    that processor: one thread is then faster by a factor, not by percents.
    """
    with _threads(1 if values < _SMALL else _ALL):
        yield


@contextmanager
def all_threads() -> Iterator[None]:
    """Use every thread, as a network evaluation is worth."""
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
