"""The default plot of NeXus in an HDF5 file, so that silx view, h5web and others show it at once."""

import h5py

ENTRY = "entry"


def put_default_plot(file: h5py.File, target: str, title: str) -> None:
    """Let a data set be what viewers show first; nothing is copied.

    Parameters
    ----------
    file : h5py.File
        Open for writing.
    target : str
        The data set, such as "object", of at least two axes.
    title : str
    """
    file.attrs["NX_class"], file.attrs["default"] = "NXroot", ENTRY
    entry = file.create_group(ENTRY)
    entry.attrs["NX_class"], entry.attrs["default"] = "NXentry", "plot"
    plot = entry.create_group("plot")
    plot.attrs["NX_class"], plot.attrs["signal"] = "NXdata", "data"
    plot["title"] = title
    plot["data"] = h5py.SoftLink(f"/{target}")
    file[target].attrs["interpretation"] = "image"
