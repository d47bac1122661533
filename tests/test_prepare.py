"""`ptygui prepare` and `ptygui info`: what is done is printed, stays with the scan, and can be repeated."""

import json

import numpy as np
import pytest

from ptygui.cli import main
from ptygui.files.scans import read_scan, write_scan
from tests.conftest import small_object
from tests.files.problem_scans import pixels, write


@pytest.fixture
def raw(tmp_path):
    """A scan of 24 x 24 px with a gap, two hot pixels and an empty frame, in a file that says its lengths."""
    from ptygui.physics.probe import make_probe
    from ptygui.physics.simulate import Simulation, simulate

    scan = simulate(small_object(56)[:44], make_probe("medium", 24), Simulation(overlap=0.7))
    patterns = scan.patterns.astype("u4")
    patterns[:, 5], patterns[4] = 2**32 - 1, 0
    return write(tmp_path / "raw.cxi", scan, patterns)


def test_prepared_scans_open_and_reconstruct(raw, tmp_path, capsys):
    out = tmp_path / "prepared.h5"
    asked = ["--crop", "20", "--frames", "1:", "--recentre", "no", "--threshold", "1"]
    assert main(["prepare", str(raw), *asked, "--out", str(out)]) == 0
    said = capsys.readouterr()
    count = len(read_scan(raw))
    assert f"{count - 1} patterns of 20 x 20 px" in said.out
    for words in ("all bits set", "1 frame (4) with less than", "cropped to a square of 20 px"):
        assert words in said.err
    scan = read_scan(out)
    assert "prepared with --frames 1: --threshold 1 --recentre no --crop 20" in scan.notes
    assert np.flatnonzero(~scan.mask.all(1)).tolist() == [3]
    assert scan.pixels_m == pytest.approx(pixels((20, 20)))
    again = read_scan(tmp_path / "prepared.h5")
    np.testing.assert_array_equal(again.patterns, scan.patterns)
    assert not scan.simulated
    result = tmp_path / "r.h5"
    assert main(["reconstruct", "awf", str(out), "--iterations", "2", "--out", str(result)]) == 0
    from ptygui.files.results import read_result

    assert set(scan.notes) <= set(read_result(result).notes)
    # and the same at once, without a file between
    assert main(["reconstruct", "awf", str(raw), *asked, "--iterations", "2", "--out", str(result)]) == 0
    np.testing.assert_array_equal(read_result(result).positions, scan.positions)


def test_binned_by_command_line(raw, tmp_path):
    assert main(["prepare", str(raw), "--bin", "2", "--mask", "file", "--out", str(tmp_path / "b.h5")]) == 0
    scan = read_scan(tmp_path / "b.h5")
    assert scan.width == 12
    assert scan.pixels_m == pytest.approx(pixels((24, 24)))
    assert not scan.mask[2].any()


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--crop", "99"], "crop is 99 px, the patterns are 24 x 24"),
        (["--frames", "some"], "frames is 'some', expected all, START:STOP:STEP"),
        (["--mask", "missing.npy"], "missing.npy does not exist"),
        (["--bin", "0"], "--bin is 0, expected at least 1"),
        (["--metadata", "other.h5"], "other.h5"),
    ],
)
def test_what_cannot_be_prepared(raw, tmp_path, capsys, flags, says):
    assert main(["prepare", str(raw), *flags, "--out", str(tmp_path / "p.h5")]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "p.h5").exists()


def test_a_mask_is_not_written_over(raw, tmp_path, capsys):
    np.save(tmp_path / "m.npy", np.zeros((24, 24), bool))
    (tmp_path / "m.npy").rename(tmp_path / "m.h5")
    argv = ["prepare", str(raw), "--mask", str(tmp_path / "m.h5"), "--out", str(tmp_path / "m.h5")]
    assert main(argv) == 2
    assert "also an input" in capsys.readouterr().err


def info(capsys, *argv):
    assert main(["info", *map(str, argv), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_info_says_what_is_checked_first(raw, capsys):
    lines = info(capsys, raw)["lines"]
    scan = read_scan(raw)
    brightest = (scan.patterns * scan.mask).max()
    assert lines["counts"].startswith(f"brightest pixel {brightest:.4g}")
    assert "masked pixels left out" in lines["counts"]
    assert lines["positions"].startswith(f"{len(scan)}, spanning ")
    assert lines["positions"].endswith("µm")
    assert lines["energy"].endswith(" eV")
    assert lines["distance"] == "800 mm"
    assert "of the window" in lines["overlap"]
    assert "of the probe's D90" in lines["overlap"]
    assert "one mode" in lines["probe"]
    assert lines["orientation"] == "positions as given: not verified"
    assert "far field" in lines["Fresnel number"]


def test_info_takes_the_flags_of_reconstruct(raw, capsys):
    said = info(capsys, raw, "--crop", "20", "--swap-axes", "--pixel-size", "2e-8", "--frames", "::2")
    assert said["lines"]["patterns"].endswith("20 x 20 px")
    assert said["lines"]["orientation"] == "swap axes"
    assert said["lines"]["pixel size"] == "24 nm"
    assert any("prepared with" in note for note in said["notes"])


def test_info_tells_oblong_pixels_modes_and_background(tmp_path, real_scan, capsys):
    write_scan(tmp_path / "s.h5", real_scan.noted(pixel_size_m=1e-8, pixel_aspect=4.0))
    lines = info(capsys, tmp_path / "s.h5")["lines"]
    assert lines["pixel size"] == "20 nm high, 5 nm wide"
    assert "modes with" in lines["probe"]
    assert lines["background"].startswith("20 counts")
