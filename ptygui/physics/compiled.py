"""The loops between the transforms, compiled for the CPU by numba: each is one pass over the waves.

In torch the same operations take several passes; they are used on GPUs, for gradients, and without numba, as
chosen by `ptygui.physics.forward`. The loops are compiled at the first call on a machine and then kept on
disk. Arrays are complex64 or float32 and contiguous; nothing is checked here.
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
    """Compile a loop, and keep the compiled code on disk if possible.

    The files on disk may be unusable: truncated, or there is no room or no permission to write. A loop must
    not fail for that. Its files are deleted and it is compiled again; if they cannot be written either, it is
    compiled for this process only. Files are read and written before the loop starts, so that nothing is
    done twice.
    """
    kept = [_compile(function, cache=True)]

    @functools.wraps(function)
    def call(*arrays: _P.args, **named: _P.kwargs) -> None:
        try:
            return kept[0](*arrays, **named)
        except NumbaError:  # an error in the arguments
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
    # Values are not assumed to be finite: divergence must stay visible.
    if cache:
        try:
            return numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)(function)
        except RuntimeError as error:  # there is no writable folder
            _say(function, error)
    return numba.njit(nogil=True, error_model="numpy", fastmath=_FAST)(function)


def _forget(compiled: "Dispatcher[Callable[_P, None]]", function: Callable[_P, None]) -> None:
    """Delete the files of a loop, also those of other versions of numba or Python; they are made again."""
    folder = Path(compiled.stats.cache_path or "")
    module = Path(function.__code__.co_filename).stem
    for path in folder.glob(f"{module}.{function.__name__}-*.nb[ic]") if folder.name else ():
        with contextlib.suppress(OSError):
            path.unlink()


def _say(function: Callable[_P, None], error: Exception) -> None:
    logging.getLogger(__name__).info("cannot keep %s compiled: %s", function.__name__, error)


@loop
def cut(
    objects: np.ndarray,
    first: np.ndarray,
    columns: int,
    probes: np.ndarray,
    which: np.ndarray,
    exit_waves: np.ndarray,
) -> None:
    """The exit waves P D_i f, (S, M, K, m, m), of objects (S, H * W): patches begin at flat indices `first`.

    `which` (K,) says for each position which of the probes (U, M, m, m) it has.
    """
    side = probes.shape[2]
    for s in range(objects.shape[0]):
        for mode in range(probes.shape[1]):
            for k in range(first.size):
                probe = probes[which[k], mode]
                for i in range(side):
                    at = first[k] + i * columns
                    row, p, out = objects[s, at : at + side], probe[i], exit_waves[s, mode, k, i]
                    for j in range(side):
                        out[j] = row[j] * p[j]


@loop
def place(
    patches: np.ndarray,
    first: np.ndarray,
    columns: int,
    probes: np.ndarray,
    which: np.ndarray,
    onto: np.ndarray,
) -> None:
    """Patches (S, M, K, m, m) times conj(P), added up at their places in objects (S, H * W); see `cut`."""
    side = probes.shape[2]
    for s in range(onto.shape[0]):
        for mode in range(probes.shape[1]):
            for k in range(first.size):
                probe = probes[which[k], mode]
                for i in range(side):
                    at = first[k] + i * columns
                    row, p, patch = onto[s, at : at + side], probe[i], patches[s, mode, k, i]
                    for j in range(side):
                        row[j] += patch[j] * np.conj(p[j])


@loop
def set_modulus(
    out: np.ndarray, waves: np.ndarray, amplitudes: np.ndarray, trusted: np.ndarray, tiny: np.float32
) -> None:
    """The result is y z/|z| of waves (S, n) and amplitudes (1 or S, n).

    Where `trusted` is False, z itself. It has n values, or fewer that repeat, or none if all are trusted.
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


@loop
def set_modulus_of_sum(
    out: np.ndarray,
    waves: np.ndarray,
    amplitudes: np.ndarray,
    trusted: np.ndarray,
    background: np.ndarray,
    tiny: np.float32,
) -> None:
    """The result is y z_m / sqrt(sum_m |z_m|² + b) of waves (S, M, K, n) and amplitudes (K, n).

    Where `trusted` (1 or K, n) is False, z_m itself. `background` has n values; either may have none (0, n).
    """
    scale = np.empty(waves.shape[3], np.float32)
    for s in range(waves.shape[0]):
        for k in range(waves.shape[2]):
            scale[:] = tiny
            if background.shape[0]:
                scale += background[0]
            for m in range(waves.shape[1]):
                w = waves[s, m, k]
                for j in range(scale.size):
                    z = w[j]
                    scale[j] += z.real * z.real + z.imag * z.imag
            y = amplitudes[k]
            for j in range(scale.size):
                scale[j] = y[j] / np.sqrt(scale[j])
            if trusted.shape[0]:
                t = trusted[k % trusted.shape[0]]
                for j in range(scale.size):
                    if not t[j]:
                        scale[j] = np.float32(1)
            for m in range(waves.shape[1]):
                w, o = waves[s, m, k], out[s, m, k]
                for j in range(scale.size):
                    o[j] = w[j] * scale[j]
