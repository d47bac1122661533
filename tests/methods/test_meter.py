"""How far prior and data move the estimate at each iterate."""

import numpy as np
import pytest

from ptygui.methods import DAPS, DPS, RPIE
from ptygui.reconstruct import reconstruct


def steps(scan, method):
    return [step for step in reconstruct(scan, method, device="cpu", interval=0) if step is not None]


def test_daps_tells_both(scan, prior_folder):
    first, *rest = steps(scan, DAPS(prior=str(prior_folder), levels=4, inner=5, mend=False))
    assert first.prior_step is None
    for step in rest[:4]:
        assert step.prior_step > 0
        assert step.data_step > 0
    assert rest[0].t is None


def test_dps_tells_both_and_the_time(scan, prior_folder):
    found = steps(scan, DPS(prior=str(prior_folder), num_steps=6, j=2, zeta=0.01))
    assert [step.t for step in found][:3] == [5, 4, 3]
    assert all(np.isfinite([step.prior_step, step.data_step]).all() for step in found)
    assert found[-1].data_step > 0


def test_without_guidance_data_move_nothing(scan, prior_folder):
    found = steps(scan, DPS(prior=str(prior_folder), num_steps=5, j=0, zeta=0))
    assert [step.data_step for step in found] == [0.0] * 5
    twice = steps(scan, DPS(prior=str(prior_folder), num_steps=5, j=0, zeta=0.02))[0].data_step
    once = steps(scan, DPS(prior=str(prior_folder), num_steps=5, j=0, zeta=0.01))[0].data_step
    assert twice == pytest.approx(2 * once, rel=1e-5)


def test_classical_methods_have_no_prior(scan):
    assert steps(scan, RPIE(iterations=2))[-1].prior_step is None
