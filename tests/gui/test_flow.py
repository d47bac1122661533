"""From data to an answer: steps that fold, the header over the pictures, and a stop that is taken back."""

from dataclasses import replace

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QPalette

from ptygui.experiment.assessment import Assessment, assessment_of
from ptygui.experiment.run import Run
from ptygui.gui.files.words import WordsDialog, glossary
from ptygui.gui.panels.runs_cells import MISFIT
from ptygui.gui.views.header import RunHeader
from ptygui.gui.widgets import style
from ptygui.gui.wiring import flow
from ptygui.methods import RPIE
from tests.conftest import step_of

LEFT = Qt.MouseButton.LeftButton


def test_steps_fold_and_show_only_what_the_source_needs(qtbot, window, scan):
    steps = window.flow.steps
    assert [step.title for step in steps.values()] == [
        "1  Data", "2  Probe", "3  Overlap", "4  Method and prior", "5  Run"
    ]  # fmt: skip
    assert not window.probe_panel.isVisible()
    qtbot.mouseClick(steps["probe"].head, LEFT)
    assert window.probe_panel.isVisible()
    window.docks.show("method")
    assert window.method_panel.isVisible()
    qtbot.mouseClick(steps["method"].head, LEFT)
    assert not window.method_panel.isVisible()
    window.load_example()
    qtbot.waitUntil(lambda: window.request.scan is not None, timeout=20_000)
    window.docks.show("scan")  # in a low window it is shut once there is a scan
    assert window.simulate_panel.object_row.isVisible()
    window.request.set_scan(scan, "measured.h5")
    assert not window.simulate_panel.object_row.isVisible()
    assert not window.simulate_panel.button.isVisible()
    assert steps["scan"].summary.text() == scan.name


def test_the_header_tells_figures_verdict_and_words(qtbot, window, scan):
    run = Run(1, scan, RPIE(iterations=50), outcome="done")
    run.history.append(step_of(scan, 50, 50))
    window.request.set_scan(scan)
    window.session.add_run(run)
    header, step = window.header, run.last
    qtbot.waitUntil(lambda: "step 50 of 50" in header.about.text())
    assert float(header.figures["nrmse"].text()) == pytest.approx(step.nrmse, rel=0.01)
    assert float(header.figures["misfit"].text()) == pytest.approx(step.misfit / step.noise_floor, rel=0.01)
    assert header.verdict.text() == assessment_of(run, [run]).word != ""
    assert header.left.text().startswith("done in")
    qtbot.mouseClick(header.help, LEFT)
    (dialog,) = window.findChildren(WordsDialog)
    assert "below 0.05 is very good" in dialog.text.toPlainText()
    assert "D90" in glossary()
    dialog.close()


def test_a_run_is_judged_at_a_click_and_the_verdict_is_shown_everywhere(qtbot, window, scan):
    """Not while there is no result, nor beside a run; what is found stays with the run."""
    header, judger = window.header, window.judger
    assert not header.measure.isEnabled()
    window.request.set_scan(replace(scan, truth=None))
    window.request.set_method(RPIE(iterations=20))
    with qtbot.waitSignal(window.session.run_finished, timeout=60_000):
        window.launcher.run()
    (run,) = window.session.runs
    qtbot.waitUntil(header.measure.isEnabled)
    qtbot.mouseClick(header.measure, LEFT)
    assert header.measure.text() == "Judging 1…"
    qtbot.mouseClick(header.measure, LEFT)  # ends it
    assert run.judged is None
    assert header.measure.text() == "Judge"
    with qtbot.waitSignal(judger.judged, timeout=60_000):
        qtbot.mouseClick(header.measure, LEFT)
    found = assessment_of(run, [run])
    assert "is expected" in found.why
    assert header.verdict.text() == found.word
    cell = window.runs_panel.sorted.index(0, MISFIT)
    assert found.why.split() == cell.data(Qt.ItemDataRole.ToolTipRole).split()
    with qtbot.waitSignal(window.session.run_finished, timeout=60_000):
        judger.judge(run)
        window.launcher.run()  # a run does not wait for it
        assert judger.run is None
    assert run.judged is not None


def test_a_long_run_that_was_stopped_goes_on(qtbot, window, scan, monkeypatch):
    monkeypatch.setattr(flow, "LONG", 0.0)
    window.request.set_scan(scan)
    window.request.set_method(RPIE(iterations=10_000_000))
    session = window.session
    window.run_panel.run.click()
    qtbot.waitUntil(lambda: session.live and session.live_run.last is not None, timeout=60_000)
    run = session.live_run
    window.run_panel.stop.click()
    qtbot.waitUntil(lambda: "was stopped after" in window.banner.label.text(), timeout=20_000)
    reached = run.last.index
    qtbot.mouseClick(window.banner.choices[0], LEFT)
    qtbot.waitUntil(lambda: session.live_run is run and run.last.index > reached, timeout=20_000)
    window.run_panel.stop.click()
    qtbot.waitUntil(lambda: not session.live, timeout=20_000)
    assert len(session.runs) == 1


@pytest.mark.parametrize("dark", [True, False])
def test_verdicts_are_readable_in_both_themes(qtbot, dark):
    header, tone = RunHeader(), style.tone(dark)
    qtbot.addWidget(header)
    for kind in ("good", "doubtful", "bad", ""):
        header.judge(Assessment("word", kind))
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Window, QColor(tone.window))
        palette.setColor(QPalette.ColorRole.WindowText, QColor(tone.text))
        header.setPalette(palette)  # after the verdict: it follows the theme
        colour = header.verdict.palette().color(header.verdict.foregroundRole()).name()
        assert style.contrast(colour, tone.window) >= style.LEAST
