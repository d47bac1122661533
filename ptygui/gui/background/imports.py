"""Imports slow modules in the background, and starts the process that reads files."""

import gc
import threading
from collections.abc import Generator
from contextlib import suppress

import scipy  # noqa: F401 - in the first thread: two that import it at once see it half initialised

from ptygui.errors import InputError
from ptygui.files.reader import process as reader

_NUMERICS, _NETWORKS = threading.Lock(), threading.Lock()


def load(networks: bool) -> None:
    """Import what overlaps, torch and scores need, and diffusers if networks are needed.

    One thread at a time: when two threads import diffusers at once, the second sees it half initialised.
    """
    with _NUMERICS:
        import scipy.spatial  # noqa: F401 - first: the list of runs asks for overlaps
        import torch
        from scipy import ndimage  # noqa: F401 - runs start from an image smoothed with it

        from ptygui.physics.forward import Forward

        # The first transform loads its library; the first one ever on a machine also compiles loops.
        forward = Forward(
            torch.ones(8, 8, dtype=torch.complex64), torch.zeros(1, 2, dtype=torch.int64), (8, 8)
        )
        forward.adjoint(forward.fit(forward.apply(forward.probe), torch.ones(1, 8, 8)))
    if networks:
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
