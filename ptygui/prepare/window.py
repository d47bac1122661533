"""The window about the beam: where the beam is, and how frames are cut, recentred and binned to it."""

from dataclasses import dataclass

import numpy as np

from ptygui.errors import InputError

_BETTER = 0.02  # gain of the correlation with the probe's far field, above which the beam is elsewhere
_FAR = 1 / 16  # share of the window, above which a beam is off centre where no probe says so


def beam_centre(mean: np.ndarray, good: np.ndarray, probe: np.ndarray | None = None) -> np.ndarray:
    """Where the zero frequency is in a mean pattern that holds the beam in one piece: row, column [px].

    With a probe it is where the probe's far-field intensity correlates best with the pattern (a whole
    pixel), else the pattern's centre of mass above a tenth of its smoothed maximum.

    Parameters
    ----------
    mean : float array, shape (rows, columns)
    good : bool array, shape (rows, columns)
    probe : complex array, shape (m, m), optional
        Its detector has the same pixels.
    """
    light = np.where(good, np.maximum(mean, 0), 0)
    if probe is not None:
        correlation = _correlation(light, probe)
        return np.array(np.unravel_index(correlation.argmax(), light.shape), float)
    from scipy.ndimage import gaussian_filter

    seen = gaussian_filter(good.astype(float), 1.5)
    smooth = gaussian_filter(light, 1.5) / np.maximum(seen, 0.1)
    weight = np.maximum(smooth - 0.1 * smooth.max(), 0)
    total = weight.sum()
    if not total:
        return np.array([n // 2 for n in light.shape], float)
    rows, columns = (np.arange(n) for n in light.shape)
    return np.array([weight.sum(1) @ rows, weight.sum(0) @ columns]) / total


def beam_is_off(mean: np.ndarray, good: np.ndarray, probe: np.ndarray | None, centre: np.ndarray) -> bool:
    """Whether the beam is clearly not at the pixel `n // 2`."""
    middle = np.array([n // 2 for n in mean.shape])
    if probe is None:
        return bool(np.abs(centre - middle).max() >= max(2, _FAR * min(mean.shape)))
    row, column = np.rint(centre).astype(int)
    correlation = _correlation(np.where(good, np.maximum(mean, 0), 0), probe)
    return bool(correlation[row, column] > correlation[tuple(middle)] + _BETTER)


def far_field_fit(mean: np.ndarray, good: np.ndarray, probe: np.ndarray) -> float:
    """Correlation coefficient of a mean pattern and the probe's far field, at the best place: at most 1."""
    return float(_correlation(np.where(good, np.maximum(mean, 0), 0), probe).max())


def _correlation(light: np.ndarray, probe: np.ndarray) -> np.ndarray:
    """Correlation coefficient of a pattern and the probe's far field about each of its pixels."""
    far = np.square(np.abs(far_field(probe.astype(complex))))  # files hold any numbers
    template = np.zeros(light.shape)
    here, there = zip(*(_common(n, w) for n, w in zip(far.shape, light.shape, strict=True)), strict=True)
    template[there] = far[here]
    # amplitudes: the direct beam alone would decide
    one, two = (np.sqrt(a) for a in (light, template))
    one, two = (a / max(float(np.linalg.norm(a)), 1e-300) for a in (one, two))
    moved = np.fft.fft2(one) * np.conj(np.fft.fft2(np.fft.ifftshift(two)))
    return np.fft.ifft2(moved).real


def _common(size: int, width: int) -> tuple[slice, slice]:
    """Slices of two lengths whose middles, n // 2, coincide."""
    common = min(size, width)
    first, other = size // 2 - common // 2, width // 2 - common // 2
    return slice(first, first + common), slice(other, other + common)


def far_field(wave: np.ndarray) -> np.ndarray:
    """The wave on the detector, zero frequency at n // 2 (unitary)."""
    axes = (-2, -1)
    return np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(wave, axes=axes), norm="ortho"), axes=axes)


def near_field(wave: np.ndarray) -> np.ndarray:
    """The inverse of `far_field`."""
    axes = (-2, -1)
    return np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(wave, axes=axes), norm="ortho"), axes=axes)


@dataclass(frozen=True)
class Window:
    """How a frame of the file becomes a pattern: rolled, cut to a square, binned.

    Attributes
    ----------
    shape : (int, int)
        Rows and columns of the frame.
    roll : (int, int)
        Pixels that a frame is rolled by, downwards and to the right, before it is cut. Pixels that come in
        from the other side were not measured: they are masked.
    first : (int, int)
        First row and column of the square, after rolling.
    side : int
        Its width [px of the file].
    bin : int
        Pixels along each axis that are summed to one; divides `side`.
    corner : bool
        Whether the zero frequency of the file's frames is in the corner.
    """

    shape: tuple[int, int]
    roll: tuple[int, int] = (0, 0)
    first: tuple[int, int] = (0, 0)
    side: int = 0
    bin: int = 1
    corner: bool = False

    @property
    def width(self) -> int:
        """Width of the patterns [px]."""
        return self.side // self.bin

    @property
    def scale(self) -> np.ndarray:
        """Object pixel of the file's window relative to that of this one, along rows and columns."""
        return np.array([self.side / n for n in self.shape])

    @property
    def changes(self) -> bool:
        """Whether anything but the place of the zero frequency changes."""
        return self.shape != (self.side, self.side) or self.roll != (0, 0) or self.bin > 1

    def of(self, frames: np.ndarray) -> np.ndarray:
        """Counts (..., rows, columns) in this window: the same type, sums where binned."""
        frames = self._cut(frames)
        if self.bin == 1:
            return frames
        return self._blocks(frames).sum((-3, -1), dtype=frames.dtype)

    def of_mask(self, good: np.ndarray) -> np.ndarray:
        """A mask (..., rows, columns) in this window: a binned pixel is good if all its parts are."""
        good = good.copy()
        # what is rolled out on one side must not come in on the other
        whole = np.fft.fftshift(good, axes=(-2, -1)) if self.corner else good
        for axis, by in ((-2, self.roll[0]), (-1, self.roll[1])):
            if by:
                lost = [slice(None)] * whole.ndim
                lost[axis] = slice(-by, None) if by > 0 else slice(None, -by)
                whole[tuple(lost)] = False
        good = self._cut(whole, shifted=True)
        return good if self.bin == 1 else np.asarray(self._blocks(good).all((-3, -1)))

    def of_probe(self, probe: np.ndarray) -> np.ndarray:
        """A probe (..., rows, columns) of the whole frame as this window sees it.

        A smaller detector samples the sample more coarsely: the probe's far field is cut. A binned one sees
        less of it: the probe itself is cut. The middle of b binned pixels is (b - 1) / 2 from the first,
        which is a phase ramp of the probe.
        """
        if self.shape != (self.side, self.side):
            far = far_field(probe)
            cut, there = zip(*(_common(n, self.side) for n in self.shape), strict=True)
            kept = np.zeros((*probe.shape[:-2], self.side, self.side), far.dtype)
            kept[(..., *there)] = far[(..., *cut)]
            probe = near_field(kept)
        if self.bin == 1:
            return probe
        middle, _ = _common(self.side, self.width)
        ramp = np.exp(-1j * np.pi * (self.bin - 1) / self.side * (np.arange(self.width) - self.width // 2))
        return probe[..., middle, middle] * ramp[:, None] * ramp

    def _cut(self, frames: np.ndarray, shifted: bool = False) -> np.ndarray:
        axes = (-2, -1)
        if self.corner and not shifted:
            frames = np.fft.fftshift(frames, axes=axes)
        if self.roll != (0, 0):
            frames = np.roll(frames, self.roll, axes)
        (row, column), side = self.first, self.side
        return frames[..., row : row + side, column : column + side]

    def _blocks(self, frames: np.ndarray) -> np.ndarray:
        return frames.reshape(*frames.shape[:-2], self.width, self.bin, self.width, self.bin)


def window_about(
    shape: tuple[int, int],
    centre: np.ndarray,
    recentre: bool,
    crop: int = 0,
    bin: int = 1,
    corner: bool = False,
) -> Window:
    """The largest square about the beam, or one of a wanted width.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of a frame.
    centre : array of 2 numbers
        Row and column of the beam.
    recentre : bool
        Bring it to the middle by rolling, where cutting alone does not.
    crop : int
        Width of the square [px of the file]; 0 is as much as there is.
    bin : int
        Pixels along each axis that are summed to one.
    corner : bool
        As in `Window`; `centre` is that of the shifted frame.

    Raises
    ------
    InputError
        If the square is larger than the frame, or too few pixels are left.
    """
    side = crop or min(shape)
    if side > min(shape):
        raise InputError(f"crop is {crop} px, the patterns are {shape[0]} x {shape[1]} px: give less")
    side -= side % bin
    if side // bin < 8:
        raise InputError(f"crop {crop or side} px and bin {bin} leave {side // bin} px, expected at least 8")
    middle = np.rint(centre).astype(int)
    if not recentre and shape[0] == shape[1]:
        middle = np.array([n // 2 for n in shape])
    first = [int(np.clip(at - side // 2, 0, n - side)) for at, n in zip(middle, shape, strict=True)]
    # the zero frequency belongs at side // 2 of the square
    roll = [f + side // 2 - at for f, at in zip(first, middle, strict=True)] if recentre else [0, 0]
    return Window(shape, (int(roll[0]), int(roll[1])), (first[0], first[1]), side, bin, corner)
