"""Probes from files."""

import h5py
import numpy as np
import pytest
import tifffile

from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.files.probes import read_probe
from ptygui.files.result import Result
from ptygui.files.results import write_result
from ptygui.files.scans import write_scan
from ptygui.history import History
from ptygui.methods import RPIE
from ptygui.physics.probe import energy_diameter, make_probe


@pytest.fixture
def probe():
    return make_probe("medium", 16)


def test_plain_array_and_own_files(tmp_path, probe, scan):
    np.save(tmp_path / "p.npy", probe)
    np.testing.assert_array_equal(read_probe(tmp_path / "p.npy").probe, probe)
    np.testing.assert_array_equal(read_probe(write_scan(tmp_path / "s.h5", scan)).probe, scan.probe)
    history, method = History(), RPIE(iterations=1)
    for step in reconstruct(scan, method, device="cpu"):
        history.append(step)
    result = Result.of(scan, method, history, seed=0, device="cpu")
    np.testing.assert_array_equal(read_probe(write_result(tmp_path / "r.h5", result)).probe, result.probe)


def test_modes_take_the_first_and_say_its_share(tmp_path, probe):
    with h5py.File(tmp_path / "p.h5", "w") as file:
        file["probe"] = np.stack([probe, 0.5 * probe])[None]
    found = read_probe(tmp_path / "p.h5")
    np.testing.assert_array_equal(found.probe, probe)
    assert found.notes == ("probe: the strongest of 2 modes was used, with 80.0% of the power",)


def test_planes_of_a_tiff(tmp_path, probe):
    planes = np.stack([probe.real, probe.imag, np.abs(probe), np.angle(probe)])
    tifffile.imwrite(tmp_path / "p.tiff", planes, photometric="minisblack")
    np.testing.assert_array_equal(read_probe(tmp_path / "p.tiff").probe, probe)


@pytest.mark.parametrize(("size", "width"), [(16, 12), (16, 24), (15, 16), (16, 15)])
def test_width_cuts_or_pads_about_the_centre(tmp_path, size, width):
    probe = np.zeros((size, size), complex)
    probe[size // 2, size // 2], probe[0, 0] = 1, 0.1j
    np.save(tmp_path / "p.npy", probe)
    found = read_probe(tmp_path / "p.npy", width)
    assert found.probe.shape == (width, width)
    assert found.probe[width // 2, width // 2] == 1
    assert f"{width} px" in found.notes[-1]


def test_real_probes(shared_data):
    gold = read_probe(shared_data / "probes/gold_balls_cdtools_recon.mat", 32)
    crop = read_probe(shared_data / "probes/probe32_goldballs_crop.npy")
    # that crop is about the probe's centre of mass, one pixel beside the middle of its window
    np.testing.assert_array_equal(gold.probe[1:, 1:], crop.probe[:-1, :-1])
    assert any("94.2% of the power" in note for note in gold.notes)
    assert energy_diameter(crop.probe) == pytest.approx(18.9, abs=0.3)
    many = shared_data / "probes/real_probes.npz"
    with pytest.raises(InputError, match="choose one with ::KEY of tungsten_modes_256"):
        read_probe(many)
    assert read_probe(f"{many}::siemens_star_128").probe.shape == (128, 128)


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.ones((8, 6), complex), "expected a square: give its width"),
        (np.zeros((8, 8), complex), "zero everywhere"),
        (np.full((8, 8), np.nan + 0j), "64 of the probe's 64 values are not finite"),
        (np.ones(8, complex), "holds no probe"),
    ],
)
def test_bad_probes(tmp_path, array, says):
    np.save(tmp_path / "p.npy", array)
    with pytest.raises(InputError, match=says):
        read_probe(tmp_path / "p.npy")


def test_a_scan_without_a_probe_is_not_searched_for_one(tmp_path):
    """What cannot be a probe is not offered as one."""
    path = tmp_path / "scan.npz"
    there = {"patterns": np.ones((9, 16, 16)), "positions": np.ones((9, 2)), "mask": np.ones((16, 16))}
    np.savez(path, **there)
    with pytest.raises(InputError, match=r"holds no probe, only patterns .*: give another file, or estimate"):
        read_probe(path)
    np.savez(path, one=np.ones((16, 16), complex), other=np.ones((16, 16), complex), **there)
    with pytest.raises(InputError, match=r"choose one with ::KEY of one .*, other") as refused:
        read_probe(path)
    assert "patterns" not in str(refused.value)
