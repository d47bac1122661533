"""Late: a part of a window that is built when it is first asked for, so that a start does not wait for it."""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

from PyQt6.QtWidgets import QWidget

from ptygui.gui.widgets.tooltips import wrap_tips

Part = TypeVar("Part", bound=QWidget)


class Late(Generic[Part]):
    """A method that builds a widget, as an attribute: built once, at the first look at it.

    What connects the widget is given to `once`, and called when it is built; or at once, if it is already.
    """

    def __init__(self, build: Callable[[Any], Part]):
        self._make, self.__doc__ = build, build.__doc__
        self._name, self._waiting = build.__name__, f"_waiting for {build.__name__}"

    @overload
    def __get__(self, window: None, owner: type) -> Self: ...
    @overload
    def __get__(self, window: QWidget, owner: type) -> Part: ...
    def __get__(self, window: QWidget | None, owner: type) -> "Self | Part":
        if window is None:
            return self
        return self.build(window)

    def build(self, window: QWidget) -> Part:
        """The widget of a window, which is built and connected if it is not yet."""
        kept = vars(window)
        if self._name not in kept:
            part = kept[self._name] = self._make(window)
            wrap_tips(part)
            for connect in kept.pop(self._waiting, ()):
                connect(part)
        return self._of(window)

    def built(self, window: QWidget) -> Part | None:
        """The widget of a window, if it is built."""
        return self._of(window) if self._name in vars(window) else None

    def once(self, window: QWidget, connect: Callable[[Part], object]) -> None:
        """Call with the widget, as soon as it is built."""
        part = self.built(window)
        if part is None:
            vars(window).setdefault(self._waiting, []).append(connect)
        else:
            connect(part)

    def _of(self, window: QWidget) -> Part:
        part: Part = vars(window)[self._name]
        return part
