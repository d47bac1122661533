"""Layout of pictures: panels in rows above their colour bars, a scale bar, and a caption."""

from itertools import groupby

from matplotlib.patches import Rectangle

from ptygui.figures.figure import Bar, Panel, Pictures
from ptygui.figures.scale import scale_bar
from ptygui.figures.sheet import MM, NORMAL, SMALL, TICK, Sheet, height_of, width_of, wrapped
from ptygui.figures.stripes import striped

NARROW = 120 * MM  # width below which there are two panels in a row, not four
_GAP, _BAR = 3 * MM, 2.2 * MM
_BELOW = 1.5 * TICK + _BAR + TICK + 1.5 + height_of(SMALL) + height_of(NORMAL)  # a row: bar, labels, unit


def draw_pictures(sheet: Sheet, figure: Pictures) -> float:
    """Draw, and return the height."""
    groups = [list(group) for _, group in groupby(figure.panels, key=lambda panel: panel.bar)]
    rows = _rows(groups, 2 if sheet.width < NARROW else 4)
    across = max(sum(len(group) for group in row) for row in rows)
    wide = (sheet.width - (across - 1) * _GAP) / across
    rows_of_pixels, columns = figure.panels[0].values.shape
    high = wide * rows_of_pixels / columns
    top = 0.0
    for row in rows:
        titles = [wrapped(panel.title, wide) for group in row for panel in group]
        top += max(map(len, titles)) * height_of() + 0.25 * NORMAL
        left = 0.0
        for group in row:
            first = left
            for panel in group:
                _draw_panel(sheet, panel, left, top, wide, high)
                if panel is figure.panels[0]:
                    _draw_scale_bar(sheet, left, top + high, wide, columns, figure.pixel_size_m)
                left += wide + _GAP
            _draw_bar(sheet, group[0].bar, first, top + high + 1.5 * TICK, left - _GAP - first)
        top += high + _BELOW + _GAP
    top -= _GAP / 2
    return top + sheet.lines(top, figure.caption)


def _rows(groups: list[list[Panel]], most: int) -> list[list[list[Panel]]]:
    """Groups in rows of at most this number of panels."""
    rows = [[groups[0]]]
    for group in groups[1:]:
        if sum(map(len, rows[-1])) + len(group) <= most:
            rows[-1].append(group)
        else:
            rows.append([group])
    return rows


def _draw_panel(sheet: Sheet, panel: Panel, left: float, top: float, wide: float, high: float) -> None:
    axes = sheet.picture(panel.colours, left, top, wide, high)
    if panel.striped is not None and panel.striped.any():
        over = striped(panel.striped)
        axes.imshow(over, aspect="auto", interpolation="nearest", extent=(0, 1, 0, 1))
    axes.set_title("\n".join(wrapped(panel.title, wide)), linespacing=1.0)


def _draw_bar(sheet: Sheet, bar: Bar, left: float, top: float, wide: float) -> None:
    axes = sheet.picture(bar.strip, left, top, wide, _BAR)
    places, words = zip(*bar.ticks, strict=True)
    axes.set_xticks(places, words)
    axes.set_xlabel(bar.label)
    for place, label in zip(places, axes.get_xticklabels(), strict=True):  # no label sticks out
        room = width_of(label.get_text(), SMALL) / 2 / wide
        label.set_horizontalalignment("left" if place < room else "right" if place > 1 - room else "center")


def _draw_scale_bar(
    sheet: Sheet, left: float, bottom: float, wide: float, columns: int, pixel_size_m: float | None
) -> None:
    pixels, words = scale_bar(columns, pixel_size_m)
    long, pad, thick = wide * pixels / columns, 1.5, 1.5
    ground, high = max(long, width_of(words, SMALL)) + 2 * pad, height_of(SMALL) + thick + 2.0
    left, top = left + 4.0, bottom - 4.0 - high
    sheet.add(Rectangle((left, top), ground, high, color="#000000", alpha=0.55, linewidth=0))
    sheet.text(left + ground / 2, top, words, SMALL, "center", "#ffffff")
    bar = left + (ground - long) / 2, top + high - 2 * thick
    sheet.add(Rectangle(bar, long, thick, color="#ffffff", linewidth=0))
