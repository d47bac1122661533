"""TIFF stacks page by page: in the reading process, which keeps the newest one open."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ptygui.files.limits import check_size, check_stored, reading

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPageSeries

_KEPT: dict[tuple[Path, int, int], "_Opened"] = {}

Answer = tuple[dict[str, Any], Sequence[np.ndarray]]


@dataclass(frozen=True)
class _Opened:
    file: "TiffFile"
    series: "TiffPageSeries"


def about(path: Path) -> Answer:
    """Shape and type of the frames of a stack; `frames` is 0 if the file is not one that is read by pages."""
    with reading(path):
        opened = _open(path)
        if opened is None:
            return {"frames": 0}, ()
        *stack, rows, columns = opened.series.shape
        said = {"frames": int(np.prod(stack)), "rows": rows, "columns": columns}
        return said | {"dtype": opened.series.dtype.newbyteorder("=").str}, ()


def frames(path: Path, first: int, stop: int) -> Answer:
    """Frames `first` to `stop` of a stack, shape (stop - first, rows, columns)."""
    with reading(path):
        opened = _open(path)
        if opened is None:
            raise ValueError("it is no stack any more")
        series = opened.series
        shape = (stop - first, *series.shape[-2:])
        check_size(path, "frames", shape, series.dtype)
        if series.dataoffset is not None:  # one after the other, as they are
            skip = first * int(np.prod(shape[1:])) * series.dtype.itemsize
            stored = series.dtype.newbyteorder(opened.file.byteorder)
            flat = np.fromfile(path, stored, int(np.prod(shape)), offset=series.dataoffset + skip)
            found = flat.reshape(shape)
        else:
            pages = [page for k in range(first, stop) if (page := series.pages[k]) is not None]
            found = np.stack([page.asarray() for page in pages]).reshape(shape)
        return {}, (np.ascontiguousarray(found, series.dtype.newbyteorder("=")),)


def _open(path: Path) -> _Opened | None:
    """The stack of a file, if it has one page for each grey frame of real numbers."""
    import tifffile

    state = path.stat()
    key = path, state.st_mtime_ns, state.st_size
    if key not in _KEPT:
        while _KEPT:
            with suppress(OSError):
                _KEPT.popitem()[1].file.close()
        logging.getLogger("tifffile").setLevel(logging.CRITICAL)
        file = tifffile.TiffFile(path)
        if not file.series or not _by_pages(path, file.series[0], state.st_size):
            file.close()
            return None
        _KEPT[key] = _Opened(file, file.series[0])
    return _KEPT[key]


def _by_pages(path: Path, series: "TiffPageSeries", size: int) -> bool:
    shape, dtype = series.shape, series.dtype
    if len(shape) < 3 or 0 in shape or dtype is None or dtype.kind not in "biuf":
        return False
    check_stored(path, "image", shape, dtype, size)
    count = int(np.prod(shape[:-2], dtype=object))
    paged = len(series.pages) == count and series.keyframe.shape == shape[-2:]
    return series.axes.endswith("YX") and (series.dataoffset is not None or paged)
