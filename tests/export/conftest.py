"""A result of three steps whose positions moved, and its scan, with all lengths known."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import history_of

from ptygui.export.exported import Exported
from ptygui.files.result import Result
from ptygui.files.source import Source
from ptygui.methods import RPIE

PIXEL, WAVELENGTH, DISTANCE = 2e-8, 1e-10, 0.5


@pytest.fixture
def known(scan):
    """The scan with a mask, as if measured."""
    mask = np.ones((scan.width, scan.width), bool)
    mask[3, 5] = False
    lengths = {"pixel_size_m": PIXEL, "wavelength_m": WAVELENGTH, "distance_m": DISTANCE}
    return scan.noted(**lengths, mask=mask, name="sample ⌀ 7")


@pytest.fixture
def result(known):
    away = known.positions + np.array([0.4, -1.7]) * np.linspace(0, 1, len(known))[:, None]
    history = history_of(known, 3)
    history.frames[-1] = replace(history.frames[-1], positions=away)
    made = Result.of(known, RPIE(iterations=3), history, seed=4, device="cpu")
    return replace(made, source=Source("scan.cxi", "0" * 64))


@pytest.fixture
def both(result, known):
    return Exported(result, known)
