"""A tiny scan in the layout of every format, written from its description alone."""

import bz2
import io

import h5py
import numpy as np
import pytest

PIXEL, WAVELENGTH, DISTANCE = 1e-8, 1e-10, 0.5


def write_tike(path, scan, packed=False):
    whole = io.BytesIO()
    centre = np.rint(scan.positions.mean(0)) + 0.25
    np.savez(
        whole,
        data=np.fft.ifftshift(scan.patterns, axes=(1, 2))[None],
        scan=(scan.positions[None] - centre).astype(np.float32),
        probe=scan.probe[None, None, None, None],
    )
    path.write_bytes(bz2.compress(whole.getvalue()) if packed else whole.getvalue())
    return path


def write_cxi(path, scan, basis=True, probe=True):
    from ptygui.files.measured import JOULE_PER_EV
    from ptygui.physics.beam_energy import HC_EV_M

    pixel = WAVELENGTH * DISTANCE / (scan.width * PIXEL)
    with h5py.File(path, "w") as file:
        file["cxi_version"] = 160
        detector = file.create_group("entry_1/instrument_1/detector_1")
        detector["data"] = scan.patterns.astype(np.int32)
        detector["distance"], detector["x_pixel_size"], detector["y_pixel_size"] = DISTANCE, pixel, pixel
        detector["mask"] = np.zeros(scan.patterns.shape[1:], np.uint32)
        detector["mask"][0, 0], detector["mask"][1, 1] = 1, 0x1000
        if basis:
            detector["basis_vectors"] = np.array([[0, -pixel], [-pixel, 0], [0, 0]])
        file["entry_1/instrument_1/source_1/energy"] = HC_EV_M / WAVELENGTH * JOULE_PER_EV
        if probe:
            file["entry_1/instrument_1/source_1/illumination"] = scan.probe
        rows, columns = scan.positions.T * PIXEL
        metres = np.stack([columns, rows, 0 * rows], 1) + np.array([3e-6, -2e-6, 0])
        file["entry_1/sample_1/geometry_1/translation"] = metres
        file["entry_1/data_1/data"] = h5py.SoftLink("/entry_1/instrument_1/detector_1/data")
    return path


def write_pair(folder, scan, order=None, obj=None, names=("scan_dp.hdf5", "scan_para.hdf5")):
    order = np.arange(len(scan)) if order is None else order
    obj = np.ones(scan.object_shape, np.complex64) if obj is None else obj
    with h5py.File(folder / names[0], "w") as file:
        file["dp"] = scan.patterns.astype(np.uint32)
    with h5py.File(folder / names[1], "w") as file:
        file.attrs["probe_energy_eV"], file.attrs["detector_object_distance_m"] = 12398.41984, DISTANCE
        item = file.create_dataset("object", data=obj[None])
        item.attrs["pixel_height_m"] = item.attrs["pixel_width_m"] = PIXEL
        item.attrs["center_x_m"], item.attrs["center_y_m"] = 1e-6, 2e-6
        file["probe"] = np.stack([scan.probe, 0.5 * scan.probe])
        file["probe"].attrs["pixel_width_m"] = file["probe"].attrs["pixel_height_m"] = 0.0
        metres = (scan.positions + scan.width / 2 - np.array(obj.shape) / 2) * PIXEL
        file["probe_position_y_m"] = metres[order, 0] + 2e-6
        file["probe_position_x_m"] = metres[order, 1] + 1e-6
        file["probe_position_indexes"] = order
    return folder / names[0]


@pytest.fixture
def oblong():
    """A scan of more columns than rows, so that no swap of axes goes unnoticed; 56 x 40 px, 16 px probe."""
    from ptygui.physics.probe import make_probe
    from ptygui.physics.simulate import Simulation, simulate
    from tests.conftest import small_object

    return simulate(small_object(56)[:40], make_probe("medium", 16), Simulation(overlap=0.5, jitter=2))
