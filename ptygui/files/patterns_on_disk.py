"""Diffraction patterns that stay in their file: read part by part, as `Scan.chunks` asks for them."""

from pathlib import Path
from typing import Any

import numpy as np

from ptygui.errors import InputError
from ptygui.files.hdf5 import open_hdf5

LARGE = 2**30  # bytes of patterns as float32, from which they stay in the file


class PatternsOnDisk:
    """Patterns of a dataset in an HDF5 file, with the shape of that dataset, (K, m, m).

    The file is opened for each part and closed again, so that others may move or replace it.

    Parameters
    ----------
    path : Path
    name : str
        Of the dataset.
    shape : tuple of int
    allow_links : bool
        Whether it may lie in other files of the folder.
    """

    def __init__(self, path: Path, name: str, shape: tuple[int, ...], allow_links: bool = False):
        self.path, self.name, self.shape, self.allow_links = path, name, shape, allow_links
        self._state = _state_of(path)

    def __getitem__(self, which: Any) -> np.ndarray:
        """Some of the patterns, by a slice or integers along the first axis.

        Raises
        ------
        InputError
            If the file is gone, or is another one by now.
        """
        if _state_of(self.path) != self._state:
            raise InputError(f"{self.path} was changed or moved since it was opened: open it again")
        with open_hdf5(self.path, self.allow_links) as file:
            dataset = file.dataset(self.name)
            if dataset is None:
                raise InputError(f"{self.path} holds no dataset {self.name} any more: open it again")
            return file.read(dataset, which)


def _state_of(path: Path) -> tuple[int, int] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size
