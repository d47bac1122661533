"""Objects larger than the prior's training crops: the network sees tiles of the size it knows."""

import numpy as np
from conftest import small_object

from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods.dps import DPS
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.prior.prior import Prior


def test_dps_denoises_by_tiles_and_goes_on_bit_for_bit(prior_folder, monkeypatch):
    seen = set()
    plain = Prior.x0_hat

    def x0_hat(self, x_t, alpha_bar):
        seen.add(tuple(x_t.shape))
        return plain(self, x_t, alpha_bar)

    monkeypatch.setattr(Prior, "x0_hat", x0_hat)
    obj = small_object(176)[:, :48]
    scan = simulate(obj, make_probe("medium", 32), Simulation(overlap=0.38))
    method = DPS(prior=str(prior_folder), num_steps=4, j=0)

    def steps(**how):
        return [s for s in reconstruct(scan, method, interval=0, device="cpu", **how) if s is not None]

    _, second, *_, last = steps()
    assert seen == {(2, 2, 128, 48)}
    assert last.nfe == 4  # a pass over the canvas is one evaluation, however many tiles
    assert np.isfinite(last.obj).all()
    assert np.array_equal(steps(resume=second)[-1].obj, last.obj)
