"""Where a probe falls on an object: what the map shows."""

from dataclasses import dataclass

import numpy as np

from ptygui.physics.positions import step_length
from ptygui.physics.probe import energy_diameter
from ptygui.scan import Scan


@dataclass(frozen=True, eq=False)
class Footprints:
    """Positions (K, 2) of a probe of `width` px whose 90 % energy lies in `diameter` px.

    `step` [px] and `overlap` (linear, of the reference length) are as asked for, or as measured.
    """

    positions: np.ndarray
    width: int
    diameter: float
    shape: tuple[int, int]
    step: float
    overlap: float
    obj: np.ndarray | None = None

    @classmethod
    def of(cls, scan: Scan) -> "Footprints":
        """Of a scan as it is."""
        step = step_length(scan.positions)
        diameter = energy_diameter(scan.probe)
        overlap = 1 - step / scan.width
        return cls(scan.corners, scan.width, diameter, scan.object_shape, step, overlap, scan.truth)
