"""Training images and the random crops drawn from them.

images = [training_image(obj) for obj in objects]
crops = Crops(images, weights=None, size=128)
polar = crops.draw(8, generator)               # (8, 2, 128, 128): amplitude, phase [rad]

Everything here is on the CPU; a batch of eight crops takes about ten milliseconds.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy import ndimage
from torch import Tensor
from torch.nn import functional

from ptygui.errors import InputError
from ptygui.networks.channels import Channels
from ptygui.training.data import sampling_weights
from ptygui.training.options import Training

HELD_OUT_ROWS, HELD_OUT_COLUMNS = 128, 0.4  # the block for validation: rows [px], share of the columns
_SMALLEST_SPLIT = 400  # an image with a shorter side [px] holds nothing out
_QUANTILES = (0.001, 0.999)
_MOST_SORTED = 16_000_000  # px, for the quantiles; rows are skipped if there are more
_FEWEST_UNSEEN = 40  # crops of objects given for validation
_UNSEEN_SEED = 20_251


def phase_background(phase: np.ndarray, window: int = 49, smooth: float = 20.0) -> np.ndarray:
    """The slow phase of the instrument below the cells: 25th percentile in windows, then smoothed.

    Slow phase in Fourier-ptychography images comes from the set-up. A prior that has seen it accepts slow
    phase without penalty, and at low overlap neighbouring positions then drift in phase against each other.

    Parameters
    ----------
    phase : float array, shape (H, W)
        Unwrapped phase [rad].
    window, smooth : int, float
        Side of the window and standard deviation of the smoothing [px].
    """
    # Every second pixel: the surface is slow, and the percentile costs sixteen times less.
    coarse = ndimage.percentile_filter(phase[::2, ::2], 25, size=window // 2 | 1, mode="reflect")
    coarse = ndimage.gaussian_filter(coarse, smooth / 2, mode="reflect")
    rows = np.arange(phase.shape[0])[:, None] / 2 * np.ones((1, phase.shape[1]))
    columns = np.arange(phase.shape[1])[None, :] / 2 * np.ones((phase.shape[0], 1))
    return ndimage.map_coordinates(coarse, (rows, columns), order=1, mode="nearest")


def training_image(obj: ArrayLike, flatten: bool = True) -> Tensor:
    """Amplitude and unwrapped phase of an object, the phase without its smooth background.

    Parameters
    ----------
    obj : complex array, shape (H, W)
    flatten : bool
        Remove `phase_background`. Otherwise only the median of the phase is shifted to that of a flattened
        image, which defines the network's phase origin.

    Returns
    -------
    float32 tensor, shape (2, H, W)
        Amplitude and phase [rad].
    """
    from skimage.restoration import unwrap_phase

    obj = np.asarray(obj)
    phase = unwrap_phase(np.angle(obj)).astype(np.float32)
    background = phase_background(phase) if flatten else np.percentile(phase, 25)
    return torch.from_numpy(np.stack((np.abs(obj), phase - background)).astype(np.float32))


def images_of(
    objects: Mapping[str, ArrayLike], options: Training
) -> tuple[list[Tensor], list[float], list[int]]:
    """Images of all objects, with stacks split; the weight of each; which are the first of an object."""
    given = sampling_weights(options.data_weights, len(objects))
    images: list[Tensor] = []
    weights: list[float] = []
    firsts: list[int] = []
    for k, (name, obj) in enumerate(objects.items()):
        stack = _stack_of(name, obj)
        firsts.append(len(images))
        images += [training_image(one, options.flatten_phase) for one in stack]
        share = given[k] if given else float(stack.size)
        weights += [share / len(stack)] * len(stack)
    return images, weights, firsts


def _stack_of(name: str, obj: ArrayLike) -> np.ndarray:
    """An image or a stack of them as a stack, complex (n, H, W), or an `InputError` that names it."""
    obj = np.asarray(obj)
    if obj.ndim not in (2, 3) or not obj.size or not np.iscomplexobj(obj) or not np.isfinite(obj).all():
        raise InputError(
            f"{name}: expected a finite complex image or a stack of them, got {obj.dtype} {obj.shape}"
        )
    return obj if obj.ndim == 3 else obj[None]


def held_out_block(shape: Sequence[int]) -> tuple[slice, slice] | None:
    """The lower right block kept for validation: 128 rows by 0.4 of the columns; none in a small image."""
    height, width = shape[-2:]
    if min(height, width) < _SMALLEST_SPLIT:
        return None
    return slice(height - HELD_OUT_ROWS, height), slice(width - round(HELD_OUT_COLUMNS * width), width)


def channels_of(images: Sequence[Tensor], weights: Sequence[float] | None = None) -> Channels:
    """Channel constants such that the 0.1 % and 99.9 % quantiles of the training data fall on -1 and 1.

    Quantiles rather than extremes: one hot pixel would otherwise compress the prior. Images count by their
    sampling weights, not their sizes.
    """
    low, high = (_weighted_quantile(images, weights, q) for q in _QUANTILES)
    centre, scale = (high + low) / 2, (high - low) / 2
    return Channels(float(centre[0]), float(scale[0]), float(centre[1]), float(scale[1]))


def _weighted_quantile(images: Sequence[Tensor], weights: Sequence[float] | None, q: float) -> np.ndarray:
    held = np.ones(len(images)) if weights is None else np.asarray(weights, float)
    # For thousands of images not every row is sorted: that would take several times their memory.
    every = 1 + sum(image[0].numel() for image in images) // _MOST_SORTED
    images = [image[:, ::every] for image in images]
    result = []
    for channel in range(2):
        values = np.concatenate([image[channel].numpy().ravel() for image in images])
        share = np.concatenate(
            [np.full(i[0].numel(), w / i[0].numel()) for i, w in zip(images, held, strict=True)]
        )
        order = np.argsort(values)
        result.append(np.interp(q, np.cumsum(share[order]) / held.sum(), values[order]))
    return np.array(result)


@dataclass(frozen=True)
class _Window:
    """Where a crop is cut: its centre [px, from the image's edge], its rotation times its step, its mirror.

    cos and sin carry the step: source pixels per pixel of the crop.
    """

    row: float
    column: float
    cos: float
    sin: float
    mirror: float


@dataclass(frozen=True)
class Crops:
    """Random crops of images: continuous position, rotation, scale, mirror; never the conjugate.

    The sign of the phase is physical, so conjugates are not drawn. A crop never leaves its image nor
    touches its held-out block, whatever the rotation.

    Attributes
    ----------
    images : sequence of float32 tensors, shape (2, H, W)
        Amplitude and phase [rad].
    weights : sequence of float, optional
        How often each image is drawn, relatively; by area when not given.
    size : int
        Side of a crop [px].
    holdout : bool
        Leave `held_out_block` of each image out.
    zoom : float
        Cells are drawn between 1/zoom and zoom times their size.
    exact : float
        Share of the crops cut without interpolation (rotated by quarter turns), which keep the finest detail.
    edge : float
        Share of the exact crops that lie along a side of their image. Reconstructed images often end in a row
        or two unlike the rest, which crops at random places would rarely show.
    gain : float
        Standard deviation of the random factor on the amplitude.
    """

    images: Sequence[Tensor]
    weights: Sequence[float] | None = None
    size: int = 128
    holdout: bool = True
    zoom: float = 1.33
    exact: float = 0.35
    edge: float = 0.5
    gain: float = 0.03

    def __post_init__(self) -> None:
        for image in self.images:
            height, width = image.shape[-2:]
            if min(height, width) < self.size:
                raise InputError(
                    f"an image is {height}x{width} px, smaller than the crops of {self.size} px: "
                    "give a larger image or a smaller --crop"
                )
            if not self._free(0, 0, self.size, image):
                raise InputError(
                    f"an image of {height}x{width} px has no crop of {self.size} px outside its held-out "
                    "block: give a smaller --crop or --no-holdout"
                )

    def draw(self, count: int, generator: torch.Generator, phase_jitter: float = 0.0) -> Tensor:
        """Draw crops, float32 of shape (count, 2, size, size), on the device of the images.

        Amplitude and phase [rad]; `phase_jitter` [rad] is the half-width of the uniform random offset added
        to each phase. The same `generator` (of the CPU) gives the same crops.
        """
        held = self.weights
        if held is None:
            held = [image[0].numel() for image in self.images]
        shares = torch.as_tensor(held, dtype=torch.float64)
        chosen = torch.multinomial(shares, count, replacement=True, generator=generator).tolist()
        windows = [self._window(self.images[i], generator) for i in chosen]
        gain = 1 + self.gain * torch.randn(count, 1, 1, generator=generator)
        offset = phase_jitter * (2 * torch.rand(count, 1, 1, generator=generator) - 1)
        crops = torch.empty(count, 2, self.size, self.size, device=self.images[0].device)
        for i in sorted(set(chosen)):
            drawn = [k for k, image in enumerate(chosen) if image == i]
            crops[drawn] = self._sampled(self.images[i], [windows[k] for k in drawn])
        crops[:, 0] *= gain.to(crops)
        crops[:, 1] += offset.to(crops)
        return crops

    def _free(self, top: float, left: float, side: float, image: Tensor) -> bool:
        """Whether a square window lies in the image and outside its held-out block."""
        height, width = image.shape[-2:]
        if top < 0 or left < 0 or top + side > height or left + side > width:
            return False
        block = held_out_block(image.shape) if self.holdout else None
        return block is None or top + side <= block[0].start or left + side <= block[1].start

    def _window(self, image: Tensor, generator: torch.Generator) -> _Window:
        """A random window that lies in the image and outside its held-out block."""
        if torch.rand((), generator=generator) >= self.exact:
            for _ in range(20):
                window = self._turned(image, generator)
                if window is not None:
                    return window
        return self._straight(image, generator)

    def _straight(self, image: Tensor, generator: torch.Generator) -> _Window:
        """A window on whole pixels, rotated by a random multiple of 90° and mirrored at random."""
        last = [side - self.size for side in image.shape[-2:]]
        along = bool(torch.rand((), generator=generator) < self.edge)
        while True:  # ends: __post_init__ found the upper left corner free
            place = [int(torch.randint(most + 1, (), generator=generator)) for most in last]
            if along:
                axis, end = torch.randint(2, (2,), generator=generator).tolist()
                place[axis] = end * last[axis]
            top, left = place
            if self._free(top, left, self.size, image):
                break
        turns, mirror = torch.randint(4, (2,), generator=generator).tolist()
        cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[turns]
        half = self.size / 2
        return _Window(top + half, left + half, cos, sin, 1 if mirror % 2 else -1)

    def _turned(self, image: Tensor, generator: torch.Generator) -> _Window | None:
        """A window at a random place, angle and scale; None if it does not fit."""
        height, width = image.shape[-2:]
        u = torch.rand(5, generator=generator, dtype=torch.float64).tolist()
        angle = 2 * math.pi * u[0]
        step = self.zoom ** (2 * u[1] - 1)
        cos, sin = step * math.cos(angle), step * math.sin(angle)
        # Two pixels more than the footprint on each side, the reach of the bicubic kernel.
        side = (self.size - 1) * (abs(cos) + abs(sin)) + 5
        top, left = u[2] * (height - side), u[3] * (width - side)
        if not self._free(top, left, side, image):
            return None
        return _Window(top + side / 2, left + side / 2, cos, sin, 1 if u[4] < 0.5 else -1)

    def _sampled(self, image: Tensor, windows: Sequence[_Window]) -> Tensor:
        """Cut windows out of one image by bicubic interpolation, (n, 2, size, size).

        Bicubic because bilinear takes a sixth of the power at a quarter of the sampling rate (measured).
        """
        height, width = image.shape[-2:]
        numbers = torch.tensor([astuple(w) for w in windows], dtype=torch.float32, device=image.device)
        row, column, cos, sin, mirror = numbers.T[:, :, None, None]
        along = torch.arange(self.size, dtype=torch.float32, device=image.device) - (self.size - 1) / 2
        y, x = along[:, None], along[None, :] * mirror
        # Pixel edges count, the convention of grid_sample with align_corners=False.
        rows = (row + sin * x + cos * y) * (2 / height) - 1
        columns = (column + cos * x - sin * y) * (2 / width) - 1
        grid = torch.stack((columns, rows), dim=-1)
        image = image[None].expand(len(windows), -1, -1, -1)
        return functional.grid_sample(image, grid, mode="bicubic", align_corners=False)


def unseen_crops(objects: Mapping[str, ArrayLike], size: int, flatten: bool = True) -> Tensor:
    """Crops of objects given for validation: equally many of each, 40 or slightly more in total.

    Cut without interpolation at random places, rotated by quarter turns and mirrored; always the same.

    Parameters
    ----------
    objects : mapping of str to complex array, shape (H, W) or (n, H, W)
        Each has the same weight. The images of a stack are used in turn.
    size : int
        Side of a crop [px].
    flatten : bool
        As in `training_image`; the same as for the training images.

    Returns
    -------
    float32 tensor, shape (n, 2, size, size)
        Amplitude and phase [rad].

    Raises
    ------
    InputError
        If an object is not a finite complex image, or smaller than a crop.
    """
    generator = torch.Generator().manual_seed(_UNSEEN_SEED)
    each = -(-_FEWEST_UNSEEN // max(len(objects), 1))
    crops = []
    for name, obj in objects.items():
        stack = _stack_of(name, obj)
        if min(stack.shape[1:]) < size:
            raise InputError(
                f"{name}, to validate on, is {stack.shape[1]}x{stack.shape[2]} px, smaller than the crops of "
                f"{size} px: give a larger one or a smaller --crop"
            )
        for k in range(each):
            image = training_image(stack[k % len(stack)], flatten)
            cutter = Crops([image], size=size, holdout=False, exact=1, edge=0, gain=0)
            crops.append(cutter.draw(1, generator))
    return torch.cat(crops)


def validation_crops(images: Sequence[Tensor], size: int) -> Tensor:
    """Crops of the held-out blocks, float32 of shape (n, 2, size, size): two of each image that has one."""
    crops = []
    for image in images:
        block = held_out_block(image.shape)
        if block is None:
            continue
        inside = image[:, block[0], block[1]]
        for part in (inside[:, :size, :size], inside[:, -size:, -size:]):
            if part.shape[-2:] == (size, size):
                crops.append(part)
    return torch.stack(crops) if crops else torch.empty(0, 2, size, size)
