"""Layout: what is where in a file, and how it is stored, as plain text values that a recipe can hold."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from ptygui.errors import InputError

AXES = "kijyx"


@dataclass(frozen=True)
class Layout:
    """What is where in a file; an empty text means: not said.

    Names of data sets may be `FILE::NAME`, of another file beside. Quantities are a number with a unit
    ("8.8keV"), or the name of a data set, whose `units` attribute counts, with a unit after it if it has none
    ("/entry/energy keV").

    Attributes
    ----------
    patterns : str
        The diffraction patterns.
    axes : str
        One letter per axis of the patterns: k frame, i scan row, j scan column, y detector row, x detector
        column, 1 for an axis to drop.
    values : {"", "counts", "amplitudes"}
        Amplitudes are squared; unless said, whole numbers are counts.
    positions : str
        One data set (K, 2) or (2, K), or two separated by a comma.
    positions_axes : {"", "xy", "yx"}
        Which column, or data set, comes first: that of x (detector columns) or y. By default x.
    positions_unit : str
        px, m, mm, um, nm, A; by default the `units` attribute.
    step : str
        Distance of neighbours of a grid scan, if there are no positions: a quantity, also in px, or two with
        a comma between: of rows and of columns.
    grid : str
        Rows and columns of the grid scan whose frames are a list, row by row: "16,32".
    rotation : str
        An angle that the positions of a grid are turned by, "-126deg".
    probe, mask, dark : str
        Data sets.
    mask_good : {"", "zero", "nonzero"}
        Which values of the mask are good pixels; by default nonzero for bool, zero for whole numbers.
    energy, wavelength, distance, detector_pixel, pixel_size : str
        Quantities; `pixel_size` is of the object.
    beam : {"", "photons", "electrons"}
        What the energy is of.
    """

    patterns: str = ""
    axes: str = ""
    values: str = ""
    positions: str = ""
    positions_axes: str = ""
    positions_unit: str = ""
    step: str = ""
    grid: str = ""
    rotation: str = ""
    probe: str = ""
    mask: str = ""
    mask_good: str = ""
    dark: str = ""
    energy: str = ""
    wavelength: str = ""
    distance: str = ""
    detector_pixel: str = ""
    pixel_size: str = ""
    beam: str = ""

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in ("", *allowed):
                raise InputError(
                    f"{name.replace('_', ' ')} is {getattr(self, name)!r}, expected {' or '.join(allowed)}"
                )
        if self.axes and (set(self.axes) - set(AXES + "1") or not _axes_are_whole(self.axes)):
            raise InputError(
                f"axes are {self.axes!r}, expected y and x once each, and k, or i and j, as in kyx, ijyx, yxk"
            )

    def __bool__(self) -> bool:
        return any(vars(self).values())

    def over(self, other: "Layout") -> "Layout":
        """A layout that says what this one says, and what another one says where this one is silent."""
        return replace(other, **{name: value for name, value in vars(self).items() if value})

    def asdict(self) -> dict[str, str]:
        """What is said, by name."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def of(cls, values: Any) -> "Layout":
        """From a mapping, such as that of a recipe; unknown names are refused."""
        known = {field.name for field in fields(cls)}
        if not isinstance(values, dict) or set(values) - known:
            extra = sorted(set(values) - known) if isinstance(values, dict) else values
            raise InputError(f"a layout holds {extra!r}, expected some of {', '.join(sorted(known))}")
        if not all(isinstance(value, str) for value in values.values()):
            raise InputError("a layout holds a value that is not text")
        return cls(**values)


_CHOICES = {
    "values": ("counts", "amplitudes"),
    "positions_axes": ("xy", "yx"),
    "mask_good": ("zero", "nonzero"),
    "beam": ("photons", "electrons"),
}


def _axes_are_whole(axes: str) -> bool:
    frames = sorted(set(axes) & set("kij"))
    once = all(axes.count(letter) <= 1 for letter in AXES)
    return once and "y" in axes and "x" in axes and frames in (["k"], ["i", "j"], [])
