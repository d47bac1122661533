"""Converts declared options to command-line flags and back."""

import argparse
import difflib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NoReturn, Protocol

from ptygui.cli.output import note
from ptygui.options import Option, Options, flag_of, options_of

_PLACEHOLDERS = {int: "N", float: "X", str: "TEXT"}


class Parser(argparse.ArgumentParser):
    """argparse's parser with one-line errors, no abbreviations, and `--debug` at any place."""

    def __init__(self, **settings: Any):
        settings.setdefault("formatter_class", _Formatter)
        super().__init__(allow_abbrev=False, **settings)

    @property
    def commands(self) -> tuple[str, ...]:
        """Names of the commands that were added."""
        choices = self._subparsers._group_actions[0].choices if self._subparsers else None
        return tuple(choices or ())

    def error(self, message: str) -> NoReturn:
        """Print one line and exit with 2."""
        self.exit(2, f"ptygui: error: {message} (`{self.prog} --help` lists all options)\n")

    def parse(self, argv: Sequence[str]) -> argparse.Namespace:
        """`parse_args`, with the nearest flag suggested for an unknown one."""
        args, unknown = self.parse_known_args(argv)
        if unknown:
            parser = getattr(args, "parser", self)
            known = parser._option_string_actions
            flags = {flag for flag, action in known.items() if action.help != argparse.SUPPRESS}
            flags -= {"-h", "--help", "--debug"}
            near = difflib.get_close_matches(unknown[0].partition("=")[0], flags)
            hint = f", did you mean {near[0]}?" if near else ""
            before = argv[argv.index(unknown[0]) - 1] if unknown[0] in argv[1:] else ""
            if before in known and known[before].nargs == 0:
                other = before.replace("--no-", "--") if before.startswith("--no-") else f"--no-{before[2:]}"
                hint = f", {before} takes no value" + (f": its opposite is {other}" if other in known else "")
            parser.error(f"unknown: {' '.join(unknown)}{hint}")
        return args


class Commands(Protocol):
    """What argparse gives to add commands to, or sub-commands."""

    def add_parser(self, name: str, *, help: str, description: str) -> Parser:
        """Add a command."""


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str):
        super().__init__(prog, max_help_position=30)


def add_command(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], int], help: str, description: str = ""
) -> Parser:
    """Add one command; `run(args)` carries it out and returns the exit code."""
    description = description or f"{help[0].upper()}{help[1:].removesuffix('.')}."
    parser = commands.add_parser(name, help=help, description=description)
    parser.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="show the traceback of an error"
    )
    parser.set_defaults(run=run, parser=parser)
    return parser


def add_options(parser: argparse.ArgumentParser, owner: type[Options], skip: Sequence[str] = ()) -> None:
    """Add a flag for every option declared on a class; advanced ones in a separate group."""
    declared = [o for o in options_of(owner) if o.name not in skip]
    for title, wanted in (("options", False), ("advanced options", True)):
        chosen = [o for o in declared if o.advanced is wanted]
        if chosen:
            group = parser.add_argument_group(f"{title} of {getattr(owner, 'label', 'the ' + title)}")
            for one in chosen:
                _add_option(group, one)


def _add_option(group: Any, option: Option) -> None:
    settings: dict[str, Any] = {"dest": option.name, "default": argparse.SUPPRESS}
    settings["help"] = f"{option.hint} (default: {option.shown(option.default)})".replace("%", "%%")
    if option.type is bool:
        group.add_argument(option.flag, action=argparse.BooleanOptionalAction, **settings)
    elif option.kind == "switch":
        group.add_argument(option.flag, nargs="?", const="yes", metavar=_placeholder(option), **settings)
        hidden = settings | {"help": argparse.SUPPRESS}
        group.add_argument(flag_of(option.name, False), action="store_const", const="no", **hidden)
    else:
        group.add_argument(option.flag, metavar=_placeholder(option), **settings)
    settings["help"] = argparse.SUPPRESS
    for flag in map(flag_of, option.was):
        if option.type is bool:
            group.add_argument(flag, action=_RenamedSwitch, **settings)
        else:
            group.add_argument(flag, action=_Renamed, **settings)


class _Renamed(argparse.Action):
    """A flag of earlier versions: takes the value, and prints the present name of the flag."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        _say_renamed(self, option_string)
        setattr(namespace, self.dest, values)


class _RenamedSwitch(argparse.BooleanOptionalAction):
    """The same of a flag that is on or off."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        _say_renamed(self, option_string)
        super().__call__(parser, namespace, values, option_string)


def _say_renamed(action: argparse.Action, typed: str | None) -> None:
    flag = flag_of(action.dest)
    now = f"--no-{flag[2:]}" if typed and typed.startswith("--no-") else flag
    note(f"{typed} is now called {now}")


def _placeholder(option: Option) -> str:
    if option.choices or option.suggested:
        return "|".join(map(str, option.choices or option.suggested))
    return option.kind.upper() or _PLACEHOLDERS[option.type]


def given(args: argparse.Namespace, owner: type[Options], skip: Sequence[str] = ()) -> dict[str, Any]:
    """The options given on the command line, by name, converted and checked one by one.

    Raises
    ------
    InputError
        With the flag as typed, its value and what was expected.
    """
    return {
        o.name: replace(o, name=o.flag).check(getattr(args, o.name))
        for o in options_of(owner)
        if o.name not in skip and hasattr(args, o.name)
    }
