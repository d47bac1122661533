"""Frames without positions: EIGER masters, 4D data of grids, bare stacks."""

import h5py
import hdf5plugin
import numpy as np
import pytest
import tifffile

from ptygui.errors import InputError, LayoutNeeded
from ptygui.files.info import scan_lines
from ptygui.files.layout.layout import Layout
from ptygui.files.recognise import title_of
from ptygui.files.scans import read_scan, recognise
from tests.files.formats.layouts import (
    DISTANCE,
    ENERGY,
    PIXEL,
    assert_same_scan,
    detector_pixel,
    metres,
)


@pytest.fixture
def grid():
    """A grid scan of 4 x 6 positions, 6 px apart, without jitter."""
    from ptygui.physics.probe import make_probe
    from ptygui.physics.simulate import Simulation, simulate
    from tests.conftest import small_object

    rows, columns = np.meshgrid(np.arange(4), np.arange(6), indexing="ij")
    scan = simulate(small_object(60)[:40], make_probe("medium", 16), Simulation(overlap=0.6))
    places = 6.0 * np.stack([rows.ravel(), columns.ravel()], 1)
    patterns = (
        np.random.default_rng(1).poisson(50 * scan.patterns[:24] / scan.patterns.max()).astype(np.uint16)
    )
    return scan.noted(patterns=patterns, positions=places, object_shape=None, truth=None)


def write_master(path, scan, units=True):
    """A master with links to two files of frames, as bitshuffle and LZ4 compress them."""
    half = len(scan) // 2
    for k, part in enumerate((scan.patterns[:half], scan.patterns[half:]), 1):
        with h5py.File(path.with_name(f"s_data_{k:06d}.h5"), "w") as file:
            chunks = (1, scan.width, scan.width)
            counts = part.astype(np.uint32)
            file.create_dataset("entry/data/data", data=counts, chunks=chunks, **hdf5plugin.Bitshuffle())
    with h5py.File(path, "w") as file:
        for k in (2, 1):
            link = h5py.ExternalLink(f"s_data_{k:06d}.h5", "/entry/data/data")
            file[f"entry/data/data_{k:06d}"] = link
        detector = file.create_group("entry/instrument/detector")
        detector["detector_distance"] = DISTANCE * (1e3 if units else 1)
        detector["x_pixel_size"] = detector["y_pixel_size"] = detector_pixel(scan)
        if units:
            detector["detector_distance"].attrs["units"] = "mm"
        detector["detectorSpecific/photon_energy"] = ENERGY
        mask = np.zeros((scan.width, scan.width), np.uint32)
        mask[3, 4] = 1
        detector["detectorSpecific/pixel_mask"] = mask
    return path


@pytest.mark.parametrize("units", [True, False])
def test_eiger_master_with_positions_in_another_file(tmp_path, oblong, units):
    path = write_master(tmp_path / "s_master.h5", oblong, units)
    assert recognise(path) == "eiger"
    with pytest.raises(InputError, match=r"s_data_00000\d.*--allow-links"):
        read_scan(path, layout=Layout(positions="entry/no", positions_unit="um"))
    with pytest.raises(InputError, match="no positions that are known: give --positions"):
        read_scan(path, allow_links=True)
    np.savetxt(tmp_path / "motors.csv", metres(oblong)[:, ::-1] * 1e6, delimiter=",", header="x,y")
    layout = Layout(positions="motors.csv::array", positions_unit="um")
    found = read_scan(path, allow_links=True, layout=layout)
    assert_same_scan(found, oblong, probe=False)
    assert [*np.argwhere(~found.mask)[0]] == [3, 4]
    notes = "\n".join(found.notes)
    assert "distance 0.5 m (file: entry/instrument/detector/detector_distance)" in notes
    assert "positions in um (typed)" in notes
    by_name = Layout(positions="motors.csv::x,motors.csv::y", positions_unit="um")
    assert_same_scan(read_scan(path, allow_links=True, layout=by_name), oblong, probe=False)


def write_grid(path, scan):
    array = scan.patterns.reshape(4, 6, 16, 16).astype(np.uint16)
    if path.suffix == ".npy":
        np.save(path, array)
    elif path.suffix == ".raw":
        framed = np.zeros((24, 130, 128), np.float32)
        framed[:, 56:72, 56:72] = scan.patterns
        framed[:, 128:] = 7  # what the detector says of itself
        framed.tofile(path)
    else:
        matlab = path.suffix == ".mat"
        with h5py.File(path, "w", userblock_size=512 if matlab else 0) as file:
            file["cube"] = array.T if matlab else array
            file["cube"].attrs["voltage_kV"] = 300.0
        if matlab:
            with open(path, "r+b") as file:
                file.write(b"MATLAB 7.3 MAT-file".ljust(128))
    return path


@pytest.mark.parametrize("name", ["a.h5", "a.mat", "a.npy"])
def test_grid_data_of_four_axes(tmp_path, grid, name):
    path = write_grid(tmp_path / name, grid)
    assert recognise(path) == "grid"
    with pytest.raises(InputError, match=r"the step of its grid of 4 x 6 with --step"):
        read_scan(path)
    assert_same_scan(read_scan(path, layout=Layout(step="6px")), grid, probe=False, units=False)
    found = read_scan(path, layout=Layout(step="0.06um", pixel_size="10nm"))
    assert_same_scan(found, grid, probe=False, units=False)
    assert found.pixel_size_m == pytest.approx(PIXEL)
    turned = read_scan(path, layout=Layout(step="6px", rotation="90deg"))
    step = turned.positions[1] - turned.positions[0]
    np.testing.assert_allclose(step, [-6, 0], atol=1e-6)  # along columns, turned to go up


def test_energy_of_electrons_is_told_from_that_of_photons(tmp_path, grid):
    found = read_scan(write_grid(tmp_path / "a.h5", grid), layout=Layout(step="6px"))
    assert found.wavelength_m == pytest.approx(1.9687e-12, rel=1e-4)  # 300 kV
    assert any("energy is of electrons" in note for note in found.notes)
    assert dict(scan_lines(found))["energy"] == "300 keV, electrons"


def test_empad_raw_has_its_grid_in_the_name(tmp_path, grid):
    path = write_grid(tmp_path / "scan_x6_y4.raw", grid)
    assert recognise(path) == "grid"
    found = read_scan(path, layout=Layout(step="6px"))
    assert found.patterns.shape == (24, 128, 128)
    np.testing.assert_array_equal(found.patterns[:, 56:72, 56:72], grid.patterns)
    assert found.patterns.max() == grid.patterns.max()
    wrong = path.rename(tmp_path / "scan_x5_y4.raw")
    with pytest.raises(InputError, match="5 x 4 positions, it holds 24 frames"):
        read_scan(wrong, layout=Layout(step="6px"))


def test_bare_stack(tmp_path, oblong):
    np.save(tmp_path / "frames.npy", oblong.patterns)
    assert recognise(tmp_path / "frames.npy") == "stack"
    with pytest.raises(InputError, match="--positions"):
        read_scan(tmp_path / "frames.npy")
    with pytest.raises(InputError, match="--step is of a grid scan"):
        read_scan(tmp_path / "frames.npy", layout=Layout(step="6px"))
    np.save(tmp_path / "places.npy", oblong.positions)
    layout = Layout(positions="places.npy", positions_axes="yx", positions_unit="px")
    found = read_scan(tmp_path / "frames.npy", layout=layout)
    assert_same_scan(found, oblong, probe=False, units=False)


@pytest.mark.parametrize(("flat", "unit", "size"), [(False, "A^-1", 0.05), (True, "nm^-1", 0.5)])
def test_a_dataset_of_ptydy(tmp_path, flat, unit, size):
    counts = np.random.default_rng(0).poisson(50, (3, 4, 16, 16)).astype(np.uint16)
    path = tmp_path / "data.hdf5"
    with h5py.File(path, "w") as file:
        file.attrs["ptydy_format"], file.attrs["dataset"] = "ptydy-dataset", "/dataset"
        data = file.create_dataset("dataset", data=counts.reshape(-1, 16, 16) if flat else counts)
        data.attrs["scan_shape"] = [3, 4]
        about = file.create_group("ptydy/calibration").attrs
        about["R_pixel_size"], about["R_pixel_units"], about["voltage"] = 0.8, "nm", 3e5
        about["Q_pixel_size"], about["Q_pixel_units"], about["QR_rotation"] = size, unit, np.pi / 2
    assert title_of(recognise(path)) == "Ptydy dataset"
    scan = read_scan(path, find_probe=False)
    np.testing.assert_array_equal(scan.patterns, counts.reshape(-1, 16, 16))
    assert scan.pixel_size_m == pytest.approx(1e-10 / (16 * 0.05))
    assert scan.wavelength_m == pytest.approx(1.9687e-12, rel=1e-3)
    rows, columns = np.ptp(scan.positions, axis=0) * scan.pixel_size_m
    assert (rows, columns) == (pytest.approx(3 * 0.8e-9, rel=1e-3), pytest.approx(2 * 0.8e-9, rel=1e-3))
    assert any("a grid of 3 x 4" in note and "ptydy/calibration" in note for note in scan.notes)
    with h5py.File(path, "r+") as file:
        del file["ptydy/calibration"].attrs["R_pixel_size"]
    with pytest.raises(LayoutNeeded, match="--step"):
        read_scan(path)
    assert len(read_scan(path, layout=Layout(step="0.8nm"), find_probe=False)) == 12


def test_the_names_of_csaxs(tmp_path, oblong):
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["entry/data/eiger_4"] = oblong.patterns
        file["entry/instrument/eiger_4/x_pixel_size"] = detector_pixel(oblong) * 1e6
        file["entry/instrument/monochromator/energy"] = ENERGY / 1e3
        file["entry/instrument/monochromator/distance"] = DISTANCE * 1e3
        file["places"] = metres(oblong)
    told = Layout(positions="places", positions_axes="yx", positions_unit="m")
    found = read_scan(tmp_path / "s.h5", layout=told, find_probe=False)
    assert_same_scan(found, oblong, probe=False)
    assert found.pixel_size_m == pytest.approx(PIXEL)


@pytest.mark.parametrize("kind", ["one file", "folder", "folder of pmace"])
def test_gaps_in_tiff_frames_are_found(tmp_path, oblong, kind):
    """Values with all bits set mark gaps: they must not become plain numbers on the way."""
    patterns = np.minimum(oblong.patterns, 2**15).astype(np.uint16)
    patterns[:, 3, :] = 2**16 - 1
    columns, rows = oblong.positions[:, ::-1].T + oblong.width / 2
    if kind == "one file":
        path = tmp_path / "frames.tif"
        tifffile.imwrite(path, patterns, photometric="minisblack")
        np.save(tmp_path / "where.npy", oblong.positions)
        layout = Layout(patterns="array", positions="where.npy", positions_unit="px", positions_axes="yx")
    else:
        path, layout, pmace = tmp_path / "frames", None, kind.endswith("pmace")
        path.mkdir()
        for k, frame in enumerate(patterns):
            tifffile.imwrite(path / f"frame_data_{k}.tiff", frame, photometric="minisblack")
        name, head = ("Translations.tsv.txt", "FCx\tFCy") if pmace else ("where.csv", "x_px,y_px")
        values = np.stack([columns, rows], 1)
        np.savetxt(path / name, values, header=head, comments="", delimiter="\t" if pmace else ",")
    scan = read_scan(path, layout=layout, find_probe=False)
    assert any("have all bits set" in note for note in scan.notes)
    assert not scan.mask[3].any()
    assert scan.mask.sum() == scan.mask.size - scan.width
    assert scan.brightest < 2**16 - 1
