"""The forward operator A = F P D_i of ptychography and its exact adjoint, all positions at once."""

import logging
import math
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import torch
from torch import Tensor

from ptygui.physics.positions import SHIFTED_VALUES

try:
    from ptygui.physics import compiled
except (ImportError, RuntimeError) as error:  # no numba for this Python
    logging.getLogger(__name__).info("without compiled loops: %s", error)
    compiled = None  # type: ignore[assignment]  # a module that may be missing has no type


if TYPE_CHECKING:
    from ptygui.physics.amplitudes import Amplitudes

_Mask = TypeVar("_Mask", Tensor, Tensor | None)


class Forward:
    """From object to exit waves at the detector, for one probe and one set of positions.

    ``A f = {F P D_i f}_i`` with D_i cutting the i-th patch, P the probe and F the unitary discrete
    Fourier transform (zero frequency in the corner), equation 1 of Cam et al. Because F is unitary,
    ``A^H A = diag(w)`` with ``w = sum_i D_i^T |P|²``: see `illumination`.

    A real experiment adds to that, and A^H A stays diagonal:

    - positions between pixels: P_i = w_i S_i P, where S_i shifts by a Fourier phase and is unitary;
    - frames of unequal brightness: the factor w_i, of mean about 1;
    - a partially coherent beam: modes P_1 ... P_M, whose intensities add up;
    - background b in the detector: the model of a pattern is ``sum_m |A_m f|² + b``, never a difference;
    - c counts `added` for amplitudes that are stabilised (`Problem.stabilised`).

    With one mode waves are (..., K, m, m), with a stack of modes (..., M, K, m, m).

    Parameters
    ----------
    probe : complex64 tensor, shape (m, m) or (M, m, m)
        One coherent probe, or a stack of incoherent modes.
    corners : int64 tensor, shape (K, 2)
        First row and column of each patch [px].
    object_shape : (int, int)
        Rows and columns of the object.
    shifts : float tensor, shape (K, 2), optional
        By how much the true positions are beyond the corners [px], rows and columns.
    weights : float tensor, shape (K,), optional
        Amplitude of the beam at each position, relative to the probe's.
    background : float32 tensor, shape (m, m) or (), optional
        Incoherent counts per detector pixel, the same in all frames; zero frequency in the corner.

    Raises
    ------
    ValueError
        If a patch would leave the object; the message names the position.
    """

    _made: Tensor | None  # the probes of `_table`, while they are in memory

    def __init__(
        self,
        probe: Tensor,
        corners: Tensor,
        object_shape: tuple[int, int],
        shifts: Tensor | None = None,
        weights: Tensor | None = None,
        background: Tensor | None = None,
    ):
        self.corners = corners
        self.object_shape = (int(object_shape[0]), int(object_shape[1]))
        self.size = probe.shape[-1]
        self._first = first_index(corners, self.size, self.object_shape)
        self._remembers = len(corners) * self.size**2 <= INDEXED_VALUES or not corners.is_cpu
        self._remember()
        self.shifts, self.weights, self.background = shifts, weights, background
        self.added = 0.0
        self._which, self._ramps, self._factors = self._kinds()
        self._set_probe(probe)

    def __len__(self) -> int:
        return len(self.corners)

    @property
    def modes(self) -> int:
        """Number of incoherent modes."""
        return len(self.probe) if self.probe.ndim == 3 else 1

    def subset(self, which: Tensor | slice) -> "Forward":
        """The same model for some of the positions (indices or a slice)."""
        part, _ = object.__new__(Forward), self._table  # made before, for all parts at once
        part.__dict__.update(self.__dict__, corners=self.corners[which])
        part._first, part._which = self._first[which], self._which[which]
        part._known = None if self._known is None else self._known.view(len(self), -1)[which].reshape(-1)
        if (
            isinstance(which, Tensor) and self._ramps is not None
        ):  # a new probe is then shifted for these alone
            used, part._which = torch.unique(part._which, return_inverse=True)
            part._made, part._ramps = self._table[used], self._ramps[used]
            part._factors = None if self._factors is None else self._factors[used]
        part.shifts = None if self.shifts is None else self.shifts[which]
        part.weights = None if self.weights is None else self.weights[which]
        return part

    def chunks(self, objects: int = 1) -> list[tuple["Forward", slice]]:
        """The model in parts of consecutive positions, each of at most `CHUNK_BYTES` of exit waves.

        For this number of `objects` in leading axes. On a GPU the limit is `GPU_CHUNK_BYTES`.
        """
        most = CHUNK_BYTES if self.corners.is_cpu else GPU_CHUNK_BYTES
        each = max(1, most // (8 * self.size**2 * objects * self.modes))
        if each >= len(self):
            return [(self, slice(None))]
        parts = [slice(first, first + each) for first in range(0, len(self), each)]
        return [(self.subset(part), part) for part in parts]

    def with_probe(self, probe: Tensor) -> "Forward":
        """The same positions with another probe."""
        other = object.__new__(Forward)
        other.__dict__.update(self.__dict__)
        other._set_probe(probe)
        return other

    def with_shifts(self, shifts: Tensor | None) -> "Forward":
        """The same with positions elsewhere relative to the corners, (K, 2) [px]."""
        return self._changed(shifts=shifts)

    def positions(self) -> Tensor:
        """Where each patch begins, (K, 2) [px]: corners and shifts; not float64, which not all GPUs have."""
        corners = self.corners.to(self.probe.real)
        return corners if self.shifts is None else corners + self.shifts

    def at(self, positions: Tensor, probe: Tensor | None = None) -> "Forward":
        """The same at other positions, (K, 2) [px], each shifted from the nearest corner in the object.

        With another probe, at once: shifted probes of a large scan take a tenth of its memory.

        A large shift would turn what leaves the window on one side into what enters it on the other.
        """
        rows, columns = self.object_shape
        room = torch.tensor([rows - self.size, columns - self.size]).to(positions)
        corners = torch.minimum(positions.round().clamp_min(0), room)
        return self.placed(corners.to(torch.int64), (positions - corners).float(), probe)

    def placed(self, corners: Tensor, shifts: Tensor | None, probe: Tensor | None = None) -> "Forward":
        """The same with other corners (K, 2) int64, and positions beyond them (K, 2) [px]."""
        changes: dict[str, Tensor | None] = {}
        if not torch.equal(corners, self.corners):
            changes["corners"] = corners
        if changes:
            changes["_first"] = first = first_index(corners, self.size, self.object_shape)
            changes["_known"] = self._indices(first) if self._remembers else None
        return self._changed(probe, shifts=shifts, **changes)

    def _remember(self) -> None:
        """Keep the index of every pixel of every patch, 8 bytes each, unless that would fill the memory."""
        self._known = self._indices(self._first) if self._remembers else None

    def _indices(self, first: Tensor) -> Tensor:
        inside = torch.arange(self.size, device=first.device)
        patch = inside[:, None] * self.object_shape[1] + inside
        return (first[:, None, None] + patch).reshape(-1)

    @property
    def _index(self) -> Tensor:
        """Flat object index of every pixel of every patch, shape (K * m * m,) int64."""
        return self._indices(self._first) if self._known is None else self._known

    def with_weights(self, weights: Tensor | None) -> "Forward":
        """The same with other weights of the positions, (K,)."""
        return self._changed(weights=weights)

    def with_background(self, background: Tensor | None) -> "Forward":
        """The same with another background, (m, m), zero frequency in the corner."""
        other = object.__new__(Forward)
        other.__dict__.update(self.__dict__, background=background)
        return other

    def with_added(self, counts: float) -> "Forward":
        """The same with so many counts more in every detector pixel: see `detector.stabilised`."""
        other = object.__new__(Forward)
        other.__dict__.update(self.__dict__, added=counts)
        return other

    @property
    def _incoherent(self) -> Tensor | None:
        """B + c, counts of the model that no wave makes, (m, m) or (); None if there are none."""
        if not self.added:
            return self.background
        return self.added + (self.probe.real.new_zeros(()) if self.background is None else self.background)

    def _changed(self, probe: Tensor | None = None, **changes: Tensor | None) -> "Forward":
        other = object.__new__(Forward)
        other.__dict__.update(self.__dict__, **changes)
        other._which, other._ramps, other._factors = other._kinds()
        other._set_probe(self.probe if probe is None else probe)
        return other

    def scaled(self, factor: Tensor | float) -> "Forward":
        """The same model in other units: all amplitudes times a factor."""
        other = self.with_probe(self.probe * factor)
        if self.background is not None:
            other.background = self.background * factor**2
        other.added = float(self.added * factor**2) if self.added else 0.0
        return other

    def release(self) -> None:
        """Give back the memory of the shifted probes, which are made again when they are needed.

        Not on a GPU, where a recording (`networks.cuda_graphs`) may read it.
        """
        if self._ramps is not None and self.probe.is_cpu and not self.probe.requires_grad:
            self._made = None

    def _set_probe(self, probe: Tensor) -> None:
        self.probe = probe
        self._made = None
        if probe.requires_grad:  # now, since it may be used first where gradients are off
            self._made = self._shifted()

    @property
    def _table(self) -> Tensor:
        """P_i over m, (kinds of positions, modes, m, m). Made when first needed: of many models none is."""
        made = self._made
        if made is None:
            made = self._made = self._shifted()
        return made

    @property
    def _loops(self) -> bool:
        """Whether the compiled loops can read the probes."""
        return _plain(self._table)

    def _shifted(self) -> Tensor:
        probe = self.probe
        # the unitary factor 1/m costs nothing if applied to the probe, but a tenth of a transform otherwise
        scaled = (probe if probe.ndim == 3 else probe.unsqueeze(0)) / probe.shape[-1]
        if self._ramps is None:
            table = scaled.unsqueeze(0)
        else:
            far, ramps = torch.fft.fft2(scaled), self._ramps
            table = far.new_empty(len(ramps), *far.shape)
            some = max(1, SHIFTED_AT_ONCE // far.numel())
            for k in range(0, len(ramps), some):  # of a large scan a second table would be too much
                table[k : k + some] = torch.fft.ifft2(far * whole_ramps(ramps[k : k + some]).unsqueeze(1))
            if self._factors is not None:
                table *= self._factors[:, None, None, None]
        return table.resolve_conj().contiguous()

    def _kinds(self) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Positions that share a shift and a weight share a probe: kind of each, ramps, and weights.

        Whole-pixel positions of equal weight are all of one kind, without ramps.
        """
        corners, shifts, weights = self.corners, self.shifts, self.weights
        which = torch.zeros(len(corners), dtype=torch.int64, device=corners.device)
        if shifts is None and weights is None:
            return which, None, None
        rows = torch.zeros(len(corners), 3, dtype=torch.float64)
        rows[:, 2] = 1 if weights is None else weights.detach().cpu().double()
        step = SHIFT_STEP
        while True:
            if shifts is not None:
                rows[:, :2] = (shifts.detach().cpu().double() / step).round() * step
            kinds, which = torch.unique(rows, dim=0, return_inverse=True)
            if len(kinds) * self.size**2 <= SHIFTED_VALUES or step >= LARGEST_SHIFT_STEP:
                break
            step *= 2
        ramps = shift_ramps(kinds[:, :2], self.size).to(corners.device)
        factors = None if weights is None else kinds[:, 2].float().to(corners.device)
        return which.to(corners.device), ramps, factors

    def patches(self, obj: Tensor) -> Tensor:
        """D_i f: cut the patches, (..., H, W) -> (..., K, m, m); `place` is the adjoint."""
        flat = obj.flatten(-2)
        cut = flat.gather(-1, self._index.expand(*flat.shape[:-1], -1))
        return cut.unflatten(-1, (-1, self.size, self.size))

    def place(self, patches: Tensor, onto: Tensor | None = None) -> Tensor:
        """Sum of D_i^T: add up the patches at their places, (..., K, m, m) -> (..., H, W).

        Adds to `onto` if given: a separate sum for each of the many `chunks` of a large object would cost
        more than everything else.
        """
        flat = patches.flatten(-3)
        if onto is None:
            onto = flat.new_zeros(*flat.shape[:-1], *self.object_shape)
        onto.view(*flat.shape[:-1], -1).scatter_add_(-1, self._index.expand_as(flat), flat)
        return onto

    def put(self, obj: Tensor, patches: Tensor) -> None:
        """Write patches back into an object in place, for positions that do not overlap."""
        obj.view(-1)[self._index] = patches.reshape(-1)

    def probes(self) -> Tensor:
        """P_i, the probe at each position: (K, m, m), or (M, K, m, m) of a stack; (1, ...) if all are alike.

        The axis of positions has one entry if they share a probe.
        """
        table = self._kind_probes() * self.size
        return table if self.probe.ndim == 3 else table[0]

    def exit_waves(self, obj: Tensor) -> Tensor:
        """P_i D_i f, (..., H, W) -> (..., [M,] K, m, m)."""
        return self._cut(obj) * self.size

    def apply(self, obj: Tensor) -> Tensor:
        """A f: waves at the detector, (..., H, W) -> (..., [M,] K, m, m), zero frequency in the corner."""
        return torch.fft.fft2(self._cut(obj))

    def adjoint(self, waves: Tensor, onto: Tensor | None = None) -> Tensor:
        """A^H z = sum_i D_i^T conj(P_i) F^H z_i, (..., [M,] K, m, m) -> (..., H, W); `onto` as in `place`."""
        exit_waves = torch.fft.ifft2(waves, norm="forward")
        stacked = self.probe.ndim == 3
        if compiled is None or not (self._loops and _plain(exit_waves)):
            factor = self._kind_probes().conj()
            if not stacked:
                return self.place(exit_waves * factor[0], onto)
            return self.place((exit_waves * factor).sum(-4), onto)
        rows, columns = self.object_shape
        if onto is None:
            lead = exit_waves.shape[: -4 if stacked else -3]
            onto = exit_waves.new_zeros(*lead, rows, columns)
        # The views reject waves and objects of other shapes; the loops do not check.
        patches = exit_waves.view(-1, self.modes, len(self), self.size, self.size)
        objects = onto.view(len(patches), rows * columns)
        first, which = self._first.numpy(), self._which.numpy()
        compiled.place(patches.numpy(), first, columns, self._table.numpy(), which, objects.numpy())
        return onto

    def _cut(self, obj: Tensor) -> Tensor:
        """The patches times the probes over m, (..., H, W) -> (..., [M,] K, m, m)."""
        stacked = self.probe.ndim == 3
        if compiled is None or not (self._loops and _plain(obj)):
            patches, probes = self.patches(obj), self._kind_probes()
            return patches.unsqueeze(-4) * probes if stacked else patches * probes[0]
        rows, columns = self.object_shape
        modes = (self.modes,) if stacked else ()
        cut = obj.new_empty(*obj.shape[:-2], *modes, len(self), self.size, self.size)
        objects = obj.view(-1, rows * columns)
        out = cut.view(len(objects), self.modes, len(self), self.size, self.size)
        first, which = self._first.numpy(), self._which.numpy()
        compiled.cut(objects.numpy(), first, columns, self._table.numpy(), which, out.numpy())
        return cut

    def _kind_probes(self) -> Tensor:
        """P_i over m, (M, K, m, m), or (M, 1, m, m) if all positions share a probe."""
        table = self._table if self._ramps is None else self._table[self._which]
        return table.transpose(0, 1)

    def probe_slopes(self) -> tuple[Tensor, Tensor]:
        """By how much the probe at each position changes where it is moved by 1 px along rows and columns.

        Each ([M,] K, m, m), or (..., 1, m, m) where all positions share a probe.
        """
        frequencies = torch.fft.fftfreq(self.size, device=self.probe.device)
        waves = torch.fft.fft2(self.probes())
        along = -2j * math.pi * frequencies
        return torch.fft.ifft2(waves * along[:, None]), torch.fft.ifft2(waves * along)

    def illumination(self) -> Tensor:
        """Diagonal of A^H A, w = sum_i D_i^T sum_m |P_im|², real, shape (H, W) [counts]."""
        each = squared_modulus(self._table).sum(1) * self.size**2
        if self._ramps is None and self._remembers:
            return self.place(each.expand(len(self), -1, -1))
        total = each.new_zeros(self.object_shape)
        for some, _ in self.chunks():
            some.place(each[some._which], total)
        return total

    def modulus(self, waves: Tensor) -> Tensor:
        """The modelled amplitudes, roots of `intensity`, of waves, (..., [M,] K, m, m) -> (..., K, m, m)."""
        return self.intensity(waves).sqrt()

    def intensity(self, waves: Tensor) -> Tensor:
        """The modelled counts sum_m |z_m|² + b + c of waves, (..., [M,] K, m, m) -> (..., K, m, m)."""
        counts = squared_modulus(waves)
        if self.probe.ndim == 3:
            counts = counts.sum(-4)
        more = self._incoherent
        return counts if more is None else counts + more

    def fit(self, waves: Tensor, amplitudes: Tensor, mask: Tensor | None = None) -> Tensor:
        """The nearest waves whose modelled amplitudes are the measured ones; masked pixels keep theirs.

        ``z_m y / sqrt(sum_m |z_m|² + b + c)``: these counts are one more mode, of which nothing is asked.
        """
        more = self._incoherent
        if self.probe.ndim == 2 and more is None:
            return with_modulus(waves, amplitudes, mask)
        axes = waves.shape[-3:]
        plain = compiled is not None and _plain(waves) and _plain(amplitudes, torch.float32)
        if plain and amplitudes.shape == axes and (mask is None or _alike(mask, axes)):
            out = torch.empty_like(waves)
            frames, pixels = axes[0], axes[1:].numel()
            to, of = (t.view(-1, self.modes, frames, pixels).numpy() for t in (out, waves))
            y = amplitudes.view(frames, pixels).numpy()
            trusted = np.empty((0, pixels), bool) if mask is None else mask.view(-1, pixels).numpy()
            b = np.empty((0, pixels), np.float32)
            if more is not None:
                b = more.expand(axes[1:]).reshape(1, pixels).numpy()
            compiled.set_modulus_of_sum(to, of, y, trusted, b, np.float32(_TINY))
            return out
        scale = self.intensity(waves).add_(_TINY).rsqrt_().mul_(amplitudes)
        if mask is not None:
            scale = torch.where(mask, scale, 1.0)
        return waves * (scale.unsqueeze(-4) if self.probe.ndim == 3 else scale)

    def probe_terms(self, patches: Tensor, exit_waves: Tensor) -> tuple[Tensor, Tensor]:
        """The data term of the probe, and its diagonal, for patches D_i f and exit waves that fit the data.

        Parameters
        ----------
        patches : complex tensor, shape (K, m, m)
        exit_waves : complex tensor, shape ([M,] K, m, m)

        Returns
        -------
        c : complex tensor, shape ([M,] m, m)
            sum_i w_i S_i^H conj(D_i f) e_i
        v : real tensor, shape (m, m)
            sum_i w_i² |D_i f|², which is that diagonal for whole-pixel positions; a shift of at most half
            a pixel changes it little.
        """
        towards, seen = patches.conj() * exit_waves, squared_modulus(patches)
        if self._ramps is None:
            return towards.sum(-3), seen.sum(-3)
        ramps = whole_ramps(self._ramps[self._which]).conj()
        if self._factors is not None:
            factors = self._factors[self._which][:, None, None]
            towards, seen = towards * factors, seen * factors.square()
        return torch.fft.ifft2((torch.fft.fft2(towards) * ramps).sum(-3)), seen.sum(-3)


SHIFT_STEP = 2.0**-16  # positions whose fractions of a pixel differ by less share a shifted probe [px]
LARGEST_SHIFT_STEP = 2.0**-4  # the same where there are too many probes for the memory
SHIFTED_AT_ONCE = 2**22  # pixels of shifted probes that are made at once
INDEXED_VALUES = 2**24  # pixels of all patches whose places are: 8 bytes each, and quickly found again


def shift_ramps(shifts: Tensor, size: int) -> Tensor:
    """Fourier phases that shift an image by (rows, columns) [px], circularly: (K, 2) -> (K, 2, m) complex64.

    exp(-2 pi i f_y dy) along rows, exp(-2 pi i f_x dx) along columns, zero frequency first: unitary for any
    shift. Kept apart, since products (`whole_ramps`) take as much memory as the shifted probes.
    """
    frequencies = torch.fft.fftfreq(size, dtype=torch.float64, device=shifts.device)
    angles = -2 * math.pi * shifts.double()[..., None] * frequencies
    return torch.polar(torch.ones_like(angles), angles).to(torch.complex64)


def whole_ramps(ramps: Tensor) -> Tensor:
    """Ramps over the pixels of images, (K, 2, m) -> (K, m, m)."""
    return ramps[:, 0, :, None] * ramps[:, 1, None, :]


def first_index(corners: Tensor, size: int, object_shape: tuple[int, int]) -> Tensor:
    """Flat object index of the first pixel of every patch, shape (K,) int64."""
    rows, columns = object_shape
    high = corners + size
    outside = (corners < 0).any(-1) | (high[:, 0] > rows) | (high[:, 1] > columns)
    if outside.any():
        k = int(outside.nonzero()[0])
        raise ValueError(
            f"position {k} at ({int(corners[k, 0])}, {int(corners[k, 1])}) px with a probe of {size} px "
            f"leaves the object of {rows} x {columns} px"
        )
    return (corners[:, 0] * columns + corners[:, 1]).contiguous()


def with_modulus(waves: Tensor, amplitudes: Tensor, mask: Tensor | None = None) -> Tensor:
    """Give waves the measured amplitudes: y z/|z| (0 stays 0, whose phase is unknown); masked keep z.

    Parameters
    ----------
    waves : complex tensor, shape (..., K, m, m)
    amplitudes : real tensor, shape (K, m, m)
    mask : bool tensor broadcasting to the same, optional
        True for valid detector pixels.
    """
    axes = waves.shape[-3:]
    whole = amplitudes.shape[-3:] == axes and amplitudes.shape == waves.shape[-amplitudes.ndim :]
    fits = mask is None or _alike(mask, axes)
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


def _alike(tensor: Tensor, axes: torch.Size) -> bool:
    """Whether a mask is of patterns (K, m, m), each or all alike, as the loops need."""
    return tensor.shape in (axes, axes[1:]) and tensor.is_contiguous()


def _plain(tensor: Tensor, dtype: torch.dtype = torch.complex64) -> bool:
    """Whether the compiled loops can process this: an array in host memory, without gradients."""
    return (
        tensor.dtype is dtype
        and tensor.is_cpu
        and tensor.is_contiguous()
        and not (tensor.requires_grad or tensor.is_conj())
    )


CHUNK_BYTES = 512 * 1024  # exit waves processed at once: fits into a cache, and into memory that malloc keeps
GPU_CHUNK_BYTES = (
    128 * CHUNK_BYTES
)  # a GPU is idle with four patches at once; bounds its memory (not measured)
_ALL = np.empty(0, bool)  # stands for no mask
_TINY = 1e-24  # far below the square of any relevant amplitude, avoids 0/0


def squared_modulus(z: Tensor) -> Tensor:
    """|z|², real; on CPUs several times faster than abs().square()."""
    return (z * z.conj()).real


def part_of(mask: _Mask, part: slice | Tensor) -> _Mask:
    """The mask of some positions: a mask common to all frames is returned unchanged."""
    return mask[part] if mask is not None and mask.ndim == 3 else mask


def misfit(
    forward: Forward,
    obj: Tensor,
    amplitudes: "Amplitudes",
    mask: Tensor | None = None,
    measured: Tensor | None = None,
) -> Tensor:
    """Sum of (y - |A f|)² over sum of y² on trusted pixels; shape of the leading axes of the object.

    `measured` is the latter (`energy`), if known.
    """
    left = misfits(forward, obj, amplitudes, mask).sum(-1)
    return left / (energy(forward, amplitudes, mask) if measured is None else measured)


def misfits(forward: Forward, obj: Tensor, amplitudes: "Amplitudes", mask: Tensor | None = None) -> Tensor:
    """Sum of (y - |A f|)² of each pattern on trusted pixels [counts], shape (..., K)."""
    left, whole = [], None
    if not isinstance(amplitudes, Tensor):  # many small tensors would keep the memory between them in use
        whole = torch.empty(*obj.shape[:-2], len(forward))
    for some, part in forward.chunks():
        difference = some.modulus(some.apply(obj)).sub_(amplitudes[part])
        if mask is not None:
            difference *= part_of(mask, part)
        found = difference.square_().sum((-2, -1))
        if whole is None:
            left.append(found)
        else:
            whole[..., part] = found
    return torch.cat(left, -1) if whole is None else whole


def energy(forward: Forward, amplitudes: "Amplitudes", mask: Tensor | None = None) -> Tensor:
    """Sum of y² on trusted pixels [counts]."""
    total = amplitudes.new_zeros(())
    for _, part in forward.chunks():
        y = amplitudes[part]
        total = total + (y if mask is None else y * part_of(mask, part)).square().sum()
    return total
