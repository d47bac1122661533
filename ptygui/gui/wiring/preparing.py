"""Wiring of preparation: the dialog, what it asks for, and the prepared scan."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PyQt6.QtWidgets import QFileDialog

from ptygui.errors import InputError
from ptygui.gui.model.prepare_command import prepare_command, prepared_path
from ptygui.gui.parts import Parts
from ptygui.gui.wiring.runs import work_on
from ptygui.prepare.preparation import Preparation

if TYPE_CHECKING:
    from ptygui.gui.panels.preparation import PrepareDialog


def connect(w: Parts) -> None:
    """Connect panel, dialog and preparer."""
    Parts.prepare_dialog.once(w, partial(_dialog, w))
    w.scan_panel.preparation_requested.connect(partial(_show, w))
    w.request.source_changed.connect(lambda _: _take_source(w))
    _take_source(w)


def _dialog(w: Parts, dialog: "PrepareDialog") -> None:
    dialog.changed.connect(partial(_ask, w))
    dialog.closed.connect(w.preparer.forget)
    dialog.apply_requested.connect(partial(_apply, w))
    dialog.save_requested.connect(partial(_save, w))
    w.preparer.answered.connect(dialog.show_answer)


def _path(w: Parts) -> str:
    """The file of the active scan; empty if it is none that can be prepared."""
    source = w.request.source
    return source.path if source.path is not None and not source.bare else ""


def _take_source(w: Parts) -> None:
    path, dialog = _path(w), Parts.prepare_dialog.built(w)
    w.scan_panel.show_preparable(bool(path))
    if dialog is not None and dialog.isVisible() and path != dialog.path:
        dialog.close()


def _show(w: Parts) -> None:
    path, reading = _path(w), w.request.reading
    w.preparer.open(path, reading)
    w.prepare_dialog.open_scan(path, reading.get("preparation") or Preparation())
    w.prepare_dialog.show()
    w.prepare_dialog.raise_()


def _ask(w: Parts, preparation: Preparation, place: int) -> None:
    w.prepare_dialog.show_command(prepare_command(w.prepare_dialog.path, w.request.reading, preparation))
    w.preparer.ask(preparation, place)


def _reading(w: Parts, preparation: Preparation) -> dict[str, Any]:
    """How the opened scan is read with this preparation."""
    others = {name: value for name, value in w.request.reading.items() if name != "preparation"}
    return others | ({"preparation": preparation} if preparation.changed() else {})


def _apply(w: Parts, preparation: Preparation) -> None:
    w.jobs.start("preparing the scan", _applied(w, preparation))


async def _applied(w: Parts, preparation: Preparation) -> None:
    request, reading = w.request, _reading(w, preparation)
    path = request.opened_source.path
    scan = await request.read_again(**reading)
    if scan is not None:
        with w.undo.as_one(f"preparation of {scan.name}", lambda: request.source, partial(work_on, w)):
            request.set_scan(scan, path, reading)


def _save(w: Parts, preparation: Preparation) -> None:
    path, reading = w.prepare_dialog.path, _reading(w, preparation)
    out, _ = QFileDialog.getSaveFileName(
        w.prepare_dialog, "Save the prepared scan", str(prepared_path(path)), "Scans (*.h5 *.hdf5)"
    )
    if out:
        w.jobs.start(f"writing {Path(out).name}", _saved(w, path, reading, preparation, out))


async def _saved(w: Parts, path: str, reading: dict[str, Any], preparation: Preparation, out: str) -> None:
    from ptygui.files.scans import read_scan, write_scan

    read = path, reading.get("metadata"), preparation.mask, preparation.dark.partition("::")[0]
    if any(one and Path(one).resolve() == Path(out).resolve() for one in read):
        raise InputError(f"{out} is a file that the scan is read from: choose another name")
    scan = await w.jobs.in_thread(read_scan, path, **reading)
    written = await w.jobs.in_thread(write_scan, out, scan)
    w.session.noted.emit(f"written: {written}: {len(scan)} patterns of {scan.width} x {scan.width} px")
