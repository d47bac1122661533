"""What a file may ask for: declared sizes against stored bytes, links, kinds of values."""

import bz2
import os

import h5py
import hdf5plugin
import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.files import limits
from ptygui.files.arrays import open_arrays
from ptygui.files.hdf5 import open_hdf5
from ptygui.files.objects import read_object
from ptygui.files.pair import joined
from ptygui.files.probes import read_probe
from ptygui.files.scans import read_scan, write_scan
from tests.files.conftest import write_cxi, write_tike

DATA = "/entry_1/instrument_1/detector_1/data"


def edited(path, **changes):
    """The HDF5 file with datasets (by last name) or attributes of the root replaced."""
    with h5py.File(path, "r+") as file:
        for name, value in changes.items():
            if name in file.attrs:
                file.attrs[name] = value
            else:
                del file[name]
                file[name] = value
    return path


def refused(path, words, read=read_scan, **more):
    with pytest.raises(InputError, match=words) as caught:
        read(path, **more)
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_dataset_of_which_next_to_nothing_is_stored(tmp_path, oblong):
    path = write_cxi(tmp_path / "a.cxi", oblong)
    with h5py.File(path, "r+") as file:
        del file[DATA]
        file.create_dataset(DATA, (len(oblong), 1500, 1500), "f4", chunks=(1, 1500, 1500), compression="gzip")
        file[DATA][0] = 1
    refused(path, r"data is declared as \d+ x 1500 x 1500 float32, .* stores \d+ bytes .*copy it again")


def test_a_chunk_that_is_larger_than_its_dataset(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MODEST", 2**20)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        size = {"maxshape": (None, None), "chunks": (2**10, 2**10)}
        item = file.create_dataset("a", (4, 4), "f8", compression="gzip", **size)
        item[0, 0] = 1
    with (
        open_hdf5(tmp_path / "a.h5") as file,
        pytest.raises(InputError, match="a chunk of /a is declared as"),
    ):
        file.array("a")


def test_a_packed_file_that_grows_a_millionfold(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MODEST", 2**25)
    path = tmp_path / "a.npz.bz2"
    path.write_bytes(3 * bz2.compress(bytes(2**24)))
    refused(path, "unpacks to more than 0.031 GiB")


def test_an_npz_of_zeros(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, obj=np.zeros((5000, 5000), np.complex64))
    refused(path, "obj is declared as 5000 x 5000 complex64.*but the file stores", read_object)


def test_shapes_are_compared_before_patterns_are_read(tmp_path, oblong):
    path = write_cxi(tmp_path / "a.cxi", oblong)
    with h5py.File(path, "r+") as file:
        del file[DATA]
        file.create_dataset(DATA, (10**6, 64, 64), "u1", chunks=(1, 64, 64))
    refused(path, "1000000 patterns of 3.8 GiB and positions of shape")


def test_virtual_data_are_followed_to_their_end(tmp_path, oblong):
    """A source that is there, one that takes its values from elsewhere, and one that is gone."""
    path, part = write_cxi(tmp_path / "a.cxi", oblong), tmp_path / "part.h5"
    with h5py.File(path, "r+") as file, h5py.File(part, "w") as other:
        other["x"] = file[DATA][()]
        layout = h5py.VirtualLayout(file[DATA].shape, file[DATA].dtype)
        layout[:] = h5py.VirtualSource(part.name, "x", file[DATA].shape)
        del file[DATA]
        file.create_virtual_dataset(DATA, layout)
    np.testing.assert_array_equal(read_scan(path, allow_links=True).patterns, oblong.patterns)
    size = oblong.patterns.size
    (tmp_path / "raw.bin").write_bytes(bytes(4 * size))
    outside = tmp_path / "sub"
    outside.mkdir()
    for source, words in (
        (str(outside / "raw.bin"), "outside its own folder"),
        ("gone.bin", "gone.bin, which is missing"),
    ):
        (outside / "raw.bin").write_bytes(bytes(4 * size))
        with h5py.File(part, "w") as other:
            other.create_dataset("x", oblong.patterns.shape, "i4", external=[(source, 0, 4 * size)])
        with pytest.raises(InputError, match=words):
            read_scan(path, allow_links=True)
    with h5py.File(part, "w") as other:
        other["another"] = 1
    with pytest.raises(InputError, match=r"takes values from x of part\.h5, which does not hold it"):
        read_scan(path, allow_links=True)
    part.unlink()
    with pytest.raises(InputError, match=r"takes values from part\.h5, which is missing"):
        read_scan(path, allow_links=True)


def test_raw_data_are_those_beside_the_file(tmp_path, oblong, monkeypatch):
    """HDF5 itself would look in the working directory."""
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
    path = write_cxi(tmp_path / "here" / "a.cxi", oblong)
    counts = oblong.patterns.astype("i4")
    (tmp_path / "here" / "raw.bin").write_bytes(counts.tobytes())
    (tmp_path / "there" / "raw.bin").write_bytes((counts + 7).tobytes())
    with h5py.File(path, "r+") as file:
        del file[DATA]
        file.create_dataset(DATA, counts.shape, "i4", external=[("raw.bin", 0, counts.nbytes)])
    monkeypatch.chdir(tmp_path / "there")
    np.testing.assert_array_equal(read_scan(path, allow_links=True).patterns, counts)


@pytest.mark.skipif(os.name == "nt", reason="links of the file system need rights on Windows")
def test_a_link_of_the_file_system_leads_nowhere_either(tmp_path, oblong):
    (tmp_path / "data").mkdir()
    path = write_cxi(tmp_path / "data" / "a.cxi", oblong)
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["x"] = np.ones(3)
    (tmp_path / "data" / "b.h5").symlink_to(tmp_path / "secret.h5")
    with h5py.File(path, "r+") as file:
        del file[DATA]
        file[DATA] = h5py.ExternalLink("b.h5", "/x")
    with pytest.raises(InputError, match="outside its own folder"):
        read_scan(path, allow_links=True)


def test_own_scans_follow_links_as_others_do(tmp_path, scan):
    path = write_scan(tmp_path / "a.h5", scan)
    with h5py.File(path, "r+") as file, h5py.File(tmp_path / "b.h5", "w") as other:
        other["patterns"] = file["patterns"][()]
        del file["patterns"]
        file["patterns"] = h5py.ExternalLink("b.h5", "/patterns")
    with pytest.raises(InputError, match="--allow-links"):
        read_scan(path)
    np.testing.assert_array_equal(read_scan(path, allow_links=True).patterns, scan.patterns)


@pytest.mark.parametrize("kind", ["Bitshuffle", "LZ4", "Blosc", "Blosc2", "Zstd"])
def test_filters_of_detectors_are_read(tmp_path, kind):
    values = np.arange(600, dtype=np.uint16).reshape(6, 10, 10)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("a", data=values, chunks=(1, 10, 10), **getattr(hdf5plugin, kind)())
    with open_hdf5(tmp_path / "a.h5") as file:
        np.testing.assert_array_equal(file.array("a"), values)


@pytest.mark.parametrize("kind", ["SZ", "SZ3", "Sperr", "Zfp"])
def test_filters_that_crash_or_lose_counts_are_refused(tmp_path, kind):
    if not hasattr(hdf5plugin, kind) or not h5py.h5z.filter_avail(getattr(hdf5plugin, kind).filter_id):
        pytest.skip(f"hdf5plugin has no {kind} here")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("a", (1, 16, 16), "f4", chunks=(1, 16, 16), **getattr(hdf5plugin, kind)())
    with (
        open_hdf5(tmp_path / "a.h5") as file,
        pytest.raises(InputError, match=r"/a is compressed with .*h5repack"),
    ):
        file.array("a")


def test_a_filter_that_is_unknown_is_named(tmp_path):
    space, kind = h5py.h5s.create_simple((8, 8)), h5py.h5t.IEEE_F32LE
    settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    settings.set_chunk((8, 8))
    settings.set_filter(31999, h5py.h5z.FLAG_OPTIONAL, ())
    with h5py.File(tmp_path / "a.h5", "w") as file:
        h5py.h5d.create(file.id, b"a", kind, space, settings)
    with (
        open_hdf5(tmp_path / "a.h5") as file,
        pytest.raises(InputError, match="31999, which is not installed"),
    ):
        file.array("a")


def test_positions_and_probes_are_numbers(tmp_path, oblong):
    records = np.zeros((len(oblong), 2), [("a", "i4"), ("b", "f4"), ("c", "f4")])
    for wrong in (np.full((len(oblong), 2), b"left"), records):
        path = write_scan(tmp_path / "a.h5", oblong)
        refused(edited(path, positions_px=wrong), "positions_px (holds|has a type)")
    path = write_tike(tmp_path / "a.npz", oblong)
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **arrays | {"scan": arrays["scan"].astype("U8")})
    refused(path, "scan .* holds no real numbers")


def test_probes_have_rows_and_columns(tmp_path, oblong):
    path = write_tike(tmp_path / "a.npz", oblong)
    with np.load(path) as file:
        arrays = dict(file)
    for probe in (np.float64(3), np.ones(5), np.ones((1, 0, 4))):
        np.savez(path, **arrays | {"probe": probe})
        with pytest.raises(InputError, match="probe"):
            read_scan(path)


def test_frames_that_are_only_declared_take_no_memory(tmp_path):
    numbers = np.array([3, 1, 2])
    which, where, notes = joined(tmp_path, 10**15, None, numbers)
    assert (which.tolist(), where.tolist()) == ([1, 2, 3], [1, 2, 0])
    assert "joined by index: 3 pairs, 999999999999997 patterns and 0 positions without" in notes[0]


def test_positions_without_end(tmp_path, oblong):
    path = write_tike(tmp_path / "a.npz", oblong)
    with np.load(path) as file:
        arrays = dict(file)
    arrays["scan"] = arrays["scan"].astype(float)
    arrays["scan"][0, :, 0] = 1.7e308 * np.linspace(-1, 1, len(oblong))
    np.savez(path, **arrays)
    refused(path, "positions span inf x .* px, which cannot be")


def test_own_scans_are_checked_as_others_are(tmp_path, scan):
    path = write_scan(tmp_path / "a.h5", scan)
    refused(edited(path, patterns=np.zeros(scan.patterns.shape, np.uint16)), "all patterns are zero")
    write_scan(path, scan.noted(name="x" * 5000))
    assert len(read_scan(path).name) == 200


@pytest.mark.parametrize("factor", [1e20, 1e-20])
def test_probes_and_objects_of_no_plausible_size(tmp_path, scan, factor):
    path = tmp_path / "a.npy"
    np.save(path, scan.probe.astype(complex) * factor)
    refused(path, "the probe's energy is", read_probe)
    if factor > 1:
        np.save(path, scan.truth.astype(complex) * factor)
        refused(path, "the object's largest amplitude is", read_object)


def test_a_tiff_without_pixels_or_of_complex_ones(tmp_path):
    import tifffile

    tifffile.imwrite(tmp_path / "a.tif", np.ones((8, 8), np.complex64))
    refused(tmp_path / "a.tif", "complex64 values of shape .*, expected pixels", read_object)
    with pytest.warns(UserWarning, match="zero-size"):
        tifffile.imwrite(tmp_path / "b.tif", shape=(0, 8), dtype=np.uint8)
    refused(tmp_path / "b.tif", r"b\.tif", read_object)


def test_arrays_without_end(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        for k in range(10_001):
            archive.writestr(f"{k}.npy", b"")
    with pytest.raises(InputError, match="holds 10001 arrays"), open_arrays(tmp_path / "a.npz"):
        pass
