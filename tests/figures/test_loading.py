"""What is loaded with figures: matplotlib when one is drawn, Qt and torch never."""

import subprocess
import sys


def loaded(code):
    """Top-level modules in a fresh interpreter after some code."""
    code = f"import sys\n{code}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_matplotlib_is_not_loaded_before_a_figure_is_drawn():
    """Nor by commands: test_layers.py."""
    code = "import ptygui, ptygui.cli.export, ptygui.figures.step_figure, ptygui.figures.page"
    assert "matplotlib" not in loaded(code)


def test_figures_are_drawn_without_qt_torch_and_pyplot():
    found = loaded("import ptygui.figures.draw, ptygui.figures.result_figure; import sys\n"
                   "assert 'matplotlib.pyplot' not in sys.modules")  # fmt: skip
    assert "matplotlib" in found
    assert not found & {"PyQt6", "pyqtgraph", "torch"}
