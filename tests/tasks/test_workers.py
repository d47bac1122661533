"""Tasks on workers: as here bit for bit, without those that die, and after a scheduler that is lost."""

import asyncio
import os
import signal
from contextlib import aclosing
from types import SimpleNamespace

import pytest
from conftest import small_object

from ptygui.cli import main
from ptygui.errors import InputError
from ptygui.methods import AWF, RPIE, UNet
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation
from ptygui.tasks import batch, workers
from ptygui.tasks.batch import read_profile
from ptygui.tasks.carrying import carried_out
from ptygui.tasks.folder import TaskFolder
from ptygui.tasks.plans import SweepPlan
from ptygui.tasks.sweep import sweep_on
from ptygui.tasks.where import Underway, Workers, workers_named
from ptygui.tasks.workers import Finished, carried_out_on, connected

distributed = pytest.importorskip("distributed", reason="dask is not installed: pip install ptygui[cluster]")


@pytest.fixture(autouse=True)
def no_patience():
    """What is lost is not waited for."""
    import dask

    with dask.config.set({"distributed.comm.timeouts.connect": "300ms"}):
        yield


@pytest.fixture
def folder(tmp_path):
    return TaskFolder(tmp_path / "rows")


def plan(*methods):
    return SweepPlan(small_object(), make_probe("medium", 16), Simulation(), methods, (0.5, 0.75))


async def a_cluster(count=1):
    """Workers in this process, which are there at once."""
    worker = {"cls": distributed.Worker, "options": {"nthreads": 1, "dashboard": False, "memory_limit": 0}}
    options = {"dashboard_address": "127.0.0.1:0", "host": "127.0.0.1", "port": 0}
    scheduler = {"cls": distributed.Scheduler, "options": options}
    return await distributed.SpecCluster(
        {k: worker for k in range(count)}, scheduler, asynchronous=True, silence_logs=50
    )


def test_a_sweep_on_workers_is_that_in_this_process(folder, tmp_path):
    asked = plan(AWF(iterations=8), UNet(network=str(tmp_path / "none")))

    async def elsewhere():
        async with await a_cluster() as cluster:
            async with connected(Workers(scheduler=cluster.scheduler_address)) as client:
                return [progress async for progress in sweep_on(client, asked, folder, "cpu")]

    last = asyncio.run(elsewhere())[-1]
    assert last.share == 1
    assert sorted(run.outcome for run in last.runs) == ["done", "done", "failed", "failed"]
    assert all("none" in run.error for run in last.runs if run.outcome == "failed")
    for _, task in asked.tasks("cpu"):
        if task.method.key() == "awf":
            assert folder.row(task.key).object_sha256 == carried_out(task).object_sha256


def test_a_lost_scheduler_leaves_the_finished_rows_and_the_rest_follows(folder):
    asked = [task for _, task in plan(AWF(iterations=6), RPIE(iterations=200)).tasks("cpu")]

    async def lost():
        async with await a_cluster() as cluster:
            async with connected(Workers(scheduler=cluster.scheduler_address)) as client:
                async with aclosing(carried_out_on(client, asked, folder)) as steps:
                    async for news in steps:
                        if isinstance(news, Finished):
                            await cluster.scheduler.close()

    with pytest.raises(InputError, match="the connection to the scheduler is lost"):
        asyncio.run(lost())
    assert folder.row(asked[0].key) is not None


def test_tasks_that_are_alike_are_carried_out_once_and_all_end(folder):
    (task, other) = [task for _, task in plan(AWF(iterations=6)).tasks("cpu")]

    async def ended():
        async with await a_cluster() as cluster:
            async with connected(Workers(scheduler=cluster.scheduler_address)) as client:
                found = [one async for one in carried_out_on(client, [task, other, task], folder)]
                return [one.task for one in found if isinstance(one, Finished)]

    found = asyncio.run(ended())
    assert found.count(task) == 2
    assert found.count(other) == 1


def test_nobody_who_answers_is_told(monkeypatch):
    monkeypatch.setattr(workers, "PATIENCE", 0.1)

    async def alone():
        async with connected(Workers(scheduler="tcp://127.0.0.1:1")):
            pass

    with pytest.raises(InputError, match=r"no scheduler answers at tcp://127\.0\.0\.1:1"):
        asyncio.run(alone())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind = 'lsf'", "expected slurm or pbs"),
        ("kind = 'slurm'\ncores = 4", "cores = 4 is not understood"),
        ("kind = 'pbs'\ndirectives = 'a'", "directives = 'a' is not understood"),
        ("kind = ", "cannot be read as TOML"),
    ],
)
def test_a_profile_is_checked(tmp_path, text, said):
    path = tmp_path / "profile.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        read_profile(str(path))


class Queue:
    """A cluster of jobs, of which the batch system knows those in `queued`."""

    def __init__(self, came, queued):
        names = {name: {"name": name} for name in came}
        self.scheduler_info = {"workers": {f"tcp://{name}": about for name, about in names.items()}}
        self.workers = {name: SimpleNamespace(job_id=job) for name, job in (("one", "7"), ("two", "8"))}
        self.queued, self.asked = queued, []

    def scale(self, jobs):
        self.asked.append(jobs)


@pytest.mark.parametrize(
    ("came", "known", "said"),
    [
        ({"one", "two"}, {"7", "8"}, None),
        ({"one", "two"}, set(), None),  # they were there: lost jobs are submitted again
        ({"one"}, {"8"}, None),  # the other one waits for its turn
        ({"one"}, {"7"}, "job 8 ended before its worker came"),
    ],
)
def test_jobs_are_kept_up_unless_they_cannot_begin(monkeypatch, came, known, said):
    cluster = Queue(came, known)
    monkeypatch.setattr(batch, "LOOK", 0.001)
    monkeypatch.setitem(batch._ASKED, "Queue", ("squeue",))
    monkeypatch.setattr(batch, "queued", lambda asked, job: job in known)

    async def watched():
        watch = asyncio.ensure_future(batch.kept_up(cluster, 2))
        while not watch.done() and len(cluster.asked) < 3:
            await asyncio.sleep(0)
        if watch.done():
            await watch
        watch.cancel()

    if said:
        with pytest.raises(InputError, match=said):
            asyncio.run(watched())
    else:
        asyncio.run(watched())
        assert cluster.asked == [2, 2, 2]


@pytest.mark.parametrize(
    ("shell", "there"),
    [
        ("echo PENDING", True), ("true", False), (None, True),
        ("echo 'error: Invalid job id specified' >&2; exit 1", False),
        ("echo 'error: Unable to contact controller' >&2; exit 1", True),
    ],
)  # fmt: skip
@pytest.mark.skipif(os.name == "nt", reason="batch systems are asked by a shell script here")
def test_a_batch_system_is_asked_for_a_job(tmp_path, shell, there):
    command = tmp_path / "squeue"
    if shell is not None:
        command.write_text(f"#!/bin/sh\n{shell}\n")
        command.chmod(0o755)
    assert batch.queued((str(command),), "7") is there


@pytest.mark.slow
def test_the_runs_of_a_worker_that_is_killed_go_elsewhere(folder):
    asked = [task for _, task in plan(AWF(iterations=2000), RPIE(iterations=2000)).tasks("cpu")]

    async def with_a_death():
        rows, killed = [], False
        async with connected(Workers(count=2)) as client:
            async for news in carried_out_on(client, asked, folder):
                if isinstance(news, Finished):
                    rows.append(news.row)
                elif isinstance(news, Underway) and not killed and len(news.by_worker) == 2:
                    killed = True
                    os.kill(next(iter((await client.run(os.getpid)).values())), signal.SIGKILL)
        assert killed
        return rows

    rows = asyncio.run(with_a_death())
    assert {row.key: row.object_sha256 for row in rows} == {
        task.key: carried_out(task).object_sha256 for task in asked
    }


@pytest.mark.slow
def test_the_command_takes_local_workers(tmp_path, capsys):
    words = "sweep awf:iterations=9 --object smear:1:64 --probe-width 16 --from 0.5 --to 0.8 --by 0.3"
    words = [*words.split(), "--device", "cpu"]
    assert main(words) == 0
    here = capsys.readouterr().out.splitlines()
    assert main([*words, "--workers", "1", "--out", str(tmp_path / "rows")]) == 0
    assert capsys.readouterr().out.splitlines()[:-1] == here


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", Workers()), ("2", Workers(2)), (" tcp://host:8786 ", Workers(scheduler="tcp://host:8786")),
        ("slurm.toml", Workers(1, profile="slurm.toml")), ("a/b.toml:8", Workers(8, profile="a/b.toml")),
    ],
)  # fmt: skip
def test_workers_are_named_in_a_few_words(text, found):
    assert workers_named(text) == found
    assert bool(found) == bool(text)
    with pytest.raises(InputError, match="expected a number"):
        workers_named("some")
