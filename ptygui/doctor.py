"""What this machine offers to the program, and whether it works: the text that a report of an error needs.

Nothing here fails for what is missing: that is what it tells. Qt is only looked for, so it may be missing.
"""

import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import ptygui

PACKAGES = ("numpy", "scipy", "torch", "diffusers", "numba", "h5py", "hdf5plugin", "PyQt6", "pyqtgraph")
FEATURES = ("avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16", "amx_int8", "neon", "asimd")
LITTLE_DISK, LITTLE_MEMORY = 2e9, 2e9  # bytes free, below which a run is likely to fail
EASY, HARD = 0.12, 0.06  # errors that the self-test stays below: AWF at 60 %, a prior at 20 % overlap


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, what was found, and what to do if it is not well."""

    what: str
    found: str
    remedy: str = ""  # empty if it is well

    @property
    def line(self) -> str:
        """As it is printed."""
        text = f"{self.what:<11} {self.found}"
        return f"{text}\n{'':<11} -> {self.remedy}" if self.remedy else text


def findings(no_window: Callable[[], str] | None = None, test: bool = True) -> Iterator[Finding]:
    """Look at everything, one after the other.

    Parameters
    ----------
    no_window : callable, optional
        Why no window can be opened; an empty text if one can. Not asked where a window is open.
    test : bool
        Also reconstruct something small, and check the result: some seconds.
    """
    yield Finding("ptygui", f"{ptygui.__version__}, {_shortened(Path(ptygui.__file__).parent)}")
    yield Finding("Python", f"{platform.python_version()}, {platform.platform()}")
    for some in (PACKAGES[:5], PACKAGES[5:]):
        yield Finding("packages", ", ".join(f"{name} {_version(name)}" for name in some))
    if no_window is not None:
        why = no_window()  # not a problem where none is wanted, as on a cluster
        yield Finding("window", f"cannot be opened: {why}" if why else "can be opened")
    yield _processor()
    yield _memory()
    yield from map(_disk, dict.fromkeys((Path.cwd(), Path(tempfile.gettempdir()), Path.home())))
    yield from _guarded("torch", _torch)
    yield from _guarded("numba", _numba)
    yield from _guarded("weights", _weights)
    if test:
        yield from _guarded("self-test", self_test)


def report(found: list[Finding]) -> str:
    """The findings as text, with their number of problems as the last line."""
    wrong = sum(bool(finding.remedy) for finding in found)
    end = "nothing is wrong" if not wrong else f"{wrong} of {len(found)} need attention, see the arrows"
    return "\n".join([*(finding.line for finding in found), end])


def self_test() -> Iterator[Finding]:
    """Reconstruct a small blood smear by AWF and by a prior, and compare it with the truth."""
    from ptygui.experiment.example import example_scan
    from ptygui.experiment.reconstruct import reconstruct
    from ptygui.methods import AWF, DAPS, Method
    from ptygui.physics.simulate import Simulation

    tests: tuple[tuple[str, Method, float, float], ...] = (
        ("AWF", AWF(iterations=150), 0.6, EASY),
        ("daps", DAPS(setting="preview"), 0.2, HARD),
    )
    for name, method, overlap, most in tests:
        began = time.perf_counter()
        scan = example_scan(Simulation(overlap=overlap), size=64)
        last = None
        for step in reconstruct(scan, method, interval=float("inf")):
            last = step or last
        took = time.perf_counter() - began
        error = float("nan") if last is None or last.nrmse is None else last.nrmse
        found = f"{name} at {overlap:.0%} overlap: NRMSE {error:.3f}, expected below {most}; {took:.1f} s"
        wrong = "" if error < most else "results of this machine are wrong: please report it with this text"
        yield Finding("self-test", found, wrong)


def _guarded(what: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What is found, or that looking failed, which is a finding too."""
    try:
        yield from look()
    except Exception as error:
        said = f"{type(error).__name__}: {' '.join(str(error).split())}"
        yield Finding(what, "does not work", said)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _processor() -> Finding:
    told = _told("/proc/cpuinfo")
    model = told.get("model name") or platform.processor() or platform.machine()
    flags = set(told.get("flags", told.get("Features", "")).split())
    known = " ".join(name for name in FEATURES if name in flags) or "features not told"
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Finding("processor", f"{model}, {there} of {os.cpu_count()} usable; {known}")


def _memory() -> Finding:
    from ptygui.experiment.memory import machine_memory

    there, told = machine_memory(), _told("/proc/meminfo")
    if there is None:
        return Finding("memory", "not told by this system")
    text, free = f"{there / 1e9:.1f} GB", told.get("MemAvailable", "").split()
    if not free:
        return Finding("memory", text)
    left = 1024 * float(free[0])
    wrong = "close other programs: a run may fail" if left < LITTLE_MEMORY else ""
    return Finding("memory", f"{text}, {left / 1e9:.1f} GB free", wrong)


def _disk(folder: Path) -> Finding:
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("disk", _shortened(folder), f"cannot be looked at: {error.strerror}")
    writable = os.access(folder, os.W_OK)
    wrong = "" if writable else "cannot be written to: work in another folder"
    if writable and free < LITTLE_DISK:
        wrong = "make room: results and unsaved runs may not be kept"
    return Finding("disk", f"{free / 1e9:.1f} GB free in {_shortened(folder)}", wrong)


def _torch() -> Iterator[Finding]:
    import torch

    kind = torch.backends.cpu.get_cpu_capability()
    yield Finding("torch", f"{torch.__version__}, {torch.get_num_threads()} threads, {kind}")
    if not torch.cuda.is_available():
        built, card = torch.version.cuda, shutil.which("nvidia-smi") is not None
        wrong = "there is an NVIDIA card: install a torch for CUDA (pytorch.org)" * (card and not built)
        yield Finding("CUDA", "none" if built else "none, torch is built without it", wrong)
        return
    for place in range(torch.cuda.device_count()):
        free, whole = torch.cuda.mem_get_info(place)
        name, room = torch.cuda.get_device_name(place), f"{free / 1e9:.1f} of {whole / 1e9:.1f} GB free"
        yield Finding("CUDA", f"{place}: {name}, {room}, CUDA {torch.version.cuda}")


def _numba() -> Iterator[Finding]:
    import numba

    from ptygui.physics import forward

    used = getattr(forward, "compiled", None) is not None
    text = f"{numba.__version__}, loops are compiled" if used else f"{numba.__version__}, not used"
    yield Finding("numba", text, "" if used else "runs on the processor are slower")


def _weights() -> Iterator[Finding]:
    from ptygui.paths import MODELS
    from ptygui.prior.catalogue import catalogue

    names = [entry.name for entry in catalogue()]
    wrong = "" if names else f"there are none in {_shortened(MODELS)}: install ptygui again"
    yield Finding("weights", ", ".join(names) or "none", wrong)


def _told(path: str) -> dict[str, str]:
    """What Linux tells of itself, by name; the first of each."""
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    found: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        found.setdefault(name.strip(), value.strip())
    return found


def _shortened(path: Path) -> str:
    """A path without the name of the user."""
    home = str(Path.home())
    text = str(path)
    return f"~{text[len(home) :]}" if len(home) > 1 and text.startswith(home) else text
