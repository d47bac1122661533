"""`ptygui info`: the contents of a file as lines, and what is missing."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ptygui.analysis.verdict import told_numbers
from ptygui.errors import InputError
from ptygui.experiment.refined_values import told_values
from ptygui.experiment.run import in_words
from ptygui.files.arrays import listed, open_arrays
from ptygui.files.checked import length
from ptygui.files.images import read_image
from ptygui.files.layout.guess import guess_layout
from ptygui.files.layout.layout import Layout
from ptygui.files.layout.quantity import ELECTRONS
from ptygui.files.layout.recipes import recipes_for
from ptygui.files.layout.sources import open_source
from ptygui.files.measured import NO_PROBE
from ptygui.files.objects import read_object
from ptygui.files.probes import read_probe
from ptygui.files.project import read_project
from ptygui.files.recognise import NETWORKS, opens_as, recognise, title_of
from ptygui.files.result import Result
from ptygui.files.results import read_result
from ptygui.files.scans import read_scan
from ptygui.methods import method_named
from ptygui.networks.schema import read_json
from ptygui.physics.beam_energy import energy_text
from ptygui.physics.fresnel import fresnel_number
from ptygui.scan import Scan

# Lines of label and value, what is missing, and notes.
_Told = tuple[list[tuple[str, str]], Sequence[str], Sequence[str]]
_LAST = ("nfe", "misfit", "nrmse", "ssim", "held_out")  # numbers of the last step of a result that are listed


@dataclass(frozen=True)
class Description:
    """The description of a file.

    Attributes
    ----------
    kind : str
        As `ptygui.files.recognise.recognise` gives it; `title` is its name in words.
    lines : tuple of (label, value)
    missing : tuple of str
        What the file lacks and a reconstruction or an export would need.
    notes : tuple of str
        What was assumed in reading.
    """

    kind: str
    title: str
    lines: tuple[tuple[str, str], ...]
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def describe(
    path: str | PathLike[str],
    allow_links: bool = False,
    layout: Layout | None = None,
    read: Callable[[], Scan] | None = None,
) -> Description:
    """Describe any file or model folder that is recognised; links and layout as in `read_scan`.

    `read` reads the scan of the path in another way than by default.

    Raises
    ------
    InputError
        If it is not recognised, or is damaged.
    """
    kind, path = recognise(path, allow_links), Path(path)
    read = read or partial(read_scan, path, allow_links=allow_links, layout=layout, find_probe=False)
    if layout is not None and kind in (None, "arrays", "image"):
        lines, missing, notes = _scan(path, allow_links, read)
        return Description("layout", "scan by its layout", tuple(lines), tuple(missing), tuple(notes))
    if kind is None:
        what = "a folder without a trained network" if path.is_dir() else "of no kind that is known"
        raise InputError(
            f"{path} is {what}: give a scan, a result, an object, a probe, an image or a model folder"
        )
    if kind == "arrays":
        lines, missing, notes = _arrays(path)
    elif opens_as(kind) == "scan":
        lines, missing, notes = _scan(path, allow_links, read)
    elif kind in NETWORKS:
        lines, missing, notes = _of_scans(path, kind)
    else:
        about = {"result": _result, "project": _project, "prior": _model, "object": _image}
        lines, missing, notes = about[opens_as(kind)](path)
    return Description(kind, title_of(kind), tuple(lines), tuple(missing), tuple(notes))


def scan_lines(scan: Scan) -> list[tuple[str, str]]:
    """The facts that `ptygui info` and the window show of a scan."""
    from ptygui.physics.overlap import data_per_unknown, overlaps_text
    from ptygui.physics.positions import step_length
    from ptygui.physics.probe import energy_diameter

    step, d90, data = step_length(scan.positions), energy_diameter(scan.probe), 2 * data_per_unknown(scan)
    pixels = scan.pixels_m
    mean = None if pixels is None else scan.pixel_size_m
    lines = [
        ("name", scan.name),
        ("patterns", f"{len(scan)} of {scan.width} x {scan.width} px"),
        ("counts", _counts(scan)),
        ("positions", _span(scan)),
        ("object", "{} x {} px".format(*scan.object_shape)),
        ("step", f"{_both(step, mean)} between neighbours"),
        ("overlap", overlaps_text(scan)),
        ("sampling", f"{data:.3g} measurements per complex unknown"),
        ("probe", f"90 % of its energy within {_both(d90, mean)}; {_power(scan)}"),
        ("pixel size", _pixels(scan)),
        ("energy", energy_text(scan.wavelength_m, any(ELECTRONS in note for note in scan.notes))),
        ("wavelength", length(scan.wavelength_m)),
        ("distance", length(scan.distance_m)),
        ("orientation", _orientation(scan)),
    ]
    if scan.mask is not None:
        lines.append(("masked", f"{1 - scan.mask.mean():.2%} of the detector"))
    if scan.background is not None:
        lines.append(("background", f"{scan.background.mean():.4g} counts a pixel, in the model"))
    if mean and scan.wavelength_m and scan.distance_m:
        number = fresnel_number(d90 * mean, scan.wavelength_m, scan.distance_m)
        lines.append(("Fresnel number", f"{number:.2g} of the probe (below 1: far field)"))
    if scan.held_out is not None:
        lines.append(("held out", f"{len(scan.held_out)} more patterns, to test results with"))
    told = f"no; results are compared with {scan.compared_with}" if scan.compared_with else "no"
    lines.append(("truth", told if scan.truth is None else "yes"))
    return lines


def _counts(scan: Scan) -> str:
    """Brightest pixel, mean pattern and all counts, of valid pixels."""
    brightest, total = scan.brightest, scan.photons
    if scan.mask is not None:
        brightest, total = 0.0, 0.0
        for which, part in scan.chunks():
            part = part * (scan.mask if scan.mask.ndim == 2 else scan.mask[which])
            brightest, total = max(brightest, float(part.max())), total + float(part.sum(dtype=np.float64))
    left = ", masked pixels left out" if scan.mask is not None else ""
    return f"brightest pixel {brightest:.4g}, mean pattern {total / len(scan):.4g}, {total:.4g} in all{left}"


def _span(scan: Scan) -> str:
    """How many positions, and what they span."""
    rows, columns = np.ptp(scan.positions, axis=0)
    text = f"{len(scan)}, spanning {rows:.4g} x {columns:.4g} px"
    pixels = scan.pixels_m
    return text if pixels is None else f"{text} = {length(rows * pixels[0])} x {length(columns * pixels[1])}"


def _both(pixels: float, pixel_size_m: float | None) -> str:
    """A distance in pixels, and in metres if that is known."""
    return f"{pixels:.1f} px" + (f" = {length(pixels * pixel_size_m)}" if pixel_size_m else "")


def _pixels(scan: Scan) -> str:
    if scan.pixels_m is None or abs(scan.pixel_aspect - 1) < 1e-3:
        return length(scan.pixel_size_m)
    return f"{length(scan.pixels_m[0])} high, {length(scan.pixels_m[1])} wide"


def _power(scan: Scan) -> str:
    """The energy of the probe, and how modes share it."""
    powers = np.square(np.abs(scan.modes.reshape(-1, *scan.probe.shape)), dtype=np.float64).sum((1, 2))
    text = f"energy {powers.sum():.4g} counts"
    if len(powers) == 1:
        return f"{text}, one mode"
    return f"{text}, modes with {', '.join(f'{p / powers.sum():.1%}' for p in powers)} of it"


def _orientation(scan: Scan) -> str:
    turned = [note.removeprefix("positions: ") for note in scan.notes if note.startswith("positions: ")]
    return "; ".join(turned) or "positions as given: not verified"


def _scan(path: Path, allow_links: bool, read: Callable[[], Scan]) -> _Told:
    try:
        scan = read()
    except InputError as error:
        lines = [] if path.is_dir() else held_lines(path, allow_links)
        return lines, [str(error)], []
    missing = [
        name
        for name, value in (
            ("pixel size", scan.pixel_size_m),
            ("wavelength", scan.wavelength_m),
            ("distance", scan.distance_m),
        )
        if value is None
    ]
    if any(note.startswith(NO_PROBE) for note in scan.notes):
        missing.append("probe")
    return scan_lines(scan), missing, scan.notes


def _result(path: Path) -> _Told:
    result = read_result(path)
    lines = [
        ("name", result.name),
        ("object", "{} x {} px".format(*result.cropped.shape)),
        ("probe", "{} x {} px".format(*result.probe.shape)),
        ("positions", str(len(result.positions))),
        ("pixel size", length(result.pixel_size_m)),
        ("wavelength", length(result.wavelength_m)),
        ("distance", length(result.distance_m)),
    ]
    if result.method:
        lines += [("method", result.method), ("options", in_words(_in_effect(result)))]
        if result.resolved:
            lines.append(("auto came to", in_words(result.resolved)))
        lines += [("seed", str(result.seed))]
        lines += [("device", result.device), ("seconds", f"{result.seconds:.1f}")]
        lines += [("steps", _steps(result))]
        lines += [("refined", told_values(result.refined))] if result.refined else []
        known = {n: [v for v in result.numbers.get(n, []) if v is not None] for n in _LAST}
        last = told_numbers({n: values[-1] for n, values in known.items() if values}, result.noise_floor)
        lines += [(name.replace("_", " "), f"{value:.4g}") for name, value in last.items()]
        if result.verdict:
            lines.append(("verdict", "{word}: {why}".format(**result.verdict)))
        lines.append(("versions", ", ".join(f"{k} {v}" for k, v in result.versions.items())))
    missing = [
        name for name in ("pixel_size_m", "wavelength_m", "distance_m") if getattr(result, name) is None
    ]
    return lines, [name.removesuffix("_m").replace("_", " ") for name in missing], result.notes


def _in_effect(result: Result) -> dict[str, Any]:
    """The options of a result that had an effect; all that it names, if they are of another version."""
    try:
        idle = method_named(result.method).read(result.options).without_effect()
    except (InputError, TypeError):
        idle = ()
    return {name: value for name, value in result.options.items() if name not in idle}


def _steps(result: Result) -> str:
    """How far the run went, and what of it is kept."""
    kept, last = len(result.numbers.get("index", [])), result.last
    if last is None:
        return f"{kept}, none with images"
    went = f"{last.index}" if last.done else f"stopped at {last.index} of {last.total}"
    return f"{went}; {kept} recorded, {len(result.frames)} with images"


def _project(path: Path) -> _Told:
    project = read_project(path, without_lost=True)
    lines = [
        (f"run {run.number}", f"{run.name}, {run.outcome}, {len(run.history)} steps") for run in project.runs
    ]
    if project.scan is not None:
        lines.append(("next scan", project.scan.name))
    return lines, [], project.notes


def _model(path: Path) -> _Told:
    prior, config = read_json(path / "prior.json"), read_json(path / "config.json")
    lines = [
        ("preset", str(prior.get("preset") or "not stated")),
        ("parameterisation", str(prior.get("parameterisation", "not stated"))),
        ("sigma_data", str(prior.get("sigma_data", "not stated")).strip("[]")),
        ("channels of the network", str(config.get("block_out_channels", "not stated"))),
    ]
    return _network(path, lines, prior.get("training", {}))


def _of_scans(path: Path, key: str) -> _Told:
    """A network of one of `NETWORKS`."""
    said = read_json(path / f"{key}.json")
    names = ("preset", "overlap", "iterations", "width", "probe", "network")
    lines = [(name, str(said[name] or "not stated")) for name in names if name in said]
    return _network(path, lines, said.get("training", {}))


def _network(path: Path, lines: list[tuple[str, str]], training: Any) -> _Told:
    """Size, training and licence of the network in a folder, after the given lines."""
    weights = sorted(path.glob("*.safetensors"))
    count = _parameters(weights[0]) if weights else None
    if count:
        lines.append(("parameters", f"{count / 1e6:.2f} million, {weights[0].stat().st_size / 1e6:.1f} MB"))
    for name, value in training.items() if isinstance(training, dict) else ():
        text = value if isinstance(value, str) else json.dumps(value)
        lines.append((f"training: {name}", text if len(text) <= 300 else text[:297] + "..."))
    for card in ("README.md", "card.md"):
        if (path / card).is_file():
            words = (path / card).read_text(encoding="utf-8", errors="replace")[: 2**16].splitlines()
            lines += [("licence", w.strip("#*- ").strip()) for w in words if "licen" in w.lower()][:8]
    return lines, [] if weights else ["weights (*.safetensors)"], []


def _parameters(path: Path) -> int | None:
    """How many numbers a safetensors file holds, by its header."""
    try:
        with open(path, "rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(size)) if size < 2**25 else {}
        return sum(int(np.prod(part["shape"])) for name, part in header.items() if name != "__metadata__")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def _image(path: Path) -> _Told:
    picture = read_image(path)
    planes, rows, columns = picture.values.shape
    depth = "real numbers" if picture.full is None else f"whole numbers, 0 to {picture.full:g}"
    lines = [
        ("image", f"{rows} x {columns} px" + (f", {planes} planes" if planes > 1 else "")),
        ("values", f"{depth}; {picture.values.min():.4g} to {picture.values.max():.4g} here"),
        ("pixel size", length(picture.pixel_size_m)),
    ]
    return lines, [] if planes > 1 else ["phase (an image is either amplitude or phase)"], picture.notes


def _arrays(path: Path) -> _Told:
    with open_arrays(path) as arrays:
        lines = [("arrays", listed(arrays.entries.values()))]
    missing: list[str] = []
    notes: tuple[str, ...] = ()
    try:
        found = read_object(path)
        lines.append(("as an object", "{} x {} px".format(*found.obj.shape)))
        lines.append(("pixel size", length(found.pixel_size_m)))
        lines.append(("wavelength", length(found.wavelength_m)))
        notes = found.notes
    except InputError:
        missing.append("a single array to take as an object (choose one with ::KEY)")
    try:
        probe = read_probe(path)
        lines.append(("as a probe", "{} x {} px".format(*probe.probe.shape)))
        notes = (*notes, *probe.notes)
    except InputError:
        missing.append("a single array to take as a probe (choose one with ::KEY)")
    guess = guess_layout(path)
    if guess.layout.patterns:
        lines += [("as a scan", reason) for reason in guess.reasons]
        fitting = [recipe.name for recipe in recipes_for(path)]
        lines += [("recipe", f"{name} fits: --recipe {name}") for name in fitting]
        if not guess.missing:
            notes = (
                *notes,
                "the guess is used with --recipe guess; else say --patterns, --positions and more",
            )
        return lines, guess.missing, notes
    return lines, missing if len(missing) == 2 else [], notes


def held_lines(path: Path, allow_links: bool = False) -> list[tuple[str, str]]:
    """The arrays in a file of any kind, as a line."""
    with open_source(path, allow_links) as arrays:
        return [("arrays", listed(arrays.entries.values()))]
