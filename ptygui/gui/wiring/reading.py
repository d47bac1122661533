"""Wiring of the dialog that opens a scan with what its file does not say."""

from functools import partial
from pathlib import Path
from typing import Any

from ptygui.gui.model.reading import Reading
from ptygui.gui.parts import Parts


def connect(w: Parts) -> None:
    """Connect panel and dialog."""
    w.scan_panel.reading_requested.connect(partial(_ask, w))
    Parts.reading_dialog.once(w, lambda dialog: dialog.open_requested.connect(partial(_open, w)))


def _ask(w: Parts) -> None:
    """Begin with the file that was requested last, also if it could not be read."""
    path = w.request.asked[0]
    w.reading_dialog.ask(Reading.of(path, _before(w, path)))


def _open(w: Parts, reading: Reading) -> None:
    keywords = reading.keywords(_before(w, reading.scan))
    w.deferred.ask(Path(reading.scan).name, partial(w.request.open_scan, reading.scan, **keywords))


def _before(w: Parts, path: str) -> dict[str, Any]:
    """How a file was read, or was to be read."""
    request = w.request
    if path == request.opened_source.path:
        return request.reading
    return request.asked[1] if path == request.asked[0] else {}
