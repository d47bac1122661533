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


def test_an_empty_list_says_that_it_is_read(qtbot, entries):
    from ptygui.gui.panels.priors import PriorsDialog

    dialog = PriorsDialog()
    qtbot.addWidget(dialog)
    dialog.show_reading()
    dialog.show_ranking(None, "There is no scan yet.")
    assert dialog.verdict.text() == "Reading the priors…"
    dialog.show_priors(entries, "generic")
    assert dialog.verdict.text() == "There is no scan yet."
    dialog.show_reading()  # opened again: what is listed stays
    assert dialog.verdict.text() == "There is no scan yet."


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


def test_a_ranking_that_was_ended_early_gives_no_verdict(dialog):
    dialog.show_ranking(ranking_of(("", 48.0, 0), done=False))
    assert "ended before all were tried" in dialog.verdict.text()


def test_ranking_is_asked_for_and_stopped(qtbot, dialog):
    dialog.show_ranking(None)
    with qtbot.waitSignal(dialog.measure_requested):
        qtbot.mouseClick(dialog.measure, LEFT)
    dialog.show_measuring(True)
    assert dialog.verdict.text() == "Ranking, preview 1 of 3…"
    with qtbot.waitSignal(dialog.stop_requested):
        qtbot.mouseClick(dialog.measure, LEFT)


@pytest.fixture
def ranker(qapp, prior_folder, monkeypatch, short_previews):
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


def test_the_users_folder_is_where_the_window_saves(qapp):
    from ptygui.gui.model.autosave import data_folder
    from ptygui.paths import user_priors

    names = qapp.applicationName(), qapp.organizationName()
    qapp.setApplicationName("ptygui")
    qapp.setOrganizationName("ptygui")
    try:
        assert user_priors() == data_folder() / "priors"
    finally:
        qapp.setApplicationName(names[0])
        qapp.setOrganizationName(names[1])


# ------------------------------------------------------------------ in the window


def test_the_chip_is_an_example_and_an_object(qtbot, new_window):
    window = new_window()
    window.show_welcome()
    qtbot.mouseClick(window.welcome.chip, LEFT)
    qtbot.waitUntil(lambda: window.request.scan is not None, timeout=20_000)
    assert window.request.scan.name == "example chip"
    assert window.request.scan.specimen == "chip"
    assert window.simulator.options.overlap == 0.2
    assert window.simulate_panel.kind.currentText() == "Chip"
    with qtbot.waitSignal(window.request.source_changed, timeout=20_000):
        window.simulate_panel.slider.setValue(16)  # a step of half the probe
    assert window.request.scan.specimen == "chip"
    with qtbot.waitSignal(window.simulator.object_changed, timeout=20_000):
        window.simulate_panel.kind.setCurrentIndex(0)
        window.simulate_panel.kind.activated.emit(0)
    assert window.simulator.specimen.kind == "blood smear"
    with qtbot.waitSignal(window.simulator.object_changed, timeout=20_000):
        window.undo.undo()
    assert window.simulator.specimen.kind == "chip"
    assert window.simulate_panel.kind.currentText() == "Chip"


def test_the_panel_says_which_prior_auto_is(qtbot, window, scan):
    from dataclasses import replace

    from ptygui.methods import DAPS, RPIE

    said = window.method_panel.prior
    assert not said.isVisible()
    window.request.set_method(DAPS())
    qtbot.waitUntil(lambda: "generic" in said.text() and "does not say" in said.text(), timeout=60_000)
    window.request.set_scan(replace(scan, specimen="blood smear"))
    qtbot.waitUntil(lambda: "blood-small" in said.text(), timeout=20_000)
    window.request.set_method(DAPS(prior="generic"))
    qtbot.waitUntil(lambda: "as chosen" in said.text(), timeout=20_000)
    window.request.set_method(RPIE())
    assert not window.method_panel.priors.isVisible()


def test_a_prior_is_chosen_from_the_list(qtbot, window, prior_folder):
    from ptygui.methods import DAPS

    window.recents.add(str(prior_folder), "prior")
    window.menus.actions["priors"].trigger()
    dialog = window.priors_dialog
    qtbot.waitUntil(lambda: str(prior_folder.name) in column(dialog, 1), timeout=60_000)
    row = column(dialog, 1).index(prior_folder.name)
    dialog.table.selectRow(row)
    qtbot.mouseClick(dialog.use, LEFT)
    assert window.request.method == DAPS(prior=str(prior_folder))
    window.undo.undo()
    assert window.request.method.asdict().get("prior") != str(prior_folder)


def test_a_scan_is_ranked_at_a_click_and_a_run_ends_it(qtbot, window, prior_folder, short_previews):
    from ptygui.methods import AWF

    dialog, ranker = window.priors_dialog, window.ranker
    window.recents.add(str(prior_folder), "prior")
    ranker.set_priors([str(prior_folder)])
    window.menus.actions["priors"].trigger()
    qtbot.waitUntil(lambda: dialog.table.rowCount() > 0, timeout=60_000)
    with qtbot.waitSignal(ranker.measuring_changed):
        qtbot.mouseClick(dialog.measure, LEFT)
    window.request.set_method(AWF(iterations=5))
    with qtbot.waitSignal(window.session.run_finished, timeout=60_000):
        window.launcher.run()
        assert not ranker.measuring  # the run did not wait for it
    with qtbot.waitSignal(ranker.measuring_changed, check_params_cb=lambda on: not on, timeout=60_000):
        qtbot.mouseClick(dialog.measure, LEFT)
    row = column(dialog, 1).index(prior_folder.name)
    assert dialog.table.item(row, 3).text()
    assert "AWF" in dialog.verdict.text()


def test_ranking_by_itself_is_remembered(window):
    from ptygui.gui.wiring import priors

    assert not window.ranker.automatic  # until the program starts
    priors.begin(window)
    assert window.ranker.automatic
    window.priors_dialog.automatic.click()
    assert not window.ranker.automatic
    priors.begin(window)
    assert not window.ranker.automatic
