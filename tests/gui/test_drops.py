"""Files dropped on the window are taken for what they hold, and offered again as recent ones."""

import numpy as np
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PyQt6.QtWidgets import QApplication

from ptygui.files.project import write_project
from ptygui.gui.wiring.projects import project_of
from ptygui.methods import DPS, UNet
from ptygui.physics.probe import make_probe


def drop(window, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    action, no_key = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(50, 50), action, data, Qt.MouseButton.LeftButton, no_key))


def test_over_any_pane_files_can_be_dropped(qtbot, window):
    """Pictures, plots and lists hand drags on to the window."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/somewhere/scan.h5")])
    for dock in ("runs", "residual", "probe", "log", "curves"):
        window.docks.show(dock)
    panes = (
        window.object.canvas, window.map, window.curves.canvas, window.runs_panel.view, window.probe.canvas,
        window.residual.canvas, window.compare.grid, window.deviations.grid, window.log.text,
        window.method_panel.form,
    )  # fmt: skip
    for pane in panes:
        no_key = Qt.KeyboardModifier.NoModifier
        event = QDragEnterEvent(
            QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, no_key
        )
        event.ignore()
        QApplication.sendEvent(pane.viewport(), event)
        assert event.isAccepted(), pane
        QApplication.sendEvent(pane.viewport(), QDragLeaveEvent())


def test_a_probe(qtbot, window, tmp_path):
    path = tmp_path / "my probe.npy"
    np.save(path, make_probe("disk", 24))
    with qtbot.waitSignal(window.simulator.probe_changed, timeout=20_000):
        drop(window, path)
    assert window.simulator.probe.shape == (24, 24)
    assert next(iter(window.recents)) == (str(path), "probe")


def test_an_object(qtbot, window, tmp_path):
    path = tmp_path / "cells.npy"
    np.save(path, np.ones((64, 64), np.complex64))
    drop(window, path)
    qtbot.waitUntil(lambda: window.simulator.specimen is not None, timeout=20_000)
    qtbot.waitUntil(lambda: window.simulator.specimen.name == "cells", timeout=20_000)


def test_a_prior(qtbot, window, prior_folder):
    drop(window, prior_folder)
    qtbot.waitUntil(lambda: window.request.kept(DPS).prior == str(prior_folder), timeout=20_000)
    assert window.request.checked_method().diffusion
    assert (str(prior_folder), "prior") in list(window.recents)


def test_a_unet(qtbot, window, unet_folder):
    drop(window, unet_folder)
    qtbot.waitUntil(lambda: isinstance(window.request.checked_method(), UNet), timeout=20_000)
    assert window.request.checked_method().network == str(unet_folder)


def test_what_cannot_be_read_is_no_recent_file(qtbot, window, tmp_path):
    for kind in ("scan", "probe", "object", "result", "project"):
        path = tmp_path / f"broken {kind}.h5"
        path.write_bytes(b"\x89HDF\r\n\x1a\nnothing more")
        window.opening.open(str(path), kind)
        qtbot.waitUntil(lambda: path.name in window.banner.label.text(), timeout=20_000)  # noqa: B023
        assert window.banner.isVisible()
        assert list(window.recents) == []


def test_a_project_and_an_object_are_recent_once_they_are_read(qtbot, window, tmp_path):
    project, cells = tmp_path / "p.ptygui", tmp_path / "cells.npy"
    write_project(project, project_of(window))
    np.save(cells, np.ones((64, 64), np.complex64))
    for path, kind in ((project, "project"), (cells, "object")):
        window.opening.open(str(path), kind)
        qtbot.waitUntil(lambda: (str(path), kind) in list(window.recents), timeout=20_000)  # noqa: B023


def test_a_recent_one_is_opened_by_its_menu(qtbot, window, prior_folder, unet_folder):
    for kind, option, folder in (("prior", "prior", prior_folder), ("unet", "network", unet_folder)):
        window.recents.add(str(folder), kind)
        window.menus.recent.actions()[0].trigger()
        assert getattr(window.request.checked_method(), option) == str(folder)


def test_a_stack_that_may_be_a_scan_or_an_object_is_asked_about(qtbot, window, tmp_path):
    import tifffile

    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, np.ones((5, 32, 32), np.float32))
    drop(window, path)
    qtbot.waitUntil(lambda: bool(window.banner.choices), timeout=20_000)
    assert [button.text() for button in window.banner.choices] == [
        "Open as scan", "Open as object", "Open as probe"
    ]  # fmt: skip
    assert window.request.path is None  # nothing is taken for something else meanwhile
    qtbot.mouseClick(window.banner.choices[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(window.mapper.isVisible, timeout=20_000)  # a scan of which more must be said
    window.mapper.close()
