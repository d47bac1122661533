"""What a detector counts on average for an object: the forward model in numpy, as `simulate` uses it.

`ptygui.physics.forward` is the same in torch, with the adjoint that reconstruction needs.
"""

from typing import TypeVar

import numpy as np

_Values = TypeVar("_Values")  # numpy.ndarray or torch.Tensor

STABILISING = 0.25  # counts that are added to the model of counts whose square root is `stabilised`
WHOLE = 0.001  # positions this near to whole pixels are whole [px]


def expected_counts(
    obj: np.ndarray,
    modes: np.ndarray,
    positions: np.ndarray,
    weights: np.ndarray | None = None,
    background: np.ndarray | float | None = None,
) -> np.ndarray:
    """``w_i² sum_m |F S_i P_m D_i f|² + b``: the patterns of some positions without noise, centred.

    F is unitary; D_i cuts the patch at the nearest whole pixel within the object and S_i shifts the probe by
    the rest: refinement may move a position beyond the edge.

    Parameters
    ----------
    obj : complex array, shape (H, W)
    modes : complex array, shape (m, m) or (M, m, m)
        The probe or its incoherent modes, in square roots of counts.
    positions : float array, shape (K, 2)
        Row and column of each patch's first pixel [px].
    weights : float array, shape (K,), optional
        Amplitude of the beam at each position.
    background : float array, shape (m, m) or (), optional
        Counts that do not come from the sample, centred.

    Returns
    -------
    float array, shape (K, m, m)
    """
    m = modes.shape[-1]
    corners = np.rint(positions).astype(int).clip(0, np.array(obj.shape) - m)
    windows = np.lib.stride_tricks.sliding_window_view(obj, (m, m))
    patches = windows[tuple(corners.T)]
    counts: np.ndarray | float = 0
    for mode in modes.reshape(-1, m, m):
        waves = np.fft.fft2(patches * shifted(mode, positions - corners), norm="ortho")
        counts = counts + np.square(np.abs(waves))
    if weights is not None:
        counts = counts * np.square(weights)[:, None, None]
    counts = np.fft.fftshift(counts, axes=(-2, -1))
    return counts if background is None else counts + background


def shifted(image: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """An image (m, m) shifted by (rows, columns) [px] through a Fourier phase, circularly: (K, m, m).

    If no shift is above `WHOLE`, the image itself for all: (1, m, m).
    """
    if np.abs(shifts).max(initial=0) <= WHOLE:
        return image[None]
    frequencies = np.fft.fftfreq(len(image))
    rows, columns = np.exp(-2j * np.pi * shifts.T[..., None] * frequencies)
    return np.fft.ifft2(np.fft.fft2(image) * rows[:, :, None] * columns[:, None, :])


def stabilised(roots: _Values) -> _Values:
    """(sqrt(n) + sqrt(n + 1)) / 2 of the square roots of counts n (Freeman & Tukey 1950), arrays or tensors.

    The mean of sqrt(n) is below sqrt(λ) where the mean count λ is small, by up to .27 at λ = .4. That of this
    is sqrt(λ + 1/4) to within .05 everywhere, and its variance at most about 1/4 as well.
    """
    return (roots + (roots * roots + 1) ** 0.5) / 2  # type: ignore[operator]


def counts_of(roots: _Values) -> _Values:
    """The counts of square roots that are `stabilised`."""
    return (roots - 0.25 / roots) ** 2  # type: ignore[operator, return-value]
