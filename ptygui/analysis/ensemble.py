"""Agreement of several seeds of one reconstruction: their mean and deviations."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ptygui.analysis.align import align


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Mean and spread of K images after aligning their global phases.

    The spread of annealed diffusion is not a calibrated posterior: it shows where seeds differ, which bounds
    the error from below. `analysis.bands` makes bands of it.

    Attributes
    ----------
    count : int
    mean : complex64 array, shape (H, W)
    amplitude_deviation : float32 array, shape (H, W)
        Standard deviation of the amplitude, K - 1 in the denominator.
    phase_deviation : float32 array, shape (H, W)
        Circular standard deviation sqrt(-2 ln R) of the phase [rad], R the length of the mean unit vector.
    """

    count: int
    mean: np.ndarray
    amplitude_deviation: np.ndarray
    phase_deviation: np.ndarray

    def covers(self, truth: np.ndarray, region: np.ndarray, reach: float = 2.0) -> tuple[float, float]:
        """Share of a region's pixels whose true amplitude, and phase, lie within `reach` deviations.

        About 0.95 each for a calibrated spread and two deviations.
        """
        mean = align(self.mean, truth, region).apply(self.mean)
        amplitude = np.abs(np.abs(truth) - np.abs(mean)) <= reach * self.amplitude_deviation
        phase = np.abs(np.angle(truth * mean.conj())) <= reach * self.phase_deviation
        return float(amplitude[region].mean()), float(phase[region].mean())


def ensemble(objs: Sequence[np.ndarray], region: np.ndarray | None = None, ramp: bool = False) -> Ensemble:
    """Mean and deviations of images of one object.

    Parameters
    ----------
    objs : at least two complex arrays, shape (H, W)
    region : bool array, shape (H, W), optional
        Where their phases are aligned.
    ramp : bool
        Remove phase ramps as well.

    Raises
    ------
    ValueError
        If there are fewer than two.
    """
    if len(objs) < 2:
        raise ValueError(f"a deviation needs two images, there is {len(objs)}")
    first = objs[0]
    together = np.stack([first, *(align(obj, first, region, ramp).apply(obj) for obj in objs[1:])])
    together = together.astype(np.complex128)  # single precision would leave 3e-4 rad between equal images
    amplitude = np.abs(together)
    direction = np.divide(together, amplitude, out=np.zeros_like(together), where=amplitude > 0)
    length = np.clip(np.abs(direction.mean(0)), 1e-12, 1)
    return Ensemble(
        len(together),
        together.mean(0).astype(np.complex64),
        amplitude.std(0, ddof=1).astype(np.float32),
        np.sqrt(-2 * np.log(length)).astype(np.float32),
    )
