"""Large files of other programs: frames stay in the file, and the scan is that of frames that were read."""

import h5py
import hdf5plugin
import numpy as np
import pytest
import tifffile

from ptygui import scan as scan_module
from ptygui.errors import InputError
from ptygui.files import patterns_on_disk
from ptygui.files.layout.layout import Layout
from ptygui.files.layout.preview import preview
from ptygui.files.patterns_on_disk import PatternsOnDisk
from ptygui.files.progress import told_of_reading
from ptygui.files.scans import read_measured, read_scan
from ptygui.files.stack import Flat, Joined, Rows, Stack, chosen, mapped
from ptygui.prepare.preparation import Preparation
from tests.fuzz.samples import PATTERNS, POSITIONS, SAMPLES

KINDS = (
    "own.h5", "scan.cxi", "scan_dp.hdf5", "chunks.ptyd", "xptycho.h5", "pmace", "ptylab.hdf5", "nsls2.h5",
    "shelves.h5", "tike.npz", "slac.npz", "diffraction.npz",
)  # fmt: skip


@pytest.fixture
def large(monkeypatch):
    """Takes every scan for a large one, read four frames at a time."""

    def take():
        monkeypatch.setattr(patterns_on_disk, "LARGE", 1)
        monkeypatch.setattr(scan_module, "CHUNK_VALUES", 256)
        monkeypatch.setattr("ptygui.prepare.survey.CHUNK_VALUES", 128)

    return take


def same(one, other):
    np.testing.assert_array_equal(one.patterns[:], other.patterns[:])
    np.testing.assert_array_equal(one.positions, other.positions)
    np.testing.assert_allclose(one.modes, other.modes, rtol=1e-5)
    assert (one.mask is None) == (other.mask is None)
    if one.mask is not None:
        np.testing.assert_array_equal(one.mask, other.mask)
    assert one.notes == other.notes


def _unpacked(path):
    """An archive of arrays as they are, which can stay in it."""
    with np.load(path) as packed:
        arrays = dict(packed)
    np.savez(path, **arrays)


@pytest.mark.parametrize("kind", KINDS)
def test_a_large_scan_is_that_of_frames_that_were_read(kind, tmp_path, large):
    path, more = tmp_path / kind, {}
    SAMPLES[kind](path)
    if path.suffix == ".npz":
        _unpacked(path)
    if kind == "diffraction.npz":
        more = {"metadata": tmp_path / "product.h5"}
        SAMPLES["product.h5"](more["metadata"])
    whole = read_scan(path, find_probe=False, **more)
    large()
    left = read_scan(path, find_probe=False, **more)
    assert isinstance(left.patterns, Stack)
    same(left, whole)
    assert isinstance(read_measured(path, **more).patterns, Stack)
    some = read_scan(path, find_probe=False, preparation=Preparation(frames="1::2"), **more)
    np.testing.assert_array_equal(some.patterns[:], whole.patterns[1::2])


def test_what_must_be_read_whole_tells_how_much_it_is(tmp_path, monkeypatch):
    path, told = tmp_path / "tike.npz", []
    SAMPLES["tike.npz"](path)
    monkeypatch.setattr("ptygui.files.progress._MANY", 1000)
    with told_of_reading(lambda *said: told.append(said)):
        read_scan(path, find_probe=False)
    assert {unit for *_, unit in told} == {"MB"}
    with told_of_reading(stopped), pytest.raises(KeyboardInterrupt):
        read_scan(path, find_probe=False)


def stopped(*_):
    raise KeyboardInterrupt


def test_an_archive_that_was_cut_off_is_not_mapped(tmp_path, large):
    path = tmp_path / "tike.npz"
    SAMPLES["tike.npz"](path)
    _unpacked(path)
    large()
    scan = read_scan(path, find_probe=False)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="was changed or moved since it was opened"):
        scan.patterns[:]
    with pytest.raises(InputError, match="damaged or incomplete"):
        read_scan(path, find_probe=False)


def _mat73(path, **arrays):
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, value in arrays.items():
            file[name] = np.asarray(value).T
    with open(path, "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")


GRID = PATTERNS[:8].reshape(2, 4, *PATTERNS.shape[1:])


@pytest.mark.parametrize(
    ("name", "array", "axes"),
    [
        ("any.h5", PATTERNS, "kyx"),
        ("any.h5", PATTERNS.transpose(1, 2, 0), "yxk"),
        ("any.h5", PATTERNS.transpose(2, 0, 1)[None], "1xky"),
        ("any.h5", GRID.transpose(2, 1, 0, 3), "yjix"),
        ("any.npy", np.asfortranarray(PATTERNS), "kyx"),
        ("any.npy", PATTERNS.transpose(0, 2, 1), "kxy"),
        ("any.npy", GRID, "ijyx"),
        ("any.mat", PATTERNS.transpose(1, 2, 0), "yxk"),
        ("any.npz", PATTERNS, "kyx"),
        ("any.npz", np.asfortranarray(PATTERNS.astype(">u2")), "kyx"),
        ("any.tif", PATTERNS.astype(np.uint16), "kyx"),
        ("packed.tif", PATTERNS.astype(">u4"), "kyx"),
        ("imagej.tif", PATTERNS.astype(np.uint16), "kxy"),
    ],
)
def test_axes_in_any_order(name, array, axes, tmp_path, large):
    path, table = tmp_path / name, tmp_path / "where.npy"
    if path.suffix == ".h5":
        with h5py.File(path, "w") as file:
            file.create_dataset("a", data=array, chunks=tuple(min(n, 4) for n in array.shape))
    elif path.suffix == ".mat":
        _mat73(path, a=array)
    elif path.suffix == ".tif":
        packing = {"compression": "zlib"} if name.startswith("packed") else {}
        tifffile.imwrite(path, array, imagej=name.startswith("imagej"), photometric="minisblack", **packing)
    elif path.suffix == ".npz":
        np.savez(path, other=np.arange(5), a=array)
    else:
        np.save(path, array)
    grid = "i" in axes
    np.save(table, POSITIONS[: 8 if grid else 9])
    told = {
        "patterns": "array" if path.suffix in (".npy", ".tif") else "a",
        "axes": axes,
        "positions": table.name,
    }
    layout = Layout(**told, positions_unit="px", positions_axes="yx")
    whole = read_scan(path, layout=layout, find_probe=False)
    large()
    left = read_scan(path, layout=layout, find_probe=False)
    assert isinstance(left.patterns, Stack)
    same(left, whole)
    expected = PATTERNS[: len(left)]
    np.testing.assert_array_equal(
        left.patterns[:], expected.transpose(0, 2, 1) if path.stem == "imagej" else expected
    )
    assert any("of the first" in note for note in preview(path, layout).notes)


def test_a_master_file_of_links(tmp_path, large):
    path = tmp_path / "master.h5"
    SAMPLES["master.h5"](path)
    np.save(tmp_path / "where.npy", POSITIONS)
    layout = Layout(positions="where.npy", positions_unit="px", positions_axes="yx")
    whole = read_scan(path, layout=layout, allow_links=True, find_probe=False)
    large()
    left = read_scan(path, layout=layout, allow_links=True, find_probe=False)
    assert isinstance(left.patterns, Stack)
    same(left, whole)


def test_frames_that_are_stored_together_are_unpacked_once(tmp_path, monkeypatch):
    path = tmp_path / "s.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("a", data=PATTERNS, chunks=(4, 4, 4), **hdf5plugin.Bitshuffle())
    stack = patterns_on_disk.PatternsOnDisk(path, "a", PATTERNS.shape, PATTERNS.dtype, together=4)
    read, parts = stack._read, []
    monkeypatch.setattr(stack, "_read", lambda *part: parts.append(part) or read(*part))
    for k in range(len(PATTERNS)):
        np.testing.assert_array_equal(stack[k], PATTERNS[k])
    assert parts == [(0, 4), (4, 8), (8, 9)]


class _Counted(Stack):
    """An array that tells which blocks were read."""

    def __init__(self, array):
        super().__init__(array.shape, array.dtype)
        self.array, self.blocks = array, []

    def block(self, first, stop):
        self.blocks.append((first, stop))
        return self.array[first:stop]


@pytest.mark.parametrize("which", [3, -1, slice(2, 7), slice(None), slice(None, None, 3), [5, 1, 1, 8], []])
def test_a_stack_is_indexed_like_an_array(which):
    stack = _Counted(PATTERNS)
    which = np.array(which, int) if isinstance(which, list) else which
    np.testing.assert_array_equal(stack[which], PATTERNS[which])
    turned = mapped(chosen(stack, np.arange(9)[::-1]), lambda frames: frames.swapaxes(1, 2))
    np.testing.assert_array_equal(turned[which], PATTERNS[::-1].swapaxes(1, 2)[which])
    parts = Joined([PATTERNS[:4], _Counted(PATTERNS[4:])])
    np.testing.assert_array_equal(parts[which], PATTERNS[which])
    rows = Rows(_Counted(PATTERNS), (3, 3))
    np.testing.assert_array_equal(Flat(rows)[which], PATTERNS[which])


def test_distant_frames_are_read_singly_and_near_ones_together():
    stack = _Counted(np.arange(100).reshape(100, 1, 1))
    assert stack[np.array([90, 3, 5])].ravel().tolist() == [90, 3, 5]
    assert stack.blocks == [(3, 6), (90, 91)]


def test_reading_tells_how_far_it_is_and_can_be_stopped(tmp_path, large):
    path, told = tmp_path / "scan.cxi", []
    SAMPLES["scan.cxi"](path)
    large()

    def stop(done, count, unit):
        told.append((done, count))
        if len(told) == 3:
            raise KeyboardInterrupt

    with told_of_reading(stop), pytest.raises(KeyboardInterrupt):
        read_scan(path)
    assert [count for _, count in told] == [9, 9, 9]
    read_scan(path, find_probe=False)
    assert len(told) == 3


def test_a_large_file_is_read_few_times(tmp_path, large, monkeypatch):
    path, read = tmp_path / "scan.cxi", []
    SAMPLES["scan.cxi"](path)
    large()
    once = PatternsOnDisk._read
    monkeypatch.setattr(PatternsOnDisk, "_read", lambda self, a, b: read.append(b - a) or once(self, a, b))
    scan = read_scan(path, find_probe=False)
    # the mask; what pixels counted, before and after some are masked; saturation; mean; totals; all counts
    assert sum(read) < 8.5 * len(PATTERNS)
    read.clear()
    assert scan.noted("renamed", name="other").photons == scan.photons
    assert not read


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("scan.cxi", "entry_1/instrument_1/detector_1/data"),
        ("xptycho.h5", "scan/frames"),
        ("ptylab.hdf5", "ptychogram"),
        ("nsls2.h5", "diffamp"),
        ("shelves.h5", "measurement/n0/diff"),
    ],
)
def test_patterns_are_not_read_before_positions_are_compared(kind, name, tmp_path):
    path = tmp_path / kind
    SAMPLES[kind](path)
    with h5py.File(path, "r+") as file:
        del file[name]
        # far more frames than positions, never written: they would be refused as too large if they were read
        file.create_dataset(name, (5000, 4096, 4096), "u2", chunks=(1, 512, 512))
    with pytest.raises(InputError, match=r"5000 patterns of 156\.2 GiB and positions"):
        read_scan(path)


def test_only_the_frames_that_are_asked_for_are_read(tmp_path, large):
    path, told = tmp_path / "s.h5", set()
    SAMPLES["xptycho.h5"](path)
    large()
    with told_of_reading(lambda frame, count, unit: told.add((frame, count))):
        part = read_scan(path, find_probe=False, preparation=Preparation(frames="0:5"))
    np.testing.assert_array_equal(part.patterns[:], PATTERNS[:5])
    assert {frame for frame, count in told if count == len(PATTERNS)} <= {1, 2, 3, 4, 5}
