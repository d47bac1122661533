"""Files are chosen in dialogs, by the keys of the menus."""

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog

from ptygui.files import formats
from ptygui.files.formats.own_scan import write_scan
from ptygui.files.project import write_project
from ptygui.gui.model.preflight import Fix
from ptygui.gui.wiring.checklist import fix
from ptygui.gui.wiring.projects import project_of
from ptygui.methods import DPS, UNet
from ptygui.physics.probe import make_probe
from tests import toy_format

CONTROL, SHIFT, ALT = (
    getattr(Qt.KeyboardModifier, f"{name}Modifier") for name in ("Control", "Shift", "Alt")
)


@pytest.fixture
def choose(monkeypatch):
    """Sets what the dialogs answer; returns the folders that they began in."""
    begun = []

    def choose(path):
        def answer(parent, title, start, *filters):
            begun.append(start)
            return str(path), ""

        monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: answer(*args)[0])
        return begun

    return choose


def test_files_of_each_kind(qtbot, window, scan, tmp_path, choose):
    qtbot.waitUntil(window.isActiveWindow)
    mine = write_scan(tmp_path / "mine.h5", scan)
    begun = choose(mine)
    with qtbot.waitSignal(window.request.opened, timeout=20_000):
        qtbot.keyClick(window, Qt.Key.Key_O, CONTROL)
    np.save(tmp_path / "probe.npy", make_probe("disk", 24))
    choose(tmp_path / "probe.npy")
    with qtbot.waitSignal(window.simulator.probe_changed, timeout=20_000):
        qtbot.keyClick(window, Qt.Key.Key_P, CONTROL | SHIFT)
    assert window.simulator.probe.shape == (24, 24)
    np.save(tmp_path / "cells.npy", np.ones((64, 64), np.complex64))
    choose(tmp_path / "cells.npy")
    with qtbot.waitSignal(window.simulator.object_changed, timeout=20_000):
        qtbot.keyClick(window, Qt.Key.Key_B, CONTROL | SHIFT)
    assert window.simulator.specimen.name == "cells"
    choose(write_project(tmp_path / "p.ptygui", project_of(window)))
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        qtbot.keyClick(window, Qt.Key.Key_O, CONTROL | ALT)
    assert begun[-1] == str(tmp_path)  # where the last one was
    kinds = [kind for _, kind in window.recents]
    assert sorted(kinds) == ["object", "probe", "project", "scan"]
    window.menus.recent.actions()[-1].trigger()  # Clear the list
    assert list(window.recents) == []
    assert not window.menus.recent.isEnabled()


def test_the_checklist_lets_a_prior_be_chosen(qtbot, window, prior_folder, unet_folder, choose):
    """What it offers where no prior is installed: the list of priors, and from there a folder."""
    choose(prior_folder)
    fix(window, Fix("Choose a prior…", "choose", "prior"))
    dialog = window.priors_dialog
    qtbot.waitUntil(dialog.isVisible)
    qtbot.mouseClick(dialog.folder, Qt.MouseButton.LeftButton)
    assert window.request.checked_method().prior == str(prior_folder)
    assert isinstance(window.request.kept(DPS), DPS)
    assert (str(prior_folder), "prior") in list(window.recents)
    choose(unet_folder)
    window.opening.ask("unet")
    assert window.request.checked_method() == UNet(network=str(unet_folder))
    rows = lambda: [dialog.table.item(row, 1).toolTip() for row in range(dialog.table.rowCount())]  # noqa: E731
    qtbot.waitUntil(lambda: str(prior_folder) in rows(), timeout=60_000)  # torch may be imported for this


def test_a_format_that_is_added_to_the_list_is_opened_as_a_scan(qtbot, window, scan, tmp_path, monkeypatch):
    """By the dialog, whose filter offers its suffix, and dropped, by what it holds."""
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, toy_format.FORMAT))
    path, filters = toy_format.write_toy(tmp_path / "cells.toy", scan), []

    def answer(parent, title, start, kinds):
        filters.append(kinds)
        return str(path), ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
    with qtbot.waitSignal(window.request.opened, timeout=20_000):
        window.opening.ask("scan")
    assert "*.toy" in filters[0]
    assert window.request.scan.name == "cells"
    other = toy_format.write_toy(tmp_path / "dropped", scan)
    with qtbot.waitSignal(window.request.opened, timeout=20_000):
        window.opening.take([str(other)])
    assert window.request.scan.name == "dropped"
