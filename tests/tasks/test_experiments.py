"""The paper's experiments: their cells, their report, and that nothing is computed twice."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from ptygui.cli import main
from ptygui.cli.experiment import KEYS, methods_in
from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.methods import method_from
from ptygui.tasks.carrying import carried_out
from ptygui.tasks.experiments import EXPERIMENTS
from ptygui.tasks.experiments.asked import Asked
from ptygui.tasks.experiments.cells import in_order, patches_of, shared
from ptygui.tasks.experiments.means import Mean, scores_of, short
from ptygui.tasks.experiments.paper import OVERLAPS, TABLE_1, TABLE_2
from ptygui.tasks.experiments.protocols import experiment_named
from ptygui.tasks.experiments.report import markdown
from ptygui.tasks.folder import TaskFolder
from ptygui.tasks.row import Row

SMALL = ["--size", "48", "--device", "cpu", "--overlaps", "0.2,0.62"]


def named(key, full=False, **given):
    experiment = experiment_named(key)
    asked = experiment.asked(full, **given)
    return experiment, asked, experiment.cells(asked)


def test_the_command_knows_every_experiment():
    assert tuple(experiment.key for experiment in EXPERIMENTS) == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_every_experiment_has_a_report_with_a_place_for_each_cell(key):
    experiment, asked, cells = named(key, patches=1, size=32)
    tasks = in_order(cells)
    assert len({task.key for task in tasks}) == len(tasks)
    rows = {
        task.key: Row(
            task.key, task.record(), "done", scores=dict.fromkeys(experiment.scores, 0.25), ran={"threads": 1}
        )
        for task in tasks
    }
    text = markdown(experiment, asked, cells, rows)
    assert text.count(".250") + text.count("0.25") >= len(cells) * len(experiment.scores)
    assert ("| Cam et al. 2025 |" in text) == (key in ("table1", "table2", "positions", "figures"))
    assert text.count("| the proposed method |") == (key in ("table1", "positions", "figures"))
    assert "patches overlap" not in text
    assert "runs are there" not in text
    first = next(iter(rows))
    assert f"**1 of {len(tasks)} runs are there**" in markdown(experiment, asked, cells, {first: rows[first]})


def test_the_full_protocol_is_the_paper_s():
    asked = experiment_named("table1").asked(full=True)
    assert asked.patches == 50
    assert asked.overlaps == OVERLAPS
    made = {method.key(): method for method in map(method_from, asked.methods)}
    assert made["awf"].iterations == made["rpie"].iterations == 10_000
    assert (made["dps"].num_steps, made["dps"].j) == (1000, 10)


def test_the_paper_s_tables_are_whole_and_rise_with_overlap():
    for cells in TABLE_1.values():
        nrmse, ssim = ([getattr(cell, name) for cell in cells.values()] for name in ("nrmse", "ssim"))
        assert nrmse == sorted(nrmse, reverse=True)
        assert ssim == sorted(ssim)
    for overlap, cells in TABLE_2.items():
        assert cells[overlap].nrmse == min(cell.nrmse for cell in cells.values())
        assert cells[overlap].nrmse == TABLE_1["U-Net"][overlap].nrmse


def test_patches_lie_evenly_in_an_object_and_are_different(tmp_path):
    obj = np.exp(1j * np.arange(96 * 160).reshape(96, 160) / 1e4).astype(np.complex64)
    np.save(tmp_path / "a.npy", obj)
    spec = str(tmp_path / "a.npy")
    patches = patches_of(Asked("table1", (spec,), patches=6, size=64))
    assert [patch.name for patch in patches] == ["a 0,0", "a 0,48", "a 0,96", "a 32,0", "a 32,48", "a 32,96"]
    assert np.array_equal(patches[4].obj.value, obj[32:96, 48:112])
    assert shared(patches, 64) == pytest.approx(6 * 64**2 / (96 * 160))
    both = patches_of(Asked("table1", (spec, "smear:3:64"), patches=3, size=64))
    assert shared(both, 64) == 1
    assert [patch.name for patch in both] == ["a 0,0", "smear 3 0,0", "a 0,96"]
    with pytest.raises(InputError, match="less than a patch of 128 px"):
        patches_of(Asked("table1", (spec,), size=128))


def test_a_table_that_is_stopped_has_something_everywhere():
    _, _, cells = named("table1", patches=8, size=32, methods=("awf", "rpie"))
    tasks = in_order(cells)
    assert tasks[: len(cells)] == [cell.tasks[0] for cell in cells]
    assert sorted(task.key for task in tasks) == sorted(task.key for cell in cells for task in cell.tasks)
    half = [cells[0].tasks.index(task) for task in tasks[: 4 * len(cells) : len(cells)]]
    assert max(np.diff(sorted(half))) <= 3


def test_seeds_of_a_patch_count_as_one_object():
    _, _, (cell,) = named("table1", patches=2, size=32, seeds=2, methods=("awf",), overlaps=(0.5,))
    values = [0.1, 0.3, 0.4, 0.6]
    rows = {
        task.key: Row(task.key, task.record(), "done", scores={"nrmse": value})
        for task, value in zip(cell.tasks, values, strict=True)
    }
    found = scores_of(cell, rows, "nrmse")
    assert (found.mean, found.count) == (pytest.approx(0.35), 2)
    assert found.deviation == pytest.approx(np.std([0.2, 0.5], ddof=1))


def test_the_command_writes_all_and_computes_nothing_twice(tmp_path, capsys, monkeypatch):
    out = tmp_path / "t1"
    words = [
        "experiment",
        "table1",
        "--patches",
        "2",
        *SMALL,
        "--methods",
        "awf:iterations=9",
        "--out",
        str(out),
    ]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert said.startswith("# Table 1")
    assert "| AWF | .283 ± .022 / .228 ± .025 | .040 ± .012 / .977 ± .009 |" in said
    assert (
        "| linear overlap of the probe's window | 0.50 | 0.62 |" in said
    )  # of 4 and 9 positions, 16 and 8 to 12 px
    assert "| measured values per real unknown | 0.89 | 2.00 |" in said
    assert {path.name for path in out.iterdir()} == {
        "report.md", "rows.csv", "summary.json", "table1.png", "table1.pdf", "spec.toml", "rows",
    }  # fmt: skip
    rows = list(csv.DictReader((out / "rows.csv").read_text("utf-8").splitlines()))
    assert len(rows) == 4
    (cell, _) = json.loads((out / "summary.json").read_text("utf-8"))["cells"]
    values = [float(row["nrmse"]) for row in rows if row["column"] == "20.0 %"]
    assert cell["scores"]["nrmse"] == pytest.approx([np.mean(values), np.std(values, ddof=1), 2])

    def refuse(*_, **__):
        raise AssertionError("it is there already")

    monkeypatch.setattr(Run, "to_end", refuse)
    assert main(["experiment", "--spec", str(out / "spec.toml"), "--out", str(out)]) == 0
    assert capsys.readouterr().out == said


def test_no_run_is_begun_after_the_minutes(tmp_path, capsys):
    words = ["experiment", "figures", *SMALL, "--methods", "awf:iterations=5", "--out", str(tmp_path / "f")]
    assert main([*words, "--minutes", "1e-9"]) == 0
    said = capsys.readouterr()
    assert "**0 of 2 runs are there**" in said.out
    assert "2 runs were left" in said.err
    (task,) = {
        cell.tasks[0] for cell in named("figures", size=48, overlaps=(0.2,), methods=("awf:iterations=5",))[2]
    }
    carried_out(replace(task, device="cpu"), TaskFolder(tmp_path / "f"), keep=True)
    capsys.readouterr()
    assert main(["collect", str(tmp_path / "f")]) == 0
    assert "**1 of 2 runs are there**" in capsys.readouterr().out
    assert {"figure3.png", "figure3.pdf"} <= {path.name for path in (tmp_path / "f").iterdir()}


def test_what_fails_is_in_the_report(tmp_path, capsys):
    words = [
        "experiment",
        "dose",
        "--patches",
        "1",
        *SMALL,
        "--doses",
        "1e3",
        "--methods",
        "unet:network=gone",
    ]
    assert main([*words, "--out", str(tmp_path / "d")]) == 0
    said = capsys.readouterr()
    assert "- failed: unet: " in said.out
    assert "| `unet:network=gone` | – / – / – |" in said.out
    assert "unet failed: " in said.err


def test_a_wrong_description_is_scored_where_it_was_lit():
    """A probe that is off moves the phase of all: only what is determined counts."""
    _, _, cells = named("mismatch", size=64, overlaps=(0.6,), methods=("awf:iterations=60",))
    found = {(cell.row, cell.column): cell.tasks[0] for cell in cells}
    right, wrong = (
        carried_out(found[row, "awf:iterations=60, as given"]).scores
        for row in ("nothing", "probe off by 1 rad of defocus")
    )
    score = "nrmse_lit_aligned"
    assert right[score] < wrong[score] < wrong["nrmse_lit"]
    refined = found["probe off by 1 rad of defocus", "awf:iterations=60, refined"]
    assert refined.method.probe_update == "yes"


def test_methods_are_separated_by_commas_as_their_options_are():
    assert methods_in("awf,daps:setting=preview,seeds=2,rpie") == (
        "awf",
        "daps:setting=preview,seeds=2",
        "rpie",
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"experiment": "table1", "patch": 3}, "patch is not known"),
        ({"experiment": "table1", "patches": "3"}, "patches is '3'"),
        ({"experiment": "table1", "patches": 0}, "patches is 0"),
        ({"experiment": "table1", "overlaps": [20.0]}, "an overlap is 20"),
        ({"experiment": "table1", "methods": ["awf:iteration=3"]}, "not an option of awf"),
        ({"patches": 3}, "is not understood"),
    ],
)
def test_a_spec_that_cannot_be_is_refused(values, said):
    with pytest.raises(InputError, match=said):
        Asked.read(values)


def test_means_are_short():
    assert Mean.of([0.124, 0.126]).text == ".125 ± .001"
    assert Mean.of([0.0211, 0.0213]).text == ".0212 ± .0001"
    assert Mean.of([]).text == "–"
    assert short(0.9996) == "1.000"
    assert short(12.345) == "12.3"
