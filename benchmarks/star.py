"""Reconstruct a measured Siemens star at low overlap and compare with a reference of independent noise.

    python benchmarks/star.py siemens-star-small.npz.bz2 --splits 1 2 3 --folder star --plot star.png

By the program's own commands, a random split at a time: one half of the positions makes the reference (rPIE
with probe refinement, no prior), positions of the other half are thinned to each overlap, and each method
reconstructs them with the probe of the reference. NRMSE is where both lit the object, after a complex factor,
ramp and shift; "held out" is the misfit of patterns that were not used, in units of photon noise. Files that
the folder holds already are not made again. Split 0 is the one that options may be chosen on.
"""

import argparse
import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np

from ptygui.analysis.align import align
from ptygui.cli import main as ptygui
from ptygui.files.results import read_result
from ptygui.files.scans import read_scan

OVERLAPS = (0.72, 0.62, 0.48)  # of the window: steps of about 36, 49 and 67 px
METHODS = (
    "rpie --iterations 600", "awf --iterations 600", "daps --prior blood-small", "daps --prior generic",
)  # fmt: skip


def main():
    args = _arguments()
    args.folder.mkdir(exist_ok=True)
    scores = {}
    for split in args.splits:
        half = args.folder / f"split-{split}.h5"
        made(half, f"thin {args.scan} --halves --seed {split} --out {half}", args.device)
        for overlap in args.overlaps:
            thin = args.folder / f"split-{split}-{overlap:g}.h5"
            made(thin, f"thin {half} --overlap {overlap} --seed {split} --out {thin}", args.device)
            for method in args.methods:
                found = reconstructed(method, thin, args.device)
                scores.setdefault((method, overlap), []).append(found)
                print(
                    f"split {split}, overlap {found['overlap']:.1%} ({found['overlap_d90']:.1%} of D90), "
                    f"{found['measurements_per_complex_unknown']:.3g} measurements per complex unknown, "
                    f"{method}: NRMSE {found['nrmse']:.3f}, SSIM {found['ssim']:.3f}, misfit "
                    f"{found['misfit_over_noise']:.3g}, held out {found.get('held_out', np.nan):.3g}, "
                    f"{found['seconds']:.0f} s",
                    flush=True,
                )
    print(table(args.methods, args.overlaps, scores))
    if args.plot:
        plot(args, args.splits[0])


def made(path, words, device):
    """Run a command that writes a file, unless it is there."""
    if not path.exists() and ptygui([*words.split(), "--device", device]):
        raise SystemExit(f"ptygui {words} failed")


def reconstructed(method, scan, device):
    """The JSON summary of a reconstruction."""
    result = result_of(method, scan)
    said = result.with_suffix(".json")
    if not said.exists():
        words = [*method.split()[:1], str(scan), *method.split()[1:], "--every", "100", "--json"]
        with redirect_stdout(io.StringIO()) as out:
            code = ptygui(["reconstruct", *words, "--device", device, "--out", str(result)])
        if code:
            raise SystemExit(f"{method} failed")
        said.write_text(out.getvalue().splitlines()[-1])
    return json.loads(said.read_text())


def result_of(method, scan):
    return scan.with_name(f"{scan.stem}-{method.replace(' --', '-').replace(' ', '-')}.h5")


def table(methods, overlaps, scores):
    """Mean NRMSE over the splits and, after a slash, the held-out misfit."""
    lines = [
        "| | " + " | ".join(f"{overlap:.0%}" for overlap in overlaps) + " |",
        "|---" * (len(overlaps) + 1) + "|",
    ]
    for method in methods:
        cells = []
        for overlap in overlaps:
            found = scores[method, overlap]
            errors = [each["nrmse"] for each in found]
            held = [each["held_out"] for each in found if "held_out" in each]
            spread = f" ± {np.std(errors):.3f}" if len(errors) > 1 else ""
            cells.append(f"{np.mean(errors):.3f}{spread}" + (f" / {np.mean(held):.3g}" if held else ""))
        lines.append(f"| {method} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def plot(args, split):
    """Phases of a split, one row a method, beside the reference."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = [*args.methods]
    figure, axes = pyplot.subplots(len(rows), len(args.overlaps) + 1, squeeze=False, layout="constrained")
    figure.set_size_inches(3 * (len(args.overlaps) + 1), 3 * len(rows))
    for column, overlap in enumerate(args.overlaps):
        path = args.folder / f"split-{split}-{overlap:g}.h5"
        scan = read_scan(path)
        reference, lit = scan.reference.obj, scan.reference.lit
        for row, method in enumerate(rows):
            obj = read_result(result_of(method, path)).obj
            obj = align(obj, reference, lit, ramp=True, shift=True).apply(obj)
            _phase(axes[row, column], obj, lit, f"{method}\n{len(scan)} positions" if not row else method)
    for ax in axes[:, -1]:
        _phase(ax, reference, lit, "reference (the other half)")
    figure.savefig(args.plot, dpi=110)


def _phase(ax, obj, lit, title):
    rows, columns = (np.flatnonzero(lit.any(axis)) for axis in (1, 0))
    area = slice(rows[0], rows[-1]), slice(columns[0], columns[-1])
    phase = np.angle(obj * np.exp(-1j * np.angle(np.sum(obj[lit]))))
    ax.imshow(phase[area], cmap="gray", vmin=-0.8, vmax=0.8)
    ax.set_title(title, fontsize=8)
    ax.axis("off")


def _arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scan", help="the star: scans/tike/siemens-star-small.npz.bz2 of tike's tests")
    parser.add_argument("--splits", type=int, nargs="+", default=[0])
    parser.add_argument("--overlaps", type=float, nargs="+", default=OVERLAPS)
    parser.add_argument("--methods", nargs="+", default=METHODS)
    parser.add_argument("--folder", type=Path, default=Path("star"), help="for scans and results")
    parser.add_argument("--plot", help="write a picture of the first split there")
    parser.add_argument("--device", default="cpu")
    return parser.parse_args()


if __name__ == "__main__":
    main()
