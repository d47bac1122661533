"""The prior's share: its formula, exact cases, and what methods tell of it."""

import numpy as np
import pytest
import torch

from ptygui.analysis.metrics import illuminated
from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods import AWF, DAPS, DIP, DPS, RPIE
from ptygui.methods.solvers.prior_share import prior_share
from ptygui.networks.spectrum import Cosines
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.physics.smear import smear

SIDE = 16
COSINES = Cosines(SIDE, SIDE)


def last(scan, method):
    *_, step = reconstruct(scan, method, interval=1e9, device="cpu")
    return step


def share_of(light, scale, power):
    return prior_share(light, scale, power, COSINES.radius)


def exact(light, scale, power):
    """One minus the diagonal of the averaging kernel, by matrices."""
    unit = torch.eye(SIDE * SIDE, dtype=torch.float64).reshape(-1, SIDE, SIDE)
    transform = COSINES.forward(unit.float()).double().reshape(SIDE * SIDE, -1)
    shares = []
    for a, each in zip(scale.square(), power, strict=True):
        precision = transform @ torch.diag(1 / each.flatten().double()) @ transform.T
        told = torch.diag((a * light / 2).flatten().double())
        shares.append(1 - (torch.linalg.inv(precision + told) @ told).diagonal())
    return torch.stack(shares).mean(0).reshape(SIDE, SIDE).float()


def test_where_a_prior_is_white_the_share_is_that_of_the_precisions():
    light, scale = torch.full((SIDE, SIDE), 30.0), torch.full((1, SIDE, SIDE), 0.5)
    found = share_of(light, scale, torch.full((1, SIDE, SIDE), 0.2))
    precision, told = 1 / 0.2, 0.5**2 * 30 / 2
    torch.testing.assert_close(found, torch.full_like(found, precision / (precision + told)))


@pytest.mark.parametrize("most", [300.0, 3000.0, 3e5])
def test_it_is_near_the_exact_share_where_light_and_power_vary(most):
    y, x = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    light = most * torch.exp(-((y - 6.0) ** 2 + (x - 9.0) ** 2) / 40)
    scale = torch.stack((torch.full((SIDE, SIDE), 0.4), 0.3 + 0.02 * x))
    power = 0.3 / (1 + (COSINES.radius / 40).square()).square().expand(2, SIDE, SIDE)
    found, true = share_of(light, scale, power), exact(light, scale, power)
    assert (found - true).abs().mean() < 0.06
    assert np.corrcoef(found.flatten(), true.flatten())[0, 1] > 0.9


def test_it_is_one_without_light_but_for_what_the_prior_leaves_free():
    power = torch.full((1, SIDE, SIDE), 0.1)
    scale, dark = torch.ones(1, SIDE, SIDE), torch.zeros(SIDE, SIDE)
    torch.testing.assert_close(share_of(dark, scale, power), torch.ones(SIDE, SIDE))
    power[0, 0, 0] = torch.inf  # the mean
    torch.testing.assert_close(share_of(dark, scale, power), torch.full_like(dark, 1 - 1 / SIDE**2))
    assert share_of(torch.full((SIDE, SIDE), 1e9), scale, power).max() < 1e-6


def test_less_light_leaves_more_to_a_prior(prior_folder):
    obj, probe, shares = smear((40, 40), 3), make_probe("medium", 16), {}
    for photons in (1e2, 1e5):
        scan = simulate(obj, probe, Simulation(overlap=0.5, photons=photons))
        unlit = ~illuminated(scan.illumination)
        for method in (
            AWF(iterations=3, gaussian_prior="power-law"),
            DAPS(
                prior=str(prior_folder),
                levels=2,
                data_steps=1,
                awf_iterations=2,
                start_unet=False,
                overrule=False,
            ),
            DPS(prior=str(prior_folder), num_steps=2, j=0),
        ):
            share = last(scan, method).prior_share
            assert share.dtype == np.float32
            np.testing.assert_array_equal(np.isnan(share), unlit)
            assert 0 <= np.nanmin(share) < np.nanmax(share) <= 1
            shares.setdefault(method.key(), []).append(share[~unlit].mean())
    assert all(dark > 2 * bright for dark, bright in shares.values())


def test_without_a_prior_data_decide_and_of_networks_it_is_not_known(scan):
    for method in (AWF(iterations=2), RPIE(iterations=2)):
        share = last(scan, method).prior_share
        np.testing.assert_array_equal(np.isnan(share), ~illuminated(scan.illumination))
        assert np.nanmax(share) == 0
    assert last(scan, DIP(iterations=2, width=4)).prior_share is None
