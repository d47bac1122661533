"""Preparer: what preparations would make of the opened scan, outside the GUI thread."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.errors import InputError
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.background.latest import Latest
from ptygui.prepare.preparation import Preparation

if TYPE_CHECKING:
    from ptygui.files.preparation_preview import PreparationPreview, PreparedView


@dataclass(frozen=True, eq=False)
class PreparedAnswer:
    """What a preparation makes of a scan, or why it makes nothing.

    Attributes
    ----------
    preparation : Preparation
    view : PreparedView, optional
        None if the preparation is refused.
    place : int
        Which of the frames that are kept is shown.
    counts, good : arrays, shape (m, m), optional
        That frame, and its good pixels.
    problem : str
        Why the preparation is refused.
    """

    preparation: Preparation
    view: "PreparedView | None" = None
    place: int = 0
    counts: np.ndarray | None = None
    good: np.ndarray | None = None
    problem: str = ""


class Preparer(QObject):
    """Answers the latest question about one file; the file is read once."""

    answered = pyqtSignal(PreparedAnswer)

    def __init__(self, jobs: Jobs, parent: QObject | None = None):
        super().__init__(parent)
        self._latest = Latest(jobs, self)
        self._latest.answered.connect(self._tell)
        self._file: _File | None = None

    def open(self, path: str, reading: dict[str, Any]) -> None:
        """Take another file; it is read with the first question."""
        self._file = _File(path, reading)

    def ask(self, preparation: Preparation, place: int) -> None:
        """What this preparation makes of the file, and of the frame at this place; `answered` follows."""
        if self._file is not None:
            self._latest.ask(partial(self._file.answer, preparation, place))

    def forget(self) -> None:
        """Drop the file and what is known of it."""
        self._file = None

    def _tell(self, found: "tuple[_File, PreparedAnswer]") -> None:
        file, answer = found
        if file is self._file:
            self.answered.emit(answer)


class _File:
    """One file, and the newest view of it; used by one thread at a time."""

    def __init__(self, path: str, reading: dict[str, Any]):
        self._path, self._reading = path, reading
        self._preview: PreparationPreview | None = None
        self._viewed: tuple[Preparation, PreparedView] | None = None

    def answer(self, preparation: Preparation, place: int) -> "tuple[_File, PreparedAnswer]":
        from ptygui.files.preparation_preview import PreparationPreview

        try:
            if self._preview is None:
                self._preview = PreparationPreview(self._path, **self._reading)
            if self._viewed is None or self._viewed[0] != preparation:
                self._viewed = preparation, self._preview.view(preparation)
            view = self._viewed[1]
            place = min(place, len(view.frames) - 1)
            counts, good = self._preview.frame(int(view.frames[place]))
        except InputError as error:
            return self, PreparedAnswer(preparation, problem=str(error))
        return self, PreparedAnswer(preparation, view, place, counts, good)
