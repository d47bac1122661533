"""Flags that say how to interpret a scan file, and the scan that they give."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from ptygui.cli.flags import add_options, given
from ptygui.cli.layout import add_layout, layout_files, layout_given, layout_of
from ptygui.errors import InputError
from ptygui.physics.orientation import BEST, NAMES, Orientation
from ptygui.prepare.preparation import Preparation

if TYPE_CHECKING:
    from tqdm import tqdm

    from ptygui.files.result import Result
    from ptygui.scan import Scan
    from ptygui.step import Step

READING: dict[str, dict[str, Any]] = {
    "--metadata": {"metavar": "FILE", "help": "the file of positions and probe, if separate"},
    "--probe": {
        "metavar": "FILE",
        "help": "use this probe instead of the scan's: PATH[::KEY]; estimate: find it from the patterns",
    },
    "--refined": {
        "metavar": "RESULT",
        "help": "begin with all that a run on this scan refined: probe, modes, positions, brightness, "
        "background",
    },
    "--outer-zone": {
        "type": float,
        "metavar": "METRES",
        "help": "make the probe of a zone plate whose outermost zone is so wide",
    },
    "--aperture": {
        "type": float,
        "metavar": "NA",
        "help": "make the probe of a lens of this numerical aperture",
    },
    "--central-stop": {
        "type": float,
        "default": 0.0,
        "metavar": "SHARE",
        "help": "diameter of the central stop over that of the zone plate or lens (default: none)",
    },
    "--defocus": {
        "type": float,
        "metavar": "METRES",
        "help": "how far the sample is behind the focus (default: found by the misfit)",
    },
    "--use-object": {
        "choices": ("no", "truth", "start"),
        "default": "no",
        "help": "how to use an object in the scan file (default: no)",
    },
    "--pixel-size": {"type": float, "metavar": "METRES", "help": "object pixel size, if missing in the file"},
    "--zero-frequency": {
        "choices": ("auto", "centre", "corner"),
        "default": "auto",
        "help": "where it is in the patterns (default: auto)",
    },
    "--allow-links": {"action": "store_true", "help": "follow links to other files in the scan's folder"},
    "--orientation": {
        "metavar": "NAME",
        "help": f"turn the positions: {', '.join(NAMES)}; or {BEST}, the one that a short rPIE of each fits "
        "best (default: as-given)",
    },
    "--swap-axes": {"action": "store_true", "help": "exchange rows and columns of the positions"},
    "--flip-rows": {"action": "store_true", "help": "reverse the rows of the positions"},
    "--flip-columns": {"action": "store_true", "help": "reverse the columns of the positions"},
}
_NEAR = 0.25  # of the window, within which refined positions are those of the same scan
_TURNS = ("swap_axes", "flip_rows", "flip_columns")


def add_reading(parser: ArgumentParser, skip: Sequence[str] = ()) -> None:
    """Add the flags, without those that mean something else in the command: they are at their defaults."""
    group = parser.add_argument_group("reading the scan")
    for flag, settings in READING.items():
        if flag not in skip:
            group.add_argument(flag, **settings)
    skipped = tuple(flag[2:].replace("-", "_") for flag in skip)
    parser.set_defaults(not_reading=skipped)
    add_options(parser, Preparation, skip=skipped)
    add_layout(parser, skip)


def read(args: Namespace, find_probe: bool = True) -> "Scan":
    """The scan of `args.scan`; a probe that it does not hold is searched for unless `find_probe` is false."""
    from ptygui.cli.output import note
    from ptygui.files.measured import ESTIMATE
    from ptygui.files.probes import read_probe
    from ptygui.files.scans import read_scan

    _check_probe(args)
    turns = orientation_of(args)
    optics, estimate = _has_optics(args), args.probe == ESTIMATE
    probe = None if estimate or not args.probe else read_probe(args.probe, all_modes=True)
    refined = _refining_run(args.refined) if args.refined else None
    given = probe.probe if probe is not None else None if refined is None else refined[1].modes
    with _bar():
        scan = read_scan(
            args.scan,
            probe=ESTIMATE if estimate else given,
            use_object="truth" if args.use_object == "truth" else "no",
            find_probe=find_probe and not optics,
            **vars(turns),
            **_how(args),
        ).noted(*(() if probe is None else probe.notes))
    if optics:
        scan = _with_optics(args, scan)
    if refined is not None:
        scan = _as_refined(args, scan, *refined)
    elif probe is not None:
        scan = scan.noted(f"the probe is that of {args.probe}", *_left_behind(args.probe, scan))
    if args.orientation != BEST:
        return scan
    from ptygui.experiment.orientation import oriented

    note(f"trying {len(NAMES)} orientations of {scan.name}")
    return oriented(scan, BEST, getattr(args, "device", "auto"))


@contextmanager
def _bar() -> Iterator[None]:
    """Show how far a large file is read, anew for each time that it is; Ctrl-C stops it."""
    from ptygui.files.progress import told_of_reading

    bar: tqdm[Any] | None = None

    def told(done: int, whole: int, unit: str) -> None:
        nonlocal bar
        from ptygui.cli.running import progress_bar, restart

        if bar is None:
            bar = progress_bar("reading", whole, unit=unit, leave=False)
        elif done < bar.n or (whole, unit) != (bar.total, bar.unit):
            restart(bar, whole, unit)
        bar.update(done - bar.n)

    try:
        with told_of_reading(told):
            yield
    finally:
        if bar is not None:
            bar.close()


def _has_optics(args: Namespace) -> bool:
    return args.outer_zone is not None or args.aperture is not None


def _check_probe(args: Namespace) -> None:
    if args.refined and (args.probe or _has_optics(args)):
        raise InputError("--refined begins with the probe of its result: omit --probe and the optics")
    if _has_optics(args) and args.probe:
        raise InputError("--outer-zone and --aperture make a probe, --probe gives one: omit either")
    if not _has_optics(args) and (args.central_stop or args.defocus is not None):
        raise InputError("--central-stop and --defocus need --outer-zone or --aperture")


def _refining_run(path: str) -> tuple["Result", "Step"]:
    """A result, and its last step."""
    from ptygui.files.results import read_result

    result = read_result(path)
    if result.last is None:
        raise InputError(f"--refined {path} holds no step of a run: give its probe with --probe {path}")
    return result, result.last


def _as_refined(args: Namespace, scan: "Scan", result: "Result", step: "Step") -> "Scan":
    """The scan as a run on it has refined it."""
    from ptygui.experiment.refined_values import refined_values, told_values, with_refined

    if not scan.fits(result) and not _begun_refined(args, scan, result):
        sizes = [f"{len(s.positions)} positions, object {s.object_shape}" for s in (result, scan)]
        raise InputError(
            f"--refined {args.refined} is of another scan than {args.scan} ({' against '.join(sizes)}), or "
            "of one read in another way: give the options of reading that it was made with; "
            f"--probe {args.refined} takes its probe alone"
        )
    modes = len(step.modes) if step.modes.ndim == 3 else 1
    found = refined_values(scan, step)
    found.pop("probe_modes", None)
    told = [f"with its probe{f' of {modes} modes' if modes > 1 else ''}", *filter(None, [told_values(found)])]
    note = f"begins as {args.refined} refined it: {'; '.join(told)}"
    if not step.done:
        note += f"; that run was stopped at step {step.index} of {step.total}"
    elif result.verdict.get("word", "good") != "good":
        note += f"; that result is {result.verdict['word']}"
    return with_refined(scan, step).noted(note)


def _begun_refined(args: Namespace, scan: "Scan", result: "Result") -> bool:
    """Whether a result is from the same file, with positions that an earlier run refined."""
    from ptygui.files.source import source_of

    source, places = source_of(args.scan), result.positions
    same = source is not None and bool(source.sha256) and source == result.source
    sizes = (len(places), result.object_shape, result.probe.shape)
    if not same or sizes != (len(scan), scan.object_shape, scan.probe.shape):
        return False
    return float(np.abs(places - scan.positions).max()) <= _NEAR * scan.width


def _left_behind(path: str, scan: "Scan") -> tuple[str, ...]:
    """What else a result refined whose probe is taken, where it is of this scan."""
    from ptygui.experiment.refined_values import refined_values, told_values
    from ptygui.files.recognise import recognise
    from ptygui.files.results import read_result

    if recognise(path) != "result":
        return ()
    result = read_result(path)
    if result.last is None or not scan.fits(result):
        return ()
    left = told_values(refined_values(scan, result.last))
    return (f"only the probe of {path} is taken, not: {left}; --refined {path} takes all",) if left else ()


def _with_optics(args: Namespace, scan: "Scan") -> "Scan":
    """The scan with the probe that its optics make; a defocus that is not given is searched for."""
    from ptygui.files.optics_probe import with_optics

    shape = args.outer_zone or 0.0, args.aperture or 0.0, args.central_stop
    return with_optics(scan, *shape, args.defocus)


def orientation_of(args: Namespace) -> Orientation:
    """The orientation that the flags name; as given where it is to be found.

    Raises
    ------
    InputError
        If it is unknown, or given twice.
    """
    flags = Orientation(*(getattr(args, name, False) for name in _TURNS))
    if args.orientation is None:
        return flags
    if flags:
        raise InputError(
            f"--orientation {args.orientation} and --{_TURNS[0].replace('_', '-')} or "
            "--flip-... both turn the positions: give only one"
        )
    if args.orientation == BEST:
        return Orientation()
    try:
        return Orientation.named(args.orientation)
    except InputError as error:
        raise InputError(f"--{error} or {BEST}") from None


def reading_given(args: Namespace) -> dict[str, Any]:
    """The flags that were given, by name."""
    defaults = {flag[2:].replace("-", "_"): how.get("default", False) for flag, how in READING.items()}
    found = {name: getattr(args, name, None) for name in defaults}
    said = {name: value for name, value in found.items() if value not in (None, defaults[name])}
    return said | layout_given(args) | _preparation(args)


def start_of(args: Namespace) -> np.ndarray | None:
    """The object in the scan file, if it is to be the start."""
    from ptygui.files.scans import read_start

    return read_start(args.scan, **_how(args)) if args.use_object == "start" else None


def turned(args: Namespace) -> bool:
    """Whether the positions are transformed."""
    return args.orientation == BEST or bool(orientation_of(args))


def inputs(args: Namespace) -> tuple[str | None, ...]:
    """Every file that is read, which no output may replace."""
    from ptygui.files.measured import ESTIMATE
    from ptygui.files.scans import files_beside

    beside = (*map(str, files_beside(args.scan)), *layout_files(args, args.scan))
    chosen = _preparation(args)
    masks = chosen.get("mask"), chosen.get("dark")
    probe = None if args.probe == ESTIMATE else args.probe
    return args.scan, args.metadata, *beside, probe, args.refined, *masks


def _how(args: Namespace) -> dict[str, Any]:
    how = {"pixel_size_m": args.pixel_size, "zero_frequency": args.zero_frequency}
    how |= {"metadata": args.metadata, "allow_links": args.allow_links}
    how |= {"layout": layout_of(args, args.scan)}
    return how | {"preparation": Preparation(**_preparation(args))}


def _preparation(args: Namespace) -> dict[str, Any]:
    return given(args, Preparation, skip=args.not_reading)
