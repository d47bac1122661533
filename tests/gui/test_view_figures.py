"""The figures that views make of what they show: written, read back, and looked at pixel by pixel."""

import re
from dataclasses import replace

import numpy as np
import pytest
import tifffile
from conftest import history_of, step_of
from PIL import Image
from PyQt6.QtCore import QRectF

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.figures.colours import AMPLITUDE, colour_table
from ptygui.figures.draw import write_figure
from ptygui.figures.page import Page
from ptygui.figures.result_figure import result_figure
from ptygui.files.formats.own_scan import write_scan
from ptygui.files.result import Result
from ptygui.files.results import write_result
from ptygui.gui.views.curves import CurvesView
from ptygui.gui.views.object import ObjectView
from ptygui.methods import RPIE
from ptygui.scan import Reference


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


def test_a_reference_is_drawn_as_it_is_seen(view, scan):
    known = Reference(scan.truth, np.ones(scan.object_shape, bool), "the full scan")
    view.show_scan(replace(scan, truth=None, reference=known))
    view.show_step(step_of(scan, 3, 10))
    view.set_beside("truth")
    assert [panel.title for panel in view.figure().panels][1::2] == [
        "reference, amplitude",
        "reference, phase",
    ]


def test_a_pdf_has_its_width_and_its_words(tmp_path, view):
    path = write_figure(tmp_path / "f.pdf", view.figure("What it is."), Page("pdf", 88))
    text = path.read_bytes()
    (box,) = re.findall(rb"/MediaBox \[ ?0 0 ([\d.]+) ", text)
    assert float(box) == pytest.approx(88 / 25.4 * 72, abs=0.6)
    assert b"/ToUnicode" in text  # letters, not their outlines


def test_pictures_are_drawn_at_the_levels_shown(tmp_path, view, scan):
    view.set_parts("amplitude")
    figure = view.figure()
    (panel,) = figure.panels
    low, high = view.levels()
    places = np.clip((np.abs(scan.truth) - low) / (high - low) * 256, 0, 255).astype(int)
    np.testing.assert_array_equal(panel.colours, colour_table(AMPLITUDE)[places])
    assert all(0 <= place <= 1 for place, _ in panel.bar.ticks)
    svg = write_figure(tmp_path / "f.svg", figure, Page("svg", 60)).read_text("utf-8")
    assert "px" in " ".join(
        re.findall(r"<text[^>]*>([^<]*)", svg)
    )  # a scale bar, in pixels where no size is known
    png = colours_of(write_figure(tmp_path / "f.png", figure, Page("png", 60, 300)))
    seen = {tuple(colour) for colour in png}
    assert {tuple(colour) for colour in panel.colours.reshape(-1, 3)[::97]} <= seen  # not blurred


def test_the_command_line_draws_what_the_window_draws(qtbot, tmp_path, scan):
    run = Run(1, scan, RPIE(iterations=20), history=history_of(scan, 20), outcome="done")
    path = write_result(tmp_path / "r.h5", Result.of_run(run))
    write_scan(tmp_path / "r_scan.h5", scan)
    view = ObjectView()
    qtbot.addWidget(view)
    view.show_scan(scan)
    view.set_beside("truth")
    view.show_step(run.last)
    window, alone = view.figure(), result_figure(path)
    assert [panel.title for panel in alone.panels] == [panel.title for panel in window.panels]
    assert [panel.bar for panel in alone.panels] == [panel.bar for panel in window.panels]
    for one, other in zip(alone.panels, window.panels, strict=True):
        np.testing.assert_array_equal(one.colours, other.colours)
    assert alone.pixel_size_m == window.pixel_size_m
    assert "step 20 of 20; NRMSE 0.0250" in alone.caption


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
