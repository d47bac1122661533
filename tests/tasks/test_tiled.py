"""Tiles on workers: the result is that of one process, and what goes wrong is said in a sentence."""

import itertools
import threading
from dataclasses import replace

import numpy as np
import pytest
from conftest import small_object

from ptygui.cli import main
from ptygui.errors import InputError
from ptygui.experiment import tiled as experiment_tiled
from ptygui.experiment.settings import RunSettings
from ptygui.experiment.tiled import TiledRun
from ptygui.files.results import read_result
from ptygui.files.scans import write_scan
from ptygui.methods import AWF
from ptygui.methods.tiled import tile
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.tasks import tiled
from ptygui.tasks.where import Workers

distributed = pytest.importorskip("distributed", reason="dask is not installed: pip install ptygui[cluster]")


@pytest.fixture(scope="module")
def scan():
    return simulate(small_object(160), make_probe("medium", 32), Simulation(overlap=0.5), name="large")


@pytest.fixture
def cluster():
    """Two workers, in threads of this process."""
    options = {"dashboard_address": "127.0.0.1:0", "silence_logs": 50, "memory_limit": 0}
    with distributed.LocalCluster(
        2, threads_per_worker=1, processes=False, host="127.0.0.1", protocol="tcp://", **options
    ) as found:
        yield found


def run_of(scan, method, cluster=None):
    where = (
        {} if cluster is None else {"carrier": tiled.on_workers(Workers(scheduler=cluster.scheduler_address))}
    )
    return TiledRun(0, scan, method, RunSettings(device="cpu"), tiles="2x2", **where)


def test_tiles_on_workers_are_those_of_one_process(scan, cluster):
    method = AWF(iterations=4, probe_update="yes", probe_update_start=1)
    *_, here = (step for step in run_of(scan, method).steps() if step)
    *_, there = (step for step in run_of(scan, method, cluster).steps() if step)
    np.testing.assert_array_equal(there.obj, here.obj)
    np.testing.assert_array_equal(there.probe, here.probe)


class Deadly:
    """Patterns whose reading ends the worker, and then takes for ever."""

    over = threading.Event()

    def __init__(self, shape):
        self.shape = shape

    def __getitem__(self, which):
        worker = distributed.get_worker()
        worker.loop.add_callback(worker.close, executor_wait=False)
        self.over.wait(60)
        raise OSError("the test is over")


def test_a_worker_that_dies_is_not_waited_for(scan, cluster, monkeypatch):
    def deadly(*asked):
        found = part(*asked)
        return replace(found, patterns=Deadly(found.patterns.shape))

    part = tile.Part.of
    monkeypatch.setattr(tile.Part, "of", deadly)
    try:
        with pytest.raises(
            InputError, match=r"worker tcp://127\.0\.0\.1:\d+ is lost, and its tiles with it: start again"
        ):
            list(run_of(scan, AWF(), cluster).steps())
    finally:
        Deadly.over.set()


def test_a_scheduler_without_workers_is_told(scan, monkeypatch):
    monkeypatch.setattr(tiled, "PATIENCE", 0.1)
    options = {"dashboard_address": "127.0.0.1:0", "host": "127.0.0.1", "port": 0}
    alone = {"cls": distributed.Scheduler, "options": options}
    with (
        distributed.SpecCluster({}, alone, silence_logs=50) as empty,
        pytest.raises(InputError, match="has no workers"),
    ):
        next(run_of(scan, AWF(), empty).steps())


def test_an_error_of_a_tile_is_its_sentence(scan, cluster, tmp_path):
    from ptygui.files.patterns_on_disk import left_in_files
    from ptygui.files.scans import read_scan

    path = write_scan(tmp_path / "scan.h5", scan)
    with left_in_files():
        found = read_scan(path)
    path.unlink()
    with pytest.raises(InputError, match=r"scan\.h5 was changed or moved"):
        list(run_of(found, AWF(), cluster).steps())


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--workers", "2"], "give --tiles, such as --tiles 2x2"),
        (["--tiles", "two"], "expected rows x columns"),
        (["--tiles", "2x2", "--resume", "old.h5"], "--resume does not work with --tiles"),
        (["--tiles", "2x2", "--background-update", "constant"], "leave out --background-update"),
    ],
)
def test_flags_that_do_not_go_together_are_refused(scan, tmp_path, capsys, flags, said):
    path = write_scan(tmp_path / "scan.h5", scan)
    assert main(["reconstruct", "awf", str(path), "--out", str(tmp_path / "out.h5"), *flags]) == 2
    assert said in capsys.readouterr().err


def test_the_command_writes_a_result(scan, tmp_path, capsys):
    path, out = write_scan(tmp_path / "scan.h5", scan), tmp_path / "out.h5"
    words = ["reconstruct", "awf", str(path), "--iterations", "12", "--tiles", "2x1", "--device", "cpu"]
    assert main([*words, "--out", str(out)]) == 0
    assert "in 2 x 1 tiles of up to 80 x 160 px on this process" in capsys.readouterr().err
    result = read_result(out)
    assert result.obj.shape == (160, 160)
    assert result.last.index == 12
    assert result.last.nrmse < 0.3


def test_steps_before_a_failure_are_kept(scan, tmp_path, capsys, monkeypatch):
    def failing(*asked):
        yield from itertools.takewhile(lambda shown: not (shown and shown[0].index == 8), here(*asked))
        raise InputError("worker 3 died")

    here = experiment_tiled.in_this_process
    monkeypatch.setattr(experiment_tiled, "in_this_process", failing)
    path, out = write_scan(tmp_path / "scan.h5", scan), tmp_path / "out.h5"
    words = ["reconstruct", "awf", str(path), "--iterations", "12", "--every", "4", "--tiles", "1x2"]
    assert main([*words, "--device", "cpu", "--out", str(out)]) == 2
    assert "worker 3 died; " in capsys.readouterr().err
    assert read_result(out).last.index == 4
