"""The length of a scale bar, on screen and paper."""

from ptygui.figures.ticks import round_below

MOST = 0.3  # maximum share of the width of a picture
_UNITS = (1e12, "pm"), (1e9, "nm"), (1e6, "µm"), (1e3, "mm")


def length(*metres: float) -> str:
    """A length with a suitable unit, such as "461 nm"; several lengths share the unit of the longest."""
    factor, unit = unit_of(max(metres))
    return f"{', '.join(f'{each * factor:.3g}' for each in metres)} {unit}"


def unit_of(metres: float) -> tuple[float, str]:
    """The unit that suits a length: how many of it are in a metre, and its name."""
    return next(((factor, unit) for factor, unit in _UNITS if metres * factor < 999.5), (1.0, "m"))


def scale_bar(columns: float, pixel_size_m: float | None) -> tuple[float, str]:
    """A round length for a picture of this width in pixels: in pixels, and as text."""
    unit = pixel_size_m or 1.0
    value = round_below(MOST * columns * unit)
    return value / unit, length(value) if pixel_size_m else f"{value:g} px"
