"""A first look at what a layout makes of a file: a short reconstruction of a few frames."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ptygui.analysis.verdict import misfit_text
from ptygui.errors import InputError
from ptygui.files.layout.layout import Layout
from ptygui.files.limits import reading
from ptygui.files.scans import read_measured, read_scan
from ptygui.prepare.preparation import Preparation

FRAMES, SWEEPS = 36, 30


@dataclass(frozen=True, eq=False)
class QuickLook:
    """A short reconstruction, or why there is none.

    Attributes
    ----------
    phase : float32 array, shape (H, W), optional
        Of the object where the frames lie [rad].
    text : str
        What it is of and how well it fits, or what is wrong.
    """

    phase: np.ndarray | None
    text: str


def quick_look(path: Path, layout: Layout, allow_links: bool = False) -> QuickLook:
    """Reconstruct the frames about the middle of a scan shortly, by rPIE with probe refinement.

    A probe that the file does not hold is searched for. Nothing is raised.
    """
    from ptygui.experiment.reconstruct import reconstruct
    from ptygui.methods import RPIE

    try:
        with reading(path):
            places = read_measured(path, layout=layout, allow_links=allow_links).positions
        away = np.linalg.norm(places - np.median(places, axis=0), axis=1)
        some = np.sort(np.argsort(away, kind="stable")[:FRAMES])
        chosen = Preparation(frames=",".join(map(str, some)))
        scan = read_scan(path, layout=layout, allow_links=allow_links, preparation=chosen)
        *_, last = reconstruct(
            scan, RPIE(iterations=SWEEPS, probe_update="yes"), device="cpu", interval=np.inf
        )
    except InputError as error:
        return QuickLook(None, str(error))
    if last is None:
        return QuickLook(None, "the reconstruction has no result")
    fit = misfit_text(last.misfit, last.noise_floor)
    text = f"a first reconstruction of {len(scan)} frames about the middle, {SWEEPS} sweeps of rPIE: {fit}"
    return QuickLook(np.angle(last.obj[scan.span]).astype(np.float32), text)
