"""A scan is followed in the window while its frames come; the run goes on with them."""

import h5py
import pytest
from PyQt6.QtCore import Qt

from ptygui.methods import RPIE


class Growing:
    """A file that is written while it is read."""

    def __init__(self, path, scan):
        m = scan.width
        self.path, self.scan = path, scan
        self.file = h5py.File(path, "w", libver="latest")
        self.file.attrs["format"], self.file.attrs["version"] = "ptygui scan", 1
        self.file["probe"] = scan.probe
        self.file.create_dataset("patterns", (0, m, m), "f4", maxshape=(None, m, m), chunks=(1, m, m))
        self.file.create_dataset("positions_px", (0, 2), "f8", maxshape=(None, 2), chunks=(1, 2))
        self.file.swmr_mode = True

    def put(self, last):
        for name, values in (("patterns", self.scan.patterns), ("positions_px", self.scan.positions)):
            item = self.file[name]
            first = len(item)
            item.resize(last, axis=0)
            item[first:] = values[first:last]
            item.flush()


@pytest.fixture
def following(qtbot, window, tmp_path, scan):
    """The window follows an empty file, as a user asks it to."""
    growing = Growing(tmp_path / "growing.h5", scan)
    qtbot.mouseClick(window.scan_panel.follow, Qt.MouseButton.LeftButton)
    dialog = window.follow_dialog
    dialog.form.row("scan").setValue(str(growing.path))
    dialog.form.row("every").setValue(0.02)
    dialog.form.row("frames_expected").setValue(36)
    dialog.start.click()
    qtbot.waitUntil(lambda: "0 of 36" in window.follow_bar.told.text(), timeout=20_000)
    yield growing
    growing.file.close()


@pytest.fixture
def scan(scan):
    assert len(scan) >= 16
    return scan.noted(simulated=False)


def test_a_run_waits_for_the_first_frames_and_goes_on_with_the_rest(qtbot, window, following, scan):
    window.request.set_method(RPIE(iterations=100_000, probe_update="no"))
    qtbot.mouseClick(window.run_panel.run, Qt.MouseButton.LeftButton)
    assert window.launcher.waiting  # an empty scan waits
    assert not window.session.live
    session = window.session
    following.put(8)
    qtbot.waitUntil(lambda: session.live and len(session.live_run.scan) == 8, timeout=20_000)
    assert window.request.path == str(following.path)
    qtbot.waitUntil(lambda: session.live_run.last is not None, timeout=60_000)
    first = session.live_run
    window.run_panel.pause.click()  # a held run is left alone
    qtbot.waitUntil(lambda: session.state == "paused", timeout=20_000)
    following.put(16)
    qtbot.waitUntil(lambda: len(window.request.scan) == 16, timeout=20_000)
    assert session.live_run is first
    window.run_panel.pause.click()
    qtbot.waitUntil(lambda: session.live and len(session.live_run.scan) == 16, timeout=20_000)
    run = session.live_run
    assert [one.number for one in session.runs] == [first.number]  # it took the place of the first
    assert any("went on from those of the first" in note for note in run.scan.notes)
    assert session.selection.run is run
    assert "16 of 36 frames have come, 20 awaited" in window.follow_bar.told.text()
    window.follow_bar.stop.click()
    assert not window.follow_bar.isVisible()
    window.run_panel.stop.click()
    qtbot.waitUntil(lambda: not session.live, timeout=20_000)


def test_a_run_that_was_done_goes_on_when_more_comes(qtbot, window, following, scan):
    following.put(8)
    qtbot.waitUntil(lambda: window.request.path == str(following.path) and len(window.request.scan) == 8,
                    timeout=20_000)  # fmt: skip
    window.request.set_method(RPIE(iterations=3, probe_update="no"))
    window.run_panel.run.click()
    qtbot.waitUntil(lambda: [run.outcome for run in window.session.runs] == ["done"], timeout=20_000)
    following.put(16)
    qtbot.waitUntil(
        lambda: [(len(run.scan), run.outcome) for run in window.session.runs] == [(16, "done")],
        timeout=20_000,
    )


def test_what_cannot_be_followed_is_said(qtbot, window, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("no scan")
    window.menus.actions["follow_file"].trigger()
    window.follow_dialog.form.row("scan").setValue(str(path))
    window.follow_dialog.start.click()
    qtbot.waitUntil(lambda: "cannot be watched" in window.banner.label.text(), timeout=20_000)
    assert not window.follow_bar.isVisible()
    assert not window.watcher.path


def test_who_chooses_another_scan_meanwhile_runs_that(qtbot, window, following, scan):
    other = scan.noted("another one", simulated=True)
    window.request.set_scan(other)
    assert not window.watcher.waits
    following.put(8)
    qtbot.waitUntil(lambda: "8 of 36" in window.follow_bar.told.text(), timeout=20_000)
    assert window.request.scan is other  # what has come does not push it aside
    window.request.set_method(RPIE(iterations=2))
    window.run_panel.run.click()
    qtbot.waitUntil(lambda: [run.scan for run in window.session.runs] == [other], timeout=20_000)
