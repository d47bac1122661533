"""What the window writes of runs, as its user asks for it."""

import json

import h5py
import pytest
from PyQt6.QtCore import Qt

from ptygui.gui.panels.runs_table import MISFIT
from ptygui.methods import DAPS
from ptygui.reconstruct import reconstruct

LEFT = Qt.MouseButton.LeftButton


def export(qtbot, window, folder, *forms):
    """By the dialog, under the name "mine"."""
    window.menus.actions["export"].trigger()
    dialog = window.export_dialog
    dialog.folder.setText(str(folder))
    dialog.name.setText("mine")
    for form, box in dialog.forms.items():
        box.setChecked(form in forms)
    with qtbot.waitSignal(window.exporter.noted, timeout=20_000):
        qtbot.mouseClick(dialog.buttons.button(dialog.buttons.StandardButton.Save), LEFT)


@pytest.fixture
def fast(prior_folder):
    """Two levels, all else of any weight left to the method."""
    return DAPS(prior=str(prior_folder), levels=2, warm_iterations=3, mend=False, inner=3)


def test_exports_say_what_auto_came_to_and_have_the_misfit_of_the_screen(qtbot, window, fast, tmp_path):
    session = window.session
    with qtbot.waitSignal(session.run_finished, timeout=60_000):
        session.run(fast, device="cpu")
    qtbot.waitUntil(lambda: window.object.step is session.look.run.last)
    export(qtbot, window, tmp_path, "result", "tiff", "stack")
    shown = window.runs_panel.sorted.index(0, MISFIT).data().split()[0]
    last, open_ = session.look.run.last, {"sigma_max", "sigma_min", "variance", "slow_order", "seeds"}
    for path in (tmp_path / "mine_steps.json", *(tmp_path / "mine_tiff").glob("*.json")):
        said = json.loads(path.read_text("utf-8"))
        assert {name for name, value in said["options"].items() if value == "auto"} == open_
        assert (said["options"]["levels"], said["options"]["inner"]) == (2, 3)
        assert said["resolved"] == last.resolved
        assert set(said["resolved"]) == open_
        assert said["resolved"]["seeds"] == 1
        assert said["resolved"]["sigma_max"] == last.state["sigma_max"] > 0
        assert said["resolved"]["variance"] in (1.0, pytest.approx(2 / 3), pytest.approx(1 / 3))
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


def test_a_branch_that_leaves_an_option_open_says_so_by_name_and_file(qtbot, window, fast, tmp_path):
    session = window.session
    with qtbot.waitSignal(session.run_finished, timeout=60_000):
        session.run(fast, device="cpu")
    session.look.show_index(2)
    window.method_panel.set_method(DAPS(**{**fast.asdict(), "inner": "auto"}))
    window.run_panel.device.setCurrentText("cpu")
    with qtbot.waitSignal(session.run_finished, timeout=60_000):
        window.launcher.go_on()
    run = session.look.run
    assert "inner auto" in run.name
    export(qtbot, window, tmp_path, "result")
    with h5py.File(tmp_path / "mine.h5") as file:
        before, after = json.loads(file["ptygui"].attrs["options_by_step"])
    assert (before["from_step"], before["options"]["inner"], after["options"]["inner"]) == (1, 3, "auto")
    assert "inner" not in before["resolved"]
    assert after["resolved"]["inner"] in (20, 40)


def test_a_project_keeps_what_auto_came_to(qtbot, window, fast, tmp_path):
    from ptygui.files.project import read_project, write_project
    from ptygui.gui.wiring.projects import project_of

    with qtbot.waitSignal(window.session.run_finished, timeout=60_000):
        window.session.run(fast, device="cpu")
    (run,) = read_project(write_project(tmp_path / "p.ptygui", project_of(window))).runs
    assert run.method == fast
    assert run.last.resolved == window.session.runs[0].last.resolved != {}


def test_the_network_that_auto_took_is_named(scan, unet_folder, monkeypatch):
    from ptygui.methods import UNet
    from ptygui.networks import corrector

    monkeypatch.setattr(corrector, "nearest_unet", lambda overlap: str(unet_folder))
    *_, last = (step for step in reconstruct(scan, UNet(iterations=3), device="cpu") if step is not None)
    assert UNet(iterations=3).asdict()["network"] == "auto"
    assert last.resolved == {"network": unet_folder.name}
