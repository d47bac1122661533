"""The model card: README.md of a model folder, written from its prior.json."""

import textwrap
from pathlib import Path
from typing import Any

from ptygui.errors import InputError
from ptygui.networks.checkpoint import PriorInfo
from ptygui.options import current_names
from ptygui.training.options import PriorTraining

_LARGEST_NOTICE = 100_000  # characters
_SHOWN = 8  # rows of the table of losses


def card(info: PriorInfo, name: str) -> str:
    """The text of a model's README.md: what it is, what it learned from, how good it is, how to make it."""
    said = info.training
    parts = [
        f"# {name}",
        f"A diffusion prior for ptygui: a {info.preset} network that gives the most likely clean image of "
        f"amplitude and phase under noise of any level. Use it by name, `--prior {name}`.",
        _data(info),
        _numbers(info),
        _losses(said.get("validation") or []),
        "`sheet.png` shows, amplitude above phase: a held-out crop; the same noisy and denoised at sigma "
        "0.1, 0.5 and 2; below, samples drawn from the prior alone.",
    ]
    return assembled(parts, said)


def assembled(parts: list[str], said: dict[str, Any]) -> str:
    """A card's text: its parts, each paragraph wrapped, then the command and the notice on the data."""
    if said.get("command"):
        parts = [*parts, f"## Made by\n\n```\n{said['command']}\n```"]
    if said.get("notice"):
        parts = [*parts, f"## Notice on the data\n\n{said['notice'].strip()}"]
    wrapped = (part if "\n" in part else textwrap.fill(part, 110) for part in parts if part)
    return "\n\n".join(wrapped) + "\n"


def read_notice(path: str) -> str:
    """The text of a notice file, or nothing for an empty path."""
    if not path:
        return ""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"notice {path} cannot be read as text: {error}") from None
    if len(text) > _LARGEST_NOTICE:
        raise InputError(f"notice {path} has {len(text)} characters, expected at most {_LARGEST_NOTICE}")
    return text


def _data(info: PriorInfo) -> str:
    said = info.training
    options = current_names(PriorTraining, said.get("options", {}))
    lines = ["## Data", "", *(f"- `{name}`" for name in said.get("data", []))]
    if options.get("data_weights"):
        lines += ["", f"Drawn in the proportions {options['data_weights']}."]
    background = "removed" if options.get("flatten_phase") else "kept"
    lines += ["", f"The smooth phase background of the training images was {background}."]
    if said.get("validation_data"):
        lines += ["", "Validated on, and not trained on:", ""]
        lines += [f"- `{name}`" for name in said["validation_data"]]
        lines += [
            "",
            f"The losses below and the error spectrum are over {said['validation_crops']} crops of these, as",
            "many of each.",
        ]
    elif said.get("validation_crops"):
        lines += [
            "",
            "Held out: the lower right block, 128 rows by 40 % of the columns, of every image of at least",
            f"400 px a side; the losses below are over {said['validation_crops']} crops of these blocks.",
        ]
    elif "validation_crops" in said:
        lines += [
            "",
            "Nothing was held out: the error spectrum was measured on crops of the training images, where",
            "the error is smaller than elsewhere, so a solver may trust this prior too much.",
        ]
    return "\n".join(lines)


def _numbers(info: PriorInfo) -> str:
    said, c = info.training, info.channels
    rows: list[tuple[str, Any]] = [
        ("network", f"{info.preset}, {info.parameterisation}"),
        ("amplitude", f"{c.amplitude_centre:.4f} + {c.amplitude_scale:.4f} x0"),
        ("phase [rad]", f"{c.phase_centre:.4f} + {c.phase_scale:.4f} x1"),
        ("standard deviation of the data", "{:.4f} and {:.4f} in channel units".format(*info.sigma_data)),
        ("steps", said.get("steps")),
        ("samples", said.get("samples")),
        ("hours", f"{said.get('hours', 0):.2f} on {said.get('device')}, {said.get('threads')} thread(s)"),
        ("seed", said.get("seed")),
        *_earlier(said.get("earlier") or []),
    ]
    return "\n".join(["## Numbers", "", "| | |", "|---|---|", *(f"| {k} | {v} |" for k, v in rows)])


def _earlier(trainings: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Rows on the trainings this one went on with, the first first."""
    return [
        (
            "before that",
            f"{past.get('steps')} steps, {past.get('hours') or 0:.2f} hours: {past.get('model')}, weights "
            f"{str(past.get('weights'))[:12]}",
        )
        for past in trainings
    ]


def _losses(validation: list[dict[str, Any]]) -> str:
    """A table of the validation losses over the training, thinned to a few rows, the last always there."""
    measured = [entry for entry in validation if entry.get("losses")]
    if not measured:
        return ""
    every = -(-len(measured) // _SHOWN)
    shown = measured[::-1][::every][::-1]
    sigmas = list(shown[-1]["losses"])
    head = " | ".join(f"sigma {s}" for s in sigmas)
    lines = [
        "## Mean squared error of denoised held-out crops, in channel units",
        "",
        f"| step | minutes | {head} |",
        "|---" * (len(sigmas) + 2) + "|",
    ]
    for entry in shown:
        losses = " | ".join(f"{entry['losses'].get(s, float('nan')):.5f}" for s in sigmas)
        lines.append(f"| {entry['step']} | {entry['minutes']:.0f} | {losses} |")
    return "\n".join(lines)
