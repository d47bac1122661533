"""The prior's share in every file: written, and read back."""

import json
from dataclasses import replace

import h5py
import numpy as np
import pytest
import tifffile

from ptygui.analysis.coverage import coverage_of, shares_of
from ptygui.export.exported import Exported
from ptygui.export.forms import form_named
from ptygui.figures.draw import write_figure
from ptygui.figures.page import Page
from ptygui.figures.result_figure import result_figure
from ptygui.files.about import about_step
from ptygui.files.geometry_file import read_geometry
from ptygui.files.margin import SHARE
from ptygui.files.result_run import read_run
from ptygui.files.results import read_result, write_result


@pytest.fixture
def shared(result):
    """A result whose prior decides one corner, and that has a corner without light."""
    share = np.linspace(0, 0.4, result.obj.size, dtype=np.float32).reshape(result.obj.shape)
    rows, columns = result.offset
    share[rows : rows + 6, columns : columns + 8] = 0.9
    share[rows : rows + 3, columns : columns + 4] = np.nan
    return replace(result, frames=(*result.frames[:-1], replace(result.frames[-1], prior_share=share)))


def test_a_result_file_keeps_it(tmp_path, shared):
    path = write_result(tmp_path / "r.h5", shared)
    np.testing.assert_array_equal(read_result(path).prior_share, shared.prior_share)
    assert read_result(path).frames[0].prior_share is None
    with h5py.File(path) as file:
        assert file[SHARE].shape == file["object"].shape[1:]
        assert "NaN where nothing was lit" in file[SHARE].attrs["definition"]
    assert read_run(path).last.prior_share.shape == shared.object_shape


@pytest.mark.parametrize("key", ["product", "npz", "cxi"])
def test_what_other_programs_read_has_it(tmp_path, shared, key):
    form = form_named(key)
    path = tmp_path / f"e{form.suffixes[0]}"
    form.write(path, Exported(shared))
    back = read_geometry(path).as_result()
    assert back.prior_share.shape == back.obj.shape
    margin = (np.array(back.obj.shape) - shared.cropped.shape) // 2
    inner = back.prior_share[margin[0] :, margin[1] :][: shared.span[0], : shared.span[1]]
    np.testing.assert_array_equal(inner, shared.crop(shared.prior_share))


def test_a_share_that_is_none_is_not_read(tmp_path, shared):
    form_named("product").write(path := tmp_path / "e.h5", Exported(shared))
    for wrong in (np.full(shared.span, 0.5, np.float32), None):
        with h5py.File(path, "r+") as file:
            shape = file["object"].shape[1:]
            del file[SHARE]
            file[SHARE] = np.full(shape, 7.0, np.float32) if wrong is None else wrong
        assert read_geometry(path).as_result().prior_share is None


def test_it_is_a_picture_and_in_the_record(tmp_path, shared):
    files = form_named("tiff").write(tmp_path, Exported(shared))
    (path,) = (path for path in files if path.name.endswith("_prior_share.tif"))
    np.testing.assert_array_equal(tifffile.imread(path), shared.crop(shared.prior_share))
    (record,) = (path for path in files if path.suffix == ".json" and "probe" not in path.name)
    said = json.loads(record.read_text())["prior_share"]
    assert said["not_covered"] == pytest.approx(12 / np.prod(shared.span))
    assert said["prior_decides"] == pytest.approx((48 - 12) / np.prod(shared.span))
    assert 0 < said["prior"] < 0.5
    assert about_step(shared, shared.last)["prior_share"] == said
    assert about_step(shared, shared.frames[0])["prior_share"] is None


def test_shares_are_told_in_words(shared, known):
    shares = shares_of(shared.crop(shared.prior_share))
    words = f"prior {100 * shares.prior:.0f} %, not lit {100 * shares.not_covered:.0f} %"
    assert str(shares) == words
    assert str(replace(shares, prior=None)).startswith("not lit")
    assert str(replace(shares, prior=0.004)).startswith("prior under 1 %")
    found = coverage_of(known, shared.prior_share)
    assert found.shares.not_covered == pytest.approx(shares.not_covered)


def test_a_figure_is_striped_where_no_data_decide(tmp_path, shared):
    path = write_result(tmp_path / "r.h5", shared)
    bare, striped = result_figure(path), result_figure(path, stripes=True)
    assert all(panel.striped is None for panel in bare.panels)
    assert [panel.striped is not None for panel in striped.panels].count(True) == 2
    assert "Striped: prior" in striped.caption
    one, other = (
        write_figure(tmp_path / f"{k}.png", figure, Page("png", 88, 100)).read_bytes()
        for k, figure in enumerate((bare, striped))
    )
    assert one != other
