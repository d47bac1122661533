"""What `import ptygui` gives: a list, kept here on purpose, each name with a docstring that says enough.

That each loads only when it is used: test_layers.py.
"""

import ast
import dataclasses
import inspect
from importlib import import_module
from pathlib import Path

import pytest

import ptygui

NAMES = {
    "AWF", "DAPS", "DIP", "DPS", "Diverged", "Geometry", "History", "InputError", "METHODS", "Method",
    "PMACE", "PtyChi", "PtychoNN", "RPIE", "Result", "Scan", "Simulation", "Step", "UNet", "Unrolled",
    "__version__", "chip",
    "example_scan", "judge", "make_probe", "nrmse", "rank_priors", "read_object", "read_probe", "read_result",
    "read_scan", "reconstruct", "simulate", "smear", "split_counts", "ssim", "write_result", "write_scan",
}  # fmt: skip
FUNCTIONS = sorted(name for name in NAMES if inspect.isfunction(getattr(ptygui, name)))
CLASSES = sorted(name for name in NAMES if inspect.isclass(getattr(ptygui, name)))


def test_the_public_names_are_these():
    assert set(ptygui.__all__) == NAMES
    assert len(ptygui.__all__) == len(NAMES)
    assert set(dir(ptygui)) >= NAMES
    assert len(FUNCTIONS) + len(CLASSES) == len(NAMES) - len({"METHODS", "__version__"})


def test_each_is_the_one_of_its_module():
    for name, module in ptygui._MODULES.items():
        assert getattr(ptygui, name) is getattr(import_module(module), name)


def test_every_method_in_the_list_has_a_public_name():
    assert {method.__name__ for method in ptygui.METHODS} <= NAMES


def test_type_checkers_are_told_the_same():
    stub = Path(ptygui.__file__).with_suffix(".pyi")
    told = {
        alias.asname: node.module
        for node in ast.parse(stub.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert told == ptygui._MODULES


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'ptygui' has no attribute 'reconstuct'"):
        _ = ptygui.reconstuct
    assert not hasattr(ptygui, "torch")


def test_no_module_hides_behind_a_public_name():
    """`import ptygui.reconstruct` would put a module in the place of the function."""
    folder = Path(ptygui.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} | {path.name for path in folder.iterdir()}
    assert not modules & NAMES


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_explain_every_parameter_and_what_they_return(name):
    function = getattr(ptygui, name)
    doc = inspect.getdoc(function)
    assert doc.split("\n\n")[0].endswith("."), doc
    for parameter in inspect.signature(function).parameters.values():
        stars = {parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        assert f"{stars}{parameter.name}" in doc.partition("Parameters\n---")[2], parameter.name
    assert "Returns\n-------" in doc or "Yields\n------" in doc


@pytest.mark.parametrize("name", CLASSES)
def test_classes_say_what_they_are(name):
    doc = inspect.getdoc(getattr(ptygui, name))
    assert doc.split("\n\n")[0].endswith((".", "::")), doc


@pytest.mark.parametrize("name", ["Geometry", "Scan", "Step", "Result"])
def test_values_explain_every_field(name):
    cls = getattr(ptygui, name)
    docs = [inspect.getdoc(base) for base in cls.__mro__[:-1]]  # fields of a base are explained there
    lines = [line for doc in docs for line in doc.splitlines() if " : " in line]
    told = {field.strip() for line in lines for field in line.partition(" : ")[0].split(",")}
    assert {field.name for field in dataclasses.fields(cls)} <= told
