"""Wiring of the search for the orientation of an opened scan's positions."""

from functools import partial
from typing import TYPE_CHECKING

from ptygui.gui.parts import Parts
from ptygui.physics.orientation import Orientation
from ptygui.scan import Scan

if TYPE_CHECKING:
    from ptygui.gui.panels.orientation import OrientationDialog


def connect(w: Parts) -> None:
    """Connect panel, dialog and search."""
    request, orienter = w.request, w.orienter
    Parts.orientation_dialog.once(w, partial(_dialog, w))
    w.scan_panel.orientation_requested.connect(partial(_show, w))
    orienter.failed.connect(w.jobs.failed.emit)
    request.source_changed.connect(lambda _: _take_source(w))
    w.session.run_started.connect(lambda _: orienter.stop())
    _take_source(w)


def _dialog(w: Parts, dialog: "OrientationDialog") -> None:
    dialog.search_requested.connect(partial(_search, w))
    dialog.stop_requested.connect(w.orienter.stop)
    dialog.chosen.connect(partial(_use, w))
    w.orienter.found.connect(dialog.show_found)
    w.orienter.searching_changed.connect(dialog.show_searching)
    _take_source(w)


def _whole(w: Parts) -> Scan | None:
    """The opened scan with all its positions."""
    scan = w.request.scan
    if not w.request.source.opened or not isinstance(scan, Scan):
        return None
    return w.thinner.full or scan


def _take_source(w: Parts) -> None:
    scan = _whole(w)
    w.scan_panel.show_turnable(scan is not None)
    if scan is None or scan is not w.orienter.scan:
        w.orienter.stop()
        if (dialog := Parts.orientation_dialog.built(w)) is not None:
            dialog.show_found(None, "" if scan is not None else "There is no opened scan to turn.")


def _show(w: Parts) -> None:
    w.orientation_dialog.show()
    w.orientation_dialog.raise_()
    if _whole(w) is not w.orienter.scan:
        _search(w)


def _search(w: Parts) -> None:
    """Try all now; not while a run is live, which it would slow down."""
    scan = _whole(w)
    if w.session.live:
        w.orientation_dialog.show_found(None, "A run is live: try again when it has ended.")
    elif scan is not None:
        w.orientation_dialog.show_found(None)
        w.orienter.search(scan, w.request.settings.device)


def _use(w: Parts, orientation: Orientation) -> None:
    """Turn the opened scan, for all further runs."""
    scan = _whole(w)
    if scan is not None and orientation:
        reading = w.request.reading
        before = Orientation(*(bool(reading.get(name)) for name in vars(orientation)))
        again = reading | vars(orientation.after(before))  # also when the file is read again
        w.request.set_scan(orientation.turned(scan), w.request.path, again)
