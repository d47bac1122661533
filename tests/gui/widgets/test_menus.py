"""The menus: each action does something, and each key means one thing."""

import sys
from collections import Counter
from dataclasses import replace

from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import QDialog, QFileDialog, QLabel, QMainWindow, QToolBar

from ptygui import doctor
from ptygui.errors import InputError
from ptygui.experiment.settings import RunSettings
from ptygui.gui.files.dialogs import KeyMapDialog
from ptygui.gui.widgets import theme
from ptygui.gui.widgets.banner import ErrorHook
from ptygui.gui.widgets.menus import Menus
from ptygui.gui.widgets.tool_bar import ORDER
from ptygui.gui.widgets.welcome import Tour
from ptygui.methods import AWF, RPIE


def listeners(action):
    return action.receivers(action.triggered) + action.receivers(action.toggled)


def test_every_action_is_connected_and_has_a_key_of_its_own(qtbot, window):
    bare = QMainWindow()  # Qt's own menus and tool bars listen, too
    qtbot.addWidget(bare)
    menus, tools = Menus(bare), QToolBar(bare)
    tools.addActions([menus.actions[name] for name in ORDER if name])
    deaf = {
        name
        for name, action in menus.actions.items()
        if listeners(window.menus.actions[name]) <= listeners(action)
    }
    assert deaf == set()
    missing = [name for name, action in window.menus.actions.items() if action.shortcut().isEmpty()]
    assert missing == []
    keys = Counter(action.shortcut().toString() for action in window.menus.actions.values())
    assert [key for key, count in keys.items() if count > 1] == []
    inner = {shortcut.key().toString() for shortcut in window.findChildren(QShortcut)}  # would hide them
    inner |= {action.shortcut().toString() for action in window.runs_panel.actions_by_name.values()}
    assert (inner - {""}) & set(keys) == set()
    for menu in window.menus.menus.values():
        letters = Counter(
            QKeySequence.mnemonic(action.text()).toString() for action in menu.actions() if action.text()
        )
        letters.pop("", None)
        assert [key for key, count in letters.items() if count > 1] == [], menu.title()


def test_the_key_map_names_each_key_once_in_words_that_stay(qtbot, window):
    qtbot.keyClick(window, Qt.Key.Key_F1)
    (dialog,) = window.findChildren(KeyMapDialog)
    page = " ".join(label.text() for label in dialog.findChildren(QLabel))
    for heading, pairs in window.menus.keys():
        assert f">{heading}</h4>" in page
        for key, what in pairs:
            assert f">{key}</td><td>{what}</td>" in page
    keys = Counter(key for _, pairs in window.menus.keys() for key, _ in pairs)
    assert [key for key, count in keys.items() if count > 1] == []
    assert {action.shortcut().toString() for action in window.menus.actions.values()} <= set(keys)
    assert page.count("<td>From data to answer</td>") == 1
    assert dialog.width() < 1280
    assert dialog.height() < 800


def test_keys_choose_the_pictures(qtbot, window):
    assert window.object.parts == "both"
    for key, part in (("A", "amplitude"), ("P", "phase"), ("C", "complex"), ("B", "both")):
        qtbot.keyClick(window, getattr(Qt.Key, f"Key_{key}"))
        assert window.object.parts == part


def test_pause_and_stop_are_there_for_what_goes_on(qtbot, window):
    def there() -> tuple[bool, bool]:
        return tuple(window.menus.actions[name].isEnabled() for name in ("pause", "stop"))

    session, launcher, sweep = window.session, window.launcher, window.sweep_panel
    assert there() == (False, False)
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
        qtbot.waitUntil(lambda: there() == (True, True))
        qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert there() == (False, False)
    for key, box in sweep.boxes.items():
        box.setChecked(key == "rpie")
    window.request.set_method(RPIE(iterations=10_000_000))
    with qtbot.waitSignal(window.sweeper.finished, timeout=20_000):
        sweep.start.click()
        assert there() == (False, True)
        qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert there() == (False, False)
    window.simulate_panel.overlap.setValue(60)  # of a scan that is to be made first
    qtbot.waitUntil(lambda: window.simulator.pending)
    launcher.run()
    assert there() == (False, True)
    launcher.stop()
    assert there() == (False, False)


def test_every_action_may_be_asked_for_at_any_time(qtbot, new_window, scan, monkeypatch):
    """Without a scan, and with a run: what cannot be is told in words, nothing fails."""
    nothing = {"getOpenFileName": ("", ""), "getSaveFileName": ("", ""), "getExistingDirectory": ""}
    for name, answer in nothing.items():
        monkeypatch.setattr(QFileDialog, name, lambda *args, answer=answer: answer)
    monkeypatch.setattr(doctor, "self_test", lambda: iter(()))
    window, hook, errors, before = new_window(), ErrorHook(), [], sys.excepthook
    window.run_panel.form.row("device").setValue("cpu")
    window.request.set_method(AWF(iterations=2))
    window.request.set_sweep(replace(window.request.sweep, methods=("awf",)))  # it goes on meanwhile
    hook.raised.connect(errors.append)
    hook.install()
    try:
        for asked_of in (None, "run"):
            if asked_of == "run":
                window.request.set_scan(scan)
                with qtbot.waitSignal(window.session.run_finished, timeout=20_000):
                    window.session.run(AWF(iterations=2), RunSettings("cpu"))
            for name, action in window.menus.actions.items():
                if name != "quit":
                    action.trigger()
                    qtbot.wait(1)
                    for dialog in (*window.findChildren(QDialog), *window.findChildren(Tour)):
                        dialog.close()
                    assert errors == [], name
            window.menus.actions["stop"].trigger()
            qtbot.waitUntil(lambda: not (window.session.live or window.sweeper.live), timeout=30_000)
            qtbot.waitUntil(lambda: not len(window.jobs), timeout=30_000)
        assert "Unexpected" not in window.log.text.toPlainText()
        assert errors == []
    finally:
        sys.excepthook = before
        theme.set_scheme("system")


def test_a_tab_behind_another_is_raised_by_its_key_and_closed_by_the_next(qtbot, window):
    docks, toggle = window.docks, window.docks.toggles["runs"]
    docks.show("curves")
    qtbot.waitUntil(lambda: docks.docks["runs"].visibleRegion().isEmpty())
    assert toggle.isChecked()
    toggle.trigger()
    qtbot.waitUntil(lambda: not docks.docks["runs"].visibleRegion().isEmpty())
    assert toggle.isChecked()
    toggle.trigger()
    assert docks.docks["runs"].isHidden()
    assert not toggle.isChecked()


def test_a_refusal_goes_when_something_else_is_asked_for(window):
    window.banner.show_error(InputError("a step of 0 is not a step"))
    assert window.banner.isVisible()
    window.request.change_settings(seed=5)
    assert not window.banner.isVisible()
    window.banner.show_error(ValueError("a bug"))  # to be copied: stays until it is put away
    window.request.change_settings(seed=6)
    assert window.banner.isVisible()


def test_letters_typed_in_a_picture_change_no_field(qtbot, window, scan):
    panel = window.run_panel
    panel.form.row("seed").editor.setFocus()
    before = window.request.settings
    canvas = window.object.canvas
    qtbot.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, 120))
    assert canvas.hasFocus()
    qtbot.keyClicks(canvas, "q57e")
    assert window.request.settings == before


def test_my_layout_comes_back_without_widening_the_window(qtbot, window):
    docks, state = window.docks, window.docks.state()
    state["groups"] = [group for group in state["groups"] if group["area"] == "left"]
    assert docks.borrow(state)
    size = window.size()
    docks.give_back()
    qtbot.wait(1)
    assert window.size() == size
