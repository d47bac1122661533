"""What ends a command early: SIGTERM (a cluster, a shutdown) and SIGHUP (a closed terminal) as Ctrl-C does.

Exit codes are those of a shell: 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ptygui.cli.output import say

_NAMES = ("SIGTERM", "SIGHUP", "SIGBREAK")  # those that the system has; the last is of Windows


class Stopped(KeyboardInterrupt):
    """A signal asked the program to end; caught wherever Ctrl-C is."""

    def __init__(self, number: int):
        super().__init__(signal.Signals(number).name)
        self.number = number


def cause_of(stop: KeyboardInterrupt) -> str:
    """What stopped a command, in a word."""
    return signal.Signals(stop.number).name if isinstance(stop, Stopped) else "Ctrl-C"


def code_of(stop: KeyboardInterrupt) -> int:
    """The exit code after it."""
    return 128 + (stop.number if isinstance(stop, Stopped) else signal.SIGINT)


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """Raise `Stopped` at the first signal; more of them do not keep the results from being written.

    A signal that is ignored stays so: `nohup` asks for that.
    """
    if threading.current_thread() is not threading.main_thread():  # signals are for the main thread alone
        yield
        return
    known = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    taken = [number for number in known if signal.getsignal(number) is signal.SIG_DFL]
    terminals = _terminals()  # one that is closed does not even say that it was one

    def stop(number: int, _: object) -> None:
        for other in taken:
            signal.signal(other, signal.SIG_IGN)
        if number == getattr(signal, "SIGHUP", None):
            _leave(terminals)
        raise Stopped(number)

    for number in taken:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def finishing() -> Iterator[None]:
    """While results are written: what asks for an end is too late to gain anything, and would cost them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    known = [getattr(signal, name) for name in ("SIGINT", *_NAMES) if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in known}
    before = {number: handler for number, handler in before.items() if callable(handler)}
    for number in before:
        signal.signal(number, lambda number, _: say("ptygui: what was reached is being written"))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminals() -> list[int]:
    """The file descriptors of standard output and error that are terminals."""
    found = []
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            if stream.isatty():
                found.append(stream.fileno())
    return found


def _leave(terminals: list[int]) -> None:
    """Say the rest to nobody: a terminal that is closed refuses every word, which must cost no result."""
    for terminal in terminals:
        with suppress(OSError):
            nobody = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nobody, terminal)
            os.close(nobody)
