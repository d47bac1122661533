"""Figures for a paper: written, read back, and looked at pixel by pixel."""

import re

import numpy as np
import pytest
import tifffile
from conftest import history_of, step_of
from PIL import Image
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QImage, QPainter

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.gui.figures.caption import caption_of
from ptygui.gui.figures.graphs import Graph, Graphs, Line
from ptygui.gui.figures.page import Page, write_figure
from ptygui.gui.figures.sheet import Sheet
from ptygui.gui.views.curves import CurvesView
from ptygui.gui.views.object import ObjectView
from ptygui.methods import RPIE


@pytest.fixture
def view(qtbot, scan):
    view = ObjectView()
    qtbot.addWidget(view)
    view.resize(600, 400)
    view.show_scan(scan)
    view.show_step(step_of(scan, 3, 10, level=0.25, x_t=np.zeros((2, 32, 32), np.float32)))
    return view


def colours_of(path):
    return np.asarray(Image.open(path).convert("RGB")).reshape(-1, 3)


def test_a_raster_has_the_width_and_resolution_asked_for(tmp_path, view):
    for kind, dpi in (("png", 300), ("tiff", 200)):
        page = Page(kind, 88.0, dpi)
        path = write_figure(tmp_path / f"f{page.ending}", view.figure("A caption."), page)
        with Image.open(path) as image:
            assert image.width == round(88 / 25.4 * dpi)
            assert image.info["dpi"] == pytest.approx((dpi, dpi), rel=1e-3)
        assert (colours_of(path)[0] == 255).all()  # white to the corner


def test_the_ground_can_be_clear_or_dark(tmp_path, view):
    clear = write_figure(tmp_path / "c.png", view.figure(), Page("png", 60, 100, "transparent"))
    assert np.asarray(Image.open(clear))[0, 0, 3] == 0
    clear = write_figure(tmp_path / "c.tif", view.figure(), Page("tiff", 60, 100, "transparent"))
    assert tifffile.imread(clear).shape[2] == 4
    dark = write_figure(tmp_path / "d.png", view.figure(), Page("png", 60, 100, "dark"))
    assert (colours_of(dark)[0] < 60).all()


@pytest.mark.parametrize(("parts", "beside", "titles"), [
    ("both", "nothing", ["x̂0, amplitude", "x̂0, phase"]),
    ("both", "truth", ["x̂0, amplitude", "truth, amplitude", "x̂0, phase", "truth, phase"]),
    ("phase", "x_t", ["x̂0, phase", "x_t, phase channel"]),
    ("complex", "truth", ["x̂0, complex", "truth, complex"]),
])  # fmt: skip
def test_words_stay_words_and_panels_are_those_in_sight(tmp_path, view, parts, beside, titles):
    view.set_parts(parts)
    view.set_beside(beside)
    path = write_figure(tmp_path / "f.svg", view.figure("What it is."), Page("svg", 180))
    words = re.findall(r"<text[^>]*>([^<]*)", path.read_text("utf-8"))
    assert [word for word in words if word in titles] == titles
    assert "What it is." in words
    assert ("phase [rad]" in words) == (parts in ("both", "phase"))


def test_a_pdf_has_its_width_and_its_words(tmp_path, view):
    path = write_figure(tmp_path / "f.pdf", view.figure("What it is."), Page("pdf", 88))
    text = path.read_bytes()
    (box,) = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ", text)
    assert float(box) == pytest.approx(88 / 25.4 * 72, abs=0.6)
    assert b"/ToUnicode" in text  # letters, not their outlines


def test_pictures_are_drawn_at_the_levels_shown(tmp_path, view, scan):
    view.set_parts("amplitude")
    figure = view.figure()
    (panel,) = figure.panels
    low, high = view.levels()
    places = np.clip((np.abs(scan.truth) - low) / (high - low), 0, 1)
    np.testing.assert_array_equal(
        panel.colours,
        view.canvas.bars["amplitude"].colours.map(places.ravel(), mode="byte")[:, :3].reshape(32, 32, 3),
    )
    assert all(0 <= place <= 1 for place, _ in panel.bar.ticks)
    svg = write_figure(tmp_path / "f.svg", figure, Page("svg", 60)).read_text("utf-8")
    assert "px" in " ".join(
        re.findall(r"<text[^>]*>([^<]*)", svg)
    )  # a scale bar, in pixels where no size is known
    png = colours_of(write_figure(tmp_path / "f.png", figure, Page("png", 60, 300)))
    seen = {tuple(colour) for colour in png}
    assert {tuple(colour) for colour in panel.colours.reshape(-1, 3)[::97]} <= seen  # not blurred


def test_a_large_picture_in_bands_has_no_seam(qapp):
    """The same colours as in one piece, between bands too."""
    rows, columns = np.mgrid[:900, :1000]
    colours = np.stack((rows % 251, columns % 241, (rows + columns) % 239), -1).astype(np.uint8)
    image = QImage(1000, 900, QImage.Format.Format_RGB888)
    image.fill(0)
    painter = QPainter(image)
    Sheet(painter, 1000.0, "white").picture(QRectF(0, 0, 1000, 900), colours)
    painter.end()
    lines = np.frombuffer(image.constBits().asarray(image.sizeInBytes()), np.uint8).reshape(900, -1)
    np.testing.assert_array_equal(lines[:, :3000].reshape(900, 1000, 3), colours)


def test_a_zoomed_picture_is_drawn_as_zoomed(view):
    lead = view.canvas.panes["estimate", "amplitude"].vb
    lead.setRange(QRectF(4, 6, 12, 12), padding=0)
    lead.sigRangeChangedManually.emit([True, True])
    area = view.shown_area()
    assert view.figure().panels[0].colours.shape[:2] == (
        area[0].stop - area[0].start,
        area[1].stop - area[1].start,
    )
    assert view.figure().panels[0].colours.shape[0] < 32


def test_too_many_pixels_are_refused(tmp_path, view):
    with pytest.raises(InputError, match="smaller width"):
        write_figure(tmp_path / "f.png", view.figure(), Page("png", 400, 1200))
    assert list(tmp_path.iterdir()) == []


def test_without_a_step_there_is_no_figure(qtbot, scan):
    view, curves = ObjectView(), CurvesView()
    qtbot.addWidget(view)
    qtbot.addWidget(curves)
    view.show_scan(scan)
    assert view.figure() is None
    assert curves.figure() is None


def test_curves_are_drawn_with_all_runs(qtbot, tmp_path, scan):
    curves = CurvesView()
    qtbot.addWidget(curves)
    parent = Run(1, scan, RPIE(iterations=20), history=history_of(scan, 20, level=0.5))
    other = parent.branch(2, parent.history.frames[9], RPIE(iterations=20, alpha=0.4), RunSettings("cpu"))
    other.history.append(step_of(scan, 11, 20))
    curves.show_run(other)
    curves.show_others([parent])
    for box in curves.boxes.values():
        box.setChecked(True)
    figure = curves.figure("A caption.")
    assert [graph.label for graph in figure.graphs][
        -1
    ] == "noise level σ [channels]"  # there is no t: no graph
    assert [words for _, words in figure.legend] == [other.name, parent.name]
    path = write_figure(tmp_path / "f.svg", figure, Page("svg", 180))
    words = re.findall(r"<text[^>]*>([^<]*)", path.read_text("utf-8"))
    assert {"photon noise", "misfit / photon noise", "SSIM of magnitude", "step", "← 1: alpha 0.4"} <= set(
        words
    )


def test_a_graph_is_where_its_numbers_are(qtbot, tmp_path):
    line = Line(np.arange(5.0), np.array([0, 1, np.nan, 3, 4.0]), "#ff0000")
    path = write_figure(tmp_path / "f.png", Graphs([Graph("y", [line])], "x"), Page("png", 80, 200))
    image = np.asarray(Image.open(path).convert("RGB")).astype(int)
    rows, columns = np.nonzero((image[..., 0] > 200) & (image[..., 1] < 100))
    assert np.corrcoef(rows, columns)[0, 1] < -0.99  # a straight line that rises


@pytest.mark.parametrize(
    ("high", "low"), [(0.98, 0.0), (0.98, 0.5)], ids=["a curve at the top", "curves at top and middle"]
)
@pytest.mark.parametrize("at", [3.0, 9.5])
def test_no_curve_goes_through_the_words_at_a_mark(qtbot, tmp_path, high, low, at):
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


def test_dots_mark_each_number(qtbot, tmp_path):
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


def test_the_caption_says_what_it_is(scan):
    run = Run(1, scan, RPIE(iterations=20), history=history_of(scan, 20))
    branch = run.branch(7, run.history.frames[9], RPIE(iterations=20, alpha=0.4), RunSettings("cpu"))
    text = caption_of(scan, branch, step_of(scan, 12, 20, level=0.25))
    assert text == (
        "small, 62.5 % overlap; rpie, iterations 20; run 7 ← 1 @ step 10, alpha 0.4, seed 0; "
        "step 12 of 20, σ 0.25; NRMSE 0.0417, SSIM 0.500."
    )
    assert (
        "alpha" not in caption_of(scan, branch, run.history.frames[4]).split(";")[1]
    )  # the parent's options
    assert "misfit 2.00 times the photon noise" in caption_of(scan, run, step_of(scan, 5, nrmse=None))


def test_the_caption_says_each_option_once_with_the_step_that_it_holds_from(scan):
    run = Run(1, scan, RPIE(iterations=20, alpha=0.2), history=history_of(scan, 20))
    branch = run.branch(7, run.history.frames[9], RPIE(iterations=20, alpha=0.4), RunSettings("cpu"))
    early = caption_of(scan, branch, run.history.frames[4])
    assert "; rpie, iterations 20, alpha 0.2; run 7 ← 1 @ step 10, alpha 0.4, seed 0; step 5" in early
    branch.change(14, RPIE(iterations=20, alpha=0.5))
    late = caption_of(scan, branch, step_of(scan, 18, 20))
    assert "; rpie, iterations 20; run 7 ← 1 @ step 10, alpha 0.4, alpha 0.5 from step 15, seed 0; " in late
    assert caption_of(scan, branch).count("alpha 0.5") == 1
    for step in (15, 16):
        branch.change(step, RPIE(iterations=20, alpha=0.5 + step / 100))
    many = caption_of(scan, branch, step_of(scan, 18, 20))  # too many to tell of each
    assert (
        "; rpie, iterations 20, alpha 0.66; run 7 ← 1 @ step 10, alpha 0.4, options changed 3 times" in many
    )


def test_x_hat_wears_its_hat(qapp):
    from ptygui.gui.figures.sheet import Sheet, height_of

    def inked(words):
        image = QImage(400, 200, QImage.Format.Format_RGB32)
        image.fill(0xFFFFFFFF)
        painter = QPainter(image)
        Sheet(painter, 400).text(200, 50, words)
        painter.end()
        memory = image.constBits().asarray(image.sizeInBytes())
        return np.frombuffer(memory, np.uint8).reshape(200, 400, 4)[50 : 50 + int(height_of()), :, 0] < 128

    assert inked("x̂").any(1).argmax() < inked("x").any(1).argmax()  # ink above the x, within the line
