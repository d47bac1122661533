"""Figures without a window: written, read back, and looked at pixel by pixel."""

import base64
import io
import logging
import re
import threading

import matplotlib
import numpy as np
import pytest
from PIL import Image

from ptygui.errors import InputError
from ptygui.figures.draw import write_figure
from ptygui.figures.figure import Bar, Graph, Graphs, Line, Panel, Pictures
from ptygui.figures.page import Page

GREY = Bar("amplitude", (0.0, 1.0), "grey")
HOSTILE = "costs $5 & <b>$x_1$</b> \\frac{1}{2}\n^_%"
KINDS = ("png", "tiff", "pdf", "svg")


def pictures(words="a picture", caption="", count=2):
    rng = np.random.default_rng(0)
    return Pictures([Panel(words, rng.random((20, 24)), GREY)] * count, 1e-8, caption, words)


def graphs(words="y"):
    line = Line(np.arange(1.0, 5), np.array([0.1, 0.3, 0.2, 4]), "#ff0000", dots=True)
    marks = [(2.0, words)]
    return Graphs(
        [Graph(words, [line], True, [(1.0, words)])], words, True, marks, [("#ff0000", words)], words
    )


def words_of(path):
    found = re.findall(r"<text[^>]*>([^<]*)", path.read_text("utf-8"))
    return [word.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for word in found]


@pytest.mark.parametrize("make", [pictures, graphs])
def test_words_of_files_and_users_are_never_taken_for_a_formula(tmp_path, make):
    for kind in KINDS:
        write_figure(tmp_path / f"a{Page(kind).ending}", make(HOSTILE), Page(kind, 400.0, 100))
    assert "costs $5 & <b>$x_1$</b> \\frac{1}{2} ^_%" in words_of(tmp_path / "a.svg")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("make", [pictures, graphs])
def test_the_same_figure_has_the_same_bytes(tmp_path, make, kind):
    first, second = (write_figure(tmp_path / name, make(), Page(kind, 80, 100)) for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


def test_settings_of_the_user_change_nothing_and_are_left_as_they_are(tmp_path):
    plain = write_figure(tmp_path / "a.svg", graphs(), Page("svg"))
    asked = {"font.size": 30.0, "axes.facecolor": "red", "text.usetex": True, "axes.grid": True}
    with matplotlib.rc_context(asked):
        before = dict(matplotlib.rcParams)
        mine = write_figure(tmp_path / "b.svg", graphs(), Page("svg"))
        assert dict(matplotlib.rcParams) == before
    assert mine.read_bytes() == plain.read_bytes()


def test_figures_can_be_written_in_several_threads(tmp_path):
    before = dict(matplotlib.rcParams)
    paths = [tmp_path / f"{k}.svg" for k in range(4)]
    threads = [
        threading.Thread(
            target=write_figure, args=(path, graphs(), Page("svg", ground=("white", "dark")[k % 2]))
        )
        for k, path in enumerate(paths)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert paths[0].read_bytes() == paths[2].read_bytes() != paths[1].read_bytes() == paths[3].read_bytes()
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("kind", KINDS)
def test_letters_that_no_font_has_are_boxes_and_no_warning(tmp_path, kind, caplog):
    with caplog.at_level(logging.WARNING):
        path = write_figure(tmp_path / "a", pictures("a𒀀b ü β"), Page(kind, 120, 100))
    assert caplog.messages == []
    if kind == "svg":
        assert "a□b ü β" in words_of(path)


def test_a_large_picture_keeps_each_pixel(tmp_path):
    values = np.random.default_rng(0).random((900, 1000))
    figure = Pictures([Panel("large", values, GREY)])
    svg = write_figure(tmp_path / "a.svg", figure, Page("svg", 60)).read_text("utf-8")
    found = re.findall(r'"data:image/png;base64,([^"]*)"', svg)
    images = [np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")) for data in found]
    np.testing.assert_array_equal(images[0], figure.panels[0].colours)


def test_a_small_picture_in_a_vector_file_is_sharp_in_any_viewer(tmp_path):
    """Viewers blur pictures of few pixels, so each pixel becomes a square of some."""
    figure = pictures()
    svg = write_figure(tmp_path / "a.svg", figure, Page("svg", 60)).read_text("utf-8")
    image = Image.open(io.BytesIO(base64.b64decode(re.findall(r"base64,([^\"]*)", svg)[0])))
    assert image.width >= 600
    assert image.width % 24 == 0
    shown = np.asarray(image.convert("RGB"))[:: image.width // 24, :: image.width // 24]
    np.testing.assert_array_equal(shown, figure.panels[0].colours)


def test_x_hat_wears_its_hat(tmp_path):
    def inked(words):
        path = write_figure(tmp_path / "a.png", pictures(words, count=1), Page("png", 60, 300))
        image = np.asarray(Image.open(path).convert("L"))
        return np.nonzero((image < 128).any(1))[0][0]

    bare, hatted = inked("x"), inked("x̂")  # first row with ink
    assert 3 <= bare - hatted <= 12


def test_a_graph_is_where_its_numbers_are(tmp_path):
    line = Line(np.arange(5.0), np.array([0, 1, np.nan, 3, 4.0]), "#ff0000")
    path = write_figure(tmp_path / "f.png", Graphs([Graph("y", [line])], "x"), Page("png", 80, 200))
    image = np.asarray(Image.open(path).convert("RGB")).astype(int)
    rows, columns = np.nonzero((image[..., 0] > 200) & (image[..., 1] < 100))
    assert np.corrcoef(rows, columns)[0, 1] < -0.99  # a straight line that rises


@pytest.mark.parametrize(
    ("high", "low"), [(0.98, 0.0), (0.98, 0.5)], ids=["a curve at the top", "curves at top and middle"]
)
@pytest.mark.parametrize("at", [3.0, 9.5])
def test_no_curve_goes_through_the_words_at_a_mark(tmp_path, high, low, at):
    x = np.arange(11.0)
    lines = [
        Line(x, np.where(x % 2, high, 1.0), "#ff0000"),
        Line(x, np.where(x % 2, low, 0.0), "#ff0000"),
    ]

    def drawn(words):
        figure = Graphs([Graph("y", lines)], "x", marks=[(at, words)])
        path = write_figure(tmp_path / "f.png", figure, Page("png", 80, 300))
        return np.asarray(Image.open(path).convert("RGB")).astype(int)

    bare, named = drawn(""), drawn("← 29: noise 1")
    written = (bare != named).any(-1)
    assert written.sum() > 100
    assert (bare[written] == 255).all()


def test_dots_mark_each_number(tmp_path):
    def inked(dots):
        line = Line(np.arange(3.0), np.array([0, np.nan, 1.0]), "#ff0000", dots=dots)
        path = write_figure(tmp_path / "f.png", Graphs([Graph("y", [line])], "x"), Page("png", 80, 200))
        image = np.asarray(Image.open(path).convert("RGB")).astype(int)
        red = np.nonzero((image[..., 0] > 200) & (image[..., 1] < 100))
        return [(place.min(), place.max()) for place in red]

    (top, bottom), (left, right) = inked(False)
    (above, below), (before, after) = inked(True)
    assert above < top < bottom < below
    assert before < left < right < after


def test_words_at_marks_close_together_do_not_overlap(tmp_path):
    line = Line(np.arange(1.0, 101), np.arange(1.0, 101), "#ff0000")
    marks = [(20.0, "← 1: alpha 0.4"), (21.0, "alpha 0.5"), (90.0, "alpha 0.6"), (500.0, "out of sight")]
    path = write_figure(
        tmp_path / "a.svg",
        Graphs([Graph("y", [line]), Graph("z", [line])], "x", marks=marks),
        Page("svg", 180),
    )
    found = words_of(path)
    assert [words for _, words in marks if words in found] == ["← 1: alpha 0.4", "alpha 0.6"]
    assert found.count("← 1: alpha 0.4") == 1  # in the first graph alone


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ((0.0, 1e-6), ["0", "2e-7", "4e-7", "6e-7", "8e-7", "1e-6"]),
        ((-1e4, 1e4), ["-1e+04", "-5000", "0", "5000", "1e+04"]),
    ],
)
def test_colour_bars_of_small_and_large_values_are_labelled(levels, words):
    found = Bar("amplitude", levels, "grey").ticks
    assert [label for _, label in found] == words
    assert [place for place, _ in found] == pytest.approx(np.linspace(0, 1, len(words)))


@pytest.mark.parametrize("kind", KINDS)
def test_where_there_is_no_room_the_old_file_stays_and_nothing_else(tmp_path, kind):
    resource = pytest.importorskip("resource")
    path = tmp_path / f"a{Page(kind).ending}"
    path.write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(InputError, match="could not be written"):
            write_figure(path, pictures(), Page(kind))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_long_names_of_a_legend_stay_on_the_page(tmp_path):
    names = ["short", "branch " * 25, "last"]
    line = Line(np.arange(3.0), np.arange(3.0), "#000000")
    figure = Graphs([Graph("y", [line])], "x", legend=[("#ff0000", name) for name in names])
    found = words_of(write_figure(tmp_path / "a.svg", figure, Page("svg", 60)))
    rows = [words for words in found if words.startswith("branch")]
    assert len(rows) > 2
    assert " ".join(rows) == names[1].strip()
    assert {"short", "last"} <= set(found)
