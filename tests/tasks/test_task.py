"""Tasks as small records, their rows, and the folder that holds both."""

import json
from dataclasses import replace

import numpy as np
import pytest
from conftest import small_object

from ptygui.cli import main
from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.experiment.thinning import Thinning
from ptygui.files.scans import write_scan
from ptygui.methods import AWF, RPIE, UNet
from ptygui.paths import RESOURCES
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.tasks.carrying import carried_out
from ptygui.tasks.folder import TaskFolder
from ptygui.tasks.inputs import Input
from ptygui.tasks.plans import SweepPlan, ThinnedPlan
from ptygui.tasks.row import Row
from ptygui.tasks.scans import SimulatedScan
from ptygui.tasks.spec import SweepSpec
from ptygui.tasks.task import Task


@pytest.fixture
def folder(tmp_path):
    return TaskFolder(tmp_path / "rows of mine")


@pytest.fixture
def task():
    obj, probe = Input.of_array("object", small_object()), Input.of_array("probe", make_probe("medium", 16))
    return Task(SimulatedScan(obj, probe, Simulation(overlap=0.5), "it"), AWF(iterations=8), 3, "cpu")


@pytest.fixture
def thinned(tmp_path):
    """Tasks of a measured scan, which is in a file."""
    full = simulate(small_object(48), make_probe("medium", 16), Simulation(overlap=0.75))
    path = write_scan(tmp_path / "full.h5", replace(full, truth=None))
    plan = ThinnedPlan(full, Thinning(reference=4), (AWF(iterations=5),), (0.5,), path=str(path))
    plan = replace(plan, scan=replace(full, truth=None))
    return [one for _, one in plan.tasks("cpu")]


@pytest.fixture
def computed(monkeypatch):
    """The methods of the runs that were computed."""
    found, whole = [], Run.to_end

    def to_end(run, **how):
        found.append(run.method.key())
        yield from whole(run, **how)

    monkeypatch.setattr(Run, "to_end", to_end)
    return found


def sent(one, folder):
    """The task as another process has it."""
    folder.store([one])
    return Task.read(json.loads(json.dumps(one.record())))


def test_a_task_is_a_record_that_another_process_carries_out_alike(task, folder):
    other = sent(task, folder)
    assert other == task
    assert other.key == task.key
    assert other.scan.obj.value is None
    here, there = carried_out(task), carried_out(other, folder)
    assert here.object_sha256 == there.object_sha256
    assert here.scores | {"seconds": 0} == there.scores | {"seconds": 0}
    assert here.scores["nrmse"] < 1
    assert here.numbers["index"] == [1, 2, 4, 6, 8]
    assert Row.read(there.text()) == there


def test_a_thinned_scan_is_read_by_its_path_and_compared_with_a_reference_that_is_made_once(
    thinned, folder, monkeypatch
):
    (one,) = thinned
    assert one.scan.full.spec.endswith("full.h5")
    first = carried_out(sent(one, folder), folder)
    assert first.scan["compared_with"] == "the full scan"
    from ptygui.tasks import scans

    scans.made.cache_clear()
    monkeypatch.setattr(scans, "reconstruct", None)  # the reference is there by now
    again = carried_out(sent(one, folder), TaskFolder(folder.path))
    assert again.object_sha256 == first.object_sha256


def test_a_scan_that_has_changed_since_is_refused(thinned, folder):
    (one,) = thinned
    other = sent(one, folder)
    write_scan(one.scan.full.spec, simulate(small_object(48), make_probe("medium", 16), Simulation()))
    row = carried_out(other, folder)
    assert row.outcome == "failed"
    assert "is not the scan that the task was planned with" in row.error


def test_the_key_is_what_determines_the_result_only(task):
    renamed = replace(task.scan, name="other", obj=replace(task.scan.obj, spec="elsewhere.npz"))
    assert replace(task, scan=renamed, device="cuda").key == task.key
    noisy = replace(task.scan, simulation=Simulation(overlap=0.5, seed=1))
    for other in (replace(task, seed=4), replace(task, method=AWF(iterations=9)), replace(task, scan=noisy)):
        assert other.key != task.key


def test_a_finished_row_is_not_computed_again_but_a_failed_or_damaged_one_is(task, folder, computed):
    first = carried_out(task, folder)
    assert carried_out(task, folder) == first
    assert len(computed) == 1
    assert carried_out(task, folder, keep=True).object_sha256 == first.object_sha256
    assert len(computed) == 2  # its result was asked for
    path = folder.path / "rows" / f"{task.key}.json"
    path.write_text(path.read_text()[:100])
    carried_out(task, folder, keep=True)
    assert len(computed) == 3
    folder.put(replace(first, outcome="failed", error="no room"))
    assert carried_out(task, folder).done
    assert len(computed) == 4


def test_what_fails_is_recorded_with_its_error(task, folder, monkeypatch):
    refused = replace(task, method=UNet(network=str(folder.path / "none")))
    assert "none" in carried_out(refused, folder).error

    def broken(run, **how):
        yield
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(Run, "to_end", broken)
    assert carried_out(task, folder).error == "RuntimeError: a fault of ours"
    assert sorted(row.error for row in folder.rows())[0] == "RuntimeError: a fault of ours"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"key": 1, "task": {}, "outcome": "done"}', "[" * 10_000, '{"key": "a"', "null"]
)
def test_a_row_that_is_none_is_refused(text):
    with pytest.raises(InputError, match="is not a row of results"):
        Row.read(text)


@pytest.mark.parametrize(
    "record", [None, {}, {"scan": {}, "method": "awf", "options": {}, "seed": 0, "device": "cpu"}, []]
)
def test_a_record_that_is_none_is_refused(record):
    with pytest.raises(InputError):
        Task.read(record)


def test_the_runs_of_a_folder_are_those_that_were_carried_out(folder):
    plan = SweepPlan(
        small_object(), make_probe("medium", 16), Simulation(), (RPIE(iterations=5),), (0.5, 0.75)
    )
    tasks = [one for _, one in plan.tasks("cpu")]
    row = carried_out(tasks[0], folder, keep=True)
    runs, missing = folder.runs(tasks, number=4)
    assert missing == 1
    (run,) = runs
    assert (run.sweep, run.seed, run.outcome, run.method) == (4, 0, "done", RPIE(iterations=5))
    assert run.last.nrmse == row.scores["nrmse"]
    assert np.array_equal(run.scan.patterns, tasks[0].scan.make(None).patterns)


def test_a_batch_array_and_collect_say_what_the_sweep_says(tmp_path, capsys, monkeypatch, computed):
    monkeypatch.chdir(tmp_path)
    words = (
        "sweep awf:iterations=9 rpie:iterations=4 --object smear:1:64 --probe-width 16 --from 0.5 --to 0.8"
    )
    words = [*words.split(), "--by", "0.3", "--device", "cpu", "--out", "whole"]
    assert main(words) == 0
    said = capsys.readouterr().out.splitlines()
    assert main(words) == 0
    assert len(computed) == 4  # not again
    (tmp_path / "whole" / "spec.toml").rename("asked.toml")
    assert main("sweep --array asked.toml 1/2 --device cpu".split()) == 0
    assert main(["collect", "asked"]) == 0
    assert "2 of 4 runs are not there" in capsys.readouterr().err
    assert main("sweep --array asked.toml 2/2 --device cpu".split()) == 0
    capsys.readouterr()
    assert main(["collect", "asked"]) == 0
    assert capsys.readouterr().out.splitlines() == said[:-1]
    before = len(computed)
    assert main([*words[:-1], "asked", "--seeds", "2"]) == 0
    assert len(computed) == before + 4  # those of the second seed
    assert main("sweep --array asked.toml 3/2".split()) == 2


def test_the_example_of_a_sweep_is_one_and_reads_back(tmp_path):
    spec = SweepSpec.of_file(RESOURCES / "sweep.toml")
    assert [method.key() for method in spec.methods] == ["awf", "daps"]
    (tmp_path / "again.toml").write_text(spec.settled().text(), encoding="utf-8")
    assert SweepSpec.of_file(tmp_path / "again.toml") == spec


def test_a_method_that_a_spec_names_twice_is_carried_out_once():
    asked = SweepSpec.read(
        {"methods": ["awf:iterations=3", "rpie", "awf:iterations=3"], "object": "smear:1:64"}
    )
    assert [method.key() for method in asked.methods] == ["awf", "rpie"]


def test_paths_of_a_spec_are_also_those_of_its_folder(tmp_path):
    np.save(tmp_path / "a.npy", small_object())
    (tmp_path / "mine.toml").write_text('methods = ["awf"]\nobject = "a.npy@0:32,0:32"\n')
    found = SweepSpec.of_file(tmp_path / "mine.toml")
    assert found.objects == (f"{tmp_path / 'a.npy'}@0:32,0:32",)
    assert found.plan().obj.shape == (32, 32)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("methods = []", "no method is given"),
        ('methods = ["awf"]\nfrom = 20.0', "--from is 20.0"),
        ('methods = ["awf"]\nobjects = "a"', "objects is not known"),
        ('methods = ["awf"]\n[simulation]\nphotons = "many"', "photons is 'many'"),
        ('methods = [3]', "3 is no text"),
        ("methods = ", "cannot be read as TOML"),
    ],
)  # fmt: skip
def test_a_spec_that_cannot_be_is_refused(tmp_path, text, said):
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(InputError, match=said):
        SweepSpec.of_file(tmp_path / "mine.toml")
