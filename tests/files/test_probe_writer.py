"""Probes are written for other programs, and read back here."""

import h5py
import numpy as np
import pytest
import tifffile

from ptygui.errors import InputError, WriteError
from ptygui.files.probe_writer import write_probe
from ptygui.files.probes import read_probe
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import with_modes

MODES = with_modes(1000 * make_probe("medium", 16), 3, 0.2)


@pytest.mark.parametrize("name", ["p.h5", "p.HDF5", "p.cxi", "p.tif", "p.tiff"])
def test_the_strongest_mode_is_read_back(tmp_path, name):
    path = write_probe(tmp_path / name, MODES, 1e-8, 1.5e-10)
    np.testing.assert_array_equal(read_probe(path).probe, MODES[0])


def test_all_modes_and_units_are_in_the_files(tmp_path):
    with h5py.File(write_probe(tmp_path / "p.h5", MODES, 1e-8)) as file:
        np.testing.assert_array_equal(file["probe"][()], MODES)
        assert file["probe"].attrs["pixel_size_m"] == 1e-8
    with h5py.File(write_probe(tmp_path / "p.cxi", MODES, 1e-8, 1.5e-10)) as file:
        source = file["entry_1/instrument_1/source_1"]
        np.testing.assert_array_equal(source["illumination"][()], MODES)
        assert source["energy"][()] == pytest.approx(1.3243e-15, rel=1e-3)  # h c / λ [J]
    planes = tifffile.imread(write_probe(tmp_path / "p.tif", MODES))
    np.testing.assert_array_equal(planes[::2] + 1j * planes[1::2], MODES)


def test_other_endings_and_inputs_are_refused(tmp_path):
    with pytest.raises(WriteError, match=r"p\.png: a probe is written as one of \.h5"):
        write_probe(tmp_path / "p.png", MODES)
    path = write_probe(tmp_path / "p.h5", MODES)
    with pytest.raises(InputError, match="read as input"):
        write_probe(path, MODES, inputs=(path,))
