"""What is written of a result for other programs is read back: the same object, probe and positions."""

from dataclasses import replace

import numpy as np
import pytest

from ptygui.export.exported import Exported
from ptygui.export.forms import form_named
from ptygui.files.objects import read_object
from ptygui.files.results import read_result
from ptygui.files.scans import read_scan
from tests.export.conftest import DISTANCE, PIXEL, WAVELENGTH

PRODUCTS = ("product", "npz", "cxi")


@pytest.fixture(params=PRODUCTS)
def write(request, tmp_path):
    """Writes a result in one of the forms, and returns the file."""
    form = form_named(request.param)

    def written(result):
        (path,) = form.write(tmp_path / f"r{form.ending}", Exported(result))
        return path

    return written


def test_as_it_was_with_the_margin_only_where_patches_are_in_it(write, result):
    path = write(result)
    back = read_result(path)
    margin = (np.array(back.obj.shape) - result.obj.shape) // 2
    assert (margin > 0).all()
    np.testing.assert_allclose(back.positions - margin, result.refined_positions, atol=1e-5)
    np.testing.assert_array_equal(back.probe, result.probe)
    for name, value in (("pixel_size_m", PIXEL), ("wavelength_m", WAVELENGTH), ("distance_m", DISTANCE)):
        assert getattr(back, name) == pytest.approx(value)
    np.testing.assert_array_equal(read_object(path).obj, result.obj)
    still = replace(result, frames=(replace(result.last, positions=None),))
    back = read_result(write(still))
    np.testing.assert_array_equal(back.obj, result.obj)
    np.testing.assert_allclose(back.positions, result.positions, atol=1e-5)


@pytest.mark.parametrize("key", ["cxi", "ptyd"])
def test_a_scan_keeps_its_modes_weights_and_background(key, tmp_path, real_scan):
    form = form_named(key)
    (path,) = form.write(tmp_path / f"r{form.ending}", Exported(scan=real_scan))
    back = read_scan(path)
    np.testing.assert_allclose(back.modes, real_scan.modes, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(back.weights, real_scan.weights)
    np.testing.assert_allclose(back.background, real_scan.background, rtol=1e-6)
    np.testing.assert_array_equal(back.patterns, real_scan.patterns)


def test_a_result_keeps_its_modes_and_the_brightness_of_frames(write, result):
    weaker, weights = 0.1 * result.probe[None, ::-1], np.linspace(0.8, 1.2, len(result.positions))
    last = replace(result.last, weaker_modes=weaker, weights=weights)
    back = read_result(write(replace(result, frames=(*result.frames[:-1], last))))
    np.testing.assert_allclose(back.modes, [result.probe, *weaker], rtol=1e-6)
    np.testing.assert_allclose(back.beam_weights, weights, rtol=1e-6)
    again = read_result(write(back))
    np.testing.assert_allclose(again.modes, back.modes)
    np.testing.assert_allclose(again.beam_weights, weights, rtol=1e-6)


def test_nominal_lengths_are_not_taken_for_known_ones(write, result):
    unknown = dict.fromkeys(("pixel_size_m", "wavelength_m", "distance_m"))
    back = read_result(write(replace(result, **unknown)))
    assert back.pixel_size_m is back.wavelength_m is back.distance_m is None
    back = read_result(write(replace(result, distance_m=None)))
    assert back.pixel_size_m == pytest.approx(PIXEL)
    assert back.wavelength_m == pytest.approx(WAVELENGTH)
    assert back.distance_m is None
