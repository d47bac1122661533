"""`ptygui export RESULT`: write a result in formats that other programs read."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptygui.cli.flags import Commands, add_command
from ptygui.cli.output import output_file, output_folder
from ptygui.errors import InputError

if TYPE_CHECKING:
    from ptygui.files.result import Result

# flag, placeholder, accepted endings (none: a folder), what it writes
_FORMS = (
    ("tiff", "FOLDER", (), "amplitude and phase of the object as float32 TIFF, with the pixel size"),
    ("stack", "FILE", (".tif", ".tiff"), "the recorded steps as one TIFF stack"),
    ("product", "FILE", (".h5", ".hdf5"), "a Ptychodus product of the last step"),
    ("npz", "FILE", (".npz",), "object, probe and positions as NumPy arrays"),
    ("csv", "FILE", (".csv",), "the numbers of every step: misfit, NRMSE, SSIM, seconds"),
    ("png", "FILE", (".png",), "amplitude and phase as a picture: the same as --figure"),
    (
        "figure", "FILE", (".pdf", ".svg", ".png", ".tif", ".tiff"),
        "amplitude and phase for a paper, next to the truth, with colour bars, scale bar and caption",
    ),
)  # fmt: skip


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "export", run, "write a result as TIFF, NPZ, CSV, PNG, PDF, SVG")
    parser.add_argument("result", metavar="RESULT", help="a file written by `ptygui reconstruct`")
    for name, placeholder, _, what in _FORMS:
        parser.add_argument(f"--{name}", metavar=placeholder, help=what)


def run(args: Namespace) -> int:
    """Check every target, then write them."""
    targets: dict[str, Path] = {}
    for name, _, suffixes, _ in _FORMS:
        path, flag = getattr(args, name), f"--{name}"
        if path:
            inputs = (args.result,)
            targets[name] = (
                output_file(path, flag, suffixes, inputs) if suffixes else output_folder(path, flag)
            )
    if not targets:
        names = ", ".join(f"--{name}" for name, *_ in _FORMS)
        raise InputError(f"nothing to write: give at least one of {names}")
    from ptygui.files.results import read_result

    result = read_result(args.result)
    for name, held in (("stack", result.frames), ("csv", result.numbers.get("index"))):
        if name in targets and not held:
            raise InputError(f"{args.result} holds no steps, so --{name} cannot be written: omit it")
    for name, path in targets.items():
        if name in ("figure", "png"):
            _figure(path, args.result)
        else:
            _WRITERS[name](path, result)
        print(path)
    return 0


def _tiff(folder: Path, result: "Result") -> None:
    from ptygui.files.tiff import write_result_tiff

    write_result_tiff(folder, result, stack=False)


def _stack(path: Path, result: "Result") -> None:
    from ptygui.files.tiff import write_result_stack

    write_result_stack(path, result)


def _product(path: Path, result: "Result") -> None:
    from ptygui.files.results import write_result

    write_result(path, result)


def _npz(path: Path, result: "Result") -> None:
    import numpy as np

    from ptygui.files.atomic import replacing

    arrays: dict[str, Any] = {"object": result.obj, "probe": result.probe, "positions": result.positions}
    known = {name: getattr(result, name) for name in ("pixel_size_m", "wavelength_m", "distance_m", "truth")}
    with replacing(path) as scratch:
        np.savez_compressed(scratch, **arrays, **{k: v for k, v in known.items() if v is not None})


def _csv(path: Path, result: "Result") -> None:
    from ptygui.analysis.verdict import over_noise
    from ptygui.csv_table import csv_table
    from ptygui.files.atomic import write_text

    columns = dict(result.numbers)
    if "misfit" in columns:
        columns["misfit_over_noise"] = over_noise(columns["misfit"], result.noise_floor)
    write_text(path, csv_table(columns, zip(*columns.values(), strict=True)))


def _figure(path: Path, result: str) -> None:
    from ptygui.figures.draw import write_figure
    from ptygui.figures.page import Page, page_kind
    from ptygui.figures.result_figure import result_figure

    write_figure(path, result_figure(result), Page(page_kind(path)))


_WRITERS: dict[str, Callable[[Path, "Result"], None]] = {
    "tiff": _tiff,
    "stack": _stack,
    "product": _product,
    "npz": _npz,
    "csv": _csv,
}
