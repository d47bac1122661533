"""Print the peak memory of each method next to the estimate of `Method.memory`, in one process each.

    python benchmarks/memory.py [METHOD ...]     such as awf daps:setting=best; all methods by default

Simulated scans of objects of 512 and 1024 px at 50 and 80 % overlap; a few iterates of each method.
"""

import argparse
import gc
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

SCANS = ((512, 0.5), (512, 0.8), (1024, 0.5))
# Peaks occur within the first iterates, so a few are enough.
SHORT = {"iterations": 3, "awf_iterations": 3, "data_steps": 12, "levels": 1, "num_steps": 2, "j": 0}


def resident(key: str) -> int:
    """A line of /proc/self/status in bytes, such as VmHWM."""
    return int(re.search(rf"{key}:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024


def measure(text: str, size: int, overlap: float) -> None:
    """Run one method and print a line; its networks and libraries are loaded before."""
    from ptygui.cli.sweep import method_from
    from ptygui.experiment.reconstruct import reconstruct
    from ptygui.options import options_of
    from ptygui.physics.probe import make_probe
    from ptygui.physics.simulate import Simulation, simulate
    from ptygui.physics.smear import smear

    method = method_from(text)
    names = {option.name for option in options_of(method)}
    method = replace(method, **{name: value for name, value in SHORT.items() if name in names})
    options, probe = Simulation(overlap=overlap), make_probe("medium", 32)
    small, scan = (
        simulate(smear((side, side), 0), probe, options, specimen="blood smear") for side in (96, size)
    )
    for _ in reconstruct(small, method, interval=1e9, device="cpu"):
        pass
    gc.collect()
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # resets the peak
    for _ in reconstruct(scan, method, interval=1e9, device="cpu"):
        pass
    taken, said = (resident("VmHWM") - before) / 1e6, method.memory(scan) / 1e6
    values = f"{scan.patterns.size / 1e6:7.2f} {np.prod(scan.object_shape) / 1e6:8.2f}"
    print(f"{text:24} {values} {taken:9.0f} {said:9.0f} {said / taken:6.2f}", flush=True)


def main() -> None:
    """Measure the requested methods."""
    from ptygui import methods

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("methods", nargs="*", default=[method.key() for method in methods.METHODS])
    parser.add_argument("--one", nargs=2, metavar=("SIZE", "OVERLAP"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        measure(args.methods[0], int(args.one[0]), float(args.one[1]))
        return
    print("method               10^6 values   pixels  taken MB    said MB  ratio")
    for text in args.methods:
        for size, overlap in SCANS:
            command = [sys.executable, __file__, text, "--one", str(size), str(overlap)]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
