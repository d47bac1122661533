"""Which way imports run: downwards only, Qt in gui alone, torch where tensors live."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "ptygui"

# A module may import those in lines below its own, and its own kind: style.md's table.
LAYERS = (
    {"__main__"},
    {"cli", "gui"},
    {"training", "example", "sweep"},
    {"reconstruct", "files", "lowest"},
    {"run"},
    {"methods"},
    {"physics", "prior", "history", "frc", "ensemble", "comparison"},
    {"scan", "step", "options", "metrics", "networks", "paths", "align", "line_profile", "fit", "cuda"},
    {"errors", "atomic"},
    {""},  # ptygui itself: its version
)
# What stands beside one another and is used all the same: (who, whom).
NEIGHBOURS = {
    ("scan", "errors"),
    ("options", "errors"),
    ("atomic", "errors"),
    ("networks", "paths"),  # a checkpoint is found by its name in models/
}
QT = {"PyQt6", "pyqtgraph", "qasync"}
TORCH = {"torch", "diffusers", "safetensors", "numba"}
WARMS_UP = "gui/warm.py"  # imports torch early, behind the window, and holds no tensor
TORCH_IN = {"cuda", "physics", "networks", "prior", "methods", "training", "reconstruct"}

SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)


def module_of(path: Path) -> str:
    """The name right under ptygui that a source file belongs to."""
    first = path.relative_to(PACKAGE).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def imports_of(path: Path) -> Iterator[str]:
    """Dotted names of all modules that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: a relative import"
            if node.module == "ptygui":
                yield from (f"ptygui.{a.name}" if _is_module(a.name) else "ptygui" for a in node.names)
            else:
                yield node.module


def _is_module(name: str) -> bool:
    return (PACKAGE / f"{name}.py").exists() or (PACKAGE / name).is_dir()


def level(module: str) -> int:
    for depth, layer in enumerate(LAYERS):
        if module in layer:
            return -depth
    pytest.fail(f"ptygui/{module} has no place in the table of layers")


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_downwards(path):
    me = module_of(path)
    for name in imports_of(path):
        if name.split(".")[0] != "ptygui":
            continue
        other = name.partition(".")[2].partition(".")[0]
        if other == me or (me, other) in NEIGHBOURS:
            continue
        assert level(other) < level(me), f"{me} imports {name}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_qt_and_torch_stay_where_they_belong(path):
    me = module_of(path)
    names = {name.split(".")[0] for name in imports_of(path)}
    if me not in ("gui", "__main__"):  # __main__ only looks whether Qt loads
        assert not names & QT
    if me not in TORCH_IN and path.relative_to(PACKAGE).as_posix() != WARMS_UP:
        assert not names & TORCH


def loaded(code: str) -> set[str]:
    """Top-level modules in a fresh interpreter after running some code."""
    code = f"import sys\n{code}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "code",
    [
        "import ptygui, ptygui.cli",
        "from ptygui.__main__ import main; main(['--help'])",
        "from ptygui.__main__ import main; main(['reconstruct', 'awf', '--help'])",
        "from ptygui.__main__ import main; main(['methods'])",
        "import ptygui.methods, ptygui.experiment.reconstruct, ptygui.files.scans, ptygui.files.results",
    ],
)
def test_a_fresh_interpreter_loads_neither_qt_nor_torch(code):
    heavy = QT | TORCH | ({"scipy", "skimage"} if "main" in code else set())
    assert not loaded(code) & heavy
