"""The loop of the reading process: questions come on standard input, answers go to standard output."""

import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from ptygui.errors import InputError
from ptygui.files.reader import hdf5_file, mat, pictures, tiff_pages
from ptygui.files.reader.messages import receive, send

Answer = tuple[Any, Sequence[np.ndarray]]

ANSWERS: dict[str, Callable[..., Answer]] = {
    "hello": lambda path: ("hello", ()),
    "hdf5.open": hdf5_file.open_file,
    "hdf5.close": hdf5_file.close_file,
    "hdf5.find": hdf5_file.find,
    "hdf5.all": hdf5_file.all_datasets,
    "hdf5.attributes": hdf5_file.attributes_of,
    "hdf5.read": hdf5_file.read,
    "hdf5.text": hdf5_file.text,
    "mat": mat.arrays_of,
    "picture": pictures.read,
    "tiff.about": tiff_pages.about,
    "tiff.frames": tiff_pages.frames,
}


def serve(files: str) -> None:
    """Answer until the program closes the pipe; `files` is the number of the socket that passes files on."""
    # What libraries print must not get between messages.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    questions = sys.stdin.buffer
    passed = socket.socket(fileno=int(files)) if files else None
    _never(("RLIMIT_CORE",))
    while True:
        try:
            asked, arrays = receive(questions)
        except EOFError:
            return
        _limit(**asked.pop("limit"))
        said, found = _answer(asked.pop("ask"), Path(asked.pop("path")), asked, arrays)
        with suppress(BrokenPipeError):
            send(answers, said, found, passed)
        del arrays, found  # their memory is the program's now
        if hasattr(signal, "alarm"):
            signal.alarm(0)


def _answer(
    what: str, path: Path, more: dict[str, Any], arrays: Sequence[np.ndarray]
) -> tuple[dict[str, Any], Sequence[np.ndarray]]:
    try:
        said, found = ANSWERS[what](path, *arrays, **more)
    except InputError as error:
        return {"refused": str(error)}, ()
    except MemoryError:
        why = "it asks for more memory than there is"
        return {"refused": f"{path} is damaged or incomplete, or too large ({why}): copy it again"}, ()
    except Exception:  # a fault of this program: raised again where the file was asked for
        return {"failed": traceback.format_exc()}, ()
    return {"answer": said}, found


def _limit(cpu_s: float, memory: int) -> None:
    """Bound processor time and memory from now on, and time on the clock in case nobody waits any more."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime + cpu_s) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        signal.alarm(int(20 * cpu_s) + 1)
        with open("/proc/self/statm", "rb") as file:  # of Linux, which alone keeps to this limit
            taken = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (taken + memory, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _never(names: Sequence[str]) -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        for name in names:
            resource.setrlimit(getattr(resource, name), (0, 0))
