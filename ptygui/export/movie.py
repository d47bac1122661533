"""Movie of the recorded steps: amplitude and phase side by side at fixed levels, as GIF or MP4."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ptygui.analysis.metrics import best_factor
from ptygui.errors import InputError
from ptygui.export.exported import Exported
from ptygui.figures.colours import AMPLITUDE, colour_table
from ptygui.figures.levels import Levels, thinned, turned
from ptygui.figures.scale import scale_bar
from ptygui.figures.step_figure import phase_colours, view_factor
from ptygui.figures.step_levels import StepLevels
from ptygui.files.about import label
from ptygui.files.atomic import replacing
from ptygui.files.kept_frames import thinned as kept
from ptygui.files.result import Result
from ptygui.files.result_run import geometry_of
from ptygui.step import Step

MOST_FRAMES = 200
LONGEST, SHORTEST = 0.5, 0.04  # s, of a frame
_LASTS = 10.0  # s, of the movie where the frames are neither too long nor too short
_REST = 2.0  # s, of the last frame of a GIF
_WIDEST, _SMALLEST = 480, 240  # px, of a picture
_GAP, _LINE, _TEXT = 4, 22, 13  # px: between pictures, height of the caption, size of its letters
_COLOURS = 126  # of each of the two maps: a GIF has 256 in all
_BLACK, _WHITE = 2 * _COLOURS, 2 * _COLOURS + 1  # places in the palette


def write_movie(path: Path, exported: Exported) -> list[Path]:
    """Write the steps of a result as a GIF, or as MP4 if the name ends so.

    Raises
    ------
    InputError
        If there is no step, or MP4 cannot be written here.
    """
    movie = Movie(exported.given)
    if path.suffix.lower() == ".mp4":
        _write_mp4(path, movie)
    else:
        first, *others = movie.pictures()
        times = [round(1000 * movie.seconds)] * len(others) + [round(1000 * _REST)]
        with replacing(path) as scratch:
            first.save(scratch, "GIF", save_all=True, append_images=others, duration=times, loop=0)
    return [path]


class Movie:
    """The frames of a movie; all of one size and between the levels of the last step."""

    def __init__(self, result: Result):
        self.steps: Sequence[Step] = kept(result.frames, result.pins, most=MOST_FRAMES)
        if not self.steps:
            raise InputError("the result holds no steps to show in a movie")
        self._result, scan, last = result, geometry_of(result), self.steps[-1].obj
        self._shown_as = last * np.complex64(view_factor(last, result.truth))
        levels = StepLevels()
        levels.show_scan(scan)
        levels.take(self._shown_as, 1.0, alone=False, live=False)
        self._amplitude, self._phase = levels.found["amplitude"], turned(levels.found["phase"])
        self.seconds = min(max(_LASTS / len(self.steps), SHORTEST), LONGEST)
        self.palette = np.concatenate(
            [
                *(_thinned_table(name) for name in (AMPLITUDE, phase_colours(self._phase))),
                [[0] * 3, [255] * 3],
            ]
        ).astype(np.uint8)

    def pictures(self) -> Iterator[Image.Image]:
        """The frames, in colours of the palette."""
        for step in self.steps:
            obj = thinned(self._result.crop(step.obj), _WIDEST)
            obj = obj * np.complex64(best_factor(step.obj, self._shown_as))
            parts = [
                _places(np.abs(obj), self._amplitude, 0),
                _places(np.angle(obj), self._phase, _COLOURS),
            ]
            yield self._frame(parts, step)

    def _frame(self, parts: list[np.ndarray], step: Step) -> Image.Image:
        times = max(1, _SMALLEST // max(parts[0].shape))
        amplitude, phase = (np.repeat(np.repeat(part, times, 0), times, 1) for part in parts)
        rows, columns = amplitude.shape
        width, height = 2 * columns + _GAP, rows + _LINE
        frame = np.full((height + height % 2, width + width % 2), _BLACK, np.uint8)  # MP4 wants even sides
        frame[:rows, :columns], frame[:rows, columns + _GAP : width] = amplitude, phase
        picture = Image.fromarray(frame, "P")
        picture.putpalette(self.palette.tobytes())
        draw, font = ImageDraw.Draw(picture), _font()
        pixels, words = scale_bar(self._result.span[1], self._result.pixel_size_m)
        long, high = round(pixels * columns / self._result.span[1]), _LINE + 6
        ground = max(long, round(font.getlength(words))) + 12
        draw.rectangle((4, rows - high - 4, 4 + ground, rows - 4), fill=_BLACK)
        draw.text((4 + ground / 2, rows - high - 3), words, fill=_WHITE, font=font, anchor="ma")
        left = 4 + (ground - long) // 2
        draw.rectangle((left, rows - 11, left + long, rows - 9), fill=_WHITE)
        draw.text((6, rows + 3), label(step), fill=_WHITE, font=font)
        return picture


@cache
def _font() -> ImageFont.FreeTypeFont:
    """The letters of figures; Pillow's own have no ×."""
    from matplotlib import get_data_path

    return ImageFont.truetype(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", _TEXT)


def _thinned_table(name: str) -> np.ndarray:
    table = colour_table(name)
    return table[np.rint(np.linspace(0, len(table) - 1, _COLOURS)).astype(int)]


def _places(values: np.ndarray, levels: Levels, first: int) -> np.ndarray:
    """Places in the palette of values between levels."""
    low, high = levels
    share = np.nan_to_num((values - low) / (high - low))
    return (first + np.clip(share * _COLOURS, 0, _COLOURS - 1)).astype(np.uint8)


def _write_mp4(path: Path, movie: Movie) -> None:
    try:
        from imageio_ffmpeg import write_frames
    except ImportError:
        raise InputError(
            f"{path}: MP4 needs imageio-ffmpeg (pip install 'ptygui[movie]'): install it, or write a .gif"
        ) from None
    with replacing(path) as scratch:
        writer = None
        try:
            for picture in movie.pictures():
                if writer is None:
                    writer = write_frames(
                        str(scratch), picture.size, fps=1 / movie.seconds, macro_block_size=2,
                        output_params=["-movflags", "faststart"],
                    )  # fmt: skip
                    writer.send(None)
                writer.send(np.asarray(picture.convert("RGB")).tobytes())
        finally:
            if writer is not None:
                writer.close()
