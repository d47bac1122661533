"""The loops between the transforms, compiled for the processor by numba: one pass over the waves each.

In torch the same take several passes, and stay for GPUs, gradients, and where there is no numba:
`ptygui.physics.forward` chooses. They are compiled at the first call on a machine and kept on disk from then
on. Arrays are complex64 or float32 and contiguous; nothing is checked here.
"""

import contextlib
import functools
import logging
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

import numba
import numpy as np
from numba.core.dispatcher import Dispatcher
from numba.core.errors import NumbaError

_P = ParamSpec("_P")
_FAST = {"contract", "nsz", "arcp"}


def loop(function: Callable[_P, None]) -> Callable[_P, None]:
    """Compile a loop, and keep what was compiled on disk where that is possible.

    What is on disk may be of no use: a file was cut short, or there is no room or no right to write one. A
    loop must not fail for that. Its files are deleted and it is compiled anew; where that cannot be kept
    either, it is compiled for this process alone. Files are read and written before the loop begins, so that
    nothing is done twice.
    """
    kept = [_compile(function, cache=True)]

    @functools.wraps(function)
    def call(*arrays: _P.args, **named: _P.kwargs) -> None:
        try:
            return kept[0](*arrays, **named)
        except NumbaError:  # of the arguments
            raise
        except Exception as error:
            _say(function, error)
            _forget(kept[0], function)
        kept[0] = _compile(function, cache=True)
        try:
            return kept[0](*arrays, **named)
        except Exception as error:
            _say(function, error)
        kept[0] = _compile(function, cache=False)
        return kept[0](*arrays, **named)

    return call


def _compile(function: Callable[_P, None], cache: bool) -> "Dispatcher[Callable[_P, None]]":
    # No assumption that values are finite: a method that diverges must be seen to.
    if cache:
        try:
            return numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)(function)
        except RuntimeError as error:  # there is no folder that may be written to
            _say(function, error)
    return numba.njit(nogil=True, error_model="numpy", fastmath=_FAST)(function)


def _forget(compiled: "Dispatcher[Callable[_P, None]]", function: Callable[_P, None]) -> None:
    """Delete the files of a loop; those of other versions of numba or Python, too, which are made anew."""
    folder = Path(compiled.stats.cache_path or "")
    module = Path(function.__code__.co_filename).stem
    for path in folder.glob(f"{module}.{function.__name__}-*.nb[ic]") if folder.name else ():
        with contextlib.suppress(OSError):
            path.unlink()


def _say(function: Callable[_P, None], error: Exception) -> None:
    logging.getLogger(__name__).info("cannot keep %s compiled: %s", function.__name__, error)


@loop
def cut(
    objects: np.ndarray, first: np.ndarray, columns: int, probe: np.ndarray, exit_waves: np.ndarray
) -> None:
    """The exit waves P D_i f, (S, K, m, m), of objects (S, H * W): patches begin at flat indices `first`."""
    side = probe.shape[0]
    for s in range(objects.shape[0]):
        for k in range(first.size):
            for i in range(side):
                at = first[k] + i * columns
                row, p, out = objects[s, at : at + side], probe[i], exit_waves[s, k, i]
                for j in range(side):
                    out[j] = row[j] * p[j]


@loop
def place(patches: np.ndarray, first: np.ndarray, columns: int, factor: np.ndarray, onto: np.ndarray) -> None:
    """Patches (S, K, m, m) times a factor (m, m), added up where they lie in objects (S, H * W)."""
    side = factor.shape[0]
    for s in range(onto.shape[0]):
        for k in range(first.size):
            for i in range(side):
                at = first[k] + i * columns
                row, p, patch = onto[s, at : at + side], factor[i], patches[s, k, i]
                for j in range(side):
                    row[j] += patch[j] * p[j]


@loop
def set_modulus(
    out: np.ndarray, waves: np.ndarray, amplitudes: np.ndarray, trusted: np.ndarray, tiny: np.float32
) -> None:
    """The result is y z/|z| of waves (S, n) and amplitudes (1 or S, n).

    Or z itself where `trusted` is False: of n values, of fewer, which then repeat, or of none, where all are.
    """
    block = trusted.size or waves.shape[1]
    for s in range(waves.shape[0]):
        for at in range(0, waves.shape[1], block):
            w, o = waves[s, at : at + block], out[s, at : at + block]
            y = amplitudes[s % amplitudes.shape[0], at : at + block]
            for j in range(block):
                z = w[j]
                scale = y[j] / np.sqrt(z.real * z.real + z.imag * z.imag + tiny)
                if trusted.size and not trusted[j]:
                    scale = np.float32(1)
                o[j] = z * scale
