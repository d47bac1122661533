"""Write docs/planning.md: what a chip of 1 cm² at 10 nm would cost, from the cost measured here.

    python benchmarks/planning.py [--out FILE]

It takes two to five minutes on one thread; the default is docs/planning.md.

Each method reconstructs a procedural chip of 256 px by default options; the time is scaled by the
number of object pixels. Nothing is measured on a GPU.
"""

import argparse
import os
import platform
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

SIDE_M, PIXEL_M = 1e-2, 10e-9  # of chip and pixel
WINDOW, BYTES = 128, 2  # of the probe [px], and of a count
OVERLAPS = (0.65, 0.20)
SIZE, SMALL_WINDOW = 256, 32  # of what is measured [px]
PER_PIXEL, PER_VALUE = 600, 40  # memory of tiles [bytes], docs/large-objects.md
WORKER, DAYS = 8e9, 1  # memory of a worker [bytes], days to finish in
# method, how much of it is measured, and by how much that is scaled
METHODS = (
    ("AWF, 2,000 iterations", "awf:iterations=100", 20),
    ("AWF, power law, 600", "awf:gaussian_prior=power-law,iterations=100", 6),
    ("`daps`, preview", "daps:setting=preview", 1),
    ("`daps`", "daps", 1),
)


def seconds_per_pixel(text: str, overlap: float) -> float:
    """Time of processors of a method [s per object pixel]."""
    from ptygui.cli.sweep import method_from
    from ptygui.experiment.reconstruct import reconstruct
    from ptygui.files.objects import read_object
    from ptygui.physics.probe import make_probe
    from ptygui.physics.simulate import Simulation, simulate

    source, probe = read_object(f"chip:3:{SIZE}"), make_probe("medium", SMALL_WINDOW)
    scan = simulate(source.obj, probe, Simulation(overlap=overlap), specimen=source.specimen)
    method = method_from(text)
    began = None
    for _ in reconstruct(scan, method, device="cpu", interval=1e9):
        began = began or time.process_time()  # without imports and loading
    assert began is not None
    return (time.process_time() - began) / SIZE**2


def rounded(value: float) -> str:
    """Two significant digits, with commas."""
    digits = float(f"{value:.2g}")
    return f"{digits:,.0f}" if digits >= 10 else f"{digits:g}"


def page() -> str:
    """The text of docs/planning.md."""
    side = SIDE_M / PIXEL_M
    scans, costs = [], []
    for overlap in OVERLAPS:
        said = f"{overlap:.0%}".replace("%", " %")
        positions = (side / (WINDOW * (1 - overlap))) ** 2
        values = positions * WINDOW**2
        memory = PER_PIXEL * side**2 + PER_VALUE * values
        figures = positions, values * BYTES / 1e15, memory / 1e12, memory / WORKER
        scans.append(row(said, *map(rounded, figures)))
        for name, text, times in METHODS:
            hours = times * seconds_per_pixel(text, overlap) * side**2 / 3600
            costs.append(row(said, name, rounded(hours), rounded(hours / (24 * DAYS))))
            print(costs[-1], flush=True)
    return TEXT.format(
        area=SIDE_M**2 * 1e4, pixel=PIXEL_M * 1e9, side=f"{side:,.0f}", scans="\n".join(scans),
        costs="\n".join(costs), window=WINDOW, bytes=BYTES, machine=platform.machine(), size=SIZE,
        small=SMALL_WINDOW, per_pixel=PER_PIXEL, per_value=PER_VALUE, worker=WORKER / 1e9, days=DAYS,
    )  # fmt: skip


def row(*cells: str) -> str:
    """A row of a table."""
    return f"| {' | '.join(cells)} |"


TEXT = """# Planning a large scan

A chip of {area:g} cm² in pixels of {pixel:g} nm is an object of {side} x {side} px. This page was written
by `python benchmarks/planning.py`, from the cost that it measured.

| overlap of the window | positions | petabytes | memory of all tiles [TB] | workers for that |
| --- | --- | --- | --- | --- |
{scans}

| overlap | method | core hours | cores to end in {days} day |
| --- | --- | --- | --- |
{costs}

**GPU hours are not given**: no method was timed on a GPU for this project. To know them, time `ptygui
reconstruct daps --device cuda` at both overlaps, and scale it by the number of pixels.

## Assumptions

- The window of the probe is {window} px, the detector has as many pixels, and a count takes {bytes} bytes,
  not compressed. The petabytes do not depend on the window; a detector with more pixels than that has more,
  in proportion to its area.
- Core hours are time of processors on one thread ({machine}, shared with other work), for a procedural chip
  of {size} px, a window of {small} px and default options; of AWF 100 iterations. They are scaled by the
  number of pixels. Neither the longer transforms of a wider window are in them, nor patches that two tiles
  compute, nor what goes between tiles.
- Memory is that of [tiles](large-objects.md), {per_pixel} bytes per pixel and {per_value} per measured
  value, in workers of {worker:g} GB, all tiles at once. A smaller cluster has to cut the chip into separate
  scans, and reconstruct one after the other.
- So many tiles were never tried: all halos pass through one process. The largest object that was tried in
  tiles has 2,048 px.
- The methods do not give the same image: whether 20 % suffices depends on object, dose and prior
  ([Accuracy](accuracy.md)).
"""


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = Path(__file__).resolve().parents[1] / "docs" / "planning.md"
    parser.add_argument("--out", type=Path, default=default)
    out = parser.parse_args().out
    out.write_text(page(), encoding="utf-8")
    print(out)


if __name__ == "__main__":
    main()
