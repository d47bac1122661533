"""TIFF that Fiji opens: read back with tifffile."""

import json
from dataclasses import replace

import numpy as np
import pytest
import tifffile
from conftest import history_of, step_of

from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.files.images import read_image
from ptygui.files.result import Result
from ptygui.files.results import read_result, write_result
from ptygui.files.tiff import safe_name, write_result_stack, write_stack, write_tiff
from ptygui.methods import RPIE
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
        assert file.imagej_metadata["Labels"][0] == "amplitude, step 1, sigma 2, NRMSE 0.5000"
        assert len(file.imagej_metadata["Labels"]) == 2 * count
        assert file.series[0].axes == ("TCYX" if count > 1 else "CYX")
        stack = file.asarray().reshape(count, 2, 20, 24)
    np.testing.assert_allclose(stack[-1, 0], np.abs(steps[-1].obj), rtol=1e-6)
    np.testing.assert_allclose(stack[0, 1], np.angle(obj), atol=1e-6)
    frames = json.loads(sidecar.read_text("utf-8"))["frames"]
    assert [(frame["step"], frame["level"]) for frame in frames] == [(k, 2 / k) for k in range(1, count + 1)]


def test_a_stack_of_a_branch_says_what_each_frame_was_made_with(tmp_path, scan):
    parent = Run(3, scan, RPIE(iterations=6, alpha=0.1), history=history_of(scan, 6, level=0.5, nfe=7))
    run = parent.branch(4, parent.history.frames[3], replace(parent.method, alpha=0.4), RunSettings("cpu"))
    for k in (5, 6):
        run.history.append(step_of(scan, k, 6, t=9, nfe=10))
    result = Result.of_run(run)
    assert read_result(write_result(tmp_path / "r.h5", result)).options_by_step == result.options_by_step
    path, sidecar = write_result_stack(tmp_path / "steps.tif", result)
    said = json.loads(sidecar.read_text("utf-8"))
    assert said["branched_from"] == {"run": 3, "step": 4, "name": parent.name}
    assert [(s["from_step"], s["options"]["alpha"]) for s in said["options_by_step"]] == [(1, 0.1), (5, 0.4)]
    assert said["cost"]["evaluations"] == 3
    assert said["cost"]["evaluations_from_the_start"] == 10
    assert [frame["options"]["alpha"] for frame in said["frames"]] == [0.1] * 4 + [0.4] * 2
    assert [frame["t"] for frame in said["frames"]] == [None] * 4 + [9] * 2
    with tifffile.TiffFile(path) as file:
        labels = file.imagej_metadata["Labels"]
    assert labels[0] == "amplitude, step 1, sigma 0.5, NRMSE 0.5000, alpha 0.1"
    assert labels[-1] == "phase [rad], step 6, t 9, NRMSE 0.0833, alpha 0.4"


def test_names_that_every_file_system_takes():
    assert safe_name("a/b: c*") == "a_b__c"
    assert safe_name("..") == "object"
