"""`ptygui info FILE`: the contents of a file, and what is missing."""

import json
from argparse import Namespace
from functools import partial

from ptygui.cli.flags import Commands, add_command
from ptygui.cli.layout import layout_given, layout_of
from ptygui.cli.reading import add_reading, read, reading_given
from ptygui.errors import InputError
from ptygui.options import flag_of


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "info", run, "show what a file contains, and what is missing")
    parser.add_argument(
        "file", metavar="FILE", help="a scan, result, project, object, probe, image or model folder"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_reading(parser)


def run(args: Namespace) -> int:
    """Print the kind, the contents and what is missing; 0 for anything recognised."""
    from ptygui.files.info import describe
    from ptygui.files.recognise import opens_as, recognise

    args.scan = args.file
    layout = layout_of(args, args.file)
    read_so = partial(read, args, find_probe=False)
    asked = reading_given(args).keys() - layout_given(args).keys() - {"allow_links"}
    if asked:  # more than what the file holds: what cannot be had is an error
        kind = recognise(args.file, args.allow_links)
        if layout is None and (kind is None or opens_as(kind) != "scan"):
            raise InputError(f"{flag_of(min(asked))} is for scans, which {args.file} is not: omit it")
        scan = read_so()
        said = describe(args.file, args.allow_links, layout, lambda: scan)
    else:
        said = describe(args.file, args.allow_links, layout, read_so)
    if args.json:
        about = {"file": args.file, "kind": said.kind, "title": said.title, "lines": dict(said.lines)}
        print(json.dumps({**about, "missing": said.missing, "notes": said.notes}))
        return 0
    print(f"{args.file}: {said.title}")
    width = max((len(label) for label, _ in said.lines), default=0)
    for label, value in said.lines:
        print(f"  {label:{width}}  {value}")
    for line in said.notes:
        print(f"  note: {line}")
    for line in said.missing:
        print(f"  missing: {line}")
    return 0
