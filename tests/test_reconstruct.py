"""Which iterates become Steps."""

import time
from dataclasses import dataclass
from typing import ClassVar

import pytest

from ptygui.methods.base import Iterate, Method
from ptygui.options import option
from ptygui.reconstruct import reconstruct


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


def recorded(scan, method, **settings):
    return [step.index for step in reconstruct(scan, method, device="cpu", interval=1e9, **settings) if step]


@pytest.fixture(autouse=True)
def warm(scan):
    """What scoring loads at first is loaded."""
    recorded(scan, Slow(iterations=1, seconds=0.0))


def test_every_iterate_of_a_short_run_is_a_step(scan):
    assert recorded(scan, Slow(), short=8) == list(range(1, 9))


def test_of_long_runs_only_what_is_due(scan):
    assert recorded(scan, Slow(), short=7) == [1, 8]
    assert recorded(scan, Slow()) == [1, 8]


def test_fast_iterates_are_not_slowed_by_scoring_each(scan):
    assert len(recorded(scan, Slow(iterations=400, seconds=0.0), short=500)) < 40
