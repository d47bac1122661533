"""`ptygui gui`: open the window, or report why that is impossible."""

import sys
from argparse import Namespace

from ptygui.cli import demo
from ptygui.cli.flags import Commands, add_command
from ptygui.errors import InputError


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "gui", run, "open the window (the same as `ptygui` alone)")
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="scan, result or project to open (default: the welcome page)"
    )
    parser.add_argument(
        "--or-demo", metavar="FOLDER", help="if no window can be opened, run `ptygui demo --out FOLDER`"
    )


def run(args: Namespace) -> int:
    """Open the window; without a display run the example if requested, else report what to do."""
    why = args.no_window() if args.no_window else "this is only the command line"
    if not why:
        return args.open_window(args.file)
    if not args.or_demo:
        raise InputError(
            f"no window: {why}. `ptygui demo` runs the built-in example without one, "
            "`ptygui --help` lists the other commands"
        )
    print(f"No window: {why}.\nRunning the built-in example without a window instead.\n", file=sys.stderr)
    return demo.run_demo(demo.output(args.or_demo))
