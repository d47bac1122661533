"""Options: declared once, checked once."""

from dataclasses import dataclass

import pytest

from ptygui.errors import InputError
from ptygui.experiment.settings import RunSettings
from ptygui.experiment.thinning import Thinning
from ptygui.methods import METHODS
from ptygui.options import Options, current_names, option, options_of


@dataclass(frozen=True)
class Example(Options):
    steps: int = option(5, min=1, max=10, unit="steps", symbol="N", help="how many")
    zeta: float = option(0.5, min=0, help="how far")
    fast: bool = option(False, help="hurry")
    norm: str = option("l1", choices=("l1", "l2"), help="which norm")


def test_a_whole_number_keeps_all_its_digits():
    assert RunSettings(seed=str(2**63 - 1)).seed == 2**63 - 1
    assert RunSettings(seed=" 9007199254740993 ").seed == 9007199254740993
    assert RunSettings(seed="1e5").seed == 100_000


def test_read_back():
    names = [o.name for o in options_of(Example)]
    assert names == ["steps", "zeta", "fast", "norm"]
    assert [o.name for o in options_of(Example())] == names
    steps = options_of(Example)[0]
    assert (steps.type, steps.default, steps.flag) == (int, 5, "--steps")
    assert steps.hint == "N: how many; 1 … 10 steps"


def test_values_are_converted():
    made = Example(steps="7", zeta=1, fast="yes", norm="l2")
    assert (made.steps, made.zeta, made.fast, made.norm) == (7, 1.0, True, "l2")
    assert isinstance(made.zeta, float)
    assert made.changed() == {"steps": 7, "zeta": 1.0, "fast": True, "norm": "l2"}
    assert Example(**made.asdict()) == made


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"steps": 0}, "steps is 0, expected at least 1"),
        ({"steps": 11}, "steps is 11, expected at most 10"),
        ({"steps": 1.5}, "steps is 1.5, expected a whole number"),
        ({"steps": "many"}, "steps is 'many', expected a whole number"),
        ({"steps": "1e400"}, "steps is '1e400', expected a whole number"),
        ({"steps": float("inf")}, "steps is inf, expected a whole number"),
        ({"zeta": 10**400}, "expected a number"),
        ({"zeta": float("nan")}, "zeta is nan, expected a finite number"),
        ({"fast": "perhaps"}, "fast is 'perhaps', expected yes or no"),
        ({"norm": "l3"}, "norm is 'l3', expected one of l1, l2"),
    ],
)
def test_bad_values_are_named(given, message):
    with pytest.raises(InputError, match=message):
        Example(**given)


@dataclass(frozen=True)
class Chosen(Options):
    levels: int = option(0, min=0, max=9, auto=True, help="how many; auto: as many as it takes")
    fast: bool = option(True, help="hurry")


def test_auto_is_a_word_for_the_default():
    levels, fast = options_of(Chosen)
    assert Chosen(levels=" Auto ") == Chosen()
    assert (levels.shown(0), levels.shown(3), fast.shown(False)) == ("auto", "3", "no")
    assert levels.hint.endswith("auto, or 1 … 9")
    with pytest.raises(InputError, match="steps is 'auto', expected a whole number"):
        Example(steps="auto")


@dataclass(frozen=True)
class Renamed(Options):
    data_steps: int = option(3, min=1, was=("inner", "steps"), help="how many")
    fast: bool = option(True, help="hurry")


@dataclass(frozen=True)
class Derived(Options):
    modes: int = option(0, min=0, max=16, auto=True, help="how many")
    order: int = option(-1, min=-1, max=9, auto=True, help="which")
    level: float = option(0.0, min=0, auto=True, unit="px", help="how high")


def test_what_stands_for_auto_is_not_offered_as_a_number():
    hints = [one.hint for one in options_of(Derived)]
    assert hints == [
        "how many; auto, or 1 … 16", "which; auto, or 0 … 9", "how high; auto, or more than 0 px"
    ]  # fmt: skip
    assert Derived(modes=0, level=0.0) == Derived("auto", "auto", "auto")  # as files have it
    assert Derived(order="0").order == 0
    for name, text in (("modes", "0"), ("order", "-1"), ("level", "0")):
        with pytest.raises(InputError, match=f"{name} is {text}, expected auto, or"):
            Derived(**{name: text})


def test_names_of_earlier_versions_are_read():
    assert Renamed.read({"inner": 5, "fast": False}) == Renamed(5, False)
    assert Renamed.read({"steps": 5}) == Renamed.read({"data_steps": 5, "steps": 6}) == Renamed(5)
    assert current_names(Renamed, {"steps": 2, "index": 7}) == {"data_steps": 2, "index": 7}
    assert set(Renamed().asdict()) == {"data_steps", "fast"}
    with pytest.raises(InputError, match="data_steps is 0, expected at least 1"):
        Renamed.read({"inner": 0})
    with pytest.raises(TypeError, match="outer"):
        Renamed.read({"outer": 1})


@dataclass(frozen=True)
class Needing(Options):
    kind: str = option("none", choices=("none", "near", "far"), help="which")
    weight: float = option(1.0, needs=("kind", ("near", "far")), help="how much")


def test_an_option_tells_what_it_needs():
    assert Needing().without_effect() == ("weight",)
    assert Needing(kind="far").without_effect() == ()
    assert options_of(Needing)[1].hint == "how much; only with kind near or far"


@pytest.mark.parametrize("owner", [*METHODS, Thinning, RunSettings], ids=lambda c: c.__name__)
def test_what_is_needed_is_an_option_and_can_be_had(owner):
    known = {one.name: one for one in options_of(owner)}
    for one in known.values():
        name, values = one.needs
        if name:
            assert set(values) <= set(known[name].choices)
