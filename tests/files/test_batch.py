"""Many scans by one request: rows that end, one after the other, and a table of all."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from ptygui import cli, read_result, read_scan, write_scan
from ptygui.errors import InputError
from ptygui.experiment.settings import RunSettings
from ptygui.experiment.thinning import Thinning
from ptygui.files.batch import TABLE, BatchPlan, batch, scans_in
from ptygui.methods import AWF


@pytest.fixture
def folder(tmp_path, scan):
    """Two scans, a damaged one, a result and a text."""
    folder = tmp_path / "scans"
    folder.mkdir()
    write_scan(folder / "b.h5", scan)
    write_scan(folder / "a.h5", replace(scan, patterns=scan.patterns[..., ::-1].copy()))
    whole = (folder / "a.h5").read_bytes()
    (folder / "c.h5").write_bytes(whole[: len(whole) // 2])
    (folder / "notes.txt").write_text("which one was it?")
    return folder


def run(plan):
    *_, last = [progress for progress in batch(plan) if progress is not None]
    return last.rows


def table(folder):
    with open(folder / TABLE, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_scan_has_a_row_and_one_that_fails_ends_none(folder, tmp_path, scan):
    assert [path.name for path in scans_in(folder)] == ["a.h5", "b.h5", "c.h5"]
    plan = BatchPlan(scans_in(folder), read_scan, AWF(iterations=5), RunSettings("cpu"), tmp_path / "out")
    rows = run(plan)
    assert [row.state for row in rows] == ["done", "done", "failed"]
    assert "c.h5" in rows[2].error
    told = table(plan.folder)
    assert [row["outcome"] for row in told] == ["done", "done", "failed"]
    assert float(told[1]["NRMSE"]) == pytest.approx(read_result(rows[1].out).last.nrmse)
    assert told[0]["positions"] == str(float(len(scan)))
    assert told[0]["options"] == "iterations 5"


def test_what_is_there_is_kept_if_it_is_of_the_same_options(folder, tmp_path):
    plan = BatchPlan(scans_in(folder)[:2], read_scan, AWF(iterations=5), RunSettings("cpu"), tmp_path / "out")
    steps = batch(plan)
    while next(progress for progress in steps if progress is not None).rows[0].state != "done":
        pass
    steps.close()  # stopped after the first
    assert not plan.rows[1].out.exists()
    written = plan.rows[0].out.stat().st_mtime_ns
    rows = run(plan)
    assert [row.state for row in rows] == ["kept", "done"]
    assert plan.rows[0].out.stat().st_mtime_ns == written
    assert rows[0].figures.keys() == rows[1].figures.keys()
    other = replace(plan, method=AWF(iterations=6))
    assert [row.state for row in run(other)] == ["failed", "failed"]
    assert "other options" in table(plan.folder)[0]["error"]
    assert [row.state for row in run(replace(other, again=True))] == ["done", "done"]


def test_scans_are_thinned_with_a_reference(folder, tmp_path):
    thinning = Thinning(overlap=0.2, reference=3)
    paths = scans_in(folder)[1:2]
    plan = BatchPlan(paths, read_scan, AWF(iterations=5), RunSettings("cpu"), tmp_path / "out", thinning)
    (row,) = run(replace(plan, read=lambda path: replace(read_scan(path), truth=None)))
    assert row.figures["overlap"] < 0.3
    assert row.figures["nrmse"] > 0  # against the reference


def test_two_files_of_one_name_have_two_results(folder, tmp_path):
    (folder / "a.cxi").write_bytes(b"")
    plan = BatchPlan((folder / "a.h5", folder / "a.cxi"), read_scan, AWF(), RunSettings(), tmp_path)
    assert len({row.out for row in plan.rows}) == 2


def test_by_command(folder, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["batch", "awf", str(folder), "--iterations", "4", "--device", "cpu", "--flip-rows"]
    assert cli.main([*words, "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert [line.split()[-1] for line in said.out.splitlines()] == ["outcome", "done", "done", "failed"]
    assert "c.h5: " in said.err
    made = read_result(out / "b-awf.h5")
    expected = read_scan(folder / "b.h5", flip_rows=True)
    np.testing.assert_allclose(made.positions, expected.positions)
    (folder / "c.h5").unlink()
    assert cli.main([*words, "--out", str(out)]) == 0
    assert "kept" in capsys.readouterr().out


def test_a_folder_without_scans_says_so(tmp_path):
    with pytest.raises(InputError, match="has no scan in it"):
        scans_in(tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        scans_in(tmp_path / "nowhere")
