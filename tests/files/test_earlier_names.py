"""Files of versions that called options otherwise: names are mapped, values and states stay.

`earlier/renamed.ptygui` and `earlier/renamed.h5` were written by the version before the names were settled,
by a prior "./tiny" that is the one of the fixture `prior_folder`.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ptygui import methods
from ptygui.__main__ import main
from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.files.project import Project, read_project, write_project
from ptygui.files.recovery import recover
from ptygui.files.result_run import read_run
from ptygui.files.results import read_result
from ptygui.methods import AWF, DAPS, DPS, RPIE, UNet
from ptygui.options import options_of

EARLIER = Path(__file__).parent / "earlier"
FAST = DAPS(
    prior="./tiny", levels=2, start_awf=True, awf_iterations=2, start_unet=False, data_variance=2.0,
    final_data_steps=4, renoise=0.5, slow_phase_order=5, seeds=1, average_seeds=False,
)  # fmt: skip
BEFORE = replace(FAST, data_variance=1.0, data_steps=7)
OLD = {name for method in methods.METHODS for option in options_of(method) for name in option.was}


@pytest.fixture(scope="module")
def project():
    return read_project(EARLIER / "renamed.ptygui")


def test_projects_bring_every_method_back(project):
    assert [run.method for run in project.runs] == [
        FAST,
        DPS(prior="./tiny", num_steps=3, j=1, time_travel="literal"),
        RPIE(iterations=5, probe_update=True, probe_update_start=2),
        AWF(iterations=5, probe_update=False, probe_update_start=4),
        UNet(awf_iterations=7),
    ]
    run = project.runs[0]
    assert run.past == [(1, BEFORE)]
    assert run.changes == [(1, {"data_steps": "auto", "data_variance": 2.0})]
    assert run.last.resolved.keys() == {"data_steps", "sigma_max", "sigma_min"}


def test_results_say_the_names_of_today(project, capsys):
    result = read_result(EARLIER / "renamed.h5")
    assert DAPS(**result.options) == FAST
    assert DAPS(**result.past[0][1]) == BEFORE
    assert result.resolved.keys() == {"data_steps", "sigma_max", "sigma_min"}
    assert read_run(EARLIER / "renamed.h5", [project.scan]).method == FAST
    assert main(["info", str(EARLIER / "renamed.h5")]) == 0
    lines = capsys.readouterr().out.splitlines()
    (options,) = (line for line in lines if line.strip().startswith("options"))
    assert "data_variance 2" in options
    assert not OLD & set(options.split())


def test_a_state_goes_on_and_still_knows_its_chain(project, prior_folder):
    run = project.runs[0]
    method, step = replace(run.method, prior=str(prior_folder)), run.history.frames[0]
    how = {"resume": step, "seed": run.seed, "device": "cpu", "interval": 0}
    *_, last = (step for step in reconstruct(run.scan, method, **how) if step is not None)
    assert last.done
    assert last.state["slow_phase_order"] == 5
    assert not OLD & last.state.keys()
    with pytest.raises(InputError, match="slow_phase_order is 3, but the run to continue had 5"):
        list(reconstruct(run.scan, replace(method, slow_phase_order=3), **how))


def test_recovery_reads_it(tmp_path, project):
    write_project(tmp_path / "session.ptygui", Project([], project.scan))
    shutil.copy(EARLIER / "renamed.ptygui", tmp_path / "run-000001.ptygui")
    assert [run.method for run in recover(tmp_path).runs] == [run.method for run in project.runs]


def test_the_command_line_goes_on_from_a_result(tmp_path, project, prior_folder, capsys):
    from ptygui.files.formats.own_scan import write_scan

    scan, out = write_scan(tmp_path / "scan.h5", project.scan), tmp_path / "more.h5"
    command = ["reconstruct", "daps", str(scan), "--resume", str(EARLIER / "renamed.h5"), "--out", str(out)]
    assert main([*command, "--prior", str(prior_folder)]) == 2  # its options are all there: nothing is left
    assert "has done all its 4 steps" in capsys.readouterr().err


def test_flags_of_before_are_taken_and_called_by_their_names(tmp_path, project, capsys):
    from ptygui.files.formats.own_scan import write_scan

    scan, out = write_scan(tmp_path / "scan.h5", project.scan), tmp_path / "awf.h5"
    command = ["reconstruct", "awf", str(scan), "--iterations", "3", "--out", str(out)]
    assert main([*command, "--probe-start", "2"]) == 0
    assert "note: --probe-start is now called --probe-update-start" in capsys.readouterr().err
    assert read_result(out).options["probe_update_start"] == 2
    assert main([*command, "--probe-start", "-1"]) == 2
    assert "--probe-update-start is -1, expected at least 0" in capsys.readouterr().err
    assert main(["reconstruct", "awf", "--help"]) == 0
    assert "--probe-start" not in capsys.readouterr().out
    assert main([*command, "--probe-star", "1"]) == 2
    assert "did you mean --probe-update-start?" in capsys.readouterr().err


def test_switches_of_before_are_taken_too(capsys):
    from ptygui.cli import build_parser
    from ptygui.cli.flags import given

    flags = ["--no-warm", "--mend", "--noise", "0.5", "--inner", "auto"]
    args = build_parser().parse(["reconstruct", "daps", "scan.h5", "--out", "r.h5", *flags])
    expected = {"start_awf": False, "start_unet": True, "renoise": 0.5, "data_steps": 0}
    assert given(args, DAPS) == expected
    assert "--no-warm is now called --no-start-awf" in capsys.readouterr().err


def test_sweeps_take_the_names_of_before(capsys):
    from ptygui.cli.output import note
    from ptygui.methods import method_from

    assert method_from("daps:inner=5,setting=preview", note) == DAPS(setting="preview", data_steps=5)
    assert "inner of daps is now called data_steps" in capsys.readouterr().err


def test_nobody_sees_the_names_of_before(capsys):
    assert main(["methods"]) == 0
    shown = {
        line.split()[0] for line in capsys.readouterr().out.splitlines() if line.strip().startswith("--")
    }
    for method in methods.METHODS:
        names = {option.name for option in options_of(method)}
        assert not names & {old for option in options_of(method) for old in option.was}
        assert {option.flag for option in options_of(method)} <= shown
