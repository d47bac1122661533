"""Whose layout the docks have: the user's, or for a time that of a project."""

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QToolButton

from ptygui.files.project import write_project
from ptygui.gui.pages import COMPARISON, STEPS
from ptygui.gui.widgets.docks import PRESETS
from ptygui.gui.wiring.projects import project_of

LEFT = Qt.MouseButton.LeftButton


def toggle(window, title):
    window.menus.actions[f"dock {title}"].trigger()


def hidden(window):
    return {name for name, dock in window.docks.docks.items() if dock.isHidden()}


def button(window):
    (found,) = (b for b in window.statusBar().findChildren(QToolButton))
    return found


def opened(qtbot, window, path):
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        window.projects.open(str(path))


@pytest.fixture
def project(new_window, tmp_path):
    """Saved by somebody who had closed the log."""
    window = new_window()
    toggle(window, "Log")
    path = write_project(tmp_path / "p.ptygui", project_of(window))
    toggle(window, "Log")  # what is remembered of this window has it
    window.close()
    return path


@pytest.mark.parametrize("how", ["button", "key"])
def test_the_layout_of_a_project_is_told_and_ones_own_comes_back(qtbot, new_window, project, how):
    window = new_window()
    toggle(window, "Probe")
    own = window.docks.state()
    assert not button(window).isVisible()
    opened(qtbot, window, project)
    assert hidden(window) == {"log"}
    qtbot.waitUntil(lambda: "docks are as saved with p.ptygui" in window.statusBar().currentMessage())
    if how == "button":
        qtbot.mouseClick(button(window), LEFT)
    else:
        modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        qtbot.keyClick(window, Qt.Key.Key_L, modifiers)
    assert hidden(window) == {"probe"}
    assert window.docks.state() == own
    assert not button(window).isVisible()


def test_ones_own_layout_is_remembered_though_a_project_had_another(qtbot, new_window, project):
    window = new_window()
    toggle(window, "Probe")
    opened(qtbot, window, project)
    opened(qtbot, window, project)  # and again
    window.close()
    assert hidden(new_window()) == {"probe"}


def test_a_projects_layout_that_was_arranged_since_is_ones_own(qtbot, new_window, project):
    window = new_window()
    toggle(window, "Probe")
    opened(qtbot, window, project)
    toggle(window, "Runs")
    window.close()
    again = new_window()
    assert hidden(again) == {"log", "runs"}
    assert not button(again).isVisible()


def test_where_docks_stand_alike_nothing_is_said_and_sizes_stay(qtbot, new_window, tmp_path):
    window = new_window()
    curves = window.docks.docks["curves"]
    path = write_project(tmp_path / "p.ptygui", project_of(window))
    window.resizeDocks([curves], [curves.height() + 60], Qt.Orientation.Vertical)
    qtbot.wait(50)
    size, said = curves.size(), []
    window.session.noted.connect(said.append)
    opened(qtbot, window, path)
    qtbot.wait(50)
    assert curves.size() == size
    assert not any("docks" in text for text in said)
    assert not button(window).isVisible()


def test_a_project_without_a_layout_leaves_that_of_the_user(qtbot, new_window, tmp_path):
    window = new_window()
    toggle(window, "Probe")
    project = project_of(window)
    project.layout = b""
    opened(qtbot, window, write_project(tmp_path / "p.ptygui", project))
    assert hidden(window) == {"probe"}
    assert not button(window).isVisible()


def test_presets_by_their_keys(qtbot, new_window):
    window, control = new_window(), Qt.KeyboardModifier.ControlModifier
    qtbot.waitUntil(window.isActiveWindow)
    for key, preset, page in ((2, "compare", COMPARISON), (3, "present", STEPS), (1, "explore", STEPS)):
        qtbot.keyClick(window, getattr(Qt.Key, f"Key_{key}"), control)
        assert hidden(window) == set(window.docks.docks) - set(PRESETS[preset])
        assert window.pages.currentIndex() == page
    assert not window.curves.visibleRegion().isEmpty()  # in front of those that it shares its place with


def test_docks_that_are_moved_and_set_afloat_are_where_they_were_left(qtbot, new_window):
    window = new_window()
    log, probe = window.docks.docks["log"], window.docks.docks["probe"]
    window.docks.show("log")
    qtbot.mouseDClick(log, LEFT, pos=QPoint(60, 8))  # its title
    assert log.isFloating()
    right = Qt.DockWidgetArea.RightDockWidgetArea
    window.addDockWidget(right, probe)
    window.close()
    again = new_window()
    assert again.docks.docks["log"].isFloating()
    assert again.dockWidgetArea(again.docks.docks["probe"]) == right
    qtbot.waitUntil(again.isActiveWindow)
    qtbot.keyClick(again, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)  # back to the first layout
    assert not again.docks.docks["log"].isFloating()
    assert again.dockWidgetArea(again.docks.docks["probe"]) == Qt.DockWidgetArea.BottomDockWidgetArea
