"""Files of PtyLab: input with `ptychogram` and `encoder`, and reconstructions."""

from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files.foreign import foreign_result
from ptygui.files.formats.base import Contents, Format
from ptygui.files.hdf5 import Hdf5, open_hdf5, positive
from ptygui.files.limits import real_numbers
from ptygui.files.measured import Measured
from ptygui.files.optics import Optics, in_pixels
from ptygui.files.patterns_on_disk import patterns_in
from ptygui.files.result import Result
from ptygui.files.stack import Frames, mapped


def is_ptylab(found: Contents) -> bool:
    """Whether it is input of PtyLab, of conventional or Fourier ptychography."""
    return isinstance(found, Hdf5) and found.dataset("ptychogram") is not None


def is_ptylab_result(found: Contents) -> bool:
    """Whether it holds object and probe of six axes, as PtyLab keeps them."""
    if not isinstance(found, Hdf5):
        return False
    return all((item := found.dataset(name)) is not None and item.ndim == 6 for name in ("object", "probe"))


def read_ptylab(path: Path, pixel_size_m: float | None = None, allow_links: bool = False) -> Measured:
    """Read `ptychogram` (K, m, m) and `encoder` (K, 2) in metres: row first, as PtyLab's code takes it."""
    with open_hdf5(path, allow_links) as file:
        if file.dataset("zo") is None and file.dataset("zled") is not None:
            raise InputError(
                f"{path} is of Fourier ptychography (it states zled): give a scan with positions, zo and dxd"
            )
        metres = file.reals("encoder")
        patterns = patterns_in(file, "ptychogram", positions=metres)
        notes = ["layout of PtyLab: the first column of encoder is the row, as in its code"]
        if metres.ndim == 2 and metres.shape[0] == 2 and metres.shape[1] == len(patterns) != 2:
            metres = metres.T
            notes.append("encoder was transposed: it has the axes the other way round")
        if metres.shape != (len(patterns), 2):
            raise InputError(f"{path}: encoder is {metres.shape}, expected {len(patterns)} x 2 [m]")
        turn = file.number("orientation")
        if turn:
            patterns, said = _turned(path, patterns, turn)
            notes.append(said)
        diameter = positive(file.number("entrancePupilDiameter"))
        if diameter:
            notes.append(f"the file states a beam of {diameter:.4g} m on the sample (entrancePupilDiameter)")
        detector = positive(file.number("dxd"))
        optics = Optics(
            positive(file.number("wavelength")),
            positive(file.number("zo")),
            (detector, detector) if detector else None,
        )
        return in_pixels(path, patterns, metres, optics, pixel_size_m, notes=notes)


def read_ptylab_result(path: Path) -> Result:
    """Read object and probe, axes wavelength, object mode, probe mode, slice, row, column."""
    with open_hdf5(path) as file:
        obj, probe = file.array("object"), file.array("probe")
        pixel = positive(file.number("dxp", "dxo"))
        places, encoder = None, file.dataset("encoder_corrected", "encoder")
        if encoder is not None and encoder.ndim == 2 and encoder.shape[1] == 2 and pixel:
            places = real_numbers(path, encoder.name, file.read(encoder)) / pixel
        return foreign_result(
            path,
            obj,
            probe[..., 0, :, :],
            places,
            pixel,
            positive(file.number("wavelength")),
            positive(file.number("zo")),
        )


def _turned(path: Path, patterns: Frames, number: float) -> tuple[Frames, str]:
    """Frames in an orientation of ptypy, which PtyLab follows: transposed (4), rows (2), columns (1)."""
    if number not in range(8):
        raise InputError(f"{path}: orientation is {number:g}, expected a whole number from 0 to 7")
    turn = int(number)
    rows, columns = (-1 if turn & bit else 1 for bit in (2, 1))

    def change(frames: np.ndarray) -> np.ndarray:
        frames = frames.transpose(0, 2, 1) if turn & 4 else frames
        return frames[:, ::rows, ::columns]

    parts = [
        word for bit, word in ((4, "transposed"), (2, "rows reversed"), (1, "columns reversed")) if turn & bit
    ]
    return mapped(patterns, change), f"orientation {turn} of the file: each frame {', '.join(parts)}"


DATA: Format = Format(
    "ptylab", "PtyLab scan", "scan", is_ptylab, (".hdf5", ".h5"), read_ptylab,
    takes=("pixel_size_m", "allow_links"),
)  # fmt: skip
RESULT: Format = Format(
    "ptylab-result",
    "PtyLab reconstruction",
    "result",
    is_ptylab_result,
    (".hdf5",),
    result=read_ptylab_result,
)
