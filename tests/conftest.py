"""Fixtures: real and tiny."""

import os
import signal
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what runs in the background
os.environ.setdefault("OMP_NUM_THREADS", "1")  # everything here is tiny: more threads only wait

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_addoption(parser):
    said = os.environ.get("PTYGUI_FUZZ", "72")  # two of each kind
    parser.addoption("--fuzz", type=int, default=int(said), help="how many damaged files are read")


@contextmanager
def networks_in(precision: str):
    """Let networks run in float32 or bfloat16 where nothing else is asked for, whatever the processor has."""
    from ptygui.prior import prior

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prior, "_cpu_has_bfloat16", lambda: precision == "bfloat16")
        prior._load.cache_clear()  # a prior keeps the precision that it was loaded with
        yield
    prior._load.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def float32():
    """One precision on every processor; tests of what runs in either ask for `precision`."""
    pytest.importorskip("torch")
    with networks_in("float32"):
        yield


@contextmanager
def overruling_in(steps: int):
    """Let the power law that follows a doubted prior take so many steps."""
    from ptygui.methods.solvers import overruling

    with pytest.MonkeyPatch.context() as patch:
        for name in ("STEPS", "STEPS_OF_PLENTY"):
            patch.setattr(overruling, name, steps)
        yield


@pytest.fixture(scope="session", autouse=True)
def brief():
    """An untrained prior is always doubted: few steps after it, where a test does not ask for all of them."""
    with overruling_in(20):
        yield


@pytest.fixture(scope="session", autouse=True)
def no_flushing():
    """Files need not outlive a power cut: to wait for the disk takes 10 ms for each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture
def short_previews(monkeypatch):
    """Previews of two levels of three data steps, for tests to which it is all one what they find."""
    from ptygui.experiment import ranking
    from ptygui.methods import AWF, daps
    from ptygui.methods.solvers import regimes

    short = tuple(replace(one, data_steps=3, of_few_levels=3) for one in regimes.REGIMES)
    monkeypatch.setitem(daps._SETTINGS, "preview", (2, 1))
    monkeypatch.setattr(regimes, "REGIMES", short)
    monkeypatch.setattr(ranking, "_NO_PRIOR", AWF(iterations=30))


@pytest.fixture(params=["float32", "bfloat16"])
def precision(request):
    """Run a test in both."""
    with networks_in(request.param):
        yield request.param


@pytest.fixture
def shared_data() -> Path:
    """The folder of real data beside the checkout; tests that need it are skipped without it."""
    folder = Path(os.environ.get("PTYGUI_TEST_DATA", SHARED))
    if not folder.is_dir():
        pytest.skip(f"real data not found at {folder} (set PTYGUI_TEST_DATA)")
    return folder


def small_object(size: int = 32, seed: int = 0) -> np.ndarray:
    """A smooth random transmission with amplitude 0.6-1 and phase within ±0.8 rad, complex64."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(seed)
    a, p = (gaussian_filter(rng.standard_normal((size, size)), 2, mode="wrap") for _ in range(2))
    unit = lambda x: (x - x.min()) / np.ptp(x)  # noqa: E731
    return ((0.6 + 0.4 * unit(a)) * np.exp(1j * (1.6 * unit(p) - 0.8))).astype(np.complex64)


def step_of(scan, index=1, total=10, scale=1.0, **more):
    """A step of a run over a scan that is right but for a factor; all numbers in it are made up."""
    from ptygui.step import Step

    values = {"misfit": 0.1 / index, "noise_floor": 0.01, "nrmse": 0.5 / index, "ssim": 0.5, "nfe": 0}
    return Step(
        index=index, total=total, seconds=0.1 * index, obj=scan.truth * np.complex64(scale), probe=scan.probe,
        **{**values, **more},
    )  # fmt: skip


def history_of(scan, count, **more):
    """A history of so many such steps."""
    from ptygui.history import History

    history = History()
    for k in range(1, count + 1):
        history.append(step_of(scan, k, count, **more))
    return history


@pytest.fixture
def scan():
    """32 px object, 16 px probe, 60 % overlap, 1e5 photons at the brightest pixel."""
    from ptygui.physics.probe import make_probe
    from ptygui.physics.simulate import Simulation, simulate

    return simulate(small_object(), make_probe("medium", 16), Simulation(overlap=0.6), name="small")


@pytest.fixture
def real_scan():
    """The same with all that a real experiment adds: between pixels, two modes, background, flicker."""
    from ptygui.physics.probe import make_probe
    from ptygui.physics.simulate import Simulation, simulate

    options = Simulation(overlap=0.6, whole_pixels=False, modes=2, background=20, flicker=0.05)
    return simulate(small_object(), make_probe("medium", 16), options, name="real")


@pytest.fixture(scope="session")
def prior_folder(tmp_path_factory) -> Path:
    """A tiny untrained EDM prior as a model folder, with guidance scales of 1."""
    torch = pytest.importorskip("torch")
    from ptygui.networks.channels import Channels
    from ptygui.networks.checkpoint import PriorInfo, save_checkpoint
    from ptygui.networks.denoiser import build_network

    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build_network("tiny", "edm")
    info = PriorInfo(
        parameterisation="edm",
        channels=Channels(0.8, 0.2, 0.0, 0.8),
        sigma_data=(0.4, 0.4),
        stem=2,
        preset="tiny",
        zeta_scale={"l1": 1.0, "l2": 1.0},
    )
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_checkpoint(folder, network, info)
    return folder


@pytest.fixture(scope="session")
def unet_folder(tmp_path_factory) -> Path:
    """A tiny U-Net that changes a little at random, for scans of 60 % overlap after 12 AWF iterations."""
    torch = pytest.importorskip("torch")
    from ptygui.networks.channels import Channels
    from ptygui.networks.corrector import UNetInfo, save_corrector
    from ptygui.networks.unet import build_unet

    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build_unet("tiny")
        torch.nn.init.normal_(network.last.weight, std=0.01)
    folder = tmp_path_factory.mktemp("models") / "unet-60"
    save_corrector(folder, network, UNetInfo(Channels(0.8, 0.2, 0.0, 0.25), 0.6, 12, "tiny"))
    return folder


@pytest.fixture(scope="session")
def ptychonn_folder(tmp_path_factory) -> Path:
    """A tiny untrained PtychoNN for patterns of 16 px."""
    torch = pytest.importorskip("torch")
    from ptygui.networks.channels import Channels
    from ptygui.networks.ptychonn import PTYCHONNS, PtychoNN, PtychoNNInfo, save_predictor

    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = PtychoNN(PTYCHONNS["tiny"])
    folder = tmp_path_factory.mktemp("models") / "ptychonn-tiny"
    save_predictor(folder, network, PtychoNNInfo(Channels(0.8, 0.2, 0.0, 0.25), 16, "medium", "tiny"))
    return folder


@pytest.fixture(scope="session")
def unrolled_folder(tmp_path_factory) -> Path:
    """A tiny unrolled network that changes a little at random, for 60 % overlap after 8 AWF iterations."""
    torch = pytest.importorskip("torch")
    from ptygui.networks.channels import Channels
    from ptygui.networks.unrolled import UNROLLED, Unrolled, UnrolledInfo, save_unrolled

    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Unrolled(**UNROLLED["tiny"])
        for prior in network.priors:
            torch.nn.init.normal_(prior.last.weight, std=0.01)
    folder = tmp_path_factory.mktemp("models") / "unrolled-60"
    save_unrolled(folder, network, UnrolledInfo(Channels(0.8, 0.2, 0.0, 0.25), 0.6, 8, "tiny"))
    return folder


@pytest.fixture
def networks(prior_folder, unet_folder, ptychonn_folder, unrolled_folder) -> dict[str, str]:
    """A tiny network of each kind of weights that methods need, as a model folder."""
    folders = {"prior": prior_folder, "unet": unet_folder}
    folders |= {"ptychonn": ptychonn_folder, "unrolled": unrolled_folder}
    return {kind: str(folder) for kind, folder in folders.items()}
