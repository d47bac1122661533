"""The options of trainings: of the prior, and of the networks that learn from simulated scans."""

from dataclasses import dataclass
from typing import Any, ClassVar

from ptygui.errors import InputError
from ptygui.options import Options, option
from ptygui.physics.probe import PROBES

LONGEST_DOMAIN = 60  # characters that prior.json may have of it


@dataclass(frozen=True)
class PriorTraining(Options):
    """How a diffusion prior is trained."""

    label: ClassVar[str] = "the training"

    preset: str = option(
        "compact",
        choices=("tiny", "small", "compact", "medium", "paper"),
        help="shape of the network, from quick to good",
    )
    parameterisation: str = option(
        "auto",
        choices=("auto", "edm", "epsilon"),
        help="what the network predicts; auto: epsilon for the paper's network, edm for the others",
    )
    minutes: float = option(
        100.0, min=0, unit="min", help="total time to train: more is better, at diminishing returns"
    )
    steps: int = option(0, min=0, help="steps to train instead of a time; 0: use minutes")
    batch: int = option(8, min=1, max=4096, help="crops per step: more is more stable, but slower")
    learning_rate: float = option(
        4e-4, min=1e-7, max=0.1, help="peak of the learning rate: more is faster, until it diverges"
    )
    cosine_decay: bool = option(
        True, help="lower the learning rate towards the end; no: constant", advanced=True, was=("cosine",)
    )
    crop: int = option(
        128,
        min=8,
        max=1024,
        unit="px",
        help="side of the square crops: more shows more context, but is slower",
    )
    fixed_crops: int = option(
        0, min=0, help="train on this many fixed crops; 0: always new crops", advanced=True, was=("patches",)
    )
    data_weights: str = option(
        "", help="relative weight of each DATA: 0.5,0.3,0.2; empty: by area", was=("weights",)
    )
    flatten_phase: bool = option(
        True, help="remove the smooth phase background of the training images", was=("flatten",)
    )
    phase_jitter: float = option(
        0.05, min=0, max=0.5,
        help="random phase offset of a crop, as share of the phase range: more makes it less sensitive to it",
    )  # fmt: skip
    holdout: bool = option(True, help="keep the lower right of large images for validation")
    noise_mean: float = option(
        -1.2,
        min=-10,
        max=10,
        advanced=True,
        help="mean of ln(sigma) in training: more learns coarser structure",
    )
    noise_spread: float = option(
        1.3,
        min=0.01,
        max=10,
        advanced=True,
        help="standard deviation of ln(sigma): more gives a wider range of noise",
    )
    ema: float = option(
        0.999, min=0, max=0.999999, help="decay of the running average of weights: more averages longer"
    )
    bfloat16: str = option(
        "auto", choices=("auto", "yes", "no"), was=("autocast",),
        help="let the network compute with 16 bits; auto: if that is faster",
    )  # fmt: skip
    compile: bool = option(False, help="compile the network; worthwhile on a GPU", advanced=True)
    threads: int = option(0, min=0, max=256, help="CPU threads; 0: as torch chooses")
    save_every: float = option(5.0, min=0.01, unit="min", help="time between checkpoints", advanced=True)
    notice: str = option(
        "", kind="file", help="text file on the data that the model card must quote", advanced=True
    )
    domain: str = option(
        "", help="what it is a prior of, in a word or two, such as chips: scans that name it use this prior"
    )
    seed: int = option(0, min=0, max=2**31 - 1, help="seed of weights, crops and noise")

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.domain) > LONGEST_DOMAIN:
            raise InputError(f"domain has {len(self.domain)} characters, expected at most {LONGEST_DOMAIN}")

    @property
    def predicts(self) -> str:
        """The parameterisation with "auto" resolved."""
        if self.parameterisation != "auto":
            return self.parameterisation
        return "epsilon" if self.preset == "paper" else "edm"

    @classmethod
    def of_paper(cls, **changes: Any) -> "PriorTraining":
        """The training of Cam et al. 2025, section 4: 130,000 steps of 8 from 100,000 fixed patches."""
        said = {"preset": "paper", "steps": 130_000, "batch": 8, "learning_rate": 1e-4}
        said |= {"cosine_decay": False, "fixed_crops": 100_000, "flatten_phase": False, "phase_jitter": 0.0}
        return cls(**{**said, **changes})


@dataclass(frozen=True)
class ScanTraining(Options):
    """How a network is trained on simulated scans, of any kind."""

    label: ClassVar[str] = "the training"

    minutes: float = option(15.0, min=0, unit="min", help="total time to train, with all resumptions")
    steps: int = option(0, min=0, help="steps to train instead of a time; 0: use minutes")
    batch: int = option(8, min=1, max=4096, help="pairs per step")
    learning_rate: float = option(3e-3, min=1e-7, max=0.1, help="peak of the learning rate")
    cosine_decay: bool = option(
        True, help="lower the learning rate towards the end; no: constant", advanced=True, was=("cosine",)
    )
    crop: int = option(128, min=8, max=1024, unit="px", help="side of the square objects")
    probe: str = option("medium", choices=PROBES, help="the probe of the scans")
    probe_width: int = option(32, min=4, max=1024, unit="px", help="its window", advanced=True)
    photons: float = option(
        1e5, min=1, max=1e12, unit="counts", help="photon count of the brightest pixel of a scan"
    )
    data_weights: str = option(
        "", help="relative weight of each DATA: 0.5,0.3,0.2; empty: by area", was=("weights",)
    )
    flatten_phase: bool = option(
        True, help="remove the smooth phase background of the training images", was=("flatten",)
    )
    holdout: bool = option(True, help="keep the lower right of large images for validation")
    bfloat16: str = option(
        "auto", choices=("auto", "yes", "no"), was=("autocast",),
        help="let the network compute with 16 bits; auto: if that is faster",
    )  # fmt: skip
    threads: int = option(0, min=0, max=256, help="CPU threads; 0: as torch chooses")
    validate_every: int = option(100, min=1, help="steps between validations", advanced=True)
    save_every: float = option(5.0, min=0.01, unit="min", help="time between checkpoints", advanced=True)
    notice: str = option(
        "", kind="file", help="text file on the data that the model card must quote", advanced=True
    )
    seed: int = option(0, min=0, max=2**31 - 1, help="seed of weights, objects and noise")


@dataclass(frozen=True)
class UNetTraining(ScanTraining):
    """How a post-processing U-Net is trained."""

    preset: str = option("compact", choices=("tiny", "compact", "paper"), help="shape of the network")
    overlap: float = option(0.2, min=-1, max=0.98, help="overlap ratio of the scans to train for")
    awf_iterations: int = option(
        300, min=1, max=1_000_000, help="AWF iterations per image (the paper: 10,000)", was=("iterations",)
    )
    pairs: int = option(1000, min=2, max=1_000_000, help="pairs of AWF image and truth (the paper: 20,000)")
    flips: bool = option(True, help="mirror pairs at random", advanced=True)
    input_noise: float = option(
        0.01, min=0, max=1, unit="channel units", advanced=True, was=("noise",),
        help="Gaussian noise on the images of half of the batches",
    )  # fmt: skip

    @classmethod
    def of_paper(cls, **changes: Any) -> "UNetTraining":
        """The training of Cam et al. 2025, section 4: 800 epochs of 19,000 pairs, 1,000 more to validate.

        The paper gives no batch size; 16 is used here.
        """
        said = {"preset": "paper", "awf_iterations": 10_000, "pairs": 20_000, "batch": 16}
        said |= {"steps": 800 * 19_000 // 16, "validate_every": 19_000 // 16}
        said |= {"learning_rate": 2e-5, "cosine_decay": False, "flatten_phase": False, "holdout": False}
        return cls(**{**said, **changes})


@dataclass(frozen=True)
class PtychoNNTraining(ScanTraining):
    """How a PtychoNN is trained."""

    preset: str = option(
        "compact", choices=("tiny", "small", "compact", "paper"), help="shape of the network"
    )
    batch: int = option(64, min=1, max=4096, help="patterns per step")
    learning_rate: float = option(1e-3, min=1e-7, max=0.1, help="peak of the learning rate")

    @classmethod
    def of_paper(cls, **changes: Any) -> "PtychoNNTraining":
        """The training of Cherukara et al. 2020: 60 epochs of 16,100 patterns by Adam, in batches of 32."""
        said = {"preset": "paper", "batch": 32, "steps": 60 * 16_100 // 32, "learning_rate": 1e-3}
        return cls(**{**said, "cosine_decay": False, "flatten_phase": False, **changes})


@dataclass(frozen=True)
class UnrolledTraining(ScanTraining):
    """How an unrolled network is trained."""

    preset: str = option("compact", choices=("tiny", "compact", "large"), help="shape of the network")
    overlap: float = option(0.2, min=-1, max=0.98, help="overlap ratio of the scans to train for")
    awf_iterations: int = option(50, min=1, max=1_000_000, help="AWF iterations before the network")
    batch: int = option(3, min=1, max=4096, help="scans per step")
    crop: int = option(96, min=8, max=1024, unit="px", help="side of the square objects")
    learning_rate: float = option(2e-3, min=1e-7, max=0.1, help="peak of the learning rate")


Training = PriorTraining | ScanTraining
