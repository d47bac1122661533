"""`ptygui collect`: what the runs in a folder found, such as those of a batch array."""

from argparse import Namespace

from ptygui.cli.answer import SCORE_NAMES, answer
from ptygui.cli.flags import Commands, add_command
from ptygui.cli.output import note, output_file


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands, "collect", run, "tell what a folder of runs found",
        "Read the rows and results of a sweep in a folder, and report as `ptygui sweep` does.",
    )  # fmt: skip
    parser.add_argument("folder", metavar="FOLDER", help="the --out of a sweep")
    parser.add_argument(
        "--score", choices=SCORE_NAMES, default="nrmse",
        help="score to compare with the threshold (default: nrmse)",
    )  # fmt: skip
    parser.add_argument("--threshold", type=float, metavar="X", help="the limit (default: 0.1, 0.9, 1.5, 2)")
    parser.add_argument("--csv", metavar="FILE", help="write every run to a table")


def run(args: Namespace) -> int:
    """Read and print."""
    csv = output_file(args.csv, "--csv", (".csv",)) if args.csv else None
    from ptygui.tasks.folder import SPEC, TaskFolder
    from ptygui.tasks.spec import SweepSpec

    folder = TaskFolder(args.folder)
    spec = SweepSpec.of_file(folder.path / SPEC)
    tasks = [task for _, task in spec.plan().tasks()]
    runs, missing = folder.runs(tasks)
    if missing:
        note(f"{missing} of {len(tasks)} runs are not there: the command that made them goes on from here")
    return answer(args, runs, csv, None, len(tasks))
