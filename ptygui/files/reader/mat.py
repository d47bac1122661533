"""MAT files of version 5, by scipy: in the reading process, since damaged ones crash it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ptygui.files.limits import check_size, check_stored, reading

_KINDS = {"double": "f8", "single": "f4", "logical": "?"}


def arrays_of(path: Path) -> tuple[list[str], Sequence[np.ndarray]]:
    """All arrays of numbers, and their names."""
    import scipy.io

    names = []
    with reading(path):
        for name, shape, kind in scipy.io.whosmat(path, chars_as_strings=False):
            kind = _KINDS.get(kind, kind)
            if kind in ("f8", "f4", "?") or kind.lstrip("u").startswith("int"):
                # whosmat does not distinguish real from complex: the size check assumes the larger
                check_size(path, name, shape, np.dtype(complex))
                check_stored(path, name, shape, np.dtype(kind), path.stat().st_size)
                names.append(name)
        found = scipy.io.loadmat(path, variable_names=names) if names else {}
        arrays = {name: np.asarray(found[name]) for name in names}
    arrays = {name: array for name, array in arrays.items() if array.dtype.kind in "biufc"}
    return list(arrays), list(arrays.values())
