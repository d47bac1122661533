"""`ptygui export RESULT`: write a result in the forms other programs read."""

import csv
from pathlib import Path

from ptygui.cli.flags import add_command
from ptygui.cli.output import output_file, output_folder
from ptygui.errors import InputError

# flag, placeholder, accepted endings (none: a folder), what it writes
_FORMS = (
    ("tiff", "FOLDER", (), "amplitude and phase of the object as float32 TIFF, with the pixel size"),
    ("stack", "FILE", (".tif", ".tiff"), "the recorded steps as one TIFF stack"),
    ("product", "FILE", (".h5", ".hdf5"), "a Ptychodus product of the last step"),
    ("npz", "FILE", (".npz",), "object, probe and positions as NumPy arrays"),
    ("csv", "FILE", (".csv",), "the figures of every step: misfit, NRMSE, SSIM, seconds"),
    ("png", "FILE", (".png",), "a picture of amplitude and phase"),
)


def add_to(commands) -> None:
    """Add the command."""
    parser = add_command(commands, "export", run, "write a result as TIFF, NPZ, CSV, PNG")
    parser.add_argument("result", metavar="RESULT", help="a file that `ptygui reconstruct` wrote")
    for name, placeholder, _, what in _FORMS:
        parser.add_argument(f"--{name}", metavar=placeholder, help=what)


def run(args) -> int:
    """Check every target, then write them."""
    targets = {}
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
    for name, path in targets.items():
        _WRITERS[name](path, result)
        print(path)
    return 0


def _tiff(folder: Path, result) -> None:
    from ptygui.files.tiff import write_tiff

    folder.mkdir(parents=True, exist_ok=True)
    write_tiff(folder, result)


def _stack(path: Path, result) -> None:
    from ptygui.files.tiff import write_stack

    write_stack(path, result)


def _product(path: Path, result) -> None:
    from ptygui.files.results import write_result

    write_result(path, result)


def _npz(path: Path, result) -> None:
    import numpy as np

    step = result.history.last
    np.savez_compressed(path, object=step.obj, probe=step.probe, positions=result.positions)


def _csv(path: Path, result) -> None:
    numbers = result.history.numbers
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(numbers)
        rows.writerows(["" if v is None else v for v in row] for row in zip(*numbers.values(), strict=True))


def _png(path: Path, result) -> None:
    from ptygui.files.picture import write_picture

    write_picture(path, result)


_WRITERS = {"tiff": _tiff, "stack": _stack, "product": _product, "npz": _npz, "csv": _csv, "png": _png}
