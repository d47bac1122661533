"""`ptygui demo`: the built-in example by every method, without a window."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ptygui.cli.flags import add_command
from ptygui.cli.output import note, output_folder
from ptygui.cli.running import follow, table
from ptygui.methods import METHODS

# short schedules, so that two processor cores need about a minute in all
_SHORT: Mapping[str, dict[str, Any]] = {"rpie": {"iterations": 500}, "awf": {"iterations": 500}}


def add_to(commands) -> None:
    """Add the command."""
    parser = add_command(commands, "demo", run, "run the built-in example by every method, without a window")
    parser.add_argument(
        "--out", metavar="FOLDER", default="ptygui-demo", help="where the results go (default: ptygui-demo)"
    )


def run(args) -> int:
    """Run it."""
    return run_demo(output(args.out))


def output(path: str) -> Path:
    """The folder, if it can be made."""
    return output_folder(path, "--out")


def run_demo(folder: Path) -> int:
    """Simulate the example, reconstruct it by every method, write the files, print the table."""
    from ptygui.example import example_scan
    from ptygui.reconstruct import pick_device

    scan, device = example_scan(), pick_device("auto")
    rows, columns = scan.object_shape
    note(*scan.notes)
    print(f"{scan.name}: {len(scan)} patterns of {scan.width} px, object {rows} x {columns} px, on {device}")
    folder.mkdir(parents=True, exist_ok=True)
    done = []
    for method_type in METHODS:
        method = method_type(**_SHORT.get(method_type.key(), {}))
        run = follow(scan, method, device=device)
        if run.history.last is None or run.interrupted:
            raise KeyboardInterrupt
        done.append((method, run.history))
        _write(folder, scan, method, run.history, device)
    print(table(("method", "NRMSE", "SSIM", "seconds", "NFE"), [_row(m, h.last) for m, h in done]))
    print(f"results in {folder.absolute()}")
    return 0


def _row(method, step) -> tuple[str, ...]:
    return (method.label, f"{step.nrmse:.4f}", f"{step.ssim:.4f}", f"{step.seconds:.1f}", str(step.nfe))


def _write(folder: Path, scan, method, history, device: str) -> None:
    from ptygui.files.results import Result, write_result
    from ptygui.files.tiff import write_tiff

    result = Result.of(scan, method, history, 0, device)
    write_result(folder / f"{method.key()}.h5", result)
    write_tiff(folder / method.key(), result)
