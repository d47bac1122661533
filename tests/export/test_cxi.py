"""CXI as written: read back by our own reader, and by Ptychodus where that is installed."""

from dataclasses import replace

import h5py
import numpy as np
import pytest

from ptygui.export.cxi import write_cxi
from ptygui.export.exported import Exported
from ptygui.files.scans import read_scan
from tests.export.conftest import DISTANCE, PIXEL, WAVELENGTH


def check_scan(back, known, positions):
    """The same patterns, probe, mask and lengths, and these positions but for their origin."""
    np.testing.assert_array_equal(back.patterns, known.patterns)
    np.testing.assert_array_equal(back.mask, known.mask)
    np.testing.assert_allclose(np.diff(back.positions, axis=0), np.diff(positions, axis=0), atol=1e-5)
    np.testing.assert_allclose(np.abs(back.probe), np.abs(known.probe), rtol=1e-5, atol=1e-4)
    for name, value in (("pixel_size_m", PIXEL), ("wavelength_m", WAVELENGTH), ("distance_m", DISTANCE)):
        assert getattr(back, name) == pytest.approx(value)


def test_a_result_with_its_scan_is_read_back_as_that_scan(tmp_path, both, known, result):
    (path,) = write_cxi(tmp_path / "both.cxi", both)
    check_scan(read_scan(path), known, result.refined_positions)


def test_a_scan_alone_is_read_back(tmp_path, known):
    (path,) = write_cxi(tmp_path / "scan.cxi", Exported(scan=known))
    check_scan(read_scan(path), known, known.positions)
    with h5py.File(path) as file:
        assert "image_2" not in file["entry_1"]
        assert file.attrs["default"] == "entry_1"
        assert file["entry_1"].attrs["default"] == "data_1"
        plot = file["entry_1/data_1"]
        assert list(plot.attrs["axes"]) == [".", "y", "x"]
        assert plot["y"].shape == plot["x"].shape == (known.width,)


def test_the_layout_is_that_of_cxi_and_the_object_is_all_in_it(tmp_path, result):
    (path,) = write_cxi(tmp_path / "result.cxi", Exported(result))
    with h5py.File(path) as file:
        entry = file["entry_1"]
        assert file["cxi_version"][()] == 160
        assert entry["title"].asstr()[()] == "sample ⌀ 7"
        assert "data" not in entry["instrument_1/detector_1"]  # patterns only on demand
        assert entry["instrument_1/source_1/energy"][()] == pytest.approx(1.98644586e-15)  # J of 12.4 keV
        assert entry["instrument_1/detector_1/x_pixel_size"][()] == pytest.approx(
            WAVELENGTH * DISTANCE / (result.probe.shape[0] * PIXEL)
        )
        image, margin = entry["image_2"], entry["image_2/data"].attrs["ptygui_margin_px"]
        np.testing.assert_array_equal(
            image["data"][0, margin[0] : -margin[0], margin[1] : -margin[1]], result.obj
        )
        np.testing.assert_allclose(image["image_size"][:2] / PIXEL, image["data"].shape[:0:-1])
        assert entry.attrs["default"] == "image_2"
        assert image.attrs["signal"] == "data"
        assert image["x"].attrs["units"] == "m"
        assert entry["data_1/translation"] == entry["sample_1/geometry_1/translation"]
        x, y, z = entry["data_1/translation"][:].T / PIXEL
        width, shape = result.probe.shape[0], np.array(image["data"].shape[1:])
        first = np.stack([y, x], 1) + (shape - width) / 2
        np.testing.assert_allclose(first - margin, result.refined_positions, atol=1e-6)
        assert not z.any()
        np.testing.assert_array_equal(entry["image_1/data"][0, 0], result.probe)
        assert entry["instrument_1/source_1/illumination"] == entry["image_1/data"]
        assert entry["ptychodus/loss_values"].shape == (3,)
        assert b'"method": "rpie"' in entry["ptygui/record"][:].tobytes()


def test_modes_weights_and_background_are_not_lost(tmp_path, real_scan):
    (path,) = write_cxi(tmp_path / "real.cxi", Exported(scan=real_scan))
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["entry_1/image_1/data"][0], real_scan.modes)
        np.testing.assert_array_equal(file["entry_1/ptygui/weights"][:], real_scan.weights)
        np.testing.assert_array_equal(file["entry_1/ptygui/background"][:], real_scan.background)


def test_what_is_not_known_is_said_to_be_nominal(tmp_path, scan):
    (path,) = write_cxi(tmp_path / "s.cxi", Exported(scan=scan))
    with h5py.File(path) as file:
        assert file["entry_1/experiment_description"].asstr()[()].startswith("NOMINAL")
    back = read_scan(path)
    assert back.pixel_size_m is back.wavelength_m is back.distance_m is None
    np.testing.assert_allclose(back.positions, scan.positions, atol=1e-5)


def test_another_scan_is_refused(result, scan):
    from ptygui.errors import InputError

    with pytest.raises(InputError, match="is not the scan of"):
        Exported(result, scan.subset(slice(0, 5)))


def test_ptychodus_reads_it(tmp_path, both, known, result):
    cxi = pytest.importorskip("ptychodus.plugins.cxi_file", reason="Ptychodus is not installed")
    (path,) = write_cxi(tmp_path / "both.cxi", both)
    product = cxi.CXIProductFileIO().read(path)
    assert product.metadata.name == result.name
    assert product.metadata.photon_energy_eV == pytest.approx(12398.42, rel=1e-6)
    geometry = product.object_.get_geometry()
    assert (geometry.pixel_width_m, geometry.center_x_m) == (PIXEL, 0)
    rows = geometry.map_probe_positions_to_object_y_px(product.probe_positions)
    width = result.probe.shape[0]
    margin = (geometry.height_px - result.span[0]) // 2
    np.testing.assert_allclose(rows - (width - 1) / 2 - margin, result.refined_positions[:, 0], atol=1e-6)
    data = cxi.CXIDiffractionFileReader().read(path)
    assert data.get_metadata().detector_pixel_geometry.width_m == pytest.approx(
        WAVELENGTH * DISTANCE / (width * PIXEL)
    )
    np.testing.assert_array_equal(data.get_bad_pixels(), ~known.mask)
    np.testing.assert_array_equal(np.concatenate([array.get_patterns() for array in data]), known.patterns)


def test_silx_shows_the_object(tmp_path, both):
    nxdata = pytest.importorskip("silx.io.nxdata", reason="silx is not installed")
    import silx.io

    (path,) = write_cxi(tmp_path / "both.cxi", both)
    with silx.io.open(str(path)) as file:
        plot = nxdata.get_default(file, validate=True)
        assert plot.is_valid
        assert plot.signal.name == "/entry_1/image_2/data"
        assert plot.axes_names == [None, "y (m)", "x (m)"]


def test_silx_shows_the_patterns_of_a_scan(tmp_path, known):
    nxdata = pytest.importorskip("silx.io.nxdata", reason="silx is not installed")
    import silx.io

    (path,) = write_cxi(tmp_path / "scan.cxi", Exported(scan=known))
    with silx.io.open(str(path)) as file:
        plot = nxdata.get_default(file, validate=True)
        assert plot.is_valid
        assert plot.signal.shape == known.patterns.shape


def test_weights_that_a_run_found_go_before_those_of_the_scan(tmp_path, result, known):
    last = replace(result.last, weights=np.linspace(0.9, 1.1, len(known)))
    (path,) = write_cxi(tmp_path / "r.cxi", Exported(replace(result, frames=(last,)), known))
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["entry_1/ptygui/weights"][:], last.weights)
