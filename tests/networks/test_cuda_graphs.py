"""Replayed: the same results as the function, whatever is recorded; the recording itself needs a GPU."""

import logging

import pytest
import torch

from ptygui.networks import cuda_graphs
from ptygui.networks.cuda_graphs import Replayed


class Fake(Replayed):
    """Records on the processor, by `play` instead of CUDA."""

    device_type = "cpu"


def play(function, inputs):
    """A recording as CUDA makes it: reads and writes the same memory at every launch."""
    output = function(*inputs)
    return output, lambda: output.copy_(function(*inputs))


@pytest.fixture
def calls(monkeypatch):
    """Counts recordings, which are played on the processor."""
    made = []
    monkeypatch.setattr(cuda_graphs, "captured", lambda *args: made.append(args) or play(*args))
    return made


def test_on_a_processor_nothing_is_recorded(calls):
    double = Replayed(lambda x: 2 * x)
    assert all(float(double(torch.tensor(float(k)))) == 2 * k for k in range(6))
    assert not calls


def test_replays_give_what_the_function_gives(calls):
    both = Fake(lambda x, y: x * y + 1)
    results = [both(torch.full((3,), float(k)), torch.full((3,), 2.0)) for k in range(6)]
    assert len(calls) == 1
    for k, result in enumerate(results):  # earlier ones are not written over
        torch.testing.assert_close(result, torch.full((3,), 2.0 * k + 1))


def test_one_thread_at_a_time_uses_a_recording(monkeypatch):
    """Two runs of one window share the loaded prior: neither may write over the other's inputs."""
    held = []

    def watched(function, inputs):
        held.append(double._lock.locked())
        output, launch = play(function, inputs)
        return output, lambda: (held.append(double._lock.locked()), launch())

    monkeypatch.setattr(cuda_graphs, "captured", watched)
    double = Fake(lambda x: 2 * x, after=0)
    assert [float(double(torch.tensor(k))) for k in (1.0, 2.0)] == [2, 4]
    assert held == [True, True, True]
    assert not double._lock.locked()


def test_every_kind_of_tensor_has_its_recording_up_to_a_bound(calls):
    total = Fake(lambda x: x.sum(-1), after=0, most=2)
    for n in (2, 3, 4, 2, 3, 4):
        assert float(total(torch.ones(n))) == n
    assert len(calls) == 2


def test_gradients_go_through_the_function(calls):
    square = Fake(lambda x: x.square(), after=0)
    x = torch.tensor(3.0, requires_grad=True)
    square(x).backward()
    assert float(x.grad) == 6
    assert not calls
    with torch.no_grad():
        assert float(square(x)) == 9
    assert len(calls) == 1


def test_what_cannot_be_recorded_is_called(monkeypatch, caplog):
    def refuse(function, inputs):
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(cuda_graphs, "captured", refuse)
    double = Fake(lambda x: 2 * x, after=0)
    with caplog.at_level(logging.WARNING):
        assert [float(double(torch.tensor(k))) for k in (1.0, 2.0, 3.0)] == [2, 4, 6]
    assert len(caplog.records) == 1
    assert "not permitted" in caplog.text


@pytest.mark.gpu
def test_a_gpu_replays_transforms_sums_and_convolutions():
    torch.manual_seed(0)
    network = torch.nn.Conv2d(2, 2, 3, padding=1).cuda().requires_grad_(False)
    index = torch.randint(64, (64,), device="cuda")

    def function(x):
        waves = torch.fft.fft2(torch.complex(*network(x).unbind(-3)))
        spread = torch.zeros(64, dtype=waves.dtype, device="cuda").scatter_add_(0, index, waves.reshape(-1))
        return spread.abs()

    replayed = Replayed(function)
    for _ in range(5):
        x = torch.randn(1, 2, 8, 8, device="cuda")
        torch.testing.assert_close(replayed(x), function(x))
    assert replayed._recordings
