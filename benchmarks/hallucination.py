"""Add or remove a cell, or a wire, and see whether the result follows the object or the prior's expectation.

    python benchmarks/hallucination.py --kept hallucination.jsonl --plot docs/pictures/hallucination-curve.png

Procedural smears and chips of 64 px, seeds that nothing is trained on. Where the background is empty a cell
of 17 px or a platelet of 5 px (a wire of 5 x 20 px or one of 3 x 5 px) is added, where there is one it is
removed: a small one is then a hole, or a break. The changed object is scanned and reconstructed by `daps`
with its prior (`blood-small`, `chips`), setting preview, one seed. With f the object, f' that without the
change and g the result, all in the changed pixels and g in the global phase of f in the lit area, the result
**follows** if

    Re Σ conj(f - f') (g - f') / Σ |f - f'|²  >  1/2,

so that it is nearer to the object that was scanned. For the others it is told what the program says: the
verdict on the run, and the prior's share in the changed pixels. Rows in --kept are not run again.
"""

import argparse
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage

from ptygui.analysis.align import align
from ptygui.analysis.metrics import illuminated, nrmse
from ptygui.experiment.assessment import assessment_of
from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.files.objects import read_object
from ptygui.methods import DAPS
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate

SIZE, FIRST_SEED = 64, 83_000
OVERLAPS, PHOTONS = (0.2, 0.38, 0.5, 0.74), (1e2, 1e3, 1e4, 1e5, 1e6)
# What is changed: its object and prior, and its half height and width [px].
KINDS = {
    "cell": ("smear", "blood-small", (8.5, 8.5)),
    "wire": ("chip", "chips", (2.5, 10.0)),
    "platelet": ("smear", "blood-small", (2.5, 2.5)),
    "break": ("chip", "chips", (2.0, 2.5)),
}
CHANGES = ("added", "removed")
MARGIN = 14  # px from the edge in which nothing is changed: little light falls there


def main():
    args = _arguments()
    torch.set_num_threads(1)
    lines = args.kept.read_text().splitlines() if args.kept.is_file() else ()
    rows = {row["job"]: row for row in map(json.loads, lines)}
    cases = [
        (kind, change, photons, overlap, k)
        for k in range(args.count)
        for kind in args.kinds
        for photons in args.photons
        for overlap in args.overlaps
        for change in CHANGES
    ]
    wanted = []
    for case in cases:
        job = " ".join(map(str, case))
        if job not in rows and args.only_kept:
            continue
        if job not in rows:
            rows[job] = {"job": job, **run_case(*case)}
            with args.kept.open("a") as out:
                print(json.dumps(rows[job]), file=out)
            print(rows[job], flush=True)
        wanted.append((case, rows[job]))
    print(table(wanted))
    print(told(wanted))
    if args.plot:
        draw(wanted, args.plot)


def run_case(kind, change, photons, overlap, k):
    """What came of one case, in plain values."""
    source, prior, _ = KINDS[kind]
    unchanged = read_object(f"{source}:{FIRST_SEED + k}:{SIZE}").obj
    obj, where = changed(unchanged, kind, change)
    scan = simulate(obj, make_probe("medium"), Simulation(overlap=overlap, photons=photons, seed=k))
    blind = replace(scan, truth=None)
    run = Run(1, blind, DAPS(prior=prior, setting="preview"), RunSettings(device="cpu", seed=k))
    for _ in run.to_end(interval=np.inf):
        pass
    step = run.last
    found = align(step.obj, obj, illuminated(scan.illumination)).apply(step.obj)
    difference = (obj - unchanged)[where]
    along = np.sum(difference.conj() * (found - unchanged)[where]).real / np.sum(np.abs(difference) ** 2)
    return {
        "follows": float(along),
        "nrmse": nrmse(step.obj, obj),
        "chi": float(step.misfit / step.noise_floor),
        "discrepancy": step.discrepancy,
        "verdict": assessment_of(run).grade,
        "share": float(np.nanmean(step.prior_share[where])),
        "unlit": float(np.isnan(step.prior_share[where]).mean()),
    }


def changed(obj, kind, change):
    """The object with the change, and the pixels that it changes (bool)."""
    y, x = np.mgrid[-12:13, -12:13]
    source, _, (high, wide) = KINDS[kind]
    inner = np.hypot(y / high, x / wide) < 1 if source == "smear" else (np.abs(y) < high) & (np.abs(x) < wide)
    shape = inner.astype(float)
    shape = ndimage.gaussian_filter(shape, 0.8)
    amplitude, phase = np.abs(obj), np.angle(obj * np.conj(obj.mean()))
    body = amplitude < np.quantile(amplitude, (0.1, 0.9)).mean()  # matter absorbs, in smears and in chips
    filled = ndimage.correlate(body.astype(float), shape / shape.sum(), mode="nearest")
    inside = np.zeros(obj.shape, bool)
    inside[MARGIN:-MARGIN, MARGIN:-MARGIN] = True
    best = np.where(inside, filled, np.nan)
    place = np.nanargmin(best) if change == "added" else np.nanargmax(best)
    row, column = np.unravel_index(place, obj.shape)
    mask = np.zeros(obj.shape)
    mask[row - 12 : row + 13, column - 12 : column + 13] = shape
    value = obj[body] if change == "added" else obj[~body]
    new_amplitude = np.median(np.abs(value))
    new_phase = np.median(np.angle(value * np.conj(obj.mean())))
    mixed = (amplitude * (1 - mask) + new_amplitude * mask) * np.exp(
        1j * (phase * (1 - mask) + new_phase * mask + np.angle(obj.mean()))
    )
    return mixed.astype(np.complex64), mask > 0.5


def table(rows):
    """How many results follow, by kind, photons and overlap."""
    lines = []
    for kind, photons in dict.fromkeys((case[0], case[2]) for case, _ in rows):
        cells = []
        for overlap in dict.fromkeys(case[3] for case, _ in rows):
            at = [row["follows"] for case, row in rows if case[:1] + case[2:4] == (kind, photons, overlap)]
            follow, least = sum(value > 0.5 for value in at), min(at)
            cells.append(f"{overlap:.0%}: {follow} of {len(at)}, least {least:.2f}")
        lines.append(f"{kind}, {photons:.0e} photons: " + "; ".join(cells))
    return "\n".join(lines)


def told(rows):
    """What the program says where a result does not follow."""
    counts = Counter((row["follows"] > 0.5, row["verdict"]) for _, row in rows)
    lines = ["", "follows the object, verdict: results"]
    lines += [f"{'yes' if follows else 'no'}, {grade}: {n}" for (follows, grade), n in sorted(counts.items())]
    lines += ["", "where the result does not follow:"]
    for case, row in rows:
        if row["follows"] <= 0.5:
            kind, change, photons, overlap, k = case
            known = "" if np.isnan(row["share"]) else f"prior's share {row['share']:.0%}, "
            lines.append(
                f"{kind} {change}, {photons:.0e} photons, {overlap:.0%}, object {k}: {row['follows']:.2f}; "
                f"{row['verdict']}, misfit {row['chi']:.2f} x noise, {row['discrepancy']:.2f} x expected, "
                f"{known}not covered {row['unlit']:.0%}"
            )
    return "\n".join(lines)


def draw(rows, path):
    """Curves of what the results show of the change, 1 all and 0 nothing: a dot for each, means as lines."""
    from matplotlib import pyplot

    kinds = list(dict.fromkeys(case[0] for case, _ in rows))
    figure, axes = pyplot.subplots(
        1, len(kinds), squeeze=False, sharey=True, figsize=(2.6 * len(kinds), 2.8), layout="constrained"
    )
    photons = sorted({case[2] for case, _ in rows})
    for ax, kind in zip(axes[0], kinds, strict=True):
        for count, colour in zip(photons, pyplot.cm.viridis(np.linspace(0, 0.85, len(photons))), strict=True):
            shown = [(case[3], row["follows"]) for case, row in rows if case[:1] + case[2:3] == (kind, count)]
            overlaps = sorted({overlap for overlap, _ in shown})
            means = [np.mean([value for at, value in shown if at == overlap]) for overlap in overlaps]
            ax.plot([100 * at for at in overlaps], means, color=colour, label=f"{count:.0e} photons")
            ax.plot([100 * at for at, _ in shown], [value for _, value in shown], ".", color=colour)
        ax.axhline(0.5, color="grey", linestyle=":")
        ax.set(title=kind, xlabel="overlap [%]", ylim=(-0.2, 1.3))
    axes[0, 0].set_ylabel("shown of the change")
    axes[0, 0].legend(fontsize=7, loc="lower right")
    figure.savefig(path, dpi=110)


def _arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kept", type=Path, required=True, help="JSON lines of what was run")
    parser.add_argument("--only-kept", action="store_true", help="run nothing: tell what was run")
    parser.add_argument("--plot", type=Path, help="draw the curves there")
    parser.add_argument("--kinds", nargs="+", choices=tuple(KINDS), default=list(KINDS))
    parser.add_argument("--count", type=int, default=2, help="objects of each kind (default: 2)")
    parser.add_argument("--overlaps", nargs="+", type=float, default=list(OVERLAPS))
    parser.add_argument("--photons", nargs="+", type=float, default=list(PHOTONS))
    return parser.parse_args()


if __name__ == "__main__":
    main()
