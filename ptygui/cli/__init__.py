"""The command line: one file per command; nothing here needs Qt, and `--help` loads no torch.

from ptygui import cli
cli.main(["info", "scan.cxi"])       # 0; bad input prints one line and returns 2
"""

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

import ptygui
from ptygui.cli import (
    batch,
    calibrate,
    collect,
    demo,
    doctor,
    experiment,
    export,
    info,
    judge,
    methods,
    prepare,
    priors,
    recipe,
    reconstruct,
    simulate,
    sweep,
    thin,
    train,
    window,
)
from ptygui.cli import window as window_command
from ptygui.cli.encoding import in_any_encoding
from ptygui.cli.flags import Parser
from ptygui.cli.output import say
from ptygui.cli.stopping import cause_of, code_of, stop_on_signals
from ptygui.errors import InputError

_COMMANDS = (
    simulate, prepare, thin, reconstruct, judge, batch, sweep, experiment, collect, info, recipe, methods,
    priors, calibrate, export, train, demo, doctor, window,
)  # fmt: skip


_CODES = """exit codes:
  0    done
  1    an internal error; --debug shows where. Of `doctor`: something needs attention
  2    bad input, or an output file that could not be written to the given place
  129, 130, 143
       stopped by SIGHUP, Ctrl-C, SIGTERM; the results so far are written"""


def main(
    argv: Sequence[str],
    window: Callable[..., int] | None = None,
    no_window: Callable[[], str] | None = None,
) -> int:
    """Carry out one command and return the exit code.

    Parameters
    ----------
    argv : sequence of str
        Arguments without the program's name.
    window : callable, optional
        Opens the window, with a path or without: the command line itself does not use Qt.
    no_window : callable, optional
        Says why no window can be opened; an empty text if one can.

    Returns
    -------
    int
        0; 1 after an internal error; 2 after bad input, or if a file had to be written elsewhere;
        130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
    """
    debug = "--debug" in argv
    in_any_encoding()
    try:
        args = parse(argv)
        args.open_window, args.no_window = window, no_window
        # a window handles signals, and keeps its runs, itself
        with nullcontext() if args.run is window_command.run else stop_on_signals():
            return args.run(args) or 0
    except SystemExit as leaving:  # argparse after --help, --version or an error
        return leaving.code if isinstance(leaving.code, int) else 0
    except BrokenPipeError:  # the reader of the pipe, such as `head`, has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt as stop:
        said = f"stopped by {cause_of(stop)}; nothing was written"
        return _fail(said, code_of(stop), debug, "ptygui: ")
    except (InputError, OSError) as error:
        return _fail(_sentence(error), 2, debug)
    except MemoryError as error:
        said = f" ({_sentence(error)})" if str(error) else ""
        return _fail(
            f"there is not enough memory{said}: take a part of the scan, such as --frames ::2", 2, debug
        )
    except Exception as error:
        said = f"{type(error).__name__}: {_sentence(error)} (internal error; --debug shows where)"
        return _fail(said, 1, debug)


def parse(argv: Sequence[str]) -> Namespace:
    """Arguments with the command first; `ptygui FILE` is `ptygui gui FILE`."""
    parser = build_parser()
    return parser.parse(_with_command(argv, parser.commands))


def _with_command(argv: Sequence[str], commands: Sequence[str]) -> list[str]:
    """`ptygui FILE` opens the file in the window; a missing file gets its own error message."""
    words = list(argv)
    first = next((word for word in words if word != "--debug"), "")
    if first in commands or first.startswith("-"):
        return words
    if not Path(first).is_file():
        if not (Path(first).suffix or os.sep in first):
            return words
        if not Path(first).exists():
            raise InputError(
                f"{first} is not a command, and no such file exists: check the name and the folder"
            )
    words.insert(words.index(first), "gui")
    return words


def build_parser() -> Parser:
    """The whole command line; method, simulation and training flags come from their `options_of`."""
    parser = Parser(
        prog="ptygui",
        description="How little scan overlap can a ptychography experiment live with? "
        "Simulate, reconstruct, compare. Without a command the window opens, with FILE if given.",
        epilog=_CODES,
    )
    parser.add_argument("--version", action="version", version=f"ptygui {ptygui.__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser, prog="ptygui"
    )
    for command in _COMMANDS:
        command.add_to(commands)
    return parser


def _sentence(error: BaseException) -> str:
    """The message on one line, with the file's name first if the system gives one."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())


def _fail(message: str, code: int, debug: bool, before: str = "ptygui: error: ") -> int:
    if debug:
        import traceback

        traceback.print_exc()
    say(f"{before}{message}")
    return code
