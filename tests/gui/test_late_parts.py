"""What a start does not show is not built by it, and is connected when it is."""

import numpy as np
from PyQt6.QtCore import Qt

from ptygui.gui.late_parts import LateParts
from ptygui.gui.pages import DATA, OVERLAP, PROBE
from ptygui.gui.widgets.late import Late

LATE = {name: late for name, late in vars(LateParts).items() if isinstance(late, Late)}


def built(window):
    return {name for name, late in LATE.items() if late.built(window) is not None}


def test_a_start_builds_no_dialog_and_no_hidden_page(qtbot, window):
    assert len(LATE) > 12
    assert built(window) == set()
    window.show_welcome()
    assert built(window) == set()
    window.load_example()
    qtbot.waitUntil(lambda: window.request.scan is window.object.scan is not None, timeout=20_000)
    assert built(window) == set()


def test_a_run_and_its_project_build_none_either(qtbot, window, scan):
    window.request.set_scan(scan)
    qtbot.mouseClick(window.run_panel.run, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.selection.step is not None, timeout=20_000)
    window.session.stop()
    qtbot.waitUntil(lambda: not window.session.live, timeout=20_000)
    window.projects._gather()
    assert built(window) == set()


def test_a_page_that_is_shown_late_shows_the_present_state(qtbot, window, scan):
    window.request.set_scan(scan)
    window.residual.show_position(3)
    window.show_page(DATA)
    assert built(window) == {"data"}
    qtbot.waitUntil(lambda: window.data.panes["mean"].image.image is not None, timeout=20_000)
    assert window.data.box.value() == 3
    np.testing.assert_array_equal(window.data.scan.patterns, scan.patterns)
    window.show_page(PROBE)
    assert window.modes in window.views
    window.show_page(OVERLAP)
    assert window.sweep_panel.geometry().bottom() <= window.sweep_view.geometry().top()
    assert "runs" in window.sweep_panel.said.text()
