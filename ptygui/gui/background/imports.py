"""What takes long to import, imported behind the window."""

import gc
import threading
from collections.abc import Generator

import scipy  # noqa: F401 - the package alone, in the first thread: two that begin it at once see it half made

_NUMERICS, _NETWORKS = threading.Lock(), threading.Lock()


def load(networks: bool) -> None:
    """Import what overlaps, torch and scoring need, and diffusers if networks are needed.

    One thread at a time: diffusers, imported by two at once, is seen half made by the second.
    """
    with _NUMERICS:
        import scipy.spatial  # noqa: F401 - first: the list of runs asks for overlaps
        import torch
        from scipy import ndimage  # noqa: F401 - runs start from an image smoothed with it

        from ptygui.physics.forward import Forward, with_modulus

        # The first transform loads its library, the first of all on a machine compiles the loops beside it.
        forward = Forward(
            torch.ones(8, 8, dtype=torch.complex64), torch.zeros(1, 2, dtype=torch.int64), (8, 8)
        )
        forward.adjoint(with_modulus(forward.apply(forward.probe), torch.ones(1, 8, 8)))
    if networks:
        with _NETWORKS:
            from diffusers import UNet2DModel  # noqa: F401

            from ptygui.prior import prior  # noqa: F401


def import_all() -> Generator[str, None, None]:
    """Load everything that a run may need; yields the device that "auto" means on the way.

    No garbage is collected meanwhile, and what was imported is never gone through later: each look at all
    of it holds the window for 50 to 150 ms, and imports alone set off half a dozen.
    """
    gc.disable()
    try:
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
