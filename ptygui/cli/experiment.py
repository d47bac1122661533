"""`ptygui experiment`: the experiments of Cam et al. 2025, and some that go further."""

import re
import time
from argparse import Namespace
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any

from ptygui import methods
from ptygui.cli.flags import Commands, add_command
from ptygui.cli.output import note, say
from ptygui.cli.running import progress_bar
from ptygui.cli.stopping import cause_of, code_of, finishing
from ptygui.cli.workers import add_workers, folder_of, in_own_loop, keep_spec, workers_of
from ptygui.errors import InputError

if TYPE_CHECKING:
    from ptygui.tasks.experiments.asked import Asked
    from ptygui.tasks.experiments.protocols import Experiment
    from ptygui.tasks.folder import TaskFolder
    from ptygui.tasks.row import Row
    from ptygui.tasks.task import Task
    from ptygui.tasks.where import Workers

MINUTES = 15.0
KEYS = ("table1", "table2", "positions", "figures", "dose", "mismatch", "evaluations", "calibration")


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands, "experiment", run, "repeat the paper's experiments, and more",
        "Reconstruct patches of objects as in section 4 of Cam et al. 2025, and write a report with the "
        "paper's figures apart: report.md, rows.csv, summary.json and pictures. Runs that the folder has "
        "are not computed again.",
    )  # fmt: skip
    parser.add_argument("experiment", nargs="?", metavar="EXPERIMENT", choices=KEYS, help=", ".join(KEYS))
    parser.add_argument("--spec", metavar="FILE", help="take what is asked from this TOML file")
    parser.add_argument(
        "--objects", nargs="+", metavar="OBJECT",
        help="as of `ptygui simulate --object`, cut to patches (default: procedural blood smears)",
    )  # fmt: skip
    for flag, what in (
        ("--patches", "how many, of all objects together"),
        ("--size", "side of a patch in px (default: 128)"),
        ("--seeds", "of noise and method, for each patch (default: 1)"),
    ):
        parser.add_argument(flag, type=int, metavar="N", help=what)
    parser.add_argument("--overlaps", metavar="LIST", help="such as 0.2,0.5")
    parser.add_argument("--doses", metavar="LIST", help="photons of the brightest pixel, such as 1e3,1e5")
    parser.add_argument("--methods", metavar="LIST", help="such as awf,daps:setting=preview,seeds=2")
    parser.add_argument(
        "--minutes", type=float, metavar="M",
        help=f"begin no run after so many; 0: no limit (default: {MINUTES:g}, with --full none)",
    )  # fmt: skip
    parser.add_argument(
        "--full", action="store_true", help="the paper's protocol: 50 patches, many iterations"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default: auto)")
    add_workers(parser)


def run(args: Namespace) -> int:
    """Carry out, and report."""
    if not args.out:
        raise InputError("give --out FOLDER for the report and its rows")
    workers, folder = workers_of(args), folder_of(args, True)
    assert folder is not None
    from dataclasses import replace

    from ptygui.experiment.reconstruct import pick_device
    from ptygui.tasks.experiments.cells import in_order

    experiment, asked = _asked(args)
    cells, device = experiment.cells(asked), pick_device(args.device)
    keep_spec(folder, asked.text())
    tasks = in_order(cells)
    keep = experiment.picture == "objects"
    rows = {row.key: row for task in tasks if (row := folder.row(task.key, keep))}
    todo = [replace(task, device=device) for task in tasks if task.key not in rows]
    note(f"{experiment.title}: {len(tasks)} runs, {len(tasks) - len(todo)} of them are there already")
    minutes = MINUTES if args.minutes is None and not args.full else args.minutes or 0.0
    until = time.monotonic() + 60 * minutes if minutes else float("inf")
    stopped = _follow(_rows(todo, folder, keep, workers, until), rows, len(todo))
    failed = {row.error: row.task["method"] for row in rows.values() if not row.done}
    note(*(f"{method} failed: {error}" for error, method in failed.items()))
    with finishing():
        print(report_of(folder, experiment, asked, rows))
    missing = sum(task.key not in rows for task in tasks)
    if stopped is not None:
        say(f"ptygui: stopped by {cause_of(stopped)}; {missing} runs are missing, the same command goes on")
        return code_of(stopped)
    note(
        *(
            [f"{missing} runs were left after {minutes:g} minutes: the same command goes on"]
            if missing
            else []
        )
    )
    print(folder.path)
    return 0


def report_of(folder: "TaskFolder", experiment: "Experiment", asked: "Asked", rows: "dict[str, Row]") -> str:
    """Write the report of the rows into the folder; returns it as Markdown."""
    from ptygui.tasks.experiments.report import write_report

    folder.path.mkdir(parents=True, exist_ok=True)
    return write_report(folder.path, experiment, asked, experiment.cells(asked), rows)


def _asked(args: Namespace) -> "tuple[Experiment, Asked]":
    from ptygui.tasks.experiments.protocols import asked_of, experiment_named

    if args.spec:
        if args.experiment:
            raise InputError(f"the experiment comes from {args.spec}: leave out {args.experiment}")
        asked = asked_of(args.spec)
        return experiment_named(asked.experiment), asked
    if not args.experiment:
        raise InputError(f"name an experiment, one of {', '.join(KEYS)}, or give --spec")
    experiment = experiment_named(args.experiment)
    given: dict[str, Any] = {name: getattr(args, name) for name in ("patches", "size", "seeds")}
    given["objects"] = None if args.objects is None else tuple(args.objects)
    for name in ("overlaps", "doses"):
        given[name] = _numbers(f"--{name}", getattr(args, name))
    given["methods"] = None if args.methods is None else methods_in(args.methods)
    return experiment, experiment.asked(args.full, **given)


def methods_in(text: str) -> tuple[str, ...]:
    """Methods separated by commas, where options are, too: a comma before the name of a method separates."""
    keys = "|".join(method.key() for method in methods.METHODS)
    return tuple(re.split(rf",(?=(?:{keys})(?:[:,]|$))", text))


def _numbers(flag: str, text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        return tuple(float(word) for word in text.split(","))
    except ValueError:
        raise InputError(f"{flag} is {text}, expected numbers such as 0.2,0.5") from None


def _rows(
    tasks: "list[Task]", folder: "TaskFolder", keep: bool, workers: "Workers", until: float
) -> "Generator[Row | None, None, None]":
    """The rows of tasks as they come; None in between. None is begun after `until`, by the clock."""
    from ptygui.tasks.carrying import carried_out
    from ptygui.tasks.workers import Finished, carried_out_on, connected

    async def elsewhere() -> "AsyncGenerator[Row | None, None]":
        async with connected(workers) as client:
            async with aclosing(carried_out_on(client, tasks, folder, keep)) as news:
                async for one in news:
                    yield one.row if isinstance(one, Finished) else None
                    if time.monotonic() > until:
                        return

    if workers:
        yield from in_own_loop(elsewhere)
        return
    for task in tasks:
        if time.monotonic() > until:
            return
        yield carried_out(task, folder, keep)


def _follow(
    found: "Generator[Row | None, None, None]", rows: "dict[str, Row]", count: int
) -> KeyboardInterrupt | None:
    bar = progress_bar("runs", count)
    with closing(bar), closing(found):
        try:
            for row in found:
                if row is not None:
                    rows[row.key] = row
                    bar.update(1)
        except KeyboardInterrupt as stop:
            return stop
    return None
