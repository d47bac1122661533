"""Complex numbers that are stored as compounds of two numbers."""

import numpy as np


def as_complex(array: np.ndarray) -> np.ndarray:
    """A compound of real and imaginary part (whatever their names) as complex numbers."""
    names = array.dtype.names
    if names is None or not is_complex(array.dtype):
        return array
    kind = np.result_type(array.dtype[names[0]], array.dtype[names[1]], np.complex64)
    found = np.empty(array.shape, kind)
    found.real, found.imag = array[names[0]], array[names[1]]
    return found


def is_complex(dtype: np.dtype) -> bool:
    """Whether a dtype is complex, or a compound that stands for it."""
    if dtype.names is None:
        return dtype.kind == "c"
    return tuple(n.lower() for n in dtype.names) in (("r", "i"), ("re", "im"), ("real", "imag"))
