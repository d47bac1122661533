"""Imported: stands for the method of a result that another program made."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptygui.errors import InputError
from ptygui.methods.base import Iterates, Method, SweepChoice

if TYPE_CHECKING:
    from ptygui.methods.problem import Problem


@dataclass(frozen=True)
class Imported(Method):
    """A reconstruction of another program, to look at and to compare with."""

    label = "another program"

    @classmethod
    def in_sweep(cls) -> tuple[SweepChoice, ...]:
        """Nothing: it cannot be run."""
        return ()

    @property
    def total(self) -> int:
        """The one image that there is."""
        return 1

    def iterates(self, problem: "Problem") -> Iterates:
        """Nothing of ours made it."""
        raise InputError("this result is of another program: choose one of our methods to run its scan")
