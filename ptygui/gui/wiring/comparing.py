"""Wiring of the pages Comparison and Deviations."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import pyqtgraph as pg
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QCheckBox

from ptygui.experiment.run import Run
from ptygui.gui.model.averager import groups_of, images_of
from ptygui.gui.model.comparable import MODES, choices_of
from ptygui.gui.pages import COMPARISON, DEVIATIONS
from ptygui.gui.parts import Parts
from ptygui.gui.widgets.menus import when_on

if TYPE_CHECKING:
    from ptygui.gui.views.compare import CompareView
    from ptygui.gui.views.deviations import DeviationsView

_SWITCHES: "dict[str, Callable[[CompareView], QCheckBox]]" = {
    "ramp": lambda view: view.ramp,
    "shift": lambda view: view.shift,
    "profile": lambda view: view.profile_box,
    "frc": lambda view: view.frc_box,
}
LETTERS = ("swap", *_SWITCHES)


def connect(w: Parts) -> None:
    """Connect the two pages of a window."""
    Parts.compare.once(w, partial(_comparison, w))
    Parts.deviations.once(w, partial(_deviations, w))
    _menus(w)
    session = w.session
    w.runs_panel.compare_requested.connect(partial(_compare_runs, w))
    w.runs_panel.ensemble_requested.connect(w.banner.guarded(partial(_average_runs, w)))
    w.proxies += [
        pg.SignalProxy(signal, rateLimit=5, threadSafe=False, slot=lambda args: _offer(w))
        for signal in (
            session.runs_changed,
            session.run_changed,
            session.selection.run_chosen,
            session.selection.step_shown,
        )
    ]
    w.proxies += [
        pg.SignalProxy(signal, rateLimit=2, threadSafe=False, slot=lambda args: _offer_seeds(w))
        for signal in (session.runs_changed, session.run_changed, session.selection.run_chosen)
    ]


def _comparison(w: Parts, view: "CompareView") -> None:
    comparer, actions = w.comparer, w.menus.actions
    view.comparison_requested.connect(comparer.compare)
    view.correlation_requested.connect(comparer.correlate)
    view.choices_requested.connect(lambda: _offer(w))
    comparer.compared.connect(view.show_compared)
    comparer.correlated.connect(view.show_frc)
    comparer.refused.connect(view.frc.show_problem)
    view.profile.csv_requested.connect(partial(w.exporter.ask_table, "profile"))
    view.frc.csv_requested.connect(partial(w.exporter.ask_table, "frc"))
    for name in (*MODES, *LETTERS):  # keys of this page only: elsewhere letters search lists
        view.addAction(actions[name])
    view.mode_changed.connect(lambda mode: actions[mode].setChecked(True))
    actions[view.grid.mode].setChecked(True)  # a project may have said which
    for name, box in _SWITCHES.items():
        box(view).toggled.connect(actions[name].setChecked)
        actions[name].setChecked(box(view).isChecked())
    _follow_object(w, view)
    if w.kept_choice:
        view.pick(**w.kept_choice)


def _follow_object(w: Parts, view: "CompareView | DeviationsView") -> None:
    """Show the parts and the phases that are chosen for the pictures of a step."""
    for part in ("both", "amplitude", "phase"):
        w.menus.actions[part].toggled.connect(partial(when_on, view.set_parts, part))
        when_on(view.set_parts, part, w.menus.actions[part].isChecked())
    w.menus.actions["fit"].triggered.connect(view.grid.fit)
    w.object.circle.toggled.connect(view.set_circle)
    view.set_circle(w.object.circle.isChecked())


def _offer(w: Parts) -> None:
    """Update the choices to compare, while the page is in front."""
    session, view = w.session, Parts.compare.built(w)
    if view is not None and view.isVisible():
        current = session.selection.run and ("run", session.selection.run.number)
        view.show_choices(choices_of(session.runs, session.selection.run, session.selection.step), current)


def _compare_runs(w: Parts, runs: list[Run]) -> None:
    """Compare the first two runs that have a result, or the only one with its truth."""
    keys = [("run", run.number) for run in runs if run.last is not None][:2]
    if keys:
        w.show_page(COMPARISON)
        _offer(w)
        w.compare.pick(keys[0] if len(keys) > 1 else None, keys[-1])


def _deviations(w: Parts, view: "DeviationsView") -> None:
    view.average_requested.connect(w.banner.guarded(w.averager.average))
    view.groups_requested.connect(lambda: _offer_seeds(w))
    w.averager.averaged.connect(view.show_averaged)
    _follow_object(w, view)


def _offer_seeds(w: Parts) -> None:
    """Update the groups to average, while the page is in front."""
    view = Parts.deviations.built(w)
    if view is not None and view.isVisible():
        view.drop_gone(w.session.runs)
        view.show_groups(groups_of(w.session.runs), w.session.selection.run)


def _average_runs(w: Parts, runs: list[Run]) -> None:
    images_of(runs)  # raises an error that says what is wrong with them
    w.show_page(DEVIATIONS)
    w.deviations.pick(runs)


def _menus(w: Parts) -> None:
    for name in (*MODES, *LETTERS):
        w.menus.actions[name].setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        w.menus.actions[name].triggered.connect(partial(w.show_page, COMPARISON))
    for name, box in _SWITCHES.items():
        w.menus.actions[name].toggled.connect(lambda on, box=box: box(w.compare).setChecked(on))
