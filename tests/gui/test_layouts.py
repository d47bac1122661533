"""Whose layout the docks have: the user's, or for a time that of a project."""

import ast
import copy
import json
import random
from pathlib import Path

import h5py
import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QApplication, QMainWindow, QToolButton, QWidget

import ptygui.gui
from ptygui.errors import InputError
from ptygui.files.project import write_project
from ptygui.gui.pages import COMPARISON, STEPS
from ptygui.gui.widgets.docks import LEFT as LEFT_SIDE
from ptygui.gui.widgets.docks import PRESETS, Docks, Place
from ptygui.gui.wiring.projects import project_of

LEFT = Qt.MouseButton.LeftButton


def toggle(window, title):
    """Open a dock, or close it; one behind another is raised first."""
    name = next(name for name, dock in window.docks.docks.items() if dock.windowTitle() == title)
    action, before = window.menus.actions[f"dock {title}"], window.docks.docks[name].isHidden()
    action.trigger()
    if window.docks.docks[name].isHidden() == before:
        QApplication.sendPostedEvents()
        action.trigger()


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
    toggle(window, "Diffraction patterns")
    own = window.docks.state()
    assert not button(window).isVisible()
    opened(qtbot, window, project)
    assert hidden(window) == {"log"}
    qtbot.waitUntil(lambda: "docks are as saved in p.ptygui" in window.statusBar().currentMessage())
    if how == "button":
        qtbot.mouseClick(button(window), LEFT)
    else:
        modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        qtbot.keyClick(window, Qt.Key.Key_L, modifiers)
    assert hidden(window) == {"residual"}
    assert window.docks.state() == own
    assert not button(window).isVisible()


def test_ones_own_layout_is_remembered_though_a_project_had_another(qtbot, new_window, project):
    window = new_window()
    toggle(window, "Diffraction patterns")
    opened(qtbot, window, project)
    opened(qtbot, window, project)  # and again
    window.close()
    assert hidden(new_window()) == {"residual"}


def test_a_projects_layout_that_was_arranged_since_is_ones_own(qtbot, new_window, project):
    window = new_window()
    toggle(window, "Diffraction patterns")
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
    toggle(window, "Diffraction patterns")
    project = project_of(window)
    project.layout = {}
    opened(qtbot, window, write_project(tmp_path / "p.ptygui", project))
    assert hidden(window) == {"residual"}
    assert not button(window).isVisible()


def test_presets_by_their_keys(qtbot, new_window):
    window, control = new_window(), Qt.KeyboardModifier.ControlModifier
    qtbot.waitUntil(window.isActiveWindow)
    for key, preset, page in ((2, "compare", COMPARISON), (3, "present", STEPS), (1, "explore", STEPS)):
        qtbot.keyClick(window, getattr(Qt.Key, f"Key_{key}"), control)
        shown, _ = PRESETS[preset]
        assert hidden(window) == (set() if shown is None else set(window.docks.docks) - set(shown))
        assert window.pages.currentIndex() == page
    assert not window.curves.visibleRegion().isEmpty()  # in front of those that it shares its place with


def test_docks_that_are_moved_and_set_afloat_are_where_they_were_left(qtbot, new_window):
    window = new_window()
    log, patterns = window.docks.docks["log"], window.docks.docks["residual"]
    window.docks.show("log")
    qtbot.mouseDClick(log, LEFT, pos=QPoint(60, 8))  # its title
    assert log.isFloating()
    right = Qt.DockWidgetArea.RightDockWidgetArea
    window.addDockWidget(right, patterns)
    window.close()
    again = new_window()
    assert again.docks.docks["log"].isFloating()
    assert again.dockWidgetArea(again.docks.docks["residual"]) == right
    qtbot.waitUntil(again.isActiveWindow)
    qtbot.keyClick(again, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)  # back to the first layout
    assert not again.docks.docks["log"].isFloating()
    assert again.dockWidgetArea(again.docks.docks["residual"]) == Qt.DockWidgetArea.BottomDockWidgetArea


def test_docks_side_by_side_and_their_sizes_are_where_they_were_left(qtbot, new_window):
    window = new_window()
    docks = window.docks.docks
    window.splitDockWidget(docks["flow"], docks["runs"], Qt.Orientation.Horizontal)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, docks["residual"])
    window.resizeDocks([docks["residual"]], [400], Qt.Orientation.Horizontal)
    window.resizeDocks([docks["curves"]], [250], Qt.Orientation.Vertical)
    docks["log"].raise_()
    left = window.docks.state()
    assert {"residual", "log"} <= {group["front"] for group in left["groups"]}
    window.close()
    again = new_window()
    qtbot.waitUntil(lambda: again.docks.state() == left)


# ---------------------------------------------------------------------- layouts of strangers


PLACES = (
    Place("simulate", "Explore overlap", LEFT_SIDE, None),
    Place("method", "Method", LEFT_SIDE, None),
    Place("scan", "Scan", LEFT_SIDE, "method"),
    Place("checklist", "Checklist", LEFT_SIDE, "method"),
    Place("run", "Run", LEFT_SIDE, None),
    Place("curves", "Curves", beside=None),
    *(Place(name, name.title()) for name in ("runs", "probe", "residual", "log")),
)


@pytest.fixture
def docks(qtbot):
    """The docks of a window around nothing much."""
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(QWidget())
    window.resize(1280, 800)
    made = Docks(window, {place: QWidget() for place in PLACES}, 384)
    window.show()
    return made


def test_no_bytes_are_handed_to_qt_but_those_of_the_users_own_settings():
    trusted = {"settings.py": {"restoreGeometry"}}
    for path in Path(ptygui.gui.__file__).parent.rglob("*.py"):
        called = {
            node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)
        }
        assert called & {"restoreState", "restoreGeometry"} <= trusted.get(path.name, set())


def test_the_bytes_of_an_earlier_project_do_not_reach_qt(qtbot, new_window, project):
    window = new_window()
    toggle(window, "Diffraction patterns")
    with h5py.File(project, "r+") as file:
        about = json.loads(file["window/about"][...].tobytes())
        del about["layout"], file["window/layout"], file["window/about"]
        file["window/about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
        file["window/layout"] = np.frombuffer(window.saveState(2).data(), np.uint8)
    toggle(window, "Runs")
    opened(qtbot, window, project)
    assert hidden(window) == {"residual", "runs"}
    assert any("layout of the docks is of version 2" in line for _, line in window.log.lines)


def test_a_project_with_a_layout_that_is_none_opens(qtbot, new_window, tmp_path):
    window = new_window()
    before, project = window.docks.state(), project_of(window)
    for layout, said in (({"version": 4, "groups": "none"}, "groups is 'none'"), (["a"], "the layout is")):
        project.layout = layout
        opened(qtbot, window, write_project(tmp_path / "p.ptygui", project))
        assert window.docks.state() == before
        assert any(said in line for _, line in window.log.lines)


GROUP = {"area": "left", "docks": ["run", "log"], "front": "log", "rect": [0, 0, 300, 300]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": 2}, "version 2"),
        ({"groups": {}}, "groups is"),
        ({"groups": [GROUP] * 11}, "at most 10"),
        ({"groups": [3]}, "a group is 3"),
        ({"groups": [GROUP | {"area": "middle"}]}, "area is 'middle'"),
        ({"groups": [GROUP | {"area": ["left"]}]}, "area is"),
        ({"groups": [GROUP | {"docks": []}]}, "docks is"),
        ({"groups": [GROUP | {"docks": ["nothing"]}]}, "no dock 'nothing'"),
        ({"groups": [GROUP | {"docks": [["run"]]}]}, "no dock"),
        ({"groups": [GROUP | {"front": "curves"}]}, "front is 'curves'"),
        ({"groups": [GROUP | {"rect": [0, 0, 300]}]}, "rect is"),
        ({"groups": [GROUP | {"rect": [0, 0, 300, 1e9]}]}, "rect is"),
        ({"groups": [GROUP | {"rect": [0, 0, 0, 300]}]}, "rect is"),
        ({"groups": [GROUP | {"rect": [0, 0, True, 300]}]}, "rect is"),
        ({"groups": [GROUP | {"rect": [-(10**9), 0, 1, 1]}]}, "rect is"),
        ({"groups": [GROUP, GROUP]}, "two places"),
        ({"floating": {"run": [0, 0, 1, 1]}}, "two places"),
        ({"floating": {"nothing": [0, 0, 1, 1]}}, "no dock 'nothing'"),
        ({"floating": None}, "floating is None"),
    ],
)
def test_a_layout_that_is_none_is_refused_by_value(docks, changes, said):
    before = docks.state()
    with pytest.raises(InputError, match=said):
        docks.borrow({"version": 4, "groups": [GROUP], "floating": {}} | changes)
    assert docks.state() == before


def test_layouts_of_docks_that_overlap_or_are_huge_are_borne(docks):
    names = [place.name for place in PLACES]
    rects = [[-10, 5, 100_000, 100_000], [0, 0, 1, 1], [3, 3, 500, 500]] * 4
    areas = ["left", "right", "top", "bottom"] * 3
    groups = [
        {"area": area, "docks": [name], "front": name, "rect": rect}
        for name, area, rect in zip(names, areas, rects, strict=False)
    ]
    assert docks.borrow(
        {"version": 4, "groups": groups[:-1], "floating": {names[-1]: [99_999, -99_999, 9, 9]}}
    )
    assert docks.docks[names[-1]].isFloating()
    screen = docks.window.screen().availableGeometry()
    assert screen.intersects(docks.docks[names[-1]].geometry())
    assert not any(dock.isHidden() for dock in docks.docks.values())


ODD = (None, True, -1, 0, 1, 2**31, 2**70, 1e300, "", "left", "right", "top", "bottom", [], {}, "log", "run")


def _slots(value):
    """Every place of a layout that holds a value: what it is in, and its key there."""
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _slots(value[key])


def _mutated(layout, rng):
    """A layout in which values are near to what they were, or of another place, or, in half of all, odd."""
    layout = copy.deepcopy(layout)
    for _ in range(rng.randint(1, 4)):
        (one, k), (other, j) = (rng.choice(list(_slots(layout))) for _ in range(2))
        if type(one[k]) is type(other[j]) and isinstance(one[k], str | int) and "version" not in (k, j):
            one[k], other[j] = other[j], one[k]
        group = rng.choice(layout["groups"])
        group["area"] = rng.choice(["left", "right", "top", "bottom"])
        group["rect"] = [max(1, n + rng.choice([0, 1, -1, 40, -300, 5000])) for n in group["rect"]]
        group["docks"].append(rng.choice(layout["groups"])["docks"].pop())
        group["front"] = group["docks"][-1]
        layout["groups"] = [group for group in layout["groups"] if group["docks"]]
        for group in layout["groups"]:
            group["front"] = group["docks"][0]
    for _ in range(rng.choice([0, 0, 1, 2])):
        inside, key = rng.choice(list(_slots(layout)))
        inside[key] = copy.deepcopy(rng.choice(ODD))
    return layout


def test_no_mutation_of_a_layout_brings_the_window_down(docks):
    rng, first = random.Random(17), docks.state()
    docks.window.splitDockWidget(docks.docks["simulate"], docks.docks["run"], Qt.Orientation.Horizontal)
    docks.docks["log"].setFloating(True)
    layouts, taken = [first, docks.state()], 0
    for _ in range(200):
        layout = _mutated(rng.choice(layouts), rng)
        try:
            taken += docks.borrow(json.loads(json.dumps(layout)))
        except InputError:
            pass
    assert taken > 20
    docks.reset()
    assert docks.state() == first
