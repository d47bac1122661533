"""A view that gets an entry in `Parts.docked` is found in docks, menu, layouts, undo and projects."""

import numpy as np
import pytest

from ptygui.files.project import read_project, write_project
from ptygui.gui.parts import Parts
from ptygui.gui.widgets.docks import Place
from ptygui.gui.wiring.projects import project_of
from tests.toy_view import IlluminationView

DOCKED = Parts.docked


@pytest.fixture(autouse=True)
def entry(monkeypatch):
    place = Place("illumination", "Illumination")
    monkeypatch.setattr(Parts, "docked", lambda self: {**DOCKED(self), place: IlluminationView()})


def test_it_is_in_a_dock_with_an_entry_in_the_menu(new_window):
    window = new_window()
    dock = window.docks.docks["illumination"]
    action = window.menus.actions["dock Illumination"]
    assert action in window.menus.menus["&Window"].actions()
    assert window.tabifiedDockWidgets(window.docks.docks["curves"])[-1] is dock
    window.docks.show("illumination")  # in front: the key of one that is behind brings it there
    assert action.isChecked()
    action.trigger()
    assert dock.isHidden()
    keys = [each.shortcut().toString() for each in window.menus.actions.values()]
    assert len(set(keys) - {""}) == len([key for key in keys if key])  # the tenth dock has the last key


def test_it_is_told_of_scans_and_steps(qtbot, window, scan):
    view = window.docks.widgets["illumination"]
    shown = []
    view.show_step = lambda step: shown.append(step)
    np.testing.assert_array_equal(view.curve.yData, scan.illumination[scan.object_shape[0] // 2])
    window.request.change_settings(device="cpu")
    with qtbot.waitSignal(window.session.run_finished, timeout=60_000):
        window.launcher.run()
    qtbot.waitUntil(lambda: shown and shown[-1] is window.session.selection.step)


def test_its_place_is_remembered_and_its_option_undone_and_stored(window, new_window, tmp_path):
    view = window.docks.widgets["illumination"]
    view.log.click()
    window.undo.undo()
    assert not view.log.isChecked()
    window.undo.redo()
    path = write_project(tmp_path / "p.ptygui", project_of(window))
    assert read_project(path).settings["views"]["log illumination"] is True
    window.docks.docks["illumination"].setFloating(True)
    window.close()
    assert new_window().docks.docks["illumination"].isFloating()


def test_a_layout_from_before_it_was_there_is_read(new_window, monkeypatch):
    window, layout = new_window(), None
    monkeypatch.setattr(Parts, "docked", DOCKED)
    layout = new_window().docks.state()
    assert window.docks.borrow(layout)  # it is hidden there
    assert window.docks.docks["illumination"].isHidden()
    window.docks.show("illumination")
    assert window.docks.docks["illumination"] in window.tabifiedDockWidgets(window.docks.docks["curves"])
