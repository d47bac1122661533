"""`ptygui demo`: the built-in example with every method, without a window."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ptygui import methods
from ptygui.cli.flags import Commands, add_command
from ptygui.cli.output import note, output_folder, say
from ptygui.cli.running import follow, table
from ptygui.cli.stopping import cause_of, code_of
from ptygui.errors import InputError
from ptygui.methods.base import Method
from ptygui.scan import Scan
from ptygui.step import Step

if TYPE_CHECKING:
    from ptygui.experiment.run import Run


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "demo", run, "run the built-in example with every method, no window")
    parser.add_argument(
        "--out", metavar="FOLDER", default="ptygui-demo", help="folder for the results (default: ptygui-demo)"
    )


def run(args: Namespace) -> int:
    """Run it."""
    return run_demo(output(args.out))


def output(path: str) -> Path:
    """The folder, if it can be created."""
    return output_folder(path, "--out")


def run_demo(folder: Path) -> int:
    """Simulate the example, reconstruct it with every method, write the files, print the table."""
    from ptygui.experiment.assessment import assessment_of
    from ptygui.experiment.example import example_scan
    from ptygui.experiment.reconstruct import pick_device
    from ptygui.experiment.run import Run
    from ptygui.experiment.settings import RunSettings
    from ptygui.physics.positions import overlap_ratio, overlap_text

    scan, device = example_scan(), pick_device("auto")
    rows, columns = scan.object_shape
    note(*scan.notes)
    print(
        f"{scan.name}: {len(scan)} patterns of {scan.width} px, object {rows} x {columns} px, "
        f"overlap {overlap_text(overlap_ratio(scan.positions, scan.width))}, on {device}",
        flush=True,
    )
    folder.mkdir(parents=True, exist_ok=True)
    last: dict[Method, Step] = {}
    for method in [cls(**cls.demo_options) for cls in methods.METHODS]:
        run = Run(0, scan, method, RunSettings(device))
        try:
            stopped = follow(run)
        except InputError as error:  # such as a missing prior
            note(f"{method.label} is left out: {error}")
            continue
        if stopped is not None or run.last is None:
            stop = stopped or KeyboardInterrupt()
            there = f"the finished methods are in {folder}" if last else "nothing was written"
            say(f"ptygui: stopped by {cause_of(stop)}; {there}")
            return code_of(stop)
        found = assessment_of(run)
        if found.grade not in ("", "good"):
            note(f"{method.label}: {found.text}")
        last[method] = run.last
        _write(folder, run)
    _picture(folder / "demo.png", scan, last)
    print(table(("method", "NRMSE", "SSIM", "seconds", "NFE"), [_row(m, step) for m, step in last.items()]))
    print(f"results in {folder.absolute()}: one .h5 and one folder of TIFF per method, demo.png of all")
    return 0


def _label(method: Method) -> str:
    changed = ", ".join(f"{name} {value}" for name, value in method.changed().items())
    return f"{method.label} ({changed})" if changed else method.label


def _row(method: Method, step: Step) -> tuple[str, ...]:
    return (_label(method), f"{step.nrmse:.4f}", f"{step.ssim:.4f}", f"{step.seconds:.1f}", str(step.nfe))


def _write(folder: Path, run: "Run") -> None:
    from ptygui.files.result import Result
    from ptygui.files.results import write_result
    from ptygui.files.tiff import write_result_tiff

    result, key = Result.of_run(run), run.method.key()
    write_result(folder / f"{key}.h5", result)
    write_result_tiff(folder / key, result)


def _picture(path: Path, scan: Scan, last: Mapping[Method, Step]) -> None:
    """Truth and every estimate side by side."""
    from ptygui.figures.draw import write_figure
    from ptygui.figures.objects_figure import objects_figure
    from ptygui.figures.page import Page
    from ptygui.figures.step_figure import view_factor

    if scan.truth is None:
        raise ValueError("the example has a truth")
    objects = [
        (step.obj * view_factor(step.obj, scan.truth), f"{method.label}, NRMSE {step.nrmse:.3f}")
        for method, step in last.items()
    ]
    figure = objects_figure([(scan.truth, "truth"), *objects], scan.pixel_size_m, scan.name)
    write_figure(path, figure, Page("png"))
