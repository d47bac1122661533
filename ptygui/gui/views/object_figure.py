"""The pictures of an ObjectView as a figure for a paper: at full resolution, at the levels shown."""

import numpy as np
import pyqtgraph as pg

from ptygui.gui.figures.pictures import Bar, Panel, Pictures
from ptygui.gui.model.picture_levels import CIRCLE
from ptygui.gui.views.complex_colours import complex_colours
from ptygui.gui.views.object_canvas import X_T_MAP
from ptygui.gui.widgets.axis_ticks import even_ticks, in_short

_RAMP = np.linspace(0, 1, 256)
_ANGLES = [(k / 4, name) for k, name in enumerate(("−π", "−π/2", "0", "π/2", "π"))]


def object_figure(view, caption: str = "") -> Pictures | None:
    """What an ObjectView shows, or None where it shows no step."""
    step, scan = view.step, view.scan
    if step is None:
        return None
    panels = []
    crop = view.shown_area()
    bars = {part: _bar(part, view) for part, _ in view.groups()}
    for part, shown in view.groups():
        for which in shown:
            if which == "estimate":
                colours = _coloured(part, (step.obj * view.factor)[crop], view)
                panels.append(Panel(f"x̂0, {part}", colours, bars[part]))
            elif view.beside == "truth" and scan.truth is not None:
                panels.append(Panel(f"truth, {part}", _coloured(part, scan.truth[crop], view), bars[part]))
            elif view.beside == "x_t" and step.x_t is not None:
                panels.append(_x_t_panel(part, view, crop))
    return Pictures(panels, None if scan is None else scan.pixel_size_m, caption, f"step {step.index}")


def _coloured(part: str, obj: np.ndarray, view) -> np.ndarray:
    if part == "complex":
        return complex_colours(obj, view.levels()[1])
    values = np.abs(obj) if part == "amplitude" else np.angle(obj)
    return mapped(values, view.levels(part), view.canvas.bars[part].colours)


def _x_t_panel(part: str, view, crop) -> Panel:
    channel, (low, high) = view.step.x_t[("amplitude", "phase").index(part)][crop], view.x_t_levels()
    colours = pg.colormap.get(X_T_MAP)
    bar = bar_of("x_t [channels]", (low, high), colours)
    return Panel(f"x_t, {part} channel", mapped(channel, (low, high), colours), bar)


def _bar(part: str, view) -> Bar:
    if part == "complex":
        brightness, turn = np.mgrid[1:0:16j, -np.pi : np.pi : 256j]
        label = f"phase [rad]; brightness: amplitude from 0 to {in_short(round(view.levels()[1], 3))}"
        return Bar(label, complex_colours(brightness * np.exp(1j * turn), 1.0), _ANGLES)
    label = "phase [rad]" if part == "phase" else part
    return bar_of(label, view.levels(part), view.canvas.bars[part].colours)


def bar_of(label: str, levels: tuple[float, float], colours: pg.ColorMap) -> Bar:
    """The colour bar of what is drawn between these levels; a whole turn is labelled in parts of π."""
    ticks = _ANGLES if tuple(levels) == CIRCLE else _ticks(*levels)
    return Bar(label, mapped(_RAMP[None], (0, 1), colours), ticks)


def mapped(values: np.ndarray, levels: tuple[float, float], colours: pg.ColorMap) -> np.ndarray:
    """Values, shape (H, W), in the colours of a map between these levels: uint8 (H, W, 3)."""
    low, high = levels
    places = np.clip((values - low) / (high - low), 0, 1)
    return np.ascontiguousarray(colours.map(places.ravel(), mode="byte")[:, :3]).reshape(*values.shape, 3)


def _ticks(low: float, high: float) -> list[tuple[float, str]]:
    return [((value - low) / (high - low), in_short(round(value, 6))) for value in even_ticks(low, high)]
