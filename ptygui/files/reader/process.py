"""The reading process as the program sees it: one is kept warm, and one that ended is replaced.

with borrowed() as reader:
said, arrays = reader.ask("hdf5.open", path, allow_links=False)
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

import numpy as np

from ptygui.errors import InputError
from ptygui.files import limits
from ptygui.files.reader.late import Late
from ptygui.files.reader.messages import PASSES_FILES, receive, send

_START = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from ptygui.files.reader.serve import serve; serve(sys.argv[2])"
)
# Paths that HDF5 would look for other files in, and filters that it would load from there.
_UNWANTED = (
    "HDF5_VDS_PREFIX",
    "HDF5_EXT_PREFIX",
    "HDF5_EXTFILE_PREFIX",
    "HDF5_PLUGIN_PATH",
    "HDF5_PLUGIN_PRELOAD",
)


@dataclass(frozen=True)
class Bound:
    """What one question may take.

    Attributes
    ----------
    cpu_s : float
        Processor time [s], where the system can bound it: of a decoder that loops.
    wall_s : float
        Time on the clock [s]: of one that waits.
    memory : int
        Bytes beyond those of the idle process, where the system can bound it (Linux).
    """

    cpu_s: float
    wall_s: float
    memory: int

    @classmethod
    def of(cls, path: Path, expected: int = 0) -> "Bound":
        """The bound for a file of its size, or for the bytes expected from it and those it links to."""
        try:
            size = max(path.stat().st_size, expected)
        except OSError:
            size = expected
        seconds = limits.CPU_SECONDS + size / limits.SLOWEST
        unpacked = max(limits.most_unpacked(0), 2 * expected) if expected else limits.most_unpacked(size)
        memory = min(2 * unpacked, 3 * limits.largest_array()) + limits.READER_ROOM
        return cls(seconds, limits.WALL_FACTOR * seconds, memory)


class Reader:
    """A running reading process. Not for two threads at once; see `borrowed`."""

    def __init__(self) -> None:
        self.started_by, self.contexts, self.ended = os.getpid(), 0, ""
        ours, theirs = socket.socketpair() if PASSES_FILES else (None, None)
        environment = {k: v for k, v in os.environ.items() if k not in _UNWANTED}
        environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        paths, ours_at = [os.path.abspath(p) for p in sys.path], str(Path(__file__).absolute().parents[3])
        paths = paths if ours_at in paths else [ours_at, *paths]
        words = [sys.executable, "-I", "-X", "utf8", "-c", _START, json.dumps(paths)]
        further: dict[str, Any] = {"start_new_session": True}  # Ctrl-C is for the program
        if sys.platform == "win32":
            further = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
        try:
            self._process = subprocess.Popen(
                [*words, str(theirs.fileno()) if theirs else ""],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=environment, pass_fds=(theirs.fileno(),) if theirs else (), **further,
            )  # fmt: skip
        except (OSError, ValueError) as error:
            raise InputError(
                f"the process that reads files cannot be started ({error}): install ptygui again"
            ) from None
        finally:
            if theirs is not None:
                theirs.close()
        self._files, self._slow = ours, ""
        self._late = Late(lambda: self._kill(self._slow))
        self._questions, self._answers = (
            cast(BinaryIO, stream) for stream in (self._process.stdin, self._process.stdout)
        )

    def ask(self, what: str, path: Path, expected: int = 0, **more: Any) -> tuple[Any, list[np.ndarray]]:
        """The answer to a question about a file, and the arrays in it.

        Parameters
        ----------
        what : str
            A name in `serve.ANSWERS`.
        path : Path
        expected : int
            Bytes of the arrays in the answer, if they are known.
        **more
            Plain values, and at most one array.

        Raises
        ------
        InputError
            As the process says it, or because it ended, or took too long.
        """
        if self.ended:
            raise InputError(f"{path} was closed, since another file ended the process that reads: try again")
        whole = os.path.abspath(path)
        bound = Bound.of(path, expected)
        self._slow = f"took more than {bound.wall_s:.0f} s"
        self._late.begin(bound.wall_s)
        try:
            arrays = [value for value in more.values() if isinstance(value, np.ndarray)]
            plain = {name: value for name, value in more.items() if not isinstance(value, np.ndarray)}
            limit = {"cpu_s": bound.cpu_s, "memory": bound.memory}
            send(self._questions, {"ask": what, "path": whole, "limit": limit, **plain}, arrays)
            said, found = receive(self._answers, self._files)
        except (EOFError, OSError, ValueError) as error:
            self._late.end()
            self._find_out(error)
            self._refuse(path)
        except BaseException:  # an answer is due that nobody will read
            self._kill("was stopped")
            raise
        finally:
            self._late.end()
        if "refused" in said:
            raise InputError(str(said["refused"]).replace(whole, str(path)))
        if "failed" in said:
            raise RuntimeError(f"in the process that reads files:\n{said['failed']}")
        return said["answer"], found

    def close(self) -> None:
        """End the process."""
        self._kill("was closed")
        self._late.close()
        self._process.wait()
        for stream in (self._questions, self._answers, self._files):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    @property
    def usable(self) -> bool:
        """Whether it runs, and was started by this process and not by the one that it was forked from."""
        return not self.ended and self._process.poll() is None and self.started_by == os.getpid()

    def _kill(self, why: str) -> None:
        self.ended = self.ended or why
        if self.started_by == os.getpid():
            self._process.kill()

    def _find_out(self, error: Exception) -> None:
        """Why the process ended."""
        if not isinstance(error, EOFError):
            self._kill("gave no answer")
        code = self._process.wait()
        if not self.ended:
            name = signal.Signals(-code).name if code < 0 else f"code {code}"
            self.ended = "took too much time" if name in ("SIGXCPU", "SIGALRM") else f"crashed ({name})"

    def _refuse(self, path: Path) -> NoReturn:
        raise InputError(f"{path} is damaged or incomplete (what decodes it {self.ended}): copy it again")


_KEPT = 2  # idle ones: a window opens a file while a run reads its scan in parts
_idle: list[Reader] = []
_lock = threading.Lock()
_of_thread = threading.local()


@contextmanager
def borrowed() -> Iterator[Reader]:
    """A reading process for this thread alone; inside another `borrowed` of the thread, the same one."""
    known: Reader | None = getattr(_of_thread, "reader", None)
    reader = known if known is not None and known.usable else _taken() or Reader()
    _of_thread.reader = reader
    reader.contexts += 1
    try:
        yield reader
    finally:
        reader.contexts -= 1
        if not reader.contexts:
            if getattr(_of_thread, "reader", None) is reader:
                _of_thread.reader = None
            _give_back(reader)


def warm() -> None:
    """Start the process ahead of the first file."""
    with borrowed() as reader:
        reader.ask("hello", Path())


def _taken() -> Reader | None:
    with _lock:
        while _idle:
            reader = _idle.pop()
            if reader.usable:
                return reader
            if reader.started_by == os.getpid():
                reader.close()
    return None


def _give_back(reader: Reader) -> None:
    with _lock:
        if reader.usable and len(_idle) < _KEPT:
            _idle.append(reader)
            return
    if reader.started_by == os.getpid():
        reader.close()


@atexit.register
def _close_all() -> None:
    while _idle:
        reader = _idle.pop()
        if reader.started_by == os.getpid():
            reader.close()
