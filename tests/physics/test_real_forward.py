"""The forward operator of a real experiment: between pixels, with modes, weights and background."""

import numpy as np
import pytest
import torch

from ptygui.detector import expected_counts, shifted
from ptygui.physics import forward as module
from ptygui.physics.forward import SHIFT_STEP, Forward, misfit, shift_ramps, whole_ramps

with_loops = pytest.mark.skipif(module.compiled is None, reason="without numba there are no compiled loops")
CORNERS = torch.tensor([[0, 0], [3, 5], [10, 2], [16, 16], [3, 5]])
SHIFTS = torch.tensor([[0.25, -0.45], [0.0, 0.0], [0.1, 0.4], [-0.3, 0.2], [0.25, -0.45]])
WEIGHTS = torch.tensor([1.0, 0.9, 1.1, 1.2, 0.8])
KINDS = {
    "whole": (1, None, None, None),
    "shifts": (1, SHIFTS, None, None),
    "weights": (1, None, WEIGHTS, None),
    "modes": (3, None, None, None),
    "background": (1, None, None, torch.tensor(0.7)),
    "one in a stack": (-1, None, None, None),
    "all": (2, SHIFTS, WEIGHTS, torch.linspace(0.1, 2, 64).view(8, 8)),
}


def random_complex(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.complex64, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(autouse=True, params=[pytest.param("compiled", marks=with_loops), "torch"])
def _loops(request, monkeypatch):
    """Everything holds with the compiled loops and without."""
    if request.param == "torch":
        monkeypatch.setattr("ptygui.physics.forward.compiled", None)


def made(kind):
    count, shifts, weights, background = KINDS[kind]
    probe = random_complex(8, 8) if count == 1 else random_complex(abs(count), 8, 8)
    return Forward(probe, CORNERS, (24, 27), shifts, weights, background)


@pytest.fixture(params=list(KINDS))
def forward(request):
    return made(request.param)


def measured(forward, seed=1):
    """Amplitudes of another object."""
    return forward.modulus(forward.apply(random_complex(24, 27, seed=seed)))


@pytest.mark.parametrize("lead", [(), (3,)])
def test_adjoint(forward, lead):
    f = random_complex(*lead, 24, 27, seed=1)
    z = forward.apply(f)
    assert z.shape == (*lead, *((forward.modes,) if forward.probe.ndim == 3 else ()), 5, 8, 8)
    z = random_complex(*z.shape, seed=2)
    left, right = (forward.apply(f).conj() * z).sum(), (f.conj() * forward.adjoint(z)).sum()
    assert abs(left - right) < 2e-5 * abs(left)


def test_normal_operator_is_diagonal(forward):
    f, w = random_complex(24, 27, seed=5), forward.illumination()
    torch.testing.assert_close(forward.adjoint(forward.apply(f)), w * f, rtol=1e-4, atol=1e-4)


def test_it_is_the_model_that_scans_are_simulated_with(forward):
    obj = random_complex(24, 27, seed=3)
    positions = CORNERS + (0 if forward.shifts is None else forward.shifts)
    background = None if forward.background is None else forward.background.numpy()
    if background is not None and background.ndim:
        background = np.fft.fftshift(background)
    weights = None if forward.weights is None else forward.weights.numpy()
    expected = expected_counts(
        obj.numpy(), forward.probe.numpy(), np.asarray(positions, float), weights, background
    )
    here = np.fft.fftshift(forward.intensity(forward.apply(obj)).numpy(), axes=(-2, -1))
    np.testing.assert_allclose(here, expected, rtol=2e-3, atol=1e-3)


def test_a_position_beyond_the_edge_cuts_the_last_patch_and_shifts_the_probe_by_the_rest():
    """Refinement may move one there: the patch stays in the object, the probe moves on."""
    obj, probe = random_complex(24, 27, seed=3).numpy(), random_complex(8, 8, seed=4).numpy()
    beyond, last = np.array([[16.8, -0.7]]), np.array([[16.0, 0.0]])
    moved = shifted(probe, beyond - last)[0]
    np.testing.assert_allclose(
        expected_counts(obj, probe, beyond), expected_counts(obj, moved, last), rtol=1e-4, atol=1e-5
    )


def test_chunks_and_subsets_are_parts_of_the_whole(forward, monkeypatch):
    monkeypatch.setattr("ptygui.physics.forward.CHUNK_BYTES", 2 * 8 * 64 * forward.modes)
    f = random_complex(24, 27, seed=8)
    whole, total = forward.apply(f), torch.zeros(24, 27, dtype=torch.complex64)
    assert len(forward.chunks()) == 3
    for part, which in forward.chunks():
        torch.testing.assert_close(part.apply(f), whole[..., which, :, :])
        part.adjoint(part.apply(f), total)
    torch.testing.assert_close(total, forward.adjoint(whole), rtol=1e-4, atol=1e-4)
    some = torch.tensor([3, 1])
    torch.testing.assert_close(forward.subset(some).apply(f), whole[..., some, :, :])
    other = forward.subset(some).with_probe(2 * forward.probe)
    torch.testing.assert_close(other.apply(f), 2 * whole[..., some, :, :])


def test_a_model_that_gave_its_memory_back_is_the_same(forward):
    f = random_complex(24, 27, seed=8)
    before = forward.apply(f)
    forward.release()
    torch.testing.assert_close(forward.apply(f), before, rtol=0, atol=0)


def test_gradients_reach_a_probe_that_was_first_used_without_them():
    shifts = torch.tensor([[0.2, 0.4], [0.0, 0.1], [0.4, 0.2], [0.2, 0.4], [0.3, 0.0]])
    probe = random_complex(8, 8).requires_grad_()
    forward, f = Forward(probe, CORNERS, (24, 27), shifts), random_complex(24, 27, seed=8)
    with torch.no_grad():
        forward.apply(f)
    forward.release()
    forward.intensity(forward.apply(f)).sum().backward()
    assert probe.grad is not None
    assert probe.grad.abs().max() > 0


def test_fitted_waves_have_the_measured_amplitudes(forward):
    y, z = measured(forward), forward.apply(random_complex(24, 27, seed=2))
    fitted = forward.fit(z, y)
    signal = (forward.intensity(fitted) - (0 if forward.background is None else forward.background)).sqrt()
    # A background keeps its share of the counts.
    share = (forward.intensity(z) - (0 if forward.background is None else forward.background)).sqrt()
    torch.testing.assert_close(signal, y * share / forward.modulus(z), rtol=1e-3, atol=1e-4)
    assert torch.equal(forward.fit(z, y, torch.zeros(8, 8, dtype=torch.bool)), z)


def test_a_step_of_the_object_never_raises_the_misfit(forward):
    y, f, w = measured(forward), random_complex(24, 27, seed=2), forward.illumination()
    before = misfit(forward, f, y)
    for _ in range(20):
        f = f - (w * f - forward.adjoint(forward.fit(forward.apply(f), y))) / w.max()
        now = misfit(forward, f, y)
        assert now <= before * (1 + 1e-6)
        before = now


def test_the_gradient_is_that_of_the_misfit(forward):
    """Against finite differences, in double precision, and against the closed form w f - b(f)."""
    precise = Forward(
        forward.probe.to(torch.complex128), CORNERS, (24, 27), forward.shifts, forward.weights,
        forward.background,
    )  # fmt: skip
    y = measured(forward).double()
    f = random_complex(24, 27, seed=2).to(torch.complex128).requires_grad_()

    def cost(f):
        return (precise.modulus(precise.apply(f)) - y).square().sum() / 2

    (gradient,) = torch.autograd.grad(cost(f), f)
    closed = precise.illumination() * f - precise.adjoint(precise.fit(precise.apply(f), y))
    torch.testing.assert_close(gradient, closed.detach(), rtol=1e-5, atol=1e-5)
    towards = random_complex(24, 27, seed=9).to(torch.complex128)
    with torch.no_grad():
        slope = (cost(f + 1e-5 * towards) - cost(f - 1e-5 * towards)) / 2e-5
        torch.testing.assert_close(slope, (gradient.conj() * towards).sum().real, rtol=1e-5, atol=1e-5)


def test_the_term_of_the_probe_is_its_gradient(forward):
    obj, y = random_complex(24, 27, seed=2), measured(forward)
    probe = forward.probe.clone().requires_grad_()

    def cost(probe):
        model = forward.with_probe(probe)
        return (model.modulus(model.apply(obj)) - y).square().sum() / 2

    (gradient,) = torch.autograd.grad(cost(probe), probe)
    waves = forward.apply(obj)
    left = torch.fft.ifft2(forward.fit(waves, y) - waves, norm="ortho")
    towards, seen = forward.probe_terms(forward.patches(obj), left)
    torch.testing.assert_close(towards, -gradient, rtol=1e-3, atol=1e-3 * float(gradient.abs().max()))
    assert seen.shape == (8, 8)
    with torch.no_grad():
        assert cost(forward.probe + towards / seen.max()) < cost(forward.probe)


def test_scaled_is_the_same_in_other_units(forward):
    f = random_complex(24, 27)
    here, other = (m.intensity(m.apply(f)) for m in (forward, forward.scaled(3.0)))
    torch.testing.assert_close(other, 9 * here, rtol=1e-4, atol=1e-4)


def test_positions_alike_share_a_shifted_probe():
    shifts = torch.tensor([[0.2, 0.4], [0.2 + SHIFT_STEP / 5, 0.4], [0.4, 0.2], [0.2, 0.4], [0.0, 0.0]])
    assert len(Forward(random_complex(8, 8), CORNERS, (24, 27), shifts)._table) == 3
    assert made("whole")._ramps is None


def test_a_shift_moves_a_smooth_probe_between_pixels():
    axis = np.arange(32) - 15.5
    beam = lambda dy, dx: np.exp(-((axis[:, None] - dy) ** 2 + (axis - dx) ** 2) / 20)  # noqa: E731
    (moved,) = shifted(beam(0, 0), np.array([[0.3, -0.45]]))
    np.testing.assert_allclose(moved.real, beam(0.3, -0.45), atol=2e-3)
    ramp = whole_ramps(shift_ramps(torch.tensor([[0.3, -0.45]]), 32))[0].numpy()
    np.testing.assert_allclose(np.fft.ifft2(np.fft.fft2(beam(0, 0)) * ramp), moved, atol=1e-6)


@with_loops
def test_compiled_loops_are_the_same_as_torch(forward, monkeypatch):
    obj, y = random_complex(2, 24, 27, seed=12), measured(forward)

    def back():
        return forward.adjoint(forward.fit(forward.apply(obj), y))

    here = back()
    monkeypatch.setattr("ptygui.physics.forward.compiled", None)
    torch.testing.assert_close(here, back(), rtol=1e-3, atol=1e-4)
