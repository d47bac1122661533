"""Project files: scans, runs and the state of the window, in one HDF5 file.

/                 attributes: format, version
/scans/0 ...      like a scan file; without patterns if a file holds them: `path`, `sha256`
/runs/0 ...       about (JSON), numbers/NAME, frames/... (see `files.steps`)
/window           about (JSON); layout (bytes): empty; formerly Qt's, no longer used
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ptygui.analysis.judged import Judged
from ptygui.errors import InputError
from ptygui.experiment.run import OUTCOMES, Origin, Run
from ptygui.experiment.settings import RunSettings
from ptygui.files import pattern_source
from ptygui.files.formats.own_project import MARK
from ptygui.files.formats.own_scan import put_scan, scan_in
from ptygui.files.hdf5 import Group, Hdf5, attributes, open_hdf5, writing_hdf5
from ptygui.files.limits import largest_array
from ptygui.files.nexus import put_plot
from ptygui.files.reading_record import reading_of, recorded
from ptygui.files.steps import (
    check_steps,
    read_frames,
    read_json,
    read_numbers,
    write_frames,
    write_json,
    write_numbers,
)
from ptygui.files.unreadable import what_is_wrong
from ptygui.history import History
from ptygui.methods import method_named
from ptygui.options import current_names, options_of
from ptygui.scan import Geometry, Reference, Scan

VERSION = 1
_MOST_LAYOUT = 2**20  # bytes
_BYTES = {"version": 2}  # stands for a layout in Qt's bytes: they come from a file, and Qt trusts them
_READING = "reading"  # of a scan, which earlier projects do not have
_SHOWN = ("scan_path", "current", "index", "settings", "layout")  # of the window, plain values
_PLAIN = {  # fields of a run that are stored unchanged
    "number": int, "scan_path": str | None, "given_name": str, "outcome": str, "automatic": bool,
    "error": str, "sweep": int,
}  # fmt: skip


@dataclass
class Project:
    """What the window works on.

    Attributes
    ----------
    runs : list of Run
        With their scans; runs of the same scan share it.
    scan, scan_path : Scan, str, optional
        The scan of the next run, and its file.
    current, index : int, optional
        Number of the run that is shown, and its step.
    settings : dict
        Options of the panels, plain values.
    layout : dict
        Layout of the docks: plain values that are not checked yet; empty if there is none.
    notes : tuple of str
        What moved or changed since the project was written: one sentence each.
    readings : dict of Geometry to dict
        How scans were read: keywords of `files.scans.read_scan`.
    """

    runs: list[Run]
    scan: Geometry | None = None
    scan_path: str | None = None
    current: int | None = None
    index: int | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    layout: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    readings: dict[Geometry, dict[str, Any]] = field(default_factory=dict)


class ScansLost(InputError):
    """Scans of a project are in files that are missing or hold other data; `paths` names them."""

    def __init__(self, project: Path, lost: Mapping[str, str]):
        super().__init__(f"{project.name}: " + "; ".join(lost.values()))
        self.paths = tuple(lost)


def write_project(path: str | PathLike[str], project: Project, packed: bool = False) -> Path:
    """Write a project, its frames compressed if `packed`; returns the path.

    The files of its scans are never overwritten.
    """
    path = Path(path)
    pairs = [(run.scan, run.scan_path) for run in project.runs]
    if project.scan is not None:
        pairs.append((project.scan, project.scan_path))
    inputs = {given for _, given in pairs if given}
    places: dict[Geometry, int] = {}
    with writing_hdf5(path, inputs, libver="v110") as file:
        file.attrs["format"], file.attrs["version"] = MARK, VERSION
        for scan, given in pairs:
            if scan not in places:
                places[scan] = len(places)
                group = file.create_group(f"scans/{places[scan]}")
                _write_scan(group, scan, given, path)
                write_json(group, _READING, recorded(project.readings.get(scan, {})))
        for k, run in enumerate(project.runs):
            _write_run(file.create_group(f"runs/{k}"), run, places[run.scan], packed)
        window = file.create_group("window")
        shown = None if project.scan is None else places[project.scan]
        about: dict[str, Any] = {"scan": shown, "runs": len(project.runs)}
        about |= {name: getattr(project, name) for name in _SHOWN}
        write_json(window, "about", about)
        # If it is missing, earlier versions report a damaged project.
        window["layout"] = np.zeros(0, np.uint8)
        _put_plot(file, project)
    return path


def _put_plot(file: h5py.File, project: Project) -> None:
    """Let viewers of NeXus open with the objects of the run that is shown, or of the last one."""
    order = sorted(range(len(project.runs)), key=lambda k: project.runs[k].number == project.current)
    for k in reversed(order):
        if (target := f"/runs/{k}/frames/obj") in file and file[target].ndim > 1:
            run = project.runs[k]
            put_plot(file, target, "object", run.scan.pixels_m, run.name)
            return


def _write_scan(group: h5py.Group, scan: Geometry, given: str | None, project: Path) -> None:
    """Store a scan by reference if its file holds the same patterns, else completely."""
    if given is not None and not pattern_source.gives_back(given, scan):
        if isinstance(scan, Scan):  # a part of what the file holds, or all of it read by a layout, prepared
            name = "read_from" if scan.held_out is None else "thinned_from"
            group.attrs[name] = str(Path(given).absolute())
        given = None
    put_scan(group, scan, patterns=given is None)
    group.attrs["sha256"] = pattern_source.digest(scan)
    if given is not None:
        group.attrs["path"] = str(Path(given).absolute())
        try:
            group.attrs["beside"] = os.path.relpath(given, project.absolute().parent)
        except ValueError:  # on another drive
            group.attrs["beside"] = Path(given).name


def _write_run(group: h5py.Group, run: Run, scan: int, packed: bool) -> None:
    about = {name: getattr(run, name) for name in _PLAIN} | run.settings.asdict()
    about |= {
        "scan": scan,
        "method": run.method.key(),
        "options": run.method.asdict(),
        "origin": run.origin,
        "past": [(step, held.asdict()) for step, held in run.past],
        "pins": sorted(run.history.pins),
        "judged": run.judged and run.judged.plain(),
    }
    write_json(group, "about", about)
    write_numbers(group.create_group("numbers"), run.history.numbers)
    write_frames(group.create_group("frames"), run.history.frames, whole=True, packed=packed)


def read_project(
    path: str | PathLike[str], places: Mapping[str, str] | None = None, without_lost: bool = False
) -> Project:
    """Read a project.

    Parameters
    ----------
    path : path
    places : mapping of str to str, optional
        Where scan files are now, by the paths that a `ScansLost` gave.
    without_lost : bool
        Leave out the runs of scans that are not found, and say so in the notes.

    Raises
    ------
    ScansLost
        If a scan is neither at its old path, nor next to the project, nor in `places`.
    InputError
        If it is not a project, or is damaged.
    """
    path = Path(path)
    with open_hdf5(path, most=largest_array()) as file:
        _check_format(file)
        notes: list[str] = []
        lost: dict[str, str] = {}
        scans = [
            _read_scan(file, f"scans/{k}", places or {}, notes, lost) for k in range(_count(file, "scans"))
        ]
        shared = sharing([found.scan for found in scans if found is not None])
        scans = [found and replace(found, scan=shared[found.scan]) for found in scans]
        if lost and not without_lost:
            raise ScansLost(path, lost)
        try:
            project = _read(file, scans)
        except InputError as error:
            raise (error if str(path) in str(error) else InputError(f"{path}: {error}")) from None
        except (KeyError, ValueError, TypeError, IndexError, AttributeError, OverflowError) as error:
            why = what_is_wrong(error)
            raise InputError(f"{path} is a damaged project: {why} ({error})") from error
        count = _count(file, "runs") - len(project.runs)
        if count:
            notes.append(f"{count} runs were left out, since {', '.join(lost)} is missing")
    project.notes = tuple(notes)
    return project


def _check_format(file: Hdf5) -> None:
    if file.attrs.get("format") != MARK:
        raise InputError(f"{file.path} is not a ptygui project: choose a file written by “Save project”")
    if file.attrs.get("version") != VERSION:
        raise InputError(
            f"{file.path}: version is {file.attrs.get('version')!r}, "
            f"this program reads {VERSION}: update ptygui"
        )


def _count(file: Hdf5, name: str) -> int:
    group = file.find(name)
    return len(group) if isinstance(group, Group) else 0


@dataclass(frozen=True)
class _Found:
    """A scan of the project, and the file that it was found in."""

    scan: Geometry
    path: str | None
    stored: str | None
    reading: dict[str, Any]


def _read_scan(
    file: Hdf5, name: str, places: Mapping[str, str], notes: list[str], lost: dict[str, str]
) -> _Found | None:
    group = file.find(name)
    about = attributes(group) if isinstance(group, Group) else {}
    reading = _reading_in(file, name)
    if "path" not in about:
        found = about.get("thinned_from") or about.get("read_from")
        whole = None if found is None else str(found)
        return _Found(scan_in(file, name), whole, whole, reading)
    stored = str(about["path"])
    asked = [places[stored]] if stored in places else []
    folder = file.path.absolute().parent
    candidates: list[str | Path] = [
        *asked,
        stored,
        folder / str(about.get("beside", "")),
        folder / Path(stored).name,
    ]
    at, patterns, same, why = pattern_source.find(candidates, str(about.get("sha256")))
    if at is None or patterns is None:
        lost[stored] = f"{Path(stored).name} is neither at {stored} nor next to the project{why}"
        return None
    try:
        scan = scan_in(file, name, patterns)
    except InputError as error:
        lost[stored] = f"{at} is not the scan that the project was saved with ({error})"
        return None
    if at != Path(stored):
        notes.append(f"{Path(stored).name} was found at {at}, formerly at {stored}")
    if not same:
        said = (
            f"{at.name} has changed since the project was saved: its hash differs; "
            "images and numbers are of the old scan"
        )
        notes.append(said)
        scan = scan.noted(said)
    return _Found(scan, str(at), stored, reading)


def _reading_in(file: Hdf5, name: str) -> dict[str, Any]:
    if file.dataset(f"{name}/{_READING}") is None:
        return {}
    try:
        return reading_of(read_json(file, f"{name}/{_READING}"))
    except InputError as error:
        raise (error if str(file.path) in str(error) else InputError(f"{file.path}: {error}")) from None


def sharing(scans: Iterable[Geometry]) -> dict[Geometry, Geometry]:
    """For each scan the one to use instead: equal ones become one; truths and references are shared."""
    shared: dict[Geometry, Geometry] = {}
    same: dict[tuple[Any, ...], Geometry] = {}
    truths: dict[bytes, np.ndarray] = {}
    references: dict[bytes, Reference] = {}
    for scan in dict.fromkeys(scans):
        truth = None if scan.truth is None else pattern_source.checksum(scan.truth)
        known = (
            pattern_source.digest(scan),
            pattern_source.checksum(scan.positions),
            pattern_source.checksum(scan.probe),
            truth,
        )
        if truth is not None and scan.truth is not None:
            first = truths.setdefault(truth, scan.truth)
            if first is not scan.truth:
                shared[scan] = replace(scan, truth=first)
        if scan.reference is not None:
            reference = references.setdefault(pattern_source.checksum(scan.reference.obj), scan.reference)
            if reference is not scan.reference:
                shared[scan] = replace(shared.get(scan, scan), reference=reference)
        shared[scan] = same.setdefault((*known, scan.name, scan.notes), shared.get(scan, scan))
    return shared


def _read(file: Hdf5, scans: Sequence[_Found | None]) -> Project:
    about = read_json(file, "window/about")
    read = (_read_run(file, f"runs/{k}", scans) for k in range(about["runs"]))
    runs = [run for run in read if run is not None]
    if len({run.number for run in runs}) < len(runs):
        raise InputError(f"{file.path}: two runs have the same number: it is damaged")
    layout = file.array("window/layout")
    if layout.dtype != np.uint8 or layout.size > _MOST_LAYOUT:
        raise InputError(f"{file.path}: the layout is {layout.size} {layout.dtype}, expected bytes of one")
    next_scan = None if about["scan"] is None else scans[about["scan"]]
    settings = about["settings"]
    if not all(isinstance(about[key], int | None) for key in ("current", "index")):
        raise InputError(f"{file.path}: the number of the shown run is invalid: it is damaged")
    readings = {found.scan: found.reading for found in scans if found is not None and found.reading}
    if next_scan is not None and "reading" in about:  # as earlier versions kept that of one scan
        readings[next_scan.scan] = reading_of(about["reading"])
    return Project(
        runs=runs,
        scan=None if next_scan is None else next_scan.scan,
        scan_path=None if next_scan is None else next_scan.path,
        readings=readings,
        current=about["current"],
        index=about["index"],
        settings=settings if isinstance(settings, dict) else {},
        layout=about.get("layout", _BYTES if layout.size else {}),
    )


def _read_run(file: Hdf5, name: str, scans: Sequence[_Found | None]) -> Run | None:
    about = read_json(file, f"{name}/about")
    found = scans[about["scan"]]
    if found is None:
        return None
    numbers = read_numbers(file, f"{name}/numbers")
    frames = read_frames(file, f"{name}/frames")
    pins = {int(index) for index in about["pins"]}
    check_steps(f"{file.path}: {name}", found.scan, numbers, frames, pins)
    plain = {key: about[key] for key in _PLAIN if key != "sweep"}
    plain["sweep"] = about.get("sweep", 0)  # earlier projects have no sweeps
    wrong = [key for key, kind in _PLAIN.items() if not isinstance(plain[key], kind)]
    if wrong or plain["outcome"] not in OUTCOMES:
        said = ", ".join(f"{key} {plain[key]!r}" for key in (*wrong, "outcome"))
        raise InputError(f"{file.path}: {name} is damaged: {said}")
    if plain["outcome"] == "running":  # when the project was written
        plain["outcome"] = "stopped"
    if plain["scan_path"] == found.stored:
        plain["scan_path"] = found.path
    kind = method_named(about["method"])
    frames = tuple(replace(frame, resolved=current_names(kind, frame.resolved)) for frame in frames)
    try:
        settings = RunSettings.read(
            {o.name: about[o.name] for o in options_of(RunSettings) if o.name in about}
        )
    except InputError as error:
        raise InputError(f"{file.path}: {name} is damaged: {error}") from None
    return Run(
        scan=found.scan,
        method=kind.read(about["options"]),
        settings=settings,
        history=History.of(numbers, frames, pins),
        origin=None if about["origin"] is None else Origin.read(about["origin"]),
        past=[(int(step), kind.read(held)) for step, held in about.get("past", ())],
        judged=None if about.get("judged") is None else Judged.read(about["judged"]),
        **plain,
    )
