"""`ptygui collect`: what the runs in a folder found, such as those of a batch array."""

from argparse import Namespace

from ptygui.cli.answer import SCORE_NAMES, answer
from ptygui.cli.experiment import report_of
from ptygui.cli.flags import Commands, add_command
from ptygui.cli.output import note, output_file


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands, "collect", run, "tell what a folder of runs found",
        "Read the rows and results of a sweep in a folder, and report as `ptygui sweep` does; of an "
        "experiment, write its report.",
    )  # fmt: skip
    parser.add_argument("folder", metavar="FOLDER", help="the --out of a sweep or experiment")
    parser.add_argument(
        "--score", choices=SCORE_NAMES, default="nrmse",
        help="score to compare with the threshold (default: nrmse)",
    )  # fmt: skip
    parser.add_argument("--threshold", type=float, metavar="X", help="the limit (default: 0.1, 0.9, 1.5, 2)")
    parser.add_argument("--csv", metavar="FILE", help="write every run to a table")


def run(args: Namespace) -> int:
    """Read and print."""
    csv = output_file(args.csv, "--csv", (".csv",)) if args.csv else None
    from ptygui.tasks.experiments.asked import Asked
    from ptygui.tasks.experiments.protocols import experiment_named
    from ptygui.tasks.folder import SPEC, TaskFolder
    from ptygui.tasks.spec import SweepSpec
    from ptygui.tasks.toml import read_toml

    folder = TaskFolder(args.folder)
    values = read_toml(folder.path / SPEC)
    if "experiment" in values:
        asked = Asked.read(values, str(folder.path / SPEC))
        rows = {row.key: row for row in folder.rows()}
        print(report_of(folder, experiment_named(asked.experiment), asked, rows))
        return 0
    spec = SweepSpec.read(values, str(folder.path / SPEC))
    tasks = [task for _, task in spec.plan().tasks()]
    runs, missing = folder.runs(tasks)
    if missing:
        note(f"{missing} of {len(tasks)} runs are not there: the command that made them goes on from here")
    return answer(args, runs, csv, None, len(tasks))
