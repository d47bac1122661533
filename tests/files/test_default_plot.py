"""Every HDF5 file that is written names the plot that viewers of NeXus open with."""

import h5py
import numpy as np
import pytest

from ptygui.experiment.reconstruct import reconstruct
from ptygui.experiment.run import Run
from ptygui.files.probe_writer import write_probe
from ptygui.files.project import Project, read_project, write_project
from ptygui.files.scans import write_scan
from ptygui.methods import AWF


def default_of(path):
    """The values and the axes of the plot that `default` leads to, as viewers follow it."""
    with h5py.File(path) as file:
        at = file
        while at.attrs["NX_class"] != "NXdata":
            at = at[at.attrs["default"]]
        signal, axes = at[at.attrs["signal"]], [name for name in at.attrs["axes"] if name != "."]
        units = {at[name].attrs["units"] for name in axes}
        return signal[()], [at[name].shape for name in axes], units


@pytest.fixture
def runs(scan):
    found = [Run(number, scan, AWF(iterations=number)) for number in (1, 2)]
    for run in found:
        for step in reconstruct(scan, run.method, device="cpu", interval=0):
            run.history.append(step)
    return found


def test_a_project_shows_the_run_that_is_shown(tmp_path, scan, runs):
    path = write_project(tmp_path / "p.ptygui", Project(runs, scan, current=1))
    values, axes, units = default_of(path)
    np.testing.assert_array_equal(values[-1], runs[0].last.obj)
    assert axes == [(n,) for n in scan.object_shape]
    assert units == {"px" if scan.pixel_size_m is None else "m"}
    values, *_ = default_of(write_project(tmp_path / "last.ptygui", Project(runs, scan)))
    np.testing.assert_array_equal(values[-1], runs[1].last.obj)
    assert len(read_project(path).runs) == 2


def test_probes_and_scans(tmp_path, scan):
    values, _, units = default_of(write_probe(tmp_path / "probe.h5", scan.probe[None], 1e-8))
    np.testing.assert_array_equal(values[0], scan.probe)
    assert units == {"m"}
    values, *_ = default_of(write_scan(tmp_path / "scan.h5", scan))
    np.testing.assert_array_equal(values, scan.truth)
