"""A method is one file and one name in the list: a toy that is put there is found wherever methods are.

In the window: tests/gui/test_toy_method.py.
"""

import json

import pytest

from ptygui import methods
from ptygui.__main__ import main
from tests.toy_method import Toy


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    monkeypatch.setattr(methods, "METHODS", (*methods.METHODS, Toy))


@pytest.fixture
def written(scan, tmp_path):
    """The scan in a file, and where a result would go."""
    from ptygui.files.formats.own_scan import write_scan

    return write_scan(tmp_path / "scan.h5", scan), tmp_path / "toy.h5"


def test_the_list_of_methods_and_the_generated_tables_have_it(capsys):
    assert main(["methods"]) == 0
    assert "toy: Takes the start for the answer." in capsys.readouterr().out
    assert main(["methods", "toy", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["toy"]["options"]["shade"]["symbol"] == "η"
    from tests.test_docs import hooks

    assert "| `shade` | η | 1 |  | 0 … 2 | what the start is multiplied by |" in hooks.methods()


def test_reconstruct_has_it_and_results_bring_it_back(scan, written, capsys):
    from ptygui.files.result_run import read_run
    from ptygui.files.results import read_result

    path, out = written
    assert main(["reconstruct", "toy", str(path), "--shade", "0.5", "--out", str(out)]) == 0
    assert "\nToy: 3 steps" in capsys.readouterr().out
    result = read_result(out)
    assert (result.method, result.options) == ("toy", {"rounds": 3, "shade": 0.5})
    assert result.versions["toy sha256"] == "0" * 64
    assert read_run(out, [scan]).method == Toy(shade=0.5)
    longer = str(out.with_name("longer.h5"))
    assert (
        main(["reconstruct", "toy", str(path), "--resume", str(out), "--rounds", "5", "--out", longer]) == 0
    )
    assert read_result(longer).last.index == 5


def test_projects_bring_it_back(scan, tmp_path):
    from ptygui.experiment.run import Run
    from ptygui.files.project import Project, read_project, write_project

    write_project(tmp_path / "p.ptygui", Project([Run(1, scan, Toy(rounds=2))]))
    assert read_project(tmp_path / "p.ptygui").runs[0].method == Toy(rounds=2)


def test_a_sweep_takes_it(capsys):
    command = "sweep toy:rounds=1 --object smear:1:64 --from 0.5 --to 0.5 --by 0.1 --device cpu"
    assert main(command.split()) == 0
    assert "Toy" in capsys.readouterr().out


def test_the_demo_runs_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(methods, "METHODS", (Toy,))
    assert main(["demo", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "toy.h5").exists()
    assert "\nToy " in capsys.readouterr().out


def test_the_memory_is_told_before_a_run(scan):
    assert 0 < Toy().memory(scan) < 1e8
