"""Print how often a verdict is right: AUROC, false alarms and causes, over objects and errors of the model.

    python benchmarks/trust.py --json trust.jsonl

Objects of four kinds that no prior learned from (drawn with new seeds) are scanned, and reconstructed from
what a file with an error would say (`mismatch.py`), or with the prior of another kind. Each result is judged
as `ptygui judge` does it, without the truth; the table then compares with it (lit area; ramp, shift and
complex factor removed). With --json every cell is kept, and those that the file holds are not repeated.
"""

import argparse
import importlib.util
import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
from mismatch import ERRORS, Error, given

from ptygui.analysis import metrics
from ptygui.analysis.align import align
from ptygui.analysis.judged import CUT, Judged
from ptygui.experiment.judging import in_short, judge
from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods import AWF, DAPS
from ptygui.physics.chip import chip
from ptygui.physics.smear import smear

NOTHING, PRIOR = "nothing", "prior"
GOOD, BAD = 0.05, 0.1  # NRMSE up to which a result is good, and above which it is bad
LAYOUT = {"layout": "centred"}  # which keeps the overlap exact on small objects
MADE = {
    NOTHING: ERRORS["nothing"],
    PRIOR: ERRORS["nothing"],
    "defocus": ERRORS["probe off by 1 rad of defocus"],
    "probe": ERRORS["probe with 5 % noise"],
    "positions": ERRORS["positions off by 1 px rms"],
    "modes": ERRORS["10 % of the power in a second mode"],
    "beam": Error({"background": 2.0, "flicker": 0.1}, coherent=True),
}
NAMED = {"defocus": "probe"}  # the cause by the name that a verdict has for it
PRIORS = {"smear": "blood-small", "chip": "chips", "leaves": "generic", "target": "generic"}
OTHERS = {"smear": "chips", "chip": "blood-small", "leaves": "blood-small", "target": "blood-small"}


def main():
    """Judge every cell that is not known yet, and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--objects", nargs="+", default=list(PRIORS), choices=list(PRIORS))
    parser.add_argument("--errors", nargs="+", default=list(MADE), choices=list(MADE))
    parser.add_argument("--overlaps", nargs="+", type=float, default=[0.2, 0.5, 0.38])
    parser.add_argument("--methods", nargs="+", default=["daps", "awf"], choices=["daps", "awf"])
    parser.add_argument("--size", type=int, default=96, help="side of the objects [px]")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--draws", type=int, default=1, help="simulated scans for the expected misfit")
    parser.add_argument("--json", help="keep every cell in this file, one JSON line each")
    args = parser.parse_args()
    kept, cells = _kept(args.json), []
    for job in _jobs(args):
        key = json.dumps(job)
        if key not in kept:
            kept[key] = cell(job)
            if args.json:
                with open(args.json, "a") as out:
                    print(json.dumps({"job": job, "found": kept[key]}), file=out)
            print(_line(job, kept[key]), flush=True)
        cells.append((job, kept[key]))
    for method in args.methods:
        report([c for c in cells if c[0]["method"] == method], method)
    return 0


def _jobs(args):
    for method in args.methods:
        for overlap in args.overlaps:
            for seed in args.seeds:
                for kind in args.objects:
                    for error in args.errors:
                        if method == "daps" or error != PRIOR:
                            yield {
                                "method": method, "overlap": overlap, "seed": seed, "object": kind,
                                "error": error, "size": args.size, "draws": args.draws,
                            }  # fmt: skip


def _kept(path):
    if not path or not Path(path).is_file():
        return {}
    lines = [json.loads(line) for line in Path(path).read_text().splitlines()]
    return {json.dumps(line["job"]): line["found"] for line in lines}


def cell(job):
    """NRMSE of one result, and what was judged of it."""
    obj = object_of(job["object"], job["size"], job["seed"])
    error = replace(MADE[job["error"]], simulated=MADE[job["error"]].simulated | LAYOUT)
    true, scan = given(error, obj, job["overlap"], 32, job["seed"])
    prior = (OTHERS if job["error"] == PRIOR else PRIORS)[job["object"]]
    method = DAPS(prior=prior) if job["method"] == "daps" else AWF(iterations=600)
    quick, lit = in_short(method), metrics.illuminated(true.illumination)
    *_, last = (step for step in reconstruct(scan, quick, interval=1e9) if step is not None)
    aligned = align(last.obj, true.truth, lit, ramp=True, shift=True).apply(last.obj)
    nrmse = metrics.nrmse(aligned, true.truth, region=lit, align="complex")
    *_, judged = (found for found in judge(scan, quick, draws=job["draws"], known=last) if found is not None)
    return {"nrmse": nrmse, "discrepancy": last.discrepancy, "judged": judged.plain()}


def object_of(kind, size, seed):
    """An object of a kind that no prior has seen: those of training have other seeds."""
    if kind in ("smear", "chip"):
        return (smear if kind == "smear" else chip)((size, size), seed=9000 + seed)
    path = Path(__file__).resolve().parents[1] / "models" / "recipes" / "objects.py"
    spec = importlib.util.spec_from_file_location("objects", path)
    recipes = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipes)
    return getattr(recipes, kind)(np.random.default_rng([9000, seed]), size)


def _line(job, found):
    judged = Judged.read(found["judged"])
    first = judged.as_it_is
    tried = " ".join(f"{fit.name} {fit.gain:.2f}±{fit.error:.2f}" for fit in judged.fits[1:])
    return (
        f"{job['method']} {job['overlap']:.0%} {job['object']} {job['error']}: NRMSE {found['nrmse']:.4f}, "
        f"χ² {judged.chi:.2f} of {judged.expected:.2f}, lack {first.lack:.2f}, used {first.used:.2f}; {tried}"
    )


def report(cells, method):
    """AUROC of four figures, what an alarm misses and where it is false; then the causes.

    An alarm is a misfit of `CUT` times that expected, or a cause that is found. Bad results have an NRMSE
    above `BAD`, good ones up to `GOOD`; those in between count as neither.
    """
    print(f"\n{method}\n")
    heads = "overlap bad good AUROC_χ² discrepancy χ²/expected lack missed false_alarms".split()
    print("| " + " | ".join(heads).replace("_", " ") + " |\n|" + " --- |" * len(heads))
    for overlap in sorted({job["overlap"] for job, _ in cells}):
        some = [f | {"of": Judged.read(f["judged"])} for j, f in cells if j["overlap"] == overlap]
        bad, good = [f for f in some if f["nrmse"] > BAD], [f for f in some if f["nrmse"] <= GOOD]
        areas = " | ".join(f"{auroc([of(f) for f in bad], [of(f) for f in good]):.3f}" for of in _FIGURES)
        missed = sum(not _alarm(f["of"], method) for f in bad)
        false = sum(_alarm(f["of"], method) for f in good)
        shares = f"{missed} of {len(bad)} | {false} of {len(good)}"
        print(f"| {overlap:.0%} | {len(bad)} | {len(good)} | {areas} | {shares} |")
    print("\n| made wrong | named as the cause |\n| --- | --- |")
    for error in dict.fromkeys(job["error"] for job, _ in cells):
        named = Counter(_named(Judged.read(f["judged"]), method) for j, f in cells if j["error"] == error)
        print(f"| {error} | {', '.join(f'{name} {count}' for name, count in named.most_common())} |")


_FIGURES = (
    lambda found: found["of"].chi,
    lambda found: found.get("discrepancy") or 1.0,
    lambda found: found["of"].ratio,
    lambda found: found["of"].as_it_is.lack,
)


def _alarm(judged, method):
    return judged.ratio > CUT or judged.cause(method == "daps") is not None


def _named(judged, method):
    cause = judged.cause(method == "daps")
    if cause is not None:
        return cause.name
    return "not told" if judged.ratio > CUT else "none"


def auroc(bad, good):
    """Probability that a bad result has a larger value than a good one; nan if there are none."""
    if not bad or not good:
        return float("nan")
    above = np.array(bad)[:, None] - np.array(good)
    return float(((above > 0) + 0.5 * (above == 0)).mean())


if __name__ == "__main__":
    sys.exit(main())
