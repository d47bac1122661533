"""Products of Ptychodus in HDF5, NPZ and CXI: object, probe and positions; results are products too.

/object (1, y, x), /probe (1, mode, y, x), /probe_position_{x,y}_m, ...  as in Ptychodus
"""

from pathlib import Path

from ptygui.files.arrays import Arrays
from ptygui.files.formats.base import Contents, Format
from ptygui.files.geometry_file import (
    IMAGE_OBJECT,
    is_cxi_positions,
    is_hdf5_product,
    is_npz_product,
    read_geometry,
)
from ptygui.files.hdf5 import Hdf5
from ptygui.files.result import Result

_CXI_DATA = ("/entry_1/instrument_1/detector_1", "/entry_1/data_1")


def is_product(found: Contents) -> bool:
    """Whether a file holds an object with probe positions."""
    return isinstance(found, Hdf5) and is_hdf5_product(found)


def is_result(found: Contents) -> bool:
    """Whether a product also holds what ptygui adds to a result."""
    return isinstance(found, Hdf5) and is_product(found) and found.find("ptygui") is not None


def read_product(path: Path) -> Result:
    """Read the product of another program: a result without method, steps and numbers."""
    return read_geometry(path).as_result()


def is_npz(found: Contents) -> bool:
    """Whether it is a product in NPZ."""
    return isinstance(found, Arrays) and is_npz_product(found)


def is_cxi(found: Contents) -> bool:
    """Whether it is a product in CXI: an object and positions, and no patterns."""
    return (
        isinstance(found, Hdf5)
        and found.dataset(IMAGE_OBJECT) is not None
        and is_cxi_positions(found)
        and not any("data" in found.names(group) for group in _CXI_DATA)
    )


RESULT: Format = Format("result", "ptygui result (Ptychodus product)", "result", is_result, (".h5", ".hdf5"))
PRODUCT: Format = Format(
    "product", "Ptychodus product", "result", is_product, (".h5", ".hdf5"), result=read_product
)
NPZ: Format = Format(
    "product-npz", "Ptychodus product in NPZ", "result", is_npz, (".npz",), result=read_product
)
CXI: Format = Format(
    "product-cxi", "Ptychodus product in CXI", "result", is_cxi, (".cxi",), result=read_product
)
