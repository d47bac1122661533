"""The PNG of objects side by side."""

import numpy as np
from PIL import Image

from ptygui.files.picture import cyclic, write_picture


def test_picture_shows_every_object(tmp_path):
    rng = np.random.default_rng(0)
    obj = rng.random((30, 50)) * np.exp(1j * rng.uniform(-3, 3, (30, 50)))
    long = "a caption that is far too long to fit above its picture\nNRMSE 0.1"
    path = write_picture(tmp_path / "p.png", [(obj, "truth"), (obj[:, :20], long), (obj, "AWF\n3 s")])
    with Image.open(path) as image:
        assert image.mode == "RGB"
        pixels = np.asarray(image)
    assert pixels.shape[1] > 3 * 288
    assert (pixels == 255).all(-1).mean() > 0.1


def test_phase_colours_are_cyclic_and_tell_its_size():
    ends = cyclic(np.array([-np.pi, np.pi])).astype(int)
    assert np.abs(ends[0] - ends[1]).max() <= 1
    turn = cyclic(np.linspace(-np.pi, np.pi, 361)).astype(int)
    assert np.abs(np.diff(turn, axis=0)).max() <= 6
    assert len(np.unique(turn[:-1], axis=0)) > 300
    brightness = turn @ [0.2126, 0.7152, 0.0722]
    assert brightness[180] > brightness[90] > brightness[0]
