"""Print how well a prior that was learned on one side of a scan reconstructs the other side.

    python benchmarks/own_prior.py siemens-star-small.npz.bz2 --folder own-star --picture star.png

The scan is split by place: positions to the left of the middle and to its right, a window's width apart, so
that no pixel is in windows of both. A prior is fine-tuned on the left side's reconstruction (`ptygui train
own`). On the right side positions are dropped until the nearest neighbours of the rest overlap by 40 or 20 %
of the probe's diameter of 90 % energy; these are reconstructed with the probe of the left side. The reference
is rPIE with probe refinement of the right side's other positions, so that it shares neither a photon nor a
pixel with what was learned. The difference is relative to the reference, after complex scale, ramp and shift,
where the sparse scan lights more than a tenth. Weights and scores are kept in --folder: a second call goes
on. Nothing is asserted about the scores.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from ptygui.analysis.align import align
from ptygui.analysis.metrics import best_factor
from ptygui.experiment.parts import part_of
from ptygui.experiment.reconstruct import reconstruct
from ptygui.experiment.run import Run
from ptygui.files.result_run import read_run
from ptygui.files.scans import read_scan
from ptygui.methods import AWF, DAPS, RPIE
from ptygui.networks.checkpoint import load_info
from ptygui.physics.probe import energy_diameter
from ptygui.training.dense_scan import DenseScan, lit_object
from ptygui.training.options import PriorTraining
from ptygui.training.own import RESULT, train_own

LIT = 0.1  # share of the illumination's 99th percentile that is scored
REFERENCE = RPIE(iterations=200, probe_update=True)


def main():
    args = _arguments()
    folder = Path(args.folder)
    folder.mkdir(parents=True, exist_ok=True)
    scan = read_scan(args.scan)
    left, right = sides(scan)
    print(f"{len(left)} positions on the left, {len(right)} on the right, of {len(scan)}")
    prior = folder / args.name
    learn(left, prior, args)
    dense = read_run(prior / RESULT, [left])
    probe = dense.last.probe
    rows, columns = lit_object(dense, DenseScan(lit=args.lit))[1]
    learned = np.zeros(scan.object_shape, bool)
    learned[rows, columns] = True
    diameter = energy_diameter(probe, 0.9)
    print(f"learned from rows {rows.start} to {rows.stop}, columns {columns.start} to {columns.stop}")
    print(f"probe of {scan.width} px, 90 % of its energy within {diameter:.1f} px")
    methods = {
        "rPIE": RPIE(iterations=600),
        "AWF": AWF(iterations=600),
        "blood-small": DAPS(prior="blood-small"),
        "generic": DAPS(prior="generic"),
        args.name: DAPS(prior=str(prior)),
    }
    kept, shown = _Kept(folder / "scores.jsonl"), []
    for overlap in args.overlaps:
        sparse, rest = thinned(right, (1 - overlap) * diameter)
        step = nearest(sparse.positions)
        print(f"\n{len(sparse)} positions, {step:.0f} px to the nearest: {1 - step / diameter:.0%} overlap")
        reference = kept.object(f"reference-{len(rest)}", rest, REFERENCE)
        sparse = replace(sparse, probe=probe)
        region = lit(sparse) & lit(rest)
        if (region & learned).any():
            raise SystemExit("the area that is scored touches the area that was learned: leave a wider gap")
        halves = [
            kept.object(f"half-{len(rest)}-{k}", rest.subset(slice(k, None, 2)), REFERENCE) for k in (0, 1)
        ]
        noise = difference(*halves, region)[0] / 2  # two halves have four times the variance of the whole
        print(f"  reference {len(rest)} positions, its own noise about {noise:.4f}")
        for name, method in methods.items():
            obj = kept.object(f"{name}-{len(sparse)}", sparse, method)
            off, aligned = difference(obj, reference, region)
            print(f"  {name:12s} {off:.4f}", flush=True)
            shown.append((f"{name}, {len(sparse)} positions: {off:.3f}", aligned))
        shown.append((f"reference, {len(rest)} positions", boxed(reference, region)))
    if args.picture:
        picture(shown, len(methods) + 1, args.picture)


def _arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scan", help="a dense scan; the split needs twice its window's width of positions")
    parser.add_argument("--folder", required=True, help="for weights and scores")
    parser.add_argument("--name", default="own", help="of the prior, a folder in --folder")
    parser.add_argument("--steps", type=int, default=1200, help="of the training (default: 1200)")
    parser.add_argument("--start", default="generic", help="prior to fine-tune (default: generic)")
    parser.add_argument("--learning-rate", type=float, default=4e-4)
    parser.add_argument("--lit", type=float, default=0.2, help="as of `ptygui train own` (default: 0.2)")
    parser.add_argument("--flatten", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--overlaps", nargs="+", type=float, default=[0.4, 0.2])
    parser.add_argument("--picture", help="write the phases as a PNG")
    return parser.parse_args()


def sides(scan):
    """The positions left and right of the middle, a window's width apart."""
    centres = scan.positions[:, 1] + scan.width / 2
    middle, half = (centres.min() + centres.max()) / 2, scan.width / 2
    left, right = part_of(scan, f":,:{middle - half:.3f}"), part_of(scan, f":,{middle + half:.3f}:")
    assert not {tuple(p) for p in left.positions} & {tuple(p) for p in right.positions}
    assert (left.positions[:, 1].max() + scan.width) <= right.positions[:, 1].min()
    return left, right


def learn(left, prior, args):
    """Fine-tune a prior on the left side, unless it is done."""
    if (prior / "prior.json").is_file() and load_info(prior).training["steps"] >= args.steps:
        return
    options = PriorTraining(
        steps=args.steps, learning_rate=args.learning_rate, flatten_phase=args.flatten, threads=1
    )
    source = Run(0, left, REFERENCE)
    for progress in train_own(source, DenseScan(lit=args.lit), options, prior, start=args.start):
        if progress.saved:
            losses = ", ".join(f"{s:g}: {v:.5f}" for s, v in progress.validation.items())
            print(f"  step {progress.step}, {progress.seconds / 60:.1f} min, held out {losses}", flush=True)


def thinned(scan, apart):
    """Positions whose nearest neighbours are about this far apart [px], and the others."""
    order = np.lexsort(scan.positions.T[::-1])
    best, error = order[:1], np.inf
    for least in np.arange(0.7 * apart, 1.1 * apart, 0.5):
        chosen = []
        for k in order:
            if all(np.hypot(*(scan.positions[k] - scan.positions[j])) >= least for j in chosen):
                chosen.append(k)
        if len(chosen) > 1 and abs(nearest(scan.positions[chosen]) - apart) < error:
            best, error = chosen, abs(nearest(scan.positions[chosen]) - apart)
    inside = np.zeros(len(scan), bool)
    inside[best] = True
    return scan.subset(inside), scan.subset(~inside)


def nearest(positions):
    """Median distance to the nearest neighbour [px]."""
    return float(np.median(cKDTree(positions).query(positions, 2)[0][:, 1]))


def lit(scan):
    """Where a scan has light, bool of the object's shape."""
    return scan.illumination > LIT * np.percentile(scan.illumination, 99)


def boxed(image, region):
    """The part of an image about a region."""
    rows, columns = (np.flatnonzero(region.any(axis)) for axis in (1, 0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def difference(obj, reference, region):
    """Relative difference after complex scale, ramp and shift; and the aligned object."""
    obj, reference, inside = (boxed(image, region) for image in (obj, reference, region))
    aligned = align(obj, reference, inside, ramp=True, shift=True).apply(obj)
    aligned = aligned * best_factor(aligned[inside], reference[inside], "complex")
    off = np.linalg.norm((aligned - reference)[inside]) / np.linalg.norm(reference[inside])
    return float(off), aligned


class _Kept:
    """Objects that were reconstructed already, as files beside the table of their seconds."""

    def __init__(self, path):
        self.path = path

    def object(self, name, scan, method):
        """The object of a method on a scan, from its file or made now."""
        prior = getattr(method, "prior", "")
        file = self.path.parent / f"{name.replace('/', '_')}.npy"
        made = Path(prior) / "prior.json"
        if file.is_file() and not (made.is_file() and made.stat().st_mtime > file.stat().st_mtime):
            return np.load(file)
        *_, step = reconstruct(scan, method, interval=1e9)
        np.save(file, step.obj)
        with open(self.path, "a") as out:
            chi = step.misfit / step.noise_floor
            print(json.dumps({"name": name, "seconds": round(step.seconds, 1), "chi": chi}), file=out)
        return step.obj


def picture(shown, columns, path):
    """Phases of all objects, one row for each overlap."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = -(-len(shown) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(2.2 * columns, 5.2 * rows), squeeze=False)
    for axis, (title, obj) in zip(axes.flat, shown, strict=True):
        phase = np.angle(obj * np.exp(-1j * np.angle(np.median(obj.real) + 1j * np.median(obj.imag))))
        axis.imshow(phase, vmin=-1.2, vmax=0.8, cmap="gray")
        axis.set_title(title, fontsize=7)
        axis.axis("off")
    figure.tight_layout()
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
