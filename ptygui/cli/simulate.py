"""`ptygui simulate`: object + probe + overlap + photons -> a scan file."""

from argparse import Namespace

from ptygui.cli.flags import Commands, add_command, add_options, given
from ptygui.cli.output import note, output_file
from ptygui.physics.probe import PROBES
from ptygui.physics.simulate import Simulation

SCAN_SUFFIXES = (".h5", ".hdf5")


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "simulate",
        run,
        "simulate a scan of an object",
        "Scan an object with a probe at a chosen overlap, count photons, and write the scan.",
    )
    parser.add_argument(
        "--object",
        metavar="OBJECT",
        default="smear",
        help="PATH[::KEY][@R0:R1,C0:C1], or smear[:SEED[:SIZE]], chip[:SEED[:SIZE]]: a procedural blood "
        "smear or integrated circuit (default: smear)",
    )
    parser.add_argument(
        "--probe",
        metavar="PROBE",
        default="medium",
        help=f"one of {', '.join(PROBES)}, or a file: NPY, MAT, HDF5, TIFF planes (default: medium)",
    )
    parser.add_argument(
        "--probe-width",
        type=int,
        metavar="PX",
        help="window of the probe (default: 32, or that of the file)",
    )
    add_options(parser, Simulation)
    parser.add_argument(
        "--no-truth", action="store_true", help="leave the object out of the file, as if it were measured"
    )
    parser.add_argument("--out", required=True, metavar="SCAN", help="the scan file to write (.h5)")


def run(args: Namespace) -> int:
    """Simulate and write."""
    out = output_file(args.out, "--out", SCAN_SUFFIXES, (args.object, args.probe))
    options = Simulation(**given(args, Simulation))
    from ptygui.files.objects import read_object
    from ptygui.files.probes import probe_named
    from ptygui.files.scans import write_scan
    from ptygui.physics.overlap import data_per_unknown, overlaps_text
    from ptygui.physics.positions import overlap_ratio, overlap_text
    from ptygui.physics.probe import energy_diameter
    from ptygui.physics.simulate import simulate

    source = read_object(args.object)
    found = probe_named(args.probe, args.probe_width)
    probe = found.probe
    scan = simulate(
        source.obj,
        probe,
        options,
        pixel_size_m=source.pixel_size_m,
        wavelength_m=source.wavelength_m,
        name=out.stem,
        specimen=source.specimen,
    ).noted(*source.notes, *found.notes)
    if args.no_truth:
        scan = scan.noted("simulated, without its truth", truth=None, simulated=False)
    note(*scan.notes)
    write_scan(out, scan)
    rows, columns = scan.object_shape
    overlap = overlap_ratio(scan.positions, options.reference_length or scan.width)
    widths = " and ".join(f"{energy_diameter(probe, f):.1f} px ({f:.0%})" for f in (0.5, 0.9))
    print(
        f"{out}: {len(scan)} patterns of {scan.width} x {scan.width} px, object {rows} x {columns} px, "
        f"overlap {overlap_text(overlap)}, {scan.photons:.3g} photons in all"
    )
    print(
        f"which is {overlaps_text(scan)}, {2 * data_per_unknown(scan):.3g} measurements per complex unknown"
    )
    print(f"probe: energy diameters {widths}")
    return 0
