"""Sweeps: which scans, which runs, and the lowest overlap that will do."""

import asyncio
import csv
import threading
import tomllib
from dataclasses import replace

import numpy as np
import pytest
from conftest import history_of, small_object

from ptygui.analysis.verdict import Verdict
from ptygui.cli import main
from ptygui.experiment.overlap_limit import (
    MISFIT,
    NRMSE,
    SSIM,
    Curve,
    Place,
    curves_of,
    lowest,
    table_of,
    told,
)
from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.experiment.thinning import Thinning
from ptygui.methods import AWF, RPIE
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.tasks.experiments.cells import in_order
from ptygui.tasks.experiments.plan import plan_of
from ptygui.tasks.experiments.protocols import asked_of, experiment_named
from ptygui.tasks.folder import TaskFolder
from ptygui.tasks.plans import SweepPlan, ThinnedPlan, reachable
from ptygui.tasks.spec import SweepSpec
from ptygui.tasks.sweep import sweep, sweep_on


def plan(**more):
    settings = {"methods": (AWF(iterations=8), RPIE(iterations=5)), "overlaps": (0.5, 0.75)}
    return SweepPlan(small_object(), make_probe("medium", 16), Simulation(), **settings | more)


def run_all(a_plan):
    """Every `Progress` of a sweep, the last one with all runs."""
    return [progress for progress in sweep(a_plan, "cpu") if progress is not None]


def curve(scan, scores, method=None):
    """A curve made up of NRMSE values by overlap, a list of values for several seeds."""
    places = []
    for overlap, values in scores.items():
        runs = []
        for seed, value in enumerate(np.atleast_1d(values)):
            run = Run(
                1,
                simulate(scan.truth, scan.probe, Simulation(overlap=overlap)),
                method or AWF(),
                RunSettings(seed=seed),
                sweep=1,
            )
            run.history, run.outcome = (
                history_of(run.scan, 1, nrmse=float(value), ssim=1 - float(value)),
                "done",
            )
            runs.append(run)
        places.append(Place(tuple(runs)))
    return Curve(1, method or AWF(), tuple(places))


@pytest.mark.parametrize("by", [0.05, 0.1, 0.0])
def test_overlaps_to_try_are_whole_pixels_of_the_step(by):
    found = reachable(0.2, 0.7, by, 32)
    steps = [(1 - overlap) * 32 for overlap in found]
    assert steps == pytest.approx(np.rint(steps))
    assert list(found) == sorted(set(found))
    assert len(found) == {0.05: 11, 0.1: 6, 0.0: 16}[by]
    assert reachable(0.7, 0.2, by, 32) == found


def test_a_sweep_runs_every_method_at_every_overlap_with_every_seed():
    last = run_all(plan(seeds=2, first_seed=5, number=3))[-1]
    assert last.share == 1
    assert len(last.runs) == last.count == 8
    for run in last.runs:
        assert run.outcome == "done"
        assert run.sweep == 3
        assert run.last.index == run.method.total
        assert run.last.state == {}  # kept light
        assert len(run.history.frames) == 1
        assert len(run.history) > 1  # but every number that was made
    assert {(run.method.key(), run.overlap, run.seed) for run in last.runs} == {
        (key, overlap, seed) for key in ("awf", "rpie") for overlap in (0.5, 0.75) for seed in (5, 6)
    }
    at_half = [run.scan for run in last.runs if run.overlap == 0.5]
    assert len(set(map(id, at_half))) == 2  # methods share the scan of a seed, seeds have other noise


def test_progress_only_rises_and_tells_the_time_left():
    steps = run_all(plan())
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert [len(step.runs) for step in steps] == sorted(len(step.runs) for step in steps)
    assert steps[0].seconds_left is None
    assert steps[-1].seconds_left == 0


def test_a_sweep_can_be_stopped_at_any_iterate():
    steps = sweep(plan(methods=(RPIE(iterations=10_000_000),)), "cpu")
    seen = [next(steps) for _ in range(20)]
    steps.close()
    assert all(step is None or not step.runs for step in seen)


def test_a_sweep_on_workers_is_stopped_while_a_thread_makes_its_reference(tmp_path, monkeypatch):
    working, go, whole = threading.Event(), threading.Event(), ThinnedPlan.reference

    def reference(plan, device):
        working.set()
        assert go.wait(20)
        yield from whole(plan, device)

    async def stopped():
        steps = sweep_on(None, asked, TaskFolder(tmp_path), "cpu")
        first = asyncio.ensure_future(anext(steps))
        await asyncio.to_thread(working.wait, 20)
        first.cancel()
        asyncio.get_running_loop().call_soon(go.set)
        with pytest.raises(asyncio.CancelledError):
            await first

    full = simulate(small_object(48), make_probe("medium", 16), Simulation(overlap=0.75))
    asked = ThinnedPlan(replace(full, truth=None), Thinning(reference=3), (AWF(iterations=3),), (0.5,))
    monkeypatch.setattr(ThinnedPlan, "reference", reference)
    asyncio.run(stopped())


def test_a_run_that_is_refused_does_not_end_the_sweep(tmp_path):
    from ptygui.methods import UNet

    last = run_all(plan(methods=(UNet(network=str(tmp_path / "none")), AWF(iterations=3))))[-1]
    assert [run.outcome for run in last.runs] == ["failed", "done"] * 2
    assert "none" in last.runs[0].error
    failed = next(c for c in curves_of(last.runs) if isinstance(c.method, UNet))
    assert lowest(failed, NRMSE, 1e9).place is None
    assert "no result" in told(failed, NRMSE, 0.1)


def test_overlaps_of_the_same_positions_are_one():
    """`fit` spaces evenly: 45 and 50 % have the same three positions along each side."""
    fit = replace(plan(overlaps=(0.5, 0.45)), simulation=Simulation(layout="fit"))
    assert len(fit.scans) == 1
    assert len(plan(overlaps=(0.5, 0.5)).scans) == 1


def test_the_lowest_that_will_do_has_only_passing_ones_above(scan):
    made = curve(scan, {0.25: 0.2, 0.5: 0.09, 0.75: 0.02})
    found = lowest(made, NRMSE, 0.1)
    assert found.place is made.places[1]
    assert found.below is made.places[0]
    assert found.strays == ()
    said = told(made, NRMSE, 0.1)
    assert said.startswith(
        "NRMSE below 0.1 from 50.0 % linear overlap up (28.8 % of D90, step 8 px, 9 positions, "
        "0.36 of the dose at 75.0 %)"
    )
    assert "25.0 % gives 0.2" in said
    assert "onotonic" not in said


@pytest.mark.parametrize(
    ("below", "words"), [(0.10003, "0.10003"), (0.1004, "0.1004"), (0.2, "0.2"), (0.12345, "0.123")]
)
def test_a_score_just_beyond_the_threshold_does_not_read_as_the_threshold(scan, below, words):
    made = curve(scan, {0.25: below, 0.5: 0.05})
    assert f"25.0 % gives {words}." in told(made, NRMSE, 0.1)
    alone = curve(scan, {0.25: below})
    assert f"({words} there)" in told(alone, NRMSE, 0.1)


@pytest.mark.parametrize(
    ("figure", "value", "words"),
    [(NRMSE, 0.1, "0.1"), (NRMSE, 0.09999, "0.1"), (SSIM, 0.89996, "0.89996"), (SSIM, 0.90004, "0.9")],
)
def test_a_score_reads_as_on_its_side_of_the_threshold(figure, value, words):
    assert figure.text(value, figure.threshold) == words


def test_a_curve_that_is_not_monotonic_says_so(scan):
    made = curve(scan, {0.25: 0.05, 0.5: 0.2, 0.75: 0.02})
    found = lowest(made, NRMSE, 0.1)
    assert found.place is made.places[2]
    assert found.strays == (made.places[0],)
    assert "Not monotonic: 25.0 % passes too" in told(made, NRMSE, 0.1)


def test_every_seed_must_pass(scan):
    made = curve(scan, {0.5: [0.09, 0.3], 0.75: [0.02, 0.03]})
    assert lowest(made, NRMSE, 0.1).place is made.places[1]
    assert "each of 2 seeds" in told(made, NRMSE, 0.1)
    assert "50.0 % gives 0.3" in told(made, NRMSE, 0.1)


def test_none_and_all_that_pass_are_told(scan):
    made = curve(scan, {0.5: 0.2, 0.75: 0.15})
    assert told(made, NRMSE, 0.1) == "NRMSE not below 0.1 up to 75.0 % (0.15 there)."
    assert "No lower one was tried" in told(made, NRMSE, 0.5)
    assert "No lower one" not in told(made, NRMSE, 0.5, over=False)
    assert lowest(made, SSIM, 0.8).place is made.places[0]  # of SSIM more is better
    assert lowest(made, SSIM, 0.82).place is made.places[1]
    assert lowest(made, MISFIT, 1.0).place is None


def test_a_lowest_point_that_is_not_to_be_trusted_is_told(scan):
    made = curve(scan, {0.25: 0.3, 0.5: [0.09, 0.08], 0.75: 0.02})
    one, other = made.places[1].runs
    doubt, misfit = Verdict("unconverged", ""), Verdict("prior", "")
    assert "○" not in told(made, NRMSE, 0.1, doubts={made.places[0].runs[0]: doubt})  # it does not pass
    said = told(made, NRMSE, 0.1, doubts={one: doubt})
    assert said.endswith(
        "○ But 1 of 2 runs at 50.0 % did not converge: without such runs it passes from 50.0 % up."
    )
    said = told(made, NRMSE, 0.1, doubts={one: doubt, other: misfit})
    assert said.endswith(
        "○ But 2 of 2 runs at 50.0 % did not fit the data: without such runs it passes from 75.0 % up."
    )
    said = told(made, NRMSE, 0.1, doubts={run: doubt for place in made.places for run in place.runs})
    assert said.endswith("without such runs none passes.")


def test_a_sweep_that_goes_on_says_so_with_every_sentence(scan):
    made = curve(scan, {0.5: 0.2, 0.75: 0.15})
    for threshold in (0.1, 0.17, 0.5):
        assert told(made, NRMSE, threshold, over=False).startswith("So far (the sweep is running): NRMSE ")
        assert "So far" not in told(made, NRMSE, threshold)


def test_curves_part_sweeps_and_options(scan):
    runs = [
        run
        for made in (curve(scan, {0.5: 0.1}), curve(scan, {0.5: 0.2}, RPIE()))
        for run in made.places[0].runs
    ]
    other = replace(runs[0], sweep=2)
    alone = replace(runs[0], sweep=0)
    found = curves_of([*runs, other, alone])
    assert [(c.sweep, c.method) for c in found] == [(1, AWF()), (1, RPIE()), (2, AWF())]
    lines = table_of(found).splitlines()
    assert len(lines) == 4
    rows = list(csv.reader(lines))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert rows[0][-3:] == ["verdict", "reason", "scan"]
    assert rows[1][-3] == "doubtful"  # an NRMSE of 0.1
    assert "NRMSE 0.1 against the truth" in rows[1][-2]
    assert rows[1][-1] == runs[0].subject


def test_several_objects_are_one_sweep_and_one_curve_or_one_each():
    spec = SweepSpec.read(
        {"methods": ["awf:iterations=4", "awf:iterations=6"], "object": ["smear:1:48", "smear:2:48"],
         "probe_width": 16, "from": 0.5, "to": 0.75, "by": 0.25, "seeds": 2}
    )  # fmt: skip
    assert SweepSpec.read(tomllib.loads(spec.text())) == spec
    asked = spec.plan()
    assert asked.count == len(asked.rows) == len(list(asked.tasks())) == 2 * 2 * 2 * 2
    assert asked.subject == "smear 1 and 1 more"
    found = run_all(asked)[-1]
    assert found.places == tuple(range(16))
    assert [(run.subject, run.method) for run in found.runs] == [
        (row.part.subject, row.method) for row in asked.rows
    ]
    pooled = curves_of(found.runs)
    assert [curve.method.iterations for curve in pooled] == [4, 6]
    assert all(len(place.runs) == 4 for curve in pooled for place in curve.places)
    assert pooled[0].name == "1: AWF (iterations 4) of 2 scans"
    assert "each of 4 runs of 2 scans" in told(pooled[0], NRMSE, 10)
    apart = curves_of(found.runs, apart=True)
    assert [(curve.of, curve.seeds) for curve in apart] == [("smear 1", 2)] * 2 + [("smear 2", 2)] * 2


def test_where_nothing_but_noise_differs_pooling_is_not_over_what_differs():
    """Scans of other photons, in a sweep of an experiment, are other curves."""
    asked = experiment_named("dose").asked(
        size=48, patches=2, methods=("awf:iterations=3",), overlaps=(0.5,), doses=(1e3, 1e5)
    )
    found = run_all(plan_of(asked))[-1]
    assert [(curve.of, len(curve.places[0].runs)) for curve in curves_of(found.runs)] == [
        ("photons 1000", 2), ("photons 100000", 2),
    ]  # fmt: skip


@pytest.mark.parametrize("key", ["table1", "positions", "dose", "mismatch"])
def test_the_sweep_of_an_experiment_has_its_very_runs(key):
    experiment = experiment_named(key)
    asked = experiment.asked(
        size=96, patches=2, seeds=2, overlaps=(0.2, 0.5), methods=("awf:iterations=3",), doses=(1e3, 1e5)
    )
    keys = [task.key for _, task in plan_of(asked).tasks()]
    assert sorted(keys) == sorted(task.key for task in in_order(experiment.cells(asked)))


def test_a_spec_of_an_experiment_may_leave_out_what_is_as_by_default(tmp_path):
    np.save(tmp_path / "a.npy", small_object())
    (tmp_path / "mine.toml").write_text('experiment = "dose"\nobjects = ["a.npy"]\nsize = 32\n')
    asked = asked_of(tmp_path / "mine.toml")
    assert asked.objects == (str(tmp_path / "a.npy"),)  # of its folder
    assert asked.methods == experiment_named("dose").defaults["methods"]


def test_the_command_prints_the_answer_and_writes_the_table(tmp_path, capsys):
    out = tmp_path / "sweep.csv"
    words = "sweep awf:iterations=30 rpie:iterations=5 --object smear:1:64 --probe-width 16"
    words += " --from 0.5 --to 0.8 --by 0.1 --threshold 0.4"
    assert main([*words.split(), "--csv", str(out), "--device", "cpu"]) == 0
    printed = capsys.readouterr().out
    assert "AWF (iterations 30): NRMSE" in printed
    assert "did not converge: without such runs" in printed
    assert len(out.read_text().splitlines()) == 1 + 2 * 4
    assert main(["sweep", "awf:iteration=3"]) == 2
    assert "not an option of awf" in capsys.readouterr().err


def test_the_command_tells_why_runs_failed(capsys):
    flags = ["--object", "smear:0:64", "--from", "0.2", "--to", "0.5", "--by", "0.3", "--device", "cpu"]
    assert main(["sweep", "awf:iterations=2", "unet:network=nowhere", *flags]) == 0
    said = [line for line in capsys.readouterr().err.splitlines() if "failed" in line]
    assert len(said) == 1  # for both overlaps
    assert said[0].startswith("note: U-Net (network nowhere) failed: ")
