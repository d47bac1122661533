"""What can be saved of a run, and writing it; no widgets."""

from copy import copy
from dataclasses import dataclass
from pathlib import Path

from ptygui.errors import InputError
from ptygui.history import History
from ptygui.methods import Method
from ptygui.scan import Scan
from ptygui.step import Step

FORMS = {
    "result": "Result (HDF5): object, probe, positions, options, all figures, the recorded steps",
    "tiff": "Amplitude and phase of the shown step (float32 TIFF)",
    "stack": "All recorded steps (TIFF stack)",
    "picture": "The pictures as they are shown (PNG)",
    "scan": "The scan itself (HDF5)",
}


@dataclass(frozen=True)
class Export:
    """Where to, and what: `forms` are keys of `FORMS`."""

    folder: Path
    name: str
    forms: tuple[str, ...]

    def path(self, form: str) -> Path:
        """The file of a form (for "tiff" a folder)."""
        ending = {
            "result": ".h5",
            "tiff": "_tiff",
            "stack": "_steps.tif",
            "picture": ".png",
            "scan": "_scan.h5",
        }
        return self.folder / f"{self.name}{ending[form]}"


def write_exports(
    export: Export,
    scan: Scan,
    method: Method | None,
    history: History,
    seed: int,
    device: str,
    shown: Step | None = None,
) -> list[Path]:
    """Write all forms but the picture, which only the window can make.

    The TIFF of amplitude and phase is of the `shown` step, everything else of the whole run.

    Raises
    ------
    InputError
        If there is nothing to write or the folder cannot be made.
    """
    from ptygui.files.results import Result, write_result
    from ptygui.files.scan_hdf5 import write_scan
    from ptygui.files.tiff import about_result, write_stack, write_tiff

    if history.last is None and any(form != "scan" for form in export.forms):
        raise InputError("there is no reconstruction to export yet: run a method first")
    try:
        export.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{export.folder} cannot be made ({error.strerror}): choose another folder"
        ) from error
    if "scan" in export.forms:
        written = [write_scan(export.path("scan"), scan)]
    else:
        written = []
    if history.last is None:
        return written
    result = Result.of(scan, method, history, seed, device)
    if "result" in export.forms:
        written.append(write_result(export.path("result"), result))
    if "tiff" in export.forms:
        step = shown or history.last
        about = {**about_result(result), "step": step.index}
        written += write_tiff(
            export.path("tiff"), result.crop(step.obj), scan.pixel_size_m, f"step_{step.index}", about
        )
    if "stack" in export.forms:
        written += write_stack(export.path("stack"), result.frames, scan.pixel_size_m, about_result(result))
    return written


def snapshot(history: History) -> History:
    """A copy that a thread may read while the run goes on."""
    frozen = copy(history)
    frozen.numbers = {name: list(values) for name, values in history.numbers.items()}
    frozen.frames = list(history.frames)
    return frozen
