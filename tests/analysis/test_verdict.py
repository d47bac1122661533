"""Verdicts on misfits, and that real runs earn them."""

import numpy as np
import pytest
from conftest import small_object

from ptygui.analysis.verdict import chi_square, fall, unpredicted, verdict


def kind(*args, **more):
    found = verdict(*args, **more)
    return found and found.kind


def test_a_fit_to_the_noise_is_not_spoken_of():
    for chi in (0.3, 1.0, 1.4):
        assert verdict(chi, diffusion=True) is None
        assert verdict(chi, diffusion=False) is None
    assert verdict(None, diffusion=True) is None


def test_a_prior_is_blamed_where_awf_fits_and_the_model_where_it_does_not():
    assert kind(3.0, True) == "prior"
    assert kind(3.0, True, awf=0.9) == "prior"
    assert kind(3.0, True, awf=2.8) == "model"
    assert kind(1.3, True) is None
    assert kind(1.3, True, awf=0.7) == "prior"
    assert kind(1.3, True, awf=1.0) is None
    assert "AWF: 0.9 times" in verdict(3.0, True, awf=0.9).text


def test_awf_that_fits_noise_does_not_blame_a_good_prior():
    """At 20 % overlap AWF goes far below the floor; the prior, at 0.4, still fits."""
    assert verdict(0.4, True, awf=0.004) is None
    assert verdict(1.3, True, awf=0.004) is None
    assert kind(1.6, True, awf=0.004) == "prior"


def test_fitted_noise_is_told_of_methods_without_a_prior_alone():
    assert kind(0.02, False) == "noise"
    assert kind(0.02, True) is None
    assert not verdict(0.02, False).warns


def test_a_run_above_what_its_data_allow_did_not_converge():
    """Two data for each unknown leave half the noise, three two thirds."""
    for data, chi in ((2, 0.51), (3, 0.68), (5.3, 0.77)):
        assert kind(chi, False, data=data) is None
        assert kind(1.6 * (1 - 1 / data), False, data=data) == "unconverged"
    assert kind(2.5, False) == "unconverged"  # where the scan is not known
    assert kind(0.5, False, data=1.1) == "unconverged"
    assert kind(0.3, False, data=1.1) == "noise"
    assert not verdict(2.5, False).warns
    assert verdict(2.5, False).doubtful


def test_advice_depends_on_whether_the_misfit_still_falls():
    assert "use more iterations" in verdict(2.5, False, data=2, falling=0.2).text
    assert "change little" in verdict(2.5, False, data=2, falling=1e-3).text
    assert fall([1, 50, 80, 100], [8.0, 4.0, 2.0, 1.5]) == pytest.approx(0.25)
    assert fall([90, 100], [8.0, 4.0]) is None
    assert fall([], []) is None


def test_awf_that_is_stuck_does_not_blame_the_model_of_a_prior_that_fits():
    assert kind(0.48, True, awf=2.5) is None


def test_a_network_that_had_the_last_word_is_mentioned():
    assert kind(14.0, False, fits=False, data=1.5) == "network"
    assert kind(1.4, False, fits=False, data=1.5) is None


def test_guidance_that_falls_short_is_not_the_priors_fault():
    assert kind(500.0, True, guided=True) == "guidance"
    assert "500 times" in verdict(500.0, True, guided=True).text


def test_chi_square_needs_noise():
    assert chi_square(2e-4, 1e-4) == pytest.approx(2)
    assert chi_square(2e-4, 0.0) is None


def last(scan, method):
    from ptygui.experiment.reconstruct import reconstruct

    return [step for step in reconstruct(scan, method, device="cpu", interval=1e9) if step is not None][-1]


def judged(step, method, awf=None, data=None):
    found = verdict(chi_square(step.misfit, step.noise_floor), method.diffusion, awf=awf, data=data)
    return found and found.kind


def test_the_shipped_prior_fits_the_example_and_not_noise():
    """A blood prior on a field of correlated noise, 38 % overlap; on its own kind of object no word."""
    pytest.importorskip("torch")
    from ptygui.experiment.example import example_scan
    from ptygui.methods import DAPS
    from ptygui.physics.probe import make_probe
    from ptygui.physics.simulate import Simulation, simulate

    method = DAPS(setting="preview")
    assert judged(last(example_scan(), method), method) is None
    noise = small_object(128, 3) * np.exp(1j * np.random.default_rng(0).uniform(-1, 1, (128, 128)))
    unlike = simulate(noise.astype(np.complex64), make_probe("medium"), Simulation(overlap=0.38))
    assert judged(last(unlike, method), method) == "prior"


def test_awf_with_too_few_data_fits_noise():
    from ptygui.experiment.example import example_scan
    from ptygui.methods import AWF
    from ptygui.physics.simulate import Simulation

    method = AWF(iterations=300)
    assert judged(last(example_scan(Simulation(overlap=0.2)), method), method) == "noise"
    assert judged(last(example_scan(Simulation(overlap=0.62)), method), method) is None


def test_awf_stuck_on_the_example_is_told_from_awf_that_converged():
    """At 47 % it ends at 2.5 times the noise however long it runs; at 62.5 % it is done."""
    from ptygui.experiment.example import example_scan
    from ptygui.methods import AWF
    from ptygui.physics.overlap import data_per_unknown
    from ptygui.physics.simulate import Simulation

    method = AWF(iterations=1000)
    for overlap, expected in ((0.47, "unconverged"), (0.625, None)):
        scan = example_scan(Simulation(overlap=overlap))
        assert judged(last(scan, method), method, data=data_per_unknown(scan)) == expected


def test_patterns_held_out_must_be_predicted_as_well_as_others_are_fitted():
    assert unpredicted(0.7, 4.0).kind == "unpredicted"
    assert not unpredicted(0.7, 4.0).doubtful
    for chi, held_out in ((0.7, 1.9), (2.5, 4.0), (None, 4.0), (0.7, None)):
        assert unpredicted(chi, held_out) is None
