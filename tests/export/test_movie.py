"""The movie of the steps, as a viewer sees it."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ptygui.errors import InputError
from ptygui.export.exported import Exported
from ptygui.export.movie import Movie, write_movie


@pytest.fixture
def growing(result):
    """Three steps whose phase grows up to that of the truth, each with another global phase."""
    turned = [
        np.abs(f.obj) * np.exp(1j * (np.angle(f.obj) * k / 3 + k)) for k, f in enumerate(result.frames, 1)
    ]
    frames = (replace(f, obj=obj.astype(np.complex64)) for f, obj in zip(result.frames, turned, strict=True))
    return replace(result, frames=tuple(frames))


def test_every_step_is_a_frame_in_order_at_one_scale(tmp_path, growing):
    (path,) = write_movie(tmp_path / "m.gif", Exported(growing))
    spread, times, left = [], [], []
    with Image.open(path) as movie:
        assert movie.format == "GIF"
        assert movie.n_frames == 3
        assert movie.info["loop"] == 0
        for k in range(3):
            movie.seek(k)
            times.append(movie.info["duration"])
            pixels = np.asarray(movie.convert("RGB"), float)
            half = pixels.shape[1] // 2 - 4
            amplitude, phase = pixels[:150, :half], pixels[:150, -half:]
            spread.append(phase.std(axis=(0, 1)).sum())
            left.append(amplitude)
    assert spread[0] < spread[1] < spread[2]  # the levels are those of the last
    for amplitude in left:  # all have one amplitude, but for rounding
        assert np.mean(amplitude != left[0]) < 0.01
    assert times[-1] == 2000 > times[0]


def test_the_global_phase_does_not_flicker(growing, result):
    """A frame looks the same whatever its global phase."""
    other = replace(growing.frames[0], obj=growing.frames[0].obj * np.complex64(np.exp(2j)))
    one, two = (
        next(Movie(replace(growing, frames=(first, *growing.frames[1:]))).pictures())
        for first in (growing.frames[0], other)
    )
    assert np.mean(np.asarray(one) != np.asarray(two)) < 0.01  # rounding


def test_long_runs_are_thinned(growing):
    many = [replace(growing.frames[0], index=k) for k in range(1, 1001)]
    movie = Movie(replace(growing, frames=tuple(many)))
    assert len(movie.steps) == 200
    assert movie.seconds == pytest.approx(0.05)


def test_no_steps_no_movie(tmp_path, result):
    with pytest.raises(InputError, match="holds no steps"):
        write_movie(tmp_path / "m.gif", Exported(replace(result, frames=())))
    assert list(tmp_path.iterdir()) == []


def test_mp4_needs_its_extra(tmp_path, growing, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "imageio_ffmpeg", None)
    with pytest.raises(InputError, match=r"ptygui\[movie\]"):
        write_movie(tmp_path / "m.mp4", Exported(growing))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_mp4(tmp_path, growing):  # imageio-ffmpeg leaves the pipes to its reader open
    ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="the extra movie is not installed")
    (path,) = write_movie(tmp_path / "m.mp4", Exported(growing))
    frames = ffmpeg.read_frames(str(path))
    assert next(frames)["size"] == next(Movie(growing).pictures()).size
    assert sum(1 for _ in frames) == 3
