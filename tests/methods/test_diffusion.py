"""The diffusion methods: evaluations, time travel, the exact proximal step, the guidance gradient."""

import copy
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from ptygui.analysis.metrics import nrmse
from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods.daps import DAPS
from ptygui.methods.dps import DPS
from ptygui.methods.problem import Problem
from ptygui.methods.solvers import regimes
from ptygui.methods.solvers.guided import Guide, gradient_scale
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.methods.solvers.regimes import steps_at_levels
from ptygui.methods.solvers.slow_phase import SlowPhase, order_for
from ptygui.networks.checkpoint import store_errors
from ptygui.networks.spectrum import ErrorSpectrum
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.physics.smear import smear
from ptygui.prior.prior import load_prior


def steps_of(scan, method, **how):
    return [s for s in reconstruct(scan, method, interval=0, device="cpu", **how) if s is not None]


@pytest.mark.parametrize(("n", "j"), [(1000, 10), (12, 3), (5, 0), (4, 3)])
@pytest.mark.parametrize("travel", ["repaint", "literal"])
def test_evaluations_are_counted(n, j, travel):
    method = DPS(num_steps=n, j=j, time_travel=travel)
    assert len(method.plan()) == method.total == n + j * (n - j)
    if (n, j) == (1000, 10):
        assert method.total == 10_900


def test_repaint_plan_by_hand():
    plan = DPS(num_steps=4, j=2).plan()
    assert plan == [
        (3, 3, False),
        (2, 2, False),
        (1, 1, False),
        (2, 0, True),  # from x_0 up to x_2, then two steps down
        (1, 1, True),
        (0, 0, False),
        (1, -1, True),
        (0, 0, True),
    ]


def test_literal_time_travel_leaves_the_main_chain_unchanged(scan, precision, prior_folder):
    """Algorithm 1 as printed: the inner block re-noises x_t and comes back to x_t, which nobody reads."""
    common = {"prior": str(prior_folder), "num_steps": 8, "zeta": 1e-3}
    plain = steps_of(scan, DPS(**common, j=0))
    printed = DPS(**common, j=3, time_travel="literal")
    literal = steps_of(scan, printed)
    main = [s for s, (_, _, inner) in zip(literal, printed.plan(), strict=True) if not inner]
    assert len(main) == len(plain) == 8
    for a, b in zip(plain, main, strict=True):
        assert np.array_equal(a.state["x"], b.state["x"])
    repaint = steps_of(scan, DPS(**common, j=3))
    assert not np.array_equal(repaint[-1].state["x"], plain[-1].state["x"])


def test_travel_must_fit():
    with pytest.raises(InputError, match="j is 10"):
        DPS(num_steps=10, j=10)


@pytest.mark.parametrize("guidance", ["l1", "l2"])
def test_guidance_gradient_agrees_with_finite_differences(scan, prior_folder, guidance):
    prior = load_prior(prior_folder, "cpu")
    guide = Guide(prior, Problem.of(scan, "cpu"), guidance, clip=False)
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(2, 32, 32, generator=generator)
    _, gradient = guide.gradient(x, 0.5)

    def loss(x):
        return float(guide.misfit(prior.channels.decode(prior.x0_hat(x, 0.5))).double())

    along, h = gradient / gradient.norm(), 0.05
    slope = (loss(x + h * along) - loss(x - h * along)) / (2 * h)
    assert slope == pytest.approx(float(gradient.norm()), rel=0.05)


def test_the_limit_of_the_estimate_is_the_reach_of_the_data(scan, prior_folder):
    prior = copy.copy(load_prior(prior_folder, "cpu"))
    prior.channels = replace(prior.channels, phase_reach=3.0)
    x0_hat, _ = Guide(prior, Problem.of(scan, "cpu"), "l1", clip=True).gradient(
        torch.full((2, 32, 32), 50.0), 0.9999
    )
    assert (float(x0_hat[0].max()), float(x0_hat[1].max())) == (1.0, 3.0)


def test_flux_does_not_change_the_guidance(precision, prior_folder):
    from conftest import small_object

    prior = load_prior(prior_folder, "cpu")
    scale = gradient_scale(prior, small_object(64), seeds=1)
    assert set(scale) == {"l1", "l2"}
    assert all(s > 0 for s in scale.values())


def test_unmeasured_prior_asks_for_raw_zeta(scan, prior_folder, monkeypatch):
    prior = load_prior(prior_folder, "cpu")
    monkeypatch.setattr(prior, "zeta_scale", {})
    with pytest.raises(InputError, match="--zeta-units raw"):
        steps_of(scan, DPS(prior=str(prior_folder), num_steps=3, j=0))
    assert steps_of(scan, DPS(prior=str(prior_folder), num_steps=3, j=0, zeta_units="raw"))


@pytest.mark.parametrize("j", [0, 2])
def test_epsilon_networks_drive_both(scan, precision, tmp_path, j):
    from ptygui.networks.channels import Channels
    from ptygui.networks.checkpoint import PriorInfo, save_checkpoint
    from ptygui.networks.denoiser import build_network

    info = PriorInfo("epsilon", Channels(0.8, 0.2, 0.0, 0.8), (0.4, 0.4), stem=2, zeta_scale={"l1": 1.0})
    save_checkpoint(tmp_path / "eps", build_network("tiny", "epsilon"), info)
    assert steps_of(scan, DPS(prior=str(tmp_path / "eps"), num_steps=5, j=j))[-1].done
    fast = DAPS(prior=str(tmp_path / "eps"), levels=3, data_steps=2, awf_iterations=2)
    assert steps_of(scan, fast)[-1].nfe == 3


@pytest.mark.parametrize("average", [True, False])
def test_the_result_of_seeds(scan, precision, prior_folder, average):
    small = {"prior": str(prior_folder), "levels": 4, "data_steps": 3, "awf_iterations": 3}
    step = steps_of(scan, DAPS(**small, seeds=3, average_seeds=average))[-1]
    assert step.nfe == 12
    assert step.samples.shape == (3, 32, 32)
    assert not np.array_equal(step.samples[0], step.samples[1])
    if average:
        assert step.nrmse < np.mean([nrmse(sample, scan.truth) for sample in step.samples])
        np.testing.assert_allclose(step.obj, step.samples.mean(0), atol=0.02)
    else:
        assert any(np.array_equal(step.obj, sample) for sample in step.samples)


def test_settings_choose_levels_and_seeds():
    chosen = [(m.num_levels, m.num_seeds) for m in (DAPS(setting=s) for s in ("preview", "standard", "best"))]
    assert chosen == [(9, 1), (36, 1), (59, 3)]
    chosen = DAPS(setting="best", seeds=2, levels=7)
    assert (chosen.num_levels, chosen.num_seeds, chosen.total) == (7, 2, 8)


@pytest.mark.parametrize("levels", [1, 2, 9, 36, 200])
@pytest.mark.parametrize("mean", [1, 3, 10, 50])
def test_data_steps_rise_then_fall_about_their_mean(levels, mean):
    steps = steps_at_levels(mean, levels)
    assert len(steps) == levels
    assert min(steps) >= min(mean, 8)
    most = steps.index(max(steps))
    assert steps[: most + 1] == sorted(steps[: most + 1])
    assert steps[most:] == sorted(steps[most:], reverse=True)
    assert most <= levels / 9
    if levels >= 36 and mean >= 50:
        assert steps[0] < mean / 2 < mean < max(steps)
        assert sum(steps) == pytest.approx(mean * levels, rel=0.1)


def coloured(folder, to, fine):
    """A copy of a prior whose error falls to `fine` of its coarse power at the finest detail."""
    shutil.copytree(folder, to)
    power = tuple(tuple((level, level * fine) for _ in range(2)) for level in (1e-4, 1e-2))
    store_errors(to, ErrorSpectrum((0.1, 1.0), (0.0, 180.0), power))
    return str(to)


def objective(annealing, f, amplitude, phase, sigma):
    """The function that `fitted` minimises, from its definition."""
    channels, problem, cosines = annealing.prior.channels, annealing.problem, annealing.cosines
    data = (problem.amplitudes - problem.forward.apply(f).abs()).square().sum() / (
        2 * annealing.settings.variance
    )
    g = f * torch.polar(torch.ones_like(phase), -phase)
    u = torch.stack(
        ((g.real - amplitude) / channels.amplitude_scale, g.imag / (channels.phase_scale * amplitude))
    )
    power = annealing.prior.error_power(sigma, cosines.radius)
    return float(data + (cosines.forward(u).square() / (2 * power)).sum())


def fitted(annealing, steps, *clean):
    """The result of the proximal step."""
    run = annealing.fitted(*clean, steps)
    try:
        while True:
            next(run)
    except StopIteration as stop:
        return stop.value


@pytest.mark.parametrize("fine", [None, 1.0, 0.02])
def test_proximal_step_falls_to_a_stationary_point(scan, prior_folder, tmp_path, fine):
    folder = prior_folder if fine is None else coloured(prior_folder, tmp_path / "coloured", fine)
    problem = Problem.of(scan, "cpu")
    costs = []
    amplitude = torch.full((1, *scan.object_shape), 0.8)
    phase = torch.full((1, *scan.object_shape), 0.1)
    for inner in (1, 5, 20, 400):
        method = DAPS(prior=str(folder), data_steps=inner, awf_iterations=1, slow_phase_order=0)
        annealing = method.solver(problem, method.plan(problem))
        f = fitted(annealing, method.data_steps, amplitude, phase, 0.3)[0]
        costs.append(objective(annealing, f, amplitude[0], phase[0], 0.3))
    assert costs == sorted(costs, reverse=True)
    for direction in (1, 1j):
        g = torch.zeros_like(f)
        g[16, 16] = 1e-3 * direction
        assert objective(annealing, f + g, amplitude[0], phase[0], 0.3) >= costs[-1] * (1 - 1e-6)


def test_a_flat_spectrum_fits_as_none_at_all(scan, prior_folder, tmp_path):
    """White error of r² is what a prior without a measured spectrum is taken to have."""
    prior = load_prior(str(prior_folder))
    r2 = float(prior.error_power(0.3, torch.zeros(1, 1))[0])
    shutil.copytree(prior_folder, tmp_path / "flat")
    store_errors(tmp_path / "flat", ErrorSpectrum((0.2, 0.4), (0.0, 180.0), (((r2, r2),) * 2,) * 2))
    found = []
    for folder in (prior_folder, tmp_path / "flat"):
        method = DAPS(prior=str(folder), data_steps=30, awf_iterations=1, slow_phase_order=0)
        amplitude = torch.full((1, *scan.object_shape), 0.8)
        problem = Problem.of(scan, "cpu")
        annealing = method.solver(problem, method.plan(problem))
        found.append(fitted(annealing, method.data_steps, amplitude, amplitude / 8, 0.3))
    torch.testing.assert_close(*found, atol=2e-4, rtol=0)


def test_slow_phase_is_found_from_the_data_alone(scan):
    """The truth times a known smooth surface: Gauss-Newton steps bring the data misfit to the noise."""
    from ptygui.physics.forward import misfit

    problem = Problem.of(scan, "cpu")
    truth = torch.from_numpy(scan.truth)
    slow = SlowPhase(ModulusStep(problem), 0.25, seeds=2, order=16)
    wanted = torch.zeros_like(slow.coefficients)
    wanted[:, :3] = torch.tensor([[0.4, -0.3, 0.2], [-0.2, 0.1, 0.3]])
    surface = slow.surface_of(wanted)
    f = truth * torch.polar(torch.ones_like(surface), -surface)
    before = misfit(problem.forward, f, problem.amplitudes)
    for _ in range(4):
        slow.linearise(f)
        f = f * slow.refine(f)
        f = f * slow.refine(f)
    after = misfit(problem.forward, f, problem.amplitudes)
    floor = misfit(problem.forward, truth, problem.amplitudes)
    assert (before > 100 * floor).all()
    assert (after < 1.5 * floor).all()
    torch.testing.assert_close(slow.coefficients[:, :3], wanted[:, :3], atol=0.02, rtol=0)
    torch.testing.assert_close(slow.surface, surface, atol=0.08, rtol=0)


def test_slow_phase_is_as_fine_and_as_large_in_any_object():
    """Fewer than `order` half waves in 128 px; slopes as steep in a large object as in a small one."""
    variances = []
    for shape in ((128, 128), (96, 250)):
        scan = simulate(np.full(shape, 0.8, np.complex64), make_probe("medium"), Simulation(overlap=0.2))
        slow = SlowPhase(ModulusStep(Problem.of(scan, "cpu")), 0.25, seeds=1, order=6)
        surfaces = slow.surface_of(torch.eye(slow.coefficients.shape[1]))
        for axis, side in zip((1, 2), shape, strict=True):
            waves = int((surfaces.sign().diff(dim=axis).abs() > 1).sum(axis).amax())  # a zero each
            assert waves / side < 6 / 128 <= (waves + 1) / side
        slopes = torch.stack(torch.gradient(surfaces, dim=(1, 2))).square().sum(0)
        variances.append(float((slopes / slow.ridge[:, None, None]).sum(0).mean()))
    assert variances[1] == pytest.approx(variances[0], rel=0.25)


def missed(probe, order):
    """Share of a cosine of so many half waves in 128 px that no quadratic of a patch has, under |P|²."""
    side, intensity = len(probe), np.abs(probe).ravel() ** 2
    y, x = np.meshgrid(*[np.linspace(-1, 1, side)] * 2, indexing="ij")
    quadratics = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y]).reshape(6, -1)
    shares = []
    for phase in np.linspace(0, np.pi, 8, endpoint=False):
        wave = np.cos(np.pi * order / 128 * np.arange(side) + phase)[None].repeat(side, 0).ravel()
        normal = quadratics * intensity
        rest = wave - np.linalg.solve(normal @ quadratics.T, normal @ wave) @ quadratics
        uneven = wave - np.average(wave, weights=intensity)
        shares.append([np.average(part**2, weights=intensity) for part in (rest, uneven)])
    rest, uneven = np.sum(shares, axis=0)
    return (rest / uneven) ** 0.5


@pytest.mark.parametrize(
    ("width", "padded", "order"),
    [(16, 16, 6), (32, 32, 6), (48, 48, 4), (64, 64, 3), (128, 128, 1), (32, 104, 6)],
)
def test_wide_patches_follow_slower_phases_only(width, padded, order):
    """Within a patch a cosine is taken as a quadratic: one that is none leads the steps astray."""
    probe = np.pad(make_probe("medium", width), (padded - width) // 2)
    assert order_for(torch.from_numpy(probe)) == order
    assert missed(probe, order) < 0.2
    assert missed(make_probe("medium", 64), 6) > 0.5


def test_the_order_follows_the_window_unless_given_or_resumed(prior_folder):
    scan = simulate(np.full((128, 128), 0.8, np.complex64), make_probe("medium", 64), Simulation())
    method = DAPS(prior=str(prior_folder), levels=2, data_steps=1, awf_iterations=1)
    first, *_, last = steps_of(scan, method)
    assert last.resolved["slow_phase_order"] == 3
    assert last.state["slow_phase_order"] == 3
    # A run of an earlier version, whose order was 6 whatever the window, goes on as it began.
    slow = SlowPhase(ModulusStep(Problem.of(scan, "cpu")), 0.25, seeds=1, order=6).coefficients.numpy()
    others = {name: value for name, value in first.state.items() if name != "slow_phase_order"}
    earlier = replace(first, state={**others, "slow_order": 6, "slow": slow})
    assert steps_of(scan, method, resume=earlier)[-1].state["slow_phase_order"] == 6
    with pytest.raises(InputError, match="slow_phase_order is 4, but the run to continue had 3"):
        steps_of(scan, replace(method, slow_phase_order=4), resume=first)


@pytest.mark.parametrize("masked", [False, True])
def test_no_step_of_the_slow_phase_makes_the_fit_worse(masked):
    """Where patches are too wide for the order, slopes lead astray; each seed by itself."""
    from scipy.ndimage import gaussian_filter

    obj = smear((128, 128), 3, background=0)
    scan = simulate(obj, make_probe("medium", 64), Simulation(overlap=0.2))
    if masked:
        mask = np.ones((64, 64), bool)
        mask[:, 20:30] = False
        scan = replace(scan, mask=mask)
    problem = Problem.of(scan, "cpu")
    phase = gaussian_filter(np.random.default_rng(0).standard_normal((128, 128)), 24)
    phase = torch.from_numpy(3 * phase / phase.std()).float()
    truth = torch.from_numpy(scan.truth)
    f = torch.stack([truth, truth * torch.polar(torch.ones_like(phase), phase)])
    slow = SlowPhase(ModulusStep(problem), 0.25, seeds=2, order=8)

    def cost():
        left = (problem.amplitudes - problem.forward.apply(f).abs()).square()
        if masked:
            left = left * problem.mask
        return left.sum((-3, -2, -1)) / 0.5 + (slow.ridge * slow.coefficients.square()).sum(-1) / 2

    costs = [cost()]
    slow.linearise(f)
    for _ in range(12):
        f = f * slow.refine(f)
        costs.append(cost())
    rises = torch.stack(costs).diff(dim=0) / costs[0]
    assert (rises < 1e-4).all()
    assert costs[-1][1] < 0.95 * costs[0][1]


def test_turning_back_undoes_a_turn():
    from ptygui.methods.solvers.annealing import _turned, _turned_back

    x = torch.arange(2.0 * 3 * 5).reshape(2, 3, 5)
    views = [_turned(x, turn) for turn in range(8)]
    assert torch.equal(views[0], x)
    assert len({(v.shape, tuple(v.flatten().tolist())) for v in views}) == 8
    for turn, view in enumerate(views):
        assert torch.equal(_turned_back(view, turn), x)


def test_the_start_is_mended_by_a_unet_of_the_same_data(
    scan, prior_folder, unet_folder, tmp_path, monkeypatch
):
    monkeypatch.setattr("ptygui.networks.trained.MODELS", tmp_path)
    scarce = replace(regimes.REGIMES[0], below=1e9, unet_misfit=1e9)  # this scan's data are not
    monkeypatch.setattr(regimes, "REGIMES", (scarce,))
    prior, unet = tmp_path / "prior", tmp_path / "unet"
    shutil.copytree(prior_folder, prior)
    shutil.copytree(unet_folder, unet)

    def change(path, **changes):
        said = json.loads(path.read_text())
        said["training"]["data"] = changes.pop("data")
        path.write_text(json.dumps(said | changes))

    method = DAPS(prior=str(prior), levels=2, data_steps=2, awf_iterations=3)

    def evaluations(**changes):
        return [s.nfe for s in steps_of(scan, replace(method, **changes))]

    overlap = json.loads((unet / "unet.json").read_text())["overlap"]
    change(prior / "prior.json", data=["cells"])
    change(unet / "unet.json", data=["sand"])
    assert evaluations() == [0, 1, 2]
    plain = steps_of(scan, method)[0]
    change(unet / "unet.json", data=["cells"], overlap=overlap + 0.2)
    assert evaluations() == [0, 1, 2]
    change(unet / "unet.json", data=["cells"], overlap=overlap)
    mended = steps_of(scan, method)
    assert [s.nfe for s in mended] == [1, 2, 3]
    assert not np.array_equal(mended[0].obj, plain.obj)
    resumed = steps_of(scan, method, resume=mended[1])
    assert resumed[-1].nfe == 3
    assert np.array_equal(resumed[-1].obj, mended[-1].obj)
    assert evaluations(start_unet=False) == evaluations(start_awf=False) == [0, 1, 2]

    monkeypatch.setattr(regimes, "REGIMES", (replace(scarce, unet_misfit=0.0),))  # no image is good enough
    refused = steps_of(scan, method)
    assert [s.nfe for s in refused] == [1, 2, 3]
    assert np.array_equal(refused[0].obj, plain.obj)
    alone = [
        steps_of(scan, replace(method, start_gaussian=False, start_unet=on))[0].obj for on in (True, False)
    ]
    assert np.array_equal(*alone)
    again = steps_of(scan, method, resume=refused[1])
    assert again[-1].nfe == 3
    assert np.array_equal(again[-1].obj, refused[-1].obj)


def test_where_data_are_scarce_the_start_has_a_gaussian_prior(prior_folder):
    from ptygui.physics.smear import smear

    scan = simulate(smear((64, 64), 3), make_probe("medium"), Simulation(overlap=0.2))
    method = DAPS(prior=str(prior_folder), levels=2, data_steps=2, awf_iterations=100)
    with_it, without = steps_of(scan, method)[0], steps_of(scan, replace(method, start_gaussian=False))[0]
    assert with_it.nrmse < 0.8 * without.nrmse
    assert (with_it.resolved["sigma_max"], without.resolved["sigma_max"]) == (1.2, 2.0)
    dense = simulate(smear((64, 64), 3), make_probe("medium"), Simulation(overlap=0.75))
    starts = [steps_of(dense, replace(method, start_gaussian=on))[0] for on in (True, False)]
    assert np.array_equal(starts[0].obj, starts[1].obj)


def test_unlit_pixels_take_the_prior(prior_folder):
    from conftest import small_object

    scan = simulate(small_object(40), make_probe("disk", 16, 6), Simulation(overlap=0.2, layout="centred"))
    problem = Problem.of(scan, "cpu")
    method = DAPS(prior=str(prior_folder), data_steps=5, slow_phase_order=0)
    annealing = method.solver(problem, method.plan(problem))
    clean = torch.full((1, 40, 40), 0.7), torch.full((1, 40, 40), 0.2)
    f = fitted(annealing, method.data_steps, *clean, 0.5)[0]
    unlit = problem.illumination == 0
    assert unlit.any()
    expected = 0.7 * np.exp(0.2j)
    np.testing.assert_allclose(f[unlit].numpy(), np.full(int(unlit.sum()), expected), rtol=1e-4)


def test_what_a_sweep_offers_says_of_which_method_it_is():
    assert [choice.label for choice in DAPS.in_sweep()] == ["Diffusion preview", "Diffusion standard"]
