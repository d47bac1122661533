"""The scan file of ptypy: its layout is that of a file that ptypy wrote itself, and it says the same."""

import h5py
import numpy as np
import pytest

from ptygui import scan as scans
from ptygui.export.exported import Exported
from ptygui.export.ptyd import write_ptyd
from ptygui.files.scans import read_scan
from tests.export.conftest import DISTANCE, PIXEL, WAVELENGTH

OURS = {"comment", "entry", "ptygui"}  # what ptypy does not write


def layout(path):
    """Every item with the type that ptypy's reader asks for, and the axes of arrays."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: found.setdefault(
                name, (item.attrs.get("type"), len(getattr(item, "shape", ())))
            )
        )
    return found


def test_counts_positions_and_lengths_are_there(tmp_path, known):
    (path,) = write_ptyd(tmp_path / "s.ptyd", Exported(scan=known))
    with h5py.File(path) as file:
        meta, chunk = file["meta"], file["chunks/0"]
        assert meta["energy"][()] == pytest.approx(12.39841984)  # keV
        assert meta["distance"][()] == DISTANCE
        assert meta["shape"][:].tolist() == [16, 16]
        assert meta["center"][:].tolist() == [8, 8]
        assert meta["num_frames"][()] == len(known)
        assert meta["label"].asstr()[()] == "sample ⌀ 7"
        np.testing.assert_allclose(meta["psize"][:], WAVELENGTH * DISTANCE / (16 * PIXEL))
        np.testing.assert_array_equal(chunk["data"][:], known.patterns)
        assert chunk["data"].dtype.kind == "u"  # counts, not floats
        np.testing.assert_array_equal(
            chunk["weights"][:] > 0, np.broadcast_to(known.mask, known.patterns.shape)
        )
        y, x = chunk["positions"][:].T
        np.testing.assert_allclose(np.diff(y), np.diff(known.positions[:, 0]) * PIXEL, atol=1e-15)
        np.testing.assert_allclose(np.diff(x), np.diff(known.positions[:, 1]) * PIXEL, atol=1e-15)
        np.testing.assert_array_equal(file["info/positions_scan"][:], chunk["positions"][:])


def test_a_large_scan_has_several_chunks_in_order(tmp_path, known, monkeypatch):
    monkeypatch.setattr(scans, "CHUNK_VALUES", 4 * 16 * 16)
    (path,) = write_ptyd(tmp_path / "s.ptyd", Exported(scan=known))
    with h5py.File(path) as file:
        chunks = [file[f"chunks/{k}"] for k in range(len(file["chunks"]))]
        assert [len(c["data"]) for c in chunks[:-1]] == [4] * (len(chunks) - 1)
        np.testing.assert_array_equal(
            np.concatenate([c["indices"][:] for c in chunks]), np.arange(len(known))
        )
        np.testing.assert_array_equal(np.concatenate([c["data"][:] for c in chunks]), known.patterns)


def test_unknown_lengths_are_nominal_and_said_so(tmp_path, scan):
    (path,) = write_ptyd(tmp_path / "s.ptyd", Exported(scan=scan))
    with h5py.File(path) as file:
        assert file["info/comment"].asstr()[()].startswith("NOMINAL")
        assert file["meta/energy"][()] > 0


def test_the_layout_is_that_of_ptypy(tmp_path, known, shared_data):
    (path,) = write_ptyd(tmp_path / "s.ptyd", Exported(scan=known))
    ours, theirs = layout(path), layout(shared_data / "scans/ptypy/siemens_star_central120.ptyd")
    mine = {name for name in ours if OURS & set(name.split("/"))}
    assert ours.keys() - mine <= theirs.keys()
    for name in ours.keys() - mine:
        assert ours[name] == theirs[name], name
    assert {n for n in theirs if n.startswith(("meta", "chunks/0"))} <= ours.keys()


def test_our_reader_reads_it_back(tmp_path, known):
    (path,) = write_ptyd(tmp_path / "s.ptyd", Exported(scan=known))
    back = read_scan(path)
    np.testing.assert_array_equal(back.patterns, known.patterns)
    np.testing.assert_allclose(back.positions, known.positions, atol=1e-5)
    np.testing.assert_array_equal(np.broadcast_to(back.mask, known.patterns.shape)[0], known.mask)
    np.testing.assert_array_equal(back.probe, known.probe)
    assert back.pixel_size_m == pytest.approx(PIXEL)
    assert back.wavelength_m == pytest.approx(WAVELENGTH)
