"""An experiment as the plan of a sweep, for the window: the same runs as those of its cells."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ptygui.experiment.overlap_limit import named_apart
from ptygui.experiment.run import in_words
from ptygui.methods.base import Method
from ptygui.physics.simulate import Simulation
from ptygui.tasks.experiments.asked import Asked
from ptygui.tasks.experiments.cells import in_order
from ptygui.tasks.experiments.protocols import experiment_named
from ptygui.tasks.joined import joined
from ptygui.tasks.plans import Plan, SweepPlan
from ptygui.tasks.scans import SimulatedScan
from ptygui.tasks.task import Task


@dataclass
class _Group:
    """Tasks on the scans of one object that differ in overlap and seed only."""

    first: SimulatedScan
    methods: dict[Method, None] = field(default_factory=dict)
    overlaps: set[float] = field(default_factory=set)
    seeds: set[int] = field(default_factory=set)

    def add(self, task: Task, scan: SimulatedScan) -> None:
        self.methods.setdefault(task.method)
        self.overlaps.add(scan.simulation.overlap)
        self.seeds.add(task.seed)


def plan_of(asked: Asked, number: int = 1) -> Plan:
    """The plan with the runs of an experiment, scan by scan.

    Scans that differ in more than object, overlap and seed say so in their names.

    Raises
    ------
    InputError
        If the experiment is unknown, or an object cannot be read.
    """
    groups: dict[tuple[Any, ...], _Group] = {}
    for task in in_order(experiment_named(asked.experiment).cells(asked)):
        scan = task.scan
        assert isinstance(scan, SimulatedScan)
        key = scan.obj, scan.fault, _same(scan.simulation)
        groups.setdefault(key, _Group(scan)).add(task, scan)
    several = _differing([group.first for group in groups.values()])
    return joined(_plan(group, several, number) for group in groups.values())


def _same(simulation: Simulation) -> Simulation:
    return replace(simulation, overlap=0.0, seed=0)


def _differing(scans: list[SimulatedScan]) -> set[str]:
    """Options in which scans without fault differ."""
    plain = [asdict(_same(scan.simulation)) for scan in scans if not scan.fault]
    return {name for options in plain for name, value in options.items() if value != plain[0][name]}


def _plan(group: _Group, differing: set[str], number: int) -> SweepPlan:
    scan = group.first
    options = asdict(scan.simulation)
    variant = scan.fault or in_words({name: options[name] for name in sorted(differing)})
    fields = {"name": named_apart(scan.name, variant), "specimen": scan.specimen}
    return SweepPlan(
        scan.obj.value, scan.probe.value, replace(scan.simulation, seed=min(group.seeds)),
        tuple(group.methods), tuple(sorted(group.overlaps)), len(group.seeds), min(group.seeds), fields,
        number, scan.fault,
    )  # fmt: skip
