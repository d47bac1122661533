"""Colours are told apart by those who see red and green, or blue and yellow, alike."""

import numpy as np
import pyqtgraph as pg
import pytest

from ptygui.figures.colours import MAPS, PHASE, colour_table, coloured
from ptygui.gui.views.canvas import CURVE, FLOOR, MARKER
from ptygui.gui.views.curve import OTHERS, SECOND
from ptygui.gui.views.pair import PairGrid
from ptygui.gui.widgets.colour_maps import colour_map

# linear RGB as seen where one kind of cone is missing: Machado, Oliveira and Fernandes 2009, severity 1
SIGHT = {
    "all cones": np.eye(3),
    "protanopia": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "deuteranopia": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
    "tritanopia": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def distances(colours, sight):
    """Between all pairs of sRGB colours (N, 3) of 0-255, in CIE L*a*b*, as this sight has them."""
    c = np.asarray(colours) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    xyz = (linear @ np.transpose(SIGHT[sight])).clip(0, 1) @ _XYZ.T / (0.9505, 1, 1.089)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)
    return np.linalg.norm(lab[:, None] - lab, axis=-1)


@pytest.mark.parametrize("name", sorted(MAPS))
@pytest.mark.parametrize("sight", SIGHT)
def test_values_a_quarter_of_the_scale_apart_have_colours_apart(name, sight):
    found = distances(colour_map(name).getLookupTable(nPts=64)[:, :3], sight)
    apart = np.abs(np.subtract.outer(np.arange(64), np.arange(64)))
    if name == PHASE:  # a circle, whose ends meet
        apart = np.minimum(apart, 64 - apart)
        assert found[0, -1] < 3
    assert found[apart >= 16].min() > 15  # a just noticeable difference is 2.3


def test_these_are_all_maps_of_the_pictures_that_are_compared(qtbot):
    grid = PairGrid()
    qtbot.addWidget(grid)
    assert {bar.colours.name for bar in grid.bars.values()} <= set(MAPS)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("colours", [(CURVE, *OTHERS), (CURVE, SECOND), (CURVE, FLOOR, MARKER)])
def test_lines_of_one_plot_are_told_apart(colours, sight):
    rgb = [[int(colour[k : k + 2], 16) for k in (1, 3, 5)] for colour in colours]
    found = distances(rgb, sight) + 100 * np.eye(len(rgb))
    assert found.min() > 10


@pytest.mark.parametrize("name", MAPS)
def test_paper_has_the_colours_of_the_screen_to_the_bit(qapp, name):
    values = np.random.default_rng(0).uniform(-1, 2, (40, 30)).astype(np.float32)
    image = pg.ImageItem(values, axisOrder="row-major", levels=(-0.5, 1.25), colorMap=colour_map(name))
    image.render()
    seen = image.qimage.convertToFormat(image.qimage.Format.Format_RGB888)
    memory = seen.constBits().asarray(seen.sizeInBytes())
    rows = np.frombuffer(memory, np.uint8).reshape(40, seen.bytesPerLine())[:, :90].reshape(40, 30, 3)
    np.testing.assert_array_equal(coloured(values, (-0.5, 1.25), name), rows)
    np.testing.assert_array_equal(colour_map(name).getLookupTable(nPts=256, alpha=False), colour_table(name))


def test_what_lies_beyond_the_levels_has_the_colours_at_their_ends():
    table = colour_table(PHASE)
    found = coloured(np.array([[-9.0, np.nan, np.inf, -np.inf, 9.0]]), (-1.0, 1.0), PHASE)[0]
    np.testing.assert_array_equal(found, table[[0, 0, -1, 0, -1]])
