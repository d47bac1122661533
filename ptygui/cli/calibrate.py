"""`ptygui calibrate PRIOR`: factors that make the spread of seeds a band which holds what it says."""

import json
from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptygui.cli.flags import Commands, add_command
from ptygui.cli.output import note
from ptygui.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from ptygui.experiment.calibrating import Held, Row

_DESCRIPTION = """Calibrate the bands of a prior: simulate scans of known objects, reconstruct each with
several seeds, and find the factors of the seeds' spread that hold 50, 68, 90 and 95 % of the true values.
They are kept in the prior's folder (calibration.json). With --check the bands are tested on other objects;
without --objects only that is done. Objects must be of the prior's kind, and used for nothing else."""


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands, "calibrate", run, "calibrate the uncertainty bands of a prior", _DESCRIPTION
    )
    parser.add_argument("prior", metavar="PRIOR", help="a name in models/, or a folder")
    parser.add_argument(
        "--objects", nargs="+", default=[], metavar="OBJECT",
        help="known objects to calibrate on, as of `ptygui simulate`: twenty or more are better",
    )  # fmt: skip
    parser.add_argument(
        "--check", nargs="+", default=[], metavar="OBJECT", help="others to test the bands on"
    )
    parser.add_argument(
        "--overlaps", nargs="+", type=float, default=[0.2, 0.38, 0.5], metavar="X",
        help="linear overlaps (default: 0.2 0.38 0.5)",
    )  # fmt: skip
    parser.add_argument(
        "--photons", nargs="+", type=float, default=[1e5], metavar="N",
        help="counts of the brightest pixel of a scan (default: 1e5)",
    )  # fmt: skip
    parser.add_argument("--seeds", type=int, default=4, metavar="N", help="of each run (default: 4)")
    parser.add_argument(
        "--setting", default="preview", choices=("preview", "standard", "best"), help="(default: preview)"
    )
    parser.add_argument("--probe", default="medium", help="as of `ptygui simulate` (default: medium)")
    parser.add_argument("--probe-width", type=int, metavar="PX", help="window of the probe")
    parser.add_argument(
        "--kept", metavar="FOLDER", help="keep the images of runs there: a repeated command goes on"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default: auto)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: Namespace) -> int:
    """Calibrate, write the factors, and test them."""
    from ptygui.experiment.calibrating import calibration_of, coverage_of_rows, run_trials, trials_of
    from ptygui.files.probes import probe_named
    from ptygui.methods.daps import DAPS
    from ptygui.physics.simulate import Simulation
    from ptygui.prior.calibration import CALIBRATION, read_calibration, write_calibration
    from ptygui.prior.prior import load_prior

    if not args.objects and not args.check:
        raise InputError("nothing to do: give --objects to calibrate on, --check to test on, or both")
    both = set(args.objects) & set(args.check)
    if both:
        raise InputError(f"{min(both)} is in --objects and --check: test on objects used for nothing else")
    if args.seeds < 2:
        raise InputError(f"--seeds is {args.seeds}, expected at least 2: one has no spread")
    for overlap in args.overlaps:
        for photons in args.photons:
            Simulation(overlap=overlap, photons=photons)  # refuses what is out of range
    probe = probe_named(args.probe, args.probe_width)
    note(*probe.notes)
    identity = load_prior(args.prior).identity
    method = DAPS(prior=args.prior, setting=args.setting, seeds=args.seeds)
    calibration = read_calibration(args.prior)
    if not args.objects and (calibration is None or calibration.weights != identity):
        why = "no calibration" if calibration is None else "a calibration of other weights"
        raise InputError(f"{args.prior} has {why}: give --objects to calibrate on")
    parts: list[list[Row]] = []
    for specs in (args.objects, args.check):
        trials = trials_of(_objects(specs), args.overlaps, args.photons)
        running = run_trials(trials, method, probe.probe, kept=args.kept, device=_device(args))
        parts.append(_rows(args, running, len(trials)))
    if args.objects:
        calibration = calibration_of(parts[0], method, identity, _command(args))
        path = write_calibration(args.prior, calibration)
        if not args.json:
            print(path)
    if calibration is None:
        raise RuntimeError(f"{CALIBRATION} was neither read nor made")
    held = coverage_of_rows(parts[1], calibration) if args.check else []
    if args.json:
        print(json.dumps({"calibration": asdict(calibration), "held": [asdict(one) for one in held]}))
    elif held:
        print(held_table(held))
    return 0


def held_table(held: "Sequence[Held]") -> str:
    """How well bands hold, as a table: shares in percent with the least and largest of an object."""
    from ptygui.cli.running import table

    rows = [
        (
            f"{one.overlap:.0%} overlap, {one.photons:.0e} photons".replace("%", " %"),
            f"{100 * one.level:.0f} %",
            _shares(one.amplitude),
            f"{one.width[0]:.4f}",
            _shares(one.phase),
            f"{one.width[1]:.4f}",
            str(one.objects),
        )
        for one in held
    ]
    heads = "scan", "band", "amplitude [%]", "half width", "phase [%]", "half width [rad]", "objects"
    return table(heads, rows)


def _shares(shares: tuple[float, float, float]) -> str:
    mean, least, most = (100 * share for share in shares)
    return f"{mean:.1f} ({least:.0f} to {most:.0f})"


def _objects(specs: Sequence[str]) -> "dict[str, np.ndarray]":
    from ptygui.files.objects import read_object

    found = {_named(spec): read_object(spec).obj for spec in specs}
    if len(found) < len(specs):
        raise InputError(f"{len(specs)} objects have {len(found)} names: give each file a name of its own")
    return found


def _rows(args: Namespace, running: Any, total: int) -> "list[Row]":
    from ptygui.cli.running import progress_bar

    rows: list[Row] = []
    bar = progress_bar(args.prior, total)
    try:
        with closing(running):
            for so_far in running:
                if so_far is not None:
                    rows = so_far
                    bar.update(len(rows) - bar.n)
    finally:
        bar.close()
    return rows


def _device(args: Namespace) -> str:
    from ptygui.experiment.reconstruct import pick_device

    return pick_device(args.device)


def _command(args: Namespace) -> str:
    """The command for the record, files without their folders."""
    words: list[Any] = ["ptygui calibrate", Path(args.prior).name, "--objects", *map(_named, args.objects)]
    words += ["--overlaps", *args.overlaps, "--photons", *(f"{count:g}" for count in args.photons)]
    words += ["--seeds", args.seeds, "--setting", args.setting, "--probe", _named(args.probe)]
    return " ".join(map(str, words))


def _named(spec: str) -> str:
    """An object without its folder."""
    return Path(spec).name
