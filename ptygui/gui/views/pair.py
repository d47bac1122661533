"""PairGrid: the pictures of two images by wipe, blinking, side by side, or as their difference."""

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtGui import QHideEvent, QShowEvent
from PyQt6.QtWidgets import QWidget

from ptygui.analysis.unwrap import unwrapped
from ptygui.figures.colours import AMPLITUDE, DIFFERENCE, DISTANCE
from ptygui.figures.levels import CIRCLE, Levels, both, settled, span, turned
from ptygui.gui.model.comparer import DIFFERENCES, Compared
from ptygui.gui.views.colour_bar import ColourBar, phase_bar, show_phase_levels
from ptygui.gui.views.panes import PaneGrid
from ptygui.gui.widgets.certain import certain

PARTS = ("both", "amplitude", "phase")
_TITLES = {"complex": "|B − A|", "amplitude": "|B| − |A|", "phase": "phase of B − A [rad]"}
_UNITS = {"amplitude": "amplitude", "phase": "phase [rad]"}


class PairGrid(PaneGrid):
    """Draws a `Compared`; both images of a part share one colour bar."""

    wiped = pyqtSignal(float)  # new position of the wipe, as a share of the width

    def __init__(self, parent: QWidget | None = None):
        bars = {"amplitude": ColourBar(AMPLITUDE, (0, 1), kind="amplitude"), "phase": phase_bar()}
        bars["difference complex"] = ColourBar(DISTANCE, (0, 1), kind="distance")
        for kind in ("difference amplitude", "difference phase"):
            bars[kind] = ColourBar(DIFFERENCE, (-1, 1), kind=kind)
        kinds = {f"{part} {name}": part for part in PARTS[1:] for name in "ab"}
        super().__init__(
            bars, kinds | {f"difference {kind}": f"difference {kind}" for kind in DIFFERENCES}, parent
        )
        self.circle = False
        self.mode, self.parts, self.share, self.shows_b = "wipe", "both", 0.5, False
        self.pictures: dict[str, np.ndarray] | None = None
        self._compared: Compared | None = None
        self._unwrapped = False
        self.bars["phase"].redisplayed.connect(self._unwrap)
        self._levels = {"amplitude": (0.0, 1.0), "phase": CIRCLE}
        self.wipes = {part: self._wipe_line(part) for part in PARTS[1:]}
        self.timer = QTimer(self, interval=700)
        self.timer.timeout.connect(self._blink)
        self.rearrange()

    def show_compared(self, compared: Compared, same_a: bool = False) -> None:
        """Draw a comparison; with `settled` levels A is unchanged."""
        self._compared, levels = compared, dict(compared.levels)
        self._unwrapped = self.bars["phase"].display.unwrapped
        self.pictures = compared.pictures
        if self._unwrapped:
            self.pictures, levels["phase"] = _unwrapped(compared)
        for part in PARTS[1:]:
            self._levels[part] = settled(levels.pop(part), self._levels[part] if same_a else None)
        for kind, values in levels.items():
            self.bars[kind].set_levels(values)
        self._apply_levels()
        self.show_shape(compared.comparison.a.shape)
        self._draw()

    def _unwrap(self) -> None:
        """Draw anew if the user wants phases unwrapped, or no longer."""
        if self._compared is not None and self.bars["phase"].display.unwrapped != self._unwrapped:
            self.show_compared(self._compared)

    def set_circle(self, on: bool) -> None:
        """Whether phases are drawn over the whole circle."""
        self.circle = on
        self._apply_levels()
        self._draw()

    def _apply_levels(self) -> None:
        self.bars["amplitude"].set_levels(self._levels["amplitude"])
        phase = self._levels["phase"]
        if not self._unwrapped:
            phase = CIRCLE if self.circle else turned(phase)
        show_phase_levels(self.bars["phase"], phase)

    def clear_pictures(self) -> None:
        """Show nothing."""
        self.pictures = self._compared = None
        super().clear_pictures()
        self._draw()

    def set_mode(self, mode: str) -> None:
        """One of `MODES`."""
        self.mode = mode
        self.rearrange()

    def set_parts(self, parts: str) -> None:
        """One of `PARTS`."""
        self.parts = parts
        self.rearrange()

    def set_wipe(self, share: float) -> None:
        """A to the left of this share of the width, B to its right."""
        self.share = share
        self._draw()

    def rearrange(self) -> None:
        """Lay out the panes of the mode and draw them."""
        self.shows_b = False
        if self.mode == "difference":
            kinds = DIFFERENCES if self.parts == "both" else (self.parts,)
            groups = [[(f"difference {kind}", _TITLES[kind])] for kind in kinds]
        elif self.mode == "side":
            groups = self._side_by_side()
        else:
            title = "A ◂ ▸ B" if self.mode == "wipe" else "A"
            groups = [[(f"{part} a", f"{title}, {_UNITS[part]}")] for part in self._shown()]
        self.arrange(groups)
        self._pace()
        self._draw()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Go on blinking."""
        super().showEvent(event)
        self._pace()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Do not blink while hidden."""
        super().hideEvent(event)
        self._pace()

    def _pace(self) -> None:
        if self.mode == "blink" and self.isVisible():
            self.timer.start()
        else:
            self.timer.stop()

    def in_sight(self) -> list[list[tuple[str, str, np.ndarray | None]]]:
        """The panes as they are laid out; blinking ones side by side."""
        if self.mode != "blink" or self.pictures is None:
            return super().in_sight()
        return [[(name, title, self.pictures[name]) for name, title in g] for g in self._side_by_side()]

    def _side_by_side(self) -> list[list[tuple[str, str]]]:
        return [[(f"{part} {k}", f"{k.upper()}, {_UNITS[part]}") for k in "ab"] for part in self._shown()]

    def _shown(self) -> tuple[str, ...]:
        return PARTS[1:] if self.parts == "both" else (self.parts,)

    def _draw(self) -> None:
        for line in self.wipes.values():
            line.setVisible(self.mode == "wipe" and self.pictures is not None)
        if self.pictures is None:
            return
        if self.mode == "difference":
            for kind in DIFFERENCES:
                self.show_picture(f"difference {kind}", self.pictures[f"difference {kind}"])
            return
        for part in self._shown():
            a, b = self.pictures[f"{part} a"], self.pictures[f"{part} b"]
            if self.mode == "side":
                self.show_picture(f"{part} b", b)
            elif self.mode == "wipe":
                a = self._wiped(part, a, b)
            elif self.shows_b:
                a = b
            self.show_picture(f"{part} a", a)

    def _wiped(self, part: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        self.wipes[part].blockSignals(True)
        self.wipes[part].setValue(self.share * certain(self.shape)[1])
        self.wipes[part].blockSignals(False)
        at = round(self.share * a.shape[1])
        return np.concatenate([a[:, :at], b[:, at:]], axis=1)

    def _blink(self) -> None:
        """The other image at the same levels, drawn over the first: nothing is cleared in between."""
        self.shows_b = not self.shows_b
        for part in self._shown():
            self.panes[f"{part} a"].entitle(f"{'AB'[self.shows_b]}, {_UNITS[part]}")
        self._draw()

    def _wipe_line(self, part: str) -> pg.InfiniteLine:
        line = pg.InfiniteLine(angle=90, movable=True, pen=pg.mkPen("#ffffff", width=2))
        line.setHoverPen(pg.mkPen("#ffb000", width=3))
        line.sigPositionChanged.connect(self._dragged)
        self.panes[f"{part} a"].vb.addItem(line, ignoreBounds=True)
        return line

    def _dragged(self, line: pg.InfiniteLine) -> None:
        if self.pictures is not None and self.shape is not None:
            self.wiped.emit(min(max(line.value() / self.shape[1], 0.0), 1.0))


def _unwrapped(compared: Compared) -> tuple[dict[str, np.ndarray], Levels]:
    """The pictures with phases without jumps, that of B on the branch of A; and the levels of phases."""
    phases = {name: unwrapped(np.exp(1j * compared.pictures[f"phase {name}"])) for name in "ab"}
    turns = np.rint(np.median(phases["b"] - phases["a"]) / (2 * np.pi))
    phases["b"] -= np.float32(2 * np.pi * turns)
    pictures = compared.pictures | {f"phase {name}": phase for name, phase in phases.items()}
    return pictures, both(*map(span, phases.values()))
