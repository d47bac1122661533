"""What the window writes of runs, as its user asks for it."""

import json
import threading

import h5py
import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QMessageBox, QProgressDialog, QPushButton

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
    records = tmp_path / "mine_steps.json", tmp_path / "mine_export.json"
    for path in (*records, *(tmp_path / "mine_tiff").glob("*.json")):
        said = json.loads(path.read_text("utf-8"))
        assert {name for name, value in said["options"].items() if value == "auto"} == open_
        assert (said["options"]["levels"], said["options"]["data_steps"]) == (2, 3)
        assert said["resolved"] == last.resolved
        assert set(said["resolved"]) == open_
        assert said["resolved"]["seeds"] == 1
        assert said["resolved"]["sigma_max"] == last.state["sigma_max"] > 0
        assert said["resolved"]["data_variance"] in (1.0, pytest.approx(2 / 3), pytest.approx(1 / 3))
        assert said["numbers"]["misfit_over_noise"] == pytest.approx(float(shown), rel=1e-2)  # as rounded
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
    for forms, count in ((("tiff", "stack", "figure"), 7), (("result",), 2)):
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
    from ptygui.networks import trained

    monkeypatch.setattr(trained, "nearest", lambda kind, overlap: str(unet_folder))
    *_, last = (step for step in reconstruct(scan, UNet(awf_iterations=3), device="cpu") if step is not None)
    assert UNet(awf_iterations=3).asdict()["network"] == "auto"
    assert last.resolved["network"] == unet_folder.name


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
    window.runs_dialog.folder.setText(str(tmp_path))
    return window


def select(qtbot, window, *rows):
    panel = window.runs_panel
    for k, row in enumerate(rows):
        place = panel.view.visualRect(panel.sorted.index(row, 2)).center()
        key = Qt.KeyboardModifier.ControlModifier if k else Qt.KeyboardModifier.NoModifier
        qtbot.mouseClick(panel.view.viewport(), LEFT, key, place)
    assert len(panel.selected()) == len(rows)


def press(window, *forms):
    """Ask for these forms of the selected runs, by their button and the dialog."""
    window.runs_panel.actions_by_name["export"].trigger()
    save(window.runs_dialog, *forms)


def save(dialog, *forms):
    for form, box in dialog.forms.items():
        box.setChecked(form in (forms or ("result",)))
    dialog.buttons.button(dialog.buttons.StandardButton.Save).click()


NAMES = ["1_rpie_62.5.h5", "with_AWF.h5", "with_AWF_2.h5"]


def test_all_selected_runs_are_written_by_their_names_off_the_gui_thread(qtbot, three, tmp_path, monkeypatch):
    threads, write = [], module.write_exports

    def noting(*args):
        threads.append(threading.current_thread())
        return write(*args)

    monkeypatch.setattr(module, "write_exports", noting)
    select(qtbot, three, 0, 1, 2)
    with qtbot.waitSignal(three.run_exporter.noted, timeout=20_000) as noted:
        press(three)
    assert noted.args == [f"3 of 3 runs written in {tmp_path}"]
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
    assert f"Files of 1 of 2 runs exist already: {dear.name}" in box.text()
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
    gate, write = threading.Event(), module.write_exports
    monkeypatch.setattr(module, "write_exports", lambda *args: gate.wait(20) and write(*args))
    select(qtbot, three, 0, 1, 2)
    press(three)
    try:
        qtbot.waitUntil(lambda: any(bar.isVisible() for bar in three.findChildren(QProgressDialog)))
        (bar,) = three.findChildren(QProgressDialog)
        assert bar.labelText() == f"1 of 3: {NAMES[0].removesuffix('.h5')}"
        with qtbot.waitSignal(three.run_exporter.noted, timeout=20_000) as noted:
            qtbot.mouseClick(bar.findChild(QPushButton), LEFT)
            gate.set()
    finally:
        gate.set()
    assert noted.args == [f"1 of 3 runs written in {tmp_path}, then cancelled"]
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
    assert "1 of 2 runs written" in three.banner.label.text()
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
    assert noted.args == [f"1 of 1 runs written in {tmp_path}; 1 left out"]


def test_all_selected_runs_are_written_in_the_chosen_formats(qtbot, three, tmp_path):
    select(qtbot, three, 0, 1)
    with qtbot.waitSignal(three.run_exporter.noted, timeout=20_000):
        press(three, "product", "npz", "csv", "movie")
    names = [name.removesuffix(".h5") for name in NAMES[:2]]
    endings = ("_product.h5", ".npz", "_curves.csv", "_movie.gif", "_export.json")
    expected = {f"{name}{ending}" for name in names for ending in endings}
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} >= expected
    said = json.loads((tmp_path / f"{names[1]}_export.json").read_text("utf-8"))
    assert said["method"] == "awf"
    enabled = {form for form, box in three.runs_dialog.forms.items() if box.isEnabled()}
    assert not enabled & {"figure", "curves", "scan"}  # of what is in sight only


def test_what_is_exported_is_of_the_step_that_is_shown(qtbot, window, tmp_path):
    from ptygui.files.results import read_result

    session = window.session
    with qtbot.waitSignal(session.run_finished, timeout=60_000):
        session.run(RPIE(iterations=6), RunSettings("cpu"))
    session.selection.show_frame(1)
    shown = session.selection.step
    assert shown.index < 6
    export(qtbot, window, tmp_path, "product", "npz", "csv")
    np.testing.assert_array_equal(read_result(tmp_path / "mine_product.h5").obj, shown.obj)
    with np.load(tmp_path / "mine.npz") as arrays:
        assert arrays["curve_index"][-1] == shown.index
    assert (tmp_path / "mine_curves.csv").read_text().splitlines()[-1].startswith("6,")  # the whole run


def test_patterns_go_into_cxi_on_demand(qtbot, window, tmp_path):
    from ptygui.files.scans import read_scan

    with qtbot.waitSignal(window.session.run_finished, timeout=60_000):
        window.session.run(RPIE(iterations=3), RunSettings("cpu"))
    export(qtbot, window, tmp_path, "cxi")
    with h5py.File(tmp_path / "mine.cxi") as file:
        assert "data" not in file["entry_1/instrument_1/detector_1"]
    window.export_dialog.patterns.setChecked(True)
    export(qtbot, window, tmp_path, "cxi", name="whole")
    found = read_scan(tmp_path / "whole.cxi")
    np.testing.assert_array_equal(found.patterns, window.session.viewed_scan.patterns)


def test_a_scan_without_a_run_is_exported_with_the_hash_of_its_file(qtbot, window, scan, tmp_path):
    from ptygui.files.scans import write_scan
    from ptygui.files.source import source_of

    path = write_scan(tmp_path / "measured.h5", scan)
    with qtbot.waitSignal(window.request.opened, timeout=10_000):
        window.request.open_scan(str(path))
    export(qtbot, window, tmp_path, "ptyd", "cxi")
    said = json.loads((tmp_path / "mine_export.json").read_text("utf-8"))
    assert said["scan"] == source_of(path)._asdict()
    assert sorted(said["files"]) == ["mine.cxi", "mine.ptyd"]


def test_folder_and_formats_are_remembered(qtbot, new_window, scan, tmp_path):
    window = new_window()
    window.request.set_scan(scan)
    with qtbot.waitSignal(window.session.run_finished, timeout=60_000):
        window.session.run(RPIE(iterations=3), RunSettings("cpu"))
    export(qtbot, window, tmp_path, "npz", "csv")
    window.exporter.ask("figure")
    window.export_dialog.reject()
    window.menus.actions["export"].trigger()
    assert window.export_dialog.usual == ("npz", "csv")  # a figure that was asked for alone is no habit
    window.export_dialog.reject()
    window.close()
    dialog = new_window().export_dialog
    assert dialog.folder.text() == str(tmp_path)
    assert [form for form, box in dialog.forms.items() if box.isChecked()] == ["npz", "csv"]
