"""Starts the window: QApplication, the event loop, the hook that keeps errors from ending it."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from PyQt6.QtCore import QSettings, QTimer
from PyQt6.QtWidgets import QApplication
from qasync import QEventLoop

from ptygui.gui.model.autosave import default_root
from ptygui.gui.widgets import theme
from ptygui.gui.widgets.banner import ErrorHook
from ptygui.gui.window import Window

SWITCH = 0.002  # how long a busy thread may keep the interpreter from the window [s]


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


def event_loop() -> QEventLoop:
    """The program without a window: its QApplication, dressed, and asyncio upon Qt's loop."""
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(["ptygui"])
    app.setApplicationName("ptygui")
    app.setOrganizationName("ptygui")
    theme.dress(app)
    sys.setswitchinterval(SWITCH)
    loop = QEventLoop(app)
    asyncio.set_event_loop(loop)
    return loop


def open_window(
    path: str | None = None, settings: QSettings | None = None, recovery: Path | None = None
) -> Window:
    """Show a window with a scan, result or project, with the first page, or with the example.

    What is not saved is kept in `recovery`, and what earlier sessions left there is offered.
    """
    window = Window(settings or QSettings(), recovery)
    if path is None and window.welcome.at_start.isChecked():
        window.show_welcome()
    window.show()
    # once the window is painted: torch holds the interpreter for moments while it is imported
    QTimer.singleShot(0, lambda: _begin(window, path))
    QTimer.singleShot(300, window.preload.start)
    return window


def _begin(window: Window, path: str | None) -> None:
    if path is not None:
        window.opening.take([path])
    elif not window.welcome.at_start.isChecked():
        window.load_example()
    window.autosave.search()
