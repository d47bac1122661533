"""One small file (or folder, or pair) of each kind that is read, written from nothing."""

import bz2
import io
import json
from collections.abc import Callable
from pathlib import Path

import h5py
import hdf5plugin
import numpy as np
import tifffile

from tests.fuzz.layouts import layouts

SIZE, WIDTH, PIXEL, WAVELENGTH, DISTANCE = 24, 8, 1e-8, 1e-10, 0.5
HC_J_M = 1.98644586e-25


def _scan():
    """Positions (9, 2), probe (8, 8), object (24, 24), patterns (9, 8, 8)."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[0:9:4, 0:9:4]
    positions = np.stack([rows.ravel(), columns.ravel()], 1).astype(float)
    near = np.hypot(*np.mgrid[-4:4, -4:4]) + 1
    probe = (30 * np.exp(-((near / 3) ** 2) + 0.2j * near)).astype(np.complex64)
    obj = np.exp(1j * rng.random((SIZE, SIZE))).astype(np.complex64)
    waves = [probe * obj[r : r + WIDTH, c : c + WIDTH] for r, c in positions.astype(int)]
    far = np.fft.fftshift(np.fft.fft2(waves, norm="ortho"), axes=(1, 2))
    return positions, probe, obj, rng.poisson(np.abs(far) ** 2).astype(np.int32)


POSITIONS, PROBE, OBJECT, PATTERNS = _scan()


def _own_scan(path: Path) -> None:
    from ptygui.files.scans import write_scan
    from ptygui.scan import Scan

    write_scan(
        path, Scan(patterns=PATTERNS, positions=POSITIONS, probe=PROBE, pixel_size_m=PIXEL, name="small")
    )


def _cxi(path: Path) -> None:
    detector_pixel = WAVELENGTH * DISTANCE / (WIDTH * PIXEL)
    with h5py.File(path, "w") as file:
        file["cxi_version"] = 160
        detector = file.create_group("entry_1/instrument_1/detector_1")
        detector.create_dataset("data", data=PATTERNS, chunks=(1, WIDTH, WIDTH), compression="gzip")
        detector["distance"] = DISTANCE
        detector["x_pixel_size"] = detector["y_pixel_size"] = detector_pixel
        detector["mask"] = np.zeros((WIDTH, WIDTH), np.uint32)
        file["entry_1/instrument_1/source_1/energy"] = HC_J_M / WAVELENGTH
        file["entry_1/instrument_1/source_1/illumination"] = PROBE
        metres = np.stack([POSITIONS[:, 1], POSITIONS[:, 0], 0 * POSITIONS[:, 0]], 1) * PIXEL
        file["entry_1/sample_1/geometry_1/translation"] = metres
        file["entry_1/data_1/data"] = h5py.SoftLink("/entry_1/instrument_1/detector_1/data")


def _product(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["photon_energy_eV"], file.attrs["detector_object_distance_m"] = 12398.4, DISTANCE
        file.attrs["name"] = "product"
        item = file.create_dataset("object", data=OBJECT[None])
        item.attrs["pixel_height_m"] = item.attrs["pixel_width_m"] = PIXEL
        item.attrs["center_x_m"] = item.attrs["center_y_m"] = 0.0
        file["probe"] = np.stack([PROBE, 0.5 * PROBE])[None]
        metres = (POSITIONS + WIDTH / 2 - SIZE / 2) * PIXEL
        file["probe_position_y_m"], file["probe_position_x_m"] = metres.T
        file["probe_position_indexes"] = np.arange(len(POSITIONS))


def _pair(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("dp", data=PATTERNS, chunks=(3, WIDTH, WIDTH), **hdf5plugin.Bitshuffle())
    _product(path.with_name(path.name.replace("_dp", "_para")))


def _npz(path: Path, **arrays: np.ndarray) -> None:
    with open(path, "wb") as file:
        np.savez_compressed(file, **arrays)


def _tike_arrays() -> dict[str, np.ndarray]:
    data = np.fft.ifftshift(PATTERNS, axes=(1, 2))[None].astype(np.float32)
    return {
        "data": data,
        "scan": (POSITIONS - 4)[None].astype(np.float32),
        "probe": PROBE[None, None, None, None],
    }


def _tike_packed(path: Path) -> None:
    whole = io.BytesIO()
    np.savez(whole, **_tike_arrays())
    path.write_bytes(bz2.compress(whole.getvalue()))


def _result(path: Path) -> None:
    from ptygui.experiment.settings import RunSettings
    from ptygui.files.result import Result
    from ptygui.files.results import write_result
    from ptygui.step import Step

    step = Step(1, 1, 0.5, 3, OBJECT, PROBE, 0.1, 0.01, state={"obj": OBJECT, "index": 1})
    numbers = {name: [value] for name, value in step.numbers().items()}
    result = Result(
        "small", "awf", {}, RunSettings(device="cpu"), OBJECT, PROBE, POSITIONS, (0, 0), (16, 16),
        numbers=numbers, frames=(step,), state=step.state,
    )  # fmt: skip
    write_result(path, result)


def _project(path: Path) -> None:
    from ptygui.files.project import Project, write_project
    from ptygui.scan import Scan

    write_project(path, Project([], Scan(patterns=PATTERNS, positions=POSITIONS, probe=PROBE, name="small")))


def _filtered(path: Path) -> None:
    with h5py.File(path, "w") as file:
        kinds = (hdf5plugin.LZ4, hdf5plugin.Blosc, hdf5plugin.Blosc2, hdf5plugin.Zstd, hdf5plugin.Bitshuffle)
        for kind in kinds:
            settings = {"cname": "lz4"} if kind is hdf5plugin.Bitshuffle else {}
            file.create_dataset(kind.__name__, data=OBJECT.real, chunks=(8, 8), **kind(**settings))
        file.create_dataset("lzf", data=OBJECT.imag, chunks=(8, 8), compression="lzf", shuffle=True)
        file.create_dataset("object", data=OBJECT, chunks=(8, 8), compression="gzip", fletcher32=True)


def _mat(path: Path) -> None:
    import scipy.io

    scipy.io.savemat(
        path,
        {
            "probe": PROBE,
            "obj": OBJECT,
            "counts": PATTERNS,
            "name": "text",
            "cell": np.array([1, "a"], object),
        },
        do_compression=True,
    )


def _mat_plain(path: Path) -> None:
    import scipy.io

    scipy.io.savemat(path, {"probe": PROBE, "obj": OBJECT, "para": {"energy": 8.8, "name": "x"}})


def _tiff(path: Path) -> None:
    import tifffile

    planes = np.stack([OBJECT.real, OBJECT.imag, np.abs(OBJECT), np.angle(OBJECT)]).astype(np.float32)
    tifffile.imwrite(path, planes, compression="zlib", metadata={"axes": "ZYX"})


def _tiff_imagej(path: Path) -> None:
    import tifffile

    info = {"unit": "nm", "axes": "YX"}
    tifffile.imwrite(
        path, np.abs(OBJECT).astype(np.float32), imagej=True, resolution=(0.1, 0.1), metadata=info
    )


def _image(path: Path) -> None:
    from PIL import Image

    grey = (255 * np.abs(OBJECT.real)).astype(np.uint8)
    Image.fromarray(grey if path.suffix == ".png" else np.dstack([grey] * 3)).save(path)


def _model(path: Path) -> None:
    from safetensors.numpy import save_file

    path.mkdir()
    config = {
        "block_out_channels": [8, 8], "down_block_types": ["DownBlock2D"] * 2,
        "up_block_types": ["UpBlock2D"] * 2,
        "layers_per_block": 1, "norm_num_groups": 4, "attention_head_dim": 4, "in_channels": 2,
        "out_channels": 2,
    }  # fmt: skip
    prior = {
        "version": 1, "parameterisation": "edm", "sigma_data": [0.4, 0.4], "stem": 1, "preset": "tiny",
        "channels": {"amplitude_centre": 0.8, "amplitude_scale": 0.2, "phase_centre": 0.0,
                     "phase_scale": 0.8},
        "zeta_scale": {"l1": 1.0}, "schedule": {"num_steps": 10}, "training": {"steps": 5, "data": ["smear"]},
    }  # fmt: skip
    (path / "config.json").write_text(json.dumps(config))
    (path / "prior.json").write_text(json.dumps(prior))
    save_file({"a": np.zeros((2, 2), np.float16)}, path / "diffusion_pytorch_model.safetensors")


SAMPLES: dict[str, Callable[[Path], None]] = {
    "own.h5": _own_scan,
    "scan.cxi": _cxi,
    "product.h5": _product,
    "scan_dp.hdf5": _pair,
    "tike.npz": lambda path: _npz(path, **_tike_arrays()),
    "tike.npz.bz2": _tike_packed,
    "plain.npz": lambda path: np.savez(path, **_tike_arrays()),
    "pages.tif": lambda path: tifffile.imwrite(
        path, PATTERNS.astype(np.uint16), photometric="minisblack", compression="zlib"
    ),
    "diffraction.npz": lambda path: _npz(
        path, patterns=PATTERNS, indexes=np.arange(9), bad_pixels=np.zeros((WIDTH, WIDTH), bool)
    ),
    "result.h5": _result,
    "project.ptygui": _project,
    "filters.h5": _filtered,
    "object.npy": lambda path: np.save(path, OBJECT),
    "object.npz": lambda path: _npz(path, obj=OBJECT, probe=PROBE, pixel_size_m=np.array(PIXEL)),
    "packed.mat": _mat,
    "plain.mat": _mat_plain,
    "planes.tif": _tiff,
    "imagej.tif": _tiff_imagej,
    "grey.png": _image,
    "colours.jpg": _image,
    "colours.bmp": _image,
    **layouts(PATTERNS, POSITIONS, PROBE, OBJECT),
    "model": _model,
}
