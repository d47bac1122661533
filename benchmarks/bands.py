"""Draw objects to calibrate and to test the bands of a prior on; `ptygui calibrate` does the rest.

    python benchmarks/bands.py FOLDER OUT --part validation --kind chips --count 8
    python benchmarks/bands.py FOLDER OUT --part test --kind chips --count 6
    ptygui calibrate chips --objects OUT/v*.npz chip:8100{0..7}:96 --check OUT/test_*.npz --kept KEPT
    ptygui calibrate blood-small --objects smear:8100{0..9}:96 --check smear:8600{0..5}:96 --photons 1e3 1e5

For `generic` take `--kind all`, 16 of the validation part, two smears and two chips.

FOLDER holds the raw files of models/SPLIT.md. An object is a piece of 96 px of a layout, or of each kind in
turn, drawn by models/recipes/objects.py with seeds that nothing else uses; the smears are procedural ones of
such seeds. The table of docs/results.md is of these commands. Test files were opened once before, by the
table of priors (benchmarks/prior_table.py); nothing was chosen on them, then or now.
"""

import argparse
from pathlib import Path

import numpy as np
from prior_table import load_recipe

SIZE = 96  # px
SEED = {"validation": 81_000, "test": 86_000}


def main():
    args = _arguments()
    recipe = load_recipe()
    files = recipe.split_files(args.folder, args.part)
    if args.kind == "chips":
        sources = [(recipe.chip, path) for path in files["chips"]]
    else:
        made = {"chips": recipe.chip, "complex": recipe.measured, "complex/lattices": recipe.lattice}
        firsts = [(made.get(kind, recipe.photograph), paths[0]) for kind, paths in files.items() if paths]
        sources = firsts
    args.out.mkdir(parents=True, exist_ok=True)
    for k in range(args.count):
        make, path = sources[k % len(sources)]
        rng = np.random.default_rng([SEED[args.part], *path.name.encode(), k // len(sources)])
        target = args.out / f"{args.part}_{k:02d}_{path.stem}.npz"
        np.savez(target, obj=make(path, rng, SIZE))
        print(target, flush=True)


def _arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="the raw files, as for models/recipes/objects.py")
    parser.add_argument("out", type=Path)
    parser.add_argument("--part", required=True, choices=tuple(SEED))
    parser.add_argument(
        "--kind", required=True, choices=("chips", "all"), help="layouts, or each kind in turn"
    )
    parser.add_argument("--count", type=int, default=8)
    return parser.parse_args()


if __name__ == "__main__":
    main()
