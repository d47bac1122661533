"""Print how often a verdict is right: AUROC, false alarms and causes, over objects and errors of the model.

    python benchmarks/trust.py --quick --json trust.jsonl     # the verdict of a run by itself
    python benchmarks/trust.py --json trust.jsonl             # and what `ptygui judge` measures

Objects of four kinds that no prior learned from (drawn with new seeds) are scanned, and reconstructed from
what a file with an error would say (`ptygui.tasks.faults`), or with the prior of another kind. The verdict
is told without the truth; the tables then compare with it (NRMSE of the lit area; ramp, shift and complex
factor removed). With --json every cell is kept, and what the file holds is not repeated.
"""

import argparse
import importlib.util
import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from ptygui.analysis import metrics
from ptygui.analysis.align import align
from ptygui.analysis.judged import Judged
from ptygui.analysis.judged_verdict import judged_verdict
from ptygui.experiment.assessment import assessment_of
from ptygui.experiment.judging import in_short, judge
from ptygui.experiment.run import Run, verdict_of
from ptygui.methods import AWF, DAPS
from ptygui.physics.chip import chip
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.physics.smear import smear
from ptygui.tasks.faults import FAULTS, Fault, described

NOTHING, PRIOR = "nothing", "prior"
GOOD, BAD = 0.05, 0.1  # NRMSE up to which a result is good, and above which it is bad
LAYOUT = {"layout": "centred"}  # which keeps the overlap exact on small objects
MADE = {
    NOTHING: FAULTS["nothing"],
    PRIOR: FAULTS["nothing"],
    "defocus": FAULTS["probe off by 1 rad of defocus"],
    "probe": FAULTS["probe with 5 % noise"],
    "positions": FAULTS["positions off by 1 px rms"],
    "modes": FAULTS["10 % of the power in a second mode"],
    "beam": Fault({"background": 2.0, "flicker": 0.1}, coherent=True),
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
    parser.add_argument("--quick", action="store_true", help="without judging, a tenth of the time")
    parser.add_argument("--json", help="keep every cell in this file, one JSON line each")
    args = parser.parse_args()
    kept, cells = _kept(args.json), []
    for job in _jobs(args):
        key = json.dumps(job)
        if key not in kept or not (args.quick or kept[key]["judged"]):
            kept[key] = cell(job, args.quick)
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


def cell(job, quick=False):
    """NRMSE of one result, and the verdicts on it."""
    obj = object_of(job["object"], job["size"], job["seed"])
    error = replace(MADE[job["error"]], simulated=MADE[job["error"]].simulated | LAYOUT)
    options = Simulation(overlap=job["overlap"], seed=job["seed"], **error.simulated)
    true = simulate(obj, make_probe("medium"), options)
    scan = described(true, error, job["seed"])
    prior = (OTHERS if job["error"] == PRIOR else PRIORS)[job["object"]]
    method = in_short(DAPS(prior=prior)) if job["method"] == "daps" else AWF(iterations=600)
    run, lit = Run(0, replace(scan, truth=None), method), metrics.illuminated(true.illumination)
    for _ in run.to_end(keep=lambda _: False, interval=1e9):
        pass
    aligned = align(run.last.obj, true.truth, lit, ramp=True, shift=True).apply(run.last.obj)
    found = {
        "nrmse": metrics.nrmse(aligned, true.truth, region=lit, align="complex"),
        "chi": run.last.misfit / run.last.noise_floor,
        "discrepancy": run.last.discrepancy,
        "grade": assessment_of(run).grade,
        "judged": None,
    }
    if not quick:
        *_, run.judged = filter(None, judge(run.scan, method, draws=job["draws"], known=run.last))
        found |= {"judged": run.judged.plain(), "judged grade": assessment_of(run).grade}
        found["cause"] = verdict_of(run, []).kind
    return found


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
    text = (
        f"{job['method']} {job['overlap']:.0%} {job['object']} {job['error']}: NRMSE {found['nrmse']:.4f}, "
        f"χ² {found['chi']:.2f}, discrepancy {found['discrepancy']}, {found['grade']}"
    )
    if not found["judged"]:
        return text
    judged = Judged.read(found["judged"])
    tried = " ".join(f"{fit.name} {fit.gain:.2f}±{fit.error:.2f}" for fit in judged.fits[1:])
    first = judged.as_it_is
    text += f"; of {judged.expected:.2f} expected, lack {first.lack:.2f}, used {first.used:.2f}; {tried}; "
    return f"{text}{found['judged grade']}: {found['cause']}"


def report(cells, method):
    """AUROC of four figures, what the verdicts miss and where they are false; then the causes.

    A result is told to be wrong where its grade is not good. Bad ones have an NRMSE above `BAD`, good ones up
    to `GOOD`; those in between count as neither.
    """
    judged = [(job, found | _present(job, found)) for job, found in cells if found["judged"]]
    _table(f"{method}, by itself", cells, "grade", {
        "χ²": lambda found: found["chi"], "discrepancy": lambda found: found["discrepancy"] or 1.0,
    })  # fmt: skip
    _table(f"{method}, judged", judged, "judged grade", {
        "χ²": lambda found: found["chi"], "χ² / expected": lambda found: found["of"].ratio,
        "lack": lambda found: found["of"].as_it_is.lack,
    })  # fmt: skip
    print("\n| overlap | made wrong | said to be |\n| --- | --- | --- |")
    for case in sorted({(job["overlap"], job["error"]) for job, _ in judged}):
        named = Counter(found["cause"] for job, found in judged if (job["overlap"], job["error"]) == case)
        said = ", ".join(f"{name} {count}" for name, count in named.most_common())
        print(f"| {case[0]:.0%} | {case[1]} | {said} |")


def _present(job, found):
    """The present verdict on what was measured, maybe by an earlier version."""
    judged = Judged.read(found["judged"])
    verdict = judged_verdict(judged, found["chi"], job["method"] == "daps")
    return {"of": judged, "judged grade": verdict.grade, "cause": verdict.kind}


def _table(title, cells, grade, figures):
    heads = ["overlap", "bad", "good", *(f"AUROC {name}" for name in figures), "missed", "false alarms"]
    print(f"\n{title}\n\n| " + " | ".join(heads) + " |\n|" + " --- |" * len(heads))
    for overlap in sorted({job["overlap"] for job, _ in cells}):
        some = [found for job, found in cells if job["overlap"] == overlap]
        bad, good = [f for f in some if f["nrmse"] > BAD], [f for f in some if f["nrmse"] <= GOOD]
        areas = " | ".join(f"{auroc(list(map(of, bad)), list(map(of, good))):.3f}" for of in figures.values())
        missed, false = sum(f[grade] == "good" for f in bad), sum(f[grade] != "good" for f in good)
        shares = f"{missed} of {len(bad)} | {false} of {len(good)}"
        print(f"| {overlap:.0%} | {len(bad)} | {len(good)} | {areas} | {shares} |")


def auroc(bad, good):
    """Probability that a bad result has a larger value than a good one; nan if there are none."""
    if not bad or not good:
        return float("nan")
    above = np.array(bad)[:, None] - np.array(good)
    return float(((above > 0) + 0.5 * (above == 0)).mean())


if __name__ == "__main__":
    sys.exit(main())
