"""The forward operator A = F P D_i of ptychography and its exact adjoint, all positions at once."""

import logging
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

try:
    from ptygui.physics import compiled
except (ImportError, RuntimeError) as error:  # no numba for this Python
    logging.getLogger(__name__).info("without compiled loops: %s", error)
    compiled = None  # type: ignore[assignment]  # a module that may be missing has no type


_Mask = TypeVar("_Mask", Tensor, Tensor | None)


class Forward:
    """From object to exit waves at the detector, for one probe and one set of positions.

    ``A f = {F P D_i f}_i`` with D_i cutting the i-th patch, P the probe and F the unitary discrete
    Fourier transform (zero frequency in the corner), equation 1 of Cam et al. Because F is unitary,
    ``A^H A = diag(w)`` with ``w = sum_i D_i^T |P|²``: see `illumination`.

    Parameters
    ----------
    probe : complex64 tensor, shape (..., m, m)
        Leading axes, if any, are a batch that goes along with the object's.
    corners : int64 tensor, shape (K, 2)
        First row and column of each patch [px].
    object_shape : (int, int)
        Rows and columns of the object.

    Raises
    ------
    ValueError
        If a patch would leave the object; the message names the position.
    """

    def __init__(self, probe: Tensor, corners: Tensor, object_shape: tuple[int, int]):
        self._set_probe(probe)
        self.corners = corners
        self.object_shape = (int(object_shape[0]), int(object_shape[1]))
        self.size = probe.shape[-1]
        self._index = patch_index(corners, self.size, self.object_shape)
        self._first = self._index[:: self.size**2].contiguous()

    def __len__(self) -> int:
        return len(self.corners)

    def subset(self, which: Tensor | slice) -> "Forward":
        """The same model for some of the positions (indices or a slice)."""
        part = object.__new__(Forward)
        part.__dict__.update(self.__dict__, corners=self.corners[which])
        part._index = self._index.view(len(self), -1)[which].reshape(-1)
        part._first = self._first[which]
        return part

    def chunks(self, objects: int = 1) -> list[tuple["Forward", slice]]:
        """The model in parts of consecutive positions, each of at most `CHUNK_BYTES` of exit waves.

        For so many `objects` side by side, in leading axes. On a GPU `GPU_CHUNK_BYTES`.
        """
        most = CHUNK_BYTES if self.corners.is_cpu else GPU_CHUNK_BYTES
        each = max(1, most // (8 * self.size**2 * objects))
        if each >= len(self):
            return [(self, slice(None))]
        parts = [slice(first, first + each) for first in range(0, len(self), each)]
        return [(self.subset(part), part) for part in parts]

    def with_probe(self, probe: Tensor) -> "Forward":
        """The same positions under another probe."""
        other = object.__new__(Forward)
        other.__dict__.update(self.__dict__)
        other._set_probe(probe)
        return other

    def _set_probe(self, probe: Tensor) -> None:
        self.probe = probe
        # 1/m, which makes the transform unitary, costs nothing on the probe and a tenth of a transform there
        self._onto = probe / probe.shape[-1]
        self._back = self._onto.conj().resolve_conj()
        self._shared = probe.ndim == 2 and _plain(probe)  # one for all objects, as the compiled loops take it

    def patches(self, obj: Tensor) -> Tensor:
        """D_i f: cut the patches, (..., H, W) -> (..., K, m, m); `place` is the adjoint."""
        flat = obj.flatten(-2)
        cut = flat.gather(-1, self._index.expand(*flat.shape[:-1], -1))
        return cut.unflatten(-1, (-1, self.size, self.size))

    def place(self, patches: Tensor, onto: Tensor | None = None) -> Tensor:
        """Sum of D_i^T: add the patches up where they lie, (..., K, m, m) -> (..., H, W).

        Into `onto` where it is given: a sum for each of the many `chunks` of a large object would cost more
        than all the rest.
        """
        flat = patches.flatten(-3)
        if onto is None:
            onto = flat.new_zeros(*flat.shape[:-1], *self.object_shape)
        onto.view(*flat.shape[:-1], -1).scatter_add_(-1, self._index.expand_as(flat), flat)
        return onto

    def put(self, obj: Tensor, patches: Tensor) -> None:
        """Write patches back into an object in place, for positions that do not overlap."""
        obj.view(-1)[self._index] = patches.reshape(-1)

    def exit_waves(self, obj: Tensor) -> Tensor:
        """P D_i f, (..., H, W) -> (..., K, m, m)."""
        return self._cut(obj, self.probe)

    def apply(self, obj: Tensor) -> Tensor:
        """A f: the waves at the detector, (..., H, W) -> (..., K, m, m), zero frequency in the corner."""
        return torch.fft.fft2(self._cut(obj, self._onto))

    def adjoint(self, waves: Tensor, onto: Tensor | None = None) -> Tensor:
        """A^H z = sum_i D_i^T conj(P) F^H z_i, (..., K, m, m) -> (..., H, W); `onto` as in `place`."""
        exit_waves = torch.fft.ifft2(waves, norm="forward")
        if compiled is None or not (self._shared and _plain(exit_waves)):
            return self.place(exit_waves * self._back.unsqueeze(-3), onto)
        rows, columns = self.object_shape
        if onto is None:
            onto = exit_waves.new_zeros(*exit_waves.shape[:-3], rows, columns)
        # The views refuse waves and objects of other shapes; the loops would not look.
        patches = exit_waves.view(-1, len(self), self.size, self.size)
        objects = onto.view(len(patches), rows * columns)
        first, factor = self._first.numpy(), self._back.numpy()
        compiled.place(patches.numpy(), first, columns, factor, objects.numpy())
        return onto

    def _cut(self, obj: Tensor, probe: Tensor) -> Tensor:
        """The patches times a probe, (..., H, W) -> (..., K, m, m)."""
        if compiled is None or not (self._shared and _plain(obj)):
            return self.patches(obj) * probe.unsqueeze(-3)
        rows, columns = self.object_shape
        cut = obj.new_empty(*obj.shape[:-2], len(self), self.size, self.size)
        objects = obj.view(-1, rows * columns)
        out = cut.view(len(objects), *cut.shape[-3:])
        compiled.cut(objects.numpy(), self._first.numpy(), columns, probe.numpy(), out.numpy())
        return cut

    def illumination(self) -> Tensor:
        """Diagonal of A^H A, w = sum_i D_i^T |P|², real, shape (..., H, W) [counts]."""
        intensity = squared_modulus(self.probe).unsqueeze(-3)
        return self.place(intensity.expand(*intensity.shape[:-3], len(self), -1, -1))


def patch_index(corners: Tensor, size: int, object_shape: tuple[int, int]) -> Tensor:
    """Flat object index of every pixel of every patch, shape (K * size * size,) int64."""
    rows, columns = object_shape
    high = corners + size
    outside = (corners < 0).any(-1) | (high[:, 0] > rows) | (high[:, 1] > columns)
    if outside.any():
        k = int(outside.nonzero()[0])
        raise ValueError(
            f"position {k} at ({int(corners[k, 0])}, {int(corners[k, 1])}) px with a probe of {size} px "
            f"leaves the object of {rows} x {columns} px"
        )
    inside = torch.arange(size, device=corners.device)
    patch = inside[:, None] * columns + inside
    return ((corners[:, 0] * columns + corners[:, 1])[:, None, None] + patch).reshape(-1)


def with_modulus(waves: Tensor, amplitudes: Tensor, mask: Tensor | None = None) -> Tensor:
    """Give waves the measured amplitudes: y z/|z| (0 stays 0, whose phase is unknown); masked keep z.

    Parameters
    ----------
    waves : complex tensor, shape (..., K, m, m)
    amplitudes : real tensor, shape (K, m, m)
    mask : bool tensor broadcasting to the same, optional
        True where the detector is to be trusted.
    """
    axes = waves.shape[-3:]
    whole = amplitudes.shape[-3:] == axes and amplitudes.shape == waves.shape[-amplitudes.ndim :]
    fits = mask is None or (mask.shape in (axes, axes[1:]) and mask.is_contiguous())
    if compiled is not None and whole and fits and _plain(waves) and _plain(amplitudes, torch.float32):
        out = torch.empty_like(waves)
        to, of, y = (t.view(-1, axes.numel()).numpy() for t in (out, waves, amplitudes))
        compiled.set_modulus(to, of, y, _ALL if mask is None else mask.view(-1).numpy(), np.float32(_TINY))
        return out
    squares = torch.view_as_real(waves).square()
    scale = (squares[..., 0] + squares[..., 1]).add_(_TINY).rsqrt_().mul_(amplitudes)
    if mask is not None:
        scale = torch.where(mask, scale, 1.0)
    return waves * scale


def _plain(tensor: Tensor, dtype: torch.dtype = torch.complex64) -> bool:
    """Whether the compiled loops may take this: an array in the host's memory, without gradients."""
    return (
        tensor.dtype is dtype
        and tensor.is_cpu
        and tensor.is_contiguous()
        and not (tensor.requires_grad or tensor.is_conj())
    )


CHUNK_BYTES = 512 * 1024  # exit waves worked on at once: stays in a cache, and in memory that malloc keeps
GPU_CHUNK_BYTES = (
    128 * CHUNK_BYTES
)  # a GPU is idle with four patches at once; bounds its memory (not measured)
_ALL = np.empty(0, bool)  # instead of a mask
_TINY = 1e-24  # far below the square of any amplitude that matters, keeps 0/0 out


def squared_modulus(z: Tensor) -> Tensor:
    """|z|², real; on CPUs several times faster than abs().square()."""
    return (z * z.conj()).real


def part_of(mask: _Mask, part: slice | Tensor) -> _Mask:
    """The mask of some positions: a mask of all frames alike stays as it is."""
    return mask[part] if mask is not None and mask.ndim == 3 else mask


def misfit(
    forward: Forward,
    obj: Tensor,
    amplitudes: Tensor,
    mask: Tensor | None = None,
    measured: Tensor | None = None,
) -> Tensor:
    """Sum of (y - |A f|)² over sum of y² on trusted pixels; shape of the leading axes.

    `measured` is the latter, `energy`, where that is known.
    """
    left: Tensor | float = 0.0
    for some, part in forward.chunks():
        difference = squared_modulus(some.apply(obj)).sqrt().sub_(amplitudes[part])
        if mask is not None:
            difference *= part_of(mask, part)
        left = left + difference.square_().sum((-3, -2, -1))
    return left / (energy(forward, amplitudes, mask) if measured is None else measured)


def energy(forward: Forward, amplitudes: Tensor, mask: Tensor | None = None) -> Tensor:
    """Sum of y² on trusted pixels [counts]."""
    total = amplitudes.new_zeros(())
    for _, part in forward.chunks():
        y = amplitudes[part]
        total = total + (y if mask is None else y * part_of(mask, part)).square().sum()
    return total
