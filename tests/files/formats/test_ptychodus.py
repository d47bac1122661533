"""Pairs and products of Ptychodus in HDF5, NPZ and CXI, and the pair of fold_slice."""

import h5py
import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.files.recognise import opens_as, recognise
from ptygui.files.results import read_result
from ptygui.files.scans import read_scan, read_start
from tests.files.formats.layouts import (
    DISTANCE,
    ENERGY,
    PIXEL,
    WAVELENGTH,
    about_centre,
    assert_same_object,
    assert_same_scan,
    detector_pixel,
    joules,
)


@pytest.fixture
def obj(oblong):
    rng = np.random.default_rng(3)
    return np.exp(1j * rng.random(oblong.object_shape)).astype(np.complex64)


def write_npz_product(path, scan, obj):
    rows, columns = about_centre(scan).T
    np.savez(
        path, probe_position_indexes=np.arange(len(scan)) + 5, probe_position_x_m=columns + 1e-6,
        probe_position_y_m=rows + 2e-6, probe=scan.probe[None], probe_pixel_width_m=PIXEL,
        probe_pixel_height_m=PIXEL, object=obj[None], object_pixel_width_m=PIXEL, object_pixel_height_m=PIXEL,
        object_center_x_m=1e-6, object_center_y_m=2e-6, name="n", comments="", probe_energy_eV=ENERGY,
        detector_object_distance_m=DISTANCE, costs=np.zeros(3),
    )  # fmt: skip
    return path


def write_npz_patterns(path, scan, rows):
    np.savez(
        path, patterns=scan.patterns[rows].astype(np.uint32), indexes=np.asarray(rows) + 5,
        bad_pixels=np.eye(scan.width, dtype=bool),
    )  # fmt: skip
    return path


def write_cxi_product(path, scan, obj):
    rows, columns = about_centre(scan).T
    with h5py.File(path, "w") as file:
        file["cxi_version"] = 160
        file["entry_1/title"] = "star"
        file["entry_1/sample_1/geometry_1/translation"] = np.stack([columns, rows, 0 * rows], 1)
        file["entry_1/instrument_1/source_1/energy"] = joules()
        file["entry_1/instrument_1/detector_1/distance"] = DISTANCE
        file["entry_1/image_1/data"] = scan.probe[None, None]
        file["entry_1/image_2/data"] = obj[None]
        file["entry_1/instrument_1/source_1/illumination"] = h5py.SoftLink("/entry_1/image_1/data")
        extras = file.create_group("entry_1/ptychodus")
        extras["probe_position_indexes"] = np.arange(len(scan))
        for name in ("object", "probe"):
            extras[f"{name}_pixel_width_m"] = extras[f"{name}_pixel_height_m"] = PIXEL
    return path


def write_cxi_patterns(path, scan):
    with h5py.File(path, "w") as file:
        file["cxi_version"] = 160
        detector = file.create_group("entry_1/instrument_1/detector_1")
        detector["data"] = scan.patterns.astype(np.uint32)
        detector["distance"] = DISTANCE
        detector["x_pixel_size"] = detector["y_pixel_size"] = detector_pixel(scan)
        detector["mask"] = np.zeros((scan.width, scan.width), np.uint32)
        file["entry_1/instrument_1/source_1/energy"] = joules()
        file["entry_1/data_1/data"] = h5py.SoftLink("/entry_1/instrument_1/detector_1/data")
    return path


def test_npz_pair_is_joined_by_the_value_of_the_index(tmp_path, oblong, obj):
    rows = [7, 2, 3, 0, 9]
    path = write_npz_patterns(tmp_path / "diffraction.npz", oblong, rows)
    write_npz_product(tmp_path / "product.npz", oblong, obj)
    found = read_scan(path)
    assert_same_scan(found, oblong.subset(rows))
    assert (found.mask == ~np.eye(oblong.width, dtype=bool)).all()
    assert any("joined by index: 5 pairs" in note for note in found.notes)


def test_npz_product_is_a_result(tmp_path, oblong, obj):
    path = write_npz_product(tmp_path / "p.npz", oblong, obj)
    assert opens_as(recognise(path)) == "result"
    result = read_result(path)
    assert_same_object(result, obj, oblong.probe)
    np.testing.assert_allclose(result.positions, oblong.positions, atol=1e-3)
    assert (result.pixel_size_m, result.wavelength_m) == (PIXEL, pytest.approx(WAVELENGTH))


def test_split_cxi_is_joined_and_its_product_is_a_result(tmp_path, oblong, obj):
    path = write_cxi_patterns(tmp_path / "diffraction.cxi", oblong)
    with pytest.raises(InputError, match=r"no positions .*--metadata"):
        read_scan(path)
    product = write_cxi_product(tmp_path / "product.cxi", oblong, obj)
    assert_same_scan(read_scan(path), oblong)  # found by its name
    other = product.rename(tmp_path / "other.cxi")
    assert_same_scan(read_scan(path, metadata=other), oblong)
    np.testing.assert_allclose(read_start(path, metadata=other), obj, atol=1e-5)
    assert opens_as(recognise(other)) == "result"
    result = read_result(other)
    assert_same_object(result, obj, oblong.probe)
    np.testing.assert_allclose(result.positions, oblong.positions, atol=1e-3)


def test_pixels_of_a_pair_may_follow_from_the_detector(tmp_path, oblong, obj):
    path = write_cxi_patterns(tmp_path / "diffraction.cxi", oblong)
    with h5py.File(write_cxi_product(tmp_path / "product.cxi", oblong, obj), "a") as file:
        del file["entry_1/ptychodus"]
    assert_same_scan(read_scan(path), oblong)


def test_near_field_product_is_refused_with_the_reason(tmp_path, oblong, obj):
    write_npz_patterns(tmp_path / "diffraction.npz", oblong, range(len(oblong)))
    product = write_npz_product(tmp_path / "product.npz", oblong, obj)
    with np.load(product) as held:
        np.savez(product, **held, far_field=False)
    with pytest.raises(InputError, match="far_field = False"):
        read_scan(tmp_path / "diffraction.npz")


@pytest.mark.parametrize("column", [True, False])
def test_fold_slice_pair(tmp_path, oblong, column):
    with h5py.File(tmp_path / "data_dp.hdf5", "w") as file:
        file["dp"] = oblong.patterns.transpose(0, 2, 1)
    with h5py.File(tmp_path / "data_para.hdf5", "w") as file:
        rows, columns = oblong.positions.T * PIXEL
        file["ppY"], file["ppX"] = (
            (rows[:, None], columns[:, None]) if column else (rows[None], columns[None])
        )
        file["lambda"], file["dx"], file["angle"] = [[WAVELENGTH]], [[PIXEL]], [[0.0]]
    found = read_scan(tmp_path / "data_dp.hdf5")
    assert_same_scan(found.noted(distance_m=DISTANCE), oblong, probe=False)
    assert any("rows and columns of each were exchanged" in note for note in found.notes)


def test_a_file_that_is_no_metadata_is_refused(tmp_path, oblong):
    path = write_npz_patterns(tmp_path / "d.npz", oblong, range(len(oblong)))
    with pytest.raises(InputError, match=r"not a metadata file.*ppX"):
        read_scan(path, metadata=path)
