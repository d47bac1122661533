"""The style of the program: palette, sizes and fonts, which everything that is drawn takes from here."""

from functools import cache
from typing import NamedTuple

GRID = 4  # px, of which distances are multiples
ROW = 6  # pixels between the controls of a row; otherwise as little as between rows
BARS = 9  # pixels above and below upright colour bars: half of the number at an end fits there
EDGE = 10  # pixels between and around items: half of a label at the end of an axis fits there
SMALL, NORMAL, LARGE = 11, 12, 18  # sizes of type [px]: in pictures and plots, of all else, of headings
CURVE, FLOOR, MARKER = "#3f8fd2", "#c07832", "#d0524a"  # lines, readable on dark and light backgrounds


LEAST = 4.5  # contrast of texts


class Tone(NamedTuple):
    """The colours of a theme. Texts have a contrast of 4.5 : 1 at least to what they stand on."""

    window: str
    base: str  # of fields and lists
    alternate: str  # every second row
    button: str
    text: str
    dimmed: str  # of hints, and of what is disabled
    accent: str  # what is selected or switched on, under white text; the one accent
    link: str  # text in the accent's colour
    good: str  # text that says that something is well
    warning: str
    bad: str
    border: str


DARK = Tone(
    window="#1e2125", base="#16181b", alternate="#1b1e21", button="#2a2e33", text="#e4e6e9", dimmed="#969ca4",
    accent="#2c6fb5", link="#6cb2f2", good="#54c08a", warning="#e0a84a", bad="#f0857c", border="#3a3f46",
)  # fmt: skip
LIGHT = Tone(
    window="#f3f4f6", base="#ffffff", alternate="#f7f8fa", button="#e9ebee", text="#16181b", dimmed="#626971",
    accent="#2064a8", link="#1a5fa3", good="#1a7044", warning="#8a5a00", bad="#b3342b", border="#c9cdd3",
)  # fmt: skip


def tone(dark: bool) -> Tone:
    """The colours of the dark or of the light theme."""
    return DARK if dark else LIGHT


def contrast(one: str, other: str) -> float:
    """The contrast of two colours "#rrggbb" by WCAG 2.1: 1 for equal ones, 21 for black and white."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@cache
def readable(colour: str, ground: str) -> str:
    """A colour of about this hue that has enough contrast for text on a ground."""
    to = 255 if _luminance(ground) < 0.18 else 0
    parts = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    for share in range(0, 105, 5):
        found = "#" + "".join(f"{round(part + (to - part) * share / 100):02x}" for part in parts)
        if contrast(found, ground) >= LEAST:
            return found
    return found


def _luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
