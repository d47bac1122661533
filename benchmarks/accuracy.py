"""Print NRMSE, SSIM and seconds of methods on patches of an object, by the paper's protocol.

    python benchmarks/accuracy.py FILE.npz::obj_flat --corners 352,0 384,128 --methods rpie awf daps

Each patch is 128 x 128, scanned with the medium probe (`cover` raster, Poisson, 1e5 counts peak); scores are
over the whole patch. A method may carry options: `daps:levels=30,inner=100`. Run on an idle machine when
the seconds matter; nothing is asserted.
"""

import argparse
import json
import sys
import time

import numpy as np

from ptygui.files.objects import read_object
from ptygui.methods import method_named
from ptygui.options import options_of
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.reconstruct import reconstruct


def method_from(text):
    """`name` or `name:option=value,option=value` as a method."""
    name, _, rest = text.partition(":")
    cls = method_named(name)
    known = {o.name: o for o in options_of(cls)}
    return cls(**{k: known[k].check(v) for k, v in (pair.split("=") for pair in rest.split(",") if pair)})


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("object", nargs="+", help="object file, as ptygui simulate --object takes it")
    parser.add_argument("--corners", nargs="+", default=["0,0"], help="first ROW,COLUMN of each patch [px]")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--overlaps", nargs="+", type=float, default=[0.2, 0.38, 0.5, 0.74])
    parser.add_argument("--methods", nargs="+", default=["rpie", "awf", "daps"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--json", help="append one JSON line per run to this file")
    args = parser.parse_args()
    if args.threads:
        import torch

        torch.set_num_threads(args.threads)
    corners = [tuple(int(n) for n in c.split(",")) for c in args.corners]
    print("method, overlap, NRMSE, SSIM, misfit over noise floor, evaluations, seconds [NRMSE of each patch]")
    for text in args.methods:
        method = method_from(text)
        for overlap in args.overlaps:
            rows = []
            for spec in args.object:
                obj = read_object(spec).obj
                for (r, c), seed in ((c, s) for c in corners for s in args.seeds):
                    patch = obj[r : r + args.size, c : c + args.size]
                    scan = simulate(patch, make_probe("medium"), Simulation(overlap=overlap, seed=seed))
                    began = time.perf_counter()
                    *_, step = reconstruct(scan, method, seed=seed, interval=1e9)
                    seconds = time.perf_counter() - began
                    rows.append((step.nrmse, step.ssim, step.misfit / step.noise_floor, step.nfe, seconds))
                    if args.json:
                        with open(args.json, "a") as out:
                            line = dict(method=text, overlap=overlap, object=spec, corner=[r, c], seed=seed)
                            line |= dict(
                                zip(("nrmse", "ssim", "misfit", "nfe", "seconds"), rows[-1], strict=True)
                            )
                            print(json.dumps(line), file=out)
            mean = np.mean(rows, 0)
            each = " ".join(f"{row[0]:.3f}" for row in rows[:8])
            nrmse, ssim, misfit, nfe, seconds = mean
            scores = f"{nrmse:7.4f} {ssim:6.3f} {misfit:6.2f} {nfe:5.0f} {seconds:7.2f}"
            print(f"{text[:44]:44s} {overlap:5.0%} {scores}   [{each}]", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
