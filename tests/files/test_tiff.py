"""TIFF that Fiji opens: read back with tifffile."""

import json

import numpy as np
import pytest
import tifffile

from ptygui.files.images import read_image
from ptygui.files.tiff import safe_name, write_stack, write_tiff
from ptygui.step import Step


@pytest.fixture
def obj():
    rng = np.random.default_rng(0)
    return rng.random((20, 24)) * np.exp(1j * rng.uniform(-3, 3, (20, 24)))


@pytest.mark.parametrize(("size", "unit", "per_unit"), [(1e-8, "nm", 0.1), (4.6125e-7, "um", 2.16802)])
def test_amplitude_and_phase_with_pixel_size(tmp_path, obj, size, unit, per_unit):
    amplitude, phase, sidecar = write_tiff(tmp_path / "out", obj, size, "my scan", {"method": "rpie"})
    assert amplitude.name == "my_scan_amplitude.tif"
    for path, image in ((amplitude, np.abs(obj)), (phase, np.angle(obj))):
        with tifffile.TiffFile(path) as file:
            assert file.is_imagej
            assert file.series[0].axes == "YX"
            assert file.series[0].dtype == np.float32
            assert file.imagej_metadata["unit"] == unit
            top, bottom = file.pages[0].tags["XResolution"].value
            assert top / bottom == pytest.approx(per_unit, rel=1e-5)
            np.testing.assert_allclose(file.asarray(), image, atol=1e-6)
    with tifffile.TiffFile(phase) as file:
        assert file.imagej_metadata["min"] == pytest.approx(-np.pi)
        assert file.imagej_metadata["max"] == pytest.approx(np.pi)
    assert read_image(phase).pixel_size_m == pytest.approx(size, rel=1e-5)
    said = json.loads(sidecar.read_text("utf-8"))
    assert said["method"] == "rpie"
    assert said["pixel_size_m"] == size
    assert "numpy" in said["versions"]


def test_pixels_without_a_pixel_size(tmp_path, obj):
    amplitude, *_ = write_tiff(tmp_path, obj)
    with tifffile.TiffFile(amplitude) as file:
        assert file.imagej_metadata["unit"] == "pixel"
    assert read_image(amplitude).pixel_size_m is None


@pytest.mark.parametrize("count", [1, 3])
def test_stack_of_steps(tmp_path, obj, count):
    steps = [
        Step(k, 3, 1.0, 0, obj.astype(np.complex64) * k, np.ones((4, 4)), 0.1, 0, nrmse=0.5 / k, level=2 / k)
        for k in range(1, count + 1)
    ]
    path, sidecar = write_stack(tmp_path / "steps.tif", steps, 1e-8)
    with tifffile.TiffFile(path) as file:
        assert file.is_imagej
        assert file.imagej_metadata["channels"] == 2
        assert file.imagej_metadata.get("frames", 1) == count
        assert file.imagej_metadata["unit"] == "nm"
        assert file.imagej_metadata["Labels"][0] == "amplitude, iteration 1, sigma 2, NRMSE 0.5000"
        assert len(file.imagej_metadata["Labels"]) == 2 * count
        assert file.series[0].axes == ("TCYX" if count > 1 else "CYX")
        stack = file.asarray().reshape(count, 2, 20, 24)
    np.testing.assert_allclose(stack[-1, 0], np.abs(steps[-1].obj), rtol=1e-6)
    np.testing.assert_allclose(stack[0, 1], np.angle(obj), atol=1e-6)
    assert json.loads(sidecar.read_text("utf-8"))["steps"] == list(range(1, count + 1))


def test_names_that_every_file_system_takes():
    assert safe_name("a/b: c*") == "a_b__c"
    assert safe_name("..") == "object"
