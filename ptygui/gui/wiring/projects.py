"""Wiring of projects and unsaved sessions."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import QTimer

from ptygui.errors import InputError
from ptygui.gui.model.autosave import Left
from ptygui.gui.model.request import Source
from ptygui.gui.parts import Parts
from ptygui.gui.wiring.panel_options import panel_options, put_panel_options
from ptygui.gui.wiring.runs import choose, work_on
from ptygui.gui.wiring.title import show_title

if TYPE_CHECKING:
    from ptygui.files.project import Project, ScansLost


def connect(w: Parts) -> None:
    """Connect projects and recovery with the session and the panels."""
    projects, recovery, session = w.projects, w.autosave, w.session
    projects.opened.connect(partial(_put_project, w))
    projects.result_opened.connect(partial(choose, w))
    projects.saved.connect(lambda path: w.recents.add(path, "project"))
    projects.file_read.connect(w.recents.add)
    projects.changed.connect(partial(show_title, w))
    projects.noted.connect(session.noted)
    projects.lost.connect(partial(_ask_for_lost, w))
    session.run_started.connect(lambda _: recovery.begin_run())
    session.run_finished.connect(lambda _: recovery.keep())
    recovery.noted.connect(session.noted)
    recovery.offered.connect(partial(_ask_to_recover, w))
    recovery.restored.connect(
        lambda project: projects.take_over(project, otherwise=partial(recovery.take_back, project))
    )
    projects.opened.connect(recovery.begin_anew)
    for bringing in (projects, recovery):  # requests made meanwhile would be lost with the present state
        bringing.begun.connect(w.deferred.begin)
        bringing.given_up.connect(w.deferred.end)
    projects.opened.connect(w.deferred.end)
    w.deferred.noted.connect(session.noted)


def project_of(w: Parts) -> "Project":
    """Everything that a window works on, safe to read in a thread."""
    from ptygui.files.project import Project

    session = w.session
    runs = session.runs.snapshot()
    return Project(
        runs=runs,
        scan=w.request.scan,
        scan_path=w.request.path,
        readings=w.request.readings_of([*(run.scan for run in runs), w.request.scan]),
        current=None if session.selection.run is None else session.selection.run.number,
        index=None if session.selection.step is None else session.selection.step.index,
        settings=panel_options(w),
        layout=w.docks.state(),
    )


def recover(w: Parts) -> None:
    """Look for unsaved sessions, and report if there are none."""
    if not w.autosave.search():
        w.banner.show_note("There is no unsaved session.")


def own_layout(w: Parts) -> None:
    """Restore the user's layout instead of that of a project."""
    w.docks.give_back()
    w.menus.actions["own_layout"].setEnabled(False)


def leave(w: Parts) -> None:
    """When the window closes: keep unsaved runs, or let the user save them if that fails."""
    w.projects.finish()
    try:
        w.autosave.close(unsaved=w.projects.unsaved > 0)
    except InputError as error:
        w.projects.save_at_last(error)


def _put_project(w: Parts, project: "Project") -> None:
    """Set panels and docks as in a project; the session has taken over its runs."""
    w.launcher.forget_waiting()
    w.simulator.drop_asked()
    refused = put_panel_options(w, project.settings)
    shown = w.session.selection.run
    if project.scan is None and shown is not None:  # the active scan is lost
        work_on(w, Source(shown.scan, shown.scan_path))
    if _borrow_layout(w, project.layout):
        w.menus.actions["own_layout"].setEnabled(True)
        name = "the session" if w.projects.path is None else Path(w.projects.path).name
        said = f"the docks are as saved in {name}: “Back to my layout” (Ctrl+Alt+L) restores yours"
        QTimer.singleShot(0, partial(w.session.noted.emit, said))  # after the notes for the banner
    w.undo.clear()
    w.show_pictures()
    notes = [*project.notes, *refused]
    if notes:
        w.banner.show_note("; ".join(notes))


def _borrow_layout(w: Parts, layout: dict[str, Any]) -> bool:
    """Show the layout of a project, if it has a valid one; returns whether docks have moved."""
    try:
        return bool(layout) and w.docks.borrow(layout)
    except InputError as error:
        w.log.add(f"the docks stay where they are: {error}", "warning")
        return False


def _ask_for_lost(w: Parts, path: str, error: "ScansLost") -> None:
    """Offer to look for the missing scans of a project."""
    w.banner.ask(
        str(error),
        (
            ("Find…", partial(w.projects.find_lost, path, error)),
            ("Open without", partial(w.projects.read, path, without_lost=True)),
        ),
    )


def _ask_to_recover(w: Parts, left: Left) -> None:
    """Offer an earlier session that was not saved."""
    restore = partial(w.autosave.restore, left)
    w.banner.ask(
        left.text,
        (
            ("Restore", partial(w.projects.leave_runs, restore, w.autosave.offer)),
            ("Discard", partial(w.autosave.discard, left)),
        ),
    )
