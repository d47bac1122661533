"""A method of a few lines, to be put into the list of methods and found wherever methods are."""

from dataclasses import dataclass
from typing import ClassVar

from ptygui.methods.base import Finding, Iterate, Method, Remedy
from ptygui.options import option


@dataclass(frozen=True)
class Toy(Method):
    """Takes the start for the answer."""

    label: ClassVar[str] = "Toy"

    rounds: int = option(3, min=1, help="how often it looks at the start")
    shade: float = option(1.0, min=0, max=2, symbol="η", help="what the start is multiplied by")

    @property
    def stochastic(self):
        return True

    @property
    def total(self):
        return self.rounds

    def checks(self, scan):
        if self.shade > 1:
            yield Finding("warn", "It is brighter than it was.", (Remedy("As it was", method=Toy()),))

    def weights(self, scan):
        return {"toy sha256": "0" * 64}

    def iterates(self, problem):
        obj = self.shade * problem.start
        for k in range(problem.resume.get("index", 0), self.rounds):
            yield Iterate(obj, k + 1, {"index": k + 1})
