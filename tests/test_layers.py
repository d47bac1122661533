"""What is imported when: `make lint` checks which way imports run, see `[tool.importlinter]`."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "ptygui"
QT = {"PyQt6", "pyqtgraph", "qasync"}
TORCH = {"torch", "diffusers", "safetensors", "numba"}
SLOW = {"scipy", "skimage", "h5py", "matplotlib"}
MODEL = sorted((PACKAGE / "gui" / "model").glob("*.py")) + sorted(
    (PACKAGE / "gui" / "background").glob("*.py")
)


@pytest.mark.parametrize("path", MODEL, ids=lambda path: path.stem)
def test_the_model_of_the_window_knows_no_widget(path):
    """import-linter does not look into packages of others."""
    names = {
        node.module or ""
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
    }
    assert not {name for name in names if name.startswith(("PyQt6.QtWidgets", "pyqtgraph"))}


def loaded(code: str) -> set[str]:
    """Top-level modules in a fresh interpreter after running some code."""
    code = f"import sys\n{code}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


COMMANDS = """
from ptygui.__main__ import main
for words in (["--help"], ["reconstruct", "awf", "--help"], ["methods"]):
    main(words)
"""
NAMES = """
import ptygui, ptygui.cli
dir(ptygui)
from ptygui import Scan, Step, History, InputError, METHODS, AWF, reconstruct
"""
READERS = "import ptygui.methods, ptygui.experiment.reconstruct, ptygui.files.scans, ptygui.files.results"


@pytest.mark.parametrize(
    ("code", "heavy"),
    [(COMMANDS, QT | TORCH | SLOW), (NAMES, QT | TORCH | SLOW), (READERS, QT | TORCH)],
    ids=["commands", "names", "readers"],
)
def test_what_a_fresh_interpreter_does_not_load(code, heavy):
    assert not loaded(code) & heavy
