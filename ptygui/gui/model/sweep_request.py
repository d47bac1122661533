"""SweepRequest: what the next overlap sweep would try; the object and probe are those of the simulation.

Besides what is ticked it may name more methods with options, and more objects or scans; or an experiment,
whose runs are then the sweep.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from ptygui import methods
from ptygui.errors import InputError
from ptygui.methods import Method, SweepChoice, written
from ptygui.options import Options, option, options_of

MOST = 0.98  # overlap


def choices() -> dict[str, tuple[type[Method], SweepChoice]]:
    """The methods to tick, by key, in the order in which they run: reference, other plain ones, learned."""
    ordered = sorted(methods.METHODS, key=lambda cls: (not cls.reference, bool(cls.needs), cls.diffusion))
    return {choice.key: (cls, choice) for cls in ordered for choice in cls.in_sweep()}


def _ticked() -> tuple[str, ...]:
    return tuple(key for key, (_, choice) in choices().items() if choice.ticked)


@dataclass(frozen=True)
class SweepRequest(Options):
    """Keys of `choices` to sweep, the linear overlaps (fractions), and how many seeds.

    Raises
    ------
    InputError
        If a method is unknown, or a number out of its range.
    """

    methods: tuple[str, ...] = field(default_factory=_ticked)
    lowest: float = option(
        0.2, min=0, max=MOST, help="The lowest linear overlap to try; moved to a whole pixel of the step"
    )
    highest: float = option(
        0.7, min=0, max=MOST,
        help="The highest linear overlap to try; the dose of each curve is relative to it",
    )  # fmt: skip
    by: float = option(
        0.05, min=0, max=MOST,
        help="Interval of overlap; 0 tries every whole pixel of the step, which is finer and takes longer",
    )  # fmt: skip
    seeds: int = option(
        1, min=1, max=64,
        help="Each seed has its own photon noise and random numbers of the method: more show the scatter",
    )  # fmt: skip

    workers: str = option(
        "",
        help="Where the runs are carried out: nothing for this process, a number of local worker processes, "
        "the address of a scheduler (tcp://host:8786), or the profile of a batch system (slurm.toml:8)",
    )

    more: str = option(
        "",
        help="More methods, each with options of its own, such as awf:iterations=300; daps:seeds=4; a method "
        "may be there several times",
    )
    also: str = option(
        "",
        help="More objects to simulate with, such as smear:5; chip:1:128; FILE; while an opened scan is "
        "swept, more scans by their files",
    )
    experiment: str = option("", help="File of an experiment: its runs are the sweep")

    def __post_init__(self) -> None:
        super().__post_init__()
        known = choices()
        unknown = [key for key in self.methods if key not in known]
        if unknown:
            raise InputError(f"methods of the sweep are {unknown}, expected some of {', '.join(known)}")
        object.__setattr__(self, "methods", tuple(key for key in known if key in self.methods))  # in order

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """As `Options.read`; keys of methods may be earlier ones, and unknown ones are left out."""
        asked = set(values.get("methods", ()))
        ticked = [key for key, (_, choice) in choices().items() if asked & {key, *choice.was}]
        return super().read({**values, "methods": tuple(ticked)})

    def asdict(self) -> dict[str, Any]:
        """All of it, as plain values."""
        return {"methods": self.methods, **super().asdict()}

    def resolved(self, kept: Callable[[type[Method]], Method]) -> tuple[Method, ...]:
        """The methods with their options; `kept` gives the options that were set.

        Raises
        ------
        InputError
            If one of `more` is not understood.
        """
        known = choices()
        chosen = [known[key] for key in self.methods]
        ticked = (replace(kept(cls), **choice.changes) for cls, choice in chosen)
        return tuple(dict.fromkeys((*ticked, *map(methods.method_from, listed(self.more)))))

    @property
    def sources(self) -> tuple[str, ...]:
        """The objects or scans of `also`."""
        return tuple(dict.fromkeys(listed(self.also)))


def listed(text: str) -> list[str]:
    """The parts of a text that semicolons separate."""
    return [part.strip() for part in text.split(";") if part.strip()]


def with_part(text: str, part: str) -> str:
    """The same text with one more part, unless it is there."""
    return "; ".join(dict.fromkeys([*listed(text), part]))


def ticked_for(asked: Iterable[Method]) -> tuple[tuple[str, ...], list[Method], str]:
    """Keys of `choices` that sweep these methods, the options to keep for them, and `more` for the others."""
    keys: list[str] = []
    kept: dict[type[Method], Method] = {}
    more = ""
    for method in asked:
        fitting = [
            (len(choice.changes), key, choice)
            for key, (cls, choice) in choices().items()
            if isinstance(method, cls) and all(getattr(method, n) == v for n, v in choice.changes.items())
        ]
        if not fitting:
            more = with_part(more, written(method))
            continue
        _, key, choice = max(fitting, key=lambda one: one[0])
        defaults = {o.name: o.default for o in options_of(method) if o.name in choice.changes}
        rest = replace(method, **defaults)
        if kept.setdefault(type(method), rest) != rest:
            more = with_part(more, written(method))
        else:
            keys.append(key)
    return tuple(keys), list(kept.values()), more
