"""The list of runs: shown, sorted, renamed, queued, deleted as a user does."""

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QApplication, QLineEdit, QPushButton, QStyleOptionViewItem

from ptygui.experiment.settings import RunSettings
from ptygui.gui.model.simulator import EXAMPLE
from ptygui.gui.panels.runs import RunsPanel
from ptygui.gui.panels.runs_cells import (
    COLUMNS,
    EVALUATIONS,
    METHOD,
    MISFIT,
    NAME,
    NRMSE,
    NUMBER,
    OPTIONS,
    OVERLAP,
    SCAN,
    SECONDS,
    SSIM,
    STATE,
)
from ptygui.gui.panels.runs_table import RunsTable
from ptygui.gui.panels.runs_view import GAP
from ptygui.gui.widgets.plain import MessageBox
from ptygui.methods import AWF, DAPS, RPIE
from ptygui.physics.simulate import Simulation, simulate

SHIFT = Qt.KeyboardModifier.ShiftModifier


def finish(qtbot, session):
    qtbot.waitUntil(lambda: not session.live and not session.runs.queued, timeout=30_000)


@pytest.fixture
def panel(qtbot, session):
    """The list of a session with three runs, wired as in the window."""
    panel = RunsPanel()
    qtbot.addWidget(panel)
    panel.resize(900, 200)
    panel.show()
    session.runs_changed.connect(lambda: panel.show_runs(session.runs))
    session.runs_changed.connect(lambda: panel.show_undelete(session.runs.can_undelete))
    session.run_changed.connect(panel.show_run)
    session.selection.run_chosen.connect(panel.show_current)
    session.queue_held.connect(panel.show_held)
    panel.run_chosen.connect(session.selection.show_run)
    panel.rename_requested.connect(session.rename)
    panel.rerun_requested.connect(lambda runs: [session.rerun(run) for run in runs])
    panel.delete_requested.connect(session.delete)
    panel.undelete_requested.connect(session.undelete)
    panel.move_requested.connect(session.move)
    panel.start_queue_requested.connect(session.start_queue)
    for method in (AWF(iterations=4), RPIE(iterations=6, alpha=0.2), AWF(iterations=9)):
        session.enqueue(method, RunSettings("cpu"))
    finish(qtbot, session)
    return panel


def text(panel, row, column):
    return panel.sorted.index(row, column).data()


def click_row(qtbot, panel, row, modifier=Qt.KeyboardModifier.NoModifier):
    place = panel.view.visualRect(panel.sorted.index(row, STATE)).center()
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def test_rows_tell_what_was_run(panel, session):
    assert panel.sorted.rowCount() == 3
    last = session.runs[1].last
    assert text(panel, 1, METHOD) == "rpie"
    assert text(panel, 1, OVERLAP) == "62.5 %"
    assert text(panel, 1, OPTIONS) == "iterations 6, alpha 0.2"
    assert text(panel, 1, NRMSE) == f"{last.nrmse:.4f}"
    assert text(panel, 1, SSIM) == f"{last.ssim:.4f}"
    assert text(panel, 1, SECONDS) == f"{last.seconds:.1f}"
    assert text(panel, 1, EVALUATIONS) == "0"
    assert text(panel, 1, STATE) == "done"
    assert "3 runs" in panel.facts.text()


def test_clicking_a_row_shows_that_run(qtbot, panel, session):
    click_row(qtbot, panel, 0)
    assert session.selection.run is session.runs[0]
    assert session.selection.step is session.runs[0].last
    assert panel.sorted.index(0, 0).data(Qt.ItemDataRole.FontRole).bold()


def test_sorting_by_nrmse(qtbot, panel, session):
    panel.view.sortByColumn(NRMSE, Qt.SortOrder.AscendingOrder)
    scores = [float(text(panel, row, NRMSE)) for row in range(3)]
    assert scores == sorted(scores)
    click_row(qtbot, panel, 0)
    best = min(session.runs, key=lambda run: run.last.nrmse)
    assert session.selection.run is best


def test_rows_are_in_their_order_though_the_last_word_of_a_run_is_not_heard(panel, session):
    """The window hears one signal of each turn: that of a run that ended is lost to that of the next."""
    panel.view.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
    first = [text(panel, row, NUMBER) for row in range(3)]
    session.runs[int(first[0]) - 1].given_name = "zz"
    panel.show_runs(session.runs)
    assert [text(panel, row, NUMBER) for row in range(3)] == [*first[1:], first[0]]


def test_renaming(qtbot, panel, session):
    panel.view.setCurrentIndex(panel.sorted.index(0, NAME))
    qtbot.keyClick(panel.view, Qt.Key.Key_F2)
    editor = panel.view.viewport().findChild(QLineEdit)
    qtbot.keyClick(editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(editor, "first try")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.runs[0].given_name == "first try")
    assert text(panel, 0, NAME) == "first try"


def test_delete_and_undelete_by_key(qtbot, panel, session):
    click_row(qtbot, panel, 0)
    click_row(qtbot, panel, 1, Qt.KeyboardModifier.ControlModifier)
    assert len(panel.selected()) == 2
    panel.actions_by_name["delete"].trigger()
    assert panel.sorted.rowCount() == 1
    assert session.selection.run is session.runs[0]
    panel.actions_by_name["undelete"].trigger()
    assert panel.sorted.rowCount() == 3
    assert not panel.actions_by_name["undelete"].isEnabled()


def test_the_same_again(qtbot, panel, session):
    click_row(qtbot, panel, 1)
    panel.actions_by_name["rerun"].trigger()
    finish(qtbot, session)
    again = session.runs[3]
    assert again.method == session.runs[1].method
    assert again.last.nrmse == session.runs[1].last.nrmse


def test_the_queue_is_reordered_and_goes_on_after_a_stop(qtbot, panel, session):
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    for iterations in (3, 5):
        session.enqueue(AWF(iterations=iterations), RunSettings("cpu"))
    panel._select([session.runs[5]])
    panel.actions_by_name["up"].trigger()
    assert [run.method.iterations for run in session.runs.queued] == [5, 3]
    assert "2 queued" in panel.facts.text()
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.stop()
    assert panel.go.isVisible()
    qtbot.mouseClick(panel.go, Qt.MouseButton.LeftButton)
    finish(qtbot, session)
    assert not panel.go.isVisible()
    assert [run.outcome for run in session.runs] == ["done"] * 3 + ["stopped", "done", "done"]


def test_what_needs_runs_is_off_without_them(qtbot):
    panel = RunsPanel()
    qtbot.addWidget(panel)
    enabled = {name for name, action in panel.actions_by_name.items() if action.isEnabled()}
    assert enabled == {"queue", "seeds"}
    asked = QSignalSpy(panel.seeds_requested)
    panel.count.setValue(6)
    panel.actions_by_name["seeds"].trigger()
    assert list(asked[0]) == [6]


def test_model_is_sound(qtmodeltester, scan):
    from ptygui.experiment.run import Run

    table = RunsTable()
    table.show_runs([Run(1, scan, AWF()), Run(2, scan, RPIE(), outcome="failed", error="no")])
    qtmodeltester.check(table)


def test_a_prior_that_does_not_fit_is_warned_of(qtbot, window, prior_folder):
    """An untrained prior, followed for three levels, leaves far more than the noise."""
    session, banner = window.session, window.banner
    session.run(
        DAPS(
            prior=str(prior_folder), levels=3, data_steps=3, awf_iterations=3, start_unet=False,
            overrule=False,
        ),
        RunSettings("cpu"),
    )  # fmt: skip
    qtbot.waitUntil(banner.isVisible, timeout=60_000)
    assert "1 daps 62.5 %: The misfit is" in banner.label.text()
    assert "prior, probe or positions do not fit the data" in banner.label.text()  # AWF did not run yet
    assert "AWF" not in banner.label.text()
    assert banner.copy.isHidden()
    cell = lambda: window.runs_panel.sorted.index(0, MISFIT)  # noqa: E731
    qtbot.waitUntil(lambda: cell().data().endswith("⚠"))
    session.run(AWF(iterations=1000), RunSettings("cpu"))
    finish(qtbot, session)
    assert not banner.isVisible()
    said = " ".join(cell().data(Qt.ItemDataRole.ToolTipRole).split())
    assert "(AWF, which has no prior: 0." in said
    assert "the prior does not fit the data" in said
    assert "⚠" not in window.runs_panel.sorted.index(1, MISFIT).data()
    window.log.level.setCurrentIndex(1)  # warnings and worse
    assert "do not fit the data" in window.log.text.toPlainText()


def test_a_prior_that_fits_is_not_spoken_of(qtbot, window, prior_folder):
    session = window.session
    session.run(DAPS(prior=str(prior_folder), levels=20, start_unet=False), RunSettings("cpu"))
    finish(qtbot, session)
    assert not window.banner.isVisible()
    assert window.runs_panel.sorted.index(0, MISFIT).data() == f"{_chi(session.runs[0]):.2f}"


def test_fitted_noise_is_mentioned_in_the_list(qtbot, window, scan):
    """Without overlap there are fewer data than unknowns."""
    few = simulate(scan.truth, scan.probe, Simulation(overlap=0.0), name="few")
    session = window.session
    session.request.set_scan(few)
    session.run(AWF(iterations=400), RunSettings("cpu"))
    finish(qtbot, session)
    assert not window.banner.isVisible()
    cell = window.runs_panel.sorted.index(0, MISFIT)
    assert cell.data().endswith("↓")
    assert "fits their noise" in cell.data(Qt.ItemDataRole.ToolTipRole)
    assert "fits their noise" in window.statusBar().currentMessage()


def test_a_run_that_did_not_converge_is_marked_and_told_what_to_try(qtbot, window, scan):
    """A few sweeps leave a misfit far above what the data allow; many do not."""
    session, panel = window.session, window.runs_panel
    for iterations in (3, 600):
        session.run(RPIE(iterations=iterations), RunSettings("cpu"))
        finish(qtbot, session)
    cells = [panel.sorted.index(row, MISFIT) for row in range(2)]
    assert cells[0].data().endswith("⚠")
    assert "more iterations" in cells[0].data(Qt.ItemDataRole.ToolTipRole)
    assert cells[1].data() == f"{_chi(session.runs[1]):.2f}"
    assert not window.banner.isVisible()  # it is said in the status bar and in the list


def _chi(run):
    return run.last.misfit / run.last.noise_floor


def test_a_run_that_was_stopped_is_not_judged(qtbot, window, prior_folder):
    session = window.session
    session.run(DAPS(prior=str(prior_folder), levels=900, data_steps=3, start_unet=False), RunSettings("cpu"))
    qtbot.waitUntil(lambda: session.selection.history.last is not None, timeout=60_000)
    with qtbot.waitSignal(session.run_finished):
        session.stop()
    assert not window.banner.isVisible()
    assert "⚠" not in window.runs_panel.sorted.index(0, MISFIT).data()


# ---------------------------------------------------------------------- by keyboard alone


def test_the_list_by_keyboard_alone(qtbot, window):
    """Choose, delete, undo, order the queue, by keys in the list."""
    session, panel = window.session, window.runs_panel
    window.docks.show("runs")
    for iterations in (4, 6):
        session.enqueue(AWF(iterations=iterations), RunSettings("cpu"))
    finish(qtbot, session)
    panel.view.setFocus()
    panel.view.setCurrentIndex(panel.sorted.index(1, 0))
    qtbot.keyClick(panel.view, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: session.selection.run is session.runs[0])
    qtbot.keyClick(panel.view, Qt.Key.Key_Delete)
    assert [run.number for run in session.runs] == [2]
    qtbot.keyClick(panel.view, Qt.Key.Key_Delete, Qt.KeyboardModifier.ControlModifier | SHIFT)
    assert [run.number for run in session.runs] == [1, 2]
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    for iterations in (3, 5):
        session.enqueue(AWF(iterations=iterations), RunSettings("cpu"))
    panel.view.setCurrentIndex(panel.sorted.index(4, 0))
    qtbot.keyClick(panel.view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert [run.method.iterations for run in session.runs.queued] == [5, 3]
    assert [text(panel, row, NUMBER) for row in range(5)] == ["1", "2", "3", "5", "4"]
    panel.view.setCurrentIndex(panel.sorted.index(4, 0))
    qtbot.keyClick(panel.view, Qt.Key.Key_Delete)  # drops one from the queue
    assert [run.method.iterations for run in session.runs.queued] == [5]
    with qtbot.waitSignal(session.run_finished):
        session.stop()
    panel.go.setFocus()
    qtbot.keyClick(panel.go, Qt.Key.Key_Space)
    finish(qtbot, session)
    assert [run.outcome for run in session.runs] == ["done", "done", "stopped", "done"]


def test_a_run_is_duplicated_with_changes(qtbot, window):
    """Take options puts method and seed into the panels; a change there, and a new run."""
    session, panel = window.session, window.runs_panel
    session.run(RPIE(iterations=7, alpha=0.2), RunSettings("cpu", 3))
    finish(qtbot, session)
    window.request.set_method(AWF())
    window.run_panel.form.row("seed").setValue(0)
    panel._select([session.runs[0]])
    panel.actions_by_name["edit"].trigger()
    assert window.request.checked_method() == RPIE(iterations=7, alpha=0.2)
    window.method_panel.form.row("alpha").setValue(0.4)
    window.run_panel.form.row("device").setValue("cpu")
    qtbot.mouseClick(window.run_panel.run, Qt.MouseButton.LeftButton)
    finish(qtbot, session)
    assert session.runs[1].method == RPIE(iterations=7, alpha=0.4)
    assert session.runs[1].seed == 3
    assert panel.sorted.index(1, OPTIONS).data() == "iterations 7, alpha 0.4, seed 3"
    assert panel.selected() == [session.runs[1]]


def test_a_duplicate_is_of_the_scan_of_its_run(qtbot, window, scan):
    """Whatever the slider is at by then: of a simulated scan, and of one that came otherwise."""
    session, panel, simulate = window.session, window.runs_panel, window.simulate_panel
    with qtbot.waitSignal(session.request.source_changed, timeout=20_000):
        window.load_example()
    window.run_panel.form.row("device").setValue("cpu")
    example, taken = session.request.scan, panel.actions_by_name["edit"]
    session.run(AWF(iterations=3), RunSettings("cpu"))
    finish(qtbot, session)
    session.request.set_scan(scan)
    session.run(AWF(iterations=3), RunSettings("cpu"))
    finish(qtbot, session)
    with qtbot.waitSignal(session.request.source_changed, timeout=20_000):
        simulate.form.row("photons").setValue(777.0)
        simulate.overlap.setValue(60)
    simulate.overlap.setValue(70)  # and moves on
    for row, of, said in ((0, example, 38.0), (1, scan, 62.5)):
        panel._select([session.runs[row]])
        taken.trigger()
        assert session.request.scan is of
        assert simulate.overlap.value() == pytest.approx(said, abs=0.1)
        assert not window.simulator.pending
        qtbot.mouseClick(window.run_panel.run, Qt.MouseButton.LeftButton)
        finish(qtbot, session)
        assert session.runs[-1].scan is of
        if of is example:
            assert window.simulator.options == EXAMPLE
            assert simulate.form.row("photons").value() == 1e5
    with qtbot.waitSignal(session.request.source_changed, timeout=20_000) as changed:
        simulate.overlap.setValue(50)  # the slider goes on from it
    assert changed.args[0].scan.truth is scan.truth


def test_the_list_scrolls_to_the_run_that_is_shown_and_then_stays(qtbot, panel, session):
    for _ in range(12):
        session.enqueue(RPIE(iterations=2), RunSettings("cpu"))
    finish(qtbot, session)

    def seen(run):
        row = panel.view.visualRect(panel.sorted.index(session.runs._runs.index(run), NAME))
        return panel.view.viewport().rect().contains(row)

    newest, first = session.runs[14], session.runs[0]
    session.selection.show_run(newest)
    assert seen(newest)
    assert not seen(first)
    qtbot.keyClick(panel.view, Qt.Key.Key_Up)  # the keys go on from it
    assert session.selection.run is session.runs[13]
    panel.view.verticalScrollBar().setValue(0)
    session.rename(newest, "another")
    panel.show_runs(session.runs)
    assert seen(first)  # who looks elsewhere stays there
    session.selection.show_run(newest)
    assert seen(newest)
    session.enqueue(AWF(iterations=2), RunSettings("cpu"))
    finish(qtbot, session)
    session.selection.show_run(session.runs[15])
    assert seen(session.runs[15])


def test_a_name_has_the_width_that_is_free_and_is_cut_in_the_middle(qtbot, panel, session):
    run = session.runs[1]
    long = "a name " * 7 + "with its end"
    panel.resize(1900, 200)
    index = panel.sorted.index(1, NAME)
    with qtbot.waitSignal(panel.rename_requested):
        panel.sorted.setData(index, long)
    width = panel.view.columnWidth
    assert width(NAME) > panel.view.fontMetrics().horizontalAdvance(long)
    panel.resize(900, 200)
    qtbot.waitUntil(lambda: width(NAME) < panel.view.fontMetrics().horizontalAdvance(long))
    qtbot.waitUntil(lambda: panel.view.horizontalScrollBar().maximum() == 0)
    option = QStyleOptionViewItem()
    panel.view.itemDelegateForIndex(index).initStyleOption(option, index)
    assert option.textElideMode == Qt.TextElideMode.ElideMiddle
    for column in (NAME, OPTIONS):  # words stand apart from the number before them
        option, cell = QStyleOptionViewItem(), panel.sorted.index(1, column)
        panel.view.itemDelegateForIndex(cell).initStyleOption(option, cell)
        assert option.text == GAP + cell.data()
    assert long.strip() in index.data(Qt.ItemDataRole.ToolTipRole).replace("\n", " ")
    assert run.scan.name in index.data(Qt.ItemDataRole.ToolTipRole)
    panel.view.header().resizeSection(NAME, 222)  # as one drags it
    panel.resize(1900, 200)
    panel.show_runs(session.runs)
    assert width(NAME) == 222


def test_one_run_is_one_run(panel, session):
    panel.show_runs(session.runs[:1])
    assert panel.facts.text().startswith("1 run, ")
    panel.show_runs(session.runs)
    assert panel.facts.text().startswith(f"{len(session.runs)} runs, ")


@pytest.fixture
def two_runs(qtbot, window):
    """The list in front, with runs of 40 and of 5 steps; the second is shown."""
    for method in (RPIE(iterations=40), AWF(iterations=5)):
        window.session.enqueue(method, RunSettings("cpu"))
    finish(qtbot, window.session)
    window.docks.show("runs")
    qtbot.waitUntil(window.isActiveWindow)
    return window


def test_the_keys_of_the_timeline_work_from_the_list(qtbot, two_runs):
    window, look, view = two_runs, two_runs.session.selection, two_runs.runs_panel.view
    click_row(qtbot, window.runs_panel, 0)
    assert view.hasFocus()
    frames = look.run.history.frames
    for key, step in (
        (Qt.Key.Key_Home, frames[0]), (Qt.Key.Key_Right, frames[1]), (Qt.Key.Key_Left, frames[0]),
        (Qt.Key.Key_End, frames[-1]),
    ):  # fmt: skip
        qtbot.keyClick(view, key)
        qtbot.waitUntil(lambda step=step: window.object.step is step)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert look.run is window.session.runs[1]
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert look.run is window.session.runs[0]
    qtbot.waitUntil(lambda: window.object.step is look.step)
    qtbot.keyClick(view, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: window.timeline.place == 0)
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert window.timeline.playing
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert not window.timeline.playing


def test_a_name_that_is_typed_keeps_its_keys(qtbot, two_runs):
    window, look, view = two_runs, two_runs.session.selection, two_runs.runs_panel.view
    click_row(qtbot, window.runs_panel, 0)
    step = look.step
    view.setCurrentIndex(window.runs_panel.sorted.index(0, NAME))
    qtbot.keyClick(view, Qt.Key.Key_F2)
    (line,) = view.findChildren(QLineEdit)
    for name in ("Home", "Right", "Space", "L", "Left", "End"):
        qtbot.keyClick(line, getattr(Qt.Key, f"Key_{name}"))
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: look.run.name == "1 l rpie 62.5 %")
    assert look.step is step
    assert not window.timeline.playing


def test_the_runs_selected_are_drawn_over_one_another(qtbot, two_runs):
    window, session = two_runs, two_runs.session
    first, second = session.runs
    click_row(qtbot, window.runs_panel, 0)
    click_row(qtbot, window.runs_panel, 1, Qt.KeyboardModifier.ControlModifier)
    assert session.selection.run is first
    assert window.curves.others == [second]
    (line,) = window.curves.plots["nrmse"]._others
    np.testing.assert_allclose(line.getData()[1], np.log10(second.history.numbers["nrmse"]))
    assert second.name in window.curves.legend.text()
    click_row(qtbot, window.runs_panel, 1)
    assert session.selection.run is second
    assert window.curves.others == []


def test_the_list_is_sorted_by_keys(qtbot, two_runs):
    panel, alt = two_runs.runs_panel, Qt.KeyboardModifier.AltModifier
    panel.view.setFocus()
    for _ in range(NRMSE):
        qtbot.keyClick(panel.view, Qt.Key.Key_PageDown, alt)
    scores = [float(text(panel, row, NRMSE)) for row in range(2)]
    assert scores[0] < scores[1]
    qtbot.keyClick(panel.view, Qt.Key.Key_Home, alt)
    assert [float(text(panel, row, NRMSE)) for row in range(2)] == scores[::-1]
    for _ in range(NRMSE):
        qtbot.keyClick(panel.view, Qt.Key.Key_PageUp, alt)
    assert [text(panel, row, NUMBER) for row in range(2)] == ["1", "2"]


def test_a_name_that_is_typed_stays_while_runs_come_and_go(qtbot, two_runs):
    session, panel = two_runs.session, two_runs.runs_panel
    view = panel.view
    view.setFocus()
    view.setCurrentIndex(panel.sorted.index(1, NAME))
    qtbot.keyClick(view, Qt.Key.Key_F2)
    (line,) = view.findChildren(QLineEdit)
    line.selectAll()
    qtbot.keyClicks(line, "my ")
    session.enqueue(AWF(iterations=3), RunSettings("cpu"))
    finish(qtbot, session)
    assert panel.sorted.rowCount() == 3
    session.delete([session.runs[0]])
    assert panel.sorted.rowCount() == 2
    qtbot.keyClicks(QApplication.focusWidget(), "second")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [run.given_name for run in session.runs] == ["my second", ""])
    assert text(panel, 0, NAME) == "my second"


def test_a_name_stays_selected_until_it_is_typed_over(qtbot, two_runs):
    """Though the numbers of runs go on meanwhile."""
    session, view = two_runs.session, two_runs.runs_panel.view
    view.setFocus()
    view.setCurrentIndex(two_runs.runs_panel.sorted.index(1, NAME))
    qtbot.keyClick(view, Qt.Key.Key_F2)
    session.run_changed.emit(session.runs[1])
    session.enqueue(AWF(iterations=3), RunSettings("cpu"))
    finish(qtbot, session)
    qtbot.wait(50)
    qtbot.keyClicks(QApplication.focusWidget(), "second")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.runs[1].given_name == "second")


def test_columns_out_of_sight_come_by_keys(qtbot, two_runs):
    view = two_runs.runs_panel.view
    view.setFocus()
    bar = view.horizontalScrollBar()
    view.setColumnWidth(OPTIONS - 1, view.width())
    qtbot.waitUntil(lambda: bar.maximum() > 1)
    qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert bar.value() == 1
    qtbot.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert bar.value() == 0


@pytest.mark.parametrize("dock", ["curves", "residual", "probe"])
def test_the_keys_of_the_timeline_work_from_plots(qtbot, two_runs, dock):
    canvas = getattr(two_runs, dock).canvas
    two_runs.docks.show(dock)
    qtbot.waitUntil(canvas.isVisible)
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: two_runs.object.step is two_runs.session.selection.run.history.frames[0])


def test_space_presses_what_was_tabbed_to(qtbot, two_runs):
    view, align = two_runs.object, two_runs.object.align
    view.canvas.setFocus()
    qtbot.mouseClick(align, Qt.MouseButton.LeftButton, pos=align.rect().center() - align.rect().center() / 2)
    assert view.canvas.hasFocus()  # a click leaves Space to the timeline
    before = align.isChecked()
    align.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(align, Qt.Key.Key_Space)
    assert align.isChecked() != before
    assert not two_runs.timeline.playing


def test_columns_are_hidden_from_their_titles_or_the_menu_of_a_row(panel):
    view, menu = panel.view, panel.columns
    assert menu.menuAction() in view.actions()
    assert view.header().actions() == menu.actions()
    assert "name" not in menu.by_title
    before = view.columnWidth(NAME)
    for title in ("scan", "NRMSE", "options"):
        menu.by_title[title].trigger()
    assert menu.hidden() == ["scan", "NRMSE", "options"]
    assert [k for k in range(len(COLUMNS)) if view.isColumnHidden(k)] == [SCAN, NRMSE, OPTIONS]
    assert view.columnWidth(NAME) > before  # gets the room of the options
    assert view.header().length() == view.viewport().width()
    view.sortByColumn(MISFIT, Qt.SortOrder.AscendingOrder)
    for _ in range(5):  # from misfit: seconds, evaluations, from, number, name, past the hidden ones
        view._sort(1)
    assert view.header().sortIndicatorSection() == NAME
    menu.hide_only(())
    assert not any(view.isColumnHidden(column) for column in range(len(COLUMNS)))
    assert view.columnWidth(NAME) == before


def test_hidden_columns_are_remembered_until_settings_are_reset(new_window):
    window = new_window()
    window.runs_panel.columns.by_title["SSIM"].trigger()
    window.close()
    window = new_window()
    assert window.runs_panel.columns.hidden() == ["SSIM"]
    assert window.runs_panel.view.isColumnHidden(SSIM)
    window.menus.actions["reset_settings"].trigger()
    (box,) = window.findChildren(MessageBox)
    box.button(MessageBox.StandardButton.Reset).click()
    assert window.runs_panel.columns.hidden() == []


def test_the_run_button_has_room_for_the_name_of_the_scan(window):
    run = window.run_panel.run
    run.setText("Run daps on example blood smear")
    assert QPushButton.text(run) == "Run daps on example blood smear"
