"""Exported: what is exported, a result, a scan, or both."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ptygui.errors import InputError
from ptygui.files.about import about_result, about_scan
from ptygui.files.result import Result
from ptygui.files.source import Source
from ptygui.scan import Scan


def beam_of(exported: "Exported") -> dict[str, np.ndarray]:
    """Weights of the positions and background: refined ones, else those of the scan; none if not known."""
    result, scan = exported.result, exported.scan
    weights = None if result is None else result.beam_weights
    background = None if result is None or result.last is None else result.last.background
    if scan is not None:
        weights = scan.weights if weights is None else weights
        background = scan.background if background is None else background
    found = {"weights": weights, "background": background}
    return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, eq=False)
class Exported:
    """What is exported: a result, a scan, or both.

    Attributes
    ----------
    result : Result, optional
    scan : Scan, optional
        With its patterns; that of the result, if there is one.
    source : Source, optional
        The file of the scan.
    """

    result: Result | None = None
    scan: Scan | None = None
    source: Source | None = None

    def __post_init__(self) -> None:
        if self.result is not None and self.scan is not None and not self.scan.fits(self.result):
            raise InputError(
                f"{self.scan.name} is not the scan of {self.result.name}: positions, probe or object differ"
            )

    def has(self, need: str) -> bool:
        """Whether there is what a form needs, of `NEEDS`."""
        result = self.result
        return {
            "result": result is not None,
            "steps": result is not None and bool(result.frames),
            "curves": result is not None and bool(result.numbers.get("index")),
            "scan": self.scan is not None,
            "either": result is not None or self.scan is not None,
        }[need]

    @property
    def given(self) -> Result:
        """The result, for forms that need one."""
        if self.result is None:
            raise InputError("there is no result to write: give one")
        return self.result

    @property
    def measured(self) -> Scan:
        """The scan, for forms that need one."""
        if self.scan is None:
            raise InputError("there are no diffraction patterns to write: give the scan")
        return self.scan

    @property
    def pixel_size_m(self) -> float | None:
        """Size of a pixel of the object [m], if known."""
        return self.given.pixel_size_m if self.scan is None else self.scan.pixel_size_m

    @cached_property
    def about(self) -> dict[str, Any]:
        """The record of what was exported, in plain values."""
        if self.result is None:
            return about_scan(self.measured, self.source)
        about = about_result(self.result)
        if about["scan"] is None and self.source is not None:
            about["scan"] = self.source._asdict()
        return about
