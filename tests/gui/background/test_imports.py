"""What is imported behind the window, and in which order."""

import subprocess
import sys

CODE = """
import sys
import ptygui.gui.window
from ptygui.gui.background.imports import import_all

class Order:
    def find_spec(self, name, path=None, target=None):
        if name in ("scipy.spatial", "scipy.ndimage", "torch"):
            print(name)

sys.meta_path.insert(0, Order())
next(import_all())
"""


def test_what_the_list_of_runs_asks_for_comes_first():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    order = done.stdout.split()
    assert order[0] == "scipy.spatial"
    assert {"scipy.ndimage", "torch"} <= set(order)


FILES = """
import sys
from pathlib import Path
import ptygui.gui.app
from ptygui.files.recovery import kept

kept(Path("."))
print(*{"h5py", "torch", "matplotlib", "scipy.ndimage", "diffusers"} & set(sys.modules))
"""


def test_the_window_starts_without_what_reads_files_and_runs_methods():
    """They are imported in other threads: each would block the window for 50 ms or more."""
    done = subprocess.run([sys.executable, "-c", FILES], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
