"""Which iterates become Steps."""

import itertools
import time
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest
from slow_method import Slow

from ptygui.analysis.metrics import noise_errors
from ptygui.errors import InputError
from ptygui.experiment.reconstruct import SPARED, _Due, pick_device, reconstruct
from ptygui.methods import AWF, DAPS


def recorded(scan, method, **settings):
    return [step.index for step in reconstruct(scan, method, device="cpu", interval=1e9, **settings) if step]


@pytest.fixture(autouse=True)
def warm(scan):
    """What scoring loads at first is loaded."""
    recorded(scan, Slow(iterations=1, seconds=0.0))


@dataclass(frozen=True)
class Greedy(Slow):
    """Asks for more memory than any machine has."""

    with_numpy: bool = False

    def iterates(self, problem):
        import torch

        yield from super().iterates(problem)
        np.empty(2**56) if self.with_numpy else torch.empty(2**58)


def test_a_scan_without_a_photon_is_refused(scan):
    nothing = replace(scan, patterns=np.zeros_like(scan.patterns))
    with pytest.raises(InputError, match="small: all patterns are zero"):
        next(reconstruct(nothing, AWF(iterations=2)))


@pytest.mark.parametrize("with_numpy", [False, True])
def test_too_little_memory_is_one_sentence(scan, with_numpy):
    with pytest.raises(InputError, match=r"needs more memory than there is: take a part of the scan"):
        recorded(scan, Greedy(iterations=1, seconds=0.0, with_numpy=with_numpy))


@pytest.mark.parametrize(("share", "steps"), [(0.9, list(range(1, 9))), (20, [1, 8])])
def test_every_iterate_of_a_short_run_is_a_step_while_scoring_takes_its_share(
    scan, monkeypatch, share, steps
):
    # So long by the clock of the processor, however fast or busy it is.
    ticks = itertools.count()
    cost = share * SPARED * Slow().seconds
    clock = SimpleNamespace(perf_counter=time.perf_counter, thread_time=lambda: next(ticks) * cost)
    monkeypatch.setattr("ptygui.experiment.reconstruct.time", clock)
    assert recorded(scan, Slow(), evenly=8) == steps


@pytest.mark.parametrize(("cost", "pause"), [(1e-3, 0.5), (0.02, 2.0), (0.2, 5.0), (20.0, 200.0)])
def test_steps_that_are_slow_to_make_are_rare(monkeypatch, cost, pause):
    """A hundredth of the time, but one every 5 s; a tenth where even that would be more."""
    monkeypatch.setattr("ptygui.experiment.reconstruct.time", SimpleNamespace(perf_counter=lambda: 1000.0))
    due = _Due(10, 0.5, (), 0)
    due.note(cost)
    assert due.next - 1000 == pytest.approx(pause)


def test_of_long_runs_every_nth_iterate(scan, monkeypatch):
    monkeypatch.setattr("ptygui.experiment.reconstruct.SPARED", 1.0)  # however busy the processor is
    assert recorded(scan, Slow(), evenly=7) == [1, 2, 4, 6, 8]
    assert recorded(scan, Slow(), evenly=2) == [1, 4, 8]
    assert recorded(scan, Slow()) == [1, 8]


def test_a_step_on_request_is_of_the_iterate_just_done(scan):
    run = reconstruct(scan, Slow(), device="cpu", interval=np.inf)
    assert next(run).index == 1
    assert next(run) is None
    asked = run.send(True)
    assert asked.index == 2
    assert run.send(True).index == 3  # the second one was returned already
    assert [step.index for step in run if step] == [8]


def test_a_request_inside_an_iterate_is_answered_at_its_end(scan):
    @dataclass(frozen=True)
    class Halting(Slow):
        def iterates(self, problem):
            for iterate in super().iterates(problem):
                yield None
                yield iterate

    run = reconstruct(scan, Halting(seconds=0.0), device="cpu", interval=np.inf)
    assert next(run) is None
    assert next(run).index == 1
    assert next(run) is None
    assert run.send(True).index == 2


def test_fast_iterates_are_not_slowed_by_scoring_each(scan):
    assert len(recorded(scan, Slow(iterations=400, seconds=0.0), evenly=500)) < 40


@pytest.mark.parametrize("seeds", [1, 2])
def test_what_is_part_of_the_state_is_kept_once(scan, prior_folder, seeds):
    daps = DAPS(
        prior=str(prior_folder),
        levels=2,
        data_steps=2,
        awf_iterations=2,
        start_unet=False,
        seeds=seeds,
        average_seeds=False,
    )
    for step in filter(None, reconstruct(scan, daps, device="cpu", interval=0)):
        assert np.shares_memory(step.obj, step.state["obj"])
        assert any(np.array_equal(step.obj, one) for one in step.state["obj"])
        assert any(np.array_equal(step.x_t, one) for one in step.state["x"])
        assert (step.samples is None) == (seeds == 1)
        arrays = [value for value in step.state.values() if isinstance(value, np.ndarray)]
        beside = scan.probe.nbytes + step.misfits.nbytes + step.prior_share.nbytes
        assert step.nbytes == beside + sum(array.nbytes for array in arrays)


def test_what_changed_later_is_not_in_a_step(scan):
    """Of a probe that is refined and of an object, each step has its own."""
    awf = AWF(iterations=6, probe_update=True, probe_update_start=1)
    steps = [step for step in reconstruct(scan, awf, device="cpu", interval=0) if step]
    steps = steps[::2]  # the probe has a step at every other iteration
    for one, other in itertools.pairwise(steps):
        for name in ("obj", "probe"):
            assert not np.shares_memory(getattr(one, name), getattr(other, name))
            assert np.array_equal(getattr(one, name), one.state[name])
            assert not np.array_equal(getattr(one, name), getattr(other, name))


def test_devices_that_are_there(monkeypatch):
    import torch

    for module, count in ((torch.cuda, 2), (torch.xpu, 1)):
        monkeypatch.setattr(module, "is_available", lambda: True)
        monkeypatch.setattr(module, "device_count", lambda count=count: count)
    for name in ("cpu", "cuda", "cuda:1", "xpu", "xpu:0"):
        assert pick_device(name) == name
    assert pick_device("auto") == "cuda"
    with pytest.raises(InputError, match="device is cuda:2, but there are only cuda:0 to cuda:1"):
        pick_device("cuda:2")
    with pytest.raises(InputError, match="device is xpu:1, but there is only xpu:0"):
        pick_device("xpu:1")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert pick_device("auto") == "cpu"  # others are never chosen
    with pytest.raises(InputError, match="torch finds no CUDA device"):
        pick_device("cuda:1")


@pytest.mark.parametrize("name", ["", "tpu", "meta", "cpu:1", "cuda:", "cuda:x", "cuda:-1"])
def test_names_of_no_device(name):
    with pytest.raises(InputError, match=f"device is '{name}', expected auto, cpu or cuda"):
        pick_device(name)


def test_the_misfit_of_each_pattern_adds_up(real_scan):
    mask = np.ones((16, 16), bool)
    mask[7:9] = False
    scan = replace(real_scan, mask=mask)
    *_, step = reconstruct(scan, AWF(iterations=5), device="cpu", interval=0)
    errors, counts = noise_errors(scan.patterns, mask)
    assert float(step.misfits @ errors / counts.sum()) == pytest.approx(step.misfit, rel=1e-4)
    assert step.noise_floor == pytest.approx(errors.sum() / counts.sum())
    *_, exact = reconstruct(replace(scan, noise="none"), AWF(iterations=5), device="cpu", interval=0)
    assert float(exact.misfits @ counts / counts.sum()) == pytest.approx(exact.misfit, rel=1e-4)


def test_how_far_positions_moved_is_a_number_of_a_step(real_scan):
    awf = AWF(iterations=15, probe_update_start=3)
    kept = list(filter(None, reconstruct(real_scan, awf, device="cpu", interval=0)))
    assert all(step.moved is None for step in kept)
    moving = replace(awf, position_update=True)
    steps = list(filter(None, reconstruct(real_scan, moving, device="cpu", interval=0)))
    assert steps[0].moved is None
    away = steps[-1].positions - real_scan.positions
    away -= away.mean(0)
    assert steps[-1].moved == pytest.approx(np.sqrt(np.square(away).sum(1).mean()))


def test_a_start_is_shown_only_if_asked_for_and_changes_nothing(scan, prior_folder):
    daps = DAPS(prior=str(prior_folder), levels=3, data_steps=2, awf_iterations=6, start_unet=False)
    how = {"device": "cpu", "interval": 0}
    plain = list(filter(None, reconstruct(scan, daps, **how)))
    looked = list(filter(None, reconstruct(scan, daps, begin=0, **how)))
    assert [step.index for step in looked] == [0] * 6 + [step.index for step in plain]
    misfits = [step.misfit for step in looked[:6]]
    assert misfits[-1] < misfits[0]
    assert [step.note for step in looked[:2]] == [f"start by AWF, {k} of 6 iterations" for k in (1, 2)]
    rare = list(filter(None, reconstruct(scan, daps, begin=100, **how)))
    assert [step.index for step in rare[:2]] == [0, 1]  # what is done is told once, however seldom
    assert all(not step.state for step in looked[:6])
    np.testing.assert_array_equal(looked[-1].obj, plain[-1].obj)
    run = reconstruct(scan, daps, device="cpu", interval=np.inf)
    assert next(run) is None
    assert run.send(True) is None  # a request waits for the first step
    assert next(step for step in run if step).index == 1
