"""`ptygui export`, as its user types it."""

import json

import h5py
import numpy as np
import pytest

from ptygui.cli import main
from ptygui.files.result import Result
from ptygui.files.results import read_result, write_result
from ptygui.files.scans import read_scan, write_scan
from ptygui.files.source import source_of


@pytest.fixture
def files(tmp_path, known, result):
    """A scan, and two results of it."""
    folder = tmp_path / "in"
    folder.mkdir()
    write_scan(folder / "scan.h5", known)
    for name in ("one", "two"):
        write_result(folder / f"{name}.h5", result)
    return folder


def export(*words):
    return main(["export", *map(str, words)])


def test_the_product_of_the_last_step_is_small(files, tmp_path):
    assert export(files / "one.h5", "--product", tmp_path / "p.h5") == 0
    with h5py.File(tmp_path / "p.h5") as file:
        assert "ptygui" not in file
    assert (tmp_path / "p.h5").stat().st_size < (files / "one.h5").stat().st_size / 2


def test_a_result_with_the_patterns_of_its_scan(files, tmp_path, known):
    target = tmp_path / "r.cxi"
    assert export(files / "one.h5", "--cxi", target, "--scan", files / "scan.h5") == 0
    np.testing.assert_array_equal(read_scan(target).patterns, known.patterns)
    said = json.loads((tmp_path / "r.cxi.json").read_text("utf-8"))
    assert said["files"] == ["r.cxi"]
    assert said["method"] == "rpie"


def test_a_scan_for_ptypy(files, tmp_path, known):
    assert export(files / "scan.h5", "--ptyd", tmp_path / "s.ptyd", "--cxi", tmp_path / "s.cxi") == 0
    with h5py.File(tmp_path / "s.ptyd") as file:
        np.testing.assert_array_equal(file["chunks/0/data"][:], known.patterns)
    said = json.loads((tmp_path / "s.ptyd.json").read_text("utf-8"))
    assert said["scan"] == source_of(files / "scan.h5")._asdict()


def test_several_results_by_one_command(files, tmp_path, capsys):
    other = tmp_path / "in" / "other"
    other.mkdir()
    write_result(other / "one.h5", read_result(files / "two.h5"))
    out = tmp_path / "out"
    words = ["--folder", out, "--as", "product,npz,csv,tiff,png"]
    assert export(files / "one.h5", files / "two.h5", other / "one.h5", *words) == 0
    for name in ("one", "two", "one_2"):
        said = json.loads((out / f"{name}_export.json").read_text("utf-8"))
        expected = {
            f"{name}_product.h5",
            f"{name}.npz",
            f"{name}_curves.csv",
            f"{name}.png",
        }
        assert expected <= set(said["files"])
        assert all((out / file).is_file() for file in expected)
        assert list((out / f"{name}_tiff").glob("*_phase.tif"))
    assert str(out / "one_2.npz") in capsys.readouterr().out.splitlines()


def test_one_that_is_damaged_does_not_keep_the_others_from_being_written(files, tmp_path, capsys):
    (files / "two.h5").write_bytes(b"nothing")
    out = tmp_path / "out"
    assert export(files / "two.h5", files / "one.h5", "--folder", out, "--as", "npz") == 2
    assert (out / "one.npz").is_file()
    assert "two.h5" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("{in}/one.h5 {in}/two.h5 --npz {out}/a.npz", "--folder FOLDER --as npz"),
        ("{in}/one.h5 --folder {out}", "--folder and --as go together"),
        ("{in}/one.h5 --as npz", "--folder and --as go together"),
        ("{in}/one.h5 --folder {out} --as npz,magic", "expected some of tiff, stack"),
        ("{in}/one.h5 --ptyd {out}/a.ptyd", "--ptyd needs a scan with its patterns"),
        ("{in}/scan.h5 --movie {out}/a.gif", "--movie needs a result with recorded steps"),
        ("{in}/scan.h5 --cxi {out}/a.cxi --scan {in}/scan.h5", "omit it"),
        ("{in}/one.h5 --cxi {in}/scan.h5 --scan {in}/scan.h5", "--cxi is"),
        ("{in}/one.h5 --npz {out}/a.txt", "ends with .npz"),
    ],
)
def test_what_does_not_go(files, tmp_path, capsys, words, said):
    assert export(*words.format(**{"in": files, "out": tmp_path}).split()) == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_another_scan_is_refused(files, tmp_path, known, capsys):
    write_scan(tmp_path / "other.h5", known.subset(slice(0, 9)))
    assert export(files / "one.h5", "--cxi", tmp_path / "a.cxi", "--scan", tmp_path / "other.h5") == 2
    assert "is not the scan of" in capsys.readouterr().err


def test_a_reconstruction_remembers_the_file_of_its_scan(files, tmp_path):
    out = tmp_path / "r.h5"
    assert main(["reconstruct", "rpie", str(files / "scan.h5"), "--iterations", "2", "--out", str(out)]) == 0
    found = read_result(out)
    assert isinstance(found, Result)
    assert found.source == source_of(files / "scan.h5")
