"""What the window writes of runs, as its user asks for it."""

import json
import threading

import h5py
import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog, QMessageBox, QProgressDialog, QPushButton

from ptygui.experiment.reconstruct import reconstruct
from ptygui.experiment.settings import RunSettings
from ptygui.files.results import read_result
from ptygui.gui.files import run_exporter as module
from ptygui.gui.panels.runs_cells import MISFIT
from ptygui.methods import AWF, DAPS, RPIE

LEFT = Qt.MouseButton.LeftButton


def export(qtbot, window, folder, *forms, name="mine"):
    """By the dialog, under a name."""
    window.menus.actions["export"].trigger()
    dialog = window.export_dialog
    dialog.folder.setText(str(folder))
    dialog.name.setText(name)
    for form, box in dialog.forms.items():
        box.setChecked(form in forms)
    with qtbot.waitSignal(window.exporter.noted, timeout=20_000):
        qtbot.mouseClick(dialog.buttons.button(dialog.buttons.StandardButton.Save), LEFT)


@pytest.fixture
def fast(prior_folder):
    """Two levels, all else of any weight left to the method."""
    return DAPS(prior=str(prior_folder), levels=2, awf_iterations=3, start_unet=False, data_steps=3)


def test_exports_say_what_auto_came_to_and_have_the_misfit_of_the_screen(qtbot, window, fast, tmp_path):
    session = window.session
    with qtbot.waitSignal(session.run_finished, timeout=60_000):
        session.run(fast, RunSettings("cpu"))
    qtbot.waitUntil(lambda: window.object.step is session.selection.run.last)
    export(qtbot, window, tmp_path, "result", "tiff", "stack")
    shown = window.runs_panel.sorted.index(0, MISFIT).data().split()[0]
    last, open_ = (
        session.selection.run.last,
        {
            "sigma_max",
            "sigma_min",
            "data_variance",
            "slow_phase_order",
            "seeds",
            "probe_update",
            "probe_modes",
        },
    )
    for path in (tmp_path / "mine_steps.json", *(tmp_path / "mine_tiff").glob("*.json")):
        said = json.loads(path.read_text("utf-8"))
        assert {name for name, value in said["options"].items() if value == "auto"} == open_
        assert (said["options"]["levels"], said["options"]["data_steps"]) == (2, 3)
        assert said["resolved"] == last.resolved
        assert set(said["resolved"]) == open_
        assert said["resolved"]["seeds"] == 1
        assert said["resolved"]["sigma_max"] == last.state["sigma_max"] > 0
        assert said["resolved"]["data_variance"] in (1.0, pytest.approx(2 / 3), pytest.approx(1 / 3))
        assert said["numbers"]["misfit_over_noise"] == pytest.approx(float(shown), rel=5e-3)  # as rounded
        assert "misfit" not in said["numbers"]
        assert set(said["definitions"]) == {"misfit", "noise_floor", "misfit_over_noise"}
    frames = json.loads((tmp_path / "mine_steps.json").read_text("utf-8"))["frames"]
    assert frames[-1]["misfit_over_noise"] == pytest.approx(last.misfit / last.noise_floor)
    with h5py.File(tmp_path / "mine.h5") as file:
        about, misfit = file["ptygui"].attrs, file["ptygui/metrics/misfit"]
        assert json.loads(about["options"])["sigma_max"] == "auto"
        assert json.loads(about["resolved"]) == last.resolved
        assert json.loads(about["options_by_step"])[0]["resolved"] == last.resolved
        assert misfit[-1] / misfit.attrs["noise_floor"] == pytest.approx(last.misfit / last.noise_floor)
        assert "Σ" in misfit.attrs["definition"]
    with qtbot.waitSignal(session.runs_changed, timeout=20_000):
        window.projects.open_result(str(tmp_path / "mine.h5"))
    assert session.runs[1].method == fast
    assert session.runs[1].last.resolved == last.resolved


def test_the_status_bar_says_where_files_are_however_long_their_names(qtbot, window, tmp_path):
    session, folder = window.session, tmp_path / "out"
    folder.mkdir()
    with qtbot.waitSignal(session.run_finished, timeout=60_000):
        session.run(RPIE(iterations=3), RunSettings("cpu"))
    qtbot.waitUntil(lambda: window.object.step is session.selection.run.last)
    for forms, count in ((("tiff", "stack", "figure"), 6), (("result",), 1)):
        export(qtbot, window, folder, *forms, name="as_long_as_that_of_a_branch_with_some_changed_options")
        line = window.statusBar().line
        seen = line.shown().removesuffix("…")
        assert seen.startswith(f"{count} file{'s' * (count > 1)} written in {folder}"[:100])
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert len(files) == count
        for path in files:
            assert path.name in line.text()
            path.unlink()


def test_a_branch_that_leaves_an_option_open_says_so_by_name_and_file(qtbot, window, fast, tmp_path):
    session = window.session
    with qtbot.waitSignal(session.run_finished, timeout=60_000):
        session.run(fast, RunSettings("cpu"))
    session.selection.show_index(2)
    window.request.set_method(DAPS(**{**fast.asdict(), "data_steps": "auto"}))
    window.run_panel.form.row("device").setValue("cpu")
    with qtbot.waitSignal(session.run_finished, timeout=60_000):
        window.launcher.go_on()
    run = session.selection.run
    assert "data_steps auto" in run.name
    export(qtbot, window, tmp_path, "result")
    with h5py.File(tmp_path / "mine.h5") as file:
        before, after = json.loads(file["ptygui"].attrs["options_by_step"])
    assert (before["from_step"], before["options"]["data_steps"], after["options"]["data_steps"]) == (
        1,
        3,
        "auto",
    )
    assert "data_steps" not in before["resolved"]
    assert after["resolved"]["data_steps"] in (20, 40, 60)


def test_a_project_keeps_what_auto_came_to(qtbot, window, fast, tmp_path):
    from ptygui.files.project import read_project, write_project
    from ptygui.gui.wiring.projects import project_of

    with qtbot.waitSignal(window.session.run_finished, timeout=60_000):
        window.session.run(fast, RunSettings("cpu"))
    (run,) = read_project(write_project(tmp_path / "p.ptygui", project_of(window))).runs
    assert run.method == fast
    assert run.last.resolved == window.session.runs[0].last.resolved != {}


def test_the_network_that_auto_took_is_named(scan, unet_folder, monkeypatch):
    from ptygui.methods import UNet
    from ptygui.networks import corrector

    monkeypatch.setattr(corrector, "nearest_unet", lambda overlap: str(unet_folder))
    *_, last = (step for step in reconstruct(scan, UNet(awf_iterations=3), device="cpu") if step is not None)
    assert UNet(awf_iterations=3).asdict()["network"] == "auto"
    assert last.resolved == {"network": unet_folder.name}


# ---------------------------------------------------------------------- several runs of the list


@pytest.fixture
def three(qtbot, window, tmp_path, monkeypatch):
    """Three runs in the list, two of the same name, the list in front, and a folder to write to."""
    for method in (RPIE(iterations=4), AWF(iterations=3), AWF(iterations=5)):
        window.session.enqueue(method, RunSettings("cpu"))
    qtbot.waitUntil(lambda: not window.session.live and not window.session.runs.queued, timeout=30_000)
    for run in window.session.runs:
        if isinstance(run.method, AWF):
            window.session.rename(run, "with AWF")
    window.docks.show("runs")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    return window


def select(qtbot, window, *rows):
    panel = window.runs_panel
    for k, row in enumerate(rows):
        place = panel.view.visualRect(panel.sorted.index(row, 2)).center()
        key = Qt.KeyboardModifier.ControlModifier if k else Qt.KeyboardModifier.NoModifier
        qtbot.mouseClick(panel.view.viewport(), LEFT, key, place)
    assert len(panel.selected()) == len(rows)


def press(window):
    window.runs_panel.actions_by_name["export"].trigger()


NAMES = ["1_rpie_62.5.h5", "with_AWF.h5", "with_AWF_2.h5"]


def test_all_selected_runs_are_written_by_their_names_off_the_gui_thread(qtbot, three, tmp_path, monkeypatch):
    threads, write = [], module.write_result_of

    def noting(*args):
        threads.append(threading.current_thread())
        return write(*args)

    monkeypatch.setattr(module, "write_result_of", noting)
    select(qtbot, three, 0, 1, 2)
    with qtbot.waitSignal(three.run_exporter.noted, timeout=20_000) as noted:
        press(three)
    assert noted.args == [f"3 of 3 results written in {tmp_path}"]
    assert three.statusBar().currentMessage() == noted.args[0]
    assert sorted(path.name for path in tmp_path.glob("*.h5")) == NAMES
    for run, name in zip(three.session.runs, NAMES, strict=True):
        result = read_result(tmp_path / name)
        np.testing.assert_array_equal(result.obj, run.last.obj)
        assert result.options == run.method.asdict()
    assert threading.main_thread() not in threads


@pytest.mark.parametrize("answer", ["Replace", "Write only the others", "Cancel"])
def test_nothing_is_overwritten_without_asking(qtbot, three, tmp_path, answer):
    dear = tmp_path / NAMES[1]
    dear.write_text("dear to me")
    select(qtbot, three, 0, 1)
    press(three)
    (box,) = three.findChildren(QMessageBox)
    assert f"1 of 2 files exist already: {dear.name}" in box.text()
    (button,) = [b for b in box.buttons() if b.text().replace("&", "") == answer]
    assert box.defaultButton().text().replace("&", "") == "Cancel"
    if answer == "Cancel":
        qtbot.mouseClick(button, LEFT)
        assert not three.findChildren(QProgressDialog)  # which there is from the first moment of a writing
        assert [path.name for path in tmp_path.glob("*.h5")] == [dear.name]
    else:
        with qtbot.waitSignal(three.run_exporter.noted, timeout=20_000) as noted:
            qtbot.mouseClick(button, LEFT)
        assert sorted(path.name for path in tmp_path.glob("*.h5")) == NAMES[:2]
        assert ("1 left out" in noted.args[0]) == (answer != "Replace")
    kept = answer != "Replace"
    assert (dear.read_bytes() == b"dear to me") == kept


def test_the_writing_tells_how_far_it_is_and_is_cancelled(qtbot, three, tmp_path, monkeypatch):
    gate, write = threading.Event(), module.write_result_of
    monkeypatch.setattr(module, "write_result_of", lambda *args: gate.wait(20) and write(*args))
    select(qtbot, three, 0, 1, 2)
    press(three)
    try:
        qtbot.waitUntil(lambda: any(bar.isVisible() for bar in three.findChildren(QProgressDialog)))
        (bar,) = three.findChildren(QProgressDialog)
        assert bar.labelText() == f"1 of 3: {NAMES[0]}"
        with qtbot.waitSignal(three.run_exporter.noted, timeout=20_000) as noted:
            qtbot.mouseClick(bar.findChild(QPushButton), LEFT)
            gate.set()
    finally:
        gate.set()
    assert noted.args == [f"1 of 3 results written in {tmp_path}, then cancelled"]
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".h5"] == NAMES[:1]
    qtbot.waitUntil(lambda: not three.findChildren(QProgressDialog))


def test_one_that_cannot_be_written_does_not_keep_the_others_from_it(qtbot, three, tmp_path):
    (tmp_path / NAMES[0]).mkdir()
    select(qtbot, three, 0, 2)
    press(three)
    (box,) = three.findChildren(QMessageBox)
    with qtbot.waitSignal(three.run_exporter.noted, timeout=20_000):
        qtbot.mouseClick(next(b for b in box.buttons() if "Replace" in b.text()), LEFT)
    qtbot.waitUntil(lambda: "is a folder" in three.banner.label.text())
    assert "1 of 2 results written" in three.banner.label.text()
    assert (tmp_path / "with_AWF.h5").is_file()


def test_runs_without_a_step_are_left_out(qtbot, three, tmp_path):
    window, session = three, three.session
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    session.enqueue(AWF(iterations=3), RunSettings("cpu"))
    assert session.runs[4].outcome == "queued"
    window.runs_panel._select([session.runs[4]])
    qtbot.keyClick(
        window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    )
    assert "no run with a step is selected" in window.banner.label.text()
    window.runs_panel._select([session.runs[0], session.runs[4]])
    with qtbot.waitSignal(window.run_exporter.noted, timeout=20_000) as noted:
        press(window)
    assert noted.args == [f"1 of 1 results written in {tmp_path}; 1 left out"]
