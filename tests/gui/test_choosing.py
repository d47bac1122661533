"""One scan in sight: whichever run is chosen, and however, every panel tells of the scan that it is of."""

import threading
from dataclasses import replace
from html import escape

import numpy as np
import pytest
from conftest import history_of
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QPushButton

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.files.formats.own_scan import write_scan
from ptygui.files.result import Result
from ptygui.files.results import write_result
from ptygui.gui.model import simulator
from ptygui.gui.model.specimen import NamedProbe, Recipe
from ptygui.gui.pages import OVERLAP
from ptygui.gui.panels.runs_cells import STATE
from ptygui.gui.wiring.projects import project_of
from ptygui.methods import AWF, RPIE, Imported
from ptygui.physics.probe import make_probe

LEFT = Qt.MouseButton.LeftButton


def finish(qtbot, session):
    qtbot.waitUntil(lambda: not session.live and not session.runs.queued, timeout=30_000)


def sees(qtbot, window, scan, name, kind):
    """Wait until every panel tells of a scan, whose probe and positions no other one in these tests has."""
    bar, request = window.source_bar, window.request
    qtbot.waitUntil(lambda: request.scan is scan)
    qtbot.waitUntil(lambda: bar.told.text().startswith(f"{name} · "))
    assert (bar.simulation.isChecked(), bar.opened.isChecked()) == (kind == "simulated", kind == "opened")
    qtbot.waitUntil(lambda: f" {len(scan)} positions, " in bar.told.text())
    assert window.run_panel.run.text() == f"Run {request.method.key()} on {request.scan.name}"
    qtbot.waitUntil(lambda: window.map._footprints.shape == scan.object_shape)
    qtbot.waitUntil(lambda: len(window.map._footprints.centres) == len(scan))
    qtbot.waitUntil(lambda: f"<b>{escape(scan.name)}</b>" in window.scan_panel.found.text())
    qtbot.waitUntil(lambda: window.probe.summary.width == scan.width)
    qtbot.waitUntil(lambda: not len(window.jobs))
    assert window.probe.summary.width == scan.width
    assert len(window.map._footprints.centres) == len(scan)
    assert window.residual.scan is scan
    assert window.object.scan is scan
    panel, thins = window.simulate_panel, kind == "opened"
    assert panel.slider.isEnabled() == panel.overlap.isEnabled() == (kind != "result")
    assert panel.why.isHidden() == (kind != "result")  # and how to get to a simulation is said
    assert panel.object_size.isEnabled() == panel.form.isEnabled() == (kind == "simulated")
    assert panel.stack.currentWidget() is (panel.thinning if thins else panel.form)
    length = scan.width if thins else window.simulator.probe.shape[-1]  # all are kept at a step of 0
    asked = 1.0 if thins else window.simulator.options.overlap
    assert (panel.slider.minimum() == 0, panel.slider.maximum()) == (thins, length)
    assert panel.overlap.value() == pytest.approx(100 * asked, abs=0.1)
    assert window.probe_panel.apply.isEnabled() == (kind == "opened")


def shows(qtbot, window, run):
    """Wait until the pictures are those of a run."""
    qtbot.waitUntil(lambda: window.session.selection.run is run)
    qtbot.waitUntil(lambda: window.object.step is run.last)
    assert window.object.named.text() == f"run {run.name}"
    assert window.curves.run is run
    qtbot.waitUntil(lambda: window.residual.step is run.last)


@pytest.fixture
def both(qtbot, window, scan, tmp_path):
    """A run of the example, and one of a scan that was opened; the second is shown."""
    few = np.flatnonzero(scan.positions.max(1) < 12)
    star = replace(scan, truth=None, name="star", patterns=scan.patterns[few], positions=scan.positions[few])
    path = write_scan(tmp_path / "star.h5", star)
    with qtbot.waitSignal(window.request.source_changed, timeout=20_000):
        window.load_example()
    session = window.session
    session.run(RPIE(iterations=3), RunSettings("cpu", 5))
    finish(qtbot, session)
    with qtbot.waitSignal(window.request.opened, timeout=20_000):
        window.open(str(path))
    window.request.set_method(AWF(iterations=4))
    session.run(AWF(iterations=4), RunSettings("cpu"))
    finish(qtbot, session)
    window.docks.show("runs")
    return window


def test_runs_are_chosen_by_keys_between_a_simulation_and_an_opened_scan(qtbot, both):
    window, panel = both, both.runs_panel
    simulated, opened = window.session.runs
    assert simulated.name == f"1 rpie {100 * simulated.overlap:.1f} % of {simulated.scan.name}"
    assert opened.name == f"2 awf {100 * opened.overlap:.1f} % of star"
    sees(qtbot, window, opened.scan, "star", "opened")
    panel.view.setFocus()
    for _ in range(2):
        qtbot.keyClick(panel.view, Qt.Key.Key_Up)
        shows(qtbot, window, simulated)
        sees(qtbot, window, simulated.scan, simulated.scan.name, "simulated")
        assert (window.request.method, window.request.settings.seed) == (simulated.method, 5)
        assert window.simulate_panel.overlap.value() == pytest.approx(38, abs=0.1)
        qtbot.keyClick(panel.view, Qt.Key.Key_Down)
        shows(qtbot, window, opened)
        sees(qtbot, window, opened.scan, "star", "opened")
        assert (window.request.method, window.request.settings.seed) == (opened.method, 0)


def test_a_choice_is_one_step_to_undo_with_its_scan(qtbot, both):
    window, (simulated, opened) = both, both.session.runs
    undo, before = window.undo, both.request.settings.seed
    count = undo.count()
    window.runs_panel._select([])
    window.runs_panel.run_chosen.emit(simulated)
    assert undo.count() == count + 1
    undo.undo()
    sees(qtbot, window, opened.scan, "star", "opened")
    assert (window.request.method, window.request.settings.seed) == (opened.method, before)
    undo.redo()
    sees(qtbot, window, simulated.scan, simulated.scan.name, "simulated")
    assert (window.request.method, window.request.settings.seed) == (simulated.method, 5)
    window.runs_panel.run_chosen.emit(opened)
    undo.undo()
    sees(qtbot, window, simulated.scan, simulated.scan.name, "simulated")
    assert not window.simulator.pending  # the scan that there was, not another of the same options


def test_another_run_is_looked_at_while_one_is_live(qtbot, both):
    window, session = both, both.session
    simulated, opened = session.runs
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    live = session.runs[2]
    qtbot.waitUntil(lambda: live.last is not None, timeout=20_000)
    window.runs_panel.view.setCurrentIndex(window.runs_panel.sorted.index(0, STATE))
    shows(qtbot, window, simulated)
    sees(qtbot, window, simulated.scan, simulated.scan.name, "simulated")
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.stop()
    shows(qtbot, window, simulated)
    sees(qtbot, window, simulated.scan, simulated.scan.name, "simulated")
    assert live.scan is opened.scan


def test_a_queued_run_of_another_scan_does_not_take_the_pictures(qtbot, both):
    window, session = both, both.session
    simulated = session.runs[0]
    said = []
    session.noted.connect(said.append)
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    session.enqueue(AWF(iterations=3), RunSettings("cpu"))
    window.runs_panel.run_chosen.emit(simulated)
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.driver.stop()  # as it ends by itself: the queue goes on
    finish(qtbot, session)
    assert session.runs[3].outcome == "done"
    assert "run 4 awf" in next(text for text in said if "has begun" in text)
    shows(qtbot, window, simulated)
    sees(qtbot, window, simulated.scan, simulated.scan.name, "simulated")


def test_where_the_run_that_is_shown_goes_nothing_of_another_scan_comes(qtbot, both):
    window, session = both, both.session
    simulated, opened = session.runs
    session.delete([opened])
    assert session.selection.run is None
    sees(qtbot, window, opened.scan, "star", "opened")
    window.runs_panel.run_chosen.emit(simulated)
    session.undelete()
    shows(qtbot, window, simulated)
    sees(qtbot, window, simulated.scan, simulated.scan.name, "simulated")


def test_a_dot_of_a_sweep_brings_its_scan(qtbot, both, scan):
    window, session, view = both, both.session, both.sweep_view
    swept = simulate_at(session.runs[0].scan, 0.5)
    run = Run(0, swept, AWF(iterations=3), RunSettings("cpu"), sweep=1, outcome="done")
    run.history = session.runs[0].history
    session.add_runs([run])
    window.show_page(OVERLAP)
    qtbot.waitUntil(lambda: len(view.plot.dots) == 1)
    qtbot.wait(50)  # the plot takes its size
    at = view.plot.mapFromScene(view.plot.plot.vb.mapViewToScene(QPointF(*view.plot.dots[0][:2])))
    qtbot.mouseClick(view.plot.viewport(), LEFT, pos=at)
    qtbot.waitUntil(lambda: session.selection.run is run)
    sees(qtbot, window, swept, swept.name, "simulated")
    assert window.runs_panel.open_sweeps() == [1]
    assert window.runs_panel.selected() == [run]
    assert window.request.method == AWF(iterations=3)
    assert window.simulate_panel.overlap.value() == pytest.approx(50, abs=0.1)


def simulate_at(scan, overlap):
    from ptygui.physics.simulate import Simulation, simulate

    return simulate(scan.truth, scan.probe, Simulation(overlap=overlap), name=scan.name)


def open_result(qtbot, window, path):
    with qtbot.waitSignal(window.projects.result_opened, timeout=20_000):
        window.open(str(path), "result")
    return window.session.runs[-1]


def test_a_result_without_patterns_is_looked_at_and_not_run(qtbot, both, scan, tmp_path):
    window, session = both, both.session
    opened = session.runs[1]
    gone = replace(scan, name="gold")
    run = Run(1, gone, AWF(iterations=3), history=history_of(gone, 3), outcome="done")
    path = write_result(tmp_path / "gold.h5", Result.of_run(run))
    window.runs_panel.run_chosen.emit(opened)
    run = open_result(qtbot, window, path)
    assert not run.scan.has_patterns
    shows(qtbot, window, run)
    sees(qtbot, window, run.scan, f"{run.scan.name} (a result without its patterns)", "result")
    assert "none: a result" in window.scan_panel.found.text()
    window.docks.show("residual")
    assert window.residual.facts.text() == "a result without its diffraction patterns"
    assert [image.image for image in window.residual.images] == [None] * 3
    assert not window.residual.worst.isEnabled()
    mended = lambda: [b.text() for b in window.checklist.findChildren(QPushButton)]  # noqa: E731
    qtbot.waitUntil(lambda: mended() == ["Open its scan"])
    count = len(session.runs)
    window.docks.show("run")
    qtbot.mouseClick(window.run_panel.run, LEFT)
    assert "without its diffraction patterns" in window.banner.label.text()
    assert len(session.runs) == count
    qtbot.mouseClick(window.source_bar.opened, LEFT)
    sees(qtbot, window, opened.scan, "star", "opened")
    assert "photons" in window.residual.facts.text()
    assert window.residual.images[0].image is not None
    assert session.selection.run is None
    window.runs_panel.run_chosen.emit(run)
    sees(qtbot, window, run.scan, f"{run.scan.name} (a result without its patterns)", "result")
    qtbot.mouseClick(window.source_bar.simulation, LEFT)
    sees(qtbot, window, window.request.simulated_scan, window.request.scan.name, "simulated")


def test_a_result_of_another_program_is_of_the_opened_scan_that_it_fits(qtbot, both, tmp_path):
    window, session = both, both.session
    simulated, opened = session.runs
    result = replace(Result.of_run(opened), method="", options={}, past=())
    path = write_result(tmp_path / "theirs.h5", result)
    window.runs_panel.run_chosen.emit(simulated)
    run = open_result(qtbot, window, path)
    assert isinstance(run.method, Imported)
    for _ in range(2):
        shows(qtbot, window, run)
        sees(qtbot, window, opened.scan, "star", "opened")
        assert run.scan_path == opened.scan_path
        assert window.request.method == simulated.method  # there is none of ours to bring
        window.runs_panel.run_chosen.emit(simulated)
        sees(qtbot, window, simulated.scan, simulated.scan.name, "simulated")
        window.runs_panel.run_chosen.emit(run)


def test_the_page_of_sweeps_says_what_it_is_of(qtbot, both, scan, tmp_path):
    """The opened scan is thinned; where there is only a result, sweeps are of simulations."""
    window, (simulated, opened) = both, both.session.runs
    name, said = simulated.scan.name, window.sweep_panel.said
    assert "of star, thinned" in said.text()
    window.runs_panel.run_chosen.emit(simulated)
    assert f" overlaps of {name}," in said.text()
    window.runs_panel.run_chosen.emit(opened)
    assert "of star, thinned" in said.text()
    gone = replace(scan, name="gold")
    run = Run(1, gone, AWF(iterations=3), history=history_of(gone, 3), outcome="done")
    open_result(qtbot, window, write_result(tmp_path / "gold.h5", Result.of_run(run)))
    qtbot.waitUntil(lambda: f" overlaps not of gold but of simulations of {name}," in said.text())


def row_of(panel, run):
    return panel.view.visualRect(panel._index(run).siblingAtColumn(STATE)).center()


def test_the_row_of_a_run_brings_its_scan_again_though_it_is_selected(qtbot, both):
    window, panel, (simulated, opened) = both, both.runs_panel, both.session.runs
    qtbot.mouseClick(window.source_bar.simulation, LEFT)
    qtbot.waitUntil(lambda: window.request.scan is simulated.scan)
    assert panel.selected() == []  # nothing of its curves stays with another scan
    qtbot.mouseClick(panel.view.viewport(), LEFT, pos=row_of(panel, opened))
    shows(qtbot, window, opened)
    sees(qtbot, window, opened.scan, "star", "opened")
    qtbot.mouseClick(panel.view.viewport(), LEFT, pos=row_of(panel, simulated))
    sees(qtbot, window, simulated.scan, simulated.scan.name, "simulated")
    with qtbot.waitSignal(window.request.source_changed, timeout=20_000):
        window.simulate_panel.overlap.setValue(60)
    shows(qtbot, window, simulated)  # of the same object
    count = window.undo.count()
    qtbot.mouseClick(panel.view.viewport(), LEFT, pos=row_of(panel, simulated))
    sees(qtbot, window, simulated.scan, simulated.scan.name, "simulated")
    assert window.simulate_panel.overlap.value() == pytest.approx(38, abs=0.1)
    assert window.undo.count() == count + 1


def test_options_that_are_changed_stay_where_the_shown_run_is_clicked(qtbot, both):
    window, panel, opened = both, both.runs_panel, both.session.runs[1]
    shows(qtbot, window, opened)
    window.method_panel.form.row("iterations").setValue(7)
    qtbot.mouseClick(panel.view.viewport(), LEFT, pos=row_of(panel, opened))
    assert window.request.method == AWF(iterations=7)


def test_the_opened_scan_stays_where_it_is_chosen_while_a_simulation_is_on_its_way(qtbot, both, monkeypatch):
    window, opened = both, both.session.runs[1]
    may, simulate = threading.Event(), simulator.simulate
    monkeypatch.setattr(simulator, "simulate", lambda *a, **k: may.wait(20) and simulate(*a, **k))
    window.simulator.set_probe(NamedProbe(make_probe("disk", 32), "disk"))  # there is no scan with it
    qtbot.mouseClick(window.source_bar.simulation, LEFT)
    assert window.simulator.pending
    qtbot.mouseClick(window.source_bar.opened, LEFT)
    may.set()
    sees(qtbot, window, opened.scan, "star", "opened")
    assert not window.simulator.automatic


def test_back_to_a_simulation_that_cannot_be_as_it_is_asked_for(qtbot, both):
    window, (simulated, opened) = both, both.session.runs
    window.runs_panel.run_chosen.emit(simulated)
    with qtbot.waitSignal(window.request.source_changed, timeout=20_000):
        window.simulator.set_probe(NamedProbe(make_probe("disk", 8), "disk"))
    window.simulate_panel.overlap.setValue(90)
    assert "at least 1 px" in window.simulate_panel.problem.text()
    window.runs_panel.run_chosen.emit(opened)
    sees(qtbot, window, opened.scan, "star", "opened")
    qtbot.mouseClick(window.source_bar.simulation, LEFT)
    qtbot.waitUntil(lambda: window.request.source.simulated)
    assert window.simulate_panel.overlap.isEnabled()
    assert "at least 1 px" in window.simulate_panel.problem.text()
    window.runs_panel.run_chosen.emit(simulated)  # whose options can be
    sees(qtbot, window, simulated.scan, simulated.scan.name, "simulated")
    assert window.simulate_panel.problem.isHidden()


def test_a_simulation_that_fails_leaves_the_opened_scan_in_work(qtbot, both, monkeypatch):
    def fail(*_, **__):
        raise InputError("no such scan")

    window, opened = both, both.session.runs[1]
    window.simulator.set_options(replace(window.simulator.options, photons=1e6))  # of no scan
    monkeypatch.setattr(simulator, "simulate", fail)
    with qtbot.waitSignal(window.jobs.failed, timeout=20_000):
        qtbot.mouseClick(window.source_bar.simulation, LEFT)
    sees(qtbot, window, opened.scan, "star", "opened")
    assert not window.simulator.automatic


def test_a_choice_takes_back_an_object_that_is_on_its_way(qtbot, both, monkeypatch):
    window, (simulated, _) = both, both.session.runs
    window.runs_panel.run_chosen.emit(simulated)
    may, make = threading.Event(), Recipe.make
    monkeypatch.setattr(Recipe, "make", lambda recipe: may.wait(20) and make(recipe))
    window.simulator.make_object(64, 3)
    window.runs_panel.run_chosen.emit(simulated)
    may.set()
    sees(qtbot, window, simulated.scan, simulated.scan.name, "simulated")
    assert window.request.scan is simulated.scan


def test_a_run_in_place_of_a_live_one_is_of_the_scan_that_was_in_work_when_it_was_asked_for(qtbot, both):
    window, session = both, both.session
    simulated, opened = session.runs
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    qtbot.waitUntil(lambda: session.runs[2].last is not None, timeout=20_000)
    session.run(AWF(iterations=3), RunSettings("cpu"))  # once the live one has ended
    window.runs_panel.run_chosen.emit(simulated)
    finish(qtbot, session)
    qtbot.waitUntil(lambda: len(session.runs) == 4)
    finish(qtbot, session)
    assert session.runs[3].scan is opened.scan
    assert session.runs[3].number == 4


def test_a_scan_of_a_sweep_names_its_object_without_the_overlap(qtbot, both):
    window, session = both, both.session
    first = session.runs[0].scan
    swept = replace(simulate_at(first, 0.5), name=f"{first.name}, 50.0 %", truth=first.truth.copy())
    run = Run(0, swept, AWF(iterations=3), RunSettings("cpu"), sweep=1, outcome="done")
    run.history = session.runs[0].history
    session.add_runs([run])
    window.runs_panel.run_chosen.emit(run)
    qtbot.waitUntil(lambda: window.request.scan is swept)
    with qtbot.waitSignal(window.request.source_changed, timeout=20_000):
        window.simulate_panel.overlap.setValue(60)
    assert window.request.scan.name == first.name


def test_undo_of_the_overlap_leaves_the_panels_to_the_opened_scan(qtbot, both):
    window, (simulated, opened) = both, both.session.runs
    window.runs_panel.run_chosen.emit(simulated)
    with qtbot.waitSignal(window.request.source_changed, timeout=20_000):
        window.simulate_panel.overlap.setValue(60)
    qtbot.mouseClick(window.source_bar.opened, LEFT)
    window.undo.undo()
    assert window.simulator.options.overlap == pytest.approx(0.38, abs=0.001)
    sees(qtbot, window, opened.scan, "star", "opened")  # whole: the slider is its own
    qtbot.mouseClick(window.source_bar.simulation, LEFT)
    qtbot.waitUntil(lambda: len(window.request.scan) == len(simulated.scan))
    assert window.simulate_panel.overlap.value() == pytest.approx(38, abs=0.1)
    sees(qtbot, window, window.request.scan, simulated.scan.name, "simulated")


@pytest.mark.parametrize("which", [0, 1])
def test_a_project_whose_scan_in_work_is_lost_works_on_that_of_the_run_it_shows(
    qtbot, both, new_window, which
):
    runs = list(both.session.runs)
    project = replace(project_of(both), scan=None, scan_path=None, current=runs[which].number)
    window = new_window()
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        window.projects.take_over(project)
    run = window.session.runs[which]
    shows(qtbot, window, run)
    sees(qtbot, window, run.scan, run.scan.name, ("simulated", "opened")[which])


def test_a_scan_that_is_opened_takes_the_pictures_from_a_run_that_is_not_the_live_one(qtbot, both):
    window, session, (simulated, opened) = both, both.session, both.session.runs
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    live = session.runs[2]
    qtbot.waitUntil(lambda: live.last is not None, timeout=20_000)
    window.runs_panel.run_chosen.emit(simulated)
    shows(qtbot, window, simulated)
    qtbot.mouseClick(window.source_bar.opened, LEFT)
    assert session.selection.run is None
    sees(qtbot, window, opened.scan, "star", "opened")
    window.runs_panel.run_chosen.emit(live)
    qtbot.mouseClick(window.source_bar.simulation, LEFT)
    qtbot.waitUntil(lambda: window.request.source.simulated)
    assert session.selection.run is live  # which is followed to its end
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.stop()
    qtbot.waitUntil(lambda: session.selection.run is None)
    sees(qtbot, window, window.request.scan, simulated.scan.name, "simulated")
    assert "has ended: choose it in the list" in window.log.lines[-1][1]
