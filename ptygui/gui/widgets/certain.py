"""What Qt's stubs call optional, as Qt gives pointers, where it is certain to be there."""

from typing import TypeVar

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QWidget

_Found = TypeVar("_Found")


def certain(found: _Found | None) -> _Found:
    """What is there, such as the layout of a widget that has one.

    Raises
    ------
    RuntimeError
        If it is not there after all.
    """
    if found is None:
        raise RuntimeError("Qt has nothing where something was made before")
    return found


def widget_above(owner: QObject) -> QWidget | None:
    """The parent of an object, to open a dialog over; None where that is no widget."""
    parent = owner.parent()
    return parent if isinstance(parent, QWidget) else None
