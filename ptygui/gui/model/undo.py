"""Undo: undoes and redoes changes in the panels."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QUndoCommand, QUndoStack

MERGE_SECONDS = 1.0  # changes of one thing within this time, such as a drag, are one
MOST = 200


class Undo(QUndoStack):
    """Watches values: each change becomes one undo step."""

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self.setUndoLimit(MOST)
        self._values: dict[str, Any] = {}
        self._acting = False
        self._gathered: list[_Change] | None = None

    @contextmanager
    def as_one(self, name: str, get: Callable[[], Any], put: Callable[[Any], None]) -> Iterator[None]:
        """Combine all changes made within, and that of an unwatched value, into one undo step.

        That value is set last on undo and redo: setting the others may change it.
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
        """Watch a value from now on; returns a function to call with each new value.

        `name` says what is undone, such as "overlap"; `put` sets the value, and its own signal may report
        that change again.
        """
        self._values[name] = value

        def changed(after: Any) -> None:
            before = self._values[name]
            if after == before:
                return
            self._values[name] = after
            if not self._acting and before is not None:  # otherwise there is nothing to return to
                change = _Change(self, name, before, after, put)
                if self._gathered is None:
                    self.push(change)
                else:
                    self._gathered.append(change)

        return changed

    def put(self, name: str, value: Any, put: Callable[[Any], None]) -> None:
        """Set a value without an undo step."""
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
        """The same for changes that may be merged."""
        return hash(self.name) % (2**31 - 1)

    def mergeWith(self, other: QUndoCommand | None) -> bool:
        """Merge a change of the same value, and of the same option of it, that follows at once."""
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
        """Set the old value."""
        self.stack.put(self.name, self.before, self.set)

    def redo(self) -> None:
        """Set the new value; the first time it is set already."""
        if self.fresh:
            self.fresh = False
        else:
            self.stack.put(self.name, self.after, self.set)


class _Changes(QUndoCommand):
    """Several changes of one action, and those that are made after them in either direction."""

    def __init__(self, name: str, changes: list[_Change], last: list[_Change]):
        super().__init__(name)
        self.changes, self.last = changes, last

    def undo(self) -> None:
        """Set the old values, in reverse order."""
        for change in (*reversed(self.changes), *self.last):
            change.undo()

    def redo(self) -> None:
        """Set the new values; the first time they are set already."""
        for change in (*self.changes, *self.last):
            change.redo()


def _changed(before: Any, after: Any) -> set[str]:
    """Names of the options that differ; none if the values have no options in common."""
    if type(before) is not type(after) or not hasattr(before, "asdict"):
        return set()
    now = after.asdict()
    return {name for name, value in before.asdict().items() if value != now[name]}
