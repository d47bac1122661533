"""Flags for an object in tiles, each in a memory of its own, on workers or one after the other."""

from argparse import Namespace
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ptygui.cli.flags import Parser
from ptygui.cli.workers import add_where, workers_of
from ptygui.errors import InputError

if TYPE_CHECKING:
    from ptygui.experiment.run import Run
    from ptygui.tasks.where import Workers

PICTURES = 10  # of a run that are recorded unless asked for: each is collected from all tiles


def add_tiles(parser: Parser) -> None:
    """Add the flags."""
    group = parser.add_argument_group("an object in tiles")
    group.add_argument(
        "--tiles", metavar="RxC",
        help="cut the object into R x C tiles, whose patterns are read by the workers that need them",
    )  # fmt: skip
    add_where(group)


@dataclass(frozen=True)
class TileFlags:
    """What the flags ask for; false without tiles."""

    named: str = ""
    workers: "Workers | None" = None

    def __bool__(self) -> bool:
        return bool(self.named)

    @property
    def reading(self) -> AbstractContextManager[None]:
        """How the scan is read: patterns of tiles stay in their file."""
        from ptygui.files.patterns_on_disk import left_in_files

        return left_in_files() if self else nullcontext()

    def run(self, run: "Run") -> "Run":
        """The same run, in tiles."""
        from ptygui.experiment.reconstruct import pick_device
        from ptygui.experiment.tiled import TiledRun, in_this_process
        from ptygui.tasks.tiled import on_workers

        workers = self.workers
        carrier = on_workers(workers) if workers else in_this_process
        where = "this process" if not workers else _in_words(workers)
        settings = run.settings
        if workers is None or not (workers.scheduler or workers.profile):  # else theirs, which may differ
            settings = replace(settings, device=pick_device(settings.device))
        scan, method, path = run.scan, run.method, run.scan_path
        return TiledRun(
            run.number, scan, method, settings, path, tiles=self.named, carrier=carrier, where=where
        )


def tiles_of(args: Namespace) -> TileFlags:
    """What the flags ask for."""
    return TileFlags(args.tiles, workers_of(args)) if getattr(args, "tiles", None) else TileFlags()


def check_tiles(args: Namespace) -> None:
    """Refuse what does not go together.

    Raises
    ------
    InputError
    """
    if workers_of(args) and not args.tiles:
        raise InputError("workers share a reconstruction by tiles: give --tiles, such as --tiles 2x2")
    if args.tiles and (args.watch or args.resume):
        given = "--watch" if args.watch else "--resume"
        raise InputError(f"{given} does not work with --tiles: leave out either (--start takes one)")


def _in_words(workers: "Workers") -> str:
    if workers.scheduler:
        return f"the workers of {workers.scheduler}"
    kind = "jobs" if workers.profile else "workers"
    count = max(workers.count, 1)
    return f"{count} {kind if count > 1 else kind[:-1]}"
