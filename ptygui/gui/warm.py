"""What takes long to import, imported behind the window."""

from collections.abc import Iterator


def warm_up() -> Iterator[str]:
    """Import torch, what scoring needs and the networks; yields the device that "auto" means."""
    import skimage.metrics  # noqa: F401
    import torch

    from ptygui.methods import modulus, problem  # noqa: F401
    from ptygui.reconstruct import pick_device

    device = pick_device("auto")
    torch.fft.fft2(torch.zeros(2, 8, 8, dtype=torch.complex64))
    if device == "cuda":
        yield f"cuda ({torch.cuda.get_device_name()})"
    else:
        yield f"cpu ({torch.get_num_threads()} threads)"
    from diffusers import UNet2DModel  # noqa: F401

    from ptygui.prior import prior  # noqa: F401
