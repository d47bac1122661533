"""A scan whose file does not say all is opened with what the user says of it."""

import numpy as np
import pytest
from PyQt6.QtCore import Qt

from ptygui.errors import InputError
from ptygui.files.layout.layout import Layout
from ptygui.files.scans import write_scan
from ptygui.gui.model.reading import Reading
from ptygui.prepare.preparation import Preparation
from tests.gui.test_accessible import unnamed, untold


def ask(qtbot, window):
    qtbot.mouseClick(window.scan_panel.reading, Qt.MouseButton.LeftButton)
    assert window.reading_dialog.isVisible()
    return window.reading_dialog


def put(dialog, **values):
    for name, value in values.items():
        dialog.form.row(name).setValue(value)


def test_a_pixel_size_is_given_and_stays(qtbot, window, scan, tmp_path):
    path = str(write_scan(tmp_path / "bare.h5", scan.noted(pixel_size_m=None)))
    dialog = ask(qtbot, window)
    assert not dialog.open_button.isEnabled()  # no file yet
    put(dialog, scan=path, pixel_size="12")
    assert not dialog.open_button.isEnabled()  # no unit
    put(dialog, pixel_size="12nm")
    dialog.open_button.click()
    qtbot.waitUntil(lambda: window.request.path == path, timeout=20_000)
    assert window.request.scan.pixel_size_m == pytest.approx(12e-9)
    window.request.open_scan(path, **window.request.reading | {"preparation": Preparation(frames="::2")})
    qtbot.waitUntil(lambda: len(window.request.scan) < len(scan), timeout=20_000)
    dialog = ask(qtbot, window)
    assert dialog.form.row("pixel_size").value() == "1.2e-08m"
    put(dialog, pixel_size="20nm")
    dialog.open_button.click()
    qtbot.waitUntil(lambda: window.request.scan.pixel_size_m == pytest.approx(2e-8), timeout=20_000)
    assert len(window.request.scan) == -(-len(scan) // 2)  # the frames that were asked for stay


def test_a_file_that_was_refused_is_asked_for_again(qtbot, window, scan, tmp_path):
    path = str(write_scan(tmp_path / "own.h5", scan))
    dialog = ask(qtbot, window)
    put(dialog, scan=path, zero_frequency="corner")
    with qtbot.waitSignal(window.jobs.failed, timeout=20_000) as failed:
        dialog.open_button.click()
    assert "always in the centre" in str(failed.args[0])
    dialog = ask(qtbot, window)
    assert dialog.form.value() == Reading(scan=path, zero_frequency="corner")
    put(dialog, zero_frequency="auto")
    dialog.open_button.click()
    qtbot.waitUntil(lambda: window.request.path == path, timeout=20_000)
    assert window.request.reading == {}


def test_every_control_has_a_name_and_says_what_it_does(qtbot, window):
    dialog = ask(qtbot, window)
    assert unnamed(dialog) == []
    assert untold(dialog) == []
    dialog.reject()


def test_readings_and_keywords_are_the_same():
    keywords = {
        "metadata": "second.h5", "pixel_size_m": 1e-8, "zero_frequency": "centre", "allow_links": True,
        "layout": Layout(patterns="/data", energy="8keV", distance="0.5m"), "swap_axes": True,
    }  # fmt: skip
    reading = Reading.of("a.h5", keywords)
    assert reading.keywords(keywords) == keywords
    assert Reading(scan="a.h5").keywords(keywords) == {"layout": Layout(patterns="/data")}
    assert reading.orientation == "transpose"
    assert Reading(scan="a.h5").keywords({"probe": np.ones(2)}).keys() == {"probe"}
    with pytest.raises(InputError, match="expected a length"):
        Reading(pixel_size="wide")
