"""What every method keeps to."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import networks_in

from ptygui.errors import Diverged, InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods import METHODS, method_named
from ptygui.networks.cuda_graphs import Replayed
from ptygui.options import options_of
from ptygui.prior import prior
from ptygui.prior.prior import bfloat16_pays
from ptygui.step import Step

SHORT = {
    "rpie": {"iterations": 12},
    "awf": {"iterations": 12},
    "daps": {"levels": 5, "data_steps": 11, "awf_iterations": 5, "final_data_steps": 3},
    "dps": {"num_steps": 4, "j": 2, "zeta": 1e-4},
    "unet": {"awf_iterations": 12},
    "pmace": {"iterations": 12},
    "dip": {"iterations": 8, "width": 4},
    "ptychonn": {"awf_iterations": 7},
    "unrolled": {"awf_iterations": 8},
}
GUESTS = {"ptychi"}  # other programs, which may not be there: test_ptychi.py
VARIANTS = [
    ("rpie", {}),
    ("rpie", {"form": "sequential", "alpha": 1.0}),
    ("rpie", {"probe_update": True, "probe_update_start": 2}),
    ("rpie", {"form": "sequential", "alpha": 1.0, "probe_update": True, "probe_update_start": 2}),
    ("awf", {}),
    ("awf", {"momentum": False}),
    ("awf", {"probe_update": True, "probe_update_start": 2}),
    ("awf", {"gaussian_prior": "power-law"}),
    ("awf", {"gaussian_prior": "trained", "probe_update": True, "probe_update_start": 2}),
    ("daps", {}),
    ("daps", {"start_awf": False, "renoise": 1.0}),
    ("rpie", {"alpha": 0.0}),
    ("daps", {"seeds": 3, "final_data_steps": 0, "slow_phase_order": 12}),
    ("dps", {}),
    ("dps", {"guidance": "l2"}),
    ("dps", {"time_travel": "literal"}),
    ("dps", {"probe_update": True}),
    ("unet", {}),
    ("pmace", {}),
    ("pmace", {"probe_update": True, "probe_update_start": 2}),
    ("dip", {}),
    ("dip", {"probe_update": True, "probe_update_start": 2, "averaging": 0.0}),
    ("ptychonn", {}),
    ("unrolled", {}),
]


IN_BFLOAT16 = [("daps", {}), ("dps", {})]  # as well, where a network runs many times
EACH = [*((*v, "float32") for v in VARIANTS), *((*v, "bfloat16") for v in IN_BFLOAT16)]


def built(key, changes, networks):
    """A short one of the `VARIANTS`, with tiny networks."""
    cls = method_named(key)
    needs = cls.needs | ({"prior": "prior"} if "gaussian_prior" in changes else {})
    changes = changes | {option: networks[kind] for kind, option in needs.items()}
    return cls(**(SHORT[key] | changes))


def name_of(variant):
    """A variant, with or without a precision, as the name of a test."""
    key, changes, *precision = variant
    words = [key, *(f"{name}={value}" for name, value in changes.items())]
    return "-".join([*words, *(["bfloat16"] if precision == ["bfloat16"] else [])])


@pytest.fixture(params=EACH, ids=name_of)
def method(request, networks):
    key, changes, precision = request.param
    with networks_in(precision):
        yield built(key, changes, networks)


def steps_of(scan, method, **how):
    return [s for s in reconstruct(scan, method, interval=0, device="cpu", **how) if s is not None]


def first_of(scan, method, **how):
    return next(s for s in reconstruct(scan, method, interval=0, device="cpu", **how) if s is not None)


@pytest.fixture(scope="module")
def run_of():
    """All steps of a method on the small scan from seed 3, made once for all tests: nobody changes them."""
    made = {}

    def run_of(scan, method):
        which = method, bfloat16_pays("cpu")
        if which not in made:
            made[which] = steps_of(scan, method, seed=3)
        return made[which]

    return run_of


def test_every_method_is_covered():
    assert {m.key() for m in METHODS} == set(SHORT) | GUESTS


def test_steps_have_the_promised_shapes(scan, method, run_of):
    steps = run_of(scan, method)
    assert [s.index for s in steps] == list(range(1, method.total + 1))
    assert steps[-1].done
    for step in steps:
        assert step.obj.shape == scan.object_shape
        assert step.obj.dtype == np.complex64
        assert step.probe.shape == scan.probe.shape
        assert np.isfinite(step.misfit)
        assert 0 <= step.nrmse < 3
        assert -1 <= step.ssim <= 1
        assert (step.x_t is not None) == method.diffusion
        if method.diffusion:
            assert step.x_t.shape == (2, *scan.object_shape)
    nfes = [s.nfe for s in steps]
    assert nfes == sorted(nfes)
    assert (nfes[-1] > 0) == (method.learned or method.key() == "dip")


def test_same_seed_same_steps(scan, method, run_of):
    one, two = run_of(scan, method)[-1], steps_of(scan, method, seed=3)[-1]
    assert np.array_equal(one.obj, two.obj)
    assert one.misfit == two.misfit


def test_resumes_bit_for_bit(scan, method, run_of):
    steps = run_of(scan, method)
    middle = steps[len(steps) // 2]
    resumed = steps_of(scan, method, seed=3, resume=middle)
    assert [s.index for s in resumed] == list(range(middle.index + 1, method.total + 1))
    for a, b in zip(steps[middle.index :], resumed, strict=True):
        assert np.array_equal(a.obj, b.obj)
        assert np.array_equal(a.probe, b.probe)


def test_a_cold_run_from_a_given_start_resumes_without_it(scan, prior_folder):
    method = method_named("daps")(**SHORT["daps"], prior=str(prior_folder), start_awf=False)
    start = 0.8 * np.ones(scan.object_shape, np.complex64)
    steps = steps_of(scan, method, start=start)
    resumed = steps_of(scan, method, resume=steps[2])
    assert [s.level for s in resumed] == [s.level for s in steps[3:]]
    assert np.array_equal(resumed[-1].obj, steps[-1].obj)


def test_an_untrained_network_goes_on_from_the_start_that_was_given(scan):
    method = method_named("dip")(**SHORT["dip"])
    steps = steps_of(scan, method, start=0.8 * np.ones(scan.object_shape, np.complex64))
    resumed = steps_of(scan, method, resume=steps[2])
    assert np.array_equal(resumed[-1].obj, steps[-1].obj)


@pytest.mark.parametrize(
    ("key", "changes", "message"),
    [
        ("daps", {"levels": 8}, "levels is 8, but the run to continue had 5"),
        ("daps", {"seeds": 2}, "seeds is 2"),
        ("daps", {"sigma_min": 0.01}, "sigma_min is 0.01"),
        ("daps", {"slow_phase_order": 3}, "slow_phase_order is 3"),
        ("dps", {"num_steps": 9}, "num_steps is 9"),
    ],
)
def test_another_chain_of_noise_levels_is_refused(scan, prior_folder, run_of, key, changes, message):
    method = method_named(key)(**SHORT[key], prior=str(prior_folder))
    step = run_of(scan, method)[2]
    with pytest.raises(InputError, match=message):
        steps_of(scan, replace(method, **changes), resume=step)


def test_a_branch_may_change_what_is_not_the_chain(scan, prior_folder, run_of):
    for key, changes in (("daps", {"data_variance": 9.0}), ("dps", {"zeta": 0.5})):
        method = method_named(key)(**SHORT[key], prior=str(prior_folder))
        steps = run_of(scan, method)
        branch = steps_of(scan, replace(method, **changes), resume=steps[2])
        assert branch[-1].done
        assert not np.array_equal(branch[-1].obj, steps[-1].obj)


@pytest.mark.parametrize("travel", ["repaint", "literal"])
@pytest.mark.parametrize("place", [2, 5, 8])
@pytest.mark.parametrize("j", [0, 4])
def test_a_branch_with_another_j_goes_on_at_the_time_of_x(scan, prior_folder, run_of, travel, place, j):
    method = method_named("dps")(num_steps=6, j=2, zeta=1e-4, time_travel=travel, prior=str(prior_folder))
    step = run_of(scan, method)[place - 1]
    other = replace(method, j=j)
    main = [t for t, _, inner in method.plan()[:place] if travel == "repaint" or not inner]
    branch = steps_of(scan, other, resume=step)
    total = other.total_after(step.state)
    assert [s.index for s in branch] == list(range(place + 1, total + 1))
    assert branch[0].t == main[-1] - 1
    assert branch[-1].done
    assert branch[-1].nfe == total
    again = steps_of(scan, other, resume=branch[0])  # and on from there, bit for bit
    assert np.array_equal(again[-1].obj, branch[-1].obj)
    assert other.total_after(branch[0].state) == total


def test_it_says_whether_the_seed_matters(scan, method, run_of):
    other = steps_of(scan, method, seed=4)[-1]
    assert np.array_equal(other.obj, run_of(scan, method)[-1].obj) == (not method.stochastic)


def test_starts_from_a_given_object(scan, method):
    other = replace(scan, truth=None)
    own = first_of(other, method)
    given = first_of(other, method, start=0.5 * np.ones(scan.object_shape, np.complex64))
    assert own.nrmse is None
    assert own.ssim is None
    # at the noisy end the start is drowned, and PtychoNN looks at patterns alone
    if method.key() not in ("dps", "ptychonn"):
        assert not np.array_equal(own.obj, given.obj)


def test_close_stops_at_once(scan, method):
    run = reconstruct(scan, method, interval=1e9, device="cpu")
    next(run)
    run.close()
    with pytest.raises(StopIteration):
        next(run)


def test_a_step_on_demand(scan, method):
    run = reconstruct(scan, method, interval=1e9, device="cpu")
    while next(run) is None:  # the first is due at once
        pass
    step = run.send(True)
    while step is None:
        step = next(run)
    assert isinstance(step, Step)
    assert step.index == 2
    run.close()


def test_mask_and_batch_of_frames(scan, method):
    mask = np.ones((len(scan), 16, 16), bool)
    mask[:, 3] = False
    patterns = scan.patterns.copy()
    patterns[:, 3] = 1e6  # garbage under the mask must not matter
    masked, garbage = replace(scan, mask=mask), replace(scan, mask=mask, patterns=patterns)
    a, b = steps_of(masked, method)[-1], steps_of(garbage, method)[-1]
    np.testing.assert_allclose(a.obj, b.obj, atol=1e-5)
    assert a.misfit == pytest.approx(b.misfit, rel=1e-4)


def test_not_a_number_is_an_error(scan, method):
    if method.key() == "ptychonn":
        pytest.skip("it looks at no start")
    start = np.full(scan.object_shape, np.nan, np.complex64)
    with pytest.raises(Diverged, match="not finite"):
        steps_of(scan, method, start=start)


def test_options_survive_a_round_trip(method):
    assert type(method)(**method.asdict()) == method
    for declared in options_of(method):
        assert declared.help


@pytest.mark.parametrize("key", ["rpie", "awf", "pmace"])
def test_misfit_falls(scan, key):
    steps = steps_of(scan, method_named(key)(iterations=60))
    assert steps[-1].misfit < 0.2 * steps[0].misfit
    assert steps[-1].nrmse < steps[0].nrmse


def test_wrong_start_and_device_are_named(scan):
    awf = method_named("awf")(iterations=1)
    with pytest.raises(InputError, match="start object is"):
        steps_of(scan, awf, start=np.ones((3, 3)))
    with pytest.raises(InputError, match="zero everywhere"):
        steps_of(scan, awf, start=np.zeros(scan.object_shape))
    with pytest.raises(InputError, match="device is 'tpu'"):
        next(reconstruct(scan, awf, device="tpu"))
    with pytest.raises(InputError, match="method is 'mlem'"):
        method_named("mlem")


@pytest.mark.gpu
def test_cuda_agrees_with_the_cpu(scan, method):
    cpu = first_of(scan, method)
    gpu = next(s for s in reconstruct(scan, method, interval=0, device="cuda") if s is not None)
    np.testing.assert_allclose(gpu.obj, cpu.obj, atol=2e-2)
    assert gpu.misfit == pytest.approx(cpu.misfit, rel=0.05)


@pytest.mark.gpu
def test_whole_runs_on_cuda_agree_with_the_cpu(scan, method, in_float32):
    cpu, gpu = (list_of(scan, method, device) for device in ("cpu", "cuda"))
    assert [s.index for s in gpu] == [s.index for s in cpu]
    np.testing.assert_allclose(gpu[-1].obj, cpu[-1].obj, atol=2e-2)
    assert gpu[-1].misfit == pytest.approx(cpu[-1].misfit, rel=0.05)


@pytest.mark.gpu
def test_graphs_on_cuda_change_nothing(scan, method, in_float32, monkeypatch, caplog):
    recorded = list_of(scan, method, "cuda")
    assert not caplog.records  # such as of a function that cannot be recorded
    prior._load.cache_clear()  # a prior keeps its recordings
    monkeypatch.setattr(Replayed.__init__, "__defaults__", (2, 0))  # at most none
    called = list_of(scan, method, "cuda")
    for a, b in zip(recorded, called, strict=True):  # sums of scattered patches come in any order
        np.testing.assert_allclose(a.obj, b.obj, atol=2e-3)


@pytest.mark.gpu
def test_runs_on_cuda_resume(scan, method, in_float32):
    steps = list_of(scan, method, "cuda")
    resumed = list_of(scan, method, "cuda", resume=steps[len(steps) // 2])
    assert resumed[-1].index == method.total
    np.testing.assert_allclose(resumed[-1].obj, steps[-1].obj, atol=2e-3)


@pytest.fixture
def in_float32(monkeypatch):
    """Networks in float32, a GPU's convolutions too: what differs otherwise would hide an error."""
    import torch

    monkeypatch.setattr(prior, "bfloat16_pays", lambda device: False)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    prior._load.cache_clear()
    yield
    prior._load.cache_clear()


def list_of(scan, method, device, **how):
    return [s for s in reconstruct(scan, method, interval=0, seed=3, device=device, **how) if s is not None]


def test_dear_scores_are_made_seldom(scan):
    """However short the interval, but for 0, Steps take a small share of the time."""
    method = method_named("rpie")(iterations=300)
    steps = [step for step in reconstruct(scan, method, interval=1e-9) if step is not None]
    assert steps[-1].index == 300
    assert len(steps) < 150
