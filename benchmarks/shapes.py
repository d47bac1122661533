"""Print speed against accuracy of several shapes of the prior, each trained for the same processor time.

    python benchmarks/shapes.py IMAGE.npz::obj_flat@4:352,4:252 ... smear --weights 0.35,... --minutes 12 \
        --patches IMAGE2.npz::obj_flat@384:512,384:512 ... --keep FOLDER

For each shape: parameters, processor time of one evaluation at 128 px, steps, held-out loss per noise level,
and NRMSE of `daps` on the patches without and with a U-Net's start. One thread and processor time, so that
other load matters little. With --keep models are kept, and those in the folder are not trained again.
"""

import argparse
import contextlib
import json
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import numpy as np
import torch

from ptygui.experiment.reconstruct import reconstruct
from ptygui.files.objects import read_object
from ptygui.methods.daps import DAPS
from ptygui.networks.denoiser import PRESETS, attended
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.prior.prior import Prior, load_prior
from ptygui.training.budget import fraction_used, learning_rate
from ptygui.training.data import training_smears
from ptygui.training.options import PriorTraining
from ptygui.training.trainer import Trainer

SIGMAS = (0.1, 0.3, 0.5, 1.0)
WARM_UP = 100  # steps: these trainings are short


def shape(*widths, attention, layers=1):
    """Keywords of a U-Net behind a 2x2 space-to-depth stem."""
    return PRESETS["compact"] | {
        "block_out_channels": widths,
        "layers_per_block": layers,
        "attention_head_dim": 16 if widths[-1] % 32 else 32,
        **attended(len(widths), attention),
    }


SHAPES = {
    "32,64,96": shape(32, 64, 96, attention=0),
    "compact": PRESETS["compact"],
    "48,96,160": shape(48, 96, 160, attention=1),
    "64,128,192": shape(64, 128, 192, attention=1),
    "medium": PRESETS["medium"],
}


def main():
    args = _arguments()
    torch.set_num_threads(1)
    objects = {Path(d).name: training_smears() if d == "smear" else read_object(d).obj for d in args.data}
    with contextlib.ExitStack() as stack:
        keep = Path(args.keep or stack.enter_context(tempfile.TemporaryDirectory()))
        print("| shape | parameters | ms | steps | " + " | ".join(f"sigma {s:g}" for s in SIGMAS), end=" | ")
        print(" | ".join(f"daps {x:.0%}, U-Net's start" for x in args.overlaps) + " |")
        for name in args.shapes:
            folder = keep / name.replace(",", "-")
            if not (folder / "scores.json").is_file():
                options = PriorTraining(
                    data_weights=args.weights, minutes=args.minutes, threads=1, seed=args.seed
                )
                with mock.patch.dict(PRESETS, {"compact": SHAPES[name]}):
                    trainer = Trainer(objects, options)
                train(trainer, folder)
                scores = measure(folder, trainer.latest_validation, trainer.step)
                scores |= {"daps": accuracy(folder, args.patches, args.overlaps)}
                (folder / "scores.json").write_text(json.dumps(scores))
            print(line(name, json.loads((folder / "scores.json").read_text())), flush=True)


def _arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", nargs="+", help="objects to train on, as for ptygui train prior")
    parser.add_argument("--weights", default="", help="how often each is drawn")
    parser.add_argument("--minutes", type=float, default=12.0, help="processor time of each training")
    parser.add_argument("--shapes", nargs="+", default=list(SHAPES), choices=SHAPES)
    parser.add_argument("--patches", nargs="*", default=[], help="objects of 128 px to reconstruct")
    parser.add_argument("--overlaps", nargs="+", type=float, default=[0.2, 0.38])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", help="folder for the models")
    return parser.parse_args()


def train(trainer, folder, take_step=None):
    """Train for the processor time that the options give, and save."""
    take_step = take_step or trainer.take_step
    options, begun, loss = trainer.options, time.process_time(), 1.0
    while True:
        trainer.seconds = time.process_time() - begun
        fraction = fraction_used(trainer.step, trainer.seconds, options)
        if fraction >= 1:
            break
        loss += 0.01 * (take_step(learning_rate(trainer.step, fraction, options, WARM_UP)) - loss)
    trainer.validate(loss)
    trainer.save(folder, folder / "training-state")


def measure(folder, validation, steps):
    """Parameters, milliseconds of an evaluation, steps and held-out losses."""
    prior: Prior = load_prior(str(folder), "cpu")
    x, spent = torch.randn(1, 2, 128, 128), []
    with torch.no_grad():
        for _ in range(30):
            begun = time.process_time()
            prior.denoise(x, 0.5)
            spent.append(time.process_time() - begun)
    return {
        "parameters": sum(p.numel() for p in prior.network.parameters()),
        "ms": 1e3 * float(np.median(spent)),
        "steps": steps,
        "losses": {str(s): v for s, v in validation.items()},
    }


def accuracy(prior, patches, overlaps):
    """NRMSE of `daps` for each overlap, and each patch, without and with a U-Net's start."""
    result = {}
    for overlap in overlaps:
        for clean in (False, True):
            method = DAPS(prior=str(prior), start_unet=clean)
            result[f"{overlap:g} {'U-Net' if clean else 'AWF'}"] = [
                _nrmse(read_object(patch).obj, overlap, method) for patch in patches
            ]
    return result


def _nrmse(obj, overlap, method):
    *_, step = reconstruct(
        simulate(obj, make_probe("medium"), Simulation(overlap=overlap)), method, interval=1e9
    )
    return step.nrmse


def line(name, scores):
    """A row of the table; NRMSE is the mean over the patches, without / with the U-Net's start."""
    cells = [name, f"{scores['parameters'] / 1e6:.1f} M", f"{scores['ms']:.0f}", str(scores["steps"])]
    cells += [f"{scores['losses'][str(s)]:.5f}" for s in SIGMAS]
    pairs = list(scores["daps"].values())
    for plain, cleaned in zip(pairs[::2], pairs[1::2], strict=True):
        cells.append(f"{np.mean(plain):.4f} / {np.mean(cleaned):.4f}" if plain else "")
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    sys.exit(main())
