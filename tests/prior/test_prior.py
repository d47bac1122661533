import os

import pytest
import torch

import ptygui.prior.prior as module
from ptygui.errors import InputError
from ptygui.networks.channels import Channels
from ptygui.networks.checkpoint import PriorInfo, save_checkpoint, store_zeta_scale
from ptygui.networks.denoiser import build_network
from ptygui.prior import folders
from ptygui.prior.folders import list_priors
from ptygui.prior.prior import Prior, bfloat16_pays, load_prior, sample
from ptygui.prior.schedule import Schedule

CHANNELS = Channels(0.6, 0.4, 0.7, 1.7)
D, MEAN = 0.25, 0.1


class GaussianEDM(torch.nn.Module):
    """The exact F for data N(0, s²) per pixel, s unlike the sigma_data it is used with."""

    def __init__(self, s: float):
        super().__init__()
        self.s = torch.nn.Parameter(torch.tensor(s))

    def forward(self, x, level):
        sigma = (4 * level).exp()[:, None, None, None]
        total = (sigma**2 + D**2).sqrt()
        noisy = x * total
        clean = noisy * self.s**2 / (self.s**2 + sigma**2)
        return (clean - noisy * D**2 / total**2) * total / (sigma * D)


class GaussianEpsilon(torch.nn.Module):
    """The exact noise estimate for data N(0, s²) at the steps of DDPM."""

    def __init__(self, s: float):
        super().__init__()
        self.s = torch.nn.Parameter(torch.tensor(s))
        self.schedule = Schedule.linear()

    def forward(self, x, t):
        log_kept = torch.from_numpy(self.schedule.alpha_bar).log()
        low = t.floor().long().clamp(max=998)
        share = t - low
        kept = ((1 - share) * log_kept[low] + share * log_kept[low + 1]).exp().float()[:, None, None, None]
        return x * (1 - kept).sqrt() / (kept * self.s**2 + 1 - kept)


@pytest.fixture(params=["edm", "epsilon"])
def gaussian(request):
    network = GaussianEDM(0.5) if request.param == "edm" else GaussianEpsilon(0.5)
    return Prior(network.requires_grad_(False), CHANNELS, request.param, (D, D), autocast=False)


def save(folder, seed=0, **said):
    torch.manual_seed(seed)
    info = PriorInfo("edm", CHANNELS, (D, D), (0.5, -0.2), stem=2, preset="tiny", **said)
    save_checkpoint(folder, build_network("tiny"), info)
    return folder


@pytest.mark.parametrize("sigma", [0.02, 0.3, 2.0])
def test_denoise_is_the_posterior_mean(gaussian, sigma):
    x = torch.randn(3, 2, 8, 8)
    expected = x * 0.25 / (0.25 + sigma**2)
    torch.testing.assert_close(gaussian.denoise(x, sigma), expected, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("t", [5, 300, 900])
def test_x0_hat_is_the_posterior_mean(gaussian, t):
    kept = float(gaussian.schedule.alpha_bar[t])
    x_t = torch.randn(2, 2, 8, 8)
    expected = x_t * kept**0.5 * 0.25 / (kept * 0.25 + 1 - kept)
    torch.testing.assert_close(gaussian.x0_hat(x_t, kept), expected, rtol=2e-3, atol=2e-3)


def test_leading_axes_and_a_level_for_each_image(gaussian):
    x = torch.randn(3, 4, 2, 8, 8)
    levels = torch.rand(3, 4) + 0.1
    together = gaussian.denoise(x, levels)
    assert together.shape == x.shape
    torch.testing.assert_close(together[1, 2], gaussian.denoise(x[1, 2], float(levels[1, 2])))
    with pytest.raises(ValueError, match="expected"):
        gaussian.denoise(torch.randn(3, 8, 8), 0.1)


def test_a_gradient_reaches_the_state(gaussian):
    x = torch.randn(1, 2, 8, 8, requires_grad=True)
    gaussian.denoise(x, 0.5).sum().backward()
    torch.testing.assert_close(x.grad, torch.full_like(x, 0.5), rtol=2e-3, atol=2e-3)


def test_samples_have_the_spread_of_the_data(gaussian):
    drawn = sample(gaussian, (4, 2, 32, 32), torch.Generator().manual_seed(0), steps=60)
    assert drawn.std() == pytest.approx(0.5, rel=0.1)


def test_a_loaded_prior_is_frozen_and_carries_its_description(tmp_path):
    prior = load_prior(save(tmp_path / "m", zeta_scale={"l1": 2.0}))
    assert not prior.network.training
    assert not any(p.requires_grad for p in prior.network.parameters())
    assert (prior.channels, prior.sigma_data, prior.data_mean) == (CHANNELS, (D, D), (0.5, -0.2))
    assert dict(prior.zeta_scale) == {"l1": 2.0}
    assert len(prior.identity) == 64


def test_bfloat16_changes_little(tmp_path):
    prior = load_prior(save(tmp_path / "m"))
    x = torch.randn(1, 2, 32, 32)
    prior.autocast = False
    full = prior.denoise(x, 0.3)
    prior.autocast = True
    assert prior.denoise(x, 0.3).dtype == torch.float32
    torch.testing.assert_close(prior.denoise(x, 0.3), full, rtol=0, atol=0.02)


def test_a_prior_runs_in_the_precision_that_is_fast(tmp_path, precision):
    prior = load_prior(save(tmp_path / "m"))
    assert prior.autocast == bfloat16_pays("cpu") == (precision == "bfloat16")


def test_loading_twice_gives_the_same_object_until_the_files_change(tmp_path):
    folder = save(tmp_path / "m")
    first = load_prior(folder)
    assert load_prior(folder) is first
    store_zeta_scale(folder, {"l1": 3.0})
    os.utime(folder / "prior.json", ns=(1, 1))
    second = load_prior(folder)
    assert second is not first
    assert second.zeta_scale["l1"] == 3.0


def test_bare_names_are_looked_up_in_models(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "MODELS", tmp_path)
    monkeypatch.chdir(tmp_path.parent)
    save(tmp_path / "good")
    (tmp_path / "empty").mkdir()
    assert list_priors() == ["good"]
    assert load_prior("good").identity
    with pytest.raises(InputError, match=r"models/ \(good\)"):
        load_prior("bad")
    with pytest.raises(InputError, match="missing"):
        load_prior(tmp_path / "empty")


@pytest.mark.parametrize(("capability", "pays"), [((7, 5), False), ((8, 0), True), ((9, 0), True)])
def test_bfloat16_pays_on_gpus_that_compute_in_it(monkeypatch, capability, pays):
    """Torch says that older ones support it, as they emulate it."""
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda *args, **kwargs: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert module.bfloat16_pays("cuda:1") == pays


def test_bfloat16_is_not_used_on_devices_it_was_not_measured_on():
    assert not module.bfloat16_pays("mps")
    assert not module.bfloat16_pays("xpu")
