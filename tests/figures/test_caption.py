"""The caption says what a figure is of."""

from conftest import history_of, step_of

from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.figures.caption import caption_of
from ptygui.methods import RPIE


def test_the_caption_says_what_it_is(scan):
    run = Run(1, scan, RPIE(iterations=20), history=history_of(scan, 20))
    branch = run.branch(7, run.history.frames[9], RPIE(iterations=20, alpha=0.4), RunSettings("cpu"))
    text = caption_of(scan, branch, step_of(scan, 12, 20, level=0.25))
    assert text == (
        "small, 62.5 % overlap; rpie, iterations 20; run 7 ← 1 @ step 10, alpha 0.4, seed 0; "
        "step 12 of 20, σ 0.25; NRMSE 0.0417, SSIM 0.500."
    )
    assert (
        "alpha" not in caption_of(scan, branch, run.history.frames[4]).split(";")[1]
    )  # the parent's options
    assert "misfit 2.00 times the photon noise" in caption_of(scan, run, step_of(scan, 5, nrmse=None))


def test_the_caption_says_each_option_once_with_the_step_that_it_holds_from(scan):
    run = Run(1, scan, RPIE(iterations=20, alpha=0.2), history=history_of(scan, 20))
    branch = run.branch(7, run.history.frames[9], RPIE(iterations=20, alpha=0.4), RunSettings("cpu"))
    early = caption_of(scan, branch, run.history.frames[4])
    assert "; rpie, iterations 20, alpha 0.2; run 7 ← 1 @ step 10, alpha 0.4, seed 0; step 5" in early
    branch.change(14, RPIE(iterations=20, alpha=0.5))
    late = caption_of(scan, branch, step_of(scan, 18, 20))
    assert "; rpie, iterations 20; run 7 ← 1 @ step 10, alpha 0.4, alpha 0.5 from step 15, seed 0; " in late
    assert caption_of(scan, branch).count("alpha 0.5") == 1
    for step in (15, 16):
        branch.change(step, RPIE(iterations=20, alpha=0.5 + step / 100))
    many = caption_of(scan, branch, step_of(scan, 18, 20))  # too many to tell of each
    assert (
        "; rpie, iterations 20, alpha 0.66; run 7 ← 1 @ step 10, alpha 0.4, options changed 3 times" in many
    )
