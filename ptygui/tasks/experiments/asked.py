"""Asked: what an experiment is to do, from flags or a TOML file."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from ptygui.errors import InputError
from ptygui.methods import method_from
from ptygui.tasks.toml import toml_text

_LISTS = {"objects": str, "overlaps": float, "methods": str, "doses": float}
_COUNTS = ("patches", "size", "seeds")


@dataclass(frozen=True)
class Asked:
    """What an experiment is to do.

    Attributes
    ----------
    experiment : str
        One of `EXPERIMENTS`.
    objects : tuple of str
        As of `ptygui simulate --object`; procedural blood smears if there are none.
    patches : int
        How many, in all objects together.
    size : int
        Side of a patch [px].
    overlaps : tuple of float
    methods : tuple of str
        As of `ptygui sweep`.
    seeds : int
        Of noise and method, for each patch.
    doses : tuple of float
        Photons in the brightest pixel.

    Raises
    ------
    InputError
        If a value is refused.
    """

    experiment: str
    objects: tuple[str, ...] = ()
    patches: int = 1
    size: int = 128
    overlaps: tuple[float, ...] = ()
    methods: tuple[str, ...] = ()
    seeds: int = 1
    doses: tuple[float, ...] = (1e5,)

    def __post_init__(self) -> None:
        for name in _COUNTS:
            if not 1 <= getattr(self, name) <= 10_000:
                raise InputError(f"{name} is {getattr(self, name)}, expected 1 to 10000")
        if wrong := [overlap for overlap in self.overlaps if not 0 <= overlap <= 0.98]:
            raise InputError(f"an overlap is {wrong[0]:g}, expected 0 to 0.98 (44 % is 0.44)")
        if wrong := [dose for dose in self.doses if not 1 <= dose <= 1e12]:
            raise InputError(f"a dose is {wrong[0]:g}, expected 1 to 1e12 counts")
        for text in self.methods:
            method_from(text)

    def text(self) -> str:
        """As TOML."""
        return toml_text({one.name: getattr(self, one.name) for one in fields(self)})

    @classmethod
    def read(cls, values: Mapping[str, Any], said: str = "the spec") -> Self:
        """What a file's values ask for.

        Raises
        ------
        InputError
            If something is not understood; it begins with `said`.
        """
        known = [one.name for one in fields(cls)]
        if gone := [name for name in values if name not in known]:
            raise InputError(f"{said}: {gone[0]} is not known, expected one of {', '.join(known)}")
        try:
            found: dict[str, Any] = {
                name: tuple(_LISTS[name](one) for one in value) if name in _LISTS else value
                for name, value in values.items()
            }
            for name in ("experiment", *_COUNTS):
                kind = str if name == "experiment" else int
                if name in found and type(found[name]) is not kind:
                    raise InputError(f"{said}: {name} is {found[name]!r}, expected {kind.__name__}")
            return cls(**found)
        except (TypeError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"{said} is not understood ({error})") from None
