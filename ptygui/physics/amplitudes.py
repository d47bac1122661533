"""Measured amplitudes as tensors: all in memory, or of a large scan read from its file block by block."""

import math
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from ptygui.detector import counts_of, stabilised
from ptygui.scan import Patterns, Scan

_BLOCK = 2**22  # amplitudes that are kept until others are asked for: 16 MiB


def amplitudes_of(scan: Scan, device: torch.device) -> "Amplitudes":
    """Square roots of the counts (K, m, m), zero frequency in the corner, computed in parts."""
    if scan.stays_in_file and device.type == "cpu":
        return AmplitudesInFile(scan.patterns)
    amplitudes = torch.empty(tuple(scan.patterns.shape), dtype=torch.float32, device=device)
    for which, counts in scan.chunks():
        amplitudes[which] = _amplitudes(counts).to(device)
    return amplitudes


class AmplitudesInFile:
    """Amplitudes (K, m, m) of patterns in a file, as a tensor of those that are asked for.

    Arithmetic with all of them loads them: methods that need little memory index them by slices.
    """

    device = torch.device("cpu")

    def __init__(self, patterns: Patterns, stabilised: bool = False):
        self._patterns, self.shape = patterns, torch.Size(patterns.shape)
        self._stabilised = stabilised
        self._each = max(1, _BLOCK // math.prod(self.shape[1:]))
        self._kept = 0, torch.empty(0, *self.shape[1:])

    def __getitem__(self, which: Any) -> Tensor:
        """Some along the first axis, by a slice or integers."""
        if not isinstance(which, slice):
            return self._of(np.asarray(which))
        first, stop, step = which.indices(len(self))
        start, block = self._kept
        if step != 1 or stop - first > self._each:
            return self._of(which)
        if not start <= first <= stop <= start + len(block):
            start, block = first, self._of(slice(first, first + self._each))
            self._kept = start, block
        return block[first - start : stop - start]

    def _of(self, which: "slice | np.ndarray") -> Tensor:
        roots = _amplitudes(self._patterns[which])
        return stabilised(roots) if self._stabilised else roots

    def stabilised(self) -> "AmplitudesInFile":
        """See `stabilised_amplitudes`."""
        return AmplitudesInFile(self._patterns, stabilised=True)

    def __len__(self) -> int:
        return self.shape[0]

    def numel(self) -> int:
        """Number of values."""
        return self.shape.numel()

    def new_zeros(self, *shape: Any) -> Tensor:
        """Zeros of the same type."""
        return torch.zeros(*shape)

    def square(self) -> Tensor:
        """All counts, loaded."""
        return self[:].square_()

    def __truediv__(self, scale: Any) -> Tensor:
        return self[:] / scale

    def __sub__(self, other: Tensor) -> Tensor:
        return self[:] - other


Amplitudes: TypeAlias = Tensor | AmplitudesInFile


def stabilised_amplitudes(amplitudes: Amplitudes) -> Amplitudes:
    """Amplitudes as `detector.stabilised` has them."""
    return stabilised(amplitudes) if isinstance(amplitudes, Tensor) else amplitudes.stabilised()


def counts_measured(amplitudes: Tensor, added: float) -> Tensor:
    """Counts of amplitudes, which are stabilised if the model has `added` counts."""
    return counts_of(amplitudes) if added else amplitudes.square()


def _amplitudes(counts: np.ndarray) -> Tensor:
    roots = np.sqrt(np.asarray(counts, np.float32))
    return torch.from_numpy(np.ascontiguousarray(np.fft.ifftshift(roots, axes=(-2, -1))))
