"""Wiring of the system report, which is made outside the GUI thread."""

from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import PYQT_VERSION_STR, qVersion
from PyQt6.QtGui import QGuiApplication

from ptygui.doctor import Finding, findings, report
from ptygui.gui.background.imports import load
from ptygui.gui.background.latest import Latest
from ptygui.gui.parts import Parts

if TYPE_CHECKING:
    from ptygui.gui.panels.doctor import DoctorDialog


def connect(w: Parts) -> None:
    """Connect dialog and menu."""
    Parts.doctor_dialog.once(w, partial(_dialog, w))
    w.menus.connect(doctor=lambda: w.doctor_dialog.ask())


def _dialog(w: Parts, dialog: "DoctorDialog") -> None:
    reports = Latest(w.jobs, w)
    reports.answered.connect(dialog.show_report)
    dialog.asked.connect(lambda: reports.ask(partial(_text, _window())))


def _window() -> Finding:
    """The window, which is open."""
    platform = QGuiApplication.platformName()
    return Finding("window", f"Qt {qVersion()}, PyQt {PYQT_VERSION_STR}, on {platform}")


def _text(window: Finding) -> str:
    load(networks=True)  # one thread at a time
    return report([window, *findings()])
