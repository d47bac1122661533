"""Flags that say where many runs are carried out, and in which folder their rows are."""

from argparse import ArgumentParser, Namespace, _ArgumentGroup
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ptygui.cli.output import output_folder
from ptygui.errors import InputError

if TYPE_CHECKING:
    from ptygui.tasks.folder import TaskFolder
    from ptygui.tasks.where import Workers

_T = TypeVar("_T")
_TLS = ("tls_ca", "tls_cert", "tls_key")


def add_workers(parser: ArgumentParser) -> None:
    """Add the flags."""
    group = parser.add_argument_group("where runs are carried out")
    group.add_argument(
        "--out", metavar="FOLDER",
        help="keep a row and a result of every run here; runs that it holds are not computed again",
    )  # fmt: skip
    add_where(group)


def add_where(group: _ArgumentGroup) -> None:
    """Add the flags that name workers."""
    what = "N processes here, or jobs of a --profile"
    group.add_argument("--workers", type=int, default=0, metavar="N", help=what)
    group.add_argument("--scheduler", metavar="ADDRESS", help="of dask, such as tcp://host:8786")
    group.add_argument("--profile", metavar="FILE", help="TOML of a batch system, Slurm or PBS")
    for name, what in zip(_TLS, ("authority", "certificate", "key"), strict=True):
        flag = "--" + name.replace("_", "-")
        group.add_argument(flag, metavar="FILE", default="", help=f"{what} for a tls:// scheduler")


def workers_of(args: Namespace) -> "Workers":
    """Where runs are carried out; false if in this process."""
    from ptygui.tasks.where import Workers, dask_missing

    if args.workers < 0:
        raise InputError(f"--workers is {args.workers}, expected 0 or more")
    if args.scheduler and (args.workers or args.profile):
        raise InputError("--scheduler has workers of its own: leave out --workers and --profile")
    tls = {name: getattr(args, name) for name in _TLS}
    found = Workers(args.workers, args.scheduler or "", **tls, profile=args.profile or "")
    if found and (missing := dask_missing()):
        raise InputError(missing)
    return found


def folder_of(args: Namespace, needed: bool, beside: str = "") -> "TaskFolder | None":
    """The folder of the rows, or None; one that is needed is beside a file, or must be given."""
    from ptygui.tasks.folder import TaskFolder

    if args.out:
        return TaskFolder(output_folder(args.out, "--out"))
    if beside:
        return TaskFolder(Path(beside).with_suffix(""))
    if needed:
        raise InputError("workers need a folder for their rows: give --out FOLDER")
    return None


def keep_spec(folder: "TaskFolder", text: str) -> None:
    """Write what was asked into the folder; rows of what was asked before remain."""
    from ptygui.files.atomic import write_text
    from ptygui.tasks.folder import SPEC

    write_text(folder.path / SPEC, text)


def in_own_loop(make: Callable[[], AsyncGenerator[_T, None]]) -> Generator[_T, bool | None, None]:
    """The items of an asynchronous generator, in an event loop of its own."""
    from ptygui.tasks.own_loop import OwnLoop

    with OwnLoop() as loop:
        items = make()
        try:
            while True:
                try:
                    yield loop.run(_next(items))
                except StopAsyncIteration:
                    return
        finally:
            loop.run(items.aclose())


async def _next(items: AsyncGenerator[_T, None]) -> _T:
    return await anext(items)
