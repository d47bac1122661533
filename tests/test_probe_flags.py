"""Flags that make the probe of a scan: from its optics, or from nothing."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import small_object

from ptygui.cli import main
from ptygui.files.results import read_result
from ptygui.files.scans import write_scan
from ptygui.physics.optics import Optics
from ptygui.physics.simulate import Simulation, simulate

OPTICS = Optics(1.4e-10, 1e-8, outer_zone_m=2.5e-8, stop=0.3, defocus_m=2e-5)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A scan by a zone plate, whose file holds another probe, too small by a quarter of its window."""
    options = Simulation(overlap=0.7, jitter=1)
    scan = simulate(small_object(56), OPTICS.probe(32), options, wavelength_m=1.4e-10, pixel_size_m=1e-8)
    path = tmp_path_factory.mktemp("optics") / "scan.h5"
    write_scan(path, replace(scan, probe=np.roll(scan.probe, 5) * 1j, simulated=False))
    return path, scan


def reconstructed(path, tmp_path, *flags):
    out = tmp_path / "r.h5"
    arguments = ["reconstruct", "awf", str(path), "--iterations", "60", "--no-probe-update", *flags]
    assert main([*arguments, "--out", str(out), "--device", "cpu"]) == 0
    return read_result(out)


def likeness(one, other):
    spectra = np.fft.fft2(one) * np.fft.fft2(other).conj()
    return np.abs(np.fft.ifft2(spectra)).max() / np.linalg.norm(one) / np.linalg.norm(other)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--outer-zone 2.5e-8 --central-stop 0.3 --defocus 2e-5", "numerical aperture 0.0028"),
        ("--aperture 2.8e-3 --central-stop 0.3", "numerical aperture 0.0028"),
        ("--probe estimate", "estimated from the mean pattern"),
    ],
)
def test_the_probe_is_made(path, tmp_path, flags, said):
    file, scan = path
    result = reconstructed(file, tmp_path, *flags.split())
    assert any(said in note for note in result.notes)
    assert likeness(result.probe, scan.probe) > 0.9


def test_an_estimate_tells_what_it_replaces(path, tmp_path, capsys):
    modes = simulate(small_object(56), OPTICS.probe(32), Simulation(overlap=0.7, jitter=1, modes=2))
    write_scan(tmp_path / "modes.h5", replace(modes, simulated=False))
    bare = {"patterns": path[1].patterns[:], "positions": path[1].positions}
    np.savez(tmp_path / "bare.npz", **bare)
    np.savez(tmp_path / "beside.npz", probe=modes.modes, **bare)
    layout = "--patterns patterns --positions positions --positions-unit px".split()
    for name, flags, said in (
        ("modes.h5", [], "; the 2 modes of the scan are left out"),
        ("bare.npz", layout, "note: the file holds no probe: estimated from"),
        ("beside.npz", [*layout, "--probe-path", "probe"], "the file's 2 modes are left out: estimated from"),
    ):
        words = ["prepare", str(tmp_path / name), "--probe", "estimate", "--out", str(tmp_path / "p.h5")]
        assert main([*words, *flags]) == 0
        assert said in capsys.readouterr().err
