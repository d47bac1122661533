"""Print every prior on objects of every kind, AWF beside: the final table of models/README.md.

    python benchmarks/prior_table.py FOLDER --part validation --kept validation.jsonl
    python benchmarks/prior_table.py FOLDER --part test --smear SMEAR.npz::obj_flat --kept test.jsonl

FOLDER holds the raw files of models/SPLIT.md. A row is one object of 128 px: one from each chip, one from
the first file of each kind of microscopy, crystals, measured objects, those that benchmarks/unseen.py
draws, and patches of smears (procedural, and with --smear measured ones, which are validation). Scores are
NRMSE of the lit area; medium probe, `cover` raster, 1e5 counts peak, one seed, every method with its
defaults. Runs that the file --kept holds are not repeated. Test files are opened once, after everything was
chosen (models/SPLIT.md). Nothing is asserted.
"""

import argparse
import importlib.util
import json
from pathlib import Path

import numpy as np
import torch
from unseen import DRAWN, FIRST_SEED

from ptygui.analysis.metrics import illuminated, nrmse
from ptygui.experiment.reconstruct import reconstruct
from ptygui.files.objects import read_object
from ptygui.methods import AWF, DAPS
from ptygui.paths import MODELS
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate

SIZE = 128  # px
OVERLAPS = (0.2, 0.38, 0.5, 0.74)
PRIORS = ("blood-small", "generic", "chips")
PATCHES = ("352,0", "384,128")  # of the measured smear: rows nothing is trained on
_FILES = {"images": 1, "complex": 2, "complex/lattices": 3}  # files of a kind that are taken; of chips all


def main():
    args = _arguments()
    torch.set_num_threads(1)
    kept = _Kept(args.kept)
    methods = {"AWF": AWF(), "power law": AWF(gaussian_prior="power-law")}
    methods |= {Path(prior).name: DAPS(prior=prior) for prior in args.priors}
    rows = {}
    for group, name, make in objects(args):
        obj = None
        for overlap in args.overlaps:
            for title, method in methods.items():
                job = f"{name} {overlap:g} {title}"
                if job not in kept:
                    obj = make() if obj is None else obj
                    kept[job] = score(obj, overlap, method)
                rows.setdefault(group, {}).setdefault((overlap, title), []).append(kept[job])
        said = (
            f"{overlap:.0%} " + " ".join(f"{kept[f'{name} {overlap:g} {title}']:.4f}" for title in methods)
            for overlap in args.overlaps
        )
        print(f"{name}: {' | '.join(said)}", flush=True)
    print("\n" + table(rows, methods, args.overlaps))


def _arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="the raw files, as for models/recipes/objects.py")
    parser.add_argument("--part", required=True, choices=("validation", "test"))
    parser.add_argument("--smear", help="a measured smear whose rows from 352 on are nobody's training")
    parser.add_argument("--priors", nargs="+", default=list(PRIORS), help="names or folders")
    parser.add_argument("--overlaps", nargs="+", type=float, default=list(OVERLAPS))
    parser.add_argument("--only", nargs="+", help="groups of objects, such as chips")
    parser.add_argument("--places", type=int, default=1, help="objects from each chip (default: 1)")
    parser.add_argument("--kept", type=Path, required=True, help="JSON lines of the scores")
    return parser.parse_args()


def objects(args):
    """Yield (group, name, function that makes the object) of all that is scored."""
    recipe = load_recipe()
    for place, paths in recipe.split_files(args.folder, args.part).items():
        group = {"complex/lattices": "crystals", "complex": "measured"}.get(place, place)
        most = _FILES.get("images" if place.startswith("images/") else place)
        make = {"chips": recipe.chip, "complex": recipe.measured, "complex/lattices": recipe.lattice}
        for path in paths[:most]:
            for k in range(args.places if place == "chips" else 1):
                rng = np.random.default_rng([FIRST_SEED, *path.name.encode(), k])
                if _wanted(args, group):
                    name = f"{place}/{path.name}" + (f"#{k}" if k else "")
                    yield group, name, _of_file(make.get(place, recipe.photograph), path, rng)
    if args.part == "test":
        for k, (name, draw) in enumerate(DRAWN.items()):
            if _wanted(args, "drawn"):
                yield "drawn", name, _drawn(draw, np.random.default_rng(FIRST_SEED + k))
    smears = [f"smear:{FIRST_SEED + k}:{SIZE}" for k in range(2)]
    if args.smear:
        smears += [f"{args.smear}@{_square(corner)}" for corner in PATCHES]
    for spec in smears:
        if _wanted(args, "smears"):
            path, _, square = spec.partition("@")
            yield "smears", f"{Path(path).name} {square}", _read(spec)


def _wanted(args, group):
    return args.only is None or group in args.only


def _of_file(make, path, rng):
    return lambda: make(path, rng, SIZE)


def _drawn(draw, rng):
    return lambda: draw(rng, SIZE)


def _read(spec):
    return lambda: read_object(spec).obj


def _square(corner):
    row, column = map(int, corner.split(","))
    return f"{row}:{row + SIZE},{column}:{column + SIZE}"


def score(obj, overlap, method):
    """NRMSE of the lit area."""
    scan = simulate(obj, make_probe("medium"), Simulation(overlap=overlap, seed=0))
    *_, step = reconstruct(scan, method, interval=1e9, device="cpu")
    return float(nrmse(step.obj, scan.truth, region=illuminated(scan.illumination)))


def table(rows, methods, overlaps):
    """Means by group as Markdown."""
    heads = [f"{overlap:.0%}: {title}" for overlap in overlaps for title in methods]
    lines = ["| objects | n | " + " | ".join(heads) + " |", "|---" * (len(heads) + 2) + "|"]
    for group, scores in rows.items():
        cells = [f"{np.mean(scores[overlap, title]):.4f}" for overlap in overlaps for title in methods]
        lines.append(f"| {group} | {len(next(iter(scores.values())))} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def load_recipe():
    spec = importlib.util.spec_from_file_location("recipe", MODELS / "recipes" / "objects.py")
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    return recipe


class _Kept(dict):
    """Scores by job, in a file of JSON lines."""

    def __init__(self, path):
        self.path = path
        lines = path.read_text().splitlines() if path.is_file() else ()
        super().__init__(json.loads(line) for line in lines)

    def __setitem__(self, job, result):
        super().__setitem__(job, result)
        with open(self.path, "a") as out:
            print(json.dumps([job, result]), file=out)


if __name__ == "__main__":
    main()
