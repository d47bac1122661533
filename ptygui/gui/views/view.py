"""View: what the window tells each view, and what undo and projects keep of it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from PyQt6.QtCore import pyqtBoundSignal
from PyQt6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox, QDoubleSpinBox, QSpinBox

from ptygui.experiment.run import Run
from ptygui.history import History
from ptygui.scan import Geometry
from ptygui.step import Step


class ViewOption(NamedTuple):
    """A value of a view, as JSON can hold it: how to get it, how to set it, and the signal of a change."""

    get: Callable[[], Any]
    put: Callable[[Any], None]
    changed: pyqtBoundSignal


class View:
    """Base of views, beside their Qt class: what a view does not override is of no interest to it.

    The window calls these methods of every view that is in a dock: there is nothing else to connect.
    """

    def show_scan(self, scan: Geometry) -> None:
        """Another scan is shown; steps that were shown belong to the one before."""

    def show_run(self, run: Run | None) -> None:
        """Another run is shown, or none."""

    def show_history(self, history: History) -> None:
        """The shown run has more steps."""

    def show_step(self, step: Step) -> None:
        """Another step of the shown run is shown."""

    def come_up(self, front: bool) -> None:
        """The dock came to the front, or went behind another."""

    def options(self) -> dict[str, ViewOption]:
        """What the user sets in it, by the names that undo shows.

        Which run and step are shown is not an option, nor are values that each shown run sets automatically.
        """
        return {}


def checked(box: QAbstractButton) -> ViewOption:
    """Whether a box is ticked."""
    return ViewOption(box.isChecked, box.setChecked, box.toggled)


def number(box: QSpinBox | QDoubleSpinBox | QAbstractSlider) -> ViewOption:
    """The number in a box or of a slider."""
    return ViewOption(box.value, box.setValue, box.valueChanged)


def choice(box: QComboBox) -> ViewOption:
    """Which line of a list is chosen."""
    return ViewOption(box.currentIndex, box.setCurrentIndex, box.currentIndexChanged)
