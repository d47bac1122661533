"""From a dense scan to a prior: what is cut out, and a few steps of training on it."""

import dataclasses
import shutil

import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.files.result import Result
from ptygui.files.results import read_result, write_result
from ptygui.files.scans import write_scan
from ptygui.methods import AWF, RPIE
from ptygui.networks import spectrum
from ptygui.networks.checkpoint import load_info
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.physics.smear import smear
from ptygui.prior.prior import load_prior
from ptygui.training import trainer
from ptygui.training.dense_scan import DenseScan, lit_object, read_source
from ptygui.training.lit_area import lit_rectangle, split_off, without_ramp
from ptygui.training.options import PriorTraining
from ptygui.training.own import RESULT, train_own
from ptygui.training.prior import train_prior

QUICK = PriorTraining(steps=3, batch=2, crop=32, bfloat16="no", threads=1)
DENSE = DenseScan(iterations=12, held_out=0.3)


@pytest.fixture(autouse=True)
def saves_quickly(monkeypatch):
    monkeypatch.setattr(trainer, "gradient_scale", lambda prior, obj: {"l1": 1.0, "l2": 1.0})
    monkeypatch.setattr(trainer, "save_sheet", lambda *sheet: None)
    monkeypatch.setattr(spectrum, "SIGMAS", (0.1, 1.0))


@pytest.fixture(scope="module")
def scan():
    probe = make_probe("medium", 16)
    made = simulate(smear((176, 96), 4), probe, Simulation(overlap=0.5), name="dense scan")
    return dataclasses.replace(made, specimen="blood smear")


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """A tiny prior to fine-tune, with a notice on its data."""
    folder = tmp_path_factory.mktemp("start") / "beginning"
    notice = folder.parent / "notice.txt"
    notice.write_text("These data are somebody's.")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "gradient_scale", lambda prior, obj: {"l1": 1.0, "l2": 1.0})
        patch.setattr(trainer, "save_sheet", lambda *sheet: None)
        patch.setattr(spectrum, "SIGMAS", (0.1, 1.0))
        options = PriorTraining(preset="tiny", steps=2, batch=1, crop=32, threads=1, notice=str(notice))
        list(train_prior({"a": smear((64, 64), 1)}, options, folder))
    return folder


# ------------------------------------------------------------------ what is cut out


def test_the_lit_rectangle_is_the_largest_one():
    rng = np.random.default_rng(0)
    for _ in range(20):
        lit = rng.random((9, 11)) > 0.3
        lit[0, 0] = True
        rows, columns = lit_rectangle(lit.astype(float), 0.5)
        assert lit[rows, columns].all()
        areas = [
            (b - a) * (d - c)
            for a in range(9) for b in range(a + 1, 10) for c in range(11) for d in range(c + 1, 12)
            if lit[a:b, c:d].all()
        ]  # fmt: skip
        assert (rows.stop - rows.start) * (columns.stop - columns.start) == max(areas)


def test_the_lit_rectangle_of_a_large_object_is_lit_throughout():
    rows, columns = np.mgrid[:1300, :1100]
    lit = np.hypot(rows - 640, columns - 550) < 500
    rows, columns = lit_rectangle(lit.astype(float), 0.5)
    assert lit[rows, columns].all()
    assert (rows.stop - rows.start) * (columns.stop - columns.start) > 0.97 * 2 * 500**2


def test_nothing_lit_is_an_empty_rectangle():
    rows, _ = lit_rectangle(np.zeros((8, 8)), 0.2)
    assert rows.start == rows.stop


def test_the_ramp_goes_and_the_sample_stays():
    obj = smear((96, 128), 2, background=0)
    rows, columns = np.mgrid[:96, :128]
    tilted = obj * np.exp(1j * (0.9 * rows - 0.35 * columns))
    turn = without_ramp(tilted.astype(np.complex64)) * without_ramp(obj).conj()
    np.testing.assert_allclose(np.angle(turn / turn[0, 0])[obj != 0], 0, atol=1e-3)
    changed = np.angle(without_ramp(obj) * obj.conj())
    assert np.ptp(np.unwrap(changed[0])) / 128 < 0.01  # rad per pixel: cells alone make no ramp


def test_what_is_held_out_is_not_learned():
    learned, held_out = split_off(np.arange(200).reshape(10, 20), 0.2)
    assert (learned.shape, held_out.shape) == ((10, 16), (10, 4))
    assert not set(learned.ravel()) & set(held_out.ravel())
    learned, held_out = split_off(np.ones((20, 10)), 0)
    assert (learned.shape, held_out.shape) == ((20, 10), (0, 10))


def test_what_is_learned_of_one_side_is_of_that_side(scan):
    run = Run(0, scan, AWF(iterations=10))
    list(run.to_end(interval=0))
    for part, inside in (("left", lambda c: c.stop <= 48 + 8), ("right", lambda c: c.start >= 48 - 8)):
        obj, (rows, columns) = lit_object(run, DenseScan(part=part))
        assert obj.shape == (rows.stop - rows.start, columns.stop - columns.start)
        assert inside(columns)


# ------------------------------------------------------------------ training on it


def test_a_scan_becomes_a_prior_with_card_notice_and_result(scan, start, tmp_path):
    folder = tmp_path / "mine"
    seen = list(
        train_own(Run(0, scan, RPIE()), DENSE, QUICK, folder, start=start, command="ptygui train own")
    )
    stages = [progress.stage for progress in seen]
    assert stages == sorted(stages)  # reconstruction, then steps
    assert seen[-1].step == 3
    assert seen[-1].validation
    info = load_info(folder)
    assert info.preset == "tiny"  # that of the model to begin with
    assert info.channels == load_info(start).channels
    assert info.domain == "blood smear"  # the scan says so
    (name,) = info.training["data"]
    assert name.startswith(f"dense scan, {len(scan)} positions, rows ")
    assert info.training["validation_data"] == [f"{name}: the last 30% of the longer side"]
    card = (folder / "README.md").read_text()
    for words in (
        "Made from dense scan",
        "not for redistribution unless you may",
        "those of beginning, of which",
    ):
        assert words in card
    assert "These data are somebody's." in card
    load_prior(str(folder))
    result = read_result(folder / RESULT)
    assert (result.method, result.options["iterations"]) == ("rpie", 12)
    assert not np.array_equal(result.probe, scan.probe)  # it is refined


def test_a_stopped_training_goes_on_without_reconstructing_again(scan, start, tmp_path):
    source = Run(0, scan, RPIE())
    training = train_own(source, DENSE, QUICK, tmp_path, start=start)
    next(progress for progress in training if progress.stage == "steps")
    training.close()
    stamp = (tmp_path / RESULT).stat().st_mtime_ns
    seen = list(train_own(source, DENSE, QUICK, tmp_path, start=start))
    assert [progress.step for progress in seen] == [2, 3, 3]
    assert {progress.stage for progress in seen} == {"steps"}
    assert (tmp_path / RESULT).stat().st_mtime_ns == stamp


def test_another_part_is_reconstructed_anew(scan, start, tmp_path):
    list(train_own(Run(0, scan, RPIE()), DENSE, QUICK, tmp_path, start=start))
    half = DenseScan(iterations=12, part="top")
    seen = list(train_own(Run(0, scan, RPIE()), half, QUICK, tmp_path, start=start, resume=False))
    assert seen[0].stage == "reconstruction"
    assert len(read_result(tmp_path / RESULT).positions) < len(scan)


def test_a_stop_while_it_reconstructs_leaves_nothing(scan, start, tmp_path):
    folder = tmp_path / "none"
    training = train_own(Run(0, scan, RPIE()), DENSE, QUICK, folder, start=start)
    assert next(training).stage == "reconstruction"
    training.close()
    assert not folder.exists()


def test_a_result_is_learned_from_as_it_is(scan, start, tmp_path):
    run = Run(0, scan, AWF(iterations=8))
    list(run.to_end(interval=0))
    path = tmp_path / "result.h5"
    write_result(path, Result.of_run(run))
    source = read_source(str(path))
    np.testing.assert_array_equal(source.last.obj, run.last.obj)
    seen = list(train_own(source, DENSE, QUICK, tmp_path / "mine", start=start))
    assert {progress.stage for progress in seen} == {"steps"}
    assert not (tmp_path / "mine" / RESULT).exists()
    assert "by AWF, 8 iterations" in load_info(tmp_path / "mine").training["notice"]


def test_a_scan_file_is_read_as_a_run_to_come(scan, tmp_path):
    write_scan(tmp_path / "scan.h5", scan)
    source = read_source(str(tmp_path / "scan.h5"))
    assert source.last is None
    assert len(source.scan) == len(scan)


def test_a_scan_is_read_as_the_flags_say_but_no_result(scan, tmp_path):
    write_scan(tmp_path / "scan.h5", scan)
    turned = read_source(str(tmp_path / "scan.h5"), lambda: scan.subset(slice(3)))
    assert len(turned.scan) == 3
    run = Run(0, scan, AWF(iterations=1))
    list(run.to_end(interval=0))
    write_result(tmp_path / "result.h5", Result.of_run(run))
    with pytest.raises(InputError, match="leave out the flags on reading"):
        read_source(str(tmp_path / "result.h5"), lambda: scan)


def test_the_domain_is_that_given_or_the_name_of_the_scan(scan, start, tmp_path):
    unknown = dataclasses.replace(scan, specimen="", name="x" * 80)
    for folder, chosen, shown in (("a", "cells", "cells"), ("b", "", Run(0, unknown, RPIE()).subject)):
        options = dataclasses.replace(QUICK, domain=chosen)
        list(train_own(Run(0, unknown, RPIE()), DENSE, options, tmp_path / folder, start=start))
        assert load_info(tmp_path / folder).domain == shown


def test_too_little_light_is_refused(scan, start, tmp_path):
    corner = DenseScan(iterations=2, part="0:30,0:30")
    with pytest.raises(InputError, match=r"too small for crops of 32 px: lower --lit or --held-out"):
        list(train_own(Run(0, scan, RPIE()), corner, QUICK, tmp_path, start=start))


def test_a_model_without_its_state_is_not_written_over(scan, start, tmp_path):
    shutil.copytree(start, tmp_path / "mine", ignore=shutil.ignore_patterns("training-state"))
    with pytest.raises(InputError, match="without a state"):
        next(train_own(Run(0, scan, RPIE()), DENSE, QUICK, tmp_path / "mine", start=start))
