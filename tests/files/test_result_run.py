"""Result files as runs."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import history_of, step_of

from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.files.formats.own_scan import write_scan
from ptygui.files.result import Result
from ptygui.files.result_run import read_run
from ptygui.files.results import write_result
from ptygui.history import History
from ptygui.methods import RPIE, Imported
from ptygui.scan import Scan
from ptygui.step import NUMBERS


@pytest.fixture
def written(tmp_path, scan):
    history = History()
    for step in reconstruct(scan, RPIE(iterations=5, alpha=0.1), device="cpu", interval=0, seed=2):
        history.append(step)
    result = Result.of(scan, RPIE(iterations=5, alpha=0.1), history, seed=2, device="cpu")
    return write_result(tmp_path / "r.h5", result), history, result


def test_frames_numbers_and_options_come_back(written, scan):
    path, history, _ = written
    run = read_run(path, [scan])
    assert (run.number, run.name, run.outcome, run.seed) == (0, "r", "done", 2)
    assert run.method == RPIE(iterations=5, alpha=0.1)
    assert run.scan is scan
    assert run.history.numbers == history.numbers
    for one, other in zip(run.history.frames, history.frames, strict=True):
        np.testing.assert_array_equal(one.obj, other.obj)


def test_a_branch_says_what_it_is_of_in_another_session_too(tmp_path, scan):
    parent = Run(3, scan, RPIE(iterations=6), history=history_of(scan, 6, nfe=7))
    branch = parent.branch(4, parent.history.frames[1], RPIE(iterations=6, alpha=0.4), RunSettings("cpu"))
    branch.history.append(step_of(scan, 3, 6, nfe=9))
    run = read_run(write_result(tmp_path / "r.h5", Result.of_run(branch)), [scan])
    assert run.lineage == "← 3 rpie 62.5 % @ step 2, alpha 0.4"
    assert run.origin.run == 0  # numbers are of one session
    assert run.method_at(2) == parent.method
    assert run.changes == branch.changes
    assert run.evaluations == branch.evaluations == 2


def test_the_last_step_goes_on_bit_for_bit(written, scan):
    path, _, _ = written
    method = RPIE(iterations=8, alpha=0.1)
    *_, at_once = reconstruct(scan, method, device="cpu", seed=2)
    *_, resumed = reconstruct(scan, method, device="cpu", seed=2, resume=read_run(path, [scan]).last)
    np.testing.assert_array_equal(resumed.obj, at_once.obj)


def test_without_its_scan_it_can_be_seen_but_not_run(written, scan):
    path, _, _ = written
    other = replace(scan, positions=np.add(scan.positions, (0, -0.2)).clip(0))
    run = read_run(path, [other])
    assert not run.scan.has_patterns
    np.testing.assert_array_equal(run.scan.truth, scan.truth)
    assert not isinstance(run.scan, Scan)
    assert len(run.scan) == len(scan)
    with pytest.raises(InputError, match="open the scan"):
        next(reconstruct(run.scan, run.method, device="cpu"))
    with pytest.raises(InputError, match="patterns are in the file of its scan"):
        write_scan(path.with_name("s.h5"), run.scan)


def test_the_scan_exported_beside_it_is_taken(written, scan):
    path, _, _ = written
    beside = write_scan(path.with_name("r_scan.h5"), scan)
    run = read_run(path)
    assert run.scan_path == str(beside)
    np.testing.assert_array_equal(run.scan.patterns, scan.patterns)


def test_a_product_of_another_program(written, scan):
    import h5py

    path, history, _ = written
    with h5py.File(path, "r+") as file:
        del file["ptygui"]
    run = read_run(path)
    assert run.method == Imported()
    assert set(run.history.numbers) == set(NUMBERS)
    np.testing.assert_array_equal(run.last.obj, history.last.obj)


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("ptygui/frames/obj", np.zeros((5, 8, 8), np.complex64), "obj of step 1"),
        ("ptygui/metrics/nfe", np.zeros(3), "numbers are not all there"),
    ],
)
def test_what_could_not_be_shown_is_refused(written, name, values, said):
    import h5py

    path, _, _ = written
    with h5py.File(path, "r+") as file:
        del file[name]
        file[name] = values
    with pytest.raises(InputError, match=rf"r\.h5.*{said}"):
        read_run(path)


def test_options_of_another_version_are_named(written):
    import h5py

    path, _, _ = written
    with h5py.File(path, "r+") as file:
        file["ptygui"].attrs["options"] = '{"beta": 3}'
    with pytest.raises(InputError, match=r"r\.h5: its options are not those of rpie.*beta"):
        read_run(path)
