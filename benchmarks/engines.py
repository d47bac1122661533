"""Print iterations per second of AWF and rPIE, against a plain NumPy loop and against their bare FFTs.

    python benchmarks/engines.py --overlaps 0.2 0.74
    python benchmarks/engines.py --together 16     objects together in leading axes, or one at a time
    python benchmarks/engines.py --memory          peak memory of AWF, or --method TEXT, on a large scan
    python benchmarks/engines.py --torch           without the compiled loops, as without numba

Each table is measured in one run, in alternating turns; the best turn counts. Quote the ratios.
With one thread, seconds are processor time, so that other programs matter less. Nothing is asserted.
"""

import argparse
import itertools
import resource
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import torch

import ptygui.physics.forward
from ptygui.cli.sweep import method_from
from ptygui.experiment.example import example_scan
from ptygui.experiment.memory import memory_needed
from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods.awf import AWF
from ptygui.methods.problem import Problem
from ptygui.methods.rpie import RPIE
from ptygui.physics.forward import with_modulus
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.physics.smear import smear


def clock():
    """Seconds: processor time with one thread, wall time otherwise."""
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


def numpy_awf(scan):
    """AWF written directly in NumPy: all positions in a batch, patches placed one by one."""
    m = scan.width
    y = np.sqrt(np.fft.ifftshift(scan.patterns, axes=(-2, -1)))
    rows, columns = scan.corners.T
    w = np.zeros(scan.object_shape, np.float32)
    for r, c in scan.corners:
        w[r : r + m, c : c + m] += np.abs(scan.probe) ** 2
    obj = previous = np.ones(scan.object_shape, np.complex64)
    for k in itertools.count():
        z = obj + np.float32((k + 2) / (k + 4) if k else 0) * (obj - previous)
        patches = np.lib.stride_tricks.sliding_window_view(z, (m, m))[rows, columns]
        waves = np.fft.fft2(patches * scan.probe, norm="ortho")
        difference = np.fft.ifft2(waves - y * np.exp(1j * np.angle(waves)), norm="ortho")
        gradient = np.zeros_like(z)
        for d, r, c in zip(np.conj(scan.probe) * difference, rows, columns, strict=True):
            gradient[r : r + m, c : c + m] += d
        obj, previous = z - gradient / w.max(), obj
        yield


def bare_ffts(scan):
    """Only the two batched transforms of each iteration, without their factor 1/m."""
    waves = torch.randn(len(scan), scan.width, scan.width, dtype=torch.complex64)
    while True:
        torch.fft.ifft2(torch.fft.fft2(waves), norm="forward")
        yield


def ours(method):
    return lambda scan: reconstruct(scan, method, interval=1e9, device="cpu")


CONTENDERS = {
    "bare FFTs": bare_ffts,
    "NumPy AWF": numpy_awf,
    "AWF": ours(AWF(iterations=10_000_000)),
    "rPIE summed": ours(RPIE(iterations=10_000_000)),
    "rPIE sequential": ours(RPIE(iterations=10_000_000, form="sequential", alpha=1.0)),
}


def engines(overlaps, iterations, rounds):
    """The table of engines."""
    for overlap in overlaps:
        scan = example_scan(Simulation(overlap=overlap))
        runs = {name: contender(scan) for name, contender in CONTENDERS.items()}
        rates = dict.fromkeys(runs, 0.0)
        for _ in range(rounds):
            for name, run in runs.items():
                n = max(iterations // (10 if name == "NumPy AWF" else 1), 1)
                next(run)  # back in the cache
                began = clock()
                for _ in range(n):
                    next(run)
                rates[name] = max(rates[name], n / (clock() - began))
        print(f"overlap {overlap:.0%}, {len(scan)} positions: iterations/s, x NumPy, bare FFTs / this")
        for name, rate in rates.items():
            ratios = f"{rate / rates['NumPy AWF']:8.1f} {rates['bare FFTs'] / rate:8.2f}"
            print(f"  {name:16s} {rate:8.0f} {ratios}")


def awf_step(forward, data, w):
    """A step of AWF for objects (..., H, W) whose amplitudes (..., K, m, m) are `data`."""
    objects = data.shape[:-3].numel()
    parts = [(part, data[..., which, :, :].contiguous()) for part, which in forward.chunks(objects)]
    step, kept = 1 / float(w.max()), 1 - w / w.max()

    def advance(obj, previous, b):
        z = torch.add(obj, obj - previous, alpha=b)
        back = torch.zeros_like(z)
        for part, y in parts:
            part.adjoint(with_modulus(part.apply(z), y), back)
        return (kept * z).add_(back, alpha=step), obj

    return advance


def rpie_step(forward, data, w, alpha=0.05):
    """The same for summed rPIE."""
    objects = data.shape[:-3].numel()
    parts = [(part, data[..., which, :, :].contiguous()) for part, which in forward.chunks(objects)]
    gain = 1 / torch.lerp(w, w.max(), alpha)
    kept = 1 - gain * w

    def advance(obj, previous, b):
        back = torch.zeros_like(obj)
        for part, y in parts:
            part.adjoint(with_modulus(part.apply(obj), y), back)
        return torch.addcmul(kept * obj, gain, back), obj

    return advance


def together(count, overlaps, iterations, rounds):
    """Objects on one raster together in leading axes, against the same objects one after another."""
    iterations = max(iterations // count, 2)
    for overlap in overlaps:
        scans = [example_scan(Simulation(overlap=overlap, seed=k), object_seed=k) for k in range(count)]
        problems = [Problem.of(scan, "cpu") for scan in scans]
        forward, w = problems[0].forward, problems[0].illumination
        everything = torch.stack([p.amplitudes for p in problems])
        starts = torch.stack([p.start for p in problems])
        print(
            f"overlap {overlap:.0%}, {count} objects: objects x iterations/s one at a time, together, ratio"
        )
        for name, make in (("AWF", awf_step), ("rPIE summed", rpie_step)):
            jobs = {
                "one": [(make(forward, p.amplitudes, w), p.start) for p in problems],
                "all": [(make(forward, everything, w), starts)],
            }
            rates, results = dict.fromkeys(jobs, 0.0), {}
            for _ in range(rounds):
                for kind, steps in jobs.items():
                    began = clock()
                    results[kind] = []
                    for advance, obj in steps:
                        previous = obj
                        for k in range(iterations):
                            obj, previous = advance(obj, previous, (k + 2) / (k + 4) if k else 0.0)
                        results[kind].append(obj)
                    took = clock() - began
                    rates[kind] = max(rates[kind], count * iterations / took)
            same = torch.allclose(torch.stack(results["one"]), results["all"][0], rtol=1e-3, atol=1e-3)
            rate, ratio = rates["all"], rates["all"] / rates["one"]
            print(f"  {name:16s} {rates['one']:8.0f} {rate:8.0f} {ratio:8.2f}{'' if same else '  DIFFER'}")


def peak():
    """Peak resident memory of this process so far [GB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e9 if sys.platform == "darwin" else 1e6)


def memory(side, width, count, text):
    """Peak memory and seconds of simulating a large scan and of a method on it; runs in a separate process.

    Positions are off by half a pixel, so that a method that refines them has something to do.
    """
    print(f"with torch loaded: {peak():.2f} GB")
    across = round(count**0.5) - 1
    overlap = 1 - (side - width) / across / width
    began = clock()
    obj, options = smear((side, side), 0), Simulation(overlap=overlap, whole_pixels=False)
    scan = simulate(obj, make_probe("medium", width), options, specimen="blood smear")
    off = np.random.default_rng(0).normal(0, 0.5, scan.positions.shape)
    scan = replace(scan, positions=np.clip(scan.positions + off, 0, side - width))
    size = scan.patterns.nbytes / 1e9
    print(f"{len(scan)} positions of {width} px on {side} px, patterns {size:.2f} GB")
    print(f"simulated: {peak():.2f} GB, {clock() - began:.1f} s")
    before = clock()
    method = method_from(text)
    *_, step = reconstruct(scan, method, interval=1e9, device="cpu")
    seconds = clock() - before
    print(f"{text}: {peak():.2f} GB, {seconds:.1f} s, misfit {step.misfit:.3g}")
    print(f"said before: {memory_needed(scan, method) / 1e9:.2f} GB")


def main():
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--overlaps", nargs="+", type=float, default=[0.2, 0.74])
    parser.add_argument("--iterations", type=int, default=30, help="in a turn")
    parser.add_argument("--rounds", type=int, default=25, help="turns")
    parser.add_argument("--threads", type=int, default=0, help="threads of torch; 0: its default")
    parser.add_argument("--together", type=int, default=0, help="this many objects at once instead")
    parser.add_argument("--memory", action="store_true", help="a large scan instead, in a fresh process")
    parser.add_argument(
        "--large", nargs=3, type=int, default=(1024, 64, 10_000), metavar=("SIDE", "WIDTH", "POSITIONS"),
        help="object and probe [px], and positions, for --memory",
    )  # fmt: skip
    parser.add_argument("--method", default="awf:iterations=5", help="for --memory, as for a sweep")
    parser.add_argument("--torch", action="store_true", help="without the loops compiled by numba")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.memory and not args.here:
        subprocess.run([sys.executable, *sys.argv, "--here"], check=True)
        return
    if args.threads:
        torch.set_num_threads(args.threads)
    if args.torch:
        ptygui.physics.forward.compiled = None
    loops = "torch" if ptygui.physics.forward.compiled is None else "numba"
    versions = f"torch {torch.__version__}, numpy {np.__version__}, loops by {loops}"
    print(f"{torch.get_num_threads()} threads, {versions}")
    if args.memory:
        memory(*args.large, args.method)
    elif args.together:
        together(args.together, args.overlaps, args.iterations, args.rounds)
    else:
        engines(args.overlaps, args.iterations, args.rounds)


if __name__ == "__main__":
    main()
