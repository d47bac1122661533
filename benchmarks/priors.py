"""Draw the built-in chip at 20 % overlap under AWF and under one prior of each domain, the truth beside.

    python benchmarks/priors.py resources/priors.png
    python benchmarks/priors.py picture.png --priors blood-small generic FOLDER --seed 3 --overlap 0.38

Prints the NRMSE of each. By default the priors are those of models/ that `auto` takes for blood, for
anything and for chips; a domain without a prior of its own is left out. Asserts nothing.
"""

import argparse
from pathlib import Path

import numpy as np

from ptygui.analysis.metrics import best_factor
from ptygui.errors import InputError
from ptygui.experiment.example import example_scan
from ptygui.experiment.reconstruct import reconstruct
from ptygui.figures.colours import GREY
from ptygui.figures.draw import write_figure
from ptygui.figures.figure import Bar, Panel, Pictures
from ptygui.figures.page import Page
from ptygui.methods import AWF, DAPS
from ptygui.physics.simulate import Simulation


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("picture", type=Path, help="the PNG to write")
    parser.add_argument("--priors", nargs="+", help="names or folders")
    parser.add_argument("--overlap", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=0, help="of the chip")
    parser.add_argument("--setting", default="standard", help="of daps")
    args = parser.parse_args()
    scan = example_scan(Simulation(overlap=args.overlap), object_seed=args.seed, kind="chip")
    tries = [("AWF, no prior", AWF(iterations=300))]
    tries += [
        (Path(name).name, DAPS(prior=name, setting=args.setting)) for name in args.priors or of_domains()
    ]
    pictures = [(scan.truth, "truth")]
    for title, method in tries:
        try:
            *_, last = (step for step in reconstruct(scan, method, device="cpu") if step is not None)
        except InputError as error:
            print(f"{title} is left out: {error}")
            continue
        print(f"{title}: NRMSE {last.nrmse:.4f}, SSIM {last.ssim:.4f}")
        pictures.append((last.obj * best_factor(last.obj, scan.truth), f"{title}: {last.nrmse:.3f}"))
    phases = [(np.angle(obj), title) for obj, title in pictures]
    bar = Bar("phase [rad]", (float(phases[0][0].min()), float(phases[0][0].max())), GREY)
    panels = [Panel(title, phase, bar) for phase, title in phases]
    said = f"{scan.name}, {100 * args.overlap:g} % overlap. Each title ends with the NRMSE."
    write_figure(args.picture, Pictures(panels, scan.pixel_size_m, said, scan.name), Page("png", dpi=200))


def of_domains() -> list[str]:
    """The priors that `auto` takes for blood, for anything and for chips, each once."""
    return list(dict.fromkeys(DAPS().prior_of(specimen) for specimen in ("blood smear", "", "chip")))


if __name__ == "__main__":
    main()
