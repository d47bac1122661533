"""Wiring of batches: which folder, by which method, and what comes of each scan."""

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PyQt6.QtWidgets import QFileDialog

from ptygui.experiment.thinning import Thinning
from ptygui.gui.parts import Parts

if TYPE_CHECKING:
    from ptygui.files.batch import BatchPlan
    from ptygui.gui.panels.batch import BatchDialog


def connect(w: Parts) -> None:
    """Connect dialog, batcher and menu."""
    Parts.batch_dialog.once(w, partial(_dialog, w))
    w.menus.connect(batch=partial(_show, w))
    w.batcher.failed.connect(w.banner.show_error)
    w.batcher.finished.connect(lambda outcome: w.session.noted.emit(f"batch {outcome}"))


def _dialog(w: Parts, dialog: "BatchDialog") -> None:
    dialog.folder_requested.connect(partial(_ask_folder, w))
    dialog.results_requested.connect(partial(_ask_results, w))
    dialog.start_requested.connect(w.banner.guarded(partial(_start, w)))
    dialog.stop_requested.connect(w.batcher.stop)
    dialog.result_chosen.connect(partial(w.opening.open, kind="result"))
    w.batcher.progressed.connect(dialog.show_progress)
    w.batcher.finished.connect(lambda outcome: dialog.show_live(False, outcome))
    for changed in (w.request.method_changed, w.request.settings_changed, w.request.source_changed):
        changed.connect(lambda *_: _tell(w))


def _show(w: Parts) -> None:
    _tell(w)
    w.batch_dialog.show()
    w.batch_dialog.raise_()


def _ask_folder(w: Parts) -> None:
    path = QFileDialog.getExistingDirectory(w.batch_dialog, "A folder with scans", _folder(w) or "")
    if path:
        w.jobs.start(f"looking through {Path(path).name}", _look(w, path))


async def _look(w: Parts, path: str) -> None:
    from ptygui.files.batch import scans_in

    unknown = "layout" in _reading(w, Path(path))
    w.batch_paths = await asyncio.to_thread(scans_in, path, unknown)
    w.batch_results = None
    _tell(w)


def _ask_results(w: Parts) -> None:
    path = QFileDialog.getExistingDirectory(w.batch_dialog, "Where results are written", _folder(w) or "")
    if path:
        w.batch_results = Path(path)
        _tell(w)


def _folder(w: Parts) -> str:
    return str(w.batch_paths[0].parent) if w.batch_paths else ""


def _reading(w: Parts, folder: Path) -> dict[str, Any]:
    """How its scans are read: as the opened one, if that is one of them. What is of that one alone is not."""
    opened = w.request.opened_source.path
    if opened is None or Path(opened).absolute().parent != folder.absolute():
        return {}
    reading = w.request.reading
    return {
        name: value
        for name, value in reading.items()
        if name != "metadata" and (name != "probe" or isinstance(value, str))
    }


def _plan(w: Parts) -> "BatchPlan":
    """The plan of the present folder, method and settings."""
    from ptygui.files.batch import BatchPlan
    from ptygui.files.scans import read_scan

    folder, method = Path(_folder(w)), w.request.checked_method()
    thinning = w.request.thinning if w.request.source.opened else Thinning()
    results = w.batch_results or folder / f"ptygui-{method.key()}"
    read = partial(read_scan, **_reading(w, folder))
    return BatchPlan(w.batch_paths, read, method, w.request.checked_settings(), results, thinning)


def _tell(w: Parts) -> None:
    """Show what a batch would do; what has been done stays in sight while nothing else is asked for."""
    dialog = Parts.batch_dialog.built(w) or w.batch_dialog
    if w.batcher.live:
        return
    if not w.batch_paths:
        dialog.show_plan("", "", "", ())
        return
    plan, reading = _plan(w), _reading(w, Path(_folder(w)))
    words = [f"{plan.method.label} with its present options, seed {plan.settings.seed}"]
    words += [f"read as {Path(w.request.opened_source.path or '').name}"] if reading else []
    words += [f"thinned to {plan.thinning.text}"] if plan.thinning.thins else []
    dialog.show_plan(_folder(w), str(plan.folder), ", ".join(words), plan.rows)


def _start(w: Parts) -> None:
    from ptygui.files.batch import BatchProgress

    plan = _plan(w)
    w.batch_dialog.show_live(True)
    w.batch_dialog.show_progress(BatchProgress(plan.rows, 0.0, 0.0, "beginning"))
    w.batcher.start(plan)
