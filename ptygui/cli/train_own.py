"""`ptygui train own SCAN`: train a prior on what one's own dense scan shows."""

import shlex
from argparse import SUPPRESS, Namespace
from pathlib import Path

from ptygui.cli.flags import Commands, add_command, add_options, given
from ptygui.cli.output import note, output_folder
from ptygui.cli.reading import add_reading, read, reading_given
from ptygui.cli.training import flag, follow
from ptygui.training.dense_scan import DenseScan, read_source
from ptygui.training.options import PriorTraining
from ptygui.training.own import MINUTES, RESULT, START, train_own

_LEFT_TO_ITSELF = ("preset", "parameterisation", "data_weights", "holdout", "fixed_crops", "minutes")


def add_to(kinds: Commands) -> None:
    """Add the command."""
    parser = add_command(
        kinds,
        "own",
        run,
        "train a prior on your own dense scan, for sparse scans of the same kind",
        "Reconstruct a dense scan, or a part of it, cut out what is well lit, and fine-tune a prior on that. "
        f"The reconstruction and its probe are kept in FOLDER/{RESULT}. After a stop or kill, the same "
        "command continues.",
    )
    parser.add_argument("scan", metavar="SCAN", help="a dense scan, or the result of one")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="the model folder to write")
    parser.add_argument(
        "--continue",
        dest="start",
        default=START,
        metavar="MODEL",
        help=f"model folder or name to begin with (default: {START})",
    )
    parser.add_argument(
        "--minutes", default=SUPPRESS, metavar="X", help=f"time to train (default: {MINUTES:g})"
    )
    parser.add_argument("--fresh", action="store_true", help="start again although FOLDER holds a training")
    parser.add_argument(
        "--device", default="auto", metavar="auto|cpu|cuda", help="where to compute (default: auto)"
    )
    add_options(parser, DenseScan)
    add_options(parser, PriorTraining, skip=_LEFT_TO_ITSELF)
    # there, positions and a crop are of the training: `ptygui prepare` crops scans
    add_reading(parser, skip=("--positions", "--crop"))


def run(args: Namespace) -> int:
    """Reconstruct and train, to the end of the budget or to Ctrl-C."""
    from ptygui.experiment.reconstruct import pick_device

    folder = output_folder(args.out, "--out")
    dense, chosen = DenseScan(**given(args, DenseScan)), given(args, PriorTraining)
    source = read_source(args.scan, (lambda: read(args)) if reading_given(args) else None)
    note(*source.scan.notes)
    training = train_own(
        source,
        dense,
        PriorTraining(**{"minutes": MINUTES} | chosen),
        folder,
        start=args.start,
        resume=not args.fresh,
        device=pick_device(args.device),
        command=_command(args),
    )
    last, code = follow(training, folder)
    if last is not None and last.stage == "steps":
        losses = ", ".join(f"{sigma:g}: {loss:.4f}" for sigma, loss in last.validation.items())
        print(f"{folder}: {last.step} steps in {last.seconds / 60:.1f} min, loss {last.loss:.4f}")
        print(f"held-out error per noise level: {losses or 'nothing was held out'}")
        refined = folder / RESULT
        probe = f" --probe {refined}" if refined.is_file() else ""
        print(
            f"use it on a sparse scan: ptygui reconstruct daps SPARSE --prior {folder}{probe} --out result.h5"
        )
    return code


def _command(args: Namespace) -> str:
    """The command for the model card."""
    options = given(args, DenseScan) | given(args, PriorTraining)
    # Files are told without their folders.
    reading = {
        name: Path(value).name if isinstance(value, str) else value
        for name, value in reading_given(args).items()
    }
    chosen = [flag(name, value) for name, value in (options | reading).items()]
    chosen += [
        f"--continue {shlex.quote(Path(args.start).name)}",
        f"--out {shlex.quote(Path(args.out).name)}",
    ]
    return " ".join(["ptygui train own", shlex.quote(Path(args.scan).name), *chosen])
