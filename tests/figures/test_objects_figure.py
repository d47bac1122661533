"""Several objects in one picture."""

import numpy as np
import pytest
from PIL import Image

from ptygui.errors import InputError
from ptygui.figures.colours import PHASE, colour_table
from ptygui.figures.draw import write_figure
from ptygui.figures.objects_figure import objects_figure
from ptygui.figures.page import Page


def test_picture_shows_every_object(tmp_path):
    rng = np.random.default_rng(0)
    obj = rng.random((30, 50)) * np.exp(1j * rng.uniform(-3, 3, (30, 50)))
    long = "words that are far too long to stand in one line above a picture, NRMSE 0.1"
    figure = objects_figure([(obj, "truth"), (2 * obj, long), (obj, "AWF, NRMSE 0.2")], 1e-8)
    assert [panel.bar.label for panel in figure.panels] == ["amplitude"] * 3 + ["phase [rad]"] * 3
    assert len({panel.bar for panel in figure.panels}) == 2  # one scale for all
    assert figure.panels[0].bar.levels[1] > np.abs(obj).max()
    path = write_figure(tmp_path / "p.png", figure, Page("png"))
    with Image.open(path) as image:
        assert image.mode == "RGB"
        pixels = np.asarray(image)
    assert (pixels == 255).all(-1).mean() > 0.1
    seen = {tuple(colour) for colour in pixels.reshape(-1, 3)}
    for panel in figure.panels:
        assert {tuple(colour) for colour in panel.colours.reshape(-1, 3)[::97]} <= seen


def test_without_objects_there_is_no_picture():
    with pytest.raises(InputError, match="no object"):
        objects_figure([])


def test_phase_colours_are_cyclic_and_tell_its_size():
    turn = colour_table(PHASE).astype(int)
    assert np.abs(turn[0] - turn[-1]).max() <= 6  # ends meet
    assert np.abs(np.diff(turn, axis=0)).max() <= 6
    assert len(np.unique(turn, axis=0)) > 240
    brightness = turn @ [0.2126, 0.7152, 0.0722]
    assert brightness[0] < brightness[64] < brightness[128]  # -π, -π/2, 0
