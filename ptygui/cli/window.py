"""`ptygui gui`: open the window, or say why not."""

import sys
from argparse import Namespace

from ptygui.cli import demo
from ptygui.cli.flags import Commands, add_command
from ptygui.errors import InputError


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "gui", run, "open the window (the same as `ptygui` alone)")
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="scan, result or project to open; by default the first page"
    )
    parser.add_argument(
        "--or-demo", metavar="FOLDER", help="where no window can be opened, run `ptygui demo --out FOLDER`"
    )


def run(args: Namespace) -> int:
    """Open the window; without a display run the example if asked to, else say what to do."""
    why = args.no_window() if args.no_window else "this is the command line alone"
    if not why:
        return args.open_window(args.file)
    if not args.or_demo:
        raise InputError(
            f"no window: {why}. `ptygui demo` runs the built-in example without one, "
            "`ptygui --help` lists the rest"
        )
    print(f"No window: {why}.\nThe built-in example runs without one instead.\n", file=sys.stderr)
    return demo.run_demo(demo.output(args.or_demo))
