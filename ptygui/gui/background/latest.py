"""Latest: answers the latest question outside the GUI thread, so that questions do not pile up."""

import asyncio
from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.gui.background.jobs import Jobs


class Latest(QObject):
    """Answers questions one at a time, in a thread; of those that wait, only the latest is answered.

    A slider can therefore ask at every move: the answer to the last move comes last, and none is outdated.
    """

    answered = pyqtSignal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None):
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
            answer = await self.jobs.in_thread(question)
        except asyncio.CancelledError:  # the window closes
            self._waiting = None
            raise
        finally:
            self._busy = False
            self._next()
        self.answered.emit(answer)
