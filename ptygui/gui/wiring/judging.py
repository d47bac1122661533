"""Wiring of the judging of a run: the button in the header, and who learns what was found."""

from functools import partial

from ptygui.experiment.assessment import assessment_of
from ptygui.experiment.run import Run
from ptygui.gui.model.judger import why_not
from ptygui.gui.parts import Parts


def connect(w: Parts) -> None:
    """Connect header and judger; a run that begins ends the judging of another."""
    judger, session = w.judger, w.session
    w.header.judging_requested.connect(partial(_toggle, w))
    judger.changed.connect(partial(_show, w))
    judger.judged.connect(partial(_tell, w))
    judger.failed.connect(lambda error: w.log.add(f"the run was not judged: {error}", "error"))
    session.run_started.connect(lambda _: judger.stop())
    session.selection.run_chosen.connect(lambda _: _show(w))
    session.state_changed.connect(lambda _: _show(w))
    session.run_finished.connect(lambda _: _show(w))
    _show(w)


def _toggle(w: Parts) -> None:
    run = w.session.selection.run
    if w.judger.run is not None:
        w.judger.stop()
    elif run is not None and not why_not(run, w.session.live):
        w.judger.judge(run)


def _show(w: Parts) -> None:
    doing = w.judger.doing
    w.header.show_judging(doing, "" if doing else why_not(w.session.selection.run, w.session.live))


def _tell(w: Parts, run: Run) -> None:
    """Show the verdict wherever the run is; say it if it is not good."""
    w.session.run_changed.emit(run)
    found = assessment_of(run, w.session.runs)
    told = f"{run.name}: {found.text}"
    (w.session.warned if found.grade == "bad" else w.session.noted).emit(told)
