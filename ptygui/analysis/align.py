"""Finds and removes the ambiguities of ptychography: global phase, phase ramp, sub-pixel shift.

found = align(obj, truth, ramp=True, shift=True)
found.apply(obj)                               # comparable with the truth
"""

from dataclasses import dataclass

import numpy as np

STEPS = 12  # of Gauss-Newton; two to four are usual
ENOUGH = 1e-3  # default change below which they end
RIM = 16  # pixels mirrored at the edges while an image is shifted, so that nothing wraps around


@dataclass(frozen=True)
class Alignment:
    """The transformation that aligns one image to another.

    Attributes
    ----------
    phase : float
        Global phase to add [rad], at the centre of the image.
    ramp : (float, float)
        Phase to add per row and per column [rad/px].
    shift : (float, float)
        Rows and columns to move the content by [px].
    """

    phase: float = 0.0
    ramp: tuple[float, float] = (0.0, 0.0)
    shift: tuple[float, float] = (0.0, 0.0)

    def apply(self, obj: np.ndarray) -> np.ndarray:
        """The transformed image: ``exp(i (phase + ramp · r)) obj(r - shift)``, r from the centre."""
        moved = shifted(obj, self.shift) if any(self.shift) else obj
        rows, columns = _from_centre(obj.shape)
        turn = np.exp(1j * (self.phase + self.ramp[0] * rows + self.ramp[1] * columns))
        return (moved * turn).astype(obj.dtype)


def align(
    obj: np.ndarray,
    reference: np.ndarray,
    region: np.ndarray | None = None,
    ramp: bool = False,
    shift: bool = False,
    start: Alignment | None = None,
    enough: float = ENOUGH,
) -> Alignment:
    """Find the transformation of `obj` that is nearest to `reference` in the least-squares sense.

    The global phase is always fitted; on request also the ramp, caused by a probe spectrum off centre,
    and the shift, caused by a probe off centre. Ramp and shift start at the highest peak of a
    correlation and are refined together by Gauss-Newton steps.

    Parameters
    ----------
    obj, reference : complex arrays, shape (H, W)
    region : bool array, shape (H, W), optional
        Where to compare; the whole image by default.
    start : Alignment, optional
        Refined instead of the peaks of correlations.
    enough : float
        Change of shift [px], and of phase over the whole image [rad], below which the refinement ends.
    """
    weight = np.ones(obj.shape) if region is None or not region.any() else region.astype(float)
    obj, reference = obj.astype(np.complex128), reference.astype(np.complex128)
    plain = Alignment(_turn(obj, reference, weight))
    if not (ramp or shift):
        return plain
    if start is None:
        start = _coarse(obj, reference, weight, ramp, shift)
    found = _refined(obj, reference, weight, start, ramp, shift, enough)
    return min(plain, found, key=lambda each: _distance(each.apply(obj), reference, weight))


def shifted(obj: np.ndarray, shift: tuple[float, float]) -> np.ndarray:
    """Move the content of an image down and right by `shift` [px], by a ramp on its Fourier transform."""
    from scipy.fft import next_fast_len

    rim = [min(RIM + int(np.ceil(abs(d))), n) for d, n in zip(shift, obj.shape, strict=True)]
    more = [next_fast_len(n + 2 * r) - n - r for r, n in zip(rim, obj.shape, strict=True)]
    wide = np.pad(obj, list(zip(rim, more, strict=True)), mode="symmetric")
    rows, columns = (np.fft.fftfreq(n) for n in wide.shape)
    turn = np.exp(-2j * np.pi * (shift[0] * rows[:, None] + shift[1] * columns))
    moved = np.fft.ifft2(np.fft.fft2(wide) * turn)
    return moved[rim[0] : rim[0] + obj.shape[0], rim[1] : rim[1] + obj.shape[1]]


def _from_centre(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(shape[0])[:, None] - shape[0] // 2, np.arange(shape[1]) - shape[1] // 2


def _turn(obj: np.ndarray, reference: np.ndarray, weight: np.ndarray) -> float:
    return float(np.angle(np.vdot(obj * weight, reference)))


def _distance(obj: np.ndarray, reference: np.ndarray, weight: np.ndarray) -> float:
    return float(np.linalg.norm(weight * (obj - reference)))


def _coarse(obj: np.ndarray, reference: np.ndarray, weight: np.ndarray, ramp: bool, shift: bool) -> Alignment:
    """Estimate to a pixel and half a turn across the image; twice, since ramp and shift are coupled."""
    found = Alignment()
    window = weight * np.outer(*(np.hanning(n + 2)[1:-1] for n in obj.shape))
    for _ in range(1 + (ramp and shift)):
        moved = found.apply(obj)
        if ramp:
            double = [2 * n for n in obj.shape]
            peak = _peak(np.fft.fft2(window * reference * moved.conj(), double))
            turns = [2 * np.pi * k / n for k, n in zip(peak, double, strict=True)]
            found = Alignment(0.0, (found.ramp[0] + turns[0], found.ramp[1] + turns[1]), found.shift)
            moved = found.apply(obj)
        if shift:
            a, b = (np.fft.fft2(window * (f - np.average(f, weights=window))) for f in (reference, moved))
            peak = _peak(np.fft.ifft2(a * b.conj()))
            found = Alignment(0.0, found.ramp, (found.shift[0] + peak[0], found.shift[1] + peak[1]))
    return Alignment(_turn(found.apply(obj), reference, weight), found.ramp, found.shift)


def _peak(picture: np.ndarray) -> tuple[int, int]:
    """The place of the largest modulus, counted from the corner, negative beyond the half."""
    at = np.unravel_index(np.abs(picture).argmax(), picture.shape)
    return tuple(int(k) - n * (k > n // 2) for k, n in zip(at, picture.shape, strict=True))


def _refined(
    obj: np.ndarray,
    reference: np.ndarray,
    weight: np.ndarray,
    start: Alignment,
    ramp: bool,
    shift: bool,
    enough: float,
) -> Alignment:
    """Gauss-Newton on the squared distance, in the requested parameters."""
    rows, columns = _from_centre(obj.shape)
    at, found = np.array([start.phase, *start.ramp, *start.shift]), start
    free = np.array([True, ramp, ramp, shift, shift])
    scale = np.array([1, *obj.shape, 1, 1])
    for _ in range(STEPS):
        turn = np.exp(1j * (at[0] + at[1] * rows + at[2] * columns))
        moved = shifted(obj, tuple(at[3:]))
        model = moved * turn
        down, right = np.gradient(moved)
        slopes = np.stack([1j * model, 1j * rows * model, 1j * columns * model, -down * turn, -right * turn])
        slopes = (weight * slopes[free]).reshape(free.sum(), -1)
        left = (weight * (reference - model)).ravel()
        change = np.zeros(5)
        change[free] = np.linalg.lstsq((slopes.conj() @ slopes.T).real, (slopes.conj() @ left).real)[0]
        at = at + change
        found = Alignment(float(at[0]), (float(at[1]), float(at[2])), (float(at[3]), float(at[4])))
        if np.abs(change * scale).max() < enough:
            break
    return found
