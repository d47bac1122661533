"""`ptygui`: the window without arguments, the command line with."""

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; those of the process by default.
    """
    # Threads of torch that wait by spinning take the cores from working ones as soon as anything else
    # runs: a network evaluation takes twice the time next to one busy core. Read when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from ptygui import cli

    arguments = list(sys.argv[1:] if argv is None else argv)
    return cli.main(arguments or ["gui"], window=open_window, no_window=no_window)


def no_window() -> str:
    """Why no window can be opened, with the remedy, as a sentence; empty if one can be opened.

    A display is DISPLAY or WAYLAND_DISPLAY on Linux; QT_QPA_PLATFORM (such as `offscreen`) counts as one.
    """
    if find_spec("PyQt6") is None:
        return "Qt is not installed: run `pip install pyqt6 pyqtgraph qasync`"
    shown = [os.environ.get(name) for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY")]
    if sys.platform.startswith("linux") and not any(shown):
        return (
            "there is no display: DISPLAY and WAYLAND_DISPLAY are not set "
            "(over ssh, use `ssh -X`; QT_QPA_PLATFORM=offscreen counts as a display)"
        )
    try:
        import PyQt6.QtWidgets  # noqa: F401 - only to check that its libraries load
    except ImportError as error:
        return f"Qt cannot be loaded ({error}): `make run` in a checkout installs what is missing"
    return "" if shown[0] or not sys.platform.startswith("linux") else _refusal()


def _refusal() -> str:
    """Why Qt cannot open the display, tested in another process, since Qt ends the program on failure."""
    code = "from PyQt6.QtGui import QGuiApplication; QGuiApplication([])"
    try:
        tried = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20)
    except subprocess.TimeoutExpired:
        return "the display does not answer: check DISPLAY or WAYLAND_DISPLAY"
    if tried.returncode == 0:
        return ""
    said = [line.partition(": ")[2] or line for line in tried.stderr.splitlines() if line.strip()]
    reason = said[0] if said else "no reason given"
    return f"the display refuses ({reason}): check DISPLAY, and `xauth` if it belongs to another user"


def open_window(path: str | None = None) -> int:
    """Open the window, with a file if a path is given, and return when it is closed."""
    from ptygui.gui import app

    return app.main([path] if path else []) or 0


if __name__ == "__main__":
    sys.exit(main())
