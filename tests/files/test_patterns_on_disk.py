"""Large scans: their patterns stay in the file, and a run of them is that of an array."""

import numpy as np
import pytest

from ptygui import scan as scan_module
from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.files import patterns_on_disk
from ptygui.files.pattern_source import digest
from ptygui.files.patterns_on_disk import PatternsOnDisk
from ptygui.files.project import Project, read_project, write_project
from ptygui.files.scans import read_scan, write_scan
from ptygui.methods import AWF


@pytest.fixture
def left(scan, tmp_path, monkeypatch):
    """The small scan, taken for a large one."""
    monkeypatch.setattr(patterns_on_disk, "LARGE", 1)
    monkeypatch.setattr(scan_module, "CHUNK_VALUES", 2 * scan.width**2)
    path = write_scan(tmp_path / "large.h5", scan)
    return path, read_scan(path)


def last(scan):
    return [step for step in reconstruct(scan, AWF(iterations=3), device="cpu") if step is not None][-1]


def test_a_run_is_that_of_an_array(scan, left):
    _, large = left
    assert isinstance(large.patterns, PatternsOnDisk)
    assert (large.brightest, large.photons, large.size) == (scan.brightest, scan.photons, scan.size)
    np.testing.assert_array_equal(large.patterns[3], scan.patterns[3])
    np.testing.assert_array_equal(last(large).obj, last(scan).obj)
    assert last(large).noise_floor == last(scan).noise_floor
    assert digest(large) == digest(scan)


def test_it_is_written_again_part_by_part(scan, left, tmp_path, monkeypatch):
    _, large = left
    again = write_scan(tmp_path / "again.h5", large)
    monkeypatch.setattr(patterns_on_disk, "LARGE", 2**30)
    np.testing.assert_array_equal(read_scan(again).patterns, scan.patterns)


def test_a_file_that_was_changed_is_named(scan, left):
    path, large = left
    write_scan(path, scan.noted("another"))
    with pytest.raises(InputError, match=r"large\.h5 was changed or moved since it was opened"):
        next(large.chunks())
    path.unlink()
    with pytest.raises(InputError, match="changed or moved"):
        large.patterns[0]


def test_what_a_project_holds_whole_is_read_whole(scan, tmp_path, monkeypatch):
    """It is written anew at each save."""
    monkeypatch.setattr(patterns_on_disk, "LARGE", 1)
    path = write_project(tmp_path / "p.ptygui", Project([], scan))
    assert isinstance(read_project(path).scan.patterns, np.ndarray)


def test_a_small_scan_is_read_whole(scan, tmp_path):
    assert isinstance(read_scan(write_scan(tmp_path / "small.h5", scan)).patterns, np.ndarray)
