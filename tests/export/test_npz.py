"""NPZ, and tables in CSV."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from ptygui.export.exported import Exported
from ptygui.export.npz import write_npz
from ptygui.export.tables import write_curves, write_positions
from tests.export.conftest import PIXEL


def test_npz_holds_object_probe_positions_and_curves(tmp_path, both, result, known):
    (path,) = write_npz(tmp_path / "r.npz", both)
    with np.load(path) as arrays:  # which refuses pickles
        found = dict(arrays)
    width = result.probe.shape[0]
    corners = np.rint(found["positions"]).astype(int)
    assert (corners >= 0).all()
    assert (corners + width <= found["object"].shape).all()
    rows, columns = found["ptygui_margin_px"]
    np.testing.assert_array_equal(found["object"][rows:-rows, columns:-columns], result.obj)
    np.testing.assert_array_equal(found["truth"][rows:-rows, columns:-columns], known.truth)
    np.testing.assert_allclose(
        found["positions"] - found["ptygui_margin_px"], result.refined_positions, atol=1e-9
    )
    np.testing.assert_array_equal(found["probe"], result.probe)
    assert found["curve_misfit"].tolist() == result.numbers["misfit"]
    assert found["pixel_size_m"] == PIXEL


def test_what_is_not_known_is_left_out_by_our_names(tmp_path, result):
    (path,) = write_npz(tmp_path / "r.npz", Exported(replace(result, wavelength_m=None)))
    with np.load(path) as arrays:
        assert "wavelength_m" not in arrays
        assert str(arrays["comments"]).startswith("NOMINAL")
        assert arrays["photon_energy_eV"] > 0  # Ptychodus needs one


def test_ptychodus_reads_the_npz(tmp_path, both, result):
    npz = pytest.importorskip("ptychodus.plugins.npz_product_file", reason="Ptychodus is not installed")
    (path,) = write_npz(tmp_path / "r.npz", both)
    product = npz.NPZProductFileIO().read(path)
    geometry, width = product.object_.get_geometry(), result.probe.shape[0]
    columns = geometry.map_probe_positions_to_object_x_px(product.probe_positions)
    margin = (geometry.width_px - result.span[1]) // 2
    np.testing.assert_allclose(columns - (width - 1) / 2 - margin, result.refined_positions[:, 1], atol=1e-6)
    assert len(product.losses) == 3


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_curves_have_a_row_for_each_step(tmp_path, both, result):
    (path,) = write_curves(tmp_path / "c.csv", both)
    rows = read(path)
    assert [int(row["index"]) for row in rows] == result.numbers["index"]
    assert [float(row["misfit"]) for row in rows] == result.numbers["misfit"]
    ratio = float(rows[-1]["misfit_over_noise"])
    assert ratio == pytest.approx(result.numbers["misfit"][-1] / result.noise_floor)


def test_positions_are_those_that_were_refined(tmp_path, both, result):
    (path,) = write_positions(tmp_path / "p.csv", both)
    rows = read(path)
    pixels = np.array([[float(row["row_px"]), float(row["column_px"])] for row in rows])
    np.testing.assert_array_equal(pixels, result.refined_positions)
    metres = np.array([[float(row["y_m"]), float(row["x_m"])] for row in rows])
    np.testing.assert_allclose(np.diff(metres, axis=0), np.diff(pixels, axis=0) * PIXEL, atol=1e-15)
    (path,) = write_positions(tmp_path / "q.csv", Exported(replace(result, pixel_size_m=None)))
    assert set(read(path)[0]) == {"pattern", "row_px", "column_px"}
