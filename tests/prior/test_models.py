"""Every model that is shipped can be used and says where it comes from."""

import pytest
import torch

from ptygui.networks.checkpoint import CARD, load_info
from ptygui.networks.weights import weights_files
from ptygui.paths import MODELS
from ptygui.prior.folders import list_priors
from ptygui.prior.prior import load_prior

shipped = pytest.mark.parametrize("name", list_priors())


def test_the_default_prior_is_shipped():
    assert {"blood-compact", "blood-small"} <= set(list_priors())


@shipped
def test_it_denoises(name, precision):
    prior = load_prior(name)
    noise = torch.randn(1, 2, 48, 80, generator=torch.Generator().manual_seed(0))
    mean = torch.tensor(prior.data_mean).view(2, 1, 1)
    clean = prior.denoise(mean + 3 * noise, 3.0)
    assert torch.isfinite(clean).all()
    assert (clean - mean).square().mean() < 4 * min(prior.sigma_data) ** 2


@shipped
def test_it_is_small_and_carries_a_card(name):
    folder = MODELS / name
    assert all(file.stat().st_size <= 15_000_000 for file in weights_files(folder))
    card = (folder / CARD).read_text(encoding="utf-8")
    said = load_info(folder).training
    assert all(data in card for data in said["data"])
    if any("blood" in data for data in said["data"]):
        assert "Pengming Song and Guoan Zheng" in card  # their notice asks for it
