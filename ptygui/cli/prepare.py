"""`ptygui prepare SCAN`: a scan cropped, binned, masked and recentred, as a file of ptygui."""

from argparse import Namespace

from ptygui.cli.flags import Commands, add_command
from ptygui.cli.output import note, output_file
from ptygui.cli.reading import add_reading, inputs, read
from ptygui.cli.simulate import SCAN_SUFFIXES
from ptygui.cli.thin import sampling_text


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "prepare",
        run,
        "crop, bin, mask and recentre a measured scan",
        "Read a scan of any format, leave out bad frames and pixels, cut its patterns to a square about the "
        "beam, and write it. What was done is printed and stays with the scan; all other commands that read "
        "a scan take the same flags.",
    )
    parser.add_argument("scan", metavar="SCAN", help="the scan file; `ptygui info SCAN` shows its contents")
    parser.add_argument("--out", required=True, metavar="PREPARED", help="the scan file to write (.h5)")
    add_reading(parser)


def run(args: Namespace) -> int:
    """Prepare and write."""
    out = output_file(args.out, "--out", SCAN_SUFFIXES, inputs(args))
    from ptygui.files.scans import write_scan

    scan = read(args)
    note(*scan.notes)
    write_scan(out, scan)
    print(f"{out}: {len(scan)} patterns of {scan.width} x {scan.width} px, {sampling_text(scan)}")
    return 0
