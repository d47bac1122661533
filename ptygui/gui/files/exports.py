"""The files that can be written of a run; no widgets."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.figures.figure import Figure
from ptygui.figures.page import Page
from ptygui.files.atomic import check_target
from ptygui.scan import Geometry
from ptygui.step import Step

FORMS = {
    "result": "Result (HDF5): object, probe, positions, options, all numbers, the recorded steps",
    "tiff": "Amplitude and phase of the shown step (float32 TIFF)",
    "stack": "All recorded steps (TIFF stack)",
    "figure": "Figure of the visible pictures, for a paper",
    "curves": "Figure of the visible curves, for a paper",
    "scan": "The scan itself (HDF5)",
}
NOTHING = "there is no reconstruction to export yet: run a method first"
TIPS = {
    "result": "Opens here, in the list of runs, and in Ptychodus",
    "tiff": "Two files with the pixel size, for ImageJ and others",
    "stack": "Amplitude and phase of each step, with its number, and a JSON file that describes them",
    "figure": "As laid out and zoomed in the middle of the window",
    "curves": "As drawn below the pictures, with the other runs shown there",
    "scan": "Patterns, positions, probe, and the truth where it is known",
}
FIGURES = ("figure", "curves")
ENDINGS = {
    "result": ".h5",
    "tiff": "_tiff",
    "stack": "_steps.tif",
    "scan": "_scan.h5",
}


@dataclass(frozen=True)
class Export:
    """Folder, name and forms (keys of `FORMS`) of an export. Existing files stay unless `replace`.

    Figures are drawn on a `page`.
    """

    folder: Path
    name: str
    forms: tuple[str, ...]
    replace: bool = False
    page: Page = field(default_factory=Page)
    caption: bool = True

    def path(self, form: str) -> Path:
        """The file of a form (for "tiff" a folder)."""
        ending = f"_{form}{self.page.ending}" if form in FIGURES else ENDINGS[form]
        return self.folder / f"{self.name}{ending}"

    def existing(self) -> list[Path]:
        """The files to be written that exist already."""
        paths = [self.path(form) for form in self.forms]
        if "stack" in self.forms:
            paths.append(self.path("stack").with_suffix(".json"))
        try:
            return [path for path in paths if path.exists() and not _is_empty_folder(path)]
        except OSError:  # writing will report what is wrong with the folder
            return []


@dataclass(frozen=True)
class Offer:
    """What can be exported: a proposed name, a description, details by form, and the forms available."""

    name: str
    about: str
    details: Mapping[str, str] = field(default_factory=dict)
    forms: tuple[str, ...] = tuple(FORMS)


def offer_of(scan: Geometry, run: Run | None, shown: Step | None, in_sight: str = "") -> Offer:
    """What can be exported of a run, or of a scan alone; `in_sight` describes pictures of something else."""
    from ptygui.files.kept_frames import MAX_FRAMES

    if run is None or run.last is None:
        details = {"figure": in_sight} if in_sight else {}
        return Offer(_plain(scan.name), f"{scan.name}: no run is shown", details, forms=("scan", *details))
    count, (first, last) = len(run.history.frames), (run.history.frames[k].index for k in (0, -1))
    steps = f"{count} of {len(run.history)} steps, {first} to {last}" if count > 1 else f"step {last}"
    branch = "" if run.origin is None else f", those up to {run.origin.step} of run {run.origin.label}"
    step = shown or run.last
    details = {
        "result": f"{steps}{branch}, at most {MAX_FRAMES} with pictures",
        "stack": f"{steps}{branch}",
        "tiff": f"step {step.index} of {step.total}",
        "figure": in_sight or f"step {step.index} of {step.total}",
    }
    name = run.name_beside_scan
    about = f"Run {name} of {scan.name}"
    return Offer(_plain(f"{scan.name} {name}"), about, details)


def result_paths(folder: Path, runs: Sequence[Run]) -> list[Path]:
    """A file for each of some runs, by their names; runs of the same name are numbered."""
    paths, taken = [], set()
    for run in runs:
        name = stem = _plain(run.name)
        count = 1
        while name.lower() in taken:  # some file systems ignore case
            count += 1
            name = f"{stem}_{count}"
        taken.add(name.lower())
        paths.append(folder / f"{name}{ENDINGS['result']}")
    return paths


def write_result_of(run: Run, path: Path, inputs: tuple[str, ...] = ()) -> Path:
    """Write a run; files among `inputs` are never replaced."""
    from ptygui.files.result import Result
    from ptygui.files.results import write_result

    return write_result(path, Result.of_run(run), inputs)


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
    """Write all forms; if one cannot be written, the others are written nevertheless.

    The TIFF of amplitude and phase holds the `shown` step; the `figures`, by form, draw what the window
    shows; everything else covers the whole run. Files among `inputs` are never replaced.

    Raises
    ------
    InputError
        If there is nothing to write, files exist and are not to be replaced, or a form could not be
        written.
    """
    last = None if run is None else run.last
    if last is None and any(form != "scan" and figures.get(form) is None for form in export.forms):
        raise InputError(NOTHING)
    existing = [] if export.replace else export.existing()
    if existing:
        names = ", ".join(path.name for path in existing)
        raise InputError(
            f"{export.folder} holds {names} already: choose another name, or tick “Replace existing files”"
        )
    written, problems = [], []
    for form in export.forms:
        try:
            if form != "tiff":
                check_target(export.path(form), inputs)
            written += _write_form(form, export, scan, run, shown or last, figures)
        except InputError as error:
            problems.append(str(error))
        except OSError as error:
            why = error.strerror or error
            problems.append(f"{export.path(form)} cannot be written ({why}): choose another folder")
    if problems:
        said = f". Written: {', '.join(path.name for path in written)}" if written else ""
        raise InputError("; ".join(problems) + said)
    return written


def _write_form(
    form: str,
    export: Export,
    scan: Geometry,
    run: Run | None,
    step: Step | None,
    figures: Mapping[str, Figure | None],
) -> list[Path]:
    from ptygui.files.about import about_step
    from ptygui.files.formats.own_scan import write_scan
    from ptygui.files.result import Result
    from ptygui.files.results import write_result
    from ptygui.files.tiff import write_result_stack, write_tiff

    path = export.path(form)
    if form == "scan":
        return [write_scan(path, scan)]
    if form in FIGURES:
        figure = figures.get(form)
        if figure is None:
            raise InputError(f"nothing is visible to draw in {path.name}: show a step of a run first")
        from ptygui.figures.draw import write_figure  # loads matplotlib

        return [write_figure(path, figure, export.page)]
    if run is None or step is None:
        raise InputError(NOTHING)
    result = Result.of_run(run)
    if form == "result":
        return [write_result(path, result)]
    if form == "stack":
        return write_result_stack(path, result)
    about = about_step(result, step)
    return write_tiff(path, result.crop(step.obj), scan.pixel_size_m, f"step_{step.index}", about)


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())
