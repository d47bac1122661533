"""`ptygui train KIND DATA...`: train a prior, or a network for simulated scans; see also `train_own`."""

import shlex
from argparse import Namespace
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ptygui.cli import train_own
from ptygui.cli.flags import Commands, Parser, add_command, add_options, given
from ptygui.cli.output import note, output_folder
from ptygui.cli.training import flag, follow
from ptygui.errors import InputError
from ptygui.options import Options, options_of
from ptygui.training.options import (
    PriorTraining,
    PtychoNNTraining,
    ScanTraining,
    UNetTraining,
    UnrolledTraining,
)

_Training = TypeVar("_Training", PriorTraining, ScanTraining)


def add_to(commands: Commands) -> None:
    """Add the command, with one sub-command per kind of network."""
    parser = commands.add_parser("train", help="train a network", description="Train a network.")
    kinds = parser.add_subparsers(title="networks", metavar="NETWORK", required=True, parser_class=Parser)
    prior = add_command(
        kinds,
        "prior",
        run_prior,
        "train a diffusion prior on complex objects",
        "Train a diffusion prior on random crops of complex objects. After a stop or kill, the same command "
        "continues. --preset paper starts from the paper's settings (section 4).",
    )
    _add_common(prior, "the model folder to write")
    prior.add_argument(
        "--validation",
        nargs="+",
        default=[],
        metavar="DATA",
        help="objects to measure losses and the error spectrum on, not trained on (default: held-out blocks)",
    )
    add_options(prior, PriorTraining)
    for kind in (UNetTraining, PtychoNNTraining, UnrolledTraining):
        _add_network(kinds, kind)
    train_own.add_to(kinds)


# The name, the line of the list and the description of each network that learns from simulated scans.
_SAID: dict[type[ScanTraining], tuple[str, str, str]] = {
    UNetTraining: (
        "unet",
        "train post-processing U-Nets on AWF reconstructions, one per overlap",
        "Train the networks of the method `unet`, one for each overlap in turn, on simulated scans of random "
        "crops of complex objects. After a stop or kill, the same command continues. "
        "--preset paper starts from the paper's settings (section 4).",
    ),
    PtychoNNTraining: (
        "ptychonn",
        "train a PtychoNN: a pattern to a patch of the object",
        "Train the network of the method `ptychonn` on simulated patterns of random crops of complex "
        "objects. After a stop or kill, the same command continues. --preset paper starts from the settings "
        "of Cherukara et al. 2020.",
    ),
    UnrolledTraining: (
        "unrolled",
        "train unrolled networks, one per overlap",
        "Train the networks of the method `unrolled`, one for each overlap in turn, on simulated scans of "
        "random crops of complex objects. After a stop or kill, the same command continues.",
    ),
}


def _add_network(kinds: Commands, owner: type[ScanTraining]) -> None:
    name, line, description = _SAID[owner]
    parser = add_command(kinds, name, partial(run_network, owner), line, description)
    if not _per_overlap(owner):
        _add_common(parser, "the model folder to write")
        add_options(parser, owner)
        return
    _add_common(parser, "the model folders to write: FOLDER-20 for an overlap of 0.2")
    parser.add_argument(
        "--overlap", nargs="+", default=["0.2"], metavar="X", help="overlap ratios (default: 0.2)"
    )
    parser.add_argument(
        "--chain", action="store_true", help="start each network after the first from the one before it"
    )
    add_options(parser, owner, skip=("overlap",))


def _per_overlap(owner: type[Options]) -> bool:
    return any(option.name == "overlap" for option in options_of(owner))


def _add_common(parser: Parser, out: str) -> None:
    parser.add_argument("data", nargs="+", metavar="DATA", help="object files, or smear[:SEED[:SIZE]]")
    parser.add_argument("--out", required=True, metavar="FOLDER", help=out)
    parser.add_argument(
        "--continue",
        dest="start",
        metavar="MODEL",
        help="model folder or name whose training to continue, also with a larger network",
    )
    parser.add_argument("--fresh", action="store_true", help="start again although FOLDER holds a training")
    parser.add_argument(
        "--device", default="auto", metavar="auto|cpu|cuda", help="where to compute (default: auto)"
    )


def run_prior(args: Namespace) -> int:
    """Train to the end of the budget or to Ctrl-C; the model folder is kept up to date in both cases."""
    folder = output_folder(args.out, "--out")
    options = _options(PriorTraining, given(args, PriorTraining))
    if both := sorted(set(args.data) & set(args.validation)):
        raise InputError(f"{both[0]} is in DATA and in --validation: validate on other objects")
    objects, validation = _objects(args.data), _unseen_objects(args.validation)
    from ptygui.training.prior import train_prior

    settings = _settings(args, PriorTraining) | {"validation": validation}
    last, code = follow(train_prior(objects, options, folder, **settings), folder)
    if last is not None:
        losses = ", ".join(f"{sigma:g}: {loss:.4f}" for sigma, loss in last.validation.items())
        print(f"{folder}: {last.step} steps in {last.seconds / 60:.1f} min, loss {last.loss:.4f}")
        print(f"validation loss per noise level: {losses or 'no image is large enough to hold out a part'}")
    return code


def run_network(owner: type[ScanTraining], args: Namespace) -> int:
    """Train one network after another to the end of its budget, or to Ctrl-C."""
    plans = _plans(args, _options(owner, given(args, owner, skip=("overlap",))))
    objects = _objects(args.data)
    from ptygui.training.scan_network import train_network

    settings, start = _settings(args, owner), args.start
    for folder, options in plans.items():
        last, code = follow(train_network(objects, options, folder, **settings | {"start": start}), folder)
        if code or last is None:
            return code
        found = last.validation
        before = f"AWF {found['nrmse_awf']:.4f}, " if "nrmse_awf" in found else ""
        print(f"{folder}: {last.step} steps in {last.seconds / 60:.1f} min, loss {last.loss:.4f}")
        print(f"held-out NRMSE: {before}{_SAID[owner][0]} {found['nrmse']:.4f}", flush=True)
        if _per_overlap(owner) and args.chain:
            start = folder
    return 0


def _plans(args: Namespace, chosen: ScanTraining) -> dict[Path, ScanTraining]:
    """The folder and the options of each network, in the order of the overlaps if they are for one each."""
    if not _per_overlap(type(chosen)):
        return {output_folder(args.out, "--out"): chosen}
    (declared,) = (o for o in options_of(type(chosen)) if o.name == "overlap")
    plans: dict[Path, ScanTraining] = {}
    for text in args.overlap:
        overlap = replace(declared, name="--overlap").check(text)
        folder = output_folder(f"{args.out}-{round(100 * overlap)}", "--out")
        if folder in plans:
            raise InputError(f"--overlap names {overlap:.0%} twice: give each overlap once")
        plans[folder] = replace(chosen, **{"overlap": overlap})
    return plans


def _options(owner: type[_Training], chosen: dict[str, Any]) -> _Training:
    of_paper = getattr(owner, "of_paper", owner)
    return of_paper(**chosen) if chosen.get("preset") == "paper" else owner(**chosen)


def _settings(args: Namespace, owner: type[Options]) -> dict[str, Any]:
    """Arguments of a training besides its data, its options and its folder."""
    from ptygui.experiment.reconstruct import pick_device

    return {
        "start": args.start,
        "resume": not args.fresh,
        "device": pick_device(args.device),
        "command": _command(args, owner),
    }


def _objects(specs: list[str]) -> dict[str, np.ndarray]:
    from ptygui.training.data import training_objects

    objects, notes = training_objects(specs)
    note(*notes)
    return objects


def _unseen_objects(specs: list[str]) -> dict[str, np.ndarray]:
    from ptygui.training.data import validation_objects

    objects, notes = validation_objects(specs)
    note(*notes)
    return objects


def _command(args: Namespace, owner: type[Options]) -> str:
    """The command for the model card."""
    kind = _SAID[owner][0] if issubclass(owner, ScanTraining) else "prior"
    chosen = [flag(name, value) for name, value in given(args, owner, skip=("overlap",)).items()]
    if _per_overlap(owner):
        chosen.insert(0, f"--overlap {' '.join(map(str, args.overlap))}")
        chosen += ["--chain"] if args.chain else []
    if kind == "prior" and args.validation:
        chosen.append(f"--validation {' '.join(shlex.quote(_named(spec)) for spec in args.validation)}")
    if args.start:
        chosen.append(f"--continue {shlex.quote(Path(args.start).name)}")
    chosen.append(f"--out {Path(args.out).name}")
    return " ".join([f"ptygui train {kind}", *(shlex.quote(_named(spec)) for spec in args.data), *chosen])


def _named(spec: str) -> str:
    """A specification of an object without its folder."""
    return spec if spec.startswith("smear") else Path(spec).name
