"""Measure the error of a trained prior per noise level and frequency, print it, and store it in the folder.

    python benchmarks/spectrum.py models/blood-small IMAGE.npz::obj_flat@4:508,4:508 ... [--dry]

Training does this at every save; this script is for earlier folders or other images. It uses the blocks
that training holds out, the lower right of images of at least 400 px per side. `daps` reads the table from
prior.json.
"""

import argparse
import sys
from pathlib import Path

import torch

from ptygui.files.objects import read_object
from ptygui.networks.checkpoint import load_info, store_errors
from ptygui.networks.spectrum import error_spectrum
from ptygui.prior.prior import load_prior
from ptygui.training.options import PriorTraining
from ptygui.training.trainer import Trainer

WAVES = (1.0, 4.0, 16.0, 32.0, 64.0, 100.0)


def main():
    args = _arguments()
    info = load_info(args.folder)
    objects = {Path(spec).name: read_object(spec).obj for spec in args.images}
    held_out = Trainer(objects, PriorTraining(preset=info.preset, minutes=1.0)).held_out
    if held_out is None:
        raise SystemExit("no image is large enough to hold a part out")
    errors = error_spectrum(load_prior(args.folder).denoise, info.channels.from_polar(*held_out.unbind(1)))
    print("power of the error, amplitude / phase [channel units squared], at half waves over 128 px")
    print("| sigma | white, of d and sigma | " + " | ".join(f"{k:g}" for k in WAVES) + " |")
    print("|---" * (len(WAVES) + 2) + "|")
    for sigma in errors.sigmas:
        cells = [f"{a:.1e} / {p:.1e}" for a, p in errors.at(sigma, torch.tensor(WAVES)).T.tolist()]
        white = " / ".join(f"{1 / (1 / sigma**2 + 1 / d**2):.1e}" for d in info.sigma_data)
        print(f"| {sigma:g} | {white} | " + " | ".join(cells) + " |")
    if not args.dry:
        store_errors(args.folder, errors)
    return 0


def _arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", help="of the prior")
    parser.add_argument("images", nargs="+", help="as for `ptygui train prior`")
    parser.add_argument("--dry", action="store_true", help="print only")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
