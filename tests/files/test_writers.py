"""What is written for other programs comes back, and viewers find what to show."""

import h5py
import numpy as np
import pytest

from ptygui.cli import main
from ptygui.errors import InputError
from ptygui.experiment.settings import RunSettings
from ptygui.files.cxi_writer import write_cxi
from ptygui.files.ptyd_writer import write_ptyd
from ptygui.files.recognise import opens_as, recognise
from ptygui.files.result import Result
from ptygui.files.results import read_result, write_result
from ptygui.files.scans import read_scan, write_scan
from tests.files.formats.layouts import DISTANCE, PIXEL, WAVELENGTH, assert_same_scan


@pytest.fixture
def physical(oblong):
    """The scan with lengths, and a bad pixel."""
    mask = np.ones((16, 16), bool)
    mask[2, 3] = False
    return oblong.noted(pixel_size_m=PIXEL, wavelength_m=WAVELENGTH, distance_m=DISTANCE, mask=mask)


@pytest.fixture
def result(physical):
    return Result(
        name="cells", method="awf", options={}, settings=RunSettings(device="cpu"), obj=physical.truth,
        probe=physical.probe, positions=physical.positions, offset=(0, 0), span=physical.object_shape,
        pixel_size_m=PIXEL, wavelength_m=WAVELENGTH, distance_m=DISTANCE,
    )  # fmt: skip


def test_ptyd_comes_back(tmp_path, physical):
    path = write_ptyd(tmp_path / "s.ptyd", physical)
    assert recognise(path) == "ptyd"
    found = read_scan(path)
    assert_same_scan(found, physical, probe=False)
    np.testing.assert_array_equal(found.mask, physical.mask)


def test_ptyd_is_laid_out_as_ptypy_has_it(tmp_path, physical):
    with h5py.File(write_ptyd(tmp_path / "s.ptyd", physical)) as file:
        chunk = file["chunks/0"]
        assert chunk["data"].shape == (len(physical), 16, 16)
        assert chunk["weights"].shape == chunk["data"].shape
        np.testing.assert_array_equal(chunk["indices"], np.arange(len(physical)))
        np.testing.assert_allclose(chunk["positions"], physical.positions * PIXEL)  # y first
        assert file["meta/energy"][()] == pytest.approx(12.39842, rel=1e-5)  # keV
        assert file["meta/psize"].shape == (2,)
        kinds = [item.attrs["type"] for item in (file["meta"], file["meta/energy"], file["meta/label"])]
        assert kinds == ["dict", "scalar", "string"]


def test_ptyd_needs_lengths(tmp_path, oblong):
    with pytest.raises(InputError, match="no pixel size and no wavelength and no distance"):
        write_ptyd(tmp_path / "s.ptyd", oblong)
    assert not list(tmp_path.iterdir())


def test_cxi_of_a_scan_comes_back(tmp_path, physical):
    path = write_cxi(tmp_path / "s.cxi", physical)
    assert recognise(path) == "cxi"
    found = read_scan(path)
    assert_same_scan(found, physical)
    np.testing.assert_array_equal(found.mask, physical.mask)


def test_cxi_of_a_result_comes_back_and_opens_a_scan_with_it(tmp_path, physical, result):
    product = write_cxi(tmp_path / "r.cxi", result=result)
    assert opens_as(recognise(product)) == "result"
    back = read_result(product)
    np.testing.assert_allclose(back.obj, physical.truth, atol=1e-6)
    np.testing.assert_allclose(back.positions, physical.positions, atol=1e-6)
    assert (back.name, back.pixel_size_m) == ("cells", pytest.approx(PIXEL))
    both = write_cxi(tmp_path / "b.cxi", physical, result)
    assert recognise(both) == "cxi"
    assert_same_scan(read_scan(both), physical)
    with pytest.raises(InputError, match="24 positions and the scan 3"):
        write_cxi(tmp_path / "x.cxi", physical.subset(slice(0, 3)), result)


def test_viewers_find_the_object_and_the_patterns(tmp_path, physical, result):
    for path, name in (
        (write_result(tmp_path / "r.h5", result), "object"),
        (write_scan(tmp_path / "s.h5", physical), "patterns"),
    ):
        with h5py.File(path) as file:
            entry = file[file.attrs["default"]]
            plot = entry[entry.attrs["default"]]
            assert (entry.attrs["NX_class"], plot.attrs["NX_class"]) == ("NXentry", "NXdata")
            assert plot[plot.attrs["signal"]] == file[name]


def test_export_on_the_command_line(tmp_path, physical, result, capsys):
    scan, done = write_scan(tmp_path / "s.h5", physical), write_result(tmp_path / "r.h5", result)
    cxi, ptyd = tmp_path / "o.cxi", tmp_path / "o.ptyd"
    assert main(["export", str(done), "--cxi", str(cxi), "--scan", str(scan)]) == 0
    assert_same_scan(read_scan(cxi), physical)
    assert main(["export", str(scan), "--ptyd", str(ptyd), "--cxi", str(cxi)]) == 0
    assert_same_scan(read_scan(ptyd), physical, probe=False)
    capsys.readouterr()
    for words, says in (
        ([str(done), "--ptyd", str(ptyd)], "give the scan itself"),
        ([str(scan), "--npz", str(tmp_path / "a.npz")], "is a scan, not a result"),
        ([str(done), "--npz", str(tmp_path / "a.npz"), "--scan", str(scan)], "--scan is for --cxi"),
        ([str(scan), "--cxi", str(scan)], "--cxi"),
    ):
        assert main(["export", *words]) == 2
        assert says in capsys.readouterr().err
