"""Starts the window: QApplication, the event loop and the hook that keeps the program alive after errors."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from PyQt6.QtCore import QSettings, QTimer
from PyQt6.QtWidgets import QApplication

from ptygui.gui.background.loop import EventLoop
from ptygui.gui.model.autosave import default_root
from ptygui.gui.widgets import theme
from ptygui.gui.widgets.banner import ErrorHook
from ptygui.gui.window import Window
from ptygui.gui.wiring import priors

SWITCH = 0.002  # longest time that a busy thread may hold the interpreter [s]


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window and return when it is closed; `argv` may name a scan, result or project to open."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    loop = event_loop()
    window = open_window(arguments[0] if arguments else None, recovery=default_root())
    hook = ErrorHook()
    hook.raised.connect(window.banner.show_error)
    hook.install()
    try:
        with loop:
            loop.run_forever()
    finally:
        hook.remove()
        asyncio.set_event_loop(None)
    return 0


def event_loop() -> EventLoop:
    """The program without a window: its QApplication with its style, and asyncio on Qt's event loop."""
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(["ptygui"])
    app.setApplicationName("ptygui")
    app.setOrganizationName("ptygui")
    theme.dress(app)
    theme.set_scheme(theme.FIRST)  # until the settings are read: nothing flashes white
    sys.setswitchinterval(SWITCH)
    loop = EventLoop(app)
    asyncio.set_event_loop(loop)
    return loop


def open_window(
    path: str | None = None, settings: QSettings | None = None, recovery: Path | None = None
) -> Window:
    """Show a window with a scan, result or project, with the welcome page, or with the example.

    Unsaved work is kept in `recovery`; what earlier sessions left there is offered.
    """
    window = Window(settings or QSettings(), recovery)
    priors.begin(window)
    if path is None and window.welcome.at_start.isChecked():
        window.show_welcome()
    window.show()
    # after the window is painted: importing torch blocks the interpreter at times
    QTimer.singleShot(0, lambda: _begin(window, path))
    QTimer.singleShot(300, window.preload.start)
    # an opened scan is shown on a page of its own, which takes a moment to build
    window.preload.finished.connect(lambda: window.data)
    return window


def _begin(window: Window, path: str | None) -> None:
    if path is not None:
        window.opening.take([path])
    elif not window.welcome.at_start.isChecked():
        window.load_example()
    window.autosave.search()
