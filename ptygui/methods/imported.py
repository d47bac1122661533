"""Imported: stands for the method of a result that another program made."""

from dataclasses import dataclass

from ptygui.errors import InputError
from ptygui.methods.base import Method


@dataclass(frozen=True)
class Imported(Method):
    """A reconstruction of another program, to look at and to compare with."""

    label = "another program"

    @classmethod
    def in_sweep(cls):
        """Nothing: it cannot be run."""
        return ()

    @property
    def total(self) -> int:
        """The one image that there is."""
        return 1

    def iterates(self, problem):
        """Nothing of ours made it."""
        raise InputError("this result is of another program: choose one of our methods to run its scan")
