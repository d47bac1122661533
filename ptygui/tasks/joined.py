"""JoinedPlan: one sweep over several objects or scans, each with a plan of its own."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import ClassVar

from ptygui.methods.base import Method
from ptygui.step import Step
from ptygui.tasks.plans import Plan, Planned
from ptygui.tasks.task import Task


@dataclass(frozen=True, eq=False)
class JoinedPlan(Plan):
    """The plans of several objects or scans, one after the other, as one sweep.

    Attributes
    ----------
    plans : tuple of Plan
    """

    plans: tuple[Plan, ...]
    making: ClassVar[str] = "making"

    @property
    def parts(self) -> tuple[Plan, ...]:  # noqa: D102
        return self.plans

    @property
    def subject(self) -> str:  # noqa: D102
        first, *more = dict.fromkeys(part.subject for part in self.plans)
        return f"{first} and {len(more)} more" if more else first

    @property
    def methods(self) -> tuple[Method, ...]:  # type: ignore[override]
        """Those of all parts."""
        return tuple(dict.fromkeys(chain.from_iterable(part.methods for part in self.plans)))

    @property
    def overlaps(self) -> tuple[float, ...]:  # type: ignore[override]
        """Those of all parts."""
        return tuple(sorted({overlap for part in self.plans for overlap in part.overlaps}))

    @property
    def seeds(self) -> int:  # type: ignore[override]
        """The most that a part has."""
        return max(part.seeds for part in self.plans)

    @property
    def first_seed(self) -> int:  # type: ignore[override]
        """That of the first part."""
        return self.plans[0].first_seed

    @property
    def number(self) -> int:  # type: ignore[override]
        """That of all parts."""
        return self.plans[0].number

    @cached_property
    def scans(self) -> tuple[Planned, ...]:  # noqa: D102
        return tuple(chain.from_iterable(part.scans for part in self.plans))

    @property
    def count(self) -> int:
        """Total number of runs."""
        return sum(part.count for part in self.plans)

    @property
    def nbytes(self) -> int:  # noqa: D102
        return sum(part.nbytes for part in self.plans)

    @property
    def reference_count(self) -> int:  # noqa: D102
        return sum(part.reference_count for part in self.plans)

    def tasks(self, device: str = "auto", reference: Step | None = None) -> Generator[tuple[Planned, Task]]:
        """All runs as tasks, part by part; each part makes its own reference."""
        for part in self.plans:
            yield from part.tasks(device)


def numbered(plan: Plan, number: int) -> Plan:
    """The same plan as sweep `number`."""
    return joined(replace(part, number=number) for part in plan.parts)  # type: ignore[type-var]


def joined(plans: Iterable[Plan]) -> Plan:
    """One plan of several."""
    plans = tuple(plans)
    return plans[0] if len(plans) == 1 else JoinedPlan(plans)
