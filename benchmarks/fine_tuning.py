"""Print NRMSE on one kind of object after short trainings: from `generic`, and from nothing.

    python benchmarks/fine_tuning.py FOLDER --work tuned --steps 100 300

FOLDER holds the raw files of models/SPLIT.md. A kind is one file of the validation part, so that no shipped
prior has learned from it: a prior is trained on a few images of its left half, and scored on pieces of its
right half, as a user would who has some reconstructions of a sample and needs more of it. All pieces of a
kind have one material: the same phase and absorption for the same thickness. Each length is a training of
its own, with its own fall of the learning rate. Scores are NRMSE of the lit area, medium probe, 1e5 counts,
one seed. What is in --work is not computed again. Processor time is that of this process, on one thread;
nothing is asserted.
"""

import argparse
import importlib.util
import json
import time
from pathlib import Path

import numpy as np

from ptygui.analysis.metrics import illuminated, nrmse
from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods import AWF, DAPS
from ptygui.paths import MODELS
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.training.options import PriorTraining
from ptygui.training.prior import train_prior

# File in FOLDER, size in the picture, phase [rad] and absorption of the full thickness.
KINDS = {
    "chip": ("chips", "sg13g2_sobel_30nm_fill_0.npz", 0.6, -1.6, 0.08),
    "axons": ("images/axons_sem", "data_axond_sub-rat5-sample-data14-SEM.jpg", 0.6, 1.2, 0.3),
}
LEARNED, SIZE = 192, 128  # px, of the images to learn from and of the pieces to score


def main():
    args = _arguments()
    import torch

    torch.set_num_threads(1)
    work = Path(args.work)
    work.mkdir(parents=True, exist_ok=True)
    kept = _Kept(work / "scores.jsonl")
    for kind in args.kinds:
        learned, pieces = objects(Path(args.folder), kind, args.images, args.pieces)
        print(f"\n{kind}: {len(learned)} images of {LEARNED} px, {len(pieces)} pieces of {SIZE} px")
        print(f"{'':24s} {'minutes':>7s} {'steps':>6s}  " + "  ".join(f"{o:>6.0%}" for o in args.overlaps))
        row(kept, kind, "AWF", AWF(iterations=600), pieces, args)
        for prior in ("blood-small", "generic"):
            row(kept, kind, prior, DAPS(prior=prior), pieces, args)
        for steps in args.steps:
            for start in args.starts:
                name = f"{kind}-{start or 'nothing'}-{steps}"
                minutes = trained(kept, learned, work / name, start, steps, args)
                title = f"trained from {start or 'nothing'}"
                row(kept, kind, title, DAPS(prior=str(work / name)), pieces, args, minutes, steps)


def _arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", help="the raw files, as for models/recipes/objects.py")
    parser.add_argument("--work", required=True, help="for weights and scores")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--steps", nargs="+", type=int, default=[100, 300, 1000])
    parser.add_argument("--starts", nargs="+", default=["generic", ""], help="models; '': from nothing")
    parser.add_argument("--images", type=int, default=3, help="to learn from (default: 3)")
    parser.add_argument("--pieces", type=int, default=2, help="to score (default: 2)")
    parser.add_argument("--overlaps", nargs="+", type=float, default=[0.2, 0.5])
    return parser.parse_args()


def objects(folder, kind, images, pieces):
    """Images of the left half of a kind's file, (images, H, W), and pieces of its right half."""
    place, file, factor, delay, absorption = KINDS[kind]
    recipe = _recipe()
    (path,) = [p for p in recipe.split_files(folder, "validation")[place] if p.name == file]
    if place == "chips":
        layers, heights = recipe._chip_layers(path)
        thickness = np.tensordot(heights, layers / np.float32(15), 1)
    else:
        with recipe.Image.open(path) as picture:
            thickness = 1 - np.asarray(picture.convert("L"), np.float32) / 255
    thickness = recipe.shrunk(thickness, factor)
    low, high = np.percentile(thickness, (1, 99))
    thickness = np.clip((thickness - low) / (high - low), 0, 1)
    obj = recipe.composed(0.95 * np.exp(-absorption * thickness), delay * thickness)
    middle = obj.shape[1] // 2
    return (
        np.stack(list(_pieces(obj[:, :middle], LEARNED, images))),
        list(_pieces(obj[:, middle:], SIZE, pieces)),
    )


def _pieces(obj, size, count):
    """Squares evenly spaced down the middle of an image, not at its ends."""
    rows, columns = obj.shape
    left = (columns - size) // 2
    for top in np.linspace(0.1 * (rows - size), 0.75 * (rows - size), count).astype(int):
        yield obj[top : top + size, left : left + size]


def _recipe():
    spec = importlib.util.spec_from_file_location("recipe", MODELS / "recipes" / "objects.py")
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    return recipe


def trained(kept, learned, folder, start, steps, args):
    """Train a prior unless it is done; minutes of processor time."""
    job = {"trained": folder.name}
    if job not in kept:
        options = PriorTraining(
            preset="small", steps=steps, noise_mean=-1.6, holdout=False, flatten_phase=False, threads=1,
            save_every=600,
        )  # fmt: skip
        began = time.process_time()
        for progress in train_prior({"images": learned}, options, folder, start=start or None, resume=False):
            last = progress
        kept[job] = [(time.process_time() - began) / 60, last.loss]
    return kept[job][0]


def row(kept, kind, title, method, pieces, args, minutes=None, steps=None):
    """Print the mean score of a method at each overlap."""
    means = []
    for overlap in args.overlaps:
        scores = []
        for k, piece in enumerate(pieces):
            job = {"kind": kind, "title": title, "steps": steps, "overlap": overlap, "piece": k}
            if job not in kept:
                kept[job] = score(piece, overlap, method)
            scores.append(kept[job])
        means.append(f"{np.mean(scores):.4f}")
    spent = f"{'' if minutes is None else f'{minutes:.1f}':>7s} {'' if steps is None else steps:>6}"
    print(f"{title:24s} {spent}  {'  '.join(means)}", flush=True)


def score(piece, overlap, method):
    """NRMSE of the lit area."""
    scan = simulate(piece, make_probe("medium"), Simulation(overlap=overlap, seed=0))
    *_, step = reconstruct(scan, method, interval=1e9)
    return nrmse(step.obj, scan.truth, region=illuminated(scan.illumination))


class _Kept:
    """A table of jobs and results in a file of JSON lines."""

    def __init__(self, path):
        self.path, self.held = path, {}
        for line in path.read_text().splitlines() if path.is_file() else ():
            job, result = json.loads(line)
            self.held[json.dumps(job)] = result

    def __contains__(self, job):
        return json.dumps(job) in self.held

    def __getitem__(self, job):
        return self.held[json.dumps(job)]

    def __setitem__(self, job, result):
        self.held[json.dumps(job)] = result
        with open(self.path, "a") as out:
            print(json.dumps([job, result]), file=out)


if __name__ == "__main__":
    main()
