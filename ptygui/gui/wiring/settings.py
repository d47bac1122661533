"""What the window remembers from one start to the next: size, layout, theme, welcome page."""

from functools import partial
from pathlib import Path

from PyQt6.QtWidgets import QMessageBox

from ptygui.gui.files.export_dialog import AT_FIRST
from ptygui.gui.parts import Parts
from ptygui.gui.widgets import theme
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.plain import MessageBox


def restore(w: Parts) -> None:
    """Restore what was remembered."""
    settings = w.settings
    if settings is None:
        return
    if settings.value("geometry") is not None:
        w.restoreGeometry(settings.value("geometry"))
    if not w.docks.restore(settings):
        w.docks.reset()
    w.welcome.at_start.setChecked(settings.value("start page", "yes") == "yes")
    hidden = settings.value("hidden columns", "")
    w.runs_panel.columns.hide_only(str(hidden).split(", "))
    scheme = settings.value("theme", theme.FIRST)
    scheme = scheme if scheme in theme.SCHEMES else theme.FIRST
    w.menus.actions[scheme].setChecked(True)
    theme.set_scheme(scheme)  # also where it was ticked already


def keep(w: Parts) -> None:
    """Remember size and layout, when the window closes; the rest was remembered as it changed."""
    if w.settings is not None:
        w.settings.setValue("geometry", w.saveGeometry())
        w.docks.save(w.settings)


def set_scheme(w: Parts, name: str) -> None:
    """Use light or dark colours, or those of the system."""
    theme.set_scheme(name)
    w.remember("theme", name)


def ask_reset(w: Parts) -> None:
    """Ask whether to reset all settings to those of the first start."""
    said = (
        "Layout, theme, recent files and the welcome page are reset to their initial state. "
        "Runs and files are kept."
    )
    box = MessageBox(QMessageBox.Icon.Question, "Reset all settings", said, w)
    box.setStandardButtons(QMessageBox.StandardButton.Reset | QMessageBox.StandardButton.Cancel)
    button = certain(box.button(QMessageBox.StandardButton.Reset))
    button.clicked.connect(partial(_reset, w))  # its role does not emit accepted
    box.open()


def _reset(w: Parts, *_: object) -> None:
    if w.settings is not None:
        w.settings.clear()
    w.recents.clear()
    w.runs_panel.columns.hide_only(())
    w.menus.actions[theme.FIRST].trigger()
    w.docks.reset()
    for dialog in (Parts.export_dialog.built(w), Parts.runs_dialog.built(w)):
        if dialog is not None:
            dialog.use(AT_FIRST, str(Path.home()))
    w.welcome.at_start.setChecked(True)
