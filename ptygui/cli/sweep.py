"""`ptygui sweep`: methods over overlaps, and the lowest overlap that suffices."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ptygui import methods
from ptygui.cli.flags import Commands, add_command, add_options, given
from ptygui.cli.keeping import Keeper, write_somewhere
from ptygui.cli.output import note, output_file, say
from ptygui.cli.reading import add_reading, read
from ptygui.cli.stopping import cause_of, code_of, finishing
from ptygui.errors import InputError
from ptygui.experiment.thinning import Thinning
from ptygui.methods import method_named
from ptygui.methods.base import Method
from ptygui.options import current_names, options_of
from ptygui.physics.overlap import OVERLAPS
from ptygui.physics.simulate import Simulation

if TYPE_CHECKING:
    from ptygui.experiment.overlap_limit import Curve
    from ptygui.experiment.run import Run
    from ptygui.experiment.sweep import Plan

_SCORES = ("nrmse", "ssim", "misfit", "held-out")


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
        "methods", nargs="+", metavar="METHOD",
        help=f"{', '.join(m.key() for m in methods.METHODS)}; options as in daps:setting=preview,seeds=2",
    )  # fmt: skip
    parser.add_argument("--scan", metavar="SCAN", help="thin this measured scan, rather than simulate some")
    parser.add_argument("--object", default="smear", help="as of `ptygui simulate` (default: smear)")
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
            metavar="X",
            help=f"{what} (default: {default})",
        )
    parser.add_argument(
        "--seeds", type=int, default=1, metavar="N",
        help="noise seeds per scan, or choices of positions (default: 1)",
    )  # fmt: skip
    parser.add_argument(
        "--score",
        choices=_SCORES,
        default="nrmse",
        help="score to compare with the threshold (default: nrmse)",
    )
    parser.add_argument("--threshold", type=float, metavar="X", help="the limit (default: 0.1, 0.9, 1.5, 2)")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default: auto)")
    parser.add_argument("--csv", metavar="FILE", help="write every run to a table as soon as it is done")
    add_options(parser, Simulation, skip=("overlap",))
    parser.add_argument(
        "--overlap-by", dest="overlap_by", default="window", choices=OVERLAPS,
        help="what overlaps are relative to, with --scan; as --by of `ptygui thin` (default: window)",
    )  # fmt: skip
    add_options(parser, Thinning, skip=("overlap", "by", "seed"))
    add_reading(parser, skip=("--probe", "--use-object", "--threshold"))


def run(args: Namespace) -> int:
    """Sweep, print, and write the table."""
    sources = (args.object, args.probe, args.scan)
    csv = output_file(args.csv, "--csv", (".csv",), sources) if args.csv else None
    chosen = tuple(dict.fromkeys(map(method_from, args.methods)))
    options = Simulation(**given(args, Simulation, skip=("overlap",)))
    for flag, value, good in (
        ("--from", args.from_, 0 <= args.from_ <= 0.98), ("--to", args.to_, 0 <= args.to_ <= 0.98),
        ("--by", args.by_, args.by_ >= 0), ("--seeds", args.seeds, args.seeds >= 1),
    ):  # fmt: skip
        if not good:
            expected = "1 or more" if flag == "--seeds" else "0 to 0.98 (44 % is 0.44)"
            raise InputError(f"{flag} is {value}, expected {expected}")
    from ptygui.experiment.overlap_limit import SCORES, curves_of, doubts_of, label_of, table_of, told
    from ptygui.experiment.reconstruct import pick_device
    from ptygui.files.atomic import write_text

    plan = _thinned_plan(args, chosen, options.seed) if args.scan else _simulated_plan(args, chosen, options)
    runs, stopped = _follow(plan, pick_device(args.device), csv)
    failed = (f"{label_of(run.method)} failed: {run.error}" for run in runs if run.outcome == "failed")
    note(*dict.fromkeys(failed))
    curves, doubts = curves_of(runs), doubts_of(runs)
    code = code_of(stopped) if stopped else 0
    if csv is not None:
        with finishing():
            _, written = write_somewhere(csv, lambda path: write_text(path, table_of(curves)), "the table")
        code = code or 2 * (written != csv)
    if stopped:
        kept = f"; those are in {written}" if csv is not None else ""
        say(f"ptygui: stopped by {cause_of(stopped)} after {len(runs)} of {plan.count} runs{kept}")
    print(_table(curves))
    score = SCORES[_SCORES.index(args.score)]
    for curve in curves:
        print(f"{curve.label}: {told(curve, score, args.threshold or score.threshold, doubts=doubts)}")
    if csv is not None:
        print(written)
    return code


def _simulated_plan(args: Namespace, chosen: tuple[Method, ...], options: Simulation) -> "Plan":
    from ptygui.cli.simulate import probe_of
    from ptygui.experiment.sweep import SweepPlan, reachable
    from ptygui.files.objects import read_object

    source, (probe, _) = read_object(args.object), probe_of(args.probe or "medium", args.probe_width)
    length = options.reference_length or probe.shape[-1]
    overlaps = reachable(args.from_, args.to_, args.by_, length)
    named = {"name": source.name, "specimen": source.specimen}
    return SweepPlan(source.obj, probe, options, chosen, overlaps, args.seeds, options.seed, named)


def _thinned_plan(args: Namespace, chosen: tuple[Method, ...], seed: int) -> "Plan":
    from ptygui.experiment.thinned_sweep import ThinnedPlan, overlaps_between
    from ptygui.physics.overlap import overlap_by
    from ptygui.physics.positions import overlap_text

    overlaps = overlaps_between(args.from_, args.to_, args.by_)
    rest = given(args, Thinning, skip=("overlap", "by", "seed"))
    thinning = Thinning(overlap=overlaps[0], by=args.overlap_by, seed=seed, **rest)
    args.use_object = "no"
    scan = read(args)
    note(*scan.notes)
    plan = ThinnedPlan(scan, thinning, chosen, overlaps, args.seeds, seed)
    if not plan.scans:
        most = overlap_by(args.overlap_by, scan.positions, scan.probe, scan.object_shape)
        raise InputError(f"{args.scan} has an overlap of {overlap_text(most)}: set --from below it")
    return plan


def method_from(text: str) -> Method:
    """A method written as `name` or `name:option=value,option=value`."""
    name, _, rest = text.partition(":")
    cls = method_named(name)
    known = {option.name: option for option in options_of(cls)}
    options = {}
    for pair in filter(None, rest.split(",")):
        key, _, value = pair.partition("=")
        typed = key.replace("-", "_")
        (key,) = current_names(cls, {typed: value})
        if key != typed:
            note(f"{typed} of {cls.key()} is now called {key}")
        if key not in known:
            raise InputError(f"{key} is not an option of {cls.key()}: `ptygui methods` lists them")
        options[key] = known[key].check(value)
    return cls(**options)


def _follow(
    plan: "Plan", device: str, csv: Path | None
) -> "tuple[tuple[Run, ...], KeyboardInterrupt | None]":
    """The finished runs of a plan, and what stopped it; each run gets its row in the table at once."""
    from ptygui.cli.running import progress_bar
    from ptygui.experiment.overlap_limit import curves_of, table_of
    from ptygui.experiment.sweep import sweep
    from ptygui.files.atomic import write_text

    bar = progress_bar("sweep", plan.count)
    runs: tuple[Run, ...] = ()
    stopped: KeyboardInterrupt | None = None
    keeper = csv and Keeper(csv, lambda path, done: write_text(path, table_of(curves_of(done))))
    steps = sweep(plan, device)
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


def _table(curves: "Sequence[Curve]") -> str:
    """One row per overlap: the mean of each score."""
    from ptygui.cli.running import table
    from ptygui.experiment.overlap_limit import SCORES
    from ptygui.physics.positions import overlap_text

    rows = []
    places = [place for curve in curves for place in curve.places]
    shown = [score for score in SCORES if any(np.isfinite(place.values(score)).any() for place in places)]
    for curve in curves:
        for place in curve.places:
            scores = [place.values(score) for score in shown]
            cells = [f"{values.mean():.4f}" if np.isfinite(values).all() else "–" for values in scores]
            overlaps = overlap_text(place.overlap), overlap_text(place.overlap_d90)
            rows.append((curve.label, *overlaps, f"{place.step:.3g} px", str(place.count), *cells))
    names = "method", "overlap", "of D90", "step", "positions"
    return table((*names, *(score.name for score in shown)), rows)
