"""Imported: stands for the method of a result from another program."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptygui.errors import InputError
from ptygui.methods.base import Iterates, Method, SweepChoice

if TYPE_CHECKING:
    from ptygui.methods.problem import Problem


@dataclass(frozen=True)
class Imported(Method):
    """A reconstruction from another program, to view and compare with."""

    label = "another program"

    @classmethod
    def in_sweep(cls) -> tuple[SweepChoice, ...]:
        """No entry: it cannot be run."""
        return ()

    @property
    def total(self) -> int:
        """1: the only image."""
        return 1

    def iterates(self, problem: "Problem") -> Iterates:
        """Raise an error: it was not made with this program."""
        raise InputError("this result is from another program: choose a method of ptygui to run its scan")
