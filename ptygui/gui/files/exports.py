"""The files that can be written of a run; no widgets."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.export.forms import FORMS
from ptygui.export.names import RECORD, numbered
from ptygui.figures.figure import Figure
from ptygui.figures.page import Page
from ptygui.files.atomic import check_target
from ptygui.scan import Geometry, Scan
from ptygui.step import Step

if TYPE_CHECKING:
    from ptygui.export.exported import Exported

NOTHING = "there is no reconstruction to export yet: run a method first"
# What the window writes itself; the rest is in `ptygui.export.forms`.
_OWN = {
    "result": (
        "Result (HDF5): all recorded steps, numbers, options",
        "Opens here, in the list of runs, and in Ptychodus",
        ".h5",
    ),
    "scan": (
        "The scan itself (HDF5)",
        "Patterns, positions, probe, and the truth where it is known",
        "_scan.h5",
    ),
    "figure": (
        "Figure of the visible pictures",
        "As laid out and zoomed in the middle of the window",
        "_figure",
    ),
    "curves": (
        "Figure of the visible curves",
        "As drawn below the pictures, with the other runs shown there",
        "_curves",
    ),
}
FIGURES = ("figure", "curves")
SECTIONS = {
    "For this program": ("result", "scan"),
    "For other programs": ("product", "cxi", "npz", "ptyd"),
    "Tables": ("csv", "positions-csv"),
    "Pictures": ("tiff", "stack", "movie"),
    "For a paper": FIGURES,
}
_FORMS = {form.key: form for form in FORMS}
TITLES = {key: title for key, (title, *_) in _OWN.items()} | {key: form.title for key, form in _FORMS.items()}
TIPS = {key: tip for key, (_, tip, _) in _OWN.items()} | {
    key: form.help[0].upper() + form.help[1:] for key, form in _FORMS.items()
}
_ENDINGS = {key: ending for key, (*_, ending) in _OWN.items()} | {
    key: form.ending for key, form in _FORMS.items()
}
OF_STEP = ("tiff", "product", "cxi", "npz", "positions-csv")  # the others are of the whole run
_OF_SCAN = ("scan", "cxi", "ptyd", "positions-csv")  # that need no run
_OF_PATTERNS = ("scan", "ptyd")
FOR_SEVERAL = tuple(key for key in TITLES if key not in (*FIGURES, "scan"))  # of several runs at once
MOVIES = (".gif", ".mp4")


@dataclass(frozen=True)
class Export:
    """Folder, name and forms (keys of `TITLES`) of an export. Existing files stay unless `replace`.

    Figures are drawn on a `page`; with `patterns` CXI holds those of the scan; `movie` is its ending.
    """

    folder: Path
    name: str
    forms: tuple[str, ...]
    replace: bool = False
    page: Page = field(default_factory=Page)
    caption: bool = True
    patterns: bool = False
    movie: str = MOVIES[0]

    def path(self, form: str) -> Path:
        """The file of a form (for "tiff" a folder)."""
        ending = _ENDINGS[form]
        if form in FIGURES:
            ending += self.page.ending
        if form == "movie":
            ending = ending.removesuffix(MOVIES[0]) + self.movie
        return self.folder / f"{self.name}{ending}"

    @property
    def record(self) -> Path:
        """The file that describes all the others."""
        return self.folder / f"{self.name}{RECORD}"

    def existing(self) -> list[Path]:
        """The files to be written that exist already."""
        paths = [*(self.path(form) for form in self.forms), self.record]
        if "stack" in self.forms:
            paths.append(self.path("stack").with_suffix(".json"))
        try:
            folder = self.path("tiff")
            return [path for path in paths if path.exists() and not (path == folder and _is_empty(path))]
        except OSError:  # writing will report what is wrong with the folder
            return []


@dataclass(frozen=True)
class Offer:
    """What can be exported: a proposed name, a description, details by form, and the forms available.

    An empty name stands for several runs, which are written by their own names.
    """

    name: str
    about: str
    details: Mapping[str, str] = field(default_factory=dict)
    forms: tuple[str, ...] = tuple(TITLES)
    patterns: bool = True  # whether the scan has them


def offer_of(scan: Geometry, run: Run | None, shown: Step | None, in_sight: str = "") -> Offer:
    """What can be exported of a run, or of a scan alone; `in_sight` describes pictures of something else."""
    from ptygui.files.kept_frames import MAX_FRAMES

    without = () if scan.has_patterns else _OF_PATTERNS
    if run is None or run.last is None:
        details = {"figure": in_sight} if in_sight else {}
        forms = tuple(key for key in TITLES if key in (*_OF_SCAN, *details) and key not in without)
        return Offer(_plain(scan.name), f"{scan.name}: no run is shown", details, forms, scan.has_patterns)
    count, (first, last) = len(run.history.frames), (run.history.frames[k].index for k in (0, -1))
    steps = f"{count} of {len(run.history)} steps, {first} to {last}" if count > 1 else f"step {last}"
    branch = "" if run.origin is None else f", those up to {run.origin.step} of run {run.origin.label}"
    step = shown or run.last
    at = f"step {step.index} of {step.total}"
    details = dict.fromkeys(OF_STEP, at) | dict.fromkeys(("stack", "movie"), f"{steps}{branch}")
    details |= {"result": f"{steps}{branch}, at most {MAX_FRAMES} with pictures", "figure": in_sight or at}
    name = run.name_beside_scan
    about = f"Run {name} of {scan.name}"
    forms = tuple(key for key in TITLES if key not in without)
    return Offer(_plain(f"{scan.name} {name}"), about, details, forms, scan.has_patterns)


def offer_of_several(runs: Sequence[Run]) -> Offer:
    """What can be exported of several runs at once, each by its name."""
    patterns = all(run.scan.has_patterns for run in runs)
    forms = tuple(key for key in FOR_SEVERAL if patterns or key not in _OF_PATTERNS)
    count = f"{len(runs)} runs, each by its name" if len(runs) > 1 else f"Run {runs[0].name}"
    return Offer("", count, {}, forms, patterns)


def exports_of(export: Export, runs: Sequence[Run]) -> list[tuple[Run, Export]]:
    """The export of each of some runs, by their names; runs of the same name are numbered."""
    names = numbered(_plain(run.name) for run in runs)
    return [(run, replace(export, name=name)) for run, name in zip(runs, names, strict=True)]


def _plain(name: str) -> str:
    """A name for files; a row of characters that are not allowed becomes one underscore."""
    from ptygui.files.tiff import safe_name

    return re.sub("_+", "_", safe_name(name.replace("←", "from").replace("%", "")))


def write_exports(
    export: Export,
    scan: Geometry,
    run: Run | None,
    shown: Step | None = None,
    figures: Mapping[str, Figure | None] = MappingProxyType({}),
    inputs: tuple[str, ...] = (),
) -> list[Path]:
    """Write all forms and their record; if one cannot be written, the others are written nevertheless.

    Pictures, products and positions are of the `shown` step; the `figures`, by form, draw what the window
    shows; everything else covers the whole run. Files among `inputs` are never replaced; without a run the
    first of them is the file of the scan.

    Raises
    ------
    InputError
        If there is nothing to write, files exist and are not to be replaced, or a form could not be
        written.
    """
    last = None if run is None else run.last
    free = [form for form in export.forms if form in _OF_SCAN or figures.get(form) is not None]
    if last is None and len(free) < len(export.forms):
        raise InputError(NOTHING)
    existing = [] if export.replace else export.existing()
    if existing:
        names = ", ".join(path.name for path in existing)
        raise InputError(
            f"{export.folder} holds {names} already: choose another name, or tick “Replace existing files”"
        )
    from ptygui.export.batch import recorded, write_all

    whole, at_step = _exported(export, scan, run, shown or last, inputs)
    writers = {
        export.path(form): partial(_write_form, form, export, scan, whole, at_step, figures, inputs)
        for form in export.forms
    }
    written = write_all(writers)
    if at_step.result is None and at_step.scan is None:
        return written  # figures of something else than a run
    return [*written, recorded(export.record, at_step, written)]


def _exported(
    export: Export, scan: Geometry, run: Run | None, step: Step | None, inputs: tuple[str, ...]
) -> "tuple[Exported, Exported]":
    """The whole run, and what it was at the shown step; with the scan where its patterns are written."""
    from ptygui.export.exported import Exported
    from ptygui.files.result import Result
    from ptygui.files.source import source_of

    measured = scan if isinstance(scan, Scan) else None
    if run is None or step is None:
        found = Exported(scan=measured, source=source_of(inputs[0] if inputs else None))
        return found, found
    result = Result.of_run(run)
    patterns = measured if export.patterns else None
    return Exported(result, measured), Exported(result.until(step), patterns)


def _write_form(
    form: str,
    export: Export,
    scan: Geometry,
    whole: "Exported",
    at_step: "Exported",
    figures: Mapping[str, Figure | None],
    inputs: tuple[str, ...],
) -> list[Path]:
    from ptygui.files.about import about_step
    from ptygui.files.formats.own_scan import write_scan
    from ptygui.files.results import write_result
    from ptygui.files.tiff import write_tiff

    path = export.path(form)
    if form != "tiff":
        check_target(path, inputs)
    if form == "scan":
        return [write_scan(path, scan)]
    if form in FIGURES:
        figure = figures.get(form)
        if figure is None:
            raise InputError(f"nothing is visible to draw in {path.name}: show a step of a run first")
        from ptygui.figures.draw import write_figure  # loads matplotlib

        return [write_figure(path, figure, export.page)]
    if form == "result":
        return [write_result(path, whole.given)]
    if form == "tiff":
        result = at_step.given
        step = result.frames[-1]
        about = about_step(result, step)
        return write_tiff(path, result.cropped, result.pixel_size_m, f"step_{step.index}", about)
    return _FORMS[form].write(path, at_step if form in OF_STEP else whole)


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())
