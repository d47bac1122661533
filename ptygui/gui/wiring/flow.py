"""Wiring of the column of steps and of the header: what each step comes to, and what the shown run does."""

from functools import partial

from PyQt6.QtCore import QTimer

from ptygui.experiment.assessment import assessment_of
from ptygui.experiment.run import Run
from ptygui.gui.files.words import WordsDialog
from ptygui.gui.model.quantities import clock
from ptygui.gui.parts import Parts

LONG = 60.0  # seconds of a run, from which stopping it can be taken back


def connect(w: Parts) -> None:
    """Connect summaries, header and what follows a stop."""
    steps, request = w.flow.steps, w.request
    request.source_changed.connect(lambda _: _summarise_data(w))
    w.simulator.probe_changed.connect(lambda named: steps["probe"].show_summary(named.name))
    request.source_changed.connect(lambda _: _summarise_probe(w))
    request.method_changed.connect(lambda method: steps["method"].show_summary(method.label))
    w.summaries.surveyed.connect(lambda _: steps["simulate"].show_summary(w.simulate_panel.reached.text()))
    w.session.state_changed.connect(lambda state: steps["run"].show_summary("" if state == "idle" else state))
    steps["method"].show_summary(request.method.label)
    w.header.words_requested.connect(lambda: WordsDialog(w).open())
    w.session.selection.run_chosen.connect(lambda _: judge(w))
    w.session.run_changed.connect(partial(_judge_shown, w))
    w.session.run_finished.connect(lambda outcome: _offer_to_continue(w, outcome))


def _summarise_data(w: Parts) -> None:
    scan = w.request.scan
    if scan is not None and not w.flow.steps["scan"].summary.text():  # the first one
        w.flow.shut_what_is_done()
    w.flow.steps["scan"].show_summary("" if scan is None else scan.name)


def _summarise_probe(w: Parts) -> None:
    source = w.request.source
    if not source.simulated and source.scan is not None:
        w.flow.steps["probe"].show_summary(f"of {source.scan.name}")
    else:
        w.flow.steps["probe"].show_summary(w.simulator.named_probe.name)


def judge(w: Parts) -> None:
    """Show the verdict on the shown run."""
    w.header.judge(assessment_of(w.session.selection.run, w.session.runs))


def _judge_shown(w: Parts, run: Run) -> None:
    if run is w.session.selection.run:
        judge(w)


def _offer_to_continue(w: Parts, outcome: str) -> None:
    """A run that took long was stopped: it can go on from where it was."""
    runs = [run for run in w.session.runs if run.outcome == "stopped" and run.last is not None]
    run = max(runs, key=lambda run: run.number, default=None)
    if outcome != "stopped" or run is None or run.seconds < LONG or run.automatic:
        return
    text = f"Run {run.name} was stopped after {clock(run.seconds)}. Its steps are kept."
    # later: the run that replaces it puts banners away when it begins
    QTimer.singleShot(0, lambda: w.banner.ask(text, [("Continue it", partial(_continue, w, run))]))


def _continue(w: Parts, run: Run) -> None:
    w.session.continue_run(run)
