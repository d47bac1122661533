"""A method that takes its time, for tests of what happens beside it."""

import time
from dataclasses import dataclass
from typing import ClassVar

from ptygui.methods.base import Iterate, Method
from ptygui.options import option


@dataclass(frozen=True)
class Slow(Method):
    """A method whose iterates take as long as network evaluations do, and change nothing."""

    label: ClassVar[str] = "slow"
    iterations: int = option(8, min=1)
    seconds: float = option(0.06, min=0.0)

    @property
    def total(self):
        return self.iterations

    def iterates(self, problem):
        for k in range(self.iterations):
            time.sleep(self.seconds)
            yield Iterate(problem.start, k + 1)
