"""How a measured scan is prepared: one set of options for the command line, the window and Python."""

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ptygui.errors import InputError
from ptygui.options import Options, flag_of, option, shown, switch
from ptygui.prepare.drawn import shapes_of

MASKS = ("auto", "file", "none")
_RANGE = re.compile(r"-?\d*(:-?\d*(:-?\d+)?)?")


@dataclass(frozen=True)
class Preparation(Options):
    """What is done to the patterns of a file before they are a scan."""

    label: ClassVar[str] = "preparation"

    frames: str = option(
        "all", help="which frames: START:STOP:STEP or numbers from 0, separated by commas; ::2 is every "
        "other one"
    )  # fmt: skip
    mask: str = option(
        "auto", kind="file", suggested=(*MASKS, "FILE"),
        help="bad pixels: those of the file and what looks bad (auto), of the scan's file alone (file), "
            "none, "
        "or a mask from another file; values that are no counts are always masked",
    )  # fmt: skip
    drawn: str = option(
        "", help="bad pixels drawn by hand, over those found: box ROW COLUMN HEIGHT WIDTH; ellipse ROW "
        "COLUMN HALF-HEIGHT HALF-WIDTH; brush RADIUS ROW COLUMN ...; erase before one makes pixels good",
    )  # fmt: skip
    dark: str = option("", kind="file", help="a dark frame, or a stack of them, to subtract: PATH[::KEY]")
    threshold: float = option(
        0, min=0, max=1e9, help="counts below this are set to 0: more removes more noise"
    )
    recentre: str = switch(
        help="bring the beam to the middle of the patterns; auto: if it is clearly not there"
    )
    crop: int = option(
        0, min=0, max=16384, unit="px",
        help="width of the square about the beam that is kept: less is faster and coarser; 0 keeps all",
    )  # fmt: skip
    bin: int = option(
        1, min=1, max=64, help="detector pixels along each axis that are summed to one: more is faster; the "
        "probe must fit in the smaller window",
    )  # fmt: skip

    turn: float = option(
        0, min=-360, max=360, unit="deg",
        help="angle by which the positions are turned about their middle, counter-clockwise as pictures show "
        "them: if the scan axes lie askew on the detector's",
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.frames:  # as earlier versions stored it
            object.__setattr__(self, "frames", "all")
        shapes_of(self.drawn)

    @property
    def told(self) -> str:
        """The options that differ from their defaults, as on the command line; empty if none does."""
        said = {name: shown(value) for name, value in self.changed().items()}
        return " ".join(f"{flag_of(name)} {repr(v) if ' ' in v else v}" for name, v in said.items())

    def chosen(self, count: int) -> np.ndarray:
        """Indices of the frames that are asked for, of so many.

        Raises
        ------
        InputError
            If it is not understood, or names no frame.
        """
        which: list[np.ndarray] = []
        for part in (":" if self.frames == "all" else self.frames).split(","):
            part = part.strip()
            if not part or not _RANGE.fullmatch(part):
                raise InputError(
                    f"frames is {self.frames!r}, expected all, START:STOP:STEP or numbers, such as "
                    f"0:200, ::2 or 3,5"
                )
            numbers = [int(n) if n else None for n in part.split(":")]
            if len(numbers) == 3 and numbers[2] == 0:
                raise InputError(f"frames is {self.frames!r}: a step of 0 never arrives")
            if len(numbers) == 1:
                at = numbers[0] or 0
                if not -count <= at < count:
                    raise InputError(f"frames is {self.frames!r}, the scan has {count} frames, from 0")
                which.append(np.array([at % count]))
            else:
                which.append(np.arange(count)[slice(*numbers)])
        found = np.unique(np.concatenate(which))
        if not len(found):
            raise InputError(f"frames is {self.frames!r}, which is none of the scan's {count} frames")
        return found
