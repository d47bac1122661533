"""`ptygui reconstruct METHOD SCAN`: run a method on a scan and write the result."""

import json
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ptygui import methods
from ptygui.cli.flags import Commands, Parser, add_command, add_options, given
from ptygui.cli.keeping import Keeper, write_somewhere
from ptygui.cli.methods import summary
from ptygui.cli.output import note, output_file, output_folder, say
from ptygui.cli.reading import add_reading, inputs, read, start_of, turned
from ptygui.cli.running import figures, follow
from ptygui.cli.stopping import cause_of, code_of, finishing
from ptygui.cli.thin import sampling_text, thinned_scan
from ptygui.cli.tiles import PICTURES, add_tiles, check_tiles, tiles_of
from ptygui.cli.watching import add_watching, check_watching, watch
from ptygui.errors import Diverged, InputError, WriteError
from ptygui.experiment.assessment import assessment_of
from ptygui.experiment.refined_values import refined_values, told_values
from ptygui.experiment.settings import RunSettings
from ptygui.experiment.thinning import Thinning
from ptygui.history import History
from ptygui.methods import method_named
from ptygui.methods.base import Method
from ptygui.options import current_names, options_of
from ptygui.scan import Geometry, Scan
from ptygui.step import NUMBERS, Step

if TYPE_CHECKING:
    from ptygui.experiment.run import Run
    from ptygui.files.result import Result

RESULT_SUFFIXES = (".h5", ".hdf5")


def add_to(commands: Commands) -> None:
    """Add the command, with one sub-command per method."""
    help = "reconstruct a scan"
    parser = commands.add_parser("reconstruct", help=help, description="Reconstruct a scan with a method.")
    kinds = parser.add_subparsers(
        title="methods", metavar="METHOD", dest="method", required=True, parser_class=Parser
    )
    for method in methods.METHODS:
        one = add_command(kinds, method.key(), run, summary(method))
        _add_common(one)
        if method.in_tiles:
            add_tiles(one)
        add_options(one, method)
        add_options(one, RunSettings)


def _add_common(parser: Parser) -> None:
    parser.add_argument("scan", metavar="SCAN", help="the scan file; `ptygui info SCAN` shows its contents")
    parser.add_argument("--out", required=True, metavar="RESULT", help="the result file to write (.h5)")
    parser.add_argument("--tiff", metavar="FOLDER", help="also write amplitude and phase there as float TIFF")
    parser.add_argument("--json", action="store_true", help="end with one JSON object on standard output")
    parser.add_argument("--start", metavar="FILE", help="object or result to start from")
    parser.add_argument(
        "--resume", metavar="RESULT", help="continue from the last step of a result, with its options"
    )
    parser.add_argument(
        "--every", type=int, default=0, metavar="N", help="record every Nth iterate (default: 200 in all)"
    )
    add_reading(parser)
    add_watching(parser)
    add_options(parser, Thinning, skip=("seed",))


def run(args: Namespace) -> int:
    """Reconstruct and write, also during the run; after Ctrl-C or a signal write the steps so far."""
    out = output_file(args.out, "--out", RESULT_SUFFIXES, (*inputs(args), args.start, args.resume))
    tiff = output_folder(args.tiff, "--tiff") if args.tiff else None
    chosen = given(args, method_named(args.method))
    _check(args)
    method, before = _method(args, chosen)
    settings = RunSettings(**({} if before is None else {"seed": before.seed}) | given(args, RunSettings))
    resume, keeper = before.last if before else None, Keeper(out, _write)
    try:
        if args.watch:
            run, stopped = watch(args, method, settings, keeper)
        else:
            run, stopped = _followed(args, method, settings, keeper, before)
    except InputError as error:
        raise (InputError(f"{error}; {out} holds the earlier steps") if keeper.kept else error) from None
    last = None if run is None else run.last
    if run is None or last is None or last is resume:
        stop = stopped or KeyboardInterrupt()
        say(f"ptygui: stopped by {cause_of(stop)} before the first step; nothing was written")
        return code_of(stop)
    with finishing():
        result, written = write_somewhere(out, partial(_write, run=run), "the result")
        code = code_of(stopped) if stopped else 0 if written == out else 2
        try:
            _write_tiff(tiff, result)
        except WriteError as error:
            say(f"ptygui: error: {error}; the result itself is in {written}")
            tiff, code = None, code or 2
    _report(args, written, tiff, run, last, stopped)
    return code


def _followed(
    args: Namespace, method: Method, settings: RunSettings, keeper: Keeper, before: "Result | None"
) -> tuple["Run", KeyboardInterrupt | None]:
    """The run on the whole scan, and what ended it early."""
    from ptygui.experiment.memory import memory_notes
    from ptygui.experiment.run import Run

    thinning = Thinning(**given(args, Thinning, skip=("seed",)), seed=settings.seed % 2**31)
    tiles = tiles_of(args)
    with tiles.reading:
        scan = thinned_scan(read(args), thinning, settings.device)
    start = _start(args, scan) if args.start else start_of(args)
    if before is not None:
        _check_same_scan(args, scan, before)
    note(*scan.notes, *(() if tiles else memory_notes(scan, method)))
    run = Run(0, scan, method, settings, args.scan, history=_history(before))
    every, resume = args.every, before.last if before else None
    if tiles:
        run, every = tiles.run(run), every or max(1, method.total // PICTURES)
    try:
        return run, follow(run, every=every, resume=resume, keeper=keeper, start=start)
    except Diverged:
        raise
    except InputError:
        if tiles and run.last is not None:  # a worker may die after hours
            keeper.keep(run)
        raise


def _check(args: Namespace) -> None:
    check_watching(args)
    if args.method in (method.key() for method in methods.METHODS if method.in_tiles):
        check_tiles(args)
    if args.every < 0:
        raise InputError(f"--every is {args.every}, expected at least 0")
    if args.start and args.use_object == "start":
        raise InputError("--start and --use-object start both give an object to start from: give only one")
    if args.use_object == "start" and turned(args):
        raise InputError("--use-object start does not work with turned positions: give one with --start")
    if args.resume and (args.start or args.use_object == "start"):
        raise InputError("--resume continues from its own object, so no other start can be given")


def _method(args: Namespace, chosen: dict[str, Any]) -> tuple[Method, "Result | None"]:
    """The method, and the result to continue from: with --resume its options apply unless given again."""
    method_type = method_named(args.method)
    if not args.resume:
        return method_type(**chosen), None
    from ptygui.files.results import read_result

    before = read_result(args.resume)
    if before.method != method_type.key():
        made_by = before.method or "another program"
        raise InputError(
            f"{args.resume} was made by {made_by}, so {args.method} cannot continue from it: "
            f"--start {args.resume} starts with its object"
        )
    held = current_names(method_type, before.options)
    if before.resolved.get("prior"):  # "auto" may be another one by now
        held["prior"] = before.resolved["prior"]
    known = {o.name for o in options_of(method_type)}
    method = method_type(**({k: v for k, v in held.items() if k in known} | chosen))
    if before.last is None or not before.state:
        raise InputError(f"{args.resume} keeps no state to continue from: use --start {args.resume}")
    total = method.total_after(before.state)
    if before.last.index >= total:
        raise InputError(
            f"{args.resume} has done all its {total} steps: ask for more, for example with --iterations"
        )
    return method, before


def _check_same_scan(args: Namespace, scan: Scan, before: "Result") -> None:
    """A state can only continue on the same patches: the same positions, object shape and probe window."""
    made, here = (
        (len(s.positions), tuple(map(int, s.object_shape)), tuple(s.probe.shape)) for s in (before, scan)
    )
    if made != here or not np.allclose(before.positions, scan.positions, rtol=0, atol=1e-3):
        sizes = [f"{count} positions, object {shape}, probe {probe}" for count, shape, probe in (here, made)]
        said = "different positions" if made == here else " against ".join(sizes)
        raise InputError(
            f"{args.scan} is not the scan that {args.resume} was made from ({said}): give that scan, or "
            f"--start {args.resume} to use only its object"
        )


def _history(before: "Result | None") -> History:
    """The steps of the earlier run: every number, and the frames that its file holds."""
    history = History()
    if before is not None:
        for frame in before.frames:
            history.append(frame)
        count = len(before.numbers.get("index", []))
        history.numbers = {name: list(before.numbers.get(name, [None] * count)) for name in NUMBERS}
    return history


def _start(args: Namespace, scan: Scan) -> np.ndarray:
    """The object to start from, from an object file or a result."""
    from ptygui.files.starts import object_for

    obj, notes = object_for(args.start, scan)
    note(*notes)
    return obj


def _write(out: Path, run: "Run") -> "Result":
    from ptygui.files.result import Result
    from ptygui.files.results import write_result

    result = Result.of_run(run)
    write_result(out, result)
    return result


def _write_tiff(folder: Path | None, result: "Result") -> None:
    from ptygui.files.tiff import write_result_tiff

    if folder is not None:
        write_result_tiff(folder, result)


def _report(
    args: Namespace, out: Path, tiff: Path | None, run: "Run", step: Step, stopped: KeyboardInterrupt | None
) -> None:
    if stopped is not None:
        said = f"stopped by {cause_of(stopped)} at step {step.index} of {step.total}"
        how = f" (continue with --resume {out})"
        if args.watch or getattr(args, "tiles", None):  # that needs the same frames, or the state of a step
            how = ""
        say(f"ptygui: {said}; the result so far is in {out}{how}")
    if args.json:
        print(json.dumps(_summary(args, out, tiff, run, step, stopped), allow_nan=False))
        return
    if isinstance(run.scan, Scan):
        print(sampling_text(run.scan))
    took = f"{step.index} steps, {step.seconds:.1f} s on {run.device}"
    print(f"{run.method.label}: {took}, {_nfe(step)}{figures(step, run.scan)}")
    if isinstance(run.scan, Scan) and run.scan.held_out is not None:
        from ptygui.analysis.held_out import told

        print(told(run.scan, step))
    refined = told_values(refined_values(run.scan, step))
    if refined:
        print(f"refined: {refined}")
    found = assessment_of(run)
    if found.grade:
        print(f"verdict: {found.text}")
    print(f"{out}" + (f", TIFF in {tiff}" if tiff else ""))


def _nfe(step: Step) -> str:
    return f"{step.nfe} network evaluations, " if step.nfe else ""


def _magnitude_range(truth: np.ndarray) -> float:
    """The data range for `metrics.ssim`: the truth's largest magnitude minus its smallest."""
    magnitude = abs(truth).astype(float)
    return float(magnitude.max() - magnitude.min()) or 1.0


def _scores(scan: Geometry, obj: np.ndarray) -> dict[str, float]:
    from ptygui.experiment.reconstruct import other_scores

    if scan.truth is None:
        return {}
    return {"ssim_data_range": _magnitude_range(scan.truth), **other_scores(scan, obj)}


def _sampling(scan: Geometry) -> dict[str, float]:
    from ptygui.physics.overlap import data_per_unknown, overlap_by

    about = scan.positions, scan.probe, scan.object_shape
    return {
        "overlap": overlap_by("window", *about),
        "overlap_d90": overlap_by("d90", *about),
        "measurements_per_complex_unknown": 2 * data_per_unknown(scan),
    }


def _summary(
    args: Namespace, out: Path, tiff: Path | None, run: "Run", step: Step, stopped: KeyboardInterrupt | None
) -> dict[str, Any]:
    from ptygui.analysis.held_out import held_out

    numbers = {
        name: getattr(step, name) for name in ("seconds", "nfe", "misfit", "noise_floor", "nrmse", "ssim")
    }
    tested = held_out(run.scan, step) if isinstance(run.scan, Scan) else None
    found = assessment_of(run)
    return {
        "method": run.method.key(),
        "options": run.method.asdict(),
        "resolved": step.resolved,
        "refined": refined_values(run.scan, step),
        "scan": args.scan,
        **run.settings.asdict(),
        "steps": step.index,
        "total": step.total,
        "interrupted": stopped is not None,
        **{name: value for name, value in numbers.items() if value is not None},
        **({"misfit_over_noise": step.misfit / step.noise_floor} if step.noise_floor > 0 else {}),
        **_scores(run.scan, step.obj),
        **({"compared_with": run.scan.compared_with} if run.scan.compared_with else {}),
        **_sampling(run.scan),
        **({"held_out": tested.misfit, "held_out_each": tested.misfits.tolist()} if tested else {}),
        **({"verdict": found.word, "reason": found.why} if found.grade else {}),
        "out": str(out),
        **({"tiff": str(tiff)} if tiff else {}),
    }
