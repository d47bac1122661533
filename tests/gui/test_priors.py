"""The list of priors, and their ranking behind the runs, as a user meets them."""

import numpy as np
import pytest
from PyQt6.QtCore import Qt

pytest.importorskip("PyQt6")

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def entries(prior_folder):
    from ptygui.prior.catalogue import entry_of

    return [entry_of("generic"), entry_of(prior_folder)]


@pytest.fixture
def dialog(qtbot, entries):
    from ptygui.gui.panels.priors import PriorsDialog

    dialog = PriorsDialog()
    qtbot.addWidget(dialog)
    dialog.show_priors(entries, entries[1].name)
    dialog.show()
    return dialog


def ranking_of(*scores, done=True):
    """A ranking with these (prior, deviance, standard error)."""
    from ptygui.experiment.ranking import Candidate, Ranking
    from ptygui.methods import AWF

    best = scores[0][1]
    candidates = tuple(Candidate(name, AWF(), value, 1.0, value - best, se) for name, value, se in scores)
    return Ranking(candidates, (), 1000, 25, 3.0, done)


def column(dialog, place):
    return [dialog.table.item(row, place).text() for row in range(dialog.table.rowCount())]


def test_the_list_says_what_each_prior_is(dialog, entries):
    assert column(dialog, 1) == ["generic", entries[1].title]
    assert column(dialog, 2) == ["anything", "not stated"]
    assert column(dialog, 5)[1] == "not measured"
    assert not dialog.table.item(0, 0).icon().isNull()
    assert dialog.table.item(1, 0).icon().isNull()  # its folder has no picture
    assert dialog.selected() == entries[1]


def test_a_prior_is_chosen_by_a_click(qtbot, dialog, entries):
    rect = dialog.table.visualItemRect(dialog.table.item(0, 1))
    qtbot.mouseClick(dialog.table.viewport(), LEFT, pos=rect.center())
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.mouseClick(dialog.use, LEFT)
    assert chosen.args == ["generic"]
    assert not dialog.isVisible()
    dialog.show()
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.mouseClick(dialog.auto, LEFT)
    assert chosen.args == ["auto"]


def test_scores_are_beside_the_names_with_the_reason(dialog, entries):
    other = entries[1].name
    dialog.show_ranking(ranking_of(("generic", 1.2, 0), (other, 1.25, 0.1), ("", 30.0, 1.0)))
    assert column(dialog, 3) == ["1.2  best", "1.25  as good"]
    assert "generic is best" in dialog.verdict.text()
    dialog.show_ranking(ranking_of(("", 1.1, 0), ("generic", 1.9, 0.1)))
    assert column(dialog, 3) == ["1.9", ""]
    assert "No prior beats AWF" in dialog.verdict.text()
    dialog.show_ranking(None, "There is no scan yet.")
    assert column(dialog, 3) == ["", ""]
    assert dialog.verdict.text() == "There is no scan yet."
    assert not dialog.measure.isEnabled()


def test_ranking_is_asked_for_and_stopped(qtbot, dialog):
    dialog.show_ranking(None)
    with qtbot.waitSignal(dialog.measure_requested):
        qtbot.mouseClick(dialog.measure, LEFT)
    dialog.show_measuring(True)
    assert dialog.verdict.text() == "Ranking, preview 1 of 3…"
    with qtbot.waitSignal(dialog.stop_requested):
        qtbot.mouseClick(dialog.measure, LEFT)


@pytest.fixture
def ranker(qapp, prior_folder, monkeypatch):
    from ptygui.gui.model import ranker as module

    monkeypatch.setattr(module, "QUIET", 10)
    ranker = module.Ranker()
    ranker.set_priors([str(prior_folder)])
    yield ranker
    ranker.close()


def ended(scan, method=None, outcome="done"):
    from ptygui.experiment.run import Run
    from ptygui.methods import DAPS

    return Run(1, scan, method or DAPS(), outcome=outcome)


def test_the_ranker_measures_a_scan(qtbot, ranker, scan, prior_folder):
    with qtbot.waitSignal(ranker.measuring_changed, check_params_cb=lambda on: not on, timeout=60_000):
        ranker.measure(scan, "cpu")
    found = ranker.of(scan)
    assert found.done
    assert {c.prior for c in found.candidates} == {"", str(prior_folder)}
    assert all(np.isfinite(c.deviance) for c in found.candidates)


def test_it_follows_a_run_with_a_prior_once(qtbot, ranker, scan):
    from ptygui.methods import AWF

    ranker.follow(ended(scan))
    assert not ranker._rest.isActive()  # it is not automatic yet
    ranker.automatic = True
    for run in (ended(scan, AWF()), ended(scan, outcome="stopped")):
        ranker.follow(run)
        assert not ranker._rest.isActive()
    with qtbot.waitSignal(ranker.measuring_changed, check_params_cb=lambda on: not on, timeout=60_000):
        ranker.follow(ended(scan))
    assert ranker.of(scan).done
    ranker.follow(ended(scan))
    assert not ranker._rest.isActive()


def test_it_stops_at_once_and_keeps_nothing_half_done(qtbot, ranker, scan):
    ranker.measure(scan, "cpu")
    assert ranker.measuring
    thread = ranker._thread
    with qtbot.waitSignal(ranker.measuring_changed, check_params_cb=lambda on: not on):
        ranker.stop()
    assert thread.wait(20_000)
    assert not ranker.measuring
    known = ranker.of(scan)
    assert known is None or not known.done
