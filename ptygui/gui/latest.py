"""Work for another thread of which only the newest request counts."""

import asyncio
from collections.abc import Callable
from typing import Any

from ptygui.gui.jobs import Jobs


class Latest:
    """Does one piece of work at a time; of those asked for meanwhile only the newest is done next."""

    def __init__(self, jobs: Jobs, what: str):
        self._jobs, self._what = jobs, what
        self._next: tuple[Callable[[], Any], Callable[[Any], None]] | None = None
        self._busy = False

    def start(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Call `work` in another thread, then `done` with its result in this one."""
        self._next = work, done
        if not self._busy:
            self._busy = True
            self._jobs.start(self._what, self._drive())

    async def _drive(self) -> None:
        try:
            while self._next is not None:
                (work, done), self._next = self._next, None
                done(await asyncio.to_thread(work))
        finally:
            self._busy = False
