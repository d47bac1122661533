"""Undo: takes back and does again what was changed in the panels."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PyQt6.QtGui import QUndoCommand, QUndoStack

MERGE_SECONDS = 1.0  # changes of one thing within this time, such as a drag, are one
MOST = 200


class Undo(QUndoStack):
    """Watches values: each change becomes one step to undo."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self.setUndoLimit(MOST)
        self._values: dict[str, Any] = {}
        self._acting = False
        self._gathered: list[_Change] | None = None

    @contextmanager
    def as_one(self, name: str, get: Callable[[], Any], put: Callable[[Any], None]) -> Iterator[None]:
        """Make one step to undo of all that is changed within, and of a value that nobody watches.

        That value is set last, whether undone or done again: setting the others may change it.
        """
        before, self._gathered = get(), []
        try:
            yield
        finally:
            gathered, self._gathered = self._gathered, None
            after = get()
            last = [] if after is before else [_Change(self, name, before, after, put)]
            if gathered or last:
                self.push(_Changes(name, gathered, last))

    def watch(self, name: str, value: Any, put: Callable[[Any], None]) -> Callable[[Any], None]:
        """Follow a value from now on; returns what to call with each new one.

        `name` says what is undone, such as "overlap"; `put` sets the value, and may be told of that by its
        own signal again.
        """
        self._values[name] = value

        def changed(after: Any) -> None:
            before = self._values[name]
            if after == before:
                return
            self._values[name] = after
            if not self._acting and before is not None:  # else there is nothing to go back to
                change = _Change(self, name, before, after, put)
                if self._gathered is None:
                    self.push(change)
                else:
                    self._gathered.append(change)

        return changed

    def put(self, name: str, value: Any, put: Callable[[Any], None]) -> None:
        """Set a value without a step to undo."""
        self._acting = True
        try:
            self._values[name] = value
            put(value)
        finally:
            self._acting = False


class _Change(QUndoCommand):
    def __init__(self, stack: Undo, name: str, before: Any, after: Any, put: Callable[[Any], None]):
        super().__init__(name)
        self.stack, self.name, self.before, self.after, self.set = stack, name, before, after, put
        self.when, self.fresh = time.monotonic(), True

    def id(self) -> int:
        """The same for changes that may become one."""
        return hash(self.name) % (2**31 - 1)

    def mergeWith(self, other: QUndoCommand | None) -> bool:
        """Take over a change of the same thing, and of the same option of it, that came right after."""
        if (
            not isinstance(other, _Change)
            or other.name != self.name
            or other.when - self.when > MERGE_SECONDS
        ):
            return False
        if _changed(self.before, self.after) != _changed(other.before, other.after):
            return False
        self.after, self.when = other.after, other.when
        return True

    def undo(self) -> None:
        """Set what was before."""
        self.stack.put(self.name, self.before, self.set)

    def redo(self) -> None:
        """Set what came after; the first time it is there already."""
        if self.fresh:
            self.fresh = False
        else:
            self.stack.put(self.name, self.after, self.set)


class _Changes(QUndoCommand):
    """Several changes that came of one act, and those that are made after them in either direction."""

    def __init__(self, name: str, changes: list[_Change], last: list[_Change]):
        super().__init__(name)
        self.changes, self.last = changes, last

    def undo(self) -> None:
        """Set what was before, in the opposite order."""
        for change in (*reversed(self.changes), *self.last):
            change.undo()

    def redo(self) -> None:
        """Set what came after; the first time it is there already."""
        for change in (*self.changes, *self.last):
            change.redo()


def _changed(before: Any, after: Any) -> set[str]:
    """Names of the options that differ; none where the values have no options in common."""
    if type(before) is not type(after) or not hasattr(before, "asdict"):
        return set()
    now = after.asdict()
    return {name for name, value in before.asdict().items() if value != now[name]}
