"""How much memory a run needs, before it is begun."""

import os

import numpy as np

from ptygui.methods import Method
from ptygui.scan import Scan

_PROGRAM = 5e8  # bytes that the program uses with torch and a network loaded
_SHARE = 0.8  # of this machine's memory, from which a run is likely to fail
_TOLD = 1e9  # bytes from which a run's need is told in any case


def memory_needed(scan: Scan, method: Method) -> float:
    """Approximate peak memory of a run [bytes], with the program and the scan."""
    held = 4 * scan.size if isinstance(scan.patterns, np.ndarray) else 0
    return _PROGRAM + held + (0 if scan.mask is None else 2 * scan.mask.nbytes) + method.memory(scan)


def machine_memory() -> float | None:
    """Memory of this machine [bytes]; None where the system does not tell."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):
        return None


def too_much(scan: Scan, method: Method) -> bool:
    """Whether a run needs more memory than this machine can be expected to give."""
    there = machine_memory()
    return there is not None and memory_needed(scan, method) > _SHARE * there


def memory_notes(scan: Scan, method: Method) -> tuple[str, ...]:
    """What is said of the memory before a run; nothing of one that needs little."""
    need, there = memory_needed(scan, method), machine_memory()
    if need < _TOLD:
        return ()
    text = f"the run needs about {need / 1e9:.1f} GB of memory"
    if there is not None:
        text += f", and this machine has {there / 1e9:.1f} GB"
    if scan.stays_in_file and method.reads_parts:
        text += "; on a processor its patterns are read from their file in every iteration"
    if too_much(scan, method):
        text = f"WARNING: {text}: take a part (--frames ::2, --crop, --bin), or use AWF"
    return (text,)
