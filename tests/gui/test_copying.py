"""A run that is copied as Python or as commands is made again by them, bit for bit."""

import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from copied import run_commands, run_script
from PyQt6.QtGui import QGuiApplication

from ptygui import write_scan
from ptygui.experiment.thinning import Thinning
from ptygui.gui.model.copied_run import script_of
from ptygui.gui.model.scan_recipe import options_flags
from ptygui.gui.model.specimen import Recipe
from ptygui.gui.wiring.copying import recipe_of
from ptygui.methods import AWF, DAPS, RPIE
from ptygui.physics.probe import Pupil
from ptygui.physics.simulate import Simulation
from ptygui.prepare.preparation import Preparation


@pytest.fixture
def small(qtbot, window, tmp_path, monkeypatch):
    """A window with a small simulation, working in a folder whose name needs quotes."""
    folder = tmp_path / "it's a “folder” $HOME"
    folder.mkdir()
    monkeypatch.chdir(folder)
    window.request.change_settings(device="cpu", seed=3)
    window.simulator.set_options(Simulation(overlap=0.5, photons=3e4, seed=5))
    window.simulator.ask_object(Recipe("smear", 64, 2))
    qtbot.waitUntil(lambda: window.request.scan is not None and not window.simulator.pending, timeout=20_000)
    return window


def run(qtbot, window, method):
    window.request.set_method(method)
    count = len(window.session.runs)
    window.run_panel.run.click()
    qtbot.waitUntil(lambda: len(window.session.runs) > count and not window.session.live, timeout=30_000)
    assert window.session.runs[-1].outcome == "done"
    return window.session.runs[-1]


def copied(window, action):
    window.menus.actions[action].trigger()
    assert window.banner.isHidden(), window.banner.label.text()
    return QGuiApplication.clipboard().text()


def test_a_run_on_a_simulation(qtbot, small):
    made = run(qtbot, small, RPIE(iterations=5, alpha=0.3, form="sequential"))
    last = run_script(copied(small, "copy_python"))
    np.testing.assert_array_equal(last.obj, made.last.obj)
    assert last.misfit == made.last.misfit
    assert Path(f"run-{made.number}-rpie.h5").exists()
    again = run_commands(copied(small, "copy_command"))
    np.testing.assert_array_equal(again.obj, made.last.obj)


def test_a_run_on_a_simulation_with_a_lens(qtbot, small):
    small.simulator.build_pupil(Pupil(defocus=3.0), 24)
    qtbot.waitUntil(lambda: small.request.scan.width == 24, timeout=20_000)
    made = run(qtbot, small, AWF(iterations=4))
    np.testing.assert_array_equal(run_script(copied(small, "copy_python")).obj, made.last.obj)
    small.menus.actions["copy_command"].trigger()
    assert "copy the run as Python instead" in small.banner.label.text()


def test_a_run_on_a_file_that_is_prepared_and_thinned(qtbot, small, scan):
    path = str(write_scan("a “scan” of $HOME.h5", scan))
    window = small
    how = {"preparation": Preparation(crop=12), "flip_rows": True}
    window.request.open_scan(path, **how)
    qtbot.waitUntil(lambda: window.request.path == path, timeout=20_000)
    window.request.set_thinning(Thinning(overlap=0.2, seed=3, reference=4))
    made = run(qtbot, window, AWF(iterations=4))
    assert len(made.scan) < len(scan)
    assert made.scan.compared_with
    last = run_script(copied(window, "copy_python"))
    np.testing.assert_array_equal(last.obj, made.last.obj)
    assert last.nrmse == made.last.nrmse
    np.testing.assert_array_equal(run_commands(copied(window, "copy_command")).obj, made.last.obj)


def test_a_run_that_was_changed_on_the_way_and_its_branch(qtbot, small):
    first = run(qtbot, small, RPIE(iterations=6, form="sequential"))
    small.session.selection.show_index(3)
    small.request.set_method(RPIE(iterations=8, alpha=0.4, form="sequential"))
    small.request.change_settings(seed=11)
    small.menus.actions["go_on"].trigger()
    qtbot.waitUntil(lambda: len(small.session.runs) == 2 and not small.session.live, timeout=30_000)
    branch = small.session.runs[1]
    assert branch.origin.run == first.number
    assert branch.past
    last = run_script(copied(small, "copy_python"))
    assert last.index == 8
    np.testing.assert_array_equal(last.obj, branch.last.obj)
    small.menus.actions["copy_command"].trigger()
    assert "copy it as Python" in small.banner.label.text()


def test_what_cannot_be_made_again_says_so(qtbot, small, scan):
    small.request.set_scan(replace(scan))  # from nowhere
    run(qtbot, small, AWF(iterations=2))
    small.menus.actions["copy_python"].trigger()
    assert "not known here: export its scan" in small.banner.label.text()


def test_flags_are_one_word_each():
    words = options_flags(DAPS(prior="-my prior", start_awf=False))
    assert words == ["--prior=-my prior", "--no-start-awf"]
    assert shlex.split(shlex.join(words)) == words


def test_names_in_a_script_are_text(qtbot, small):
    made = run(qtbot, small, AWF(iterations=2))
    made.given_name = 'a """\nraise SystemExit(3) # \0 \\'
    assert run_script(script_of(made, recipe_of(small, made))).index == 2
