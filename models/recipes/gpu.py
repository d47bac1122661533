"""Train `generic` or `chips` on a GPU within ten minutes: draw the objects there, then train.

    python models/recipes/gpu.py pack chips FOLDER chips.tar       # here: 15 to 45 MB to take along
    tar xf chips.tar                                               # there
    python models/recipes/gpu.py train chips raw --out chips       # there: draws, trains, saves as it goes

FOLDER holds the raw files of models/SPLIT.md; only the training and validation files of the mixture are
packed, with the program and the prior to begin with. `train` needs the packages of ptygui and no network.
Drawing takes a minute or two on 16 cores; --minutes is the time of the training alone, so leave three or
four of ten for the rest. Stopped, it goes on with the same command.
"""

import argparse
import shlex
import subprocess
import sys
import tarfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import objects

ROOT = Path(__file__).resolve().parents[2]
MIXTURES = ("generic", "chips")
NOTICE = "models/NOTICE-generic.md"
PROGRAM = ("ptygui", "models/recipes", "models/SPLIT.md", NOTICE)
UNSEEN_SIZE = 160  # px, of the objects to validate on


def main() -> None:
    """Pack, or draw and train."""
    args = _arguments()
    if args.what == "pack":
        pack(args)
        return
    work = Path(args.work)
    work.mkdir(parents=True, exist_ok=True)
    drawing, training = commands(args)
    running = [subprocess.Popen(command, cwd=ROOT) for command in drawing]
    if any([process.wait() for process in running]):
        raise SystemExit("objects could not be drawn: see above")
    print(shlex.join(training), flush=True)
    raise SystemExit(subprocess.run(training, cwd=ROOT).returncode)


def _arguments(typed: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    kinds = parser.add_subparsers(dest="what", required=True)
    packed = kinds.add_parser("pack", help="write everything that a training needs to a tar file")
    train = kinds.add_parser("train", help="draw objects and train on them")
    for one in (packed, train):
        one.add_argument("mixture", choices=MIXTURES)
        one.add_argument("folder", type=Path, metavar="FOLDER", help="with chips, images and complex")
        one.add_argument("--start", default="generic", help="prior to begin with (default: generic)")
    packed.add_argument("tar", type=Path, metavar="TAR")
    train.add_argument("--out", required=True, help="the model folder to write")
    train.add_argument("--work", default="drawn", help="folder for the objects (default: drawn)")
    train.add_argument("--minutes", default="6", help="of training (default: 6)")
    train.add_argument("--batch", default="64")
    train.add_argument("--learning-rate", default="4e-4")
    train.add_argument("--count", type=int, default=4800, help="objects to draw (default: 4800)")
    train.add_argument("--size", type=int, default=192, help="their side [px] (default: 192)")
    train.add_argument("--unseen", type=int, default=150, help="objects to validate on (default: 150)")
    train.add_argument("--workers", type=int, default=16, help="processes that draw (default: 16)")
    train.add_argument("--seed", type=int, default=1000, help="of the objects and the training")
    train.add_argument("--device", default="cuda")
    train.add_argument("--no-compile", action="store_true", help="do not compile the network")
    train.add_argument(
        "--more", default="", help="further options of `ptygui train prior`, as --more='--threads 8'"
    )
    return parser.parse_args(typed)


def pack(args: argparse.Namespace) -> None:
    """Write the program, the prior to begin with and the files of the mixture to one tar file."""
    parts = [objects.split_files(args.folder, part, mixture=args.mixture) for part in objects.PARTS]
    with tarfile.open(args.tar, "w") as tar:
        for name in (*PROGRAM, f"models/{args.start}"):
            tar.add(ROOT / name, name, filter=_program_only)
        for place, paths in ((place, paths) for part in parts for place, paths in part.items()):
            for path in paths:
                tar.add(path, f"raw/{place}/{path.name}")
    print(f"{args.tar}: {args.tar.stat().st_size / 2**20:.0f} MiB")


def _program_only(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if "__pycache__" in entry.name or "training-state" in entry.name else entry


def commands(args: argparse.Namespace) -> tuple[list[list[str]], list[str]]:
    """The commands that draw, which may run at the same time, and the one that trains."""
    folder, work = args.folder.resolve(), Path(args.work).resolve()
    draw = [sys.executable, str(Path(objects.__file__).resolve()), str(folder)]
    names = [work / f"training-{k}.npz" for k in range(args.workers)]
    shares = [args.count // args.workers + (k < args.count % args.workers) for k in range(args.workers)]
    mixture = ["--mixture", args.mixture, "--size"]
    drawing = [
        [*draw, str(name), *mixture, str(args.size), "--count", str(share), "--seed", str(args.seed + k)]
        for k, (name, share) in enumerate(zip(names, shares, strict=True))
        if share and not name.is_file()
    ]
    unseen = work / "validation.npz"
    if not unseen.is_file():
        rest = ["--count", str(args.unseen), "--part", "validation"]
        drawing.append([*draw, str(unseen), *mixture, str(min(args.size, UNSEEN_SIZE)), *rest])
    training = [
        sys.executable, "-m", "ptygui", "train", "prior",
        *(f"{name}::obj" for name, share in zip(names, shares, strict=True) if share),
        "--validation", f"{unseen}::obj",
        "--preset", "small", "--no-flatten-phase", "--no-holdout", "--noise-mean", "-1.6",
        "--phase-jitter", "0.08", "--ema", "0.9995",
        "--continue", args.start, "--minutes", args.minutes, "--batch", args.batch,
        "--learning-rate", args.learning_rate, "--save-every", "2", "--seed", str(args.seed),
        "--device", args.device, *([] if args.no_compile else ["--compile"]), *shlex.split(args.more),
        "--notice", str(ROOT / NOTICE), "--out", str(Path(args.out).resolve()),
    ]  # fmt: skip
    return drawing, training


if __name__ == "__main__":
    main()
