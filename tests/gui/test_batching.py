"""A folder of scans by one request: chosen, run as rows, and opened from there."""

from dataclasses import replace

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog

from ptygui import write_scan
from ptygui.files.batch import TABLE
from ptygui.methods import AWF

LEFT = Qt.MouseButton.LeftButton


def test_rows_run_and_end_in_a_table(qtbot, window, scan, tmp_path, monkeypatch):
    folder = tmp_path / "scans"
    folder.mkdir()
    for name in ("<b>one.h5", "two.h5"):
        write_scan(folder / name, replace(scan, name=name))
    (folder / "three.h5").write_bytes((folder / "two.h5").read_bytes()[:3000])
    window.request.change_settings(device="cpu")
    window.request.set_method(AWF(iterations=6))
    window.menus.actions["batch"].trigger()
    dialog = window.batch_dialog
    assert not dialog.start.isEnabled()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    qtbot.mouseClick(dialog.choose, LEFT)
    qtbot.waitUntil(lambda: dialog.table.topLevelItemCount() == 3, timeout=20_000)
    assert "AWF with its present options" in dialog.how.text()
    qtbot.mouseClick(dialog.start, LEFT)
    assert dialog.stop.isEnabled()
    qtbot.waitUntil(lambda: not window.batcher.live, timeout=60_000)
    states = [dialog.table.topLevelItem(k).text(1) for k in range(3)]
    assert sorted(states) == ["done", "done", "failed"]
    assert dialog.doing.text() == "done: 3 of 3 scans, 1 failed"
    assert (folder / "ptygui-awf" / TABLE).exists()
    assert len(window.session.runs) == 0
    done = dialog.table.topLevelItem(states.index("done"))
    assert done.text(0) == "<b>one.h5"
    assert float(done.text(4)) > 0
    dialog.table.itemActivated.emit(done, 0)
    qtbot.waitUntil(lambda: len(window.session.runs) == 1, timeout=20_000)
    assert window.session.runs[0].last.index == 6


def test_the_opened_scan_says_how_its_neighbours_are_read(qtbot, window, scan, tmp_path, monkeypatch):
    for name in ("a.h5", "b.h5"):
        write_scan(tmp_path / name, scan)
    path = str(tmp_path / "a.h5")
    window.request.open_scan(path, flip_rows=True, metadata=None)
    qtbot.waitUntil(lambda: window.request.path == path, timeout=20_000)
    window.menus.actions["batch"].trigger()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    qtbot.mouseClick(window.batch_dialog.choose, LEFT)
    qtbot.waitUntil(lambda: bool(window.batch_dialog.rows), timeout=20_000)
    assert window.batch_dialog.how.text().endswith("read as a.h5")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "elsewhere"))
    qtbot.mouseClick(window.batch_dialog.elsewhere, LEFT)
    assert window.batch_dialog.results.text().endswith("elsewhere")
