"""Print iterations per second of AWF and rPIE, against a plain NumPy loop and against their bare FFTs.

    python benchmarks/engines.py --overlaps 0.2 0.74

All of one table is measured in one run, turn by turn; ratios are what to quote. Nothing is asserted.
"""

import argparse
import statistics
import time

import numpy as np
import torch

from ptygui.example import example_scan
from ptygui.methods.awf import AWF
from ptygui.methods.rpie import RPIE
from ptygui.physics.simulate import Simulation
from ptygui.reconstruct import reconstruct


def numpy_awf(scan, iterations):
    """AWF as one writes it down in NumPy: all positions in a batch, patches placed one by one."""
    m = scan.width
    y = np.sqrt(np.fft.ifftshift(scan.patterns, axes=(-2, -1)))
    rows, columns = scan.corners.T
    w = np.zeros(scan.object_shape, np.float32)
    for r, c in scan.corners:
        w[r : r + m, c : c + m] += np.abs(scan.probe) ** 2
    obj = previous = np.ones(scan.object_shape, np.complex64)
    for k in range(iterations):
        z = obj + np.float32((k + 2) / (k + 4) if k else 0) * (obj - previous)
        patches = np.lib.stride_tricks.sliding_window_view(z, (m, m))[rows, columns]
        waves = np.fft.fft2(patches * scan.probe, norm="ortho")
        difference = np.fft.ifft2(waves - y * np.exp(1j * np.angle(waves)), norm="ortho")
        gradient = np.zeros_like(z)
        for d, r, c in zip(np.conj(scan.probe) * difference, rows, columns, strict=True):
            gradient[r : r + m, c : c + m] += d
        obj, previous = z - gradient / w.max(), obj
    return obj


def bare_ffts(scan, iterations):
    """The two batched transforms of each iteration and nothing else."""
    waves = torch.randn(len(scan), scan.width, scan.width, dtype=torch.complex64)
    for _ in range(iterations):
        torch.fft.ifft2(torch.fft.fft2(waves, norm="ortho"), norm="ortho")


def run(method):
    def go(scan, iterations):
        for _ in reconstruct(scan, method(iterations), interval=1e9, device="cpu"):
            pass

    return go


CONTENDERS = {
    "bare FFTs": bare_ffts,
    "NumPy AWF": numpy_awf,
    "AWF": run(lambda n: AWF(iterations=n)),
    "rPIE summed": run(lambda n: RPIE(iterations=n)),
    "rPIE sequential": run(lambda n: RPIE(iterations=n, form="sequential", alpha=1.0)),
}


def main():
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--overlaps", nargs="+", type=float, default=[0.2, 0.74])
    parser.add_argument("--iterations", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=0, help="threads of torch; 0 as it chooses")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, numpy {np.__version__}")
    for overlap in args.overlaps:
        scan = example_scan(Simulation(overlap=overlap))
        rates = {name: [] for name in CONTENDERS}
        for round_ in range(args.rounds + 1):
            for name, contender in CONTENDERS.items():
                n = max(args.iterations // (5 if name == "NumPy AWF" else 1), 10)
                began = time.perf_counter()
                contender(scan, n)
                if round_:  # the first round warms up
                    rates[name].append(n / (time.perf_counter() - began))
        print(f"overlap {overlap:.0%}, {len(scan)} positions: iterations/s, x NumPy, bare FFTs / this")
        middle = {name: statistics.median(r) for name, r in rates.items()}
        for name, rate in middle.items():
            ratios = f"{rate / middle['NumPy AWF']:8.1f} {middle['bare FFTs'] / rate:8.2f}"
            print(f"  {name:16s} {rate:8.0f} {ratios}")


if __name__ == "__main__":
    main()
