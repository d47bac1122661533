"""The curve of the loss stays true however long the training."""

import numpy as np

from ptygui.gui.views.loss import MOST, LossView, halved
from ptygui.training.prior import TrainingProgress


def test_half_of_a_curve_has_its_extremes_and_ends():
    values = np.random.default_rng(0).standard_normal(1001)
    points = list(enumerate(values.tolist()))
    kept = halved(points)
    assert len(kept) <= 502
    assert kept == sorted(kept)
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    for at in range(0, 1001, 100):
        part = [value for step, value in kept if at <= step < at + 104]
        assert max(part) >= values[at : at + 100].max()
        assert min(part) <= values[at : at + 100].min()


def test_short_curves_stay():
    for count in range(4):
        points = [(k, float(k)) for k in range(count)]
        assert halved(points) == points


def test_a_spike_of_a_long_training_is_not_thinned_away(qapp):
    view = LossView()
    losses = [1.0] * (3 * MOST)
    losses[1234], losses[MOST + 77], losses[2 * MOST + 5] = 9.0, 0.01, 7.0
    steps = [TrainingProgress(step, len(losses), 0.0, 0.0, loss, {}) for step, loss in enumerate(losses)]
    for at in range(0, len(steps), 500):
        view.add(steps[at : at + 500])
    x, y = view.trained.getOriginalDataset()
    assert len(y) <= MOST
    assert {9.0, 0.01, 7.0} <= set(y.tolist())
    assert x[0] == 0
