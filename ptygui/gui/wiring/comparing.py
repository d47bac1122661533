"""Wiring of the pages Comparison and Deviations."""

from functools import partial

import pyqtgraph as pg
from PyQt6.QtCore import Qt

from ptygui.experiment.run import Run
from ptygui.gui.model.averager import groups_of, images_of
from ptygui.gui.model.comparable import choices_of
from ptygui.gui.pages import COMPARISON, DEVIATIONS
from ptygui.gui.parts import Parts
from ptygui.gui.views.pair import MODES
from ptygui.gui.widgets.menus import when_on

LETTERS = ("swap", "ramp", "shift", "profile", "frc")


def connect(w: Parts) -> None:
    """Connect the two pages of a window."""
    _comparison(w)
    _deviations(w)
    _menus(w)


def _comparison(w: Parts) -> None:
    view, comparer, session = w.compare, w.comparer, w.session
    view.comparison_requested.connect(comparer.compare)
    view.correlation_requested.connect(comparer.correlate)
    view.choices_requested.connect(lambda: _offer(w))
    comparer.compared.connect(view.show_compared)
    comparer.correlated.connect(view.show_frc)
    comparer.refused.connect(view.frc.show_problem)
    view.profile.csv_requested.connect(partial(w.exporter.ask_table, "profile"))
    view.frc.csv_requested.connect(partial(w.exporter.ask_table, "frc"))
    w.runs_panel.compare_requested.connect(partial(_compare_runs, w))
    w.proxies += [
        pg.SignalProxy(signal, rateLimit=5, threadSafe=False, slot=lambda args: _offer(w))
        for signal in (
            session.runs_changed,
            session.run_changed,
            session.selection.run_chosen,
            session.selection.step_shown,
        )
    ]


def _offer(w: Parts) -> None:
    """Update the choices to compare, while the page is in front."""
    session = w.session
    if w.compare.isVisible():
        current = session.selection.run and ("run", session.selection.run.number)
        w.compare.show_choices(
            choices_of(session.runs, session.selection.run, session.selection.step), current
        )


def _compare_runs(w: Parts, runs: list[Run]) -> None:
    """Compare the first two runs that have a result, or the only one with its truth."""
    keys = [("run", run.number) for run in runs if run.last is not None][:2]
    if keys:
        w.show_page(COMPARISON)
        _offer(w)
        w.compare.pick(keys[0] if len(keys) > 1 else None, keys[-1])


def _deviations(w: Parts) -> None:
    view, session = w.deviations, w.session
    view.average_requested.connect(w.banner.guarded(w.averager.average))
    view.groups_requested.connect(lambda: _offer_seeds(w))
    w.averager.averaged.connect(view.show_averaged)
    w.runs_panel.ensemble_requested.connect(w.banner.guarded(partial(_average_runs, w)))
    w.proxies += [
        pg.SignalProxy(signal, rateLimit=2, threadSafe=False, slot=lambda args: _offer_seeds(w))
        for signal in (session.runs_changed, session.run_changed, session.selection.run_chosen)
    ]


def _offer_seeds(w: Parts) -> None:
    """Update the groups to average, while the page is in front."""
    if w.deviations.isVisible():
        w.deviations.drop_gone(w.session.runs)
        w.deviations.show_groups(groups_of(w.session.runs), w.session.selection.run)


def _average_runs(w: Parts, runs: list[Run]) -> None:
    images_of(runs)  # raises an error that says what is wrong with them
    w.show_page(DEVIATIONS)
    w.deviations.pick(runs)


def _menus(w: Parts) -> None:
    view, actions = w.compare, w.menus.actions
    for part in ("both", "amplitude", "phase"):
        for each in (view, w.deviations):
            actions[part].toggled.connect(partial(when_on, each.set_parts, part))
    for each in (view, w.deviations):
        actions["fit"].triggered.connect(each.grid.fit)
    for name in (*MODES, *LETTERS):  # keys of this page only: elsewhere letters search lists
        actions[name].setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        view.addAction(actions[name])
        actions[name].triggered.connect(partial(w.show_page, COMPARISON))
    view.mode_changed.connect(lambda mode: actions[mode].setChecked(True))
    for name, box in (
        ("ramp", view.ramp), ("shift", view.shift), ("profile", view.profile_box), ("frc", view.frc_box)
    ):  # fmt: skip
        actions[name].toggled.connect(box.setChecked)
        box.toggled.connect(actions[name].setChecked)
