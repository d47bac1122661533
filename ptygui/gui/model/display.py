"""Display: how pictures of one kind are drawn, as the user has chosen it."""

import json
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.figures.colours import ALL_MAPS, INVERTED
from ptygui.figures.levels import Levels


class Display(QObject):
    """Colours and levels of one kind of picture, such as "amplitude"; all such pictures share it.

    Attributes
    ----------
    colours : str
        One of `ALL_MAPS`, or "" for the map that suits the picture.
    inverted : bool
    unwrapped : bool
        Whether phases are drawn without their jumps of 2π.
    whole : bool
        Whether levels come from the whole picture, not only from where it is lit.
    locked : (float, float), optional
        Levels that the user has set: nothing else changes them.
    """

    changed = pyqtSignal()  # colours or levels
    unwrapped_changed = pyqtSignal(bool)

    def __init__(self, kind: str = "", parent: QObject | None = None):
        super().__init__(parent)
        self.kind, self.colours = kind, ""
        self.inverted = self.unwrapped = self.whole = False
        self.locked: Levels | None = None

    def map_named(self, default: str) -> str:
        """The map to use where `default` suits the picture."""
        name = self.colours or default
        return name + INVERTED if self.inverted else name

    def set_colours(self, name: str) -> None:
        """Use this map from now on; "" for the one that suits the picture."""
        self.colours = name
        self.changed.emit()

    def set_inverted(self, on: bool) -> None:
        """Whether the colours run the other way."""
        self.inverted = on
        self.changed.emit()

    def set_unwrapped(self, on: bool) -> None:
        """Whether phases are drawn without their jumps."""
        if on != self.unwrapped:
            self.unwrapped, self.locked = on, None  # the values are others
            self.unwrapped_changed.emit(on)
            self.changed.emit()

    def set_whole(self, on: bool) -> None:
        """Whether levels come from the whole picture; unlocks them."""
        self.whole, self.locked = on, None
        self.changed.emit()

    def lock(self, levels: Levels | None) -> None:
        """Set the levels until they are unlocked by None."""
        if levels != self.locked:
            self.locked = levels
            self.changed.emit()

    def kept(self) -> str:
        """What is remembered for the next session: all but locked levels, which may not fit other scans."""
        chosen = {"colours": self.colours, "inverted": self.inverted, "unwrapped": self.unwrapped}
        return json.dumps(chosen | {"whole": self.whole})

    def restore(self, text: Any) -> None:
        """Take over what `kept` returned in an earlier session; ignore anything else."""
        try:
            chosen = json.loads(text)
            found = {name: chosen[name] for name in ("inverted", "unwrapped", "whole")}
            colours = chosen["colours"]
        except (TypeError, ValueError, KeyError, RecursionError):
            return
        if colours in ("", *ALL_MAPS) and all(isinstance(value, bool) for value in found.values()):
            self.colours, self.inverted, self.whole = colours, found["inverted"], found["whole"]
            self.set_unwrapped(found["unwrapped"])
            self.changed.emit()
