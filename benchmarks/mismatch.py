"""NRMSE where the model of a scan is wrong: sub-pixel and wrong positions, probe, modes, background, flicker.

    python benchmarks/mismatch.py LEFT.npz::obj_flat --corners 384,0 --overlaps 0.2 0.5 --methods awf daps

Patches of an object are scanned as an experiment would, and reconstructed from what a file would say, first
as given and then with the refinement that the error calls for. Two figures each: of the lit area, after a
complex factor, ramp and sub-pixel shift, which are not determined where probe or positions are unknown;
and of the whole image after the global phase. Probes are `medium`, brightest pixel 1e5 counts.
"""

import argparse
from dataclasses import dataclass, field, replace

import numpy as np

from ptygui.analysis import metrics
from ptygui.analysis.align import align
from ptygui.experiment.reconstruct import reconstruct
from ptygui.files.objects import read_object
from ptygui.methods import AWF, DAPS, RPIE
from ptygui.physics.probe import pupil_of
from ptygui.physics.simulate import Simulation, simulate
from ptygui.scan import Scan

METHODS = {
    "awf": AWF(iterations=600),
    "awf power law": AWF(iterations=600, gaussian_prior="power-law"),
    "rpie": RPIE(iterations=600),
    "daps": DAPS(prior="blood-small"),
}
PROBE = {"probe_update": "yes"}


@dataclass(frozen=True)
class Error:
    """What is wrong, and the options that refine it."""

    simulated: dict = field(default_factory=dict)
    positions: float = 0.0  # px rms
    defocus: float = 0.0  # rad at the edge of the pupil
    noise: float = 0.0  # of the probe, relative to its largest amplitude
    rounded: bool = False
    coherent: bool = False  # neither weaker modes nor weights nor background are given
    refine: dict = field(default_factory=dict)


ERRORS = {
    "nothing": Error(refine=PROBE),
    "true sub-pixel positions": Error({"whole_pixels": False}),
    "the same, rounded": Error({"whole_pixels": False}, rounded=True, refine={"position_update": "yes"}),
    "positions off by 1 px rms": Error(positions=1.0, refine={"position_update": "yes"}),
    "probe off by 1 rad of defocus": Error(defocus=1.0, refine=PROBE),
    "probe with 5 % noise": Error(noise=0.05, refine=PROBE),
    "10 % of the power in a second mode": Error(
        {"modes": 2}, coherent=True, refine=PROBE | {"probe_modes": 2}
    ),
    "all at once": Error(
        {"whole_pixels": False, "modes": 2, "background": 2.0, "flicker": 0.05}, positions=0.5, defocus=0.5,
        coherent=True, refine=PROBE | {
            "probe_modes": 2, "position_update": "yes", "weight_update": True,
            "background_update": "constant",
        },
    ),
}  # fmt: skip


def given(error: Error, obj: np.ndarray, overlap: float, width: int, seed: int) -> tuple[Scan, Scan]:
    """The scan as it was made, and as a file with this error would describe it."""
    rng, pupil = np.random.default_rng([seed, 7]), pupil_of("medium", width)
    true = simulate(obj, pupil.probe(width), Simulation(overlap=overlap, seed=seed, **error.simulated))
    changes = {}
    if error.positions or error.rounded:
        positions = true.positions + error.positions * rng.normal(size=true.positions.shape)
        positions = np.rint(positions) if error.rounded else positions
        changes["positions"] = np.clip(positions, 0, np.array(obj.shape) - width)
    if error.defocus:
        probe = replace(pupil, defocus=pupil.defocus + error.defocus).probe(width)
        changes["probe"] = probe * np.linalg.norm(true.probe) / np.linalg.norm(probe)
    if error.noise:
        noise = rng.normal(size=(2, *true.probe.shape)) / np.sqrt(2) * np.abs(true.probe).max()
        changes["probe"] = true.probe + error.noise * (noise[0] + 1j * noise[1])
    if error.coherent:
        changes |= {"weaker_modes": None, "weights": None, "background": None}
        probe = changes.get("probe", true.probe)
        changes["probe"] = probe * np.linalg.norm(true.modes) / np.linalg.norm(probe)
    return true, replace(true, **changes)


def scores(scan: Scan, true: Scan, method) -> tuple[float, float]:
    """NRMSE of the lit area after all that is not determined, and of the whole after the global phase."""
    steps = [step for step in reconstruct(scan, method, interval=1e9, device="cpu") if step is not None]
    obj, lit = steps[-1].obj, metrics.illuminated(true.illumination)
    aligned = align(obj, true.truth, lit, ramp=True, shift=True).apply(obj)
    lit_error = metrics.nrmse(aligned, true.truth, region=lit, align="complex")
    return lit_error, metrics.nrmse(obj, true.truth)


def main():
    """Print a table for each overlap: a row an error, a column a method."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("object", help="object file, as for ptygui simulate --object")
    parser.add_argument("--corners", nargs="+", default=["0,0"], help="first ROW,COLUMN of each patch [px]")
    parser.add_argument("--size", type=int, default=128, help="side of the patches [px]")
    parser.add_argument("--width", type=int, default=32, help="window of the probe [px]")
    parser.add_argument("--overlaps", nargs="+", type=float, default=[0.2, 0.5, 0.74])
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--errors", nargs="+", default=list(ERRORS), choices=list(ERRORS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    args = parser.parse_args()
    whole, patches = read_object(args.object).obj, []
    for corner in args.corners:
        row, column = map(int, corner.split(","))
        patches.append(np.ascontiguousarray(whole[row : row + args.size, column : column + args.size]))
    for overlap in args.overlaps:
        print(f"\noverlap {overlap:.0%}: lit area, aligned (whole image, raw); as given -> refined")
        for name in args.errors:
            error, cells = ERRORS[name], []
            for key in args.methods:
                found = []
                for method in dict.fromkeys((METHODS[key], replace(METHODS[key], **error.refine))):
                    pairs = [
                        scores(*reversed(given(error, patch, overlap, args.width, seed)), method)
                        for patch in patches
                        for seed in args.seeds
                    ]
                    found.append("{:.4f} ({:.4f})".format(*np.mean(pairs, 0)))
                cells.append(f"{key} {' -> '.join(found)}")
            print(f"{name}: {'; '.join(cells)}", flush=True)


if __name__ == "__main__":
    main()
