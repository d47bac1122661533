"""Reads and writes scans: `read_scan` reads every format of `FORMATS`, `write_scan` writes ptygui's own."""

from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files import formats
from ptygui.files.beam_window import strongest
from ptygui.files.checked import checked_shapes
from ptygui.files.formats.base import Format
from ptygui.files.formats.frames import folder_layout
from ptygui.files.formats.own_scan import write_scan
from ptygui.files.layout.guess import guess_layout
from ptygui.files.layout.layout import Layout
from ptygui.files.layout.read import read_layout
from ptygui.files.limits import check_length, reading
from ptygui.files.mask_files import found_masks
from ptygui.files.measured import ESTIMATE, Measured, matched_probe
from ptygui.files.probes import ProbeFile, fitted
from ptygui.files.recognise import recognise, scan_format
from ptygui.files.scan_from import scan_of
from ptygui.files.stack import Stack
from ptygui.physics.orientation import Orientation
from ptygui.prepare.preparation import Preparation
from ptygui.scan import Scan

__all__ = ["files_beside", "read_measured", "read_scan", "read_start", "recognise", "with_probe"]
__all__ += ["write_scan"]

OBJECT_USES = ("no", "truth")
_UNKNOWN = ("arrays", "image", None)  # kinds that may be a scan if the user says what is where in them


def read_scan(
    path: str | PathLike[str],
    *,
    metadata: str | PathLike[str] | None = None,
    probe: np.ndarray | str | None = None,
    use_object: str = "no",
    pixel_size_m: float | None = None,
    swap_axes: bool = False,
    flip_rows: bool = False,
    flip_columns: bool = False,
    zero_frequency: str = "auto",
    allow_links: bool = False,
    layout: Layout | None = None,
    preparation: Preparation | None = None,
    find_probe: bool = True,
) -> Scan:
    """Read a scan of any known format; `Scan.notes` says what was assumed or changed.

    Parameters
    ----------
    path : path
        ptygui's HDF5, CXI, tike NPZ (also .bz2), the patterns of a pty-chi pair: any of `FORMATS`.
    metadata : path, optional
        The second file of a pair, if it is not found next to the first by its name.
    probe : complex array, shape (m, m) or modes (M, m, m), or "estimate", optional
        Used instead of the file's; cut or padded if the patterns have another width. "estimate" makes one
        from the patterns.
    use_object : {"no", "truth"}
        Whether an object in a pty-chi pair is used as the truth; see also `read_start`.
    pixel_size_m : float, optional
        Object pixel [m] if the file's is missing or wrong.
    swap_axes, flip_rows, flip_columns : bool
        Transform positions (in this order), if a file's axes are not those of its format.
    zero_frequency : {"auto", "centre", "corner"}
        Where it is in the file's patterns; "auto" uses the format's rule or the mean pattern.
    allow_links : bool
        Follow links into other files of the same folder.
    layout : Layout, optional
        What is where in a file of no known layout, or in one without positions. What it does not say is
        taken from the file where that says it, the patterns also by a guess, which is noted.
    preparation : Preparation, optional
        Which frames, and how they are masked, recentred, cropped and binned. Without it the patterns of
        other programs are inspected: bad pixels are masked and frames that are no measurement left out.
    find_probe : bool
        Search for the probe of a file without one, which takes some seconds (`experiment.probe_search`);
        otherwise it is the mean pattern in focus.

    Returns
    -------
    Scan
        In pixels and photon counts, zero frequency in the centre; lengths [m] if the file has them.

    Raises
    ------
    InputError
        Naming the file, what is wrong and what to do.
    """
    if pixel_size_m is not None:
        check_length("pixel size", pixel_size_m)
    if isinstance(probe, str) and probe != ESTIMATE:
        raise InputError(f"probe is {probe!r}, expected an array or {ESTIMATE}")
    turns = Orientation(swap_axes, flip_rows, flip_columns)
    if use_object not in OBJECT_USES:
        raise InputError(f"use of the object is {use_object!r}, expected one of {', '.join(OBJECT_USES)}")
    path, found = _read(path, metadata, pixel_size_m, allow_links, layout)
    preparation = preparation or Preparation()
    if isinstance(found, Scan):
        if zero_frequency == "corner":
            raise InputError(f"{path} is a ptygui scan, whose zero frequency is always in the centre")
        found = _plausible(path, found)
        if preparation.changed():
            found = _prepared(path, found, preparation)
        return _adjusted(path, found, probe, turns)
    masks = found_masks(preparation, found.patterns.shape[-2:])
    scan, obj = scan_of(found, probe, turns, zero_frequency, preparation, masks, find_probe)
    if use_object == "truth":
        if obj is None:
            raise InputError(f"{path}: there is no object that fits these positions: omit the truth")
        return scan.noted("the file's object is used as the truth", truth=obj)
    return scan


def read_measured(
    path: str | PathLike[str],
    *,
    metadata: str | PathLike[str] | None = None,
    pixel_size_m: float | None = None,
    allow_links: bool = False,
    layout: Layout | None = None,
) -> Measured:
    """The content of a scan file as it is, before any preparation; parameters are those of `read_scan`."""
    path, found = _read(path, metadata, pixel_size_m, allow_links, layout)
    return checked_shapes(_as_measured(path, found) if isinstance(found, Scan) else found)


def read_start(
    path: str | PathLike[str],
    *,
    metadata: str | PathLike[str] | None = None,
    pixel_size_m: float | None = None,
    zero_frequency: str = "auto",
    allow_links: bool = False,
    layout: Layout | None = None,
    preparation: Preparation | None = None,
) -> np.ndarray:
    """The object in a pty-chi pair, cropped to `object_shape` of the same scan: a start for a method."""
    path, found = _read(path, metadata, pixel_size_m, allow_links, layout)
    obj = None
    if not isinstance(found, Scan):
        preparation = preparation or Preparation()
        masks = found_masks(preparation, found.patterns.shape[-2:])
        obj = scan_of(found, None, Orientation(), zero_frequency, preparation, masks, find_probe=False)[1]
    if obj is None:
        raise InputError(f"{path} holds no object to start from: give one with --start")
    return obj


def files_beside(path: str | PathLike[str]) -> list[Path]:
    """Files that may be read with a scan because of its name."""
    found = (one.beside(Path(path)) for one in formats.FORMATS if one.beside is not None)
    return [beside for beside in found if beside is not None]


def _read(
    path: str | PathLike[str],
    metadata: str | PathLike[str] | None,
    pixel_size_m: float | None,
    allow_links: bool,
    layout: Layout | None = None,
) -> tuple[Path, Measured | Scan]:
    """The result of the format's reader with the keywords that it takes; else the pixel size is set here."""
    path = Path(path)
    one = None if layout and recognise(path, allow_links) in _UNKNOWN else scan_format(path, allow_links)
    if one is None or one.layout is not None:
        if metadata is not None:
            raise InputError(f"{path}: --metadata does not apply to a file of this kind: use --positions")
        whole = _whole_layout(path, one, layout, pixel_size_m, allow_links)
        with reading(path):
            return path, read_layout(path, whole, allow_links)
    if layout:
        raise InputError(
            f"{path} is a {one.title}, whose layout is known: {', '.join(layout.asdict())} cannot be set"
        )
    if one.read is None:
        raise ValueError(f"the format {one.key} is opened as a scan and has no reader")
    if metadata is not None and "metadata" not in one.takes:
        raise InputError(
            f"{path} is a {one.title}, which has no second file: omit the metadata file {metadata}"
        )
    told = {
        "metadata": None if metadata is None else Path(metadata),
        "pixel_size_m": pixel_size_m,
        "allow_links": allow_links,
    }
    with reading(path):
        found = one.read(path, **{name: told[name] for name in one.takes})
    if pixel_size_m and "pixel_size_m" not in one.takes:
        notes = () if isinstance(found, Scan) else (f"pixel size given by the user: {pixel_size_m:.4g} m",)
        found = found.noted(*notes, pixel_size_m=pixel_size_m)
    return path, found


def _plausible(path: Path, scan: Scan) -> Scan:
    """Refuse a scan of our own without photons; scale a probe that is beside them by orders of magnitude."""
    if not scan.photons:
        raise InputError(f"{path}: all patterns are zero: is this the right scan?")
    mean = scan.photons / len(scan)
    energy = float(np.square(np.abs(scan.modes.astype(complex))).sum())
    if 1e-6 < mean / energy < 1e3:
        return scan
    factor = np.sqrt(mean / energy)
    weaker = None if scan.weaker_modes is None else (scan.weaker_modes * factor).astype(np.complex64)
    return scan.noted(
        f"WARNING: the probe's energy of {energy:.4g} counts contradicts the mean pattern's {mean:.4g}: the "
        f"probe was multiplied by {factor:.4g}",
        probe=(scan.probe * factor).astype(np.complex64),
        weaker_modes=weaker,
    )


def _as_measured(path: Path, scan: Scan) -> Measured:
    """A scan of our own as if its file were another program's."""
    if scan.held_out is not None:
        raise InputError(f"{path} is thinned: prepare the whole scan, and thin it then")
    return Measured(
        path,
        scan.patterns if isinstance(scan.patterns, Stack) else scan.patterns[:],
        scan.positions,
        scan.modes,
        scan.weights,
        scan.mask,
        background=scan.background,
        centred=True,
        pixel_size_m=None if scan.pixels_m is None else (scan.pixels_m[0], scan.pixels_m[1]),
        wavelength_m=scan.wavelength_m,
        distance_m=scan.distance_m,
        name=scan.name,
        notes=scan.notes,
    )


def _prepared(path: Path, scan: Scan, preparation: Preparation) -> Scan:
    content = _as_measured(path, scan)
    found, _ = scan_of(content, preparation=preparation, masks=found_masks(preparation, scan.probe.shape))
    lost = [name for name in ("truth", "reference") if getattr(scan, name) is not None]
    said = (
        (f"{', '.join(lost).replace('_', ' ')} of the scan do not fit what was prepared: omitted",)
        if lost
        else ()
    )
    return found.noted(*said, simulated=scan.simulated, noise=scan.noise, specimen=scan.specimen)


def _whole_layout(
    path: Path, one: Format | None, layout: Layout | None, pixel_size_m: float | None, allow_links: bool
) -> Layout:
    """What the user says, then what the format knows; of an unknown file, only the patterns are guessed."""
    whole = layout or Layout()
    if pixel_size_m:
        whole = replace(whole, pixel_size=f"{pixel_size_m!r}m")
    if one is not None and one.layout is not None:
        return whole.over(one.layout(path, allow_links))
    if path.is_dir():
        return whole.over(folder_layout(path))
    if not whole.patterns:
        guessed = guess_layout(path, allow_links).layout
        whole = whole.over(Layout(patterns=guessed.patterns, axes=guessed.axes))
    return whole


def with_probe(scan: Scan, probe: np.ndarray) -> Scan:
    """The scan with another probe (m, m), or its modes (M, m, m), strongest first.

    It is cut or padded to the scan's window and scaled to its counts; notes say so.
    """
    found = fitted(ProbeFile(np.asarray(probe)), scan.width)
    modes, notes = matched_probe(found.probe, scan.patterns, scan.mask)
    weaker = None if modes.ndim == 2 or len(modes) == 1 else modes[1:]
    return scan.noted(*found.notes, *notes, probe=strongest(modes), weaker_modes=weaker)


def _adjusted(path: Path, scan: Scan, probe: np.ndarray | str | None, turns: Orientation) -> Scan:
    if isinstance(probe, str):
        from ptygui.experiment.probe_search import with_found_probe

        return with_found_probe(turns.turned(scan))
    if probe is not None:
        try:
            scan = with_probe(scan, probe)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
    return turns.turned(scan)
