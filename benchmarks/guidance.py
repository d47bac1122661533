"""Print how well `dps` does with different units of its guidance step, on patches of an object.

    python benchmarks/guidance.py STRIP.npz::obj_flat --methods dps dps:zeta_units=sigma_tilde,zeta=0.3

128 px patches, medium probe, Poisson, 1e5 counts peak, one seed. Beside
NRMSE and SSIM of the whole patch stand NRMSE after the slow part of the phase error is removed by the truth,
misfit over noise, network evaluations and seconds. With --json every run is kept, and those that the file
holds are not repeated.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from ptygui.analysis.metrics import nrmse
from ptygui.experiment.reconstruct import reconstruct
from ptygui.files.objects import read_object
from ptygui.methods import method_from
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate

SLOW = 16  # standard deviation of the Gaussian that tells slow from fast phase errors: half a probe [px]
NAMES = ("NRMSE", "without slow phase", "SSIM", "misfit over noise", "evaluations", "seconds")


def main():
    """Run what is not known yet, and print it all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("object", help="object file, as for ptygui simulate --object")
    parser.add_argument("--corners", nargs="+", default=["352,0", "384,128"], help="ROW,COLUMN [px]")
    parser.add_argument("--overlaps", nargs="+", type=float, default=[0.2])
    parser.add_argument("--methods", nargs="+", default=["dps:num_steps=100,j=5"])
    parser.add_argument("--json", help="keep every run in this file, one JSON line each")
    args = parser.parse_args()
    kept = {}
    if args.json and Path(args.json).is_file():
        lines = [json.loads(line) for line in Path(args.json).read_text().splitlines()]
        kept = {json.dumps(line["job"]): line["scores"] for line in lines}
    print("| method | overlap | patch |", " | ".join(NAMES), "|")
    print("|" + " --- |" * (3 + len(NAMES)))
    for text in args.methods:
        for overlap in args.overlaps:
            for corner in args.corners:
                job = {"method": text, "overlap": overlap, "object": args.object, "corner": corner}
                key = json.dumps(job)
                if key not in kept:
                    kept[key] = run(job)
                    if args.json:
                        with open(args.json, "a") as out:
                            print(json.dumps({"job": job, "scores": kept[key]}), file=out)
                scores = " | ".join(f"{value:.4g}" for value in kept[key])
                print(f"| {text} | {overlap:.0%} | {corner} | {scores} |", flush=True)
    return 0


def run(job):
    """The numbers of one run, in the order of `NAMES`."""
    row, column = (int(n) for n in job["corner"].split(","))
    patch = read_object(job["object"]).obj[row : row + 128, column : column + 128]
    scan = simulate(patch, make_probe("medium"), Simulation(overlap=job["overlap"]), specimen="blood smear")
    began = time.perf_counter()
    *_, step = reconstruct(scan, method_from(job["method"]), interval=1e9)
    seconds = time.perf_counter() - began
    fast = nrmse(without_slow_phase(step.obj, scan.truth), scan.truth)
    return [step.nrmse, fast, step.ssim, step.misfit / step.noise_floor, step.nfe, seconds]


def without_slow_phase(obj, truth):
    """An object whose phase differs from that of the truth by nothing that is slower than `SLOW`."""
    beside = obj * np.conj(truth)
    slow = gaussian_filter(beside.real, SLOW) + 1j * gaussian_filter(beside.imag, SLOW)
    return obj * np.exp(-1j * np.angle(slow))


if __name__ == "__main__":
    sys.exit(main())
