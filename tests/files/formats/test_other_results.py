"""Reconstructions of other programs open as results."""

import h5py
import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.files.recognise import opens_as, recognise
from ptygui.files.results import read_result
from tests.files.formats.layouts import DISTANCE, ENERGY, PIXEL, WAVELENGTH, assert_same_object, joules


@pytest.fixture
def obj(oblong):
    return np.exp(1j * np.random.default_rng(3).random(oblong.object_shape)).astype(np.complex64)


@pytest.fixture
def centres(oblong):
    """Row and column of each patch's centre about the object's [px]."""
    return oblong.positions + (oblong.width - np.array(oblong.object_shape)) / 2


def pair(array):
    """Complex numbers as MATLAB writes them to HDF5."""
    out = np.zeros(array.shape, [("real", "f4"), ("imag", "f4")])
    out["real"], out["imag"] = array.real, array.imag
    return out


def check(path, oblong, obj, positions=True, pixel=PIXEL):
    assert opens_as(recognise(path)) == "result"
    result = read_result(path)
    assert_same_object(result, obj, oblong.probe)
    if positions:
        np.testing.assert_allclose(result.positions, oblong.positions, atol=1e-3)
    np.testing.assert_allclose(result.pixel_size_m, pixel, rtol=1e-6)
    np.testing.assert_allclose(result.wavelength_m, WAVELENGTH, rtol=1e-6)


def test_ptyr(tmp_path, oblong, obj):
    with h5py.File(tmp_path / "r.ptyr", "w") as file:
        for kind, array in (("obj", obj), ("probe", oblong.probe)):
            group = file.create_group(f"content/{kind}/S00G00")
            group["data"], group["_energy"] = array[None], ENERGY / 1e3
            group["_psize"], group["_center"] = [PIXEL, PIXEL], np.array(array.shape) / 2
        about = np.array(obj.shape) / 2
        file["content/positions/S00G00"] = (oblong.positions + oblong.width / 2 - about) * PIXEL
        file["content/pars"] = np.void(b"\x80\x04cos\nsystem\n.")  # a pickle: never looked at
    check(tmp_path / "r.ptyr", oblong, obj)


def test_ptylab(tmp_path, oblong, obj, centres):
    with h5py.File(tmp_path / "r.hdf5", "w") as file:
        file["object"], file["probe"] = obj[None, None, None, None], oblong.probe[None, None, None, None]
        file["dxp"], file["wavelength"], file["zo"] = PIXEL, WAVELENGTH, DISTANCE
        file["encoder_corrected"] = centres * PIXEL
    check(tmp_path / "r.hdf5", oblong, obj)


def test_pynx_takes_the_newest_entry(tmp_path, oblong, obj):
    with h5py.File(tmp_path / "r.cxi", "w") as file:
        file["cxi_version"] = 160
        for k, array in ((1, 0 * obj + 1), (2, obj), (10, obj)):
            file[f"entry_{k}/object/data"], file[f"entry_{k}/probe/data"] = array[None], oblong.probe[None]
            file[f"entry_{k}/object/x_pixel_size"] = PIXEL
            file[f"entry_{k}/instrument_1/source_1/energy"] = joules()
        file["entry_last"] = h5py.SoftLink("/entry_10")
    check(tmp_path / "r.cxi", oblong, obj, positions=False)


def test_ptychoshelves(tmp_path, oblong, obj):
    with h5py.File(tmp_path / "r.h5", "w") as file:
        group = file.create_group("reconstruction/p")
        group["objects/object_0"], group["probes/probe_0"] = obj.T, oblong.probe.T[None]
        group["dx_spec"], group["energy"] = [[PIXEL], [PIXEL]], ENERGY / 1e3
        file["reconstruction/object"] = h5py.SoftLink("/reconstruction/p/objects/object_0")
    check(tmp_path / "r.h5", oblong, obj, positions=False)


def test_fold_slice(tmp_path, oblong, obj, centres):
    with h5py.File(tmp_path / "Niter100.mat", "w", userblock_size=512) as file:
        file["object"], file["probe"] = pair(obj.T[None]), pair(oblong.probe.T[None])
        file["p/dx_spec"], file["p/lambda"] = [[PIXEL], [PIXEL]], [[WAVELENGTH]]
        file["outputs/probe_positions"] = centres[:, ::-1].T
    with open(tmp_path / "Niter100.mat", "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(128))
    check(tmp_path / "Niter100.mat", oblong, obj)


@pytest.mark.parametrize("real", [True, False])
def test_ptyrad_multiplies_layers(tmp_path, oblong, obj, real):
    half = np.angle(obj)[None] / 2
    with h5py.File(tmp_path / "model_iter0010.hdf5", "w") as file:
        file["optimizable_tensors/objp"] = np.stack([half, half], 1)
        file["optimizable_tensors/obja"] = np.ones((1, 2, *obj.shape))
        probe = oblong.probe[None]
        file["optimizable_tensors/probe"] = np.stack([probe.real, probe.imag], -1) if real else probe
        file["model_attributes/crop_pos"] = np.floor(oblong.positions).astype(int) - 1
        file["optimizable_tensors/probe_pos_shifts"] = oblong.positions - np.floor(oblong.positions) + 1
        file["model_attributes/dx"], file["model_attributes/lambd"] = PIXEL / 1e-10, WAVELENGTH / 1e-10
    check(tmp_path / "model_iter0010.hdf5", oblong, obj)


@pytest.mark.parametrize("name", ["modes", "pixels"])
def test_ptyrad_2(tmp_path, oblong, obj, name):
    modes = np.stack([0.2 * oblong.probe.T, oblong.probe])  # the strongest need not be the first
    with h5py.File(tmp_path / "model_iter0010.hdf5", "w") as file:
        file["ptyrad_schema"] = 2
        tensors = {
            "object/tensors/phase": np.angle(obj)[None, None],
            "object/tensors/amp": np.abs(obj)[None, None],
            f"probe/tensors/{name}": modes if name == "modes" else np.stack([modes.real, modes.imag], -1),
            "positions/tensors/crop_pos": np.floor(oblong.positions).astype(int),
            "positions/tensors/shifts": oblong.positions - np.floor(oblong.positions),
        }
        for at, value in tensors.items():
            file[f"components/{at}"] = value
        file["model_meta/dx"], file["model_meta/lambd"] = PIXEL / 1e-10, WAVELENGTH / 1e-10
    check(tmp_path / "model_iter0010.hdf5", oblong, obj)
    result = read_result(tmp_path / "model_iter0010.hdf5")
    np.testing.assert_allclose(result.modes, modes[::-1], rtol=1e-6)
    assert any("2 modes, with 96.2%, 3.8% of the power" in note for note in result.notes)


def test_a_broken_result_is_refused_with_its_name(tmp_path, oblong, obj):
    with h5py.File(tmp_path / "r.h5", "w") as file:
        file["reconstruction/p/objects/object_0"] = np.full_like(obj, np.nan)
        file["reconstruction/p/probes/probe_0"] = oblong.probe
    with pytest.raises(InputError, match=r"r\.h5: the object holds .* not finite"):
        read_result(tmp_path / "r.h5")
