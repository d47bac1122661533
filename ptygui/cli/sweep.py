"""`ptygui sweep`: methods over overlaps, and the lowest overlap that suffices."""

from argparse import Namespace
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ptygui import methods
from ptygui.cli.answer import SCORE_NAMES, answer
from ptygui.cli.flags import Commands, add_command, add_options, given
from ptygui.cli.keeping import Keeper
from ptygui.cli.output import note, output_file
from ptygui.cli.reading import add_reading, read, reading_given
from ptygui.cli.running import progress_bar
from ptygui.cli.thin import check_reference
from ptygui.cli.workers import add_workers, folder_of, in_own_loop, keep_spec, workers_of
from ptygui.errors import InputError
from ptygui.experiment.thinning import Thinning
from ptygui.methods import method_from
from ptygui.options import flag_of
from ptygui.physics.overlap import OVERLAPS
from ptygui.physics.simulate import Simulation

if TYPE_CHECKING:
    from ptygui.experiment.run import Run
    from ptygui.tasks.folder import TaskFolder
    from ptygui.tasks.plans import Plan
    from ptygui.tasks.progress import Progress
    from ptygui.tasks.spec import SweepSpec


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "sweep",
        run,
        "find the lowest overlap that suffices",
        "Simulate scans of an object at several overlaps, or thin a measured scan to them, reconstruct each "
        "with each method, and report from which overlap on a score is good enough.",
    )
    parser.add_argument(
        "methods", nargs="*", metavar="METHOD",
        help=f"{', '.join(m.key() for m in methods.METHODS)}; options as in daps:setting=preview,seeds=2",
    )  # fmt: skip
    parser.add_argument("--spec", metavar="FILE", help="take methods, scans and overlaps from this TOML file")
    parser.add_argument(
        "--scan", action="append", metavar="SCAN", default=[],
        help="thin this measured scan rather than simulate some; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--object", action="append", default=[],
        help="as of `ptygui simulate` (default: smear); may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--probe", help="as of `ptygui simulate` (default: medium); with --scan a file with its probe"
    )
    parser.add_argument("--probe-width", type=int, metavar="PX", help="window of the probe")
    for flag, default, what in (
        ("--from", 0.2, "lowest overlap"),
        ("--to", 0.7, "highest overlap"),
        ("--by", 0.05, "interval of overlap; 0: each whole pixel of the step"),
    ):
        parser.add_argument(
            flag,
            dest=flag[2:] + "_",
            type=float,
            default=default,
            metavar="SHARE",
            help=f"{what} (default: {default})",
        )
    parser.add_argument(
        "--seeds", type=int, default=1, metavar="N",
        help="how many seeds of the method, and of noise and jitter or of positions (default: 1)",
    )  # fmt: skip
    parser.add_argument(
        "--score",
        choices=SCORE_NAMES,
        default="nrmse",
        help="score to compare with the threshold (default: nrmse)",
    )
    parser.add_argument("--threshold", type=float, metavar="X", help="the limit (default: 0.1, 0.9, 1.5, 2)")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default: auto)")
    parser.add_argument("--csv", metavar="FILE", help="write every run to a table as soon as it is done")
    add_workers(parser)
    parser.add_argument(
        "--array", nargs=2, metavar=("SPEC", "K/N"),
        help="carry out share K of N of a spec: one job of a batch array; then `ptygui collect`",
    )  # fmt: skip
    add_options(parser, Simulation, skip=("overlap",))
    parser.add_argument(
        "--overlap-by", dest="overlap_by", default="window", choices=OVERLAPS,
        help="what overlaps are relative to, with --scan; as --by of `ptygui thin` (default: window)",
    )  # fmt: skip
    add_options(parser, Thinning, skip=("overlap", "by", "seed"))
    add_reading(parser, skip=("--probe", "--use-object", "--threshold"))


def run(args: Namespace) -> int:
    """Sweep, print, and write the table."""
    sources = (*args.object, args.probe, *args.scan, args.spec)
    csv = output_file(args.csv, "--csv", (".csv",), sources) if args.csv else None
    if args.array:
        return _share(args)
    workers = workers_of(args)
    folder = folder_of(args, bool(workers))
    from ptygui.experiment.reconstruct import pick_device
    from ptygui.tasks.sweep import sweep, sweep_on
    from ptygui.tasks.workers import connected, dashboard_of

    spec, plan = _asked(args, folder)
    if folder is not None:
        keep_spec(folder, spec.settled().text())
    device = pick_device(args.device)

    async def elsewhere() -> "AsyncGenerator[Progress, None]":
        assert folder is not None
        async with connected(workers) as client, aclosing(sweep_on(client, plan, folder, device)) as steps:
            note(*(f"dashboard: {link}" for link in filter(None, [await dashboard_of(client)])))
            async for progress in steps:
                yield progress

    steps = in_own_loop(elsewhere) if workers else sweep(plan, device, folder)
    runs, stopped = _follow(plan, steps, csv)
    code = answer(args, runs, csv, stopped, plan.count)
    if folder is not None:
        print(folder.path)
    return code


def _asked(args: Namespace, folder: "TaskFolder | None") -> "tuple[SweepSpec, Plan]":
    """What the flags or the file ask for."""
    from ptygui.tasks.spec import SweepSpec

    if args.spec:
        if args.methods or args.scan:
            raise InputError(f"methods and scan come from {args.spec}: leave them out, or leave out --spec")
        spec = SweepSpec.of_file(args.spec)
        return spec, spec.plan()
    if not args.methods:
        raise InputError("no method is given: name at least one, such as awf, or give --spec")
    _check_source(args)
    chosen = tuple(dict.fromkeys(method_from(text, note) for text in args.methods))
    options = Simulation(**given(args, Simulation, skip=("overlap",)))
    rest = given(args, Thinning, skip=("overlap", "by", "seed"))
    thinning = Thinning(by=args.overlap_by, seed=options.seed, **rest)
    spec = SweepSpec(
        chosen, args.from_, args.to_, args.by_, args.seeds, tuple(args.object or ["smear"]),
        args.probe or "medium",
        args.probe_width or 0, tuple(args.scan), options, thinning,
    )  # fmt: skip
    if not spec.scans:
        return spec, spec.plan()
    args.use_object, paths, scans = "no", [], []
    for k, path in enumerate(spec.scans):
        args.scan = path
        scans.append(read(args))
        check_reference(scans[-1], thinning)
        note(*scans[-1].notes)
        if folder is not None and (reading_given(args) or args.probe):  # workers read it as it is now
            from ptygui.files.scans import write_scan

            path = str(write_scan(folder.path / f"scan{k or ''}.h5", scans[-1]))
        paths.append(path)
    spec = replace(spec, scans=tuple(paths))
    return spec, spec.plan(scans)


def _check_source(args: Namespace) -> None:
    """Refuse flags of simulations for scans that were measured, and the other way round."""
    if args.scan:
        said = given(args, Simulation, skip=("overlap", "seed"))
        said |= {name: True for name in ("object", "probe_width") if getattr(args, name)}
        why = "is of simulations, but --scan gives scans that were measured: omit either"
    else:
        said = given(args, Thinning, skip=("overlap", "by", "seed")) | reading_given(args)
        said.pop("probe", None)  # simulations have one, too
        said |= {"overlap_by": True} if args.overlap_by != "window" else {}
        why = "is of scans that were measured, and none is given: add --scan SCAN, or omit it"
    for name, value in said.items():
        raise InputError(f"{flag_of(name, value)} {why}")


def _share(args: Namespace) -> int:
    """One job of a batch array."""
    path, share = args.array
    first, slash, count = share.partition("/")
    if not slash or not (first.isdigit() and count.isdigit()) or not 1 <= int(first) <= int(count):
        raise InputError(f"--array {path} {share}: expected K/N with K from 1 to N, such as 3/16")
    from ptygui.tasks.carrying import carried_out
    from ptygui.tasks.folder import SPEC
    from ptygui.tasks.spec import SweepSpec

    folder = folder_of(args, True, beside=path)
    assert folder is not None
    spec = SweepSpec.of_file(path)
    if not (folder.path / SPEC).is_file():
        keep_spec(folder, spec.settled().text())
    tasks = [task for _, task in spec.plan().tasks(args.device)][int(first) - 1 :: int(count)]
    failed = 0
    bar = progress_bar(f"share {share}", len(tasks))
    with closing(bar):
        for task in tasks:
            row = carried_out(task, folder, keep=True)
            failed += not row.done
            note(*([] if row.done else [f"{task.method.key()} failed: {row.error}"]))
            bar.update(1)
    print(f"{folder.path}: {len(tasks)} runs of share {share}, {failed} of them failed")
    return 0


def _follow(
    plan: "Plan", steps: "Generator[Progress | None, bool | None, None]", csv: Path | None
) -> "tuple[tuple[Run, ...], KeyboardInterrupt | None]":
    """The finished runs of a plan, and what stopped it; each run gets its row in the table at once."""
    from ptygui.experiment.overlap_limit import curves_of, table_of
    from ptygui.files.atomic import write_text

    bar = progress_bar("sweep", plan.count)
    runs: tuple[Run, ...] = ()
    stopped: KeyboardInterrupt | None = None
    keeper = csv and Keeper(csv, lambda path, done: write_text(path, table_of(curves_of(done))))
    try:
        for progress in steps:
            if progress is None:
                continue
            if keeper and (not keeper.kept or len(progress.runs) > len(runs)):  # the headings come first
                keeper.keep(progress.runs)
            runs = progress.runs
            bar.update(len(runs) - bar.n)
            bar.set_postfix_str(progress.doing, refresh=False)
    except KeyboardInterrupt as stop:
        stopped = stop
    finally:
        steps.close()
        bar.close()
    return runs, stopped
