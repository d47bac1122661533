"""The model card: README.md of a model folder, written from its prior.json."""

from typing import Any

from ptygui.networks.checkpoint import PriorInfo
from ptygui.options import current_names
from ptygui.training.card_parts import HELD_OUT, assembled, data_lines, losses, numbers
from ptygui.training.options import PriorTraining


def card(info: PriorInfo, name: str) -> str:
    """The text of a model's README.md: its purpose, training data, errors, and the command that makes it."""
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


def _data(info: PriorInfo) -> str:
    said = info.training
    options = current_names(PriorTraining, said.get("options", {}))
    lines = data_lines(said, options)
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
            HELD_OUT,
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
    spread = "{:.4f} and {:.4f} in channel units".format(*info.sigma_data)
    return numbers(
        info.channels,
        f"{info.preset}, {info.parameterisation}",
        info.training,
        {
            "phase [rad]": [("standard deviation of the data", spread)],
            "seed": _earlier(info.training.get("earlier") or []),
        },
    )


def _earlier(trainings: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Rows on the earlier trainings that this one continued, the first one first."""
    return [
        (
            "before that",
            f"{past.get('steps')} steps, {past.get('hours') or 0:.2f} hours: {past.get('model')}, weights "
            f"{str(past.get('weights'))[:12]}",
        )
        for past in trainings
    ]


def _losses(validation: list[dict[str, Any]]) -> str:
    measured = [entry for entry in validation if entry.get("losses")]
    if not measured:
        return ""
    sigmas = list(measured[-1]["losses"])
    rows = ((e, [f"{e['losses'].get(s, float('nan')):.5f}" for s in sigmas]) for e in measured)
    title = "Mean squared error of denoised held-out crops, in channel units"
    return losses(title, [f"sigma {s}" for s in sigmas], rows)
