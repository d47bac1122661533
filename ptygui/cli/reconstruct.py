"""`ptygui reconstruct METHOD SCAN`: run a method on a scan and write the result."""

import json
import sys
from dataclasses import replace
from pathlib import Path

from ptygui.cli.flags import Parser, add_command, add_options, given
from ptygui.cli.methods import summary
from ptygui.cli.output import note, output_file, output_folder
from ptygui.cli.running import figures, follow
from ptygui.errors import InputError
from ptygui.methods import METHODS, method_named
from ptygui.options import options_of

RESULT_SUFFIXES = (".h5", ".hdf5")


def add_to(commands) -> None:
    """Add the command, with one sub-command a method."""
    help = "reconstruct a scan"
    parser = commands.add_parser("reconstruct", help=help, description="Reconstruct a scan with a method.")
    methods = parser.add_subparsers(
        title="methods", metavar="METHOD", dest="method", required=True, parser_class=Parser
    )
    for method in METHODS:
        one = add_command(methods, method.key(), run, summary(method))
        _add_common(one)
        add_options(one, method)


def _add_common(parser: Parser) -> None:
    parser.add_argument("scan", metavar="SCAN", help="the scan file; `ptygui info SCAN` says what is in it")
    parser.add_argument("--out", required=True, metavar="RESULT", help="the result file to write (.h5)")
    parser.add_argument("--tiff", metavar="FOLDER", help="also write amplitude and phase there as float TIFF")
    parser.add_argument("--json", action="store_true", help="end with one JSON object on standard output")
    parser.add_argument(
        "--device", default="auto", metavar="auto|cpu|cuda", help="where to compute (default: auto)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed of everything random (default: 0)"
    )
    parser.add_argument("--start", metavar="FILE", help="object or result to start from")
    parser.add_argument(
        "--resume", metavar="RESULT", help="go on from the last step of a result, with its options"
    )
    parser.add_argument(
        "--every", type=int, default=0, metavar="N", help="record every Nth iterate (default: 200 in all)"
    )
    add_reading(parser)


def add_reading(parser: Parser) -> None:
    """Add the flags that say how a scan file is to be understood."""
    group = parser.add_argument_group("reading the scan")
    group.add_argument(
        "--metadata", metavar="FILE", help="the file of positions and probe, where it lies apart"
    )
    group.add_argument("--probe", metavar="FILE", help="use this probe instead of the scan's")
    group.add_argument(
        "--use-object",
        choices=("no", "truth", "start"),
        default="no",
        help="what an object in the scan file is taken for (default: no)",
    )
    for flag, what in (
        ("--swap-axes", "exchange rows and columns of the positions"),
        ("--flip-rows", "reverse the rows of the positions"),
        ("--flip-columns", "reverse the columns of the positions"),
    ):
        group.add_argument(flag, action="store_true", help=what)


def reading(args) -> dict:
    """The flags of `add_reading` as `read_scan` takes them."""
    names = ("metadata", "probe", "use_object", "swap_axes", "flip_rows", "flip_columns")
    return {name: getattr(args, name) for name in names}


def run(args) -> int:
    """Reconstruct and write; after Ctrl-C write what there is."""
    out = output_file(args.out, "--out", RESULT_SUFFIXES, (args.scan, args.metadata, args.start))
    tiff = output_folder(args.tiff, "--tiff") if args.tiff else None
    chosen = given(args, method_named(args.method))
    if args.every < 0:
        raise InputError(f"--every is {args.every}, expected at least 0")
    if not 0 <= args.seed < 2**63:
        raise InputError(f"--seed is {args.seed}, expected a whole number from 0")
    from ptygui.files.scans import read_scan

    method, resume = _method(args, chosen)
    scan = read_scan(args.scan, **reading(args))
    start = _start(args.start)
    from ptygui.reconstruct import pick_device

    device = pick_device(args.device)
    note(*scan.notes)
    done = follow(scan, method, every=args.every, resume=resume, start=start, device=device, seed=args.seed)
    if done.history.last is None:
        print("ptygui: stopped by Ctrl-C before the first step; nothing was written", file=sys.stderr)
        return 130
    _write(out, tiff, scan, method, done.history, args.seed, device)
    _report(args, out, tiff, method, done, device)
    return 130 if done.interrupted else 0


def _method(args, chosen):
    """The method and the Step to go on from: with --resume the recorded options hold unless typed anew."""
    method_type = method_named(args.method)
    if not args.resume:
        return method_type(**chosen), None
    from ptygui.files.results import read_result

    before = read_result(args.resume)
    if type(before.method) is not method_type:
        raise InputError(
            f"{args.resume} was made by {before.method.key()}, so {args.method} cannot go on from it: "
            f"use {before.method.key()}, or --start {args.resume}"
        )
    method, last = replace(before.method, **chosen), before.history.last
    if last is None or not last.state:
        raise InputError(f"{args.resume} keeps no state to go on from: use --start {args.resume}")
    if last.index >= method.total:
        counted = next((o.flag for o in options_of(method) if o.name in ("iterations", "num_steps")), "")
        more = f" ({counted})" if counted else ""
        raise InputError(f"{args.resume} has done all its {method.total} iterates: ask for more{more}")
    return method, last


def _start(spec: str | None):
    """The object to start from, out of an object file or a result."""
    if not spec:
        return None
    from ptygui.files.objects import read_object

    return read_object(spec).obj


def _write(out: Path, tiff: Path | None, scan, method, history, seed: int, device: str) -> None:
    from ptygui.files.results import Result, write_result
    from ptygui.files.tiff import write_tiff

    result = Result.of(scan, method, history, seed, device)
    write_result(out, result)
    if tiff is not None:
        tiff.mkdir(parents=True, exist_ok=True)
        write_tiff(tiff, result)


def _report(args, out: Path, tiff: Path | None, method, done, device: str) -> None:
    step = done.history.last
    if done.interrupted:
        said = f"stopped by Ctrl-C at iterate {step.index} of {step.total}; the result so far is in {out}"
        print(f"ptygui: {said} (--resume {out} goes on)", file=sys.stderr)
    if args.json:
        print(json.dumps(_summary(args, out, tiff, method, done, device), allow_nan=False))
        return
    took = f"{step.index} iterates, {step.seconds:.1f} s on {device}"
    print(f"{method.label}: {took}, {_nfe(step)}{figures(step)}")
    print(f"{out}" + (f", TIFF in {tiff}" if tiff else ""))


def _nfe(step) -> str:
    return f"{step.nfe} network evaluations, " if step.nfe else ""


def _summary(args, out: Path, tiff: Path | None, method, done, device: str) -> dict:
    step = done.history.last
    numbers = {
        name: getattr(step, name) for name in ("seconds", "nfe", "misfit", "noise_floor", "nrmse", "ssim")
    }
    return {
        "method": method.key(),
        "options": method.asdict(),
        "scan": args.scan,
        "seed": args.seed,
        "device": device,
        "iterates": step.index,
        "total": step.total,
        "interrupted": done.interrupted,
        **{name: value for name, value in numbers.items() if value is not None},
        "out": str(out),
        **({"tiff": str(tiff)} if tiff else {}),
    }
