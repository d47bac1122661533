"""The card of a U-Net: README.md of its model folder, written from its unet.json."""

from typing import Any

from ptygui.networks.corrector import UNetInfo
from ptygui.options import current_names
from ptygui.training.card import assembled
from ptygui.training.options import UNetTraining

_SHOWN = 8  # rows of the table of losses


def unet_card(info: UNetInfo, name: str) -> str:
    """The text of a U-Net's README.md: what it is for, what it learned from, its errors, how to make it."""
    said = info.training
    parts = [
        f"# {name}",
        f"A post-processing network for ptygui: a {info.preset} U-Net that corrects amplitude and phase of "
        f"AWF reconstructions ({info.iterations} iterations) of scans with an overlap of {info.overlap:.0%}. "
        f"The method `unet` takes it for scans of that overlap, or by name, `--network {name}`. It knows one "
        "probe, one photon count and one overlap: train another for others.",
        _data(info),
        _numbers(info),
        _losses(said.get("validation") or []),
    ]
    return assembled(parts, said)


def _data(info: UNetInfo) -> str:
    said, options = info.training, current_names(UNetTraining, info.training.get("options", {}))
    lines = ["## Data", "", *(f"- `{name}`" for name in said.get("data", []))]
    if options.get("data_weights"):
        lines += ["", f"Drawn in the proportions {options['data_weights']}."]
    lines += [
        "",
        f"{options.get('pairs')} random crops of {options.get('crop')} px, each scanned in simulation with",
        f"the {options.get('probe')} probe of {options.get('probe_width')} px, Poisson noise with "
        f"{options.get('photons', 0):g} counts in the brightest",
        f"pixel, on a raster that covers it, and reconstructed by {info.iterations} AWF iterations.",
    ]
    if said.get("held_out_blocks"):
        lines += [
            "",
            "Held out: the lower right block, 128 rows by 40 % of the columns, of every image of at least",
            f"400 px a side; the errors below are over {said['validation_pairs']} crops of these blocks.",
        ]
    else:
        lines += ["", f"{said.get('validation_pairs')} of the pairs were held out; the errors are theirs."]
    return "\n".join(lines)


def _numbers(info: UNetInfo) -> str:
    said, c = info.training, info.channels
    rows: list[tuple[str, Any]] = [
        ("network", info.preset),
        ("amplitude", f"{c.amplitude_centre:.4f} + {c.amplitude_scale:.4f} x0"),
        ("phase [rad]", f"{c.phase_centre:.4f} + {c.phase_scale:.4f} x1"),
        ("begun from", f"the weights of {said['start']}" if said.get("start") else "random weights"),
        ("steps", said.get("steps")),
        ("step of the lowest error, which was kept", said.get("kept_step")),
        ("samples", said.get("samples")),
        ("hours", f"{said.get('hours', 0):.2f} on {said.get('device')}, {said.get('threads')} thread(s)"),
        ("seed", said.get("seed")),
    ]
    return "\n".join(["## Numbers", "", "| | |", "|---|---|", *(f"| {k} | {v} |" for k, v in rows)])


def _losses(validation: list[dict[str, Any]]) -> str:
    """A table of the validation errors over the training, thinned, the last always there."""
    if not validation:
        return ""
    every = -(-len(validation) // _SHOWN)
    lines = [
        "## Errors on held-out crops",
        "",
        f"NRMSE of the AWF images, before the network: {validation[-1]['nrmse_awf']:.4f}.",
        "",
        "| step | minutes | mean squared error, channel units | NRMSE after the network |",
        "|---|---|---|---|",
    ]
    for entry in validation[::-1][::every][::-1]:
        lines.append(
            f"| {entry['step']} | {entry['minutes']:.0f} | {entry['loss']:.5f} | {entry['nrmse']:.4f} |"
        )
    return "\n".join(lines)
