"""Metrics against numbers worked out by hand and against scikit-image."""

import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import small_object
from skimage.metrics import normalized_root_mse, structural_similarity

from ptygui.analysis import metrics
from ptygui.errors import InputError


def test_nrmse_ignores_the_global_phase():
    obj = small_object()
    assert metrics.nrmse(obj * np.exp(2.1j), obj) < 1e-6


def test_nrmse_by_hand():
    # truth (1, 1), estimate (1, i): <x, t> = 1 + conj(i) = 1 - i, best factor (1 - i)/√2,
    # error² = 2 + 2 - 2 |<x, t>| = 4 - 2√2, over the norm² of 2
    truth, obj = np.array([[1, 1]], complex), np.array([[1, 1j]], complex)
    assert metrics.nrmse(obj, truth) == pytest.approx(np.sqrt((4 - 2 * np.sqrt(2)) / 2))


def test_complex_factor_takes_up_the_scale():
    obj = small_object()
    assert metrics.nrmse(0.5 * obj, obj) == pytest.approx(0.5)
    assert metrics.nrmse(0.5j * obj, obj, align="complex") < 1e-6


def test_nrmse_agrees_with_scikit_image_where_phases_match():
    truth = np.abs(small_object())
    noisy = truth + 0.01
    assert metrics.nrmse(noisy, truth) == pytest.approx(normalized_root_mse(truth, noisy), rel=1e-5)


def test_region():
    truth = small_object()
    obj, region = truth.copy(), np.zeros(truth.shape, bool)
    obj[:16] += 0.5
    region[16:] = True
    assert metrics.nrmse(obj, truth, region=region) < 1e-6
    assert metrics.nrmse(obj, truth) > 0.1
    assert metrics.ssim(obj, truth, region=np.roll(region, 4, 0)) > metrics.ssim(obj, truth)


def test_ssim_is_scikit_images():
    truth = small_object()
    obj = truth * np.exp(1j * np.linspace(0, 3, 32)) + 0.05
    a, b = np.abs(truth).astype(float), np.abs(obj).astype(float)
    for data_range in (None, 1.0):
        theirs, local = structural_similarity(a, b, data_range=data_range or np.ptp(a), full=True)
        assert metrics.ssim(obj, truth, data_range) == pytest.approx(theirs, rel=1e-9)
        region = a > np.median(a)
        ours = metrics.ssim(obj, truth, data_range, region)
        assert ours == pytest.approx(local[region].mean(), rel=1e-9)
    assert metrics.ssim(truth * 1j, truth) == pytest.approx(1)


@pytest.mark.parametrize("shape", [(32, 17), (7, 32), (25, 7), (7, 7), (300, 200)])
def test_ssim_is_scikit_images_for_any_shape(shape):
    rng = np.random.default_rng(shape[1])
    truth, obj = (rng.random(shape) + np.linspace(0, 3, shape[1]) for _ in range(2))
    theirs, local = structural_similarity(truth, obj, data_range=np.ptp(truth), full=True)
    similarity, region = metrics.Similarity(truth), truth > np.median(truth)
    assert similarity.of(obj) == pytest.approx(theirs, rel=1e-11)
    assert similarity.of(obj, region) == pytest.approx(local[region].mean(), rel=1e-11)
    assert similarity.of(truth) == pytest.approx(1, rel=1e-11)


def test_a_truth_of_nothing_is_refused():
    obj, truth = small_object(), small_object()
    with pytest.raises(InputError, match="truth is zero everywhere"):
        metrics.nrmse(obj, np.zeros_like(obj))
    region = np.zeros(obj.shape, bool)
    region[:16] = True
    truth[:16] = 0
    with pytest.raises(InputError, match=f"zero in all {region.sum()} px of the region"):
        metrics.nrmse(obj, truth, region=region)
    with pytest.raises(InputError, match="the region holds no pixel"):
        metrics.ssim(obj, truth, region=np.zeros_like(region))


def test_ssim_with_a_truth_of_nothing_has_a_range_of_one():
    obj = small_object()
    assert metrics.ssim(np.zeros_like(obj), np.zeros_like(obj)) == 1
    assert 0 <= metrics.ssim(obj, np.zeros_like(obj)) < 1


def test_ssim_needs_room_for_its_window():
    with pytest.raises(InputError, match="truth is 32 x 6 px; SSIM needs 7 per side"):
        metrics.ssim(small_object()[:, :6], small_object()[:, :6])


def test_unknown_alignment():
    with pytest.raises(InputError, match="align is 'shift'"):
        metrics.nrmse(small_object(), small_object(), align="shift")


def test_noise_floor_limits():
    assert metrics.noise_floor(np.zeros((2, 4, 4))) == 0
    # bright pixels: a quarter of a count each
    assert metrics.noise_floor(np.full((2, 4, 4), 1e4)) == pytest.approx(0.25 / 1e4, rel=0.01)
    # dark pixels: sqrt(0 or 1) against sqrt(λ), E = λ - 2 √λ P(1) + λ ≈ 2 λ for small λ
    rare = np.zeros((1000, 4, 4))
    rare[::100] = 1
    assert 0 < metrics.noise_floor(rare) < 2.1


@pytest.mark.parametrize("rate", [0.003, 0.2, 1.0, 7.0, 500.0])
def test_root_error_is_that_of_counts(rate):
    counts = np.random.default_rng(0).poisson(rate, 1_000_000)
    assert metrics.root_error(rate) == pytest.approx(
        np.mean((np.sqrt(counts) - np.sqrt(rate)) ** 2), rel=0.03
    )


def test_illuminated():
    w = np.array([[0, 1.0], [10, 10]])
    assert metrics.illuminated(w, 0.2).tolist() == [[False, False], [True, True]]


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor: BLAS has no threads to leave spinning")
def test_scores_leave_no_thread_at_work():
    """Threads of BLAS spin for tens of milliseconds after a call, beside the run that is being scored."""
    code = """
import time, numpy as np
from ptygui.analysis import metrics
rng = np.random.default_rng(0)
a, b = (rng.standard_normal((256, 256, 2)).astype("f4").view("c8")[..., 0] for _ in range(2))
metrics.nrmse(a, b), metrics.ssim(a, b)
time.sleep(0.3)
all_threads, this = time.process_time(), time.thread_time()
for _ in range(5):
    metrics.nrmse(a, b), metrics.nrmse(a, b, align="complex"), metrics.ssim(a, b)
    time.sleep(0.1)
print(time.process_time() - all_threads - (time.thread_time() - this))
"""
    env = {k: v for k, v in os.environ.items() if not k.endswith("NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 0.05  # 0.23 s with np.linalg.norm
