"""`ptygui doctor`: what this machine offers, whether it works, and what to do: for a report of an error."""

from argparse import Namespace

from ptygui.cli.flags import Commands, add_command
from ptygui.doctor import findings, report


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "doctor",
        run,
        "check this machine, and tell what a bug report needs",
        "Versions, Qt, torch, CUDA, numba, processor, memory, disk, and a small reconstruction whose result "
        "is checked. Needs no Qt. The text is what a report of an error needs; none of your files is read. "
        "Exits with 1 if something needs attention.",
    )
    parser.add_argument("--no-test", action="store_true", help="reconstruct nothing: at once")


def run(args: Namespace) -> int:
    """Print each finding as it is made; 1 if one is not well."""
    found = []
    for finding in findings(args.no_window, test=not args.no_test):
        found.append(finding)
        print(finding.line, flush=True)
    print(report(found).splitlines()[-1])
    return int(any(finding.remedy for finding in found))
