"""Write objects of one part of models/SPLIT.md as files, for `ptygui experiment --objects`.

    python benchmarks/split_objects.py FOLDER OUT --part test
    ptygui experiment table1 --objects OUT/chips/*.npz --patches 6 --methods awf,daps:prior=chips --out chips

FOLDER holds the raw files of models/SPLIT.md. OUT gets a folder for each prior that suits what is in it:
`chips` a piece of 128 px of every layout; `generic` one of the first file of each kind of microscopy,
crystals, measured objects, and of the test part those drawn by benchmarks/unseen.py; `blood-small`
procedural smears. The pieces are drawn with seeds that nothing else uses, so that they are others than those
of the table of priors (benchmarks/prior_table.py), of the same files.
"""

import argparse
from pathlib import Path

import numpy as np
from prior_table import load_recipe
from unseen import DRAWN

from ptygui.files.objects import read_object

SIZE = 128  # px
SEED = {"validation": 84_000, "test": 85_000}
FILES = {"chips": None, "complex": 2, "complex/lattices": 3}  # that are taken of a place; else one


def main():
    args = _arguments()
    for prior, name, obj in pieces(args):
        target = args.out / prior / f"{name}.npz"
        target.parent.mkdir(parents=True, exist_ok=True)
        np.savez(target, obj=obj)
        print(target, flush=True)


def pieces(args):
    """Yield (prior, name, object)."""
    recipe, seed = load_recipe(), SEED[args.part]
    make = {"chips": recipe.chip, "complex": recipe.measured, "complex/lattices": recipe.lattice}
    for place, paths in recipe.split_files(args.folder, args.part).items():
        for path in paths[: FILES.get(place, 1)]:
            rng = np.random.default_rng([seed, *path.name.encode()])
            prior = "chips" if place == "chips" else "generic"
            yield prior, path.stem, make.get(place, recipe.photograph)(path, rng, SIZE)
    if args.part == "test":
        for k, (name, draw) in enumerate(DRAWN.items()):
            yield "generic", name.replace(", ", "-"), draw(np.random.default_rng(seed + k), SIZE)
    for k in range(args.smears):
        yield "blood-small", f"smear-{seed + k}", read_object(f"smear:{seed + k}:{SIZE}").obj


def _arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="the raw files, as for models/recipes/objects.py")
    parser.add_argument("out", type=Path)
    parser.add_argument("--part", required=True, choices=tuple(SEED))
    parser.add_argument("--smears", type=int, default=6, help="procedural ones (default: 6)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
