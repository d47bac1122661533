"""NeXus: the default plot of an HDF5 file, which silx view, h5web and others show when they open it.

/             NX_class NXroot, default "entry"
/entry        NX_class NXentry, default: the name of the plot
/entry/NAME   NX_class NXdata: `data`, a link to the values, and their axes `y` and `x`
"""

import h5py
import numpy as np

_AXES = ("y", "x")


def put_plot(file: h5py.File, target: str, name: str, pixels_m: np.ndarray | None, title: str = "") -> None:
    """Make an image, or the stack of images, at `target` what viewers of NeXus show first.

    Parameters
    ----------
    file : h5py.File
    target : str
        Path of a dataset, shape (..., H, W): real, or complex.
    name : str
        Of the plot.
    pixels_m : float array, shape (2,), optional
        Height and width of a pixel [m]; without it axes are in pixels.
    title : str
        Shown above the plot; by default its name.
    """
    file.attrs["NX_class"], file.attrs["default"] = "NXroot", "entry"
    entry = file.require_group("entry")
    entry.attrs["NX_class"], entry.attrs["default"] = "NXentry", name
    put_image(entry.create_group(name), file[target], pixels_m, title or name)


def put_image(group: h5py.Group, data: h5py.Dataset, pixels_m: np.ndarray | None, title: str) -> None:
    """Make a group the NXdata of a dataset, linked if it is elsewhere; coordinates are from its centre."""
    group.attrs["NX_class"], group.attrs["signal"] = "NXdata", "data"
    group.attrs["axes"] = ["."] * (data.ndim - 2) + list(_AXES)
    if data.parent != group:
        group["data"] = h5py.SoftLink(data.name)
    data.attrs["interpretation"] = "image"
    group["title"] = title
    steps = np.ones(2) if pixels_m is None else pixels_m
    for axis, count, step in zip(_AXES, data.shape[-2:], steps, strict=True):
        group[axis] = (np.arange(count) - (count - 1) / 2) * step
        group[axis].attrs["units"] = "px" if pixels_m is None else "m"
