"""Runs of scans whose patterns stay in their file: the result is that of patterns in memory."""

import numpy as np
import pytest

from ptygui import scan as scan_module
from ptygui.experiment.memory import memory_needed, memory_notes
from ptygui.experiment.reconstruct import reconstruct
from ptygui.files import patterns_on_disk
from ptygui.files.scans import read_scan, write_scan
from ptygui.methods import AWF, RPIE
from ptygui.physics import amplitudes, forward


@pytest.fixture
def large(scan, tmp_path, monkeypatch):
    """The small scan, whose patterns are never in memory together."""
    monkeypatch.setattr(patterns_on_disk, "LARGE", 1)
    monkeypatch.setattr(scan_module, "LARGE_RUN", 1)
    found = read_scan(write_scan(tmp_path / "large.h5", scan))
    monkeypatch.setattr(amplitudes, "_BLOCK", 4 * scan.width**2)
    return found


@pytest.mark.parametrize(
    "method",
    [AWF(iterations=4), AWF(iterations=4, probe_update="yes", probe_update_start=1), RPIE(iterations=3)],
)
def test_a_run_reads_its_patterns_in_parts(method, scan, large, monkeypatch):
    *_, before = reconstruct(scan, method, device="cpu", interval=np.inf)
    loaded = []
    read = amplitudes.AmplitudesInFile.__getitem__

    def part(self, which):
        found = read(self, which)
        loaded.append(len(found))
        return found

    monkeypatch.setattr(amplitudes.AmplitudesInFile, "__getitem__", part)
    monkeypatch.setattr(forward, "CHUNK_BYTES", 8 * 3 * scan.width**2)
    monkeypatch.setattr(forward, "SHIFTED_VALUES", 1)
    monkeypatch.setattr(forward, "INDEXED_VALUES", 1)
    *_, after = reconstruct(large, method, device="cpu", interval=np.inf)
    assert 0 < max(loaded) < len(scan)
    np.testing.assert_allclose(after.obj, before.obj, atol=2e-4)
    np.testing.assert_allclose(after.misfit, before.misfit, rtol=1e-3)


def test_the_need_of_memory_is_told_before_a_run(scan, large, monkeypatch):
    assert memory_notes(scan, AWF()) == ()
    assert memory_needed(large, AWF()) < memory_needed(scan, AWF())
    monkeypatch.setattr("ptygui.experiment.memory._TOLD", 0)
    (told,) = memory_notes(large, AWF())
    assert "the run needs about 0.5 GB of memory" in told
    assert "read from their file in every iteration" in told
    monkeypatch.setattr("ptygui.experiment.memory.machine_memory", lambda: 1e8)
    (told,) = memory_notes(scan, AWF())
    assert told.startswith("WARNING: the run needs about")
    assert "--frames ::2" in told
