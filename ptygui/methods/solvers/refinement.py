"""Fits of what a forward model has besides the object: probe, weights of frames, background, positions.

Each is one step from the same waves, in closed form, with the object held; methods call them between
iterations of the object.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ptygui.methods.problem import Problem
from ptygui.methods.solvers.aberrations import Aberrations
from ptygui.methods.solvers.distortion import Distortion, order_for, slope_of_modulus
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.methods.solvers.patchwise import Patchwise, is_local
from ptygui.methods.solvers.positions import PositionSteps
from ptygui.physics.amplitudes import counts_measured
from ptygui.physics.forward import Forward, part_of, squared_modulus
from ptygui.physics.simulate import with_modes

_DARK = 0.5  # counts added where a weight is 1 / counts: pixels without any carry a finite weight
_BEGINNING = 0.05  # share of the power in modes that are new
# Share of the largest v in the probe's, for whole pixels and between; see `moved_probe`.
_SURE, _UNSURE = 1e-3, 0.1
_DRAWN = 0.1  # from the present probe to the one given, of where it is held: 0, .05, .1, .2 and 1 were tried
_CAREFUL = 0.7  # of a full step of weights, since the object follows only afterwards


@dataclass(frozen=True)
class Refined:
    """Which parts are refined.

    Attributes
    ----------
    probe, weights : bool
    positions : str
        "no"; "affine", by scale, rotation and shear; "yes", and each within `reach` px of there.
    background : str
        "no", "constant" or "pixels".
    reach : float
        [px]
    """

    probe: bool = False
    positions: str = "no"
    weights: bool = False
    background: str = "no"
    reach: float = 4.0

    def __bool__(self) -> bool:
        return self.probe or self.positions != "no" or self.weights or self.background != "no"


@dataclass(frozen=True)
class Model:
    """A forward model, and how much of its probe are aberrations.

    Attributes
    ----------
    forward : Forward
    aberrations : float tensor, shape (J,), or None
        Coefficients of `Aberrations` [rad] by which its probe differs from the one given; None before any.
    """

    forward: Forward
    aberrations: Tensor | None


class Refinement:
    """Steps of all that is refined in a forward model, for an object (H, W) that is held.

    Parameters
    ----------
    step : ModulusStep
        The data; its model is changed.
    start : Forward
        The model as given: positions stay near its own.
    modes : int, optional
        How many modes of its probe the scan has; all by default.

    Attributes
    ----------
    adds_modes : bool
        Whether the probe is refined with more modes than the scan has.
    """

    def __init__(
        self, step: ModulusStep, start: Forward, refined: Refined, resume: dict[str, Any] | None = None,
        modes: int | None = None,
    ):  # fmt: skip
        self.step, self.start, self.refined = step, start, refined
        self.polynomials = Aberrations(start.probe) if refined.probe else None
        self._aberrations: Tensor | None = (resume or {}).get("aberrations")  # found so far, (J,) [rad]
        self._anchor = start.probe
        # Modes that the scan has; what others begin with is made up, so that they are held nowhere.
        self._known = torch.ones_like(start.probe.real[..., :1, :1])
        self.adds_modes = refined.probe and modes is not None and modes < start.modes
        if self.adds_modes:
            self._known[modes:] = 0
        self._tangents = None
        if refined.probe:
            tangents = _gauge_tangents(start.probe.cpu(), refined.weights)
            self._tangents = tangents.to(start.probe.device)
        self.positions: PositionSteps | None = None
        if refined.positions != "no":
            self.positions = PositionSteps(start, refined.positions == "yes", refined.reach, resume)
        self._local = self.positions is not None and is_local(start, step.mask)  # read from the device once

    def take(self, obj: Tensor, stiffness: float = 0.0) -> None:
        """One step of everything. `stiffness` holds the probe where `hold` has it, relative to the data."""
        forward, refined = self.step.forward, self.refined
        sums = self._sums(obj)
        if refined.background != "no":
            forward = forward.with_background(self._background(forward, sums))
        if refined.weights:
            forward = forward.with_weights(self._weights(forward, sums))
        probe = self.moved_probe(forward, sums.towards, sums.seen, stiffness) if refined.probe else None
        if self.positions is not None:
            forward = self.positions.take(forward, sums.slope, sums.normal, probe)
        elif probe is not None:
            forward = forward.with_probe(probe)
        self.step.set_forward(forward)

    def correct_aberrations(self, obj: Tensor) -> None:
        """One step of the aberrations of the probe, if that is refined, with the object (H, W) held."""
        if self.polynomials is not None and len(self.polynomials.phases):
            self.add_aberrations(self.polynomials.step(self.step, obj))

    def add_aberrations(self, change: Tensor) -> None:
        """Change the aberrations of the probe by these coefficients, (J,) [rad]."""
        assert self.polynomials is not None, "the probe is not refined"
        self.step.set_probe(self.polynomials.applied(self.step.forward.probe, change))
        self._aberrations = change if self._aberrations is None else self._aberrations + change

    @property
    def moves_objects(self) -> bool:
        """Whether objects change with what is refined, see `straightened`."""
        return self.positions is not None or self.refined.weights

    @property
    def moves_singly(self) -> bool:
        """Whether positions are refined each, and so few that one may be off with its part of the object."""
        return self._local and self.positions is not None and self.positions.each

    def straightened(self, obj: Tensor, whole: Tensor | None = None) -> Tensor:
        """Objects (..., H, W) after a step of them with positions and weights, where these are refined.

        The step is that of `obj`, or of `whole` (H, W), such as a mean of several.
        """
        if not self.moves_objects:
            return obj
        forward, steps = self.step.forward, self.positions
        order = 1 if steps is not None and not steps.each else order_for(forward)
        whole = obj if whole is None else whole
        images = torch.cat((whole.unsqueeze(0), obj.reshape(-1, *whole.shape)))
        distortion = Distortion(forward, order, steps is not None, self.refined.weights)
        smooth = distortion.step(self.step, whole)
        self.step.set_forward(distortion.of_model(smooth))
        images = distortion.of_object(smooth, images)
        if self.moves_singly:
            patchwise = Patchwise(self.step.forward)
            single = patchwise.step(self.step, images[0])
            self.step.set_forward(patchwise.of_model(single))
            images = patchwise.of_object(single, images)
        return images[1:].view(obj.shape)

    def hold(self) -> None:
        """Hold the steps from here on near the present probe, and drawn to the one given.

        The given one with the aberrations found so far: these every measurement determines at once, while
        pixel by pixel a probe follows whatever is wrong in the image.
        """
        given = self.start.probe
        if self.polynomials is not None and self._aberrations is not None:
            given = in_gauge(self.polynomials.applied(given, self._aberrations), given)
        self._anchor = torch.lerp(self.step.forward.probe, given, _DRAWN)

    @property
    def model(self) -> "Model":
        """The model of the data as refined so far; set to go back to it, or on from another's."""
        return Model(self.step.forward, self._aberrations)

    @model.setter
    def model(self, model: "Model") -> None:
        self.step.set_forward(model.forward)
        self._aberrations = model.aberrations

    @property
    def state(self) -> dict[str, Any]:
        """What steps need of those before, for the state of a run."""
        found = {} if self.positions is None else self.positions.state
        return found if self._aberrations is None else found | {"aberrations": self._aberrations}

    def fix_gauge(self) -> None:
        """Bring the probe back to where the given one is (`in_gauge`)."""
        if self.refined.probe:
            self.step.set_probe(in_gauge(self.step.forward.probe, self.start.probe))

    def moved_probe(self, forward: Forward, towards: Tensor, seen: Tensor, stiffness: float = 0.0) -> Tensor:
        """P + (d + λ (Q - P)) / (v + λ): the minimum of the majoriser of the misfit, plus λ |P - Q|².

        d and v are those of `ModulusStep.back_both`. v is raised where little is seen. With positions between
        pixels it is the diagonal only about: with .001 AWF diverged on a measured scan.
        """
        probe, most = forward.probe, seen.max()
        whole = forward.shifts is None and self.positions is None
        seen = torch.lerp(seen, most, _SURE if whole else _UNSURE)
        held = stiffness * most * self._known
        change = (towards + held * (self._anchor - probe)) / (seen + held)
        return probe + self.held_in_gauge(change)

    def held_in_gauge(self, change: Tensor) -> Tensor:
        """A change of the probe without what moves, tilts or turns the one given: the object would follow."""
        tangents = self._tangents
        assert tangents is not None, "the probe is not refined"
        along = torch.einsum("j...,...->j", tangents.conj(), change).real
        return change - torch.einsum("j,j...->...", along.to(change), tangents)

    def _weights(self, forward: Forward, sums: "_Sums") -> Tensor:
        """The factor of each frame that fits best, w_i sum y sgn(z) z* / sum |z|², of mean 1."""
        before = torch.ones_like(sums.gain) if forward.weights is None else forward.weights
        weights = before * (1 + _CAREFUL * (sums.gain - 1)).clamp(0.5, 2)
        return weights / weights.mean()

    def _background(self, forward: Forward, sums: "_Sums") -> Tensor:
        """Fisher scoring of Poisson counts: b + sum (n - I) / I over sum 1 / I, at least 0."""
        before = sums.score.new_zeros(()) if forward.background is None else forward.background
        score, information = sums.score, sums.information
        if self.refined.background == "constant":
            score, information = score.sum(), information.sum()
        return (before + score / information.clamp_min(1e-12)).clamp_min(0).expand(sums.score.shape)

    def _sums(self, obj: Tensor) -> "_Sums":
        """What the closed forms need, in one pass over the data."""
        forward, step, refined = self.step.forward, self.step, self.refined
        stacked = forward.probe.ndim == 3
        found = _Sums(
            torch.zeros_like(forward.probe), obj.real.new_zeros(forward.size, forward.size),
            *(obj.real.new_zeros(forward.size, forward.size) for _ in range(2)),
        )  # fmt: skip
        gains, slopes, normals = [], [], []
        for part, which in forward.chunks():
            y, mask = step.amplitudes[which], part_of(step.mask, which)
            waves = part.apply(obj)
            fitted = part.fit(waves, y, mask)
            if refined.probe:
                left = torch.fft.ifft2(fitted - waves, norm="ortho")
                towards, seen = part.probe_terms(part.patches(obj), left)
                found.towards += towards
                found.seen = found.seen + seen
            counts = part.intensity(waves)
            if refined.background != "no":
                trusted = torch.ones_like(y) if mask is None else mask.expand_as(y).to(y)
                weight = trusted / (counts + _DARK)
                excess = counts_measured(y, part.added) - (counts - part.added)
                found.score = found.score + (weight * excess).sum(0)
                found.information = found.information + weight.sum(0)
            if refined.weights:
                signal = squared_modulus(waves)
                signal = signal.sum(-4) if stacked else signal
                signal = signal if mask is None else signal * mask
                ratio = y / counts.sqrt().clamp_min(1e-6)
                gains.append((signal * ratio).sum((-2, -1)) / signal.sum((-2, -1)).clamp_min(1e-12))
            if self.positions is not None:
                slope, normal = self._slopes(part, obj, waves, counts, y, mask)
                slopes.append(slope)
                normals.append(normal)
        if gains:
            found.gain = torch.cat(gains)
        if slopes:
            found.slope, found.normal = torch.cat(slopes), torch.cat(normals)
        return found

    def _slopes(
        self, part: Forward, obj: Tensor, waves: Tensor, counts: Tensor, y: Tensor, mask: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Products of y - |A f| with its slopes along rows and columns, (K, 2), and of these, (K, 3)."""
        modulus = counts.sqrt().clamp_min(1e-6)
        left = y - modulus
        if mask is not None:
            left = left * mask
        slopes = []
        patches = part.patches(obj)
        for moved in part.probe_slopes():
            slope = slope_of_modulus(waves, modulus, patches * moved)
            slopes.append(slope if mask is None else slope * mask)
        rows, columns = slopes
        pairs = ((rows, rows), (rows, columns), (columns, columns))
        return (
            torch.stack([(s * left).sum((-2, -1)) for s in slopes], -1),
            torch.stack([(a * b).sum((-2, -1)) for a, b in pairs], -1),
        )


def in_gauge(probe: Tensor, given: Tensor) -> Tensor:
    """A probe with phase, centre and direction of the one given: an object moved, or tilted, may hide them.

    Its centre, and that of its far field, are those of `given`, as is the phase of their product.
    """
    for far in (False, True):
        shift = _centre(given, far) - _centre(probe, far)
        waves = probe if far else torch.fft.fft2(probe)
        axis = torch.arange(probe.shape[-1], device=probe.device) if far else None
        if axis is None:
            axis = -torch.fft.fftfreq(probe.shape[-1], device=probe.device) * probe.shape[-1]
        angles = 2 * math.pi / probe.shape[-1] * shift[:, None] * axis
        rows, columns = torch.polar(torch.ones_like(angles), angles)
        waves = waves * rows[:, None] * columns
        probe = waves if far else torch.fft.ifft2(waves)
    turn = (given.conj() * probe).sum().angle()
    return probe * torch.polar(torch.ones_like(turn), -turn)


def _gauge_tangents(probe: Tensor, weights: bool) -> Tensor:
    """Orthonormal changes of a probe ([M,] m, m) that patterns do not show: (5, [M,] m, m).

    They shift it, tilt it or turn its phase. Where `weights` of frames are free, (7, [M,] m, m), those with
    which it brightens from one side to the other as well: P(u) exp(g u), f(x) exp(-g x) and w_i exp(g p_i)
    have the patterns of P, f and w. Orthonormal as real vectors, in the inner product Re <a, b>.
    """
    size = probe.shape[-1]
    frequency = 2j * math.pi * torch.fft.fftfreq(size, device=probe.device)
    place = 1j * (torch.arange(size, device=probe.device) - size // 2) / size
    waves = torch.fft.fft2(probe)
    changes = [
        torch.fft.ifft2(waves * frequency[:, None]), torch.fft.ifft2(waves * frequency),
        probe * place[:, None], probe * place, 1j * probe,
    ]  # fmt: skip
    if weights:
        changes += [probe * place.imag[:, None], probe * place.imag]
    flat = torch.view_as_real(torch.stack([one.to(probe) for one in changes])).flatten(1).double()
    orthonormal = torch.linalg.qr(flat.T)[0].T.to(probe.real.dtype)
    return torch.view_as_complex(orthonormal.contiguous().view(len(changes), *probe.shape, 2))


def _centre(probe: Tensor, far: bool) -> Tensor:
    """Centre of the probe, of its far field if `far`: (row, column) [px], circular.

    Weighted with the square of the intensity, so that noise where the beam is not counts little.
    """
    intensity = squared_modulus(torch.fft.fft2(probe) if far else probe)
    intensity = (intensity.sum(0) if intensity.ndim == 3 else intensity).square()
    size = probe.shape[-1]
    angle = 2 * math.pi / size * torch.arange(size, device=probe.device)
    wave = torch.polar(torch.ones_like(angle), angle)
    sums = torch.stack(((intensity.sum(1) * wave).sum(), (intensity.sum(0) * wave).sum()))
    return sums.angle() * size / (2 * math.pi)


def begun(problem: Problem, modes: int = 0) -> tuple[Forward, Forward]:
    """The model to go on from, that of a resumed run or the one given; and the one given.

    With so many modes of the probe, 0 for those of the scan; more than those begin with little power.
    """
    given, state = problem.forward, problem.resume
    if modes and modes != given.modes:
        given = given.with_probe(_more_modes(given.probe, modes))
    forward = given.with_probe(state["probe"]) if "probe" in state else given
    if "shifts" in state:
        forward = forward.placed(state.get("corners", forward.corners), state["shifts"])
    if "weights" in state:
        forward = forward.with_weights(state["weights"])
    if "background" in state:
        forward = forward.with_background(state["background"])
    return forward, given


def kept(forward: Forward, refined: Refined) -> dict[str, Tensor]:
    """What `begun` needs of a model to go on from it, for the state of a step."""
    found = {"probe": forward.probe} if refined.probe else {}
    if refined.positions != "no" and forward.shifts is not None:
        found |= {"corners": forward.corners, "shifts": forward.shifts}
    if refined.weights and forward.weights is not None:
        found["weights"] = forward.weights
    if refined.background != "no" and forward.background is not None:
        found["background"] = forward.background
    return found


def _more_modes(probe: Tensor, count: int) -> Tensor:
    """The first `count` modes of a probe ([M,] m, m); those it does not have are orthogonal, and weak."""
    stack = probe if probe.ndim == 3 else probe.unsqueeze(0)
    if len(stack) >= count:
        return stack[:count] if count > 1 else stack[0]
    further = with_modes(stack[0].cpu().numpy(), count, _BEGINNING)
    return torch.cat((stack, torch.from_numpy(further[len(stack) :]).to(stack)))


@dataclass
class _Sums:
    """Sums over the data at one object: see the closed forms in `Refinement`."""

    towards: Tensor
    seen: Tensor
    score: Tensor
    information: Tensor
    gain: Tensor = None  # type: ignore[assignment]  # only where it is refined
    slope: Tensor = None  # type: ignore[assignment]
    normal: Tensor = None  # type: ignore[assignment]
