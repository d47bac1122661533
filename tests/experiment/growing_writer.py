"""A process that writes a scan while another one reads it: told by lines on standard input how far to go.

`python growing_writer.py SCAN TARGET KIND`: KIND is "scan", "cxi" or "arrays". A number N on a line: write
the frames up to N; "close": close the file and end. Each line is answered by itself when that is done.
"""

import sys

import h5py
import numpy as np

from ptygui import read_scan

PIXEL = 1e-8  # m


def main(source, target, kind):
    scan = read_scan(source)
    names = {"cxi": ("/entry_1/data_1/data", "/entry_1/sample_1/geometry_1/translation")}
    names |= {"scan": ("patterns", "positions_px"), "arrays": ("run/frames", "run/motors")}
    frames, places = names[kind]
    with h5py.File(target, "w", libver="latest") as file:
        m = scan.width
        patterns = file.create_dataset(frames, (0, m, m), "f4", maxshape=(None, m, m), chunks=(1, m, m))
        columns = 3 if kind == "cxi" else 2
        shape = {"maxshape": (None, columns), "chunks": (1, columns)}
        positions = file.create_dataset(places, (0, columns), "f8", **shape)
        file["probe"] = scan.probe
        if kind == "scan":
            file.attrs["format"], file.attrs["version"] = "ptygui scan", 1
            file.attrs["simulated"] = True
        if kind == "cxi":
            describe(file, scan)
        print("ready", flush=True)
        for line in sys.stdin:
            if line.strip() == "swmr":
                file.swmr_mode = True
            elif line.strip() == "close":
                break
            else:
                write(patterns, positions, scan, int(line), columns)
            print(line.strip(), flush=True)
    print("close", flush=True)


def describe(file, scan):
    file["cxi_version"] = 160
    detector = "/entry_1/instrument_1/detector_1"
    wavelength, distance = 1e-10, 1.0
    file["/entry_1/instrument_1/source_1/energy"] = 1.98644586e-25 / wavelength
    file[f"{detector}/distance"] = distance
    for axis in "xy":
        file[f"{detector}/{axis}_pixel_size"] = wavelength * distance / (scan.width * PIXEL)
    file["/entry_1/instrument_1/source_1/illumination"] = scan.probe


def write(patterns, positions, scan, count, columns):
    first = len(patterns)
    patterns.resize(count, axis=0)
    patterns[first:] = scan.patterns[first:count]
    patterns.flush()
    positions.resize(count, axis=0)
    at = scan.positions[first:count]
    positions[first:] = np.pad(at[:, ::-1] * PIXEL, ((0, 0), (0, 1))) if columns == 3 else at
    positions.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
