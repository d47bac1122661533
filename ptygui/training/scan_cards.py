"""Cards of the networks that learn from simulated scans: README.md of a folder, from its description."""

from typing import Any

from ptygui.networks.corrector import UNetInfo
from ptygui.networks.ptychonn import PtychoNNInfo
from ptygui.networks.unrolled import UnrolledInfo
from ptygui.options import current_names
from ptygui.training.card_parts import HELD_OUT, assembled, data_lines, losses, numbers
from ptygui.training.options import PtychoNNTraining, ScanTraining, UNetTraining, UnrolledTraining

_ONE = "It is for one probe and one photon count{more}: train another for others."


def unet_card(info: UNetInfo, name: str) -> str:
    """The text of a U-Net's README.md: purpose, training data, errors, and the command that makes it."""
    said, options = info.training, _options(UNetTraining, info)
    purpose = (
        f"A post-processing network for ptygui: a {info.preset} U-Net that corrects amplitude and phase of "
        f"AWF reconstructions ({info.iterations} iterations) of scans with an overlap of {info.overlap:.0%}. "
        f"The method `unet` uses it for scans of that overlap, or by name, `--network {name}`. It is for one "
        "probe, one photon count and one overlap: train another for others."
    )
    data = [
        *data_lines(said, options),
        "",
        f"{options.get('pairs')} random crops of {options.get('crop')} px, each scanned in simulation with",
        _scanned(options),
        f"pixel, on a raster that covers it, and reconstructed by {info.iterations} AWF iterations.",
        "",
        *_held_out(said),
    ]
    return _card(info, name, purpose, data, _after_awf(said))


def unrolled_card(info: UnrolledInfo, name: str) -> str:
    """The text of an unrolled network's README.md."""
    said, options = info.training, _options(UnrolledTraining, info)
    purpose = (
        f"An unrolled network for ptygui ({info.preset}): after {info.iterations} AWF iterations, steps of "
        "Wirtinger flow and small convolutional networks by turns, trained together, for scans with an "
        f"overlap of {info.overlap:.0%}. The method `unrolled` uses it for scans of that overlap, or by "
        f"name, `--network {name}`. {_ONE.format(more=', and one overlap')}"
    )
    data = [
        *data_lines(said, options),
        "",
        f"Random crops of {options.get('crop')} px, new ones in every step, each scanned in simulation with",
        _scanned(options),
        "pixel, on a raster that covers it.",
        "",
        *_held_out(said),
    ]
    return _card(info, name, purpose, data, _after_awf(said))


def ptychonn_card(info: PtychoNNInfo, name: str) -> str:
    """The text of a PtychoNN's README.md."""
    said, options = info.training, _options(PtychoNNTraining, info)
    purpose = (
        f"A PtychoNN for ptygui ({info.preset}): amplitude and phase of a patch of {info.width} px from its "
        f"diffraction pattern alone. The method `ptychonn` uses it, `--network {name}`, and stitches the "
        f"patches. {_ONE.format(more='')} It has seen only such objects as below, and draws them into any "
        "scan: of others it hallucinates."
    )
    data = [
        *data_lines(said, options),
        "",
        f"Patterns at random places of random crops of {options.get('crop')} px, new ones in every step, of",
        _scanned(options),
        "pixel.",
        "",
        *_held_out(said),
    ]
    head = ["mean absolute error, channel units", "NRMSE of stitched scans, 50 % overlap"]
    rows = [
        (entry, [f"{entry['loss']:.5f}", f"{entry['nrmse']:.4f}"]) for entry in said.get("validation") or []
    ]
    return _card(info, name, purpose, data, losses(_ERRORS, head, rows) if rows else "")


_ERRORS = "Errors on held-out crops"


def _card(info: Any, name: str, purpose: str, data: list[str], errors: str) -> str:
    said = info.training
    start = f"the weights of {said['start']}" if said.get("start") else "random weights"
    kept = ("step of the lowest error, which was kept", said.get("kept_step"))
    rows: dict[str, list[Any]] = {"phase [rad]": [("begun from", start)], "steps": [kept]}
    parts = [f"# {name}", purpose, "\n".join(data), numbers(info.channels, info.preset, said, rows), errors]
    return assembled(parts, said)


def _options(owner: type[ScanTraining], info: Any) -> dict[str, Any]:
    return current_names(owner, info.training.get("options", {}))


def _scanned(options: dict[str, Any]) -> str:
    """With what was scanned, up to the word "pixel"."""
    return (
        f"the {options.get('probe')} probe of {options.get('probe_width')} px, Poisson noise with "
        f"{options.get('photons', 0):g} counts in the brightest"
    )


def _held_out(said: dict[str, Any]) -> list[str]:
    """What the errors were measured on."""
    if not said.get("held_out_blocks"):
        if "validation_pairs" in said:
            return [f"{said['validation_pairs']} of the pairs were held out; the errors are theirs."]
        return ["Nothing was held out: the errors are over crops of the training images."]
    count = said.get("validation_pairs", said.get("validation_crops"))
    return [HELD_OUT, f"400 px a side; the errors below are over {count} crops of these blocks."]


def _after_awf(said: dict[str, Any]) -> str:
    """The errors before and after the network, thinned; empty if none were measured."""
    validation = said.get("validation") or []
    if not validation:
        return ""
    rows = ((entry, [f"{entry['loss']:.5f}", f"{entry['nrmse']:.4f}"]) for entry in validation)
    before = f"NRMSE of the AWF images, before the network: {validation[-1]['nrmse_awf']:.4f}."
    loss = "mean squared error, channel units" if "validation_pairs" in said else "squared NRMSE"
    head = [loss, "NRMSE after the network"]
    return losses(_ERRORS, head, rows, before)
