"""Print NRMSE, SSIM, network evaluations and seconds of methods on patches of an object, as in the paper.

    python benchmarks/accuracy.py SMEAR.npz::obj_flat --json scores.jsonl --plot scores.png

Each patch is 128 x 128, scanned with the medium probe (`cover` raster, Poisson, 1e5 counts peak); scores are
over the whole patch, next to the paper's best column. A method may carry options:
`daps:levels=30,data_steps=100`. With --json every run is kept, and runs that the file already holds are not
repeated: several calls make one table. With several --seeds (of noise and solver) each score is followed
by the standard deviation of the seeds' means. Use an idle machine if the seconds matter. Nothing is
asserted.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from ptygui.experiment.reconstruct import reconstruct
from ptygui.files.objects import read_object
from ptygui.methods import method_named
from ptygui.options import options_of
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate

# Rows 352-511 of the fourth smear, which nothing is trained or tuned on.
CORNERS = [f"{row},{column}" for row in (352, 384) for column in (0, 32, 64, 96, 128)]
OVERLAPS = (0.2, 0.38, 0.44, 0.5, 0.62, 0.66, 0.74)
METHODS = (
    "rpie",
    "awf",
    "awf:gaussian_prior=power-law",
    "awf:gaussian_prior=trained",
    "unet",
    "daps:setting=preview",
    "daps",
    "daps:setting=best",
)
# The best column of Cam et al. 2025, table 1 (the authors' method up to 50 %, AWF above).
PAPER = dict(zip(OVERLAPS, (0.116, 0.079, 0.071, 0.062, 0.040, 0.026, 0.019), strict=True))
PAPER_SSIM = dict(zip(OVERLAPS, (0.899, 0.946, 0.957, 0.967, 0.977, 0.991, 0.999), strict=True))
_WARM = set()
_TICKS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5)


def main():
    args = _arguments()
    if args.threads:
        import torch

        torch.set_num_threads(args.threads)
    kept = _kept(args.json)
    chosen = []
    for text in args.methods:
        method = method_from(text)
        for overlap in args.overlaps:
            for job in _jobs(args, text, overlap):
                key = json.dumps(job)
                if key not in kept:
                    kept[key] = run(method, job)
                    if args.json:
                        with open(args.json, "a") as out:
                            print(json.dumps({"job": job, "scores": kept[key]}), file=out)
                chosen.append((job, kept[key]))
            print(_line(text, overlap, chosen), flush=True)
    print()
    print(table(args.methods, args.overlaps, chosen))
    if args.plot:
        plot(args.methods, args.overlaps, chosen, args.plot)
    return 0


def _arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("object", nargs="+", help="object file, as for ptygui simulate --object")
    parser.add_argument("--corners", nargs="+", default=CORNERS, help="first ROW,COLUMN of each patch [px]")
    parser.add_argument("--size", type=int, default=128, help="side of the patches [px]")
    parser.add_argument("--overlaps", nargs="+", type=float, default=list(OVERLAPS))
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--json", help="keep every run in this file, one JSON line each")
    parser.add_argument("--plot", help="write NRMSE over overlap as a picture, FILE.png")
    return parser.parse_args()


def method_from(text):
    """`name` or `name:option=value,option=value` as a method."""
    name, _, rest = text.partition(":")
    cls = method_named(name)
    known = {o.name: o for o in options_of(cls)}
    return cls(**{k: known[k].check(v) for k, v in (pair.split("=") for pair in rest.split(",") if pair)})


def _jobs(args, text, overlap):
    for spec in args.object:
        for corner in args.corners:
            for seed in args.seeds:
                yield {
                    "method": text,
                    "overlap": overlap,
                    "object": spec,
                    "corner": corner,
                    "size": args.size,
                    "seed": seed,
                }


def _kept(path):
    if not path or not Path(path).is_file():
        return {}
    lines = [json.loads(line) for line in Path(path).read_text().splitlines()]
    return {json.dumps(line["job"]): line["scores"] for line in lines}


def run(method, job):
    """NRMSE, SSIM, misfit over noise floor, network evaluations and seconds of one patch."""
    row, column = (int(n) for n in job["corner"].split(","))
    obj = read_object(job["object"]).obj
    patch = obj[row : row + job["size"], column : column + job["size"]]
    scan = simulate(patch, make_probe("medium"), Simulation(overlap=job["overlap"], seed=job["seed"]))
    if type(method) not in _WARM:  # imports and loading of the network happen once per session
        next(step for step in reconstruct(scan, method, interval=0) if step is not None)
        _WARM.add(type(method))
    began = time.perf_counter()
    *_, step = reconstruct(scan, method, seed=job["seed"], interval=1e9)
    seconds = time.perf_counter() - began
    return [step.nrmse, step.ssim, step.misfit / step.noise_floor, step.nfe, seconds]


def _scores(text, overlap, chosen):
    return np.array([s for job, s in chosen if (job["method"], job["overlap"]) == (text, overlap)])


def _spread(text, overlap, chosen):
    """Standard deviation of the mean NRMSE of each seed, as text; empty for a single seed."""
    seeds = {job["seed"] for job, _ in chosen}
    if len(seeds) < 2:
        return ""
    means = [
        _scores(text, overlap, [one for one in chosen if one[0]["seed"] == seed])[:, 0].mean()
        for seed in seeds
    ]
    return f"±{np.std(means, ddof=1):.4f}"


def _line(text, overlap, chosen):
    rows = _scores(text, overlap, chosen)
    nrmse, ssim, misfit, nfe, seconds = rows.mean(0)
    each = " ".join(f"{value:.3f}" for value in rows[:, 0])
    spread = _spread(text, overlap, chosen)
    over = f", seeds {spread}" if spread else ""
    scores = f"{nrmse:.4f} +- {rows[:, 0].std():.4f}{over} {ssim:.3f}, misfit/floor {misfit:.2f}"
    return f"{text[:44]:28s} {overlap:4.0%} {scores}, {nfe:.0f} evaluations, {seconds:.2f} s [{each}]"


def table(methods, overlaps, chosen):
    """The scores as Markdown: a row per method, NRMSE/SSIM in a column per overlap, then the cost."""
    head = ["method", *(f"{x:.0%}" for x in overlaps), "evaluations", "seconds"]
    lines = [head, ["---"] * len(head)]
    if all(x in PAPER for x in overlaps):
        best = [f"{PAPER[x]:.3f}/{PAPER_SSIM[x]:.3f}" for x in overlaps]
        lines.append(["*the paper's best*", *best, "0 to 10,900", ""])
    for text in methods:
        rows = [_scores(text, x, chosen).mean(0) for x in overlaps]
        seconds = sorted(row[4] for row in rows)
        spreads = [_spread(text, x, chosen) for x in overlaps]
        cells = [f"{row[0]:.4f}{s}/{row[1]:.3f}" for row, s in zip(rows, spreads, strict=True)]
        lines.append(
            [text, *cells, f"{max(row[3] for row in rows):.0f}", f"{seconds[0]:.1f}-{seconds[-1]:.1f}"]
        )
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def plot(methods, overlaps, chosen, path):
    """NRMSE over overlap, logarithmic, one curve per method."""
    import os

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import pyqtgraph as pg
    import pyqtgraph.exporters

    pg.setConfigOptions(background="w", foreground="k", antialias=True)
    app = pg.mkQApp()
    widget = pg.PlotWidget()
    widget.resize(760, 460)
    item = widget.getPlotItem()
    item.setLogMode(y=True)
    item.addLegend(offset=(-10, 10))
    item.showGrid(x=True, y=True, alpha=0.3)
    item.setLabel("bottom", "overlap [%]")
    item.setLabel("left", "NRMSE")
    item.getAxis("left").enableAutoSIPrefix(False)
    item.getAxis("left").setTicks([[(np.log10(v), f"{v:g}") for v in _TICKS]])
    item.getAxis("bottom").setTicks([[(100 * o, f"{100 * o:.0f}") for o in overlaps]])
    x = [100 * overlap for overlap in overlaps]
    curves = {text: [_scores(text, o, chosen)[:, 0].mean() for o in overlaps] for text in methods}
    if all(o in PAPER for o in overlaps):
        curves = {"the paper's best": [PAPER[o] for o in overlaps], **curves}
    for k, (name, values) in enumerate(curves.items()):
        colour = pg.intColor(k, hues=len(curves), maxValue=200)
        item.plot(x, values, pen=pg.mkPen(colour, width=2), symbol="o", symbolBrush=colour, name=name)
    low, high = np.log10([min(map(min, curves.values())), max(map(max, curves.values()))])
    item.setRange(xRange=(min(x) - 2, max(x) + 2), yRange=(low - 0.05, high + 0.05), padding=0)
    app.processEvents()
    pyqtgraph.exporters.ImageExporter(item).export(str(path))


if __name__ == "__main__":
    sys.exit(main())
