"""Masks drawn by hand: shapes, their text, and turned positions."""

import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.prepare.drawn import drawn_over, shapes_of, text_of
from ptygui.prepare.places import rotated
from ptygui.prepare.preparation import Preparation


def marked(text, shape=(20, 30)):
    return ~drawn_over(np.ones(shape, bool), shapes_of(text))


def test_shapes_mark_what_they_say():
    assert np.argwhere(marked("box 2 3 1 2")).tolist() == [[2, 3], [2, 4]]
    assert marked("box 15 25 100 100").sum() == 5 * 5  # what is outside does not matter
    assert np.argwhere(marked("brush 0.5 4 5")).tolist() == [[4, 5]]
    line = marked("brush 1 4 5 4 10")
    assert line[4, 4:12].all()
    assert line[3, 5:11].all()
    assert line.sum() == 8 + 2 * 6
    disc = marked("ellipse 9 14 5 5")
    assert disc.sum() == pytest.approx(np.pi * 25, rel=0.05)
    assert marked("ellipse 9.5 14.5 4.2 8").sum() == pytest.approx(np.pi * 4.2 * 8, rel=0.08)


def test_the_order_counts_and_the_text_is_whole():
    text = "box 0 0 5 5; erase brush 1 2 2; box 2 2 1 1"
    assert text_of(shapes_of(text)) == text
    bad = marked(text)
    assert bad[2, 2]
    assert not bad[1, 2]
    good = np.zeros((3, 20, 30), bool)  # each frame has its own mask
    assert drawn_over(good, shapes_of("erase box 1 1 1 1")).sum() == 3


@pytest.mark.parametrize(
    "text",
    ["box 1 2 3", "circle 1 2 3", "brush 2 1", "ellipse 1 1 0 3", "box 1 2 3 nan", "erase", "box a b c d"],
)
def test_what_is_no_shape_is_named(text):
    with pytest.raises(InputError, match="drawn holds"):
        Preparation(drawn=text)


def test_positions_turn_counter_clockwise_about_their_middle():
    square = np.array([[0.0, 0], [0, 2], [2, 2], [2, 0]])  # rows run downwards
    np.testing.assert_allclose(rotated(square, 90), np.roll(square, 1, axis=0), atol=1e-12)
    np.testing.assert_allclose(rotated(rotated(square, 25), -25), square, atol=1e-12)
