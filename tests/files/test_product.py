"""Products: all of a patch lies in the object, whoever reads them; and what viewers show first."""

from dataclasses import replace

import h5py
import numpy as np
import pytest
from conftest import history_of

from ptygui.errors import InputError
from ptygui.files.objects import read_object
from ptygui.files.product_writer import export_product
from ptygui.files.result import Result
from ptygui.files.results import read_result, write_result
from ptygui.methods import RPIE

PIXEL = 2e-8


@pytest.fixture
def moved(scan):
    """A result whose positions went out of the object by up to 2.7 px, to the left and down."""
    known = scan.noted(pixel_size_m=PIXEL, wavelength_m=1e-10, distance_m=0.5)
    away = known.positions + np.array([0.4, -2.7]) * np.linspace(0, 1, len(known))[:, None]
    history = history_of(known, 3)
    history.frames[-1] = replace(history.frames[-1], positions=away, weights=np.linspace(0.9, 1.1, len(away)))
    return Result.of(known, RPIE(iterations=3), history, seed=0, device="cpu")


def patches_of(path, width):
    """Rows and columns, with the fraction, where the patches of a product begin in its object."""
    with h5py.File(path) as file:
        pixel, shape = file["object"].attrs["pixel_height_m"], np.array(file["object"].shape[1:])
        centres = np.stack([file[f"probe_position_{axis}_m"][:] for axis in "yx"], 1) / pixel
        assert file["object"].attrs["center_x_m"] == file["object"].attrs["center_y_m"] == 0
    return centres + (shape - width) / 2, shape


@pytest.mark.parametrize("write", [export_product, write_result])
def test_no_refined_position_lies_outside_the_object(tmp_path, moved, write):
    path = write(tmp_path / "p.h5", moved)
    first, shape = patches_of(path, width := moved.probe.shape[0])
    assert (first >= 0).all()
    assert (np.floor(first) + width + 1 <= shape).all()  # with the pixel that interpolation reads beyond
    with h5py.File(path) as file:
        rows, columns = file["object"].attrs["ptygui_margin_px"]
        inner = file["object"][0, rows:-rows, columns:-columns]
        np.testing.assert_array_equal(inner, moved.obj)
        np.testing.assert_allclose(first - (rows, columns), moved.refined_positions, atol=1e-6)
        assert np.abs(file["object"][:]).min() > 0.1  # the edge goes on: no dark frame around the object
        counts = file["probe_photon_counts"][:] / file.attrs["probe_photon_count"]
        np.testing.assert_allclose(np.sqrt(counts), moved.last.weights)


def test_the_margin_is_of_the_file_alone(tmp_path, moved):
    path = write_result(tmp_path / "r.h5", moved)
    back = read_result(path)
    np.testing.assert_array_equal(back.obj, moved.obj)
    assert (back.span, back.offset) == (moved.span, moved.offset)
    np.testing.assert_array_equal(read_object(path).obj, moved.obj)
    np.testing.assert_array_equal(read_object(export_product(tmp_path / "p.h5", moved)).obj, moved.obj)


def test_in_a_larger_object_the_margin_is_what_is_there(tmp_path, scan):
    wide = scan.noted(object_shape=(40, 44), positions=scan.positions + np.array([3, 5]), truth=None)
    frames = history_of(scan, 2)
    rng = np.random.default_rng(0)
    frames.frames[-1] = replace(frames.frames[-1], obj=rng.normal(size=(40, 44)).astype(np.complex64))
    result = Result.of(wide, RPIE(), frames, seed=0, device="cpu")
    with h5py.File(export_product(tmp_path / "p.h5", result)) as file:
        np.testing.assert_array_equal(file["object"][0], result.obj[2:36, 4:38])


def test_positions_that_are_lost_are_refused_before_memory_is(tmp_path, moved):
    for bad in (1e9, np.nan):
        away = moved.refined_positions.copy()
        away[0, 0] = bad
        lost = replace(moved, frames=(replace(moved.last, positions=away),))
        with pytest.raises(InputError, match="outside the object: are they right"):
            export_product(tmp_path / "p.h5", lost)
    assert list(tmp_path.iterdir()) == []


def test_a_product_holds_the_last_step_only_and_is_read_back(tmp_path, moved):
    path = export_product(tmp_path / "p.h5", moved)
    with h5py.File(path) as file:
        assert "ptygui" not in file
        assert file["loss_values"].shape == (3,)
    back = read_result(path)
    margin = np.array(back.obj.shape) - moved.obj.shape
    assert (margin > 0).all()  # some patches are in it
    np.testing.assert_allclose(back.positions - margin // 2, moved.refined_positions, atol=1e-6)
    still = replace(moved, frames=(replace(moved.last, positions=None),))
    back = read_result(export_product(tmp_path / "still.h5", still))
    np.testing.assert_array_equal(back.obj, moved.obj)
    np.testing.assert_allclose(back.positions, moved.positions, atol=1e-6)
    assert back.pixel_size_m == PIXEL
    assert back.wavelength_m == pytest.approx(1e-10)
    assert path.stat().st_size < write_result(tmp_path / "r.h5", moved).stat().st_size


@pytest.mark.parametrize("margin", ["a lot", -1, [1, 2, 3], 10**6, 2**62, np.nan, [[1], [1]], [18, 18]])
def test_a_margin_that_cannot_be_is_none(tmp_path, moved, margin):
    path = export_product(tmp_path / "p.h5", moved)
    with h5py.File(path, "r+") as file:
        shape = file["object"].shape[1:]
        file["object"].attrs["ptygui_margin_px"] = margin
    expected = tuple(n - 2 for n in shape) if np.shape(margin) == (2, 1) else shape
    assert read_object(path).obj.shape == expected


def plot_of(file):
    """What the rules of NeXus lead to: the default of the root, of the entry, and the signal there."""
    entry = file[file.attrs["default"]]
    data = entry[entry.attrs["default"]]
    assert [g.attrs["NX_class"] for g in (file, entry, data)] == ["NXroot", "NXentry", "NXdata"]
    signal = data[data.attrs["signal"]]
    axes = data.attrs["axes"]
    assert len(axes) == signal.ndim
    return signal, {name: data[name] for name in axes if name != "."}


@pytest.mark.parametrize("write", [export_product, write_result])
def test_viewers_show_the_object_at_once_with_axes_in_metres(tmp_path, moved, write):
    with h5py.File(write(tmp_path / "p.h5", moved)) as file:
        signal, axes = plot_of(file)
        assert signal == file["object"]
        for name, count in zip("yx", signal.shape[1:], strict=True):
            assert axes[name].shape == (count,)
            assert axes[name].attrs["units"] == "m"
            np.testing.assert_allclose(np.diff(axes[name][:]), PIXEL)
            assert axes[name][:].mean() == pytest.approx(0, abs=1e-20)


def test_axes_are_in_pixels_where_their_size_is_not_known(tmp_path, moved):
    with h5py.File(export_product(tmp_path / "p.h5", replace(moved, pixel_size_m=None))) as file:
        _, axes = plot_of(file)
        assert [axis.attrs["units"] for axis in axes.values()] == ["px", "px"]
        assert axes["x"][1] - axes["x"][0] == 1


def test_a_scan_shows_its_truth_else_its_patterns(tmp_path, scan):
    from ptygui.files.scans import write_scan

    with h5py.File(write_scan(tmp_path / "s.h5", scan)) as file:
        assert plot_of(file)[0] == file["truth"]
    with h5py.File(write_scan(tmp_path / "m.h5", scan.noted(truth=None, simulated=False))) as file:
        signal, axes = plot_of(file)
        assert signal == file["patterns"]
        assert list(axes) == ["y", "x"]


# ---------------------------------------------------------------------- other programs, where installed


def test_ptychodus_reads_a_product_and_every_patch_of_it(tmp_path, moved):
    io = pytest.importorskip("ptychodus.api.io", reason="Ptychodus is not installed")
    from ptychodus.api.interpolate import BarycentricArrayInterpolator

    product = io.load_product(export_product(tmp_path / "p.h5", moved))
    obj, geometry = product.object_.get_array(), product.object_.get_geometry()
    assert product.metadata.photon_energy_eV == pytest.approx(12398.42, rel=1e-6)
    np.testing.assert_array_equal(product.probes.get_array()[0, 0], moved.probe)
    places = np.stack(
        [
            geometry.map_probe_positions_to_object_y_px(product.probe_positions),
            geometry.map_probe_positions_to_object_x_px(product.probe_positions),
        ],
        1,
    )
    margin = (np.array(obj.shape[1:]) - moved.span) // 2
    width = moved.probe.shape[0]
    np.testing.assert_allclose(places - (width - 1) / 2 - margin, moved.refined_positions, atol=1e-6)
    reader = BarycentricArrayInterpolator(obj)
    for k, (y, x) in enumerate(places):
        patch = reader.get_patch(x, y, width, width)
        assert patch.shape == (1, width, width)
        if k == 0:  # it did not move: whole pixels
            row, column = np.rint(moved.positions[0]).astype(int)
            np.testing.assert_allclose(
                patch[0], moved.obj[row : row + width, column : column + width], atol=1e-5
            )


@pytest.mark.parametrize("write", [export_product, write_result])
def test_silx_finds_the_default_plot(tmp_path, moved, write):
    nxdata = pytest.importorskip("silx.io.nxdata", reason="silx is not installed")
    import silx.io

    with silx.io.open(str(write(tmp_path / "p.h5", moved))) as file:
        plot = nxdata.get_default(file, validate=True)
        assert plot is not None
        assert plot.is_valid
        assert plot.signal.shape[1:] == tuple(
            np.array(moved.span) + 2 * file["object"].attrs["ptygui_margin_px"]
        )
        assert plot.axes_names == [None, "y (m)", "x (m)"]
