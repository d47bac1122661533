"""Compare the paper's neighbours with AWF, rPIE and daps: print a table, and draw what each makes.

    python benchmarks/neighbours.py --out neighbours
    python benchmarks/neighbours.py SMEAR.npz::obj_flat --corners 352,0 384,128 --out neighbours

Always the built-in example smear; further objects are cut to patches of 128 px. Each is scanned with the
medium probe (`cover` raster, Poisson, 1e5 counts peak). Seconds are processor time of one thread; minutes are
those of a network's training. Results are kept in FOLDER and not computed again; FOLDER/neighbours.png has
one column per method, FOLDER/hallucination.png shows PtychoNN on a chip. Nothing is asserted.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from ptygui.experiment.reconstruct import reconstruct
from ptygui.files.objects import read_object
from ptygui.methods import method_from
from ptygui.methods.ptychi import installed
from ptygui.physics.chip import chip
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.physics.smear import smear

OVERLAPS = (0.2, 0.5, 0.74)
SIZE = 128
METHODS = ["awf", "rpie", "daps", "unet", "pmace:iterations=500", "dip", "ptychonn"]
METHODS += ["unrolled:network=unrolled-20", "unrolled:network=unrolled-50"]
METHODS += ["ptychi:engine=LSQML,batch_size=50,batching=compact,momentum=0.5"] if installed() else []
HALLUCINATION = ["awf", "ptychonn", "ptychonn:awf_iterations=300"]


def main():
    args = _arguments()
    import torch

    torch.set_num_threads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    objects = {"example": smear((SIZE, SIZE), seed=0)}
    for spec in args.object:
        whole = read_object(spec).obj
        for corner in args.corners:
            row, column = (int(n) for n in corner.split(","))
            objects[f"patch {corner}"] = whole[row : row + SIZE, column : column + SIZE]
    found = {}
    for name, obj in objects.items():
        for overlap in args.overlaps:
            scan = simulate(obj, make_probe("medium"), Simulation(overlap=overlap), specimen="blood smear")
            for text in args.methods:
                found[name, overlap, text] = kept(args.out, scan, f"{name} {overlap} {text}", text)
                print(name, f"{overlap:.0%}", text, _told(found[name, overlap, text][0]), flush=True)
    print(table(args.methods, args.overlaps, objects, found))
    draw(args.out / "neighbours.png", args.methods, args.overlaps, next(reversed(objects.items())), found)
    hallucinations(args.out)
    return 0


def _arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("object", nargs="*", help="object files, as for ptygui simulate --object")
    parser.add_argument("--corners", nargs="+", default=["352,0", "384,128"], help="ROW,COLUMN of each patch")
    parser.add_argument("--overlaps", nargs="+", type=float, default=list(OVERLAPS))
    parser.add_argument("--methods", nargs="+", default=METHODS)
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    return parser.parse_args()


def kept(folder, scan, key, text):
    """Scores and object of a run: computed, or those that the folder holds under the key."""
    path = folder / f"{key.replace('/', '-').replace('=', '-').replace(':', '-')}.npz"
    if path.is_file():
        with np.load(path) as held:
            return json.loads(str(held["scores"])), held["obj"]
    method = method_from(text)
    next(reconstruct(scan, method, interval=0, device="cpu"))  # imports and loading are not counted
    began = time.process_time()
    *_, last = reconstruct(scan, method, interval=1e9, device="cpu")
    seconds = time.process_time() - began
    scores = {"nrmse": last.nrmse, "ssim": last.ssim, "seconds": seconds, "nfe": last.nfe}
    np.savez_compressed(path, obj=last.obj, scores=json.dumps(scores))
    return scores, last.obj


def _told(scores):
    return "{nrmse:.3f} / {ssim:.3f}, {seconds:.1f} s, {nfe} evaluations".format(**scores)


def table(methods, overlaps, objects, found):
    """A row per method: NRMSE / SSIM of the example and of the patches' mean, and what it takes."""
    groups = {"example": ["example"], "patches": [name for name in objects if name != "example"]}
    groups = {name: members for name, members in groups.items() if members}
    heads = [f"{group}, {overlap:.0%}" for group in groups for overlap in overlaps]
    rows = [["method", *heads, "seconds", "evaluations", "trained [min]"]]
    for text in methods:
        cells = []
        for members in groups.values():
            for overlap in overlaps:
                scores = [found[name, overlap, text][0] for name in members]
                cells.append(
                    " / ".join(f"{np.mean([s[key] for s in scores]):.3f}" for key in ("nrmse", "ssim"))
                )
        runs = [found[name, overlap, text][0] for name in objects for overlap in overlaps]
        seconds, nfe = ([run[key] for run in runs] for key in ("seconds", "nfe"))
        span = f"{min(seconds):.1f} to {max(seconds):.1f}"
        rows.append([text, *cells, span, str(max(nfe)), _minutes(text)])
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, "|" + " --- |" * len(rows[0]), *body])


def _minutes(text):
    """The time of a method's training [min], as its model folder says; empty if it has none."""
    from ptygui.networks.schema import read_json
    from ptygui.paths import MODELS

    method = method_from(text)
    names = {getattr(method, option) for option in method.needs.values()}
    hours = []
    for name in names:
        files = [*(MODELS / name).glob("*.json")] if name not in ("", "auto") else []
        hours += [read_json(p)["training"]["hours"] for p in files if "training" in read_json(p)]
    return f"{60 * hours[0]:.0f}" if hours else ""


def draw(path, methods, overlaps, patch, found):
    """Amplitude of what each method makes of the last object: a row per overlap, the truth first."""
    from matplotlib.figure import Figure

    name, truth = patch
    columns = 1 + len(methods)
    figure = Figure(figsize=(1.45 * columns, 1.55 * len(overlaps)), layout="constrained", dpi=110)
    axes = figure.subplots(len(overlaps), columns, squeeze=False)
    low, high = np.quantile(np.abs(truth), (0.005, 0.995))
    for row, overlap in zip(axes, overlaps, strict=True):
        images = [truth, *(found[name, overlap, text][1] for text in methods)]
        titles = ["truth", *(_short(text) for text in methods)]
        for place, image, title in zip(row, images, titles, strict=True):
            place.imshow(np.abs(image), cmap="gray", vmin=low, vmax=high)
            place.set(xticks=[], yticks=[])
            if overlap == overlaps[0]:
                place.set_title(title, fontsize=8)
        row[0].set_ylabel(f"{overlap:.0%}".replace("%", " %"), fontsize=8)
        for place, text in zip(row[1:], methods, strict=True):
            place.set_xlabel(f"{found[name, overlap, text][0]['nrmse']:.3f}", fontsize=7)
    figure.savefig(path)


def _short(text):
    name, _, rest = text.partition(":")
    return rest.removeprefix("network=") if rest.startswith("network=") else name


def hallucinations(folder):
    """A chip, of which PtychoNN knows nothing, beside a smear: what the network draws of their patterns."""
    from matplotlib.figure import Figure

    objects = {"smear": smear((SIZE, SIZE), seed=0), "chip": chip((SIZE, SIZE), seed=0)}
    figure = Figure(figsize=(2 * (1 + len(HALLUCINATION)), 4.4), layout="constrained", dpi=110)
    for row, (name, truth) in zip(figure.subplots(2, 1 + len(HALLUCINATION)), objects.items(), strict=True):
        scan = simulate(truth, make_probe("medium"), Simulation(overlap=0.5), specimen=name)
        low, high = np.quantile(np.abs(truth), (0.005, 0.995))
        images, titles = [truth], [f"{name}: truth"]
        for text in HALLUCINATION:
            scores, obj = kept(folder, scan, f"{name} whole {text}", text)
            print(name, "50%", text, _told(scores), flush=True)
            images.append(obj)
            after = " + AWF" if "awf_iterations" in text else ""
            titles.append(f"{text.partition(':')[0]}{after}, {scores['nrmse']:.3f}")
        for place, image, title in zip(row, images, titles, strict=True):
            place.imshow(np.abs(image), cmap="gray", vmin=low, vmax=high)
            place.set(xticks=[], yticks=[])
            place.set_title(title, fontsize=9)
    figure.savefig(folder / "hallucination.png")


if __name__ == "__main__":
    sys.exit(main())
