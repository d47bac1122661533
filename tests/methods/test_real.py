"""Every method on a scan with all that a real experiment adds: between pixels, modes, background, flicker."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import networks_in

from ptygui.analysis.residuals import modelled_patterns, residual_of
from ptygui.files.result import Result
from ptygui.files.results import read_result, write_result
from ptygui.files.scans import read_scan, write_scan
from ptygui.history import History
from ptygui.methods import method_named
from tests.methods.test_contract import VARIANTS, built, name_of, steps_of


@pytest.fixture(params=VARIANTS, ids=name_of)
def method(request, networks):
    with networks_in("float32"):
        yield built(*request.param, networks)


def test_every_method_runs_and_resumes_on_a_real_scan(real_scan, method):
    steps = steps_of(real_scan, method, seed=3)
    last, middle = steps[-1], steps[len(steps) // 2]
    assert last.done
    assert np.isfinite(last.obj).all()
    assert last.modes.shape == real_scan.modes.shape
    again = steps_of(real_scan, method, seed=3, resume=middle)[-1]
    assert np.array_equal(again.obj, last.obj)
    assert np.array_equal(again.modes, last.modes)


def test_what_is_modelled_is_reached_and_what_is_left_out_is_not(real_scan):
    """AWF on the whole model comes to the noise; without one part of it, it does not."""
    awf = method_named("awf")(iterations=400)
    last = steps_of(real_scan, awf)[-1]
    assert last.misfit < 1.1 * last.noise_floor
    parts = {
        "positions": np.rint(real_scan.positions), "weaker_modes": None, "weights": None, "background": None,
    }  # fmt: skip
    for part, without in parts.items():
        poorer = steps_of(replace(real_scan, **{part: without}), awf)[-1]
        assert poorer.misfit > 1.3 * last.misfit, part
        assert poorer.nrmse > last.nrmse, part


def test_the_misfit_is_that_of_the_modelled_patterns(real_scan):
    step = steps_of(real_scan, method_named("awf")(iterations=30))[-1]
    modelled = modelled_patterns(real_scan, step, slice(None))
    left = np.square(np.sqrt(real_scan.patterns) - np.sqrt(modelled)).sum() / real_scan.patterns.sum()
    assert step.misfit == pytest.approx(left, rel=1e-3)
    truth = replace(step, obj=real_scan.truth)
    chi = [residual_of(real_scan, truth, k) for k in range(len(real_scan))]
    assert np.mean([r.chi_square for r in chi]) == pytest.approx(np.mean([r.expected for r in chi]), rel=0.1)


def test_scans_and_results_keep_it_all(tmp_path, real_scan):
    back = read_scan(write_scan(tmp_path / "scan.h5", real_scan))
    for name in ("positions", "probe", "weaker_modes", "weights", "background", "patterns"):
        np.testing.assert_array_equal(getattr(back, name), getattr(real_scan, name))
    method, history = method_named("rpie")(iterations=4, probe_update=True, probe_update_start=1), History()
    for step in steps_of(real_scan, method):
        history.append(step)
    found = read_result(write_result(tmp_path / "result.h5", Result.of(real_scan, method, history)))
    np.testing.assert_array_equal(found.modes, history.last.modes)
    np.testing.assert_allclose(found.refined_positions, real_scan.positions, atol=1e-5)
    for frame, step in zip(found.frames, history.frames, strict=True):
        for name in ("probe", "weaker_modes", "positions", "weights", "background"):
            np.testing.assert_array_equal(getattr(frame, name), getattr(step, name))
