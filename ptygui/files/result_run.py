"""A result file as an ended run, for the list and the comparison."""

import math
from collections.abc import Iterable
from dataclasses import fields, replace
from os import PathLike
from pathlib import Path

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.files.formats.own_scan import read_own_scan
from ptygui.files.nominal import NOMINAL
from ptygui.files.result import Result
from ptygui.files.results import read_result
from ptygui.files.steps import check_steps
from ptygui.history import History
from ptygui.methods import Imported, Method, method_named
from ptygui.scan import Geometry
from ptygui.step import NUMBERS, Step


def read_run(path: str | PathLike[str], scans: Iterable[Geometry] = ()) -> Run:
    """Read a result as a run, named after its file; its number is 0 until the caller sets it.

    Its scan is the first of `scans` that it fits, or the one exported next to it as NAME_scan.h5; otherwise
    one without patterns, which can be viewed but not continued.

    Raises
    ------
    InputError
        If the file is not a result, is damaged, or has no positions.
    """
    path = Path(path)
    result = read_result(path)
    scan, scan_path = _scan_of(path, result, scans)
    try:
        kind = method_named(result.method) if result.method else Imported
        method, past = kind.read(result.options), [(step, kind.read(held)) for step, held in result.past]
    except TypeError as error:
        known = {each.name for each in fields(kind)}
        others = ", ".join(sorted(str(name) for name in result.options if name not in known))
        raise InputError(
            f"{path}: its options are not those of {result.method} ({others or 'they are incomplete'}): it "
            "was changed, or is of another version"
        ) from error
    frames = result.frames or (_only_step(result, method),)
    if result.numbers.get("index"):
        nothing = [None] * len(result.numbers["index"])
        numbers = {name: result.numbers.get(name, nothing) for name in NUMBERS}
    else:
        numbers = {name: [value] for name, value in frames[-1].numbers().items()}
    check_steps(str(path), scan, numbers, frames, result.pins)
    history = History.of(numbers, frames, result.pins)
    outcome = "done" if frames[-1].done else "stopped"
    settings = result.settings if result.device else replace(result.settings, device="auto")
    origin = result.origin and result.origin._replace(run=0)  # numbers are only valid within one session
    return Run(
        0, scan, method, settings, scan_path, path.stem, outcome, history, origin=origin, past=past,
        judged=result.judged,
    )  # fmt: skip


def _scan_of(path: Path, result: Result, scans: Iterable[Geometry]) -> tuple[Geometry, str | None]:
    for scan in scans:
        if scan.has_patterns and scan.fits(result):
            return scan, None
    beside = path.with_name(f"{path.stem}_scan.h5")
    if beside.is_file():
        scan = read_own_scan(beside)
        if scan.fits(result):
            return scan, str(beside)
    try:
        return geometry_of(result), None
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def geometry_of(result: Result) -> Geometry:
    """The geometry of a result: where its probe was, without the patterns.

    Raises
    ------
    InputError
        If it has no positions, or they do not fit its object.
    """
    if not len(result.positions):
        raise InputError("there are no probe positions in pixels: the images cannot be placed")
    lengths = {name: getattr(result, name) for name in NOMINAL}
    return Geometry(
        positions=result.positions, probe=result.probe, object_shape=result.object_shape,
        truth=result.truth, reference=result.reference, name=result.name, notes=result.notes, **lengths,
    )  # fmt: skip


def _only_step(result: Result, method: Method) -> Step:
    """The object as a step, if the file holds none."""
    misfit = (result.numbers.get("misfit") or [math.nan])[-1]
    return Step(
        method.total,
        method.total,
        result.seconds,
        0,
        result.obj,
        result.probe,
        misfit,
        0.0,
        prior_share=result.prior_share,
    )
