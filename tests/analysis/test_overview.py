"""Mean pattern and counts of each, without masked pixels."""

from dataclasses import replace

import numpy as np
import pytest

from ptygui.analysis.overview import overview_of


@pytest.mark.parametrize("of_each", [False, True])
def test_masked_pixels_count_nowhere(scan, of_each, monkeypatch):
    monkeypatch.setattr("ptygui.scan.CHUNK_VALUES", 5 * 16 * 16)  # in parts
    mask = np.ones((16, 16), bool)
    mask[4, 5] = False
    patterns = np.array(scan.patterns)
    patterns[:, 4, 5] = 1e9
    masks = np.repeat(mask[None], len(scan), 0)
    if of_each:
        masks[0, 7] = False
        patterns[0, 7] = 1e9
    found = overview_of(replace(scan, patterns=patterns, mask=masks if of_each else mask))
    np.testing.assert_allclose(found.totals, np.where(masks, patterns, 0).sum((1, 2)), rtol=1e-6)
    assert np.isnan(found.mean[4, 5])
    others = np.where(masks, patterns, np.nan)[:, mask]
    np.testing.assert_allclose(found.mean[mask], np.nanmean(others, 0), rtol=1e-5)
