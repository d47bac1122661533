"""The dialog of orientations: pictures of all eight, and a click that turns the opened scan."""

import numpy as np

from ptygui.files.scans import write_scan
from ptygui.physics.orientation import ORIENTATIONS, Orientation


def test_a_click_turns_the_opened_scan(window, qtbot, scan, tmp_path):
    assert window.scan_panel.orient.isHidden()
    wrong = Orientation(True).turned(scan)
    path = str(write_scan(tmp_path / "wrong.h5", wrong))
    window.open(path)
    qtbot.waitUntil(lambda: window.request.path == path)
    assert not window.scan_panel.orient.isHidden()
    window.scan_panel.orient.click()
    dialog = window.orientation_dialog
    qtbot.waitUntil(lambda: dialog.use.isEnabled(), timeout=60_000)
    assert [tile.isEnabled() for tile in dialog.tiles] == [True] * len(ORIENTATIONS)
    assert dialog.tiles[0].text().startswith("transpose\n")
    assert dialog.tiles[0].font().bold()
    dialog.use.click()
    assert dialog.isHidden()
    np.testing.assert_allclose(window.request.scan.positions, scan.positions)
    assert window.request.path == path
    assert window.request.reading["swap_axes"]  # so does a scan that is read again, with another probe
    dialog.show_found(None)
    assert not dialog.use.isEnabled()
