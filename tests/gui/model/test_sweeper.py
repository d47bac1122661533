"""Sweeper: what workers have done is handed out, however the sweep ends."""

from contextlib import asynccontextmanager

import pytest

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.gui.model.sweeper import Sweeper
from ptygui.methods import AWF
from ptygui.physics.simulate import Simulation
from ptygui.tasks.plans import SweepPlan
from ptygui.tasks.progress import Progress
from ptygui.tasks.where import Workers


def test_runs_that_ended_just_before_a_failure_are_handed_out(qtbot, jobs, scan, tmp_path, monkeypatch):
    """Those of workers are shown a few times a second, so that some still wait."""
    pytest.importorskip("distributed", reason="dask is not installed: pip install ptygui[cluster]")
    plan = SweepPlan(scan.truth, scan.probe, Simulation(), (AWF(iterations=2),), (0.5, 0.75))
    runs = tuple(Run(0, scan, AWF(iterations=2), outcome="done") for _ in plan.rows)

    @asynccontextmanager
    async def connected(workers):
        yield None

    async def nowhere(client):
        return ""

    async def sweep_on(*_):
        for count in (1, 2):
            yield Progress(runs[:count], 2, count / 2, 1.0, "awf", tuple(range(count)))
        raise InputError("the connection to the scheduler is lost")

    monkeypatch.setattr("ptygui.tasks.workers.connected", connected)
    monkeypatch.setattr("ptygui.tasks.workers.dashboard_of", nowhere)
    monkeypatch.setattr("ptygui.tasks.sweep.sweep_on", sweep_on)
    sweeper, came = Sweeper(jobs), []
    sweeper.folder = tmp_path
    sweeper.runs_done.connect(lambda new, rows: came.extend(new))
    with qtbot.waitSignal(sweeper.finished, timeout=20_000) as end:
        sweeper.start(plan, "cpu", Workers(2))
    assert end.args == ["failed"]
    assert came == list(runs)
