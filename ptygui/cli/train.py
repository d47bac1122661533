"""`ptygui train prior DATA...`: train a diffusion prior."""

import shlex
from pathlib import Path

from ptygui.cli.flags import Parser, add_command, add_options, given
from ptygui.cli.output import note, output_folder
from ptygui.cli.running import progress_bar
from ptygui.training.prior import PriorTraining


def add_to(commands) -> None:
    """Add the command, with one sub-command a kind of network."""
    parser = commands.add_parser("train", help="train a network", description="Train a network.")
    kinds = parser.add_subparsers(title="networks", metavar="NETWORK", required=True, parser_class=Parser)
    prior = add_command(
        kinds,
        "prior",
        run,
        "train a diffusion prior on complex objects",
        "Train a diffusion prior on random crops of complex objects. Stopped or killed, the same command "
        "goes on where it was. --preset paper starts from the paper's settings (section 4).",
    )
    prior.add_argument(
        "data", nargs="+", metavar="DATA", help="object file, or smear[:SEED[:SIZE]], several of them"
    )
    prior.add_argument("--out", required=True, metavar="FOLDER", help="the model folder to write")
    prior.add_argument("--start", metavar="FOLDER", help="model folder whose weights to begin from")
    prior.add_argument("--fresh", action="store_true", help="begin anew although FOLDER holds a training")
    prior.add_argument(
        "--device", default="auto", metavar="auto|cpu|cuda", help="where to compute (default: auto)"
    )
    add_options(prior, PriorTraining)


def run(args) -> int:
    """Train to the end of the budget or to Ctrl-C; the model folder is kept up to date either way."""
    folder = output_folder(args.out, "--out")
    options = _options(given(args, PriorTraining))
    objects = _objects(args.data)
    from ptygui.reconstruct import pick_device
    from ptygui.training.prior import train_prior

    training = train_prior(
        objects,
        options,
        folder,
        start=args.start,
        resume=not args.fresh,
        device=pick_device(args.device),
        command=_command(args),
    )
    last = _follow(training, folder)
    if last is not None:
        losses = ", ".join(f"{sigma:g}: {loss:.4f}" for sigma, loss in last.validation.items())
        print(f"{folder}: {last.step} steps in {last.seconds / 60:.1f} min, loss {last.loss:.4f}")
        print(f"validation loss per noise level: {losses or 'no image is large enough to hold a part out'}")
    return 0 if last is not None and last.saved else 130


def _options(chosen: dict) -> PriorTraining:
    return PriorTraining.of_paper(**chosen) if chosen.get("preset") == "paper" else PriorTraining(**chosen)


def _objects(specs: list[str]) -> dict:
    from ptygui.files.objects import read_object
    from ptygui.training.prior import training_smears

    objects = {}
    for spec in specs:
        if spec == "smear":
            objects[spec] = training_smears()
            continue
        source = read_object(spec)
        note(*source.notes)
        objects[spec if spec.startswith("smear") else Path(spec).name] = source.obj
    return objects


def _command(args) -> str:
    """The command as the model's card gives it."""
    chosen = [f"--{name.replace('_', '-')} {value}" for name, value in given(args, PriorTraining).items()]
    if args.start:
        chosen.append(f"--start {shlex.quote(Path(args.start).name)}")
    data = [name if name.startswith("smear") else Path(name).name for name in args.data]
    return " ".join(["ptygui train prior", *map(shlex.quote, data), *chosen, f"--out {Path(args.out).name}"])


def _follow(training, folder: Path):
    bar, last = None, None
    try:
        for last in training:
            if bar is None:
                bar = progress_bar("training", None, last.step - 1)
            bar.update()
            bar.set_postfix_str(f"{_clock(last.seconds_left)} left, loss {last.loss:.4f}", refresh=False)
    except KeyboardInterrupt:
        goes_on = f"the same command goes on from what {folder} holds"
        print(f"\nptygui: stopped by Ctrl-C; {goes_on if last else 'nothing was written'}")
    finally:
        training.close()
        if bar is not None:
            bar.close()
    return last


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}"
