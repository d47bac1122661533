"""The cases of test_device.py: methods and trainings on the stand-in for a GPU, against the CPU.

`test_device.py` runs them in a process of their own, since a process keeps the device for good. By hand:
``python -m pytest tests/device_cases.py``.
"""

import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import standin_device
import torch
from standin_device import NAME, transfers
from torch.nn.attention import SDPBackend, sdpa_kernel

from ptygui.errors import InputError
from ptygui.experiment.reconstruct import pick_device, reconstruct
from ptygui.methods import AWF
from ptygui.methods.solvers.slow_phase import SlowPhase
from ptygui.networks import cuda_graphs, spectrum
from ptygui.networks.checkpoint import load_info
from ptygui.networks.corrector import load_corrector
from ptygui.networks.cuda_graphs import Replayed
from ptygui.physics import forward
from ptygui.physics.forward import Forward
from ptygui.physics.smear import smear
from ptygui.prior import prior
from ptygui.prior.prior import load_prior
from ptygui.prior.tiles import in_tiles
from ptygui.training import trainer
from ptygui.training.prior import train_prior
from ptygui.training.scan_network import train_network
from ptygui.training.state import load_state
from ptygui.training.trainer import Trainer
from ptygui.training.unet_trainer import UNetTrainer
from tests.methods.test_contract import SHORT, VARIANTS, built, name_of
from tests.training.test_train_prior import QUICK as QUICK_PRIOR
from tests.training.test_train_unet import QUICK as QUICK_UNET

standin_device.register()

# ---------------------------------------------------------------------- the stand-in is as strict as a GPU


def on(values, **how):
    return torch.tensor(values, device=NAME, **how)


REFUSED = {
    "a tensor of the host": lambda x: x + torch.ones(3),
    "a host tensor as the result": lambda x: torch.ones(3).add_(x),
    "a host scalar as the result": lambda x: torch.zeros(()).add_(x[0]),
    "a host scalar in a product of matrices": lambda x: torch.dot(x, torch.ones(1)[0].expand(3)),
    "a host index of gather": lambda x: x.gather(0, torch.tensor([0])),
    "a host list in stack": lambda x: torch.stack([x, torch.ones(3)]),
    "a device index into the host": lambda x: torch.ones(3)[x.long()],
    "weights of the host": lambda x: torch.nn.Linear(3, 3)(x),
    "a host array": lambda x: x.numpy(),
    "numpy's own call": lambda x: np.asarray(x),
    "random numbers": lambda x: torch.randn(3, device=NAME),
    "random numbers like": lambda x: torch.rand_like(x),
    "a host generator": lambda x: torch.randn(3, device=NAME, generator=torch.Generator()),
    "a generator": lambda x: torch.Generator(NAME),
    "double precision": lambda x: x.double(),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    with pytest.raises((RuntimeError, TypeError), match=r"device|host|numpy|float64|Generator"):
        REFUSED[name](on([1.0, 2.0, 3.0]))


def test_takes_what_a_gpu_takes():
    x = on([1.0, 2.0, 3.0])
    assert (x * torch.tensor(2.0) + 1).tolist() == [3, 5, 7]
    assert x[torch.tensor([2, 0])].tolist() == [3, 1]
    assert x[x > 1].tolist() == [2, 3]
    x[[0, 1]] = 5.0
    x[2:].copy_(torch.ones(1))
    assert x.cpu().numpy().tolist() == [5, 5, 1]
    assert (x.device.type, x.cpu().device.type, x.cpu().to(x.device).device.index) == (NAME, "cpu", 0)


def test_views_conjugates_and_gradients_are_those_of_the_cpu():
    x = torch.randn(2, 4, 3, dtype=torch.complex64, generator=torch.Generator().manual_seed(0))

    def function(x):
        y = torch.fft.fft2(x.mT.conj())[..., 1:].clone()
        z = y.clone()
        z[0] *= y.imag[1] * (2 - y[1].conj().resolve_conj())
        return torch.einsum("kij,kjl->il", z, x[:, :3, :2].conj() * 1j).abs().sum()

    gradients = []
    for device in ("cpu", NAME):
        leaf = x.clone().to(device).requires_grad_(True)
        function(leaf).backward()
        assert leaf.grad.device.type == device
        gradients.append(leaf.grad.cpu())
    torch.testing.assert_close(*gradients)
    assert torch.equal(x.to(NAME).conj().cpu().resolve_conj(), x.conj().resolve_conj())


def test_autocast_lowers_networks_alone():
    x, network = torch.ones(1, 2, 4, 4).to(NAME), torch.nn.Conv2d(2, 2, 3).to(NAME)
    with torch.autocast(NAME, torch.bfloat16):
        assert network(x).dtype is torch.bfloat16
        assert (x + x).dtype is torch.float32
    assert network(x).dtype is torch.float32


def test_counts_what_the_program_waits_for():
    x = on([1.0, 2.0])
    transfers.clear()
    y = x * 2 + x.sum()
    assert not transfers
    assert float(y[0]) == 5
    assert y[y > 5].tolist() == [7]
    y[0] = float(y[1])
    assert transfers["to host"] == 4
    y.copy_(torch.ones(2))
    assert transfers["to device"] >= 1


def test_a_recording_knows_only_tensors():
    factor = [2.0]

    def function(x):
        total = torch.zeros_like(x)
        total[1:] += factor[0] * x[1:]
        return total.mT.conj() if x.ndim > 1 else total

    x = on([1.0, 2.0])
    output, launch = standin_device.captured(function, [x])
    x.copy_(on([5.0, 7.0]))
    factor[0] = 100.0
    launch()
    assert output.tolist() == [0, 14]
    for bad in (lambda x: x * float(x[0]), lambda x: x + torch.ones(2).to(NAME), lambda x: x[x > 0]):
        with pytest.raises(RuntimeError, match="not permitted when stream is capturing"):
            standin_device.captured(bad, [x])


def test_devices_by_name():
    assert pick_device(NAME) == NAME
    assert pick_device(f"{NAME}:0") == f"{NAME}:0"
    assert pick_device("auto") in ("cpu", "cuda")  # only CUDA is chosen by itself
    with pytest.raises(InputError, match=f"device is {NAME}:1, but there is only {NAME}:0"):
        pick_device(f"{NAME}:1")


def test_a_device_is_given_many_patches_at_once():
    corners = torch.arange(100)[:, None].expand(-1, 2).contiguous()
    probe = torch.ones(64, 64, dtype=torch.complex64)
    parts = [
        Forward(probe.to(device), corners.to(device), (200, 200)).chunks(objects)
        for device, objects in (("cpu", 1), (NAME, 1), (NAME, 100))
    ]
    assert [len(p) for p in parts] == [7, 1, 5]


# ---------------------------------------------------------------------- methods


EACH = [next(v for v in VARIANTS if v[0] == key) for key in SHORT]  # one variant of each method
RANKED = ("daps", {"seeds": 2, "average_seeds": False, "final_data_steps": 0})
RECORDED = [
    *(v for v in EACH if v[0] not in ("dps", "pmace")),  # which have none
    ("daps", {"seeds": 3, "final_data_steps": 0, "slow_phase_order": 12}),
]


@pytest.fixture
def method(request, networks):
    return built(*request.param, networks)


def of(variants):
    return pytest.mark.parametrize("method", variants, ids=name_of, indirect=True)


@pytest.fixture
def plain(monkeypatch):
    """The CPU as a device computes: no compiled loops, float32, no attention of its own."""
    monkeypatch.setattr(forward, "compiled", None)
    monkeypatch.setattr(prior, "bfloat16_pays", lambda device: False)
    with sdpa_kernel(SDPBackend.MATH):
        yield


def steps_of(scan, method, device, **how):
    return [s for s in reconstruct(scan, method, interval=0, device=device, seed=3, **how) if s is not None]


@pytest.fixture(scope="module")
def on_device():
    """All steps of a method on the small scan on the device, made once: nobody changes them."""
    made = {}

    def on_device(scan, method):
        if method not in made:
            made[method] = steps_of(scan, method, NAME)
        return made[method]

    return on_device


@of([*VARIANTS, RANKED])
def test_methods_give_what_they_give_on_the_cpu(scan, method, plain, on_device):
    here, there = steps_of(scan, method, "cpu"), on_device(scan, method)
    for a, b in zip(here, there, strict=True):
        # The gradient of a network sums in another order.
        np.testing.assert_allclose(b.obj, a.obj, atol=1e-5 if method.key() in ("dip", "dps") else 0, rtol=0)
        assert b.misfit == pytest.approx(a.misfit, rel=1e-5)
        assert a.state.keys() == b.state.keys()


@of([*EACH, *(v for v in VARIANTS if v[1].get("probe_update"))])
def test_real_scans_with_masks_starts_and_resumed_runs(real_scan, method, plain):
    mask = np.ones((len(real_scan), 16, 16), bool)
    mask[:, 3] = False
    masked, start = replace(real_scan, mask=mask), np.full(real_scan.object_shape, 0.8, np.complex64)
    here, there = (steps_of(masked, method, device, start=start) for device in ("cpu", NAME))
    # Complex products of several modes may sum in another order.
    np.testing.assert_allclose(there[-1].obj, here[-1].obj, atol=1e-5, rtol=0)
    np.testing.assert_allclose(there[-1].modes, here[-1].modes, rtol=1e-4, atol=1e-3)
    resumed = steps_of(masked, method, NAME, start=start, resume=there[-2])
    assert np.array_equal(resumed[-1].obj, there[-1].obj)


@of(RECORDED)
def test_recorded_graphs_change_nothing(scan, method, plain, on_device, monkeypatch, caplog):
    """As numbers would that Python works out, and a launch does not."""
    called = on_device(scan, method)
    prior._load.cache_clear()  # a prior keeps its recordings
    made = []
    monkeypatch.setattr(Replayed, "device_type", NAME)
    monkeypatch.setattr(cuda_graphs, "captured", lambda *a: made.append(a) or standin_device.captured(*a))
    recorded = steps_of(scan, method, NAME)
    for a, b in zip(called, recorded, strict=True):
        assert np.array_equal(a.obj, b.obj)
    assert not caplog.records  # such as of a function that cannot be recorded
    assert made


@of([v for v in VARIANTS if v[0] != "dps" or not v[1]])
def test_nothing_waits_for_the_device_between_steps(scan, method, plain, monkeypatch):
    """A GPU is to have its next work before it has done the last; but for a step that may be refused."""
    refined, refine = [], SlowPhase.refine
    monkeypatch.setattr(SlowPhase, "refine", lambda *args: refined.append(args) or refine(*args))
    monkeypatch.setattr("ptygui.methods.solvers.overruling.WRONG", 1e9)  # what a wrong prior costs comes once
    run = reconstruct(scan, method, interval=1e9, device=NAME)
    while next(run) is None:  # the first Step is due at once
        pass
    transfers.clear()
    refined.clear()
    waits = copies = 0
    while next(run) is None:
        waits, copies = transfers["to host"] - len(refined), transfers["to device"]
    assert waits <= 1 + (method.key() == "daps")  # for the length of a step, and to judge the prior, once
    # Of noise, between evaluations of a network, which take much longer; PtychoNN prepares AWF after a step.
    assert method.diffusion or method.key() in ("dip", "ptychonn") or not copies


def test_the_time_of_a_run_is_that_of_the_device(scan, monkeypatch):
    """Though it works behind the program, and is waited for only where a Step is made."""
    clock = standin_device.clock
    timed = SimpleNamespace(perf_counter=clock, thread_time=time.thread_time)
    monkeypatch.setattr("ptygui.experiment.reconstruct.time", timed)
    run = reconstruct(scan, AWF(iterations=20), interval=1e9, device=NAME)
    first = next(run)
    clock.wait()
    before = clock.now
    *_, last = run
    passed = clock.now - before
    assert last.index == 20
    assert 0.8 * passed < last.seconds - first.seconds < passed  # the rest is scoring


def test_networks_are_loaded_to_the_device_and_kept_there(prior_folder, unet_folder):
    for load in (load_prior, load_corrector):
        folder = prior_folder if load is load_prior else unet_folder
        loaded = load(folder, NAME)
        assert {p.device.type for p in loaded.network.parameters()} == {NAME}
        assert load(folder, NAME) is loaded
        assert {p.device.type for p in load(folder).network.parameters()} == {"cpu"}


def test_a_prior_in_bfloat16(prior_folder):
    x = torch.randn(2, 2, 32, 32, generator=torch.Generator().manual_seed(0))
    there = load_prior(prior_folder, NAME)
    results = []
    for autocast in (False, True):
        there.autocast = autocast
        with torch.no_grad():
            results.append(there.denoise(x.to(NAME), 0.5).cpu())
    there.autocast = False
    assert results[1].dtype is torch.float32
    assert not torch.equal(*results)
    torch.testing.assert_close(results[1], results[0], atol=0.02, rtol=0.02)


def test_tiles_of_a_large_canvas():
    x = torch.randn(2, 40, 176, generator=torch.Generator().manual_seed(0))
    gradients = []
    for device in ("cpu", NAME):
        leaf = x.clone().to(device).requires_grad_(True)
        in_tiles(lambda tiles: tiles.square() + tiles.mean(), leaf).square().sum().backward()
        gradients.append(leaf.grad.cpu())
    torch.testing.assert_close(*gradients)


# ---------------------------------------------------------------------- trainings


@pytest.fixture(scope="module")
def objects():
    return {"a": smear((96, 96), 0), "stack": np.stack([smear((64, 64), s) for s in (1, 2)])}


@pytest.fixture
def saves_quickly(monkeypatch):
    monkeypatch.setattr(trainer, "gradient_scale", lambda prior, obj: {"l1": 1.0, "l2": 1.0})
    monkeypatch.setattr(trainer, "save_sheet", lambda *sheet: None)
    monkeypatch.setattr(spectrum, "SIGMAS", (0.1, 1.0))


def trained(train, objects, options, folder, device):
    records = list(train(objects, options, folder, device=device))
    return records[-1].loss, load_state(folder / "training-state").tensors


def check_same(train, objects, options, folder, tolerance):
    """The last loss and every tensor of the state."""
    (loss, here), (other, there) = (
        trained(train, objects, options, folder / device, device) for device in ("cpu", NAME)
    )
    assert other == pytest.approx(loss, rel=tolerance)
    assert here.keys() == there.keys()
    for name in here:
        torch.testing.assert_close(there[name], here[name], atol=tolerance, rtol=tolerance)


def test_a_prior_trains_as_on_the_cpu(objects, tmp_path, plain, monkeypatch):
    monkeypatch.setattr(spectrum, "SIGMAS", (0.1, 1.0))
    monkeypatch.setattr(trainer, "_MEASURED", 32)
    check_same(train_prior, objects, replace(QUICK_PRIOR, steps=3), tmp_path, 1e-4)
    info, other = (load_info(tmp_path / device) for device in ("cpu", NAME))
    assert other.zeta_scale == pytest.approx(info.zeta_scale, rel=1e-3)
    np.testing.assert_allclose(other.errors.power, info.errors.power, rtol=1e-3)
    assert other.training["device"] == NAME
    assert (tmp_path / NAME / "sheet.png").is_file()


@pytest.mark.parametrize(
    ("changes", "tolerance"),
    [({"parameterisation": "epsilon", "fixed_crops": 4}, 1e-4), ({"bfloat16": "yes"}, 1e-2)],
    ids=["epsilon", "bfloat16"],
)
def test_other_priors_train_as_on_the_cpu(changes, tolerance, objects, tmp_path, plain, saves_quickly):
    check_same(train_prior, objects, replace(QUICK_PRIOR, steps=2, **changes), tmp_path, tolerance)


def test_a_u_net_trains_as_on_the_cpu(objects, tmp_path, plain):
    check_same(train_network, objects, QUICK_UNET, tmp_path, 1e-3)  # six steps at a large rate add up


def test_a_step_of_a_training_waits_once(objects, tmp_path):
    unet = UNetTrainer(objects, QUICK_UNET, NAME)
    list(unet.prepare(tmp_path))
    for one in (Trainer(objects, QUICK_PRIOR, NAME), unet):
        one.take_step(1e-4)
        transfers.clear()
        assert one.take_step(1e-4) > 0
        assert transfers["to host"] == 1


@pytest.mark.parametrize(("train", "options"), [(train_prior, QUICK_PRIOR), (train_network, QUICK_UNET)])
def test_a_training_goes_on_from_its_state(train, options, objects, tmp_path, saves_quickly):
    options = replace(options, steps=2)
    whole = trained(train, objects, options, tmp_path / "whole", NAME)
    training = train(objects, options, tmp_path / "parts", device=NAME)
    while next(training).step < 1 or not (tmp_path / "parts").exists():
        pass
    training.close()
    parts = trained(train, objects, options, tmp_path / "parts", NAME)
    assert all(torch.equal(whole[1][name], parts[1][name]) for name in whole[1])
