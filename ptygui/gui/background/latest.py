"""Newest: answers the newest question off the GUI thread, so that none pile up."""

import asyncio
from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.gui.background.jobs import Jobs


class Latest(QObject):
    """Answers questions one at a time, in a thread; of those that wait, only the newest is answered.

    So a slider can ask at each move: answers come as fast as they are found, the last one to the last move.
    """

    answered = pyqtSignal(object)

    def __init__(self, jobs: Jobs, parent=None):
        super().__init__(parent)
        self.jobs = jobs
        self._waiting: Callable[[], Any] | None = None
        self._busy = False

    def ask(self, question: Callable[[], Any]) -> None:
        """Put a question: a function without arguments, called in a thread."""
        self._waiting = question
        self._next()

    def _next(self) -> None:
        if not self._busy and self._waiting is not None:
            question, self._waiting = self._waiting, None
            self._busy = True
            self.jobs.start("", self._answer(question))

    async def _answer(self, question: Callable[[], Any]) -> None:
        try:
            answer = await asyncio.to_thread(question)
        except asyncio.CancelledError:  # the window closes
            self._waiting = None
            raise
        finally:
            self._busy = False
            self._next()
        self.answered.emit(answer)
