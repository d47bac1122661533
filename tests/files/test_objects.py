"""Objects read from every kind of file that holds one."""

import bz2
import io

import h5py
import numpy as np
import pytest
import scipy.io
import tifffile
from PIL import Image

from ptygui.errors import InputError
from ptygui.files import limits
from ptygui.files.objects import read_object


@pytest.fixture
def obj():
    rng = np.random.default_rng(0)
    return (rng.random((20, 24)) * np.exp(1j * rng.normal(size=(20, 24)))).astype(np.complex64)


def save_npy(path, obj):
    np.save(path / "o.npy", obj)
    return path / "o.npy"


def save_npz(path, obj):
    np.savez(path / "o.npz", obj=obj, probe=obj[:8, :8])
    return path / "o.npz"


def save_bz2(path, obj):
    whole = io.BytesIO()
    np.savez(whole, obj=obj)
    (path / "o.npz.bz2").write_bytes(bz2.compress(whole.getvalue()))
    return path / "o.npz.bz2"


def save_mat(path, obj):
    scipy.io.savemat(path / "o.mat", {"obj": obj, "wavelength": 1e-9})
    return path / "o.mat"


def save_mat73(path, obj):
    with h5py.File(path / "o73.mat", "w", userblock_size=512) as file:
        pair = np.empty(obj.T.shape, [("real", "f4"), ("imag", "f4")])
        pair["real"], pair["imag"] = obj.T.real, obj.T.imag
        file["obj"] = pair
    with open(path / "o73.mat", "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64")
    return path / "o73.mat"


def save_hdf5(path, obj):
    with h5py.File(path / "o.h5", "w") as file:
        file["some/group/object"] = obj[None]
    return path / "o.h5"


@pytest.mark.parametrize("save", [save_npy, save_npz, save_bz2, save_mat, save_mat73, save_hdf5])
def test_reads_the_complex_array(tmp_path, obj, save):
    found = read_object(save(tmp_path, obj))
    assert found.obj.dtype == np.complex64
    np.testing.assert_array_equal(found.obj, obj)


def test_key_and_crop(tmp_path, obj):
    np.savez(tmp_path / "o.npz", one=obj, two=2 * obj, pixel_size_m=1e-8)
    found = read_object(f"{tmp_path / 'o.npz'}::two@2:10,-4:")
    np.testing.assert_array_equal(found.obj, 2 * obj[2:10, -4:])
    assert found.pixel_size_m == 1e-8
    with pytest.raises(InputError, match=r"several complex.*::KEY of one \(20 x 24 complex64\), two"):
        read_object(tmp_path / "o.npz")
    with pytest.raises(InputError, match="no array three; it holds one"):
        read_object(f"{tmp_path / 'o.npz'}::three")
    with pytest.raises(InputError, match="not inside the object of 20 x 24"):
        read_object(f"{tmp_path / 'o.npz'}::two@0:99,0:4")


def test_amplitude_and_phase_by_name(tmp_path, obj):
    np.savez(tmp_path / "o.npz", amplitude=np.abs(obj), phase=np.angle(obj))
    found = read_object(tmp_path / "o.npz")
    np.testing.assert_allclose(found.obj, obj, atol=1e-6)
    assert "phase: phase in rad" in found.notes


def test_pair_of_images(tmp_path, obj):
    amplitude = np.rint(np.abs(obj) * 255).astype(np.uint8)
    Image.fromarray(amplitude).save(tmp_path / "a+.png")
    tifffile.imwrite(tmp_path / "p.tif", np.angle(obj))
    found = read_object(f"{tmp_path / 'a+.png'}+{tmp_path / 'p.tif'}")
    np.testing.assert_allclose(found.obj, amplitude / 255 * np.exp(1j * np.angle(obj)), atol=1e-6)
    phase = np.zeros((20, 24), np.uint16)
    phase[0, 0] = 65535
    tifffile.imwrite(tmp_path / "p16.tif", phase)
    found = read_object(f"{tmp_path / 'a+.png'}+{tmp_path / 'p16.tif'}")
    np.testing.assert_allclose(found.obj[0, 1], -(amplitude[0, 1] / 255), atol=1e-6)
    assert any("-π to π" in note for note in found.notes)


def test_one_image_says_that_its_phase_is_made_up(tmp_path):
    Image.fromarray(np.full((20, 20), 51, np.uint8)).save(tmp_path / "a.png")
    found = read_object(tmp_path / "a.png")
    np.testing.assert_allclose(found.obj, 0.2 * np.exp(0.8j), rtol=1e-6)
    assert "the phase is made up: 1 rad x (1 - amplitude)" in found.notes[-1]


def test_colours_become_grey(tmp_path):
    Image.fromarray(np.full((20, 20, 3), (255, 0, 0), np.uint8)).save(tmp_path / "a.png")
    found = read_object(tmp_path / "a.png")
    np.testing.assert_allclose(np.abs(found.obj), 0.299, atol=0.003)
    assert "grey" in found.notes[0]


def test_smear_by_name():
    found = read_object("smear:3:64@:32,:")
    assert found.obj.shape == (32, 64)
    assert found.obj.dtype == np.complex64
    with pytest.raises(InputError, match="smear:SEED:SIZE"):
        read_object("smear:x")


def test_real_smears(shared_data):
    found = read_object(shared_data / "fp_blood" / "bloodsmear_red_complex512.npz")
    assert found.obj.shape == (512, 512)
    assert found.pixel_size_m == pytest.approx(4.6125e-7)
    assert found.wavelength_m == pytest.approx(6.3e-7)
    assert "obj was used as the object" in found.notes[0]
    flat = read_object(f"{shared_data / 'fp_blood' / 'bloodsmear_red_complex512.npz'}::obj_flat")
    assert not np.array_equal(flat.obj, found.obj)
    gold = read_object(shared_data / "probes" / "gold_balls_cdtools_recon.mat")
    assert gold.obj.shape == (610, 610)
    assert gold.pixel_size_m == pytest.approx(1.113e-8, rel=1e-3)


def _huge_npy(path):
    header = b"{'descr': '<c8', 'fortran_order': False, 'shape': (400000, 400000), }"
    header += b" " * (117 - len(header)) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)


def _huge_hdf5(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("object", (400000, 400000), "c8", chunks=(64, 64))


def _text(path):
    path.write_text("not an array")


def _cut(path):
    np.save(path.with_suffix(".whole.npy"), np.ones((64, 64), complex))
    path.write_bytes(path.with_suffix(".whole.npy").read_bytes()[:5000])


def _pickled(path):
    with open(path, "wb") as file:
        np.save(file, np.array([{}, 1], dtype=object), allow_pickle=True)


def _cut_hdf5(path):
    with h5py.File(path.with_suffix(".whole"), "w") as file:
        file["object"] = np.ones((64, 64), complex)
    path.write_bytes(path.with_suffix(".whole").read_bytes()[:3000])


def _cut_zip(path):
    np.savez(path.with_suffix(".npz"), obj=np.ones((64, 64), complex))
    path.write_bytes(path.with_suffix(".npz").read_bytes()[:900])


def _garbled_mat(path):
    path.write_bytes(b"MATLAB 5.0 MAT-file" + bytes(range(256)) * 4)


def _cut_png(path):
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(path, "PNG")
    path.write_bytes(path.read_bytes()[:60])


def _cut_tiff(path):
    path.write_bytes(b"II*\x00\x08\x00\x00\x00\x01")


def _cut_bz2(path):
    path.write_bytes(bz2.compress(bytes(100_000))[:20])


def _not_finite(path):
    with open(path, "wb") as file:
        np.save(file, np.full((20, 20), np.nan + 0j))


def _vector(path):
    with open(path, "wb") as file:
        np.save(file, np.ones(20, complex))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_huge_npy, r"1192\.1 GiB, more than \d+ GiB: crop"),
        (_huge_hdf5, r"1192\.1 GiB, more than \d+ GiB: crop"),
        (_text, "of no kind that is known: give"),
        (_cut, "copy it again"),
        (_pickled, "Python objects, which are not read: save it"),
        (_cut_hdf5, "damaged or incomplete"),
        (_cut_zip, "damaged or incomplete"),
        (_garbled_mat, "damaged or incomplete|holds no single"),
        (_cut_png, "damaged or incomplete"),
        (_cut_tiff, "damaged or incomplete"),
        (_cut_bz2, "ends too soon"),
        (_not_finite, "not finite: repair"),
        (_vector, "holds no single complex array"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.mkdir(), "is a folder: give a file"),
        (lambda path: None, "does not exist: check"),
    ],
)
def test_bad_files_name_the_file_and_what_to_do(tmp_path, make, says):
    path = tmp_path / "bad.dat"
    make(path)
    with pytest.raises(InputError, match=says) as caught:
        read_object(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bz2_is_capped_while_it_unpacks(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "LARGEST_UNPACKED", 2**25)
    (tmp_path / "bomb.npz.bz2").write_bytes(bz2.compress(bytes(2**26)))
    with pytest.raises(InputError, match="unpacks to more than"):
        read_object(tmp_path / "bomb.npz.bz2")


def test_links_to_other_files_are_not_followed(tmp_path, obj):
    with h5py.File(tmp_path / "o.h5", "w") as file:
        file["data"] = h5py.ExternalLink("/etc/passwd", "/object")
    with pytest.raises(InputError, match="holds no single"):
        read_object(tmp_path / "o.h5")
