"""A probe for a scan that comes without one: its far field from the mean pattern, its defocus by search."""

from dataclasses import dataclass, replace

import numpy as np

from ptygui.errors import Diverged
from ptygui.methods import RPIE
from ptygui.physics.probe import energy_diameter
from ptygui.prepare.survey import mean_of, totals_of
from ptygui.scan import Patterns, Scan

ENOUGH = 8  # positions without which a search says nothing
SWEEPS, LAST_SWEEPS = 12, 40  # of rPIE for each candidate, and for the best one
SIZES = (0.2, 0.35, 0.5, 0.65)  # D90 of the candidates, relative to the window, besides the focus itself
BETWEEN = 0.075  # and those beside the best one
_UNSURE = 1.5  # misfit in focus over that of the best, below which patterns do not tell the probe
_KEPT = 0.995  # of the counts within the detector's centre that the search uses
_PIXELS = 36 * 128**2  # of the patterns that candidates are tried on, which are 12 to 36
_MOST_DEFOCUS = 1000.0  # [rad]


@dataclass(frozen=True)
class Found:
    """A probe (m, m) in root counts; its D90 [px]; the misfit it leaves, and that in focus."""

    probe: np.ndarray
    diameter: float
    misfit: float
    in_focus: float

    @property
    def note(self) -> str:
        """What was found, for the scan's notes."""
        unsure = self.in_focus < _UNSURE * self.misfit
        return (
            "estimated from the mean pattern and a search for its defocus: "
            f"D90 {self.diameter:.0f} px, misfit {self.misfit:.3g} times the noise "
            f"(in focus {self.in_focus:.3g}); "
            + (
                "which is hardly better: give one with --probe"
                if unsure
                else "give one with --probe if known"
            )
        )


def with_found_probe(scan: Scan, focus: np.ndarray | None = None) -> Scan:
    """The scan with the probe that fits better of two: from its mean pattern, and if given from a focus."""
    found = find_probe(scan, focus_of(scan.patterns, scan.mask))
    modes = len(scan.modes) if scan.weaker_modes is not None else 1
    note = f"probe {found.note}" + (f"; the {modes} modes of the scan are left out" if modes > 1 else "")
    if focus is not None:
        other = find_probe(scan, focus)
        if other.misfit <= found.misfit:
            found, note = other, f"its defocus was searched for: D90 {other.diameter:.0f} px"
        else:
            note += f", which fits better than the optics ({other.misfit:.3g} times the noise)"
    return scan.noted(note, probe=found.probe, weaker_modes=None)


def focus_of(patterns: Patterns, mask: np.ndarray | None = None) -> np.ndarray:
    """A probe with the mean pattern as far field, a flat phase, and the energy of the brightest pattern."""
    probe = _near(np.sqrt(mean_of(patterns, mask)))
    energy = np.vdot(probe, probe).real
    brightest = np.percentile(totals_of(patterns, mask), 99.9)
    return (probe * np.sqrt(brightest / energy)).astype(np.complex64) if energy else probe


def find_probe(scan: Scan, focus: np.ndarray) -> Found:
    """Find the defocus of a probe, whose focus (m, m) is given.

    Candidates are the focus itself, and the probe before or behind it by as much as gives each of `SIZES`.
    Each is refined by some sweeps of rPIE on neighbouring positions; so are those beside the best one. That
    which leaves the least misfit is refined further.
    """
    scan = replace(scan, probe=focus, weaker_modes=None)
    part = _about_the_middle(scan, 36)
    margin = _margin(part)
    count = _PIXELS // (scan.width - 2 * margin) ** 2
    small = _cropped(_about_the_middle(part, min(36, max(12, count))), margin)
    far = small.probe
    in_focus = _tried(small, far, SWEEPS)
    tried = {0.0: in_focus}
    for size in SIZES:
        if energy_diameter(far) < size * small.width:
            tried |= {sign * size: _candidate(small, sign * size) for sign in (1, -1)}
    best = min(tried, key=lambda size: tried[size].misfit)
    if best:
        beside = [best + step for step in (-BETWEEN, BETWEEN)]
        tried |= {size: _candidate(small, size) for size in beside}
        best = min(tried, key=lambda size: tried[size].misfit)
    last = _tried(small, tried[best].probe, LAST_SWEEPS)
    whole = _near(np.pad(_far(last.probe), margin)).astype(np.complex64)
    return Found(whole, energy_diameter(whole), last.misfit, in_focus.misfit)


@dataclass(frozen=True)
class _Tried:
    probe: np.ndarray
    misfit: float


def _candidate(scan: Scan, size: float) -> _Tried:
    """That of D90 `size`, relative to the window; behind the focus if negative."""
    return _tried(scan, _defocused(scan.probe, np.sign(size) * _defocus_for(scan.probe, abs(size))), SWEEPS)


def _tried(scan: Scan, probe: np.ndarray, sweeps: int) -> _Tried:
    """The probe after some sweeps of rPIE that refine it, and the misfit over the noise floor."""
    from ptygui.experiment.reconstruct import reconstruct

    method = RPIE(iterations=sweeps, probe_update="yes", probe_update_start=1)
    steps = reconstruct(replace(scan, probe=probe), method, device="cpu", interval=np.inf)
    try:
        last = [step for step in steps if step is not None][-1]
    except Diverged:
        return _Tried(probe, np.inf)
    return _Tried(last.probe, last.misfit / max(last.noise_floor, 1e-6))


def _about_the_middle(scan: Scan, count: int) -> Scan:
    """The positions nearest to the middle one."""
    away = scan.positions - np.median(scan.positions, axis=0)
    middle = scan.positions[np.square(away).sum(1).argmin()]
    nearest = np.argsort(np.square(scan.positions - middle).sum(1), kind="stable")[:count]
    return scan.subset(np.sort(nearest))


def _margin(scan: Scan) -> int:
    """Detector pixels at each side that hold next to no counts."""
    mean = mean_of(scan.patterns)
    if scan.mask is not None:
        mean = mean * (scan.mask if scan.mask.ndim == 2 else scan.mask.all(0))
    size, total = len(mean), mean.sum()
    for margin in range(size // 2 - 16, 0, -1):
        if mean[margin:-margin, margin:-margin].sum() >= _KEPT * total:
            return margin
    return 0


def _cropped(scan: Scan, margin: int) -> Scan:
    """The scan on the centre of its detector: the same field of view with fewer, larger object pixels."""
    if not margin:
        return scan
    inner = slice(margin, -margin)
    factor = (scan.width - 2 * margin) / scan.width
    positions = scan.positions * factor
    return scan.noted(
        patterns=scan.patterns[:][:, inner, inner],
        mask=None if scan.mask is None else scan.mask[..., inner, inner],
        probe=_near(_far(scan.probe)[inner, inner]),
        positions=positions - np.rint(positions.min(0)),
        object_shape=None,
        background=None if scan.background is None else scan.background[inner, inner],
        held_out=None,
        truth=None,
        reference=None,
    )


def _defocus_for(probe: np.ndarray, size: float) -> float:
    """The quadratic phase [rad at the edge of the grid] that gives a focus a D90 of `size` windows."""
    low, high = 0.0, _MOST_DEFOCUS
    for _ in range(20):
        middle = (low + high) / 2
        wide = energy_diameter(_defocused(probe, middle)) >= size * len(probe)
        low, high = (low, middle) if wide else (middle, high)
    return high


def _defocused(probe: np.ndarray, phase: float) -> np.ndarray:
    """The probe with a quadratic phase in its far field, `phase` rad at the edge of the grid."""
    axis = (np.arange(len(probe)) - len(probe) // 2) / (len(probe) / 2)
    squares = np.square(axis)[:, None] + np.square(axis)
    return _near(_far(probe) * np.exp(-1j * phase * squares)).astype(np.complex64)


def _far(probe: np.ndarray) -> np.ndarray:
    return np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(probe), norm="ortho"))


def _near(far: np.ndarray) -> np.ndarray:
    return np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(far), norm="ortho"))
