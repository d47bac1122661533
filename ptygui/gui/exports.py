"""What can be saved of a run, and writing it; no widgets."""

from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ptygui.errors import InputError
from ptygui.files.atomic import check_target, replacing
from ptygui.history import History
from ptygui.run import Run
from ptygui.scan import Scan
from ptygui.step import Step

FORMS = {
    "result": "Result (HDF5): object, probe, positions, options, all figures, the recorded steps",
    "tiff": "Amplitude and phase of the shown step (float32 TIFF)",
    "stack": "All recorded steps (TIFF stack)",
    "picture": "The pictures as they are shown (PNG)",
    "scan": "The scan itself (HDF5)",
}


ENDINGS = {
    "result": ".h5",
    "tiff": "_tiff",
    "stack": "_steps.tif",
    "picture": ".png",
    "scan": "_scan.h5",
}


class Picture(Protocol):
    """What can be saved as an image file, such as a QImage."""

    def save(self, path: str, kind: str) -> bool:
        """Write it; whether that went well."""


@dataclass(frozen=True)
class Export:
    """Where to, and what: `forms` are keys of `FORMS`. Files that exist stay unless `replace`."""

    folder: Path
    name: str
    forms: tuple[str, ...]
    replace: bool = False

    def path(self, form: str) -> Path:
        """The file of a form (for "tiff" a folder)."""
        return self.folder / f"{self.name}{ENDINGS[form]}"

    def existing(self) -> list[Path]:
        """What is there already of that which is to be written."""
        paths = [self.path(form) for form in self.forms]
        if "stack" in self.forms:
            paths.append(self.path("stack").with_suffix(".json"))
        try:
            return [path for path in paths if path.exists() and not _is_empty_folder(path)]
        except OSError:  # the writing says what is wrong with the folder
            return []


def write_exports(
    export: Export,
    scan: Scan,
    run: Run | None,
    shown: Step | None = None,
    picture: Picture | None = None,
    inputs: tuple[str, ...] = (),
) -> list[Path]:
    """Write all forms; one that cannot be written does not keep the others from it.

    The TIFF of amplitude and phase is of the `shown` step, the `picture` is of what the window shows,
    everything else of the whole run. Files among `inputs` are never replaced.

    Raises
    ------
    InputError
        If there is nothing to write, files exist and are not to be replaced, or some form could not be
        written.
    """
    last = None if run is None else run.last
    if last is None and any(form != "scan" for form in export.forms):
        raise InputError("there is no reconstruction to export yet: run a method first")
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
            written += _write_form(form, export, scan, run, shown or last, picture)
        except InputError as error:
            problems.append(str(error))
        except OSError as error:
            why = error.strerror or error
            problems.append(f"{export.path(form)} cannot be written ({why}): choose another folder")
    if problems:
        said = f". Written: {', '.join(path.name for path in written)}" if written else ""
        raise InputError("; ".join(problems) + said)
    return written


def _write_form(form, export, scan, run, step, picture) -> list[Path]:
    from ptygui.files.result import Result
    from ptygui.files.results import write_result
    from ptygui.files.scan_hdf5 import write_scan
    from ptygui.files.tiff import about_step, write_result_stack, write_tiff

    path = export.path(form)
    if form == "scan":
        return [write_scan(path, scan)]
    if form == "picture":
        return [_write_picture(path, picture)]
    result = Result.of_run(run)
    if form == "result":
        return [write_result(path, result)]
    if form == "stack":
        return write_result_stack(path, result)
    about = about_step(result, step)
    return write_tiff(path, result.crop(step.obj), scan.pixel_size_m, f"step_{step.index}", about)


def _write_picture(path: Path, picture: Picture | None) -> Path:
    with replacing(path) as scratch:
        if picture is None or not picture.save(str(scratch), "PNG"):
            raise InputError(f"{path} could not be written: is the disk full, or are the pictures hidden?")
    return path


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def snapshot(history: History) -> History:
    """A copy that a thread may read while the run goes on."""
    frozen = copy(history)
    frozen.numbers = {name: list(values) for name, values in history.numbers.items()}
    frozen.frames = list(history.frames)
    return frozen
