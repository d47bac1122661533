"""A result of another program is a start: its object lies where its positions say."""

import h5py
import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.files.starts import object_for

PIXEL = 1e-8


def write_ptyr(path, scan, shift, margin=12, pixel=PIXEL):
    """A reconstruction with a margin, whose positions have another origin."""
    obj = np.pad(scan.truth, margin, constant_values=0.5)
    corner = scan.positions + margin
    about = np.array(obj.shape) / 2
    with h5py.File(path, "w") as file:
        for kind, array in (("obj", obj), ("probe", scan.probe)):
            group = file.create_group(f"content/{kind}/S00G00")
            group["data"], group["_psize"], group["_center"] = (
                array[None],
                [pixel] * 2,
                np.array(array.shape) / 2,
            )
        places = corner + scan.width / 2 - about + shift
        file["content/positions/S00G00"] = places * pixel
    return path


def test_the_object_of_a_result_is_placed_by_its_positions(tmp_path, oblong):
    obj, notes = object_for(write_ptyr(tmp_path / "r.ptyr", oblong, 0), oblong)
    np.testing.assert_array_equal(obj, oblong.truth)
    assert "moved by -12 and -12 px" in notes[0]
    moved, _ = object_for(write_ptyr(tmp_path / "m.ptyr", oblong, np.array([3, -5])), oblong)
    np.testing.assert_array_equal(moved[:-3, 5:], np.pad(oblong.truth, 12, constant_values=0.5)[15:52, 12:63])


def test_what_does_not_fit_is_refused(tmp_path, oblong):
    path = write_ptyr(tmp_path / "r.ptyr", oblong, 0, pixel=2e-8)
    with pytest.raises(InputError, match="object pixels of 2e-08 m, the scan of 1e-08"):
        object_for(path, oblong.noted(pixel_size_m=PIXEL))
    with pytest.raises(InputError, match="24 positions and the scan 5"):
        object_for(path, oblong.subset(slice(0, 5), object_shape=None, truth=None))
    turned = oblong.noted(positions=oblong.positions[::-1], object_shape=None, truth=None)
    with pytest.raises(InputError, match="another scan, or in another orientation"):
        object_for(path, turned)
    np.save(tmp_path / "o.npy", np.ones((20, 20), complex))
    with pytest.raises(InputError, match="start object is 20 x 20 px"):
        object_for(tmp_path / "o.npy", oblong)
