"""What a step has refined besides the object, in words; and a scan that begins with it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ptygui.analysis.movement import carried, movement
from ptygui.physics.probe import orthogonal_modes
from ptygui.scan import Geometry, Scan
from ptygui.step import Step

SAME = 1e-4  # movement that counts as none: positions are shifts in float32 [px]
_BEYOND = 0.499  # how far a position may be beyond the object, whose nearest whole pixel is within [px]


def refined_values(scan: Geometry, step: Step) -> dict[str, str]:
    """What a step has otherwise than its scan, by the option that refines it.

    Parameters
    ----------
    scan : Geometry
        The start; whether that had a background only a Scan knows.
    step : Step
        Of a run over that scan.

    Returns
    -------
    dict of str to str
        Such as ``{"background_update": "0 → 1.92 counts a pixel"}``; nothing for what is as the scan has it.
    """
    found = _of_probe(scan.modes, step.modes)
    positions, weights = step.positions, step.weights  # of a scan that has grown since, of fewer frames
    if positions is not None and len(positions) == len(scan):
        far = np.hypot(*movement(scan, positions).T)
        if far.max() > SAME:
            rms = np.sqrt(np.square(far).mean())
            found["position_update"] = f"moved {rms:.2g} px rms, at most {far.max():.2g} px"
    if weights is not None and len(weights) == len(scan) and not _same(weights, scan.weights, 1.0):
        even = np.ones(len(scan)) if scan.weights is None else scan.weights
        found["weight_update"] = f"± {_spread(even)} → {_spread(weights)} % from frame to frame"
    background, given = step.background, scan.background if isinstance(scan, Scan) else None
    if background is not None and isinstance(scan, Scan) and not _same(background, given, 0.0):
        before = 0.0 if given is None else float(np.mean(given))
        found["background_update"] = f"{before:.3g} → {float(np.mean(background)):.3g} counts a pixel"
    return found


def told_values(found: Mapping[str, str]) -> str:
    """What `refined_values` found in one line: "background 0 → 1.92 counts a pixel; ..."."""
    named = {name.removesuffix("_update").replace("_", " "): text for name, text in found.items()}
    return "; ".join(f"{name} {text}" for name, text in named.items())


def with_refined(scan: Scan, step: Step) -> Scan:
    """The scan as a step has refined it: probe, modes, positions, brightness and background.

    Parameters
    ----------
    scan : Scan
    step : Step
        Of a run over it. What this did not refine stays that of the scan, and so do positions and brightness
        of a scan that has grown since. Positions that it moved out of the object are at its edge; those held
        out move with the others, as `carried` has it.
    """
    found: dict[str, Any] = {"probe": step.probe, "weaker_modes": step.weaker_modes}
    test = scan.held_out
    tests: dict[str, Any] = {}
    if step.background is not None:
        found["background"] = tests["background"] = step.background
    if step.weights is not None and len(step.weights) == len(scan):
        found["weights"] = step.weights
    moved = step.positions
    if moved is not None and len(moved) == len(scan) and np.abs(movement(scan, moved)).max() > SAME:
        within = -_BEYOND, np.array(scan.object_shape) - scan.width + _BEYOND
        found["positions"] = moved.clip(*within)
        if test is not None:
            tests["positions"] = carried(scan, moved, test.positions).clip(*within)
    if test is not None:
        found["held_out"] = replace(test, **tests)
    return replace(scan, **found)


def _of_probe(given: np.ndarray, refined: np.ndarray) -> dict[str, str]:
    """Of the probe and its modes; the first is compared, turned to the phase of the given one."""
    if given.shape == refined.shape and np.allclose(given, refined, rtol=1e-5, atol=1e-6 * abs(given).max()):
        return {}
    (modes, shares), (others, parts) = orthogonal_modes(given), orthogonal_modes(refined)
    away = change_of(modes[0], others[0])
    found = {"probe_update": f"{'first mode ' if len(others) > 1 else ''}changed by {100 * away:.2g} %"}
    if len(others) > 1:
        found["probe_modes"] = f"{_shares(shares)} → {_shares(parts)} % of the power"
    return found


def change_of(given: np.ndarray, refined: np.ndarray) -> float:
    """Norm of what a mode (m, m) has changed by, over its own; whatever the phase, which no pattern tells."""
    turned = refined * np.exp(1j * np.angle(np.vdot(refined, given)))
    return float(np.linalg.norm(turned - given) / np.linalg.norm(given))


def _shares(parts: np.ndarray) -> str:
    return ", ".join(f"{100 * part:.3g}" for part in parts)


def _spread(weights: np.ndarray) -> str:
    """Standard deviation over the mean [%]."""
    return f"{100 * float(np.std(weights) / np.mean(weights)):.2g}"


def _same(refined: np.ndarray, given: np.ndarray | None, none: float) -> bool:
    """Whether values are those given, within float32; `none` where none are given."""
    return np.allclose(refined, none if given is None else given, rtol=1e-5, atol=1e-6)
