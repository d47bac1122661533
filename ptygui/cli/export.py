"""`ptygui export FILE ...`: write results and scans in formats that other programs read."""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ptygui.cli.flags import Commands, add_command
from ptygui.cli.layout import layout_given
from ptygui.cli.output import note, output_file, output_folder, say
from ptygui.cli.reading import add_reading, read
from ptygui.errors import InputError
from ptygui.export.form import NEEDS
from ptygui.export.forms import FORMS
from ptygui.export.names import RECORD, numbered

if TYPE_CHECKING:
    from ptygui.export.batch import Writer
    from ptygui.export.exported import Exported
    from ptygui.scan import Scan

# what a result file is drawn as: flag, accepted endings, ending in a folder, help
_FIGURES = (
    ("png", (".png",), ".png", "amplitude and phase as a picture: the same as --figure"),
    (
        "figure", (".pdf", ".svg", ".png", ".tif", ".tiff"), "_figure.pdf",
        "amplitude and phase for a paper, next to the truth, with colour bars, scale bar and caption",
    ),
)  # fmt: skip
_SUFFIXES = {form.key: form.suffixes for form in FORMS} | {key: found for key, found, *_ in _FIGURES}
_ENDINGS = {form.key: form.ending for form in FORMS} | {key: ending for key, _, ending, _ in _FIGURES}
_HELP = {form.key: form.help for form in FORMS} | {key: what for key, *_, what in _FIGURES}
_OWN_RECORD = {form.key for form in FORMS if form.recorded}


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "export",
        run,
        "write a result or a scan as TIFF, CXI, NPZ, CSV, movie, figure",
        "Write results and scans in formats that other programs read. A record in JSON beside each says what "
        "it is: scan, method, options, scores and versions.",
    )
    parser.add_argument(
        "files", metavar="FILE", nargs="+",
        help="a result of `ptygui reconstruct`, or a scan; several with --folder",
    )  # fmt: skip
    for key, suffixes in _SUFFIXES.items():
        parser.add_argument(f"--{key}", metavar="FILE" if suffixes else "FOLDER", help=_HELP[key])
    parser.add_argument("--folder", metavar="FOLDER", help="write the formats of --as there, for every FILE")
    parser.add_argument(
        "--as", dest="formats", metavar="FORMAT[,FORMAT]", help=f"with --folder, of {', '.join(_SUFFIXES)}"
    )
    parser.add_argument("--scan", metavar="SCAN", help="scan of the results, for its patterns: --cxi, --ptyd")
    parser.add_argument(
        "--stripes", action="store_true",
        help="with --figure or --png: stripe what no data decide, and tell its share",
    )  # fmt: skip
    add_reading(parser, skip=("--use-object",))
    parser.set_defaults(use_object="no")


@dataclass(frozen=True)
class _Job:
    """What is written of one file: targets by key, and the record of all; else there is one beside each."""

    targets: Mapping[str, Path]
    record: Path | None = None


def run(args: Namespace) -> int:
    """Check every target, then write them."""
    jobs = _jobs(args)
    given = _read_scan(args, args.scan) if args.scan else None
    failed = False
    for path, job in jobs.items():
        try:
            _write(args, path, job, given)
        except InputError as error:
            if len(jobs) == 1:
                raise
            say(f"ptygui: error: {error}")
            failed = True
    return 2 if failed else 0


def _jobs(args: Namespace) -> dict[str, _Job]:
    """The targets of every file, checked before anything is read."""
    sources = (*args.files, args.scan, args.metadata, args.probe)
    given = {key: getattr(args, key.replace("-", "_")) for key in _SUFFIXES}
    asked = {key: path for key, path in given.items() if path}
    targets = {
        key: output_file(path, f"--{key}", _SUFFIXES[key], sources)
        if _SUFFIXES[key]
        else output_folder(path, f"--{key}")
        for key, path in asked.items()
    }
    if args.folder or args.formats:
        if targets or not (args.folder and args.formats):
            raise InputError("--folder and --as go together, without other targets: give both, and only them")
        return _jobs_in(output_folder(args.folder, "--folder"), args)
    if not targets:
        names = ", ".join(f"--{key}" for key in _SUFFIXES)
        raise InputError(f"nothing to write: give at least one of {names}, or --folder with --as")
    if len(args.files) > 1:
        instead = f"--folder FOLDER --as {','.join(targets)}"
        raise InputError(f"{len(args.files)} files cannot go to one target: give {instead}")
    return {args.files[0]: _Job(targets)}


def _jobs_in(folder: Path, args: Namespace) -> dict[str, _Job]:
    keys = [key.strip() for key in args.formats.split(",")]
    unknown = [key for key in keys if key not in _SUFFIXES]
    if unknown:
        raise InputError(
            f"--as is {args.formats}, expected some of {', '.join(_SUFFIXES)}, with commas between"
        )
    names = numbered(Path(path).stem for path in args.files)
    return {
        path: _Job({key: folder / f"{name}{_ENDINGS[key]}" for key in keys}, folder / f"{name}{RECORD}")
        for path, name in zip(args.files, names, strict=True)
    }


def _write(args: Namespace, path: str, job: _Job, scan: "Scan | None") -> None:
    """Write the targets of a file, and their record; print the targets."""
    from ptygui.export.batch import recorded, write_all

    exported = _exported(args, path, scan)
    for form in FORMS:
        if form.key in job.targets and not exported.has(form.needs):
            raise InputError(f"--{form.key} needs {NEEDS[form.needs]}, which {path} is not: omit it")
    writers: dict[Path, Writer] = {
        target: _writer(key, target, path, exported, args.stripes) for key, target in job.targets.items()
    }
    written = write_all(writers)
    for target in job.targets.values():
        print(target)
    if job.record is not None:
        print(recorded(job.record, exported, written))
        return
    for key, target in job.targets.items():
        if key not in _OWN_RECORD:
            recorded(target.with_name(f"{target.name}.json"), exported, [target])


def _writer(key: str, target: Path, path: str, exported: "Exported", stripes: bool) -> "Writer":
    if key in (figure for figure, *_ in _FIGURES):
        return lambda: [_draw(target, path, stripes)]
    (form,) = (form for form in FORMS if form.key == key)
    return lambda: form.write(target, exported)


def _draw(target: Path, path: str, stripes: bool) -> Path:
    from ptygui.figures.draw import write_figure
    from ptygui.figures.page import Page, page_kind
    from ptygui.figures.result_figure import result_figure

    return write_figure(target, result_figure(path, stripes), Page(page_kind(target)))


def _exported(args: Namespace, path: str, scan: "Scan | None") -> "Exported":
    """A result with the scan given for it, or a scan."""
    from ptygui.export.exported import Exported
    from ptygui.files.recognise import opens_as, recognise
    from ptygui.files.results import read_result
    from ptygui.files.source import source_of

    kind = recognise(path, args.allow_links)
    if kind is None or opens_as(kind) == "scan" or layout_given(args):
        if scan is not None:
            raise InputError(f"{path} is not a result, so --scan does not go with it: omit it")
        return Exported(scan=_read_scan(args, path), source=source_of(path))
    return Exported(read_result(path), scan, source_of(args.scan))


def _read_scan(args: Namespace, path: str) -> "Scan":
    scan = read(Namespace(**{**vars(args), "scan": path}))
    note(*scan.notes)
    return scan
