"""The step shared by AWF and the diffusion solvers: replace the modulus, back-project, divide."""

from collections.abc import Iterator

import torch
from torch import Tensor

from ptygui.methods.problem import Problem
from ptygui.networks.cuda_graphs import Replayed
from ptygui.physics.forward import Forward, part_of


class ModulusStep:
    """b(f) = A^H (y sgn(A f)), the data term of every amplitude method, and gradient steps based on it.

    ``||y - |A f| ||² <= ||A f - y sgn(A f_0)||²`` with equality at f_0 (any f, f_0), and A^H A is
    diag(w), so that ``f_0 - (w f_0 - b(f_0)) / max(w)`` never increases the misfit.

    `objects` is the number of objects in the leading axes; it affects only the speed.
    """

    def __init__(
        self, problem: Problem, mask: Tensor | None = None, objects: int = 1, forward: Forward | None = None
    ):
        self.amplitudes, self.mask = problem.amplitudes, problem.mask if mask is None else mask
        self._objects = objects
        self.forward = forward or problem.forward
        self.set_forward(self.forward)

    def _data(self) -> Iterator[tuple[Forward, Tensor, Tensor | None]]:
        """The data in parts: model, amplitudes and mask of each."""
        whole = self.amplitudes
        for forward, which, mask in self._chunks:
            y = whole[..., which, :, :] if isinstance(whole, Tensor) else whole[which]
            yield forward, y, mask

    def set_probe(self, probe: Tensor) -> None:
        """Use another probe from here on, shape (m, m), or modes (M, m, m)."""
        self.set_forward(self.forward.with_probe(probe))

    def set_forward(self, forward: Forward) -> None:
        """Use another forward model of the same positions' patches from here on."""
        if forward is not self.forward:
            self._chunks = []
            self.forward.release()  # of a large scan two sets of shifted probes are a fifth of all its memory
        self.forward = forward
        self._chunks = [
            (part, which, part_of(self.mask, which)) for part, which in forward.chunks(self._objects)
        ]
        self.w = self.forward.illumination()
        self.w_max = self.w.max()
        self._safe_step: float | None = None
        self._kept = 1 - self.w / self.w_max
        self._replayed = Replayed(self._back)

    def back(self, obj: Tensor) -> Tensor:
        """b(f) = A^H (y sgn(A f)), (..., H, W) -> (..., H, W); masked pixels keep the model's wave."""
        return self._replayed(obj)

    def _back(self, obj: Tensor) -> Tensor:
        total = obj.new_zeros(obj.shape)
        for forward, y, mask in self._data():
            forward.adjoint(forward.fit(forward.apply(obj), y, mask), total)
        return total

    def object(self, obj: Tensor) -> Tensor:
        """One gradient step of the object with the largest safe step, 1 / max(w)."""
        if not self.w_max.is_cpu:  # reading a number waits for a GPU
            return (self._kept * obj).add_(self.back(obj) / self.w_max)
        if self._safe_step is None:
            self._safe_step = 1 / float(self.w_max)
        return (self._kept * obj).add_(self.back(obj), alpha=self._safe_step)

    def back_both(self, obj: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The data terms of object and probe from the same waves, and the probe's own diagonal.

        Returns
        -------
        b : complex tensor, shape (H, W)
            sum_i D_i^T conj(P) F^H(y_i sgn z_i), as `back`.
        d : complex tensor, shape (m, m) or (M, m, m)
            sum_i conj(D_i f) (F^H(y_i sgn z_i) - P_i D_i f): where the probe should go, as b - w f is for
            the object.
        v : real tensor, shape (m, m)
            sum_i |D_i f|²: as w is for the object. See `Forward.probe_terms`.
        """
        probe = self.forward.probe
        b, d, v = torch.zeros_like(obj), torch.zeros_like(probe), torch.zeros_like(probe.real)
        v = v if probe.ndim == 2 else v[0]
        for forward, y, mask in self._data():
            waves = forward.fit(forward.apply(obj), y, mask)
            forward.adjoint(waves, b)
            left = torch.fft.ifft2(waves, norm="ortho") - forward.exit_waves(obj)
            towards, seen = forward.probe_terms(forward.patches(obj), left)
            d += towards
            v = v + seen
        return b, d, v
