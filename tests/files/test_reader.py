"""The reading process: what a file does to it never reaches the program."""

import os
import signal
import subprocess
import sys

import h5py
import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.files import limits
from ptygui.files.arrays import open_arrays
from ptygui.files.hdf5 import open_hdf5
from ptygui.files.images import read_image
from ptygui.files.reader import messages, process

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.fixture
def fresh(monkeypatch):
    """No process is kept from before, and none is left."""
    process._close_all()
    yield monkeypatch
    process._close_all()


@pytest.fixture
def stack(tmp_path):
    path = tmp_path / "stack.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=np.arange(600_000).reshape(6, 100, 1000), compression="gzip")
        file["pair"] = np.array([(1, 2)], [("r", "f8"), ("i", "f8")])
        file["words"] = "as in the log"
        file["data"].attrs["axes"] = np.array([1.0, 2.0])
        file["data"].attrs["units"] = "counts"
    return path


def test_one_process_stays_for_the_next_file(fresh, stack):
    pids = []
    for _ in range(3):
        with open_hdf5(stack) as file, open_hdf5(stack) as again:
            assert file._reader is again._reader
            pids.append(file._reader._process.pid)
    assert len(set(pids)) == 1
    assert pids[0] != os.getpid()


def test_values_come_back_as_they_are(fresh, stack):
    with open_hdf5(stack) as file:
        whole = np.arange(600_000).reshape(6, 100, 1000)
        data = file.dataset("data")
        for key in (..., slice(1, 5, 2), 3, [0, 4], np.array([1, 2])):
            np.testing.assert_array_equal(file.read(data, key), whole[key])
        assert file.read(data).flags.writeable
        assert data.attrs["units"] == "counts"
        np.testing.assert_array_equal(data.attrs["axes"], [1, 2])
        np.testing.assert_array_equal(file.array("pair"), [1 + 2j])
        assert file.text("words") == "as in the log"
        kept = file.read(data, 2)
    np.testing.assert_array_equal(kept, whole[2])


def test_large_arrays_also_pass_through_the_pipe(fresh, stack):
    """As on Windows, which passes on no open files."""
    fresh.setattr(process, "PASSES_FILES", False)
    with open_hdf5(stack) as file:
        assert file._reader._files is None
        assert file.array("data").sum() == np.arange(600_000).sum()


def test_a_process_that_crashes_is_one_sentence_and_is_replaced(fresh, stack):
    with fresh.context() as patch:
        patch.setattr(process, "_START", "import os, sys; sys.stdin.buffer.read(8); os.abort()")
        with pytest.raises(InputError, match=r"stack\.h5 is damaged .*\(what decodes it crashed .*copy it"):
            open_hdf5(stack).__enter__()
    with open_hdf5(stack) as file:
        assert file.array("pair").shape == (1,)


@posix
def test_a_process_that_hangs_is_ended(fresh, stack):
    process.warm()
    fresh.setattr(limits, "WALL_FACTOR", 0.05)
    os.kill(process._idle[0]._process.pid, signal.SIGSTOP)
    with pytest.raises(InputError, match=r"stack\.h5 is damaged or incomplete .*took more than"):
        open_hdf5(stack).__enter__()
    assert not process._idle


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")
def test_memory_is_bounded(fresh, tmp_path):
    import tifffile

    tifffile.imwrite(tmp_path / "a.tif", np.zeros((4000, 6000), np.float32), compression="zlib")
    read_image(tmp_path / "a.tif")
    fresh.setattr(limits, "READER_ROOM", -200 * 2**20)
    with pytest.raises(InputError, match=r"a\.tif is damaged .*\(it asks for more memory"):
        read_image(tmp_path / "a.tif")


def test_it_imports_neither_torch_nor_qt(fresh):
    code = "import sys, ptygui.files.reader.serve; print(*{'torch', 'PyQt6', 'scipy'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == ""


def test_nothing_that_comes_back_is_executed():
    """Types are described by letters: objects, which numpy would unpickle, have no bytes to send."""
    for dtype in (np.dtype("f4"), np.dtype([("r", "f4"), ("i", "f4")]), np.dtype("S5"), np.dtype(bool)):
        assert messages.dtype_of(messages.described(dtype)) == dtype
    assert messages.described(np.dtype([("a", "O")])) == "O"
    with pytest.raises((TypeError, ValueError)):
        np.empty(8, np.uint8).view(messages.dtype_of("O"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name")
def test_a_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "a.h5")
    with pytest.raises(InputError, match="a device or a pipe"), open_arrays(tmp_path / "a.h5"):
        pass


@pytest.mark.parametrize("kind", ["f4", "u2", "c8", "?", ">i4"])
def test_large_data_sets_of_any_type(fresh, tmp_path, kind):
    """They are read into the memory that is passed on."""
    values = np.random.default_rng(0).integers(0, 2, (5, 300, 200)).astype(kind)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("a", data=values, chunks=(1, 300, 200), compression="lzf")
        file.create_dataset("none", (0, 4), "f4")
    with open_hdf5(tmp_path / "a.h5") as file:
        for _ in range(2):
            found = file.array("a")
            assert found.dtype == values.dtype
            np.testing.assert_array_equal(found, values)
        assert file.array("none").shape == (0, 4)
        found[:] = 0  # only here
        np.testing.assert_array_equal(file.array("a"), values)
