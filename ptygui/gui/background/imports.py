"""Imports slow modules in the background, and starts the process that reads files."""

import ctypes
import gc
import os
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import scipy  # noqa: F401 - in the first thread: two that import it at once see it half initialised

from ptygui.errors import InputError
from ptygui.files.reader import process as reader

_NUMERICS, _NETWORKS = threading.Lock(), threading.Lock()


def map_torch() -> None:
    """Load the library behind torch, on Linux, while the window goes on.

    An import holds the interpreter for as long as its library is loaded and set up, which takes 0.2 s for
    this one; a call through ctypes does not. torch finds it loaded.
    """
    found = find_spec("torch") if sys.platform == "linux" and "torch" not in sys.modules else None
    if found is None or found.origin is None:
        return
    library = Path(found.origin).parent / "lib" / "libtorch_cpu.so"
    try:
        load_library = ctypes.CDLL(None).dlopen
    except AttributeError:  # a C library that keeps it elsewhere: torch loads it all the same
        return
    load_library.argtypes, load_library.restype = [ctypes.c_char_p, ctypes.c_int], ctypes.c_void_p
    load_library(os.fsencode(library), os.RTLD_NOW | os.RTLD_LOCAL)


def load(networks: bool, tell: Callable[[str], None] = lambda doing: None) -> None:
    """Import what overlaps, torch and scores need, and diffusers if networks are needed.

    One thread at a time: when two threads import diffusers at once, the second sees it half initialised.
    `tell` is told what is imported next.
    """
    tell("loading torch")
    with _NUMERICS:
        import scipy.spatial  # noqa: F401 - first: the list of runs asks for overlaps

        map_torch()
        import torch
        from scipy import ndimage  # noqa: F401 - runs start from an image smoothed with it

        from ptygui.physics.forward import Forward

        # The first transform loads its library; the first one ever on a machine also compiles loops.
        forward = Forward(
            torch.ones(8, 8, dtype=torch.complex64), torch.zeros(1, 2, dtype=torch.int64), (8, 8)
        )
        forward.adjoint(forward.fit(forward.apply(forward.probe), torch.ones(1, 8, 8)))
    if networks:
        tell("loading the networks' library")
        with _NETWORKS:
            from diffusers import UNet2DModel  # noqa: F401

            from ptygui.prior import prior  # noqa: F401


def import_all() -> Generator[str, None, None]:
    """Load everything that a run may need; yields the device that "auto" means on the way.

    The garbage collector is off meanwhile, and the imported objects are never scanned later: each full scan
    blocks the window for 50 to 150 ms, and the imports alone trigger half a dozen.
    """
    gc.disable()
    try:
        with suppress(InputError):  # the first file says why
            reader.warm()
        load(networks=False)
        import torch

        from ptygui.experiment.reconstruct import pick_device

        if pick_device("auto") == "cuda":
            yield f"cuda ({torch.cuda.get_device_name()})"
        else:
            count = torch.get_num_threads()
            yield f"cpu ({count} thread{'s' * (count > 1)})"
        load(networks=True)
    finally:
        gc.freeze()
        gc.enable()
