"""The forward operator: adjointness, energy, A^H A = diag(w), patches and places."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from ptygui.physics import forward as module
from ptygui.physics.forward import Forward, energy, misfit, with_modulus

compiled = module.compiled
with_loops = pytest.mark.skipif(compiled is None, reason="without numba there are no compiled loops")


def random_complex(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.complex64, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(autouse=True, params=[pytest.param("compiled", marks=with_loops), "torch"])
def _loops(request, monkeypatch):
    """Everything holds with the compiled loops and without."""
    if request.param == "torch":
        monkeypatch.setattr("ptygui.physics.forward.compiled", None)


@pytest.fixture
def forward():
    corners = torch.tensor([[0, 0], [3, 5], [10, 2], [16, 16], [3, 5]])
    return Forward(random_complex(8, 8), corners, (24, 27))


@pytest.mark.parametrize("lead", [(), (3,), (2, 3)])
def test_adjoint(forward, lead):
    f, z = random_complex(*lead, 24, 27, seed=1), random_complex(*lead, 5, 8, 8, seed=2)
    left = (forward.apply(f).conj() * z).sum()
    right = (f.conj() * forward.adjoint(z)).sum()
    assert abs(left - right) < 1e-5 * abs(left)


def test_place_is_the_adjoint_of_patches(forward):
    f, p = random_complex(24, 27, seed=3), random_complex(5, 8, 8, seed=4)
    left, right = (forward.patches(f).conj() * p).sum(), (f.conj() * forward.place(p)).sum()
    assert abs(left - right) < 1e-5 * abs(left)


def test_patches_are_cut_where_they_lie(forward):
    f = random_complex(24, 27)
    for patch, (row, column) in zip(forward.patches(f), forward.corners.tolist(), strict=True):
        assert torch.equal(patch, f[row : row + 8, column : column + 8])


def test_normal_operator_is_diagonal(forward):
    f = random_complex(24, 27, seed=5)
    w = forward.illumination()
    assert w.dtype == torch.float32
    torch.testing.assert_close(forward.adjoint(forward.apply(f)), w * f, rtol=1e-5, atol=1e-5)


def test_fourier_transform_keeps_energy(forward):
    f = random_complex(24, 27, seed=6)
    exit_energy = forward.exit_waves(f).abs().square().sum()
    torch.testing.assert_close(forward.apply(f).abs().square().sum(), exit_energy)


def test_matches_numpy_position_by_position(forward):
    f = random_complex(24, 27, seed=7)
    for wave, (r, c) in zip(forward.apply(f), forward.corners.tolist(), strict=True):
        expected = np.fft.fft2(f[r : r + 8, c : c + 8].numpy() * forward.probe.numpy(), norm="ortho")
        np.testing.assert_allclose(wave.numpy(), expected, atol=1e-5)


def test_subset_and_probe(forward):
    f = random_complex(24, 27, seed=8)
    which = torch.tensor([3, 1])
    torch.testing.assert_close(forward.subset(which).apply(f), forward.apply(f)[which])
    other = forward.with_probe(2 * forward.probe)
    torch.testing.assert_close(other.apply(f), 2 * forward.apply(f))


def test_a_patch_outside_is_named():
    with pytest.raises(ValueError, match=r"position 1 at \(17, 0\) px .* 24 x 24"):
        Forward(random_complex(8, 8), torch.tensor([[0, 0], [17, 0]]), (24, 24))


def test_with_modulus_and_mask(forward):
    z = forward.apply(random_complex(24, 27, seed=9))
    y = torch.rand(5, 8, 8, generator=torch.Generator().manual_seed(1))
    new = with_modulus(z, y)
    torch.testing.assert_close(new.abs(), y, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(new.angle(), z.angle(), rtol=1e-4, atol=1e-4)
    mask = torch.zeros(8, 8, dtype=torch.bool)
    mask[2] = True
    masked = with_modulus(z, y, mask)
    assert torch.equal(masked[:, 3], z[:, 3])
    torch.testing.assert_close(masked[:, 2], new[:, 2])
    assert torch.isfinite(with_modulus(torch.zeros_like(z), y)).all()


def test_misfit_is_zero_for_the_truth_and_one_for_nothing(forward):
    f = random_complex(24, 27, seed=10)
    y = forward.apply(f).abs()
    assert misfit(forward, f, y) < 1e-10
    assert misfit(forward, torch.zeros_like(f), y) == pytest.approx(1)
    assert misfit(forward, torch.stack([f, 0 * f]), y).shape == (2,)


def test_misfit_is_of_trusted_pixels(forward):
    f, g = random_complex(24, 27, seed=10), random_complex(24, 27, seed=11)
    y = forward.apply(f).abs()
    mask = torch.ones(y.shape[-2:], dtype=torch.bool)
    mask[2:4] = False
    wrong = torch.where(mask, y, 1e3)
    expected = ((y - forward.apply(g).abs()) * mask).square().sum() / (y * mask).square().sum()
    for measured in (None, energy(forward, wrong, mask)):
        torch.testing.assert_close(misfit(forward, g, wrong, mask, measured), expected)
        torch.testing.assert_close(misfit(forward, g, wrong, mask.expand_as(y), measured), expected)


def test_chunks_add_into_one_sum(monkeypatch):
    monkeypatch.setattr("ptygui.physics.forward.CHUNK_BYTES", 2 * 8 * 64)
    corners = torch.tensor([[0, 0], [3, 5], [10, 2], [16, 16], [3, 5]])
    forward = Forward(random_complex(8, 8), corners, (24, 27))
    z = random_complex(3, 5, 8, 8, seed=11)
    for objects, parts in ((1, 3), (3, 5)):
        chunks = forward.chunks(objects)
        assert len(chunks) == parts
        total = torch.zeros(3, 24, 27, dtype=torch.complex64)
        for part, which in chunks:
            assert part.adjoint(z[:, which], total) is total
        torch.testing.assert_close(total, forward.adjoint(z))


@with_loops
@pytest.mark.parametrize("mask", [None, (8, 8), (5, 8, 8)])
@pytest.mark.parametrize("own", [False, True])
def test_compiled_loops_are_the_same_as_torch(forward, mask, own, monkeypatch):
    obj = random_complex(2, 24, 27, seed=12)
    y = torch.rand(*((2,) if own else ()), 5, 8, 8, generator=torch.Generator().manual_seed(2))
    if mask is not None:
        mask = torch.rand(mask, generator=torch.Generator().manual_seed(3)) < 0.7

    def back():
        return forward.adjoint(with_modulus(forward.apply(obj), y, mask))

    here = back()
    monkeypatch.setattr("ptygui.physics.forward.compiled", None)
    torch.testing.assert_close(here, back(), rtol=1e-4, atol=1e-5)


@with_loops
def test_compiled_loops_are_used_on_plain_arrays_alone(forward, monkeypatch):
    called = []

    class Loops:
        def __getattr__(self, name):
            called.append(name)
            return getattr(compiled, name)

    monkeypatch.setattr("ptygui.physics.forward.compiled", Loops())
    y = torch.ones(5, 8, 8)

    def names(obj):
        called.clear()
        forward.adjoint(with_modulus(forward.apply(obj), y))
        return called

    f = random_complex(24, 27)
    assert names(f) == ["cut", "set_modulus", "place"]
    assert names(f.mT.contiguous().mT) == ["set_modulus", "place"]
    assert names(f.conj()) == ["set_modulus", "place"]
    assert names(f.clone().requires_grad_()) == []
    assert names(f.to(torch.complex128)) == []


def test_waves_of_other_positions_or_objects_are_refused(forward):
    for wrong in (random_complex(4, 8, 8), random_complex(10, 8, 8), random_complex(5, 4, 4)):
        with pytest.raises(RuntimeError):
            forward.adjoint(wrong)
    with pytest.raises(RuntimeError):
        forward.adjoint(random_complex(3, 5, 8, 8), torch.zeros(2, 24, 27, dtype=torch.complex64))


@with_loops
def test_compiled_loops_refuse_an_object_of_another_size(forward, monkeypatch):
    monkeypatch.setattr("ptygui.physics.forward.compiled", compiled)
    for shape in ((24, 26), (48, 27)):
        with pytest.raises(RuntimeError):
            forward.apply(random_complex(*shape))


def test_gradients_flow(forward):
    f = random_complex(24, 27).requires_grad_()
    forward.apply(f).abs().square().sum().backward()
    torch.testing.assert_close(f.grad, 2 * forward.illumination() * f.detach(), rtol=1e-4, atol=1e-4)


def test_what_is_not_finite_is_passed_on(forward):
    f = random_complex(24, 27)
    f[4, 6] = complex("nan")
    assert not torch.isfinite(with_modulus(forward.apply(f), torch.ones(5, 8, 8))).all()


def test_without_numba_torch_does_it_all():
    code = """
import sys
sys.modules["numba"] = None
from ptygui.physics import forward
print(forward.compiled)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None"
