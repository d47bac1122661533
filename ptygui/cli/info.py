"""`ptygui info FILE`: what is in a file, and what is missing."""

from ptygui.cli.flags import add_command


def add_to(commands) -> None:
    """Add the command."""
    parser = add_command(commands, "info", run, "say what is in a file, and what is missing")
    parser.add_argument("file", metavar="FILE", help="a scan, object, probe or result")


def run(args) -> int:
    """Print the kind, what was found and what is missing; 0 for anything recognised."""
    from ptygui.files.scans import describe

    said = describe(args.file)
    print(f"{args.file}: {said.kind}")
    for line in said.lines:
        print(f"  {line}")
    for line in said.missing:
        print(f"  missing: {line}")
    return 0
