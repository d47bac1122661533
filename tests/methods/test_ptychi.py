"""Pty-Chi as a guest. Where it is not installed, only how that is told."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods import PtyChi, ptychi
from ptygui.methods.ptychi import ENGINES

guest = pytest.mark.skipif(find_spec("ptychi") is None, reason="Pty-Chi is not installed (docs/methods.md)")
theirs = pytest.mark.filterwarnings("default:Converting a tensor with requires_grad")


def steps_of(scan, method, **how):
    return [s for s in reconstruct(scan, method, interval=0, device="cpu", **how) if s is not None]


def test_what_is_missing_is_told_before_a_run(scan, monkeypatch):
    monkeypatch.setattr(ptychi, "find_spec", lambda name: None)
    (finding,) = PtyChi().checks(scan)
    assert finding.severity == "stop"
    assert "not installed" in finding.text
    assert PtyChi.in_sweep() == ()


@pytest.mark.skipif(find_spec("ptychi") is not None, reason="Pty-Chi is installed")
def test_a_run_without_it_says_what_to_install(scan):
    with pytest.raises(InputError, match="pip install --no-deps ptychi"):
        steps_of(scan, PtyChi(iterations=1))


def test_what_it_is_not_told_of_is_said(real_scan, scan):
    said = [finding.text for finding in PtyChi().checks(real_scan)]
    assert any("background" in text for text in said)
    masked = replace(scan, mask=np.ones((len(scan), 16, 16), bool))
    assert any(f.severity == "stop" and "one mask" in f.text for f in PtyChi().checks(masked))


@guest
@theirs
@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_streams_and_fits(scan, engine):
    import torch

    before = torch.get_rng_state()
    method = PtyChi(engine=engine, iterations=12, batch_size=8 if "PIE" in engine else 0)
    steps = steps_of(scan, method, seed=3)
    assert [s.index for s in steps] == list(range(1, 13))
    assert steps[-1].misfit < 0.7 * steps[0].misfit
    assert np.array_equal(steps[-1].obj, steps_of(scan, method, seed=3)[-1].obj)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.zeros(1).device.type == "cpu"


@guest
@theirs
@pytest.mark.parametrize("engine", ["rPIE", "LSQML", "DM"])
def test_it_is_its_own_result(scan, engine):
    """The same epochs by its own interface, with its own placing of positions about the centre."""
    import torch

    from ptygui.methods.problem import Problem
    from ptygui.methods.solvers.guest import load_ptychi

    api, task = load_ptychi()
    method, m = PtyChi(engine=engine, iterations=5, batch_size=6), scan.width
    problem = Problem.of(scan, "cpu", seed=3)
    options = getattr(api, ENGINES[engine])()
    chosen = options.reconstructor_options
    chosen.batch_size, chosen.default_device = 6, api.Devices.CPU
    chosen.random_seed = int(torch.randint(2**31, (), generator=problem.generator))
    if engine == "LSQML":
        chosen.rescale_probe_intensity_in_first_epoch = False
    options.probe_options.optimizable = False
    options.object_options.remove_object_probe_ambiguity.enabled = False
    rows, columns = (scan.corners + m // 2 - np.array(scan.object_shape) // 2).T.astype(np.float32)
    with torch.random.fork_rng():
        run = task.PtychographyTask(
            options,
            diffraction_data=scan.patterns.astype(np.float32),
            object_data=np.pad(problem.start.numpy(), 2)[None],
            probe_data=scan.probe[None, None] / m,
            probe_position_y_px=rows,
            probe_position_x_px=columns,
        )
        run.run(5)
        expected = run.get_data_to_cpu("object", as_numpy=True)[0, 2:-2, 2:-2]
    torch.set_default_device(None)
    np.testing.assert_allclose(steps_of(scan, method, seed=3)[-1].obj, expected, atol=2e-4)


@guest
@theirs
def test_masked_pixels_do_not_matter(scan):
    mask = np.ones((16, 16), bool)
    mask[3] = mask[:, 12] = False
    patterns = np.where(mask, scan.patterns, 1e6)
    plain, garbage = (
        replace(scan, mask=mask, patterns=p.astype(np.float32)) for p in (scan.patterns, patterns)
    )
    a, b = (steps_of(s, PtyChi(iterations=5))[-1] for s in (plain, garbage))
    np.testing.assert_allclose(a.obj, b.obj, atol=1e-4)


@guest
@theirs
def test_probe_modes_and_positions_come_back(real_scan):
    plain = replace(real_scan, weights=None, background=None)
    method = PtyChi(iterations=6, probe_update="yes", position_update=True)
    steps = steps_of(plain, method)
    assert steps[-1].modes.shape == plain.modes.shape
    assert not np.allclose(steps[-1].modes, plain.modes)
    assert steps[-1].misfit < steps[0].misfit
    resumed = steps_of(plain, method, resume=steps[3])
    assert [s.index for s in resumed] == [5, 6]
    assert resumed[0].misfit < steps[0].misfit  # goes on from the estimates


@guest
@theirs
def test_close_stops_between_epochs(scan):
    run = reconstruct(scan, PtyChi(iterations=1000), interval=1e9, device="cpu")
    next(run)
    run.close()
    with pytest.raises(StopIteration):
        next(run)
