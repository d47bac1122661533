"""Small files in the layouts of other programs, for `tests.fuzz.samples`."""

from collections.abc import Callable
from pathlib import Path

import h5py
import hdf5plugin
import numpy as np

DETECTOR_PIXEL, ENERGY_EV, WAVELENGTH, DISTANCE, PIXEL = 6.25e-4, 12398.4, 1e-10, 0.5, 1e-8


def tree(path: Path, **held: object) -> None:
    """An HDF5 file with these datasets; in names, two underlines are a slash."""
    with h5py.File(path, "w") as file:
        for name, value in held.items():
            file[name.replace("__", "/")] = value


def layouts(
    patterns: np.ndarray, positions: np.ndarray, probe: np.ndarray, obj: np.ndarray
) -> dict[str, Callable[[Path], None]]:
    """What writes each file, by its name."""
    metres, half = positions * PIXEL, len(patterns) // 2
    grid = np.repeat(np.repeat(patterns[:4].reshape(2, 2, 8, 8), 2, 2), 2, 3).astype(np.uint16)

    def ptyd(path: Path) -> None:
        parts = {
            f"chunks__{k}__{name}": value
            for k, rows in enumerate((slice(0, half), slice(half, None)))
            for name, value in {
                "data": patterns[rows],
                "indices": np.arange(len(patterns))[rows],
                "positions": metres[rows],
                "weights": np.ones(patterns[rows].shape, np.float32),
            }.items()
        }
        about = {"energy": ENERGY_EV / 1e3, "distance": DISTANCE, "psize": [DETECTOR_PIXEL] * 2}
        tree(path, **parts, **{f"meta__{k}": v for k, v in about.items()}, info__positions_scan=metres)

    def ptyr(path: Path) -> None:
        about = {"_energy": ENERGY_EV / 1e3, "_psize": [PIXEL] * 2, "_center": [12, 12]}
        held = {f"content__{kind}__S0__{k}": v for kind in ("obj", "probe") for k, v in about.items()}
        held |= {"content__obj__S0__data": obj[None], "content__probe__S0__data": probe[None]}
        tree(path, **held, content__positions__S0=metres, content__pars=np.void(b"\x80\x04cos\nsystem\n."))

    def xptycho(path: Path) -> None:
        tree(path, scan__frames=patterns, scan__probe_positions=metres)
        with h5py.File(path, "r+") as file:
            about = {"wavelength": WAVELENGTH, "det_distance": DISTANCE, "det_pixel_pitch": DETECTOR_PIXEL}
            file["scan"].attrs.update(about)

    def master(path: Path) -> None:
        with h5py.File(path.with_name("s_data_000001.h5"), "w") as file:
            file.create_dataset("entry/data/data", data=patterns, chunks=(1, 8, 8), **hdf5plugin.Bitshuffle())
        detector = "entry__instrument__detector__"
        held = {"x_pixel_size": DETECTOR_PIXEL, "detector_distance": DISTANCE}
        tree(path, **{detector + name: value for name, value in held.items()})
        with h5py.File(path, "r+") as file:
            file["entry/data/data_000001"] = h5py.ExternalLink("s_data_000001.h5", "/entry/data/data")

    def ptydy(path: Path) -> None:
        tree(path, dataset=grid)
        with h5py.File(path, "r+") as file:
            file.attrs["ptydy_format"], file.attrs["dataset"] = "ptydy-dataset", "/dataset"
            about = {"R_pixel_size": 0.8, "R_pixel_units": "nm", "Q_pixel_size": 0.05, "voltage": 3e5}
            file.create_group("ptydy/calibration").attrs.update(about | {"Q_pixel_units": "A^-1"})

    def pmace(path: Path) -> None:
        import tifffile

        path.mkdir()
        for k, pattern in enumerate(patterns):
            tifffile.imwrite(path / f"frame_data_{k}.tiff", pattern)
        lines = [f"{column + 4}\t{row + 4}" for row, column in positions]
        (path / "Translations.tsv.txt").write_text("\n".join(["FCx\tFCy", *lines]))

    return {
        "chunks.ptyd": ptyd,
        "result.ptyr": ptyr,
        "xptycho.h5": xptycho,
        "master.h5": master,
        "pmace": pmace,
        "ptydy.hdf5": ptydy,
        "model2.hdf5": lambda path: tree(
            path,
            ptyrad_schema=2,
            model_meta__dx=0.1,
            model_meta__lambd=0.02,
            components__object__tensors__phase=np.angle(obj)[None, None],
            components__object__tensors__amp=np.abs(obj)[None, None],
            components__probe__tensors__modes=np.stack([probe, 0.3 * probe]),
            components__positions__tensors__crop_pos=positions.astype(np.int16),
            components__positions__tensors__shifts=positions - np.floor(positions),
        ),
        "ptylab.hdf5": lambda path: tree(
            path, ptychogram=patterns, encoder=metres, wavelength=WAVELENGTH, dxd=DETECTOR_PIXEL, zo=DISTANCE
        ),
        "nsls2.h5": lambda path: tree(
            path, diffamp=np.sqrt(patterns), points=metres.T * 1e6, lambda_nm=0.1, z_m=0.5, ccd_pixel_um=625.0
        ),
        "shelves.h5": lambda path: tree(
            path, measurement__n0__diff=patterns, measurement__n0__positions=positions.T
        ),
        "slac.npz": lambda path: np.savez_compressed(
            path, diffraction=patterns, xcoords=positions[:, 1], ycoords=positions[:, 0], probeGuess=probe
        ),
        "cube.h5": lambda path: tree(path, cube=grid),
        "cube.npy": lambda path: np.save(path, grid),
        "split.npz": lambda path: np.savez_compressed(
            path,
            probe_position_x_m=metres[:, 1],
            probe_position_y_m=metres[:, 0],
            probe=probe[None],
            object=obj,
        ),
    }
