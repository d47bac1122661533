"""A table of every file in a folder: recognised as, shape, units, probe, overlaps, misfit. Asserts nothing.

    python benchmarks/samples.py FOLDER [--out PICTURES] [--frames 100] [--iterations 30]

Seconds are of this process, without that which decodes files: a busy machine changes them little. Scans are
run shortly with AWF from the probe that they have, or from a guess, at the frames nearest to the
middle: the misfit is relative to photon noise. A file that needs to be told more is listed with what it asks
for; EXTRA has what a user would say of the samples of this project. With --out, a picture of each.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from ptygui.analysis.verdict import told_numbers
from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.figures.colours import AMPLITUDE, FAR_FIELD, PHASE_RANGE, coloured
from ptygui.files.info import describe, length
from ptygui.files.layout.layout import Layout
from ptygui.files.objects import read_object
from ptygui.files.recognise import opens_as, recognise, title_of
from ptygui.files.results import read_result
from ptygui.files.scans import read_scan
from ptygui.methods import AWF
from ptygui.physics.beam_energy import energy_text
from ptygui.physics.overlap import overlaps_text

SUFFIXES = (".cxi", ".hdf5", ".h5", ".npz", ".npy", ".mat", ".ptyd", ".bz2", ".raw", ".tif", ".jpg")
EXTRA = {  # keywords of read_scan, by the end of the name
    "siemens_star_patterns_64.npz": {"metadata": "metadata_siemens_star.hdf5"},
    "20191008_39_diff_sample.npy": {"layout": Layout(step="5px")},
}


def row_of(path: Path, frames: int, iterations: int, out: Path | None) -> list[str]:
    """One row of the table."""
    start = time.process_time()
    kind = recognise(path)
    what = "nothing" if kind is None else title_of(kind)
    try:
        if kind is None or opens_as(kind) not in ("scan", "result"):
            return not_a_scan(path, kind, what, out)
        if opens_as(kind) == "result":
            result = read_result(path)
            seconds = time.process_time() - start
            picture(out, path, np.angle(result.obj), PHASE_RANGE)
            size = "object {} x {}".format(*result.obj.shape)
            modes = f"{result.probe.shape[-1]} px"
            units = f"{length(result.pixel_size_m)}, {energy_text(result.wavelength_m)}"
            return [path.name, what, f"{size}, {len(result.positions)} positions", units, modes, "",
                    f"{seconds:.2f}", ""]  # fmt: skip
        extra = dict(EXTRA.get(path.name, {}))
        if "metadata" in extra:
            extra["metadata"] = path.with_name(extra["metadata"])
        scan = read_scan(path, **extra)
    except InputError as error:
        why = str(error).replace(str(path), "").lstrip(": ")
        return [path.name, what, why[:110], "", "", "", f"{time.process_time() - start:.2f}", ""]
    seconds = time.process_time() - start
    guessed = any("holds no probe" in note for note in scan.notes)
    shape = f"{len(scan)} x {scan.width} x {scan.width}"
    units = f"{length(scan.pixel_size_m)}, {energy_text(scan.wavelength_m)}, {length(scan.distance_m)}"
    count = scan.modes.shape[0] if scan.modes.ndim == 3 else 1
    probe = "guessed" if guessed else f"in the file, {count} mode{'s' * (count > 1)}"
    row = [path.name, what, shape, units, probe, overlaps_text(scan), f"{seconds:.2f}"]
    misfit, obj = shortly(scan, frames, iterations)
    picture(out, path, np.angle(obj), PHASE_RANGE)
    mean = np.log1p(scan.patterns[:200].mean(0))
    picture(out, path.with_suffix(".mean"), mean, FAR_FIELD)
    return [*row, misfit]


def not_a_scan(path: Path, kind: str | None, what: str, out: Path | None) -> list[str]:
    """The row of an object, a probe or arrays, by what `ptygui info` tells of them."""
    start = time.process_time()
    said = describe(path) if kind else None
    facts = dict(said.lines) if said else {}
    seconds = f"{time.process_time() - start:.2f}"
    words = {"as an object": "object", "as a probe": "probe"}
    roles = [f"{word} {facts[role]}" for role, word in words.items() if role in facts]
    if "as an object" in facts:
        picture(out, path, np.angle(read_object(path).obj), PHASE_RANGE)
    shape = "; ".join(roles) or facts.get("as a scan") or facts.get("arrays", "")
    units = ", ".join(facts[name] for name in ("pixel size", "wavelength") if name in facts)
    lacks = "" if roles or not said or not said.missing else f"asks for: {'; '.join(said.missing)}"
    return [path.name, what, shape[:90], units, facts.get("as a probe", ""), "", seconds, lacks]


def shortly(scan, frames: int, iterations: int):
    """Misfit after a short run of the frames about the middle, and the object there."""
    if len(scan) > frames:
        middle = np.linalg.norm(scan.positions - scan.positions.mean(0), axis=1)
        scan = scan.subset(np.argsort(middle)[:frames])
    last = None
    for step in reconstruct(scan, AWF(iterations=iterations), device="cpu", interval=1e9):
        last = step or last
    numbers = told_numbers({"misfit": last.misfit}, last.noise_floor)
    rows, columns = scan.span
    return ", ".join(f"{name} {value:.3g}" for name, value in numbers.items()), last.obj[rows, columns]


def picture(out: Path | None, path: Path, values: np.ndarray, colours: str = AMPLITUDE) -> None:
    """Write a picture of an array."""
    if out is None:
        return
    from PIL import Image

    levels = tuple(np.percentile(values, [1, 99]))
    levels = levels if levels[1] > levels[0] else (levels[0], levels[0] + 1)
    out.mkdir(parents=True, exist_ok=True)
    Image.fromarray(coloured(values, levels, colours)).save(out / f"{path.name}.png")


def sheet(out: Path) -> None:
    """All pictures in `out`, small, with their names, in sheet.png."""
    from PIL import Image, ImageDraw

    found = [path for path in sorted(out.glob("*.png")) if path.name != "sheet.png"]
    side, below, columns = 128, 14, 7
    whole = Image.new("RGB", (columns * (side + 6), -(-len(found) // columns) * (side + below + 6)), "white")
    draw = ImageDraw.Draw(whole)
    for k, path in enumerate(found):
        place = (k % columns) * (side + 6) + 3, (k // columns) * (side + below + 6) + 3
        with Image.open(path) as image:
            image.thumbnail((side, side))
            whole.paste(image, place)
        draw.text((place[0], place[1] + side + 1), path.stem[:22], "black")
    whole.quantize(128).save(out / "sheet.png")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, help="folder for pictures, and a sheet of all that are in it")
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--iterations", type=int, default=30)
    args = parser.parse_args()
    head = (
        "file",
        "recognised as",
        "shape",
        "pixel, energy, distance",
        "probe",
        "overlap",
        "processor s",
        "after a short run",
    )
    print("| " + " | ".join(head) + " |\n|" + " --- |" * len(head))
    for path in sorted(args.folder.rglob("*")):
        if path.is_file() and path.suffix in SUFFIXES:
            cells = row_of(path, args.frames, args.iterations, args.out)
            print("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |", flush=True)
    if args.out is not None:
        sheet(args.out)


if __name__ == "__main__":
    main()
