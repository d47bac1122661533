"""`ptygui thin SCAN`: a measured scan at a lower overlap, with test patterns and a reference."""

from argparse import Namespace
from typing import TYPE_CHECKING

from ptygui.cli.flags import Commands, add_command, add_options, given
from ptygui.cli.output import note, output_file, say
from ptygui.cli.reading import add_reading, inputs, read
from ptygui.cli.simulate import SCAN_SUFFIXES
from ptygui.errors import InputError
from ptygui.experiment.thinning import Thinning
from ptygui.options import flag_of

if TYPE_CHECKING:
    from ptygui.scan import Scan
    from ptygui.step import Step

_OF_REFERENCE = ("halves", "reference", "reference_positions", "reference_probe")


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "thin",
        run,
        "lower the overlap of a measured scan",
        "Keep some positions of a scan, hold the others out as a test, and reconstruct the dense scan by "
        "rPIE with probe refinement as the reference that NRMSE and SSIM then compare with.",
    )
    parser.add_argument("scan", metavar="SCAN", help="the scan file; `ptygui info SCAN` shows its contents")
    parser.add_argument("--out", required=True, metavar="THINNED", help="the scan file to write (.h5)")
    parser.add_argument("--device", default="auto", help="for the reference: auto, cpu or cuda")
    add_options(parser, Thinning)
    add_reading(parser)


def run(args: Namespace) -> int:
    """Thin and write."""
    out = output_file(args.out, "--out", SCAN_SUFFIXES, inputs(args))
    thinning = Thinning(**given(args, Thinning))
    if not thinning.thins:
        raise InputError("give the overlap to thin to, such as --overlap 30%, or --halves")
    from ptygui.files.scans import write_scan

    scan = thinned_scan(read(args), thinning, args.device)
    note(*scan.notes)
    write_scan(out, scan)
    print(f"{out}: {sampling_text(scan)}")
    return 0


def thinned_scan(full: "Scan", thinning: Thinning, device: str) -> "Scan":
    """The thinned scan, with its reference reconstructed if that is asked for."""
    from ptygui.experiment.thinning import thinned

    if not thinning.thins:
        return full
    check_reference(full, thinning)
    return thinned(full, thinning, dense_step(full, thinning, device))


def check_reference(full: "Scan", thinning: Thinning) -> None:
    """Refuse flags of a reference where results are compared with something already."""
    changed = {name: value for name, value in thinning.changed().items() if name in _OF_REFERENCE}
    asked = [flag_of(name, value) for name, value in changed.items()]
    if asked and full.compared_with:
        raise InputError(
            f"results of {full.name} are compared with {full.compared_with}, which its file holds: no "
            f"reference is made; omit {' and '.join(asked)}, or thin a scan that has no reference"
        )


def dense_step(full: "Scan", thinning: Thinning, device: str) -> "Step | None":
    """The last step of the reference; None if there is to be none. Ctrl-C ends the command."""
    if not thinning.needs_reference(full):
        return None
    from ptygui.analysis.verdict import UNFIT, chi_square, short
    from ptygui.cli.running import figures, follow
    from ptygui.experiment.run import Run
    from ptygui.experiment.settings import RunSettings
    from ptygui.experiment.thinning import reference_scan

    scan, method = reference_scan(full, thinning), thinning.reference_method
    if len(scan) < len(full) // (1 + thinning.halves):
        note(f"the reference is made of {len(scan)} of {len(full)} positions, about the middle of the scan")
    run = Run(0, scan, method, RunSettings(device=device))
    stopped = follow(run, every=method.total, label="reference")  # only its end is used
    if stopped is not None:
        raise stopped
    last = run.last
    assert last is not None
    say(f"reference: rPIE with probe refinement on {len(scan)} positions, {figures(last)}")
    if (chi := chi_square(last.misfit, last.noise_floor)) is not None and chi > UNFIT:
        note(
            f"the reference leaves {short(chi)} times the misfit of photon noise, and what it lacks counts "
            "as an error of every result: let --reference be more iterations, check the orientation, or "
            "refine all that is wrong with the whole scan and give that run with --refined"
        )
    return last


def sampling_text(scan: "Scan") -> str:
    """Positions, overlap told both ways, data per unknown and patterns held out."""
    from ptygui.physics.overlap import data_per_unknown, overlaps_text

    data = f"{2 * data_per_unknown(scan):.3g} measurements per complex unknown"
    text = f"{len(scan)} positions, overlap {overlaps_text(scan)}, {data}"
    return text if scan.held_out is None else f"{text}, {len(scan.held_out)} patterns held out"
