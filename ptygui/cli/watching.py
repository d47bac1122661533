"""`ptygui reconstruct METHOD SCAN --watch`: follow a file that grows while the scan is taken."""

from argparse import Namespace
from pathlib import Path

from ptygui.cli.flags import Parser, given
from ptygui.cli.keeping import Keeper
from ptygui.cli.layout import GUESS, layout_of
from ptygui.cli.output import note, say
from ptygui.cli.reading import read
from ptygui.cli.running import kept_steps, progress_bar, restart, told, up_to
from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.experiment.thinning import Thinning
from ptygui.experiment.watching import QUIET, Arrived, Watch
from ptygui.methods.base import Method
from ptygui.physics.orientation import BEST

SECONDS = 2.0


def add_watching(parser: Parser) -> None:
    """Add the flags."""
    group = parser.add_argument_group("a scan that is being taken")
    group.add_argument(
        "--watch",
        action="store_true",
        help="follow the file while it grows (HDF5, written with SWMR), or a folder of frames",
    )
    group.add_argument(
        "--watch-seconds", type=float, metavar="S", help=f"between two looks at it (default: {SECONDS:g})"
    )
    group.add_argument(
        "--frames-expected", type=int, metavar="N",
        help="how many there will be (default: as the file says, or until its writer has closed it)",
    )  # fmt: skip
    group.add_argument(
        "--watch-quiet", type=float, metavar="S",
        help="if it is not said how many: how long nothing may come before that is all "
        f"(default: {QUIET:g} s)",
    )  # fmt: skip


def check_watching(args: Namespace) -> None:
    """Refuse flags that do not go together with `--watch`, or that need it."""
    if not args.watch:
        for flag, value in (
            ("--watch-seconds", args.watch_seconds),
            ("--frames-expected", args.frames_expected),
            ("--watch-quiet", args.watch_quiet),
        ):
            if value is not None:
                raise InputError(f"{flag} needs --watch")
        return
    searched = (args.outer_zone is not None or args.aperture is not None) and args.defocus is None
    refused = {
        "--resume": args.resume, "--start": args.start, "--use-object": args.use_object != "no",
        "--metadata": args.metadata, "--refined": args.refined,
        f"--orientation {BEST}": args.orientation == BEST,
        f"--recipe {GUESS}": args.recipe == GUESS, "thinning": given(args, Thinning, skip=("seed",)),
        "optics without --defocus": searched,
    }  # fmt: skip
    for what, is_given in refused.items():
        if is_given:
            raise InputError(f"--watch does not go together with {what}: omit either")
    if args.watch_seconds is not None and not 0.01 <= args.watch_seconds <= 3600:
        raise InputError(f"--watch-seconds is {args.watch_seconds:g}, expected 0.01 to 3600")
    if args.watch_quiet is not None and not 0 <= args.watch_quiet <= 86_400:
        raise InputError(f"--watch-quiet is {args.watch_quiet:g}, expected 0 to 86400 seconds")
    if args.frames_expected is not None and args.frames_expected < 1:
        raise InputError(f"--frames-expected is {args.frames_expected}, expected at least 1")


def watch(
    args: Namespace, method: Method, settings: RunSettings, keeper: Keeper
) -> tuple[Run | None, KeyboardInterrupt | None]:
    """Follow the file to its end, Ctrl-C or a signal.

    Returns
    -------
    Run or None
        The run on all that came, or on as much as has a step; None if nothing has.
    KeyboardInterrupt or None
        What ended it early.
    """
    from ptygui.files.growing import GrowingScan

    path = Path(args.scan)
    layout = layout_of(args, args.scan)
    expected = args.frames_expected or 0
    quiet = QUIET if args.watch_quiet is None else args.watch_quiet
    growing = GrowingScan(path, lambda search: read(args, search), layout, args.allow_links, expected, quiet)
    seconds = SECONDS if args.watch_seconds is None else args.watch_seconds
    watched = Watch(growing.look, method, settings, seconds, args.scan)
    keep, how = kept_steps(method.total, args.every)
    events = watched.events(keep, **how)
    said: set[str] = set()
    stopped: KeyboardInterrupt | None = None
    bar, latest = progress_bar(method.label, method.total), None
    try:
        for event in events:
            run = watched.run
            if isinstance(event, Arrived):
                bar.clear()
                say(f"{path}: {event.text}")
                if event.scan is not None and run is not None:
                    note(*(sentence for sentence in run.scan.notes if sentence not in said))
                    said |= set(run.scan.notes)
                    restart(bar, method.total)
            elif event is not None and run is not None:
                latest = event
                bar.update(event.index - bar.n)
                if keeper.due:
                    keeper.keep(up_to(run, event))
    except KeyboardInterrupt as stop:
        stopped = stop
    finally:
        events.close()
        bar.close()
    run = watched.outcome
    if run is not None:
        told(latest)
    return run, stopped
