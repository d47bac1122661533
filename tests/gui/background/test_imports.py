"""What is imported behind the window, and in which order."""

import subprocess
import sys

CODE = """
import sys
import threading
import ptygui.gui.window
from ptygui.gui.background.imports import import_all, load

class Order:
    def find_spec(self, name, path=None, target=None):
        if name in ("scipy.spatial", "scipy.ndimage", "torch"):
            mapped = sys.platform != "linux" or "libtorch_cpu.so" in open("/proc/self/maps").read()
            print(name, mapped)

def begin():
    try:
        load(networks=True)
        from diffusers import UNet2DModel
    except BaseException as error:
        errors.append(error)

sys.meta_path.insert(0, Order())
errors, threads = [], [threading.Thread(target=begin) for _ in range(3)]
everything = import_all()
threads.append(threading.Thread(target=lambda: list(everything)))
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert not errors, errors
"""


def test_imports_come_in_order_also_where_runs_begin_meanwhile():
    """First what the list of runs asks for; torch's library before torch, which would hold the window up.

    Two threads that import diffusers at once would see it half made.
    """
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    order = [line.split() for line in done.stdout.splitlines()]
    assert order[0][0] == "scipy.spatial"
    assert {"scipy.ndimage", "torch"} <= {name for name, _ in order}
    assert [mapped for name, mapped in order if name == "torch"][-1] == "True"


FILES = """
import sys
from pathlib import Path
import ptygui.gui.app
from ptygui.files.recovery import kept

kept(Path("."))
late = {"ptygui.gui.views.compare", "ptygui.gui.panels.batch", "ptygui.gui.files.mapper"}
slow = {"h5py", "torch", "matplotlib", "scipy.ndimage", "diffusers", "numba"}
print(*(late | slow) & set(sys.modules))
"""


def test_the_window_starts_without_what_reads_files_runs_methods_or_is_built_late():
    """They are imported in other threads: each would block the window for 50 ms or more."""
    done = subprocess.run([sys.executable, "-c", FILES], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
