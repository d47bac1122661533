"""Wiring of what is copied of a run: the script and the commands that make it again."""

from functools import partial

from PyQt6.QtGui import QGuiApplication

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.gui.model.copied_run import command_of, script_of
from ptygui.gui.model.scan_recipe import ScanRecipe
from ptygui.gui.parts import Parts
from ptygui.gui.widgets.certain import certain


def connect(w: Parts) -> None:
    """Connect the two actions of the menus, and of the list of runs."""
    python, command = (w.banner.guarded(partial(act, w)) for act in (_copy_python, _copy_command))
    w.runs_panel.python_requested.connect(python)
    w.runs_panel.command_requested.connect(command)
    w.menus.connect(
        copy_python=lambda: python(_chosen(w)),
        copy_command=lambda: command(_chosen(w)),
    )


def _chosen(w: Parts) -> list[Run]:
    """The selected runs, or the shown one."""
    shown = w.session.selection.run
    return w.runs_panel.selected() or ([] if shown is None else [shown])


def recipe_of(w: Parts, run: Run) -> ScanRecipe:
    """How the scan of a run came about, as far as the window knows."""
    if run.scan in w.launcher.starts:
        raise InputError(
            f"{run.name} began with the object of another step: export that result, and give it with --start"
        )
    made = w.simulator.made(run.scan)
    if made is not None and run.scan_path is None:
        return ScanRecipe(made=made)
    reading = w.request.reading_of(run.scan)
    return ScanRecipe(path=run.scan_path, reading=reading, thinning=w.thinner.thinning_of(run.scan))


def _copy_python(w: Parts, runs: list[Run]) -> None:
    _copy(w, runs, "Python", [script_of(run, recipe_of(w, run), w.session.runs) for run in runs])


def _copy_command(w: Parts, runs: list[Run]) -> None:
    _copy(w, runs, "commands", [command_of(run, recipe_of(w, run)) for run in runs])


def _copy(w: Parts, runs: list[Run], what: str, texts: list[str]) -> None:
    if not runs:
        raise InputError("there is no run to copy: run a method first")
    certain(QGuiApplication.clipboard()).setText("\n".join(texts))
    w.session.noted.emit(f"copied as {what}: {', '.join(run.name for run in runs)}")
