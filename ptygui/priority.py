"""Threads and processes that compute for minutes yield to the window."""

import contextlib
import os
import sys
import threading

NICE = 10  # niceness of the thread of a run, beside that of the window
OF_WORKERS = 5  # of processes, which are to get on where others compute as well


def yield_to_the_window(niceness: int = NICE) -> None:
    """Lower the priority of this thread, and of those that it starts; Linux alone has one per thread."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)


def dask_setup(_worker: object) -> None:
    """What a worker of dask that is told to preload this module does first."""
    yield_to_the_window(OF_WORKERS)
