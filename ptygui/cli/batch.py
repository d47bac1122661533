"""`ptygui batch METHOD SCANS`: many scans by one request, and a table of their results."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from ptygui import methods
from ptygui.cli.flags import Commands, Parser, add_command, add_options, given
from ptygui.cli.methods import summary
from ptygui.cli.output import note, output_folder, say
from ptygui.cli.reading import add_reading, read
from ptygui.cli.stopping import cause_of, code_of
from ptygui.experiment.settings import RunSettings
from ptygui.experiment.thinning import Thinning
from ptygui.methods import method_named

if TYPE_CHECKING:
    from ptygui.files.batch import BatchPlan, BatchProgress, Row


def add_to(commands: Commands) -> None:
    """Add the command, with one sub-command per method."""
    help = "reconstruct many scans, and tabulate the results"
    parser = commands.add_parser(
        "batch",
        help=help,
        description="Reconstruct every scan of a folder, or those given, with one method. Each result is a "
        "file; a table tells of all. A scan that fails does not end the others; results that are there from "
        "the same options are kept, so that a batch that was stopped goes on.",
    )
    kinds = parser.add_subparsers(
        title="methods", metavar="METHOD", dest="method", required=True, parser_class=Parser
    )
    for method in methods.METHODS:
        one = add_command(kinds, method.key(), run, summary(method))
        one.add_argument("scans", nargs="+", metavar="SCAN", help="scans, or folders of them")
        one.add_argument("--out", required=True, metavar="FOLDER", help="where results and batch.csv go")
        one.add_argument("--again", action="store_true", help="make results again that are there")
        add_reading(one)
        add_options(one, Thinning, skip=("seed",))
        add_options(one, method)
        add_options(one, RunSettings)


def run(args: Namespace) -> int:
    """Reconstruct all; 2 if a scan failed, as after Ctrl-C the code of that."""
    plan = _plan(args)
    rows, stopped = _follow(plan)
    print(_table(rows))
    for row in rows:
        if row.state == "failed":
            note(f"{row.path}: {row.error}")
    failed = sum(row.state == "failed" for row in rows)
    if stopped is not None:
        ended = sum(row.ended for row in rows)
        said = f"stopped by {cause_of(stopped)} after {ended} of {len(rows)} scans"
        say(f"ptygui: {said}; the same command goes on")
        return code_of(stopped)
    return 2 if failed else 0


def _plan(args: Namespace) -> "BatchPlan":
    from ptygui.experiment.reconstruct import pick_device
    from ptygui.files.batch import BatchPlan, scans_in

    folder = output_folder(args.out, "--out")
    unknown = any(value for name, value in vars(args).items() if name.startswith("layout_"))
    paths: list[Path] = []
    for given_path in map(Path, args.scans):
        paths += scans_in(given_path, unknown or bool(args.recipe)) if given_path.is_dir() else [given_path]
    settings = RunSettings(**given(args, RunSettings))
    settings = RunSettings(**settings.asdict() | {"device": pick_device(settings.device)})
    thinning = Thinning(**given(args, Thinning, skip=("seed",)), seed=settings.seed % 2**31)
    method = method_named(args.method)
    return BatchPlan(
        tuple(dict.fromkeys(paths)),
        lambda path: read(Namespace(**vars(args) | {"scan": str(path)})),
        method(**given(args, method)),
        settings,
        folder,
        thinning,
        args.again,
    )


def _follow(plan: "BatchPlan") -> "tuple[tuple[Row, ...], KeyboardInterrupt | None]":
    """All rows, and what stopped it."""
    from ptygui.cli.running import progress_bar
    from ptygui.files.batch import batch

    bar, last = progress_bar("batch", len(plan.paths), unit="scans"), None
    steps = batch(plan)
    stopped: KeyboardInterrupt | None = None
    try:
        for progress in steps:
            if progress is not None:
                last = _told(progress, last)
                bar.update(sum(row.ended for row in progress.rows) - bar.n)
                bar.set_postfix_str(progress.doing, refresh=False)
    except KeyboardInterrupt as stop:
        stopped = stop
    finally:
        steps.close()
        bar.close()
    return (plan.rows if last is None else last.rows), stopped


def _told(progress: "BatchProgress", before: "BatchProgress | None") -> "BatchProgress":
    """Say which scans have ended since."""
    count = 0 if before is None else sum(row.ended for row in before.rows)
    for row in [row for row in progress.rows if row.ended][count:]:
        say(f"{row.path.name}: {row.state}" + (f", {row.error}" if row.error else ""))
    return progress


def _table(rows: "tuple[Row, ...]") -> str:
    """One row per scan."""
    from ptygui.cli.running import table
    from ptygui.files.batch import FIGURES
    from ptygui.physics.positions import overlap_text

    shown = [name for name in FIGURES if any(name in row.figures for row in rows)]

    def cell(row: "Row", name: str) -> str:
        value = row.figures.get(name)
        if value is None:
            return "–"
        return overlap_text(value) if name.startswith("overlap") else f"{value:.4g}"

    cells = [(row.path.name, *(cell(row, name) for name in shown), row.state) for row in rows]
    return table(("scan", *(FIGURES[name] for name in shown), "outcome"), cells)
