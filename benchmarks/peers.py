"""Compare AWF and rPIE with Pty-Chi on a CPU: iterations per second, and NRMSE after equal time.

    pip install -e ".[bench]"
    python benchmarks/peers.py --overlaps 0.74 0.2 --seconds 10

The example smear, 128 px, scanned by a known probe of 32 px; every program starts from the same object and
runs on one thread. An iteration is a pass over all positions, seconds are processor time. First,
Pty-Chi gets the true object: its misfit there must be that of the noise. Quote the ratios; nothing is
asserted.
"""

import argparse
import importlib
import logging
import os
import sys
import time
import types
import warnings

import numpy as np
import torch

from ptygui.analysis import metrics
from ptygui.experiment.example import example_scan
from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods.awf import AWF
from ptygui.methods.problem import Problem, masked_average
from ptygui.methods.rpie import RPIE
from ptygui.physics.simulate import Simulation

MARGIN = 2  # pixels around the object for Pty-Chi, which would pad it at every step otherwise
# The ptygui method closest to each of Pty-Chi. CG with all positions at once is Pty-Chi's best here.
NEAREST = {
    "Pty-Chi RPIE, batch 1": "rPIE sequential",
    "Pty-Chi RPIE, batch 100": "rPIE summed",  # its default
    "Pty-Chi BH, GD": "AWF",
    "Pty-Chi BH, CG": "AWF",
}


def load_ptychi():
    """Pty-Chi's options and task; raises ImportError if it is not installed."""
    try:
        import torchvision  # noqa: F401
    except (
        ImportError,
        RuntimeError,
    ):  # or made for another torch; Pty-Chi takes one blur from it, unused here
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        stand_in = types.ModuleType("torchvision.transforms")
        stand_in.GaussianBlur = None
        sys.modules["torchvision"] = types.ModuleType("torchvision")
        sys.modules["torchvision.transforms"] = stand_in
    return importlib.import_module("ptychi.api"), importlib.import_module("ptychi.api.task")


class PtyChi:
    """One engine of Pty-Chi on a scan with a known probe.

    Its transform is not unitary, so it gets the probe divided by the window width. Its positions must be
    whole numbers from the centre of the object, otherwise it shifts the probe by a fraction of a pixel.
    """

    def __init__(self, modules, scan, start, kind, alpha=None, **engine):
        api, task = modules
        m, centre = scan.width, np.array(scan.object_shape) // 2
        options = getattr(api, kind)()
        for name, value in {"default_device": api.Devices.CPU, "random_seed": 0, **engine}.items():
            setattr(options.reconstructor_options, name, value)
        options.object_options.remove_object_probe_ambiguity.enabled = False
        options.probe_options.optimizable = options.probe_position_options.optimizable = False
        if alpha is not None:
            options.object_options.alpha = alpha
        rows, columns = (scan.corners + m // 2 - centre).T.astype(np.float32)
        self.scan = scan
        self.task = task.PtychographyTask(
            options,
            diffraction_data=scan.patterns.astype(np.float32),
            object_data=np.pad(start, MARGIN, constant_values=1)[None].astype(np.complex64),
            probe_data=scan.probe[None, None] / m,
            probe_position_y_px=rows,
            probe_position_x_px=columns,
        )

    def run(self, iterations):
        """Continue by this number of passes over all positions."""
        self.task.run(iterations)

    def object(self):
        """The present object, without the margin."""
        return self.task.get_data_to_cpu("object", as_numpy=True)[0, MARGIN:-MARGIN, MARGIN:-MARGIN]

    def misfit(self):
        """Amplitude misfit of the object it holds, by its own forward model."""
        with torch.no_grad():
            modelled = self.task.reconstructor.forward_model(torch.arange(len(self.scan))).sqrt().numpy()
        measured = np.sqrt(np.fft.ifftshift(self.scan.patterns, axes=(-2, -1)))
        return float(((modelled.reshape(measured.shape) - measured) ** 2).sum() / (measured**2).sum())


class Ours:
    """One method of ptygui, advanced by iterations."""

    def __init__(self, scan, start, method):
        self.steps = reconstruct(scan, method, start=start, interval=1e9, device="cpu")
        next(self.steps)

    def run(self, iterations):
        """Continue by this number of iterates."""
        for _ in range(iterations):
            next(self.steps)

    def object(self):
        """The object one iterate later."""
        return self.steps.send(True).obj


def contenders(modules, scan, start, alpha):
    """Functions that set up a run, by name."""
    many, given = 10_000_000, (modules, scan, start)
    return {
        "AWF": lambda: Ours(scan, start, AWF(iterations=many)),
        "rPIE summed": lambda: Ours(scan, start, RPIE(iterations=many, alpha=alpha)),
        "rPIE sequential": lambda: Ours(scan, start, RPIE(many, alpha=alpha, form="sequential")),
        "Pty-Chi RPIE, batch 1": lambda: PtyChi(*given, "RPIEOptions", alpha, batch_size=1),
        "Pty-Chi RPIE, batch 100": lambda: PtyChi(*given, "RPIEOptions", alpha, batch_size=100),
        "Pty-Chi BH, GD": lambda: PtyChi(*given, "BHOptions", batch_size=len(scan), method="GD"),
        "Pty-Chi BH, CG": lambda: PtyChi(*given, "BHOptions", batch_size=len(scan), method="CG"),
    }


def advance(run, seconds):
    """Iterate for about this many seconds of processor time; returns iterations and seconds."""
    done, spent, block = 0, 0.0, 1
    while spent < seconds:
        began = time.process_time()
        run.run(block)
        took = time.process_time() - began
        done, spent = done + block, spent + took
        rate = done / max(spent, 1e-9)
        block = max(1, min(int(rate * (seconds - spent) + 0.5), 4 * block))
    return done, spent


def main():
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--overlaps", nargs="+", type=float, default=[0.74, 0.2])
    parser.add_argument(
        "--seconds", type=float, default=10.0, help="of processor time for each to reach its NRMSE"
    )
    parser.add_argument("--rounds", type=int, default=5, help="turns of timing; the best counts")
    parser.add_argument(
        "--alpha", type=float, default=0.1, help="of rPIE everywhere; 0.1 is Pty-Chi's default"
    )
    args = parser.parse_args()
    os.environ["TQDM_DISABLE"] = "1"
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore", UserWarning)
    try:
        modules = load_ptychi()
    except ImportError as error:
        print(f'Pty-Chi is not installed ({error}): pip install -e ".[bench]"')
        return
    torch.set_num_threads(1)
    for overlap in args.overlaps:
        scan = example_scan(Simulation(overlap=overlap))
        start = masked_average(Problem.of(scan, "cpu")).numpy()
        made = contenders(modules, scan, start, args.alpha)
        floor = metrics.noise_floor(scan.patterns)
        truth = PtyChi(modules, scan, scan.truth, "RPIEOptions", batch_size=1).misfit()
        print(f"overlap {overlap:.0%}, {len(scan)} positions")
        print(f"  misfit of the truth in Pty-Chi {truth:.3g}, of the noise {floor:.3g}")
        runs = {name: make() for name, make in made.items()}
        rates = dict.fromkeys(runs, 0.0)
        for _ in range(args.rounds):
            for name, run in runs.items():
                done, spent = advance(run, 0.4)
                rates[name] = max(rates[name], done / spent)
        print(f"  {'':24s} iterations/s   NRMSE in {args.seconds:g} s   ours/theirs")
        for name, make in made.items():
            run = make()
            advance(run, args.seconds)
            obj = run.object()
            nrmse = f"{metrics.nrmse(obj, scan.truth):.4f}" if np.isfinite(obj).all() else "diverged"
            nearest = NEAREST.get(name)
            ratio = f"{rates[nearest] / rates[name]:8.1f} ({nearest})" if nearest else ""
            print(f"  {name:24s} {rates[name]:12.1f} {nrmse:>15s}   {ratio}", flush=True)


if __name__ == "__main__":
    main()
