"""Verdicts on misfits, and that real runs earn them."""

import json
from dataclasses import replace

import numpy as np
import pytest
from conftest import small_object

from ptygui.analysis.advice import ADVICE, guidance_advice
from ptygui.analysis.judged import AS_IT_IS, CAUSES, Fit, Judged
from ptygui.analysis.judged_verdict import judged_verdict
from ptygui.analysis.verdict import (
    chi_square,
    fall,
    unpredicted,
    verdict,
)
from ptygui.errors import InputError


def kind(*args, **more):
    found = verdict(*args, **more)
    return found and found.kind


def test_a_fit_to_the_noise_is_not_spoken_of():
    for chi in (0.3, 1.0, 1.2):
        assert verdict(chi, diffusion=True) is None
        assert verdict(chi, diffusion=False) is None
    assert verdict(1.4, diffusion=False) is None
    assert verdict(None, diffusion=True) is None


def test_more_than_noise_explains_is_doubtful_whatever_the_cause():
    found = verdict(1.4, diffusion=True)
    assert (found.kind, found.grade) == ("open", "doubtful")
    assert "more than the noise explains" in found.text


def test_the_discrepancy_that_a_method_estimates_tells_what_is_expected():
    assert verdict(0.9, True, discrepancy=1.1) is None
    found = verdict(0.9, True, discrepancy=1.9)
    assert (found.kind, found.grade) == ("open", "doubtful")
    assert "1.9 times what is expected" in found.text


def test_a_prior_that_few_data_have_overruled_is_doubtful():
    found = verdict(0.9, True, data=1.1, overruled=0.4)
    assert (found.kind, found.grade) == ("open", "doubtful")
    assert "overruled 40% of the prior's image" in found.text
    assert verdict(0.9, True, data=1.5, overruled=0.4) is None  # data decide
    assert verdict(0.9, True, data=1.1) is None


def test_a_prior_is_blamed_where_awf_fits_and_the_model_where_it_does_not():
    assert kind(3.0, True) == "misfit"  # AWF was not run: neither is blamed
    assert kind(3.0, True, awf=0.9) == "prior"
    assert kind(3.0, True, awf=2.8) == "model"
    assert kind(1.2, True) is None
    assert kind(1.2, True, awf=0.7) == "prior"
    assert kind(1.2, True, awf=1.0) is None
    assert "has no prior: 0.9 times" in verdict(3.0, True, awf=0.9).text


def test_awf_that_fits_noise_does_not_blame_a_good_prior():
    """At 20 % overlap AWF goes far below the floor; the prior, at 0.4, still fits."""
    assert verdict(0.4, True, awf=0.004) is None
    assert verdict(1.2, True, awf=0.004) is None
    found = verdict(1.6, True, awf=0.004)
    assert found.kind == "misfit"  # AWF fits anything there, so it does not tell who is at fault
    assert "it fits anything" in found.text


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
    far = verdict(40.0, False, data=1.5)
    assert (far.kind, far.grade, far.warns, far.doubtful) == ("far", "bad", False, True)
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


def test_a_larger_zeta_is_never_advised_where_a_smaller_one_is_due():
    """By how far the data moved x_t, over the noise of a step."""
    assert "Take a larger ζ" in guidance_advice(0.01)
    assert "Take a smaller ζ" in guidance_advice(30.0)
    for strength in (None, 0.5, 30.0):
        assert "larger ζ" not in guidance_advice(strength)
    for strength in (None, 0.5, 0.01):
        assert "smaller ζ" not in guidance_advice(strength)


def test_dps_tells_how_strong_its_guidance_was(scan, prior_folder):
    from ptygui.experiment.run import Run, verdict_of
    from ptygui.methods import DPS

    said = {}
    for units, zeta in (("sigma_tilde", 50.0), ("sigma_tilde", 0.002), ("auto", 1e-4)):
        method = DPS(prior=str(prior_folder), num_steps=6, j=0, zeta=zeta, zeta_units=units)
        run = Run(1, scan, method)
        list(run.to_end(interval=0))
        if units == "sigma_tilde":
            assert method.strength(run.history.numbers) == pytest.approx(zeta, rel=1e-3)
        said[zeta] = verdict_of(run, []).text
    assert "smaller ζ" in said[50.0]
    assert "larger ζ" in said[0.002]
    assert "larger ζ" in said[1e-4]


def fit(name, fitted, predicted, gain=0.0, error=0.01):
    return Fit(name, fitted, predicted, gain, error)


def judged(chi=0.6, expected=0.58, *others, data=1.5, first=None):
    fits = (first or fit(AS_IT_IS, 0.6, 1.45), *others)
    return Judged(chi, (expected, expected + 0.01), fits, data=data, done=True)


def test_what_is_expected_decides_not_the_noise():
    """0.9 of the noise is too much where 0.58 is expected, 1.3 is not where 1.2 is."""
    good, bad = (judged_verdict(judged(chi), chi, True) for chi in (0.6, 0.9))
    assert (good.kind, good.grade) == ("fits", "good")
    assert "0.58" in good.text
    assert (bad.kind, bad.grade) == ("open", "doubtful")
    assert "nothing that was tried explains it" in bad.text
    assert judged_verdict(judged(1.3, 1.15), 1.3, True).grade == "good"
    assert "does not follow the data" in judged_verdict(judged(2.5, 2.6), 2.5, True).text
    assert judged_verdict(Judged(0.6), 0.6, True) is None


@pytest.mark.parametrize("cause", CAUSES)
def test_the_cause_is_what_predicts_best_and_the_advice_is_of_it(cause):
    others = [fit(name, 0.6, 1.2, gain=0.3) for name in CAUSES if name != cause]
    found = judged_verdict(judged(2.0, 0.6, *others, fit(cause, 0.5, 1.1, gain=0.4)), 2.0, True)
    assert (found.kind, found.grade) == (cause, "bad")
    assert found.text.endswith(ADVICE[cause])


def test_the_probe_is_named_where_one_more_mode_adds_little_to_it():
    for gain, named in ((0.92, "probe"), (1.1, "modes")):
        found = judged(2.0, 0.6, fit("probe", 0.5, 1.1, 0.9), fit("modes", 0.5, 2.0 - gain, gain))
        assert judged_verdict(found, 2.0, True).kind == named


def test_of_two_changes_that_predict_equally_well_none_is_named():
    """The probe and one more mode of it are no rivals; nor is the prior one of a method that has none."""
    for gain, kind in ((0.38, "either"), (0.25, "beam")):
        others = fit("prior", 0.5, 1.1, gain, 0.05), fit("beam", 0.5, 1.0, 0.4, 0.05)
        found = judged_verdict(judged(2.0, 0.6, *others), 2.0, True)
        assert (found.kind, found.grade) == (kind, "bad")
        assert ("cannot be told which" in found.text) == (kind == "either")
        assert judged_verdict(judged(2.0, 0.6, *others), 2.0, False).kind == "beam"
    both = fit("probe", 0.5, 1.0, 0.4, 0.05), fit("modes", 0.5, 1.01, 0.39, 0.05)
    assert judged_verdict(judged(2.0, 0.6, *both), 2.0, True).kind == "probe"


def test_what_gains_within_its_error_or_next_to_nothing_is_no_cause():
    for gain, error in ((0.4, 0.2), (0.02, 0.001)):
        found = judged_verdict(judged(0.6, 0.58, fit("probe", 0.5, 1.1, gain, error)), 0.6, True)
        assert found.kind == "fits"


def test_with_fewer_data_than_unknowns_a_prior_is_not_blamed_where_the_model_may_be():
    """A freer object makes up for wrong positions; with data enough it does not."""
    prior, positions = fit("prior", 0.5, 1.0, 0.43, 0.04), fit("positions", 0.5, 1.0, 0.4, 0.04)
    for data, kind in ((0.7, "either"), (1.5, "prior")):
        found = judged_verdict(judged(1.5, 0.5, prior, data=data), 1.5, True)
        assert (found.kind, found.grade) == (kind, "bad")
        assert ("cannot be told" in found.text) == (kind == "either")
    few = judged_verdict(judged(1.5, 0.5, positions, prior, data=0.7), 1.5, True).text
    assert "with the positions refined, too" in few
    assert "fewer data than unknowns it cannot be told" in few


def test_with_fewer_data_than_unknowns_it_cannot_be_told():
    found = judged_verdict(judged(2.0, 0.6, data=0.7), 2.0, True)
    assert found.kind == "open"
    assert "cannot be told" in found.text


def test_a_fit_without_a_prior_that_used_up_the_data_says_nothing_of_the_model():
    """Nor does it count as an error that a power law as prior predicts better: it has none to blame."""
    over = fit(AS_IT_IS, 0.05, 1.95)
    found = judged_verdict(
        judged(0.05, 0.05, fit("prior", 0.5, 1.5, 0.45), data=0.7, first=over), 0.05, False
    )
    assert found.kind == "noise"
    assert "cannot be told" in found.text
    assert "power law as prior predicts better" in found.text
    others = fit("prior", 0.5, 1.4, 0.55), fit("probe", 0.5, 1.5, 0.45)
    wrong = judged(0.05, 0.05, *others, data=0.7, first=over)
    assert judged_verdict(wrong, 0.05, False).kind == "probe"


def test_a_method_without_a_prior_is_not_said_to_have_a_wrong_model_where_a_prior_explains_it():
    found = judged_verdict(judged(2.2, 0.63, fit("prior", 0.57, 1.47, 1.5)), 2.2, False)
    assert found.kind == "unconverged"
    assert "Take a prior, more iterations" in found.text


def test_a_run_that_left_more_than_a_quick_fit_is_at_fault_itself():
    assert judged_verdict(judged(), 5.0, True).kind == "unconverged"
    found = judged_verdict(judged(), 5.0, True, guided=True, strength=20.0)
    assert found.kind == "guidance"
    assert "smaller ζ" in found.text


def test_of_a_large_scan_only_the_centre_is_compared():
    """What the whole run left is of other positions."""
    part = replace(judged(), share=0.2)
    found = judged_verdict(part, 5.0, True)
    assert found.kind == "fits"
    assert found.text.startswith("At the centre of the scan, the misfit")


def test_photons_that_could_not_be_split_are_told():
    found = judged_verdict(Judged(0.6, (0.58,), unsplit="no counts", done=True), 0.6, True)
    assert found.grade == "good"
    assert "no counts" in found.text


def test_what_was_judged_survives_plain_values_and_damage_is_refused():
    whole = judged(2.0, 0.6, fit("prior", 0.5, 1.1, 0.4))
    plain = json.loads(json.dumps(whole.plain()))
    assert Judged.read(plain) == whole
    for damage in ({"chi": "x"}, {"chi": float("nan")}, {"fits": [{}]}, {"drawn": None}):
        with pytest.raises(InputError, match="judged"):
            Judged.read(plain | damage)


def test_chi_square_needs_noise():
    assert chi_square(2e-4, 1e-4) == pytest.approx(2)
    assert chi_square(2e-4, 0.0) is None


def last(scan, method):
    from ptygui.experiment.reconstruct import reconstruct

    return [step for step in reconstruct(scan, method, device="cpu", interval=1e9) if step is not None][-1]


def told(step, method, awf=None, data=None):
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
    assert told(last(example_scan(), method), method) is None
    noise = small_object(128, 3) * np.exp(1j * np.random.default_rng(0).uniform(-1, 1, (128, 128)))
    unlike = simulate(noise.astype(np.complex64), make_probe("medium"), Simulation(overlap=0.38))
    assert told(last(unlike, method), method) == "misfit"


def test_awf_with_too_few_data_fits_noise():
    from ptygui.experiment.example import example_scan
    from ptygui.methods import AWF
    from ptygui.physics.simulate import Simulation

    method = AWF(iterations=300)
    assert told(last(example_scan(Simulation(overlap=0.2)), method), method) == "noise"
    assert told(last(example_scan(Simulation(overlap=0.62)), method), method) is None


def test_awf_stuck_on_the_example_is_told_from_awf_that_converged():
    """At 47 % it ends at 2.5 times the noise however long it runs; at 62.5 % it is done."""
    from ptygui.experiment.example import example_scan
    from ptygui.methods import AWF
    from ptygui.physics.overlap import data_per_unknown
    from ptygui.physics.simulate import Simulation

    method = AWF(iterations=1000)
    for overlap, expected in ((0.47, "unconverged"), (0.625, None)):
        scan = example_scan(Simulation(overlap=overlap))
        assert told(last(scan, method), method, data=data_per_unknown(scan)) == expected


def test_patterns_held_out_must_be_predicted_as_well_as_others_are_fitted():
    assert unpredicted(0.7, 4.0).kind == "unpredicted"
    assert not unpredicted(0.7, 4.0).doubtful
    for chi, held_out in ((0.7, 1.9), (2.5, 4.0), (None, 4.0), (0.7, None)):
        assert unpredicted(chi, held_out) is None
