"""Judging a result: the misfit to expect, and what predicts photons better that were not used."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import small_object, step_of

from ptygui.analysis.judged import AS_IT_IS, CAUSES
from ptygui.errors import InputError
from ptygui.experiment.assessment import assessment_of
from ptygui.experiment.judging import changes, in_short, judge
from ptygui.experiment.reconstruct import reconstruct
from ptygui.experiment.run import Run
from ptygui.methods import AWF, DAPS, DPS, RPIE


@pytest.fixture(scope="module")
def dense():
    from ptygui.physics.probe import make_probe
    from ptygui.physics.simulate import Simulation, simulate

    probe = make_probe("medium", 16)
    return simulate(small_object(40, 1), probe, Simulation(overlap=0.75, photons=1e4))


def measured(scan, method, **how):
    *_, found = (found for found in judge(scan, method, device="cpu", **how) if found is not None)
    return found


def test_a_right_model_leaves_what_is_expected_and_a_wrong_probe_is_named(dense):
    method = AWF(iterations=60)
    run = Run(1, replace(dense, truth=None), method)
    list(run.to_end())
    run.judged = measured(dense, method, draws=1)
    assert run.judged.ratio == pytest.approx(1, abs=0.1)
    assert assessment_of(run).grade == "good"
    short = Run(1, replace(dense, truth=None), AWF(iterations=2))
    list(short.to_end())
    short.judged = replace(run.judged, chi=9.0, drawn=(9.0,), fits=())  # as expected, but not converged
    assert "more iterations" in assessment_of(short).why
    assert assessment_of(short).grade == "doubtful"
    assert "is expected of such a scan" in assessment_of(run).why
    wrong = replace(dense, truth=None, probe=dense.probe + 0.1 * np.abs(dense.probe).max())
    run = Run(1, wrong, method)
    list(run.to_end())
    run.judged = measured(wrong, method, draws=1)
    assert run.judged.ratio > 2
    assert run.judged.better[0].name in ("probe", "modes")
    assert assessment_of(run).grade == "bad"
    assert "Refine the probe" in assessment_of(run).why.replace("refine", "Refine")
    list(run.steps())
    assert run.judged is None  # other steps, another result


def test_a_fit_to_few_data_is_good_only_if_what_is_expected_is_known(dense):
    """Of a method with a prior; where the truth is known it decides."""
    few = replace(dense, truth=None).subset(slice(0, 4))
    run = Run(1, few, DAPS(), outcome="done")
    run.history.append(step_of(dense, 37, 37, misfit=0.5, noise_floor=1.0, nrmse=None))
    assert run.data_per_unknown < 4 / 3
    assert assessment_of(run).grade == "doubtful"
    assert "a fit says little" in assessment_of(run).why
    run.history.frames[-1] = replace(run.last, discrepancy=1.1)
    assert assessment_of(run).grade == "good"
    share = np.full(dense.object_shape, np.nan, np.float32)
    for filled, said in ((np.nan, False), (0.5, False), (0.8, True)):
        share[4:-4, 4:-4] = filled
        run.history.frames[-1] = replace(run.last, prior_share=share)
        assert ("The prior decides 80% of it" in assessment_of(run).why) == said
    for nrmse, grade in ((0.04, "good"), (0.1, "doubtful"), (0.2, "bad")):
        run.history.frames[-1] = replace(run.last, nrmse=nrmse)
        assert assessment_of(run).grade == grade
    run.outcome = "stopped"
    assert assessment_of(replace(run, outcome="running")).word == "running"


def test_it_tells_what_it_knows_after_every_reconstruction_and_is_closed_within(dense):
    steps = judge(dense, AWF(iterations=3), device="cpu", draws=2)
    told = [found for found in steps if found is not None]
    assert [len(found.drawn) for found in told[:3]] == [0, 1, 2]
    assert [fit.name for fit in told[-1].fits] == [AS_IT_IS, *CAUSES]
    assert [found.done for found in told] == [False] * (len(told) - 1) + [True]
    steps = judge(dense, AWF(iterations=3), device="cpu")
    assert next(steps) is None
    steps.close()
    *_, last = (step for step in reconstruct(dense, AWF(iterations=3), device="cpu") if step is not None)
    *_, again = (found for found in judge(dense, AWF(iterations=3), known=last) if found is not None)
    assert replace(again, seconds=0) == replace(told[-1], seconds=0)


def test_what_is_not_counted_has_an_expected_misfit_but_no_cause(dense):
    scan = replace(dense, patterns=np.asarray(dense.patterns) + 0.25)
    found = measured(scan, AWF(iterations=3), draws=1)
    assert found.done
    assert found.expected is not None
    assert not found.fits
    assert "which is no count" in found.unsplit
    with pytest.raises(InputError, match="without noise"):
        next(judge(replace(dense, noise="none"), AWF()))


def test_what_is_changed_is_what_the_method_does_not_do_yet(dense):
    assert list(changes(DAPS(), dense)) == [AS_IT_IS, *CAUSES]
    refined = DAPS(probe_update="yes", position_update="yes", weight_update=True, probe_modes=2)
    assert list(changes(refined, dense)) == [AS_IT_IS, "prior"]
    assert changes(refined, dense)["prior"].position_update == "yes"
    assert "probe" not in changes(DAPS(), replace(dense, simulated=False))  # refined by itself
    assert list(changes(AWF(gaussian_prior="power-law", probe_update="yes"), dense))[-1] != "prior"


def test_the_quick_form_refines_the_same():
    method = DAPS(setting="best", position_update="yes", prior="generic", seeds=4)
    quick = in_short(method)
    assert (quick.num_levels, quick.num_seeds) == (9, 1)
    assert (quick.position_update, quick.prior) == ("yes", "generic")
    assert in_short(DPS(prior="chips")) == DAPS(setting="preview", prior="chips")
    assert in_short(RPIE()) == RPIE()
