"""`ptygui recipe`: keeps the layout of a file under a name, for the next file that is laid out alike."""

from argparse import Namespace

from ptygui.cli.flags import Commands, Parser, add_command
from ptygui.cli.layout import GUESS, add_layout, layout_of
from ptygui.errors import InputError


def add_to(commands: Commands) -> None:
    """Add the command with its sub-commands."""
    help = "keep what is where in a file, for files that are laid out alike"
    parser = commands.add_parser("recipe", help=help, description=f"{help[0].upper()}{help[1:]}.")
    kinds = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="what", required=True, parser_class=Parser
    )
    save = add_command(kinds, "save", _save, "keep the layout of a file, after reading it once")
    save.add_argument("name", metavar="NAME", help="such as the name of the beamline")
    save.add_argument("file", metavar="FILE", help="a file that is laid out so")
    save.add_argument("--allow-links", action="store_true", help="follow links to other files in its folder")
    add_layout(save)
    add_command(kinds, "list", _list, "list all recipes")
    show = add_command(kinds, "show", _show, "show what a recipe says")
    forget = add_command(kinds, "forget", _forget, "remove a recipe")
    for one in (show, forget):
        one.add_argument("name", metavar="NAME")


def _save(args: Namespace) -> int:
    """Read the file by the layout, so that only what works is kept."""
    from ptygui.files.layout.recipes import save_recipe
    from ptygui.files.scans import read_scan

    layout = layout_of(args, args.file)
    if args.name == GUESS:
        raise InputError(f"{GUESS} is taken: `--recipe {GUESS}` is the best guess of any file")
    if layout is None:
        raise InputError("nothing is said of the layout: give --patterns and --positions, or --recipe guess")
    scan = read_scan(args.file, layout=layout, allow_links=args.allow_links, find_probe=False)
    path = save_recipe(args.name, layout, args.file)
    print(f"{len(scan)} patterns of {scan.width} x {scan.width} px were read; {path}")
    print(f"use it with: --recipe {args.name}")
    return 0


def _list(args: Namespace) -> int:
    from ptygui.files.layout.recipes import recipe_names

    for name in recipe_names():
        print(name)
    return 0


def _show(args: Namespace) -> int:
    from ptygui.files.layout.recipes import recipe_named

    for name, text in recipe_named(args.name).layout.asdict().items():
        print(f"{name:15} {text}")
    return 0


def _forget(args: Namespace) -> int:
    from ptygui.files.layout.recipes import forget_recipe

    forget_recipe(args.name)
    return 0
