"""What the next run starts with: the probe of optics, object and probe of a step."""

import numpy as np
import pytest
from PyQt6.QtCore import Qt

from ptygui.files.scans import write_scan
from ptygui.gui.pages import PROBE
from ptygui.methods import RPIE
from ptygui.physics.optics import Optics

OPTICS = Optics(1.4e-10, 1e-8, outer_zone_m=4e-8, stop=0.3, defocus_m=3e-6)


@pytest.fixture
def opened(qtbot, window, scan, tmp_path):
    """A scan that says its lengths, opened from its file."""
    scan = scan.noted(wavelength_m=1.4e-10, pixel_size_m=1e-8, simulated=False)
    path = str(write_scan(tmp_path / "scan.h5", scan))
    window.open(path)
    qtbot.waitUntil(lambda: window.request.path == path, timeout=20_000)
    return scan


def likeness(one, other):
    return abs(np.vdot(one, other)) / np.linalg.norm(one) / np.linalg.norm(other)


def test_the_probe_of_the_optics(qtbot, window, opened):
    window.docks.show("probe")
    qtbot.mouseClick(window.probe_panel.optics, Qt.MouseButton.LeftButton)
    dialog = window.optics_dialog
    assert not dialog.apply.isEnabled()
    dialog.form.row("outer_zone").setValue("4")
    assert not dialog.apply.isEnabled()  # no unit
    for name, value in (("outer_zone", "40nm"), ("central_stop", 0.3), ("defocus", "3um")):
        dialog.form.row(name).setValue(value)
    qtbot.waitUntil(dialog.apply.isEnabled, timeout=20_000)
    assert "Numerical aperture 0.00175" in dialog.told.text()
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    before = window.request.scan
    qtbot.waitUntil(lambda: window.request.scan is not before, timeout=20_000)
    used = window.request.scan
    assert likeness(used.probe, OPTICS.probe(opened.width)) > 0.999
    assert any("--outer-zone 4e-08 --central-stop 0.3 --defocus 3e-06" in note for note in used.notes)
    assert window.request.reading["probe"] is used.probe  # also if the file is prepared next
    window.undo.undo()
    assert window.request.scan is before


def test_a_step_gives_object_and_probe(qtbot, window, opened):
    window.request.set_method(RPIE(iterations=30, probe_update="yes"))
    window.run_panel.run.click()
    qtbot.waitUntil(lambda: [run.outcome for run in window.session.runs] == ["done"], timeout=20_000)
    first = window.session.runs[0]
    window.show_page(PROBE)
    qtbot.waitUntil(window.modes.start.isEnabled)
    before = window.request.scan
    qtbot.mouseClick(window.modes.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.request.scan is not before, timeout=20_000)
    np.testing.assert_array_equal(window.request.scan.probe, first.last.probe)
    window.run_panel.run.click()
    qtbot.waitUntil(lambda: len(window.session.runs) == 2 and window.session.runs[1].outcome == "done",
                    timeout=20_000)  # fmt: skip
    begins = [run.history.numbers["misfit"][0] for run in window.session.runs]
    assert begins[1] < 0.5 * begins[0]
