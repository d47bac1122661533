"""A sweep over more than the page's boxes: options of a method, objects, scans; files; rows; copies."""

import re
from itertools import pairwise

import numpy as np
import pytest
from conftest import small_object
from copied import run_commands, run_script
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QDialogButtonBox, QFileDialog

from ptygui import write_scan
from ptygui.experiment.thinning import Thinning
from ptygui.gui.pages import OVERLAP, STEPS
from ptygui.gui.parts import FRAME
from ptygui.gui.views.sweep_table import entries_of
from ptygui.methods import AWF, RPIE
from ptygui.physics.overlap import Acquisition
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.tasks.plans import SweepPlan
from ptygui.tasks.progress import Progress

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot, window, tmp_path, monkeypatch):
    """The page Overlap, set to AWF at two overlaps of a small procedural object."""
    monkeypatch.chdir(tmp_path)
    window.request.change_settings(device="cpu", seed=3)
    window.request.set_method(AWF(iterations=4))
    (tmp_path / "first.toml").write_text(
        'methods = ["awf:iterations=4"]\nobject = "smear:2:64"\nprobe_width = 16\nfrom = 0.5\nto = 0.75\n'
        "by = 0.25\n[simulation]\nphotons = 1e4\nseed = 5\n"
    )
    window.show_page(OVERLAP)
    window.opening.take([str(tmp_path / "first.toml")])
    qtbot.waitUntil(lambda: "of smear 2" in window.sweep_panel.said.text(), timeout=20_000)
    return window


def typed(qtbot, line, text):
    line.setFocus()
    line.selectAll()
    qtbot.keyClick(line, Qt.Key.Key_Backspace)
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)


def sweep(qtbot, window, count):
    with qtbot.waitSignal(window.sweeper.finished, timeout=60_000) as end:
        qtbot.mouseClick(window.sweep_panel.start, LEFT)
    assert end.args == ["done"]
    qtbot.waitUntil(lambda: sum(len(p.runs) for c in window.sweep_view.curves for p in c.places) == count)


def shown(table, column):
    """The texts of a column of the rows, as they are sorted."""
    model = table.model()
    names = [model.headerData(k, Qt.Orientation.Horizontal) for k in range(model.columnCount())]
    return [model.index(row, names.index(column)).data() for row in range(model.rowCount())]


def test_options_objects_and_seeds_are_one_sweep_whose_runs_can_be_copied(qtbot, page):
    panel, view, session = page.sweep_panel, page.sweep_view, page.session
    assert panel.further.isHidden()
    qtbot.mouseClick(panel.further.unfold, LEFT)
    page.request.set_method(RPIE(iterations=3, alpha=0.3))
    qtbot.mouseClick(panel.further.method, LEFT)
    assert panel.further.lines["more"].text() == "rpie:iterations=3,alpha=0.3"
    typed(qtbot, panel.further.lines["more"], "awf:iterations=6; rpie:iterations=3,alpha=0.3")
    typed(qtbot, panel.further.lines["also"], "chip:4:64")
    panel.seeds.setValue(2)
    qtbot.waitUntil(lambda: "24 runs" in panel.said.text(), timeout=20_000)
    assert "of smear 2 and 1 more" in panel.said.text()
    sweep(qtbot, page, 24)
    assert [curve.method for curve in view.curves] == [
        AWF(iterations=4), AWF(iterations=6), RPIE(iterations=3, alpha=0.3),
    ]  # fmt: skip
    assert all(len(place.runs) == 4 for curve in view.curves for place in curve.places)
    qtbot.mouseClick(view.apart, LEFT, pos=view.apart.rect().center() - view.apart.rect().center() / 2)
    assert [curve.of for curve in view.curves] == ["smear 2"] * 3 + ["chip 4"] * 3
    assert page.width() == 1280  # the page fits, with all that is unfolded
    for look in ("rows", "map"):
        view.look.setCurrentText(look)
        assert page.minimumSizeHint().width() <= 1280
    run = next(
        r for r in session.runs if r.subject == "chip 4" and r.seed == 4 and r.method == AWF(iterations=6)
    )
    session.selection.show_run(run)
    for act, again in (("copy_python", run_script), ("copy_command", run_commands)):
        page.menus.actions[act].trigger()
        assert page.banner.isHidden(), page.banner.label.text()
        np.testing.assert_array_equal(again(QGuiApplication.clipboard().text()).obj, run.last.obj)
    for _ in range(4):  # the two looks, the curve for each scan, the seeds
        qtbot.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert page.request.sweep.seeds == 1


def test_what_is_named_wrongly_is_said_and_not_swept(qtbot, page):
    panel = page.sweep_panel
    qtbot.mouseClick(panel.further.unfold, LEFT)
    for line, text, said in (
        ("more", "awf:turns=3", "turns"), ("more", "", "of smear 2"), ("also", "gone.npy", "gone.npy"),
    ):  # fmt: skip
        typed(qtbot, panel.further.lines[line], text)
        qtbot.waitUntil(lambda said=said: said in panel.said.text(), timeout=20_000)
    qtbot.mouseClick(panel.start, LEFT)
    assert "gone.npy" in page.banner.label.text()
    assert not page.sweeper.live


def test_several_opened_scans_are_thinned_in_one_sweep(qtbot, page, tmp_path, monkeypatch):
    paths = []
    for seed in (0, 1):
        one = simulate(
            small_object(seed=seed), make_probe("medium", 16), Simulation(overlap=0.8), name=f"no {seed}"
        )
        paths.append(str(write_scan(tmp_path / f"{seed}.h5", one)))
    page.request.open_scan(paths[0])
    qtbot.waitUntil(lambda: page.request.path == paths[0], timeout=20_000)
    page.show_page(OVERLAP)
    page.request.set_thinning(Thinning(reference=3))
    qtbot.mouseClick(page.sweep_panel.further.unfold, LEFT)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (paths[1:], ""))
    qtbot.mouseClick(page.sweep_panel.further.files, LEFT)
    qtbot.waitUntil(
        lambda: "overlaps of no 0 and 1 more, thinned" in page.sweep_panel.said.text(), timeout=20_000
    )
    said = page.sweep_panel.said
    qtbot.waitUntil(lambda: "2 runs, time known after a first run" in said.text(), timeout=20_000)
    doing = []
    page.sweeper.waited.connect(doing.append)
    sweep(qtbot, page, 2)
    assert doing == ["loading torch", "preparing the first scan"]
    least = page.minimumSizeHint()
    assert least.width() <= 1280 - FRAME.width()
    assert least.height() <= 800 - FRAME.height()
    qtbot.waitUntil(
        lambda: re.search(r"2 runs, about [\d.]+ (s|min): \d overlaps of", said.text()), timeout=20_000
    )
    assert [run.subject for run in page.session.runs] == ["no 0", "no 1"]
    assert all(run.scan.compared_with for run in page.session.runs)
    run = page.session.runs[1]
    page.session.selection.show_run(run)
    page.menus.actions["copy_python"].trigger()
    np.testing.assert_array_equal(run_script(QGuiApplication.clipboard().text()).obj, run.last.obj)


def test_the_file_of_an_experiment_becomes_a_figure_by_three_clicks_and_return(
    qtbot, page, tmp_path, monkeypatch
):
    """Clicks are on Open…, Sweep and Figure…; Return is for the file, and for Save."""
    (tmp_path / "table.toml").write_text(
        'experiment = "dose"\nsize = 64\npatches = 2\noverlaps = [0.2, 0.5]\ndoses = [1e3, 1e5]\n'
        'methods = ["awf:iterations=5"]\n'
    )
    view, panel, clicks = page.sweep_view, page.sweep_panel, []

    def click(widget):
        clicks.append(widget)
        qtbot.mouseClick(widget, LEFT)

    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "table.toml"), ""))
    click(view.open)
    qtbot.waitUntil(lambda: "8 runs" in panel.said.text(), timeout=20_000)
    assert panel.further.said.text() == "The runs of the experiment in table.toml"
    assert not panel.lowest.isEnabled()
    with qtbot.waitSignal(page.sweeper.finished, timeout=60_000):
        click(panel.start)
    qtbot.waitUntil(lambda: len(view.curves) == 2)
    assert [curve.of for curve in view.curves] == ["photons 1000", "photons 100000"]
    click(view.paper)
    dialog = page.export_dialog
    dialog.folder.setText(str(tmp_path))  # else as last time
    dialog.name.setText("mine")
    save = dialog.buttons.button(QDialogButtonBox.StandardButton.Save)
    assert save.isDefault()
    with qtbot.waitSignal(page.exporter.noted, timeout=20_000):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert len(clicks) == 3
    assert list(tmp_path.glob("mine_figure.*"))
    click(panel.further.leave)
    assert panel.lowest.isEnabled()
    assert "of smear 2" in panel.said.text()


def test_every_run_is_a_row_with_its_state_and_worker(qtbot, page):
    view, table = page.sweep_view, page.sweep_view.table
    page.request.set_acquisition(Acquisition(dwell=1.0, overhead=0.5))
    view.look.setCurrentText("rows")
    sweep(qtbot, page, 2)
    assert shown(table, "state") == ["done", "done"]
    assert shown(table, "overlap") == ["75.0 %", "50.0 %"]
    counts = [int(text) for text in shown(table, "positions")]
    assert shown(table, "dose") == ["100 %", f"{100 * counts[1] / counts[0]:.0f} %"]
    assert shown(table, "scan time")[1] == "74 s"  # 49 positions
    table.setFocus()
    table.sortByColumn(3, Qt.SortOrder.AscendingOrder)
    assert shown(table, "overlap") == ["50.0 %", "75.0 %"]
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Up)
    assert "dose 29 %, 74 s" in view.readout.text()
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert page.session.selection.run is page.session.runs[1]
    assert page.pages.currentIndex() == STEPS


def test_runs_to_come_are_rows_too_and_say_who_has_them():
    plan = SweepPlan(
        small_object(), make_probe("medium", 16), Simulation(), (AWF(iterations=2), RPIE(iterations=2)),
        (0.5, 0.75), fields={"name": "mine"}, number=4,
    )  # fmt: skip
    over = [task.run(number=4) for _, task in plan.tasks("cpu")][1:2]
    over[0].outcome, over[0].worker = "done", "node1:12"
    progress = Progress(tuple(over), 4, 0.25, 1.0, places=(1,), at_work={3: "tcp://node2:9"})
    found = entries_of(over, plan.rows, progress, live=4)
    assert [entry.state for entry in found] == ["waits", "done", "waits", "runs"]
    assert [entry.on for entry in found] == ["", "node1:12", "", "node2:9"]
    assert [entry.method.key() for entry in found] == ["awf", "rpie"] * 2
    assert all(a.dose >= b.dose for a, b in pairwise(found))
    assert [entry.state for entry in entries_of(over)] == ["done"]
