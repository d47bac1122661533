"""The card of a U-Net: README.md of its model folder, written from its unet.json."""

from typing import Any

from ptygui.networks.corrector import UNetInfo
from ptygui.options import current_names
from ptygui.training.card_parts import HELD_OUT, assembled, data_lines, losses, numbers
from ptygui.training.options import UNetTraining


def unet_card(info: UNetInfo, name: str) -> str:
    """The text of a U-Net's README.md: purpose, training data, errors, and the command that makes it."""
    said = info.training
    parts = [
        f"# {name}",
        f"A post-processing network for ptygui: a {info.preset} U-Net that corrects amplitude and phase of "
        f"AWF reconstructions ({info.iterations} iterations) of scans with an overlap of {info.overlap:.0%}. "
        f"The method `unet` uses it for scans of that overlap, or by name, `--network {name}`. It is for one "
        "probe, one photon count and one overlap: train another for others.",
        _data(info),
        _numbers(info),
        _losses(said.get("validation") or []),
    ]
    return assembled(parts, said)


def _data(info: UNetInfo) -> str:
    said, options = info.training, current_names(UNetTraining, info.training.get("options", {}))
    lines = [
        *data_lines(said, options),
        "",
        f"{options.get('pairs')} random crops of {options.get('crop')} px, each scanned in simulation with",
        f"the {options.get('probe')} probe of {options.get('probe_width')} px, Poisson noise with "
        f"{options.get('photons', 0):g} counts in the brightest",
        f"pixel, on a raster that covers it, and reconstructed by {info.iterations} AWF iterations.",
    ]
    if said.get("held_out_blocks"):
        lines += [
            "",
            HELD_OUT,
            f"400 px a side; the errors below are over {said['validation_pairs']} crops of these blocks.",
        ]
    else:
        lines += ["", f"{said.get('validation_pairs')} of the pairs were held out; the errors are theirs."]
    return "\n".join(lines)


def _numbers(info: UNetInfo) -> str:
    said = info.training
    start = f"the weights of {said['start']}" if said.get("start") else "random weights"
    kept = ("step of the lowest error, which was kept", said.get("kept_step"))
    rows: dict[str, list[Any]] = {"phase [rad]": [("begun from", start)], "steps": [kept]}
    return numbers(info.channels, info.preset, said, rows)


def _losses(validation: list[dict[str, Any]]) -> str:
    if not validation:
        return ""
    rows = ((entry, [f"{entry['loss']:.5f}", f"{entry['nrmse']:.4f}"]) for entry in validation)
    before = f"NRMSE of the AWF images, before the network: {validation[-1]['nrmse_awf']:.4f}."
    head = ["mean squared error, channel units", "NRMSE after the network"]
    return losses("Errors on held-out crops", head, rows, before)
