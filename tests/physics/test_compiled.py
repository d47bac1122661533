"""Compiled loops survive whatever becomes of the files that keep them."""

import importlib.util

import numpy as np
import pytest

NumbaError = pytest.importorskip("numba.core.errors").NumbaError

SOURCE = """
from ptygui.physics.compiled import loop

@loop
def double(out):
    for i in range(out.size):
        out[i] += out[i]
"""


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Import the loop anew, as another process would, with its files beside it."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    path = tmp_path / "loops.py"
    path.write_text(SOURCE)

    def load():
        spec = importlib.util.spec_from_file_location("loops", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.double

    return load


def doubled(double):
    out = np.arange(3, dtype=np.float32)
    double(out)
    return out.tolist()


def kept(tmp_path, ending):
    return sorted((tmp_path / "__pycache__").glob(f"loops.double-*.{ending}"))


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize(
    "spoil", [lambda whole: whole[: len(whole) // 2], lambda whole: b""], ids=["cut", "empty"]
)
def test_a_spoilt_file_is_made_anew(load, tmp_path, ending, spoil):
    assert doubled(load()) == [0, 2, 4]
    (path,) = kept(tmp_path, ending)
    spoilt = spoil(path.read_bytes())
    path.write_bytes(spoilt)
    assert doubled(load()) == [0, 2, 4]
    (path,) = kept(tmp_path, ending)
    made = path.read_bytes()
    assert len(made) > len(spoilt)
    # The new file is used as it is. Its size is not compared with that of the first: compiled code
    # carries the number of compilations in this process, of one digit or two.
    written = path.stat().st_mtime_ns
    assert doubled(load()) == [0, 2, 4]
    assert (path.stat().st_mtime_ns, path.read_bytes()) == (written, made)


def test_a_full_disk_costs_only_the_time_to_compile(load, tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile.save", full)
    double = load()
    assert doubled(double) == doubled(double) == [0, 2, 4]
    assert kept(tmp_path, "nbi") == []


def test_without_a_folder_for_them_loops_are_compiled_all_the_same(load, tmp_path, monkeypatch):
    for name in ("__pycache__", "elsewhere"):
        (tmp_path / name).write_text("a file where a folder would be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "elsewhere"))
    assert doubled(load()) == [0, 2, 4]


def test_wrong_arguments_are_no_fault_of_the_files(load, tmp_path):
    double = load()
    doubled(double)
    (path,) = kept(tmp_path, "nbi")
    before = path.stat().st_mtime_ns
    with pytest.raises(NumbaError):
        double("text")
    assert path.stat().st_mtime_ns == before
