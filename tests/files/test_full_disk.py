"""A disk that fills up costs one sentence: no crash, the old file whole, nothing left behind."""

import errno
import io
import os
import shutil
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from pathlib import Path

import pytest
from fixtures.v0_1 import FOLDER

from ptygui.__main__ import main
from ptygui.errors import WriteError
from ptygui.files import hdf5
from ptygui.files.formats.own_scan import read_own_scan, write_scan
from ptygui.files.project import read_project, write_project
from ptygui.files.results import read_result, write_result

ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    "scan.h5": (read_own_scan, write_scan),
    "dps.h5": (read_result, write_result),
    "project.ptygui": (read_project, write_project),
}


class Filling(io.FileIO):
    """A file on a disk with so many bytes left: the last piece is written in part, as a system may."""

    left = 0

    def write(self, data):
        count = min(len(data), Filling.left)
        if not count:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        Filling.left -= count
        return super().write(data[:count])


@pytest.fixture
def filling(monkeypatch):
    monkeypatch.setattr(hdf5, "_open", lambda path: Filling(path, "w+"))
    return Filling


@pytest.mark.parametrize("name", KINDS)
def test_wherever_in_the_file_the_disk_is_full(name, filling, tmp_path):
    """HDF5 ends the program where a write of it fails, unless it never hears of that."""
    read, write = KINDS[name]
    shutil.copytree(FOLDER, tmp_path / "from")
    held, target = read(tmp_path / "from" / name), tmp_path / "to" / name
    filling.left = 10**9
    old = write(target, held).read_bytes()
    for share in (0, 0.001, 0.1, 0.5, 0.9, 0.99):
        filling.left = int(share * len(old))
        with pytest.raises(WriteError, match=r"disk is full: it needs [\d.]+ kB, .* are left") as caught:
            write(target, held)
        assert caught.value.full
        assert str(target) in str(caught.value)
        assert target.read_bytes() == old
        assert list(target.parent.iterdir()) == [target]
    filling.left = 10**9
    write(target, held)
    read(target)


def test_the_room_that_is_needed_is_that_of_the_whole_file(filling, tmp_path):
    scan = read_own_scan(FOLDER / "scan.h5")
    filling.left = 10**9
    size = write_scan(tmp_path / "a.h5", scan).stat().st_size
    filling.left = 3000
    with pytest.raises(WriteError, match=rf"it needs {size / 1000:.3g} kB"):
        write_scan(tmp_path / "b.h5", scan)


def test_a_large_file_takes_no_memory_of_its_own(tmp_path):
    """What is written goes to the disk at once: the process grows by less than the file is long."""
    resource = pytest.importorskip("resource")
    code = """
        import resource, sys
        import numpy as np
        from ptygui.files.hdf5 import writing_hdf5
        most = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        rows = np.random.default_rng(0).random((1000, 1000))
        with writing_hdf5(sys.argv[1]) as file:
            file["first"] = rows
            before = most()
            for k in range(20):
                file[str(k)] = rows
        print(most() - before)
    """
    done = python(code, tmp_path / "large.h5", capture_output=True, text=True, check=True)
    unit = 1 if sys.platform == "darwin" else 1024
    assert (tmp_path / "large.h5").stat().st_size > 160e6
    assert int(done.stdout) * unit < 40e6
    assert resource


@pytest.mark.skipif(sys.platform == "win32", reason="Windows delivers no signals in this way")
def test_ctrl_c_waits_until_the_file_is_whole(tmp_path):
    import signal

    def write():
        with hdf5.writing_hdf5(tmp_path / "a.h5") as file:
            signal.raise_signal(signal.SIGINT)
            file["x"] = 3

    with pytest.raises(KeyboardInterrupt):
        write()
    with hdf5.open_hdf5(tmp_path / "a.h5") as file:
        assert file.number("x") == 3
    with pytest.raises(KeyboardInterrupt):  # as before
        signal.raise_signal(signal.SIGINT)


def test_hdf5_is_written_in_one_place_alone():
    found = [
        path.name
        for path in (ROOT / "ptygui").rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "h5py.File(" in line and '"r"' not in line
    ]
    assert found == ["hdf5.py"]


# ---------------------------------------------------------------- the system refuses, in a process of its own


def python(code, *arguments, **settings):
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=env, **settings)


LIMITED = """
    import resource, signal, sys
    from ptygui.__main__ import main
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
    sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of a process")
def test_a_file_that_may_not_grow_is_no_crash(tmp_path):
    out = tmp_path / "s.h5"
    out.write_text("old")
    arguments = ["simulate", "--object", "smear:1:64", "--overlap", "0.6", "--out", out]
    done = python(LIMITED, 8000, *arguments, capture_output=True, text=True)
    assert done.returncode == 2
    assert f"{out} could not be written (File too large)" in done.stderr
    assert len(done.stderr.splitlines()) == 2  # a note on the object, and the error
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 256 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if not sys.platform.startswith("linux") or not shutil.which("mount"):
        pytest.skip("needs Linux's tmpfs")
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a disk may not be mounted here: only root may, outside most containers")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_simulate_to_a_disk_that_is_full(small_disk, capsys):
    out = small_disk / "s.h5"
    out.write_text("old")
    assert main(["simulate", "--object", "smear:1:256", "--overlap", "0.5", "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert "s.h5 could not be written, the disk is full: it needs" in said
    page = os.sysconf("SC_PAGE_SIZE")  # what the old file takes
    assert f"{(2**18 - page) / 1000:.3g} kB are left" in said
    assert out.read_text() == "old"
    assert list(small_disk.iterdir()) == [out]
    assert shutil.disk_usage(small_disk).used == page


FORMS = (
    ("--tiff", "tiff"), ("--stack", "s.tif"), ("--product", "p.h5"), ("--npz", "a.npz"), ("--csv", "c.csv"),
    ("--png", "p.png"), *(("--figure", f"f.{kind}") for kind in ("pdf", "svg", "png", "tif")),
)  # fmt: skip


@pytest.fixture
def short_files():
    """No file of this process grows beyond 300 bytes; Python ignores the signal that comes with it."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    @contextmanager
    def short():
        resource.setrlimit(resource.RLIMIT_FSIZE, (300, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return short


def test_no_form_of_export_leaves_half_a_file(tmp_path, short_files, capsys):
    for flag, name in FORMS:
        with short_files():
            assert main(["export", str(FOLDER / "awf.h5"), flag, str(tmp_path / name)]) == 2, flag
    said = capsys.readouterr().err.splitlines()
    assert len(said) == len(FORMS)
    assert all("could not be written" in line for line in said)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_models_and_states_of_trainings_are_whole_or_not_there(tmp_path, short_files):
    import torch

    from ptygui.networks.checkpoint import load_checkpoint, save_checkpoint, store_zeta_scale
    from ptygui.networks.corrector import load_corrector, save_corrector
    from ptygui.networks.weights import write_tensors
    from ptygui.prior.prior import load_prior
    from ptygui.training.sheet import save_sheet
    from ptygui.training.state import TrainingState, save_state

    shutil.copytree(FOLDER / "tiny-prior", tmp_path / "old")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    prior, unet = load_checkpoint(FOLDER / "tiny-prior"), load_corrector(FOLDER / "tiny-unet")
    state = TrainingState({"a": torch.zeros(500)})
    for act in (
        lambda: save_checkpoint(tmp_path / "prior", prior.network, prior.info, "a card"),
        lambda: save_corrector(tmp_path / "unet", unet.network, unet.info, "a card"),
        lambda: save_state(tmp_path / "state", state),
        lambda: write_tensors(tmp_path / "pairs.safetensors", state.tensors),
        lambda: save_sheet(tmp_path / "sheet.png", load_prior(FOLDER / "tiny-prior"), None, 16),
        lambda: store_zeta_scale(tmp_path / "old", {f"{k}": 1.0 for k in range(99)}),
    ):
        with pytest.raises(WriteError, match="File too large") as caught, short_files():
            act()
        assert str(tmp_path) in str(caught.value)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
