"""Which runs can be judged."""

from dataclasses import replace

from ptygui.experiment.run import Run
from ptygui.gui.model.judger import why_not
from ptygui.methods import RPIE, Imported
from ptygui.scan import Geometry
from tests.conftest import step_of


def ended(scan, method=None, step=None):
    run = Run(1, scan, method or RPIE(), outcome="done")
    run.history.append(step or step_of(scan, 10, 10))
    return run


def test_a_result_with_its_patterns_can_be_judged_when_no_run_is_live(scan):
    assert why_not(ended(scan), live=False) == ""
    assert "no run is live" in why_not(ended(scan), live=True)
    assert "no result yet" in why_not(None, live=False)
    assert "no result yet" in why_not(Run(1, scan, RPIE()), live=False)


def test_why_others_cannot_be(scan):
    assert "no noise" in why_not(ended(replace(scan, noise="none")), live=False)
    assert "another program" in why_not(ended(scan, Imported()), live=False)
    names = ("positions", "probe", "object_shape")
    without = Geometry(**{name: getattr(scan, name) for name in names})
    assert "are not open" in why_not(ended(without, step=step_of(scan, 10, 10)), live=False)
