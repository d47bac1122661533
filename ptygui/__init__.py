"""How little scan overlap can a ptychography experiment live with: simulate, reconstruct live, compare.

import ptygui

scan = ptygui.read_scan("scan.h5")                     # or ptygui.example_scan()
for step in ptygui.reconstruct(scan, ptygui.AWF()):    # a Step when one is due, else None
    ...

Every public name is here. Each is imported when it is first used, so that `import ptygui` costs nothing.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# Public name: the module that has it. `__init__.pyi` says the same to type checkers.
_MODULES = {
    "AWF": "ptygui.methods",
    "DAPS": "ptygui.methods",
    "DIP": "ptygui.methods",
    "DPS": "ptygui.methods",
    "Diverged": "ptygui.errors",
    "Geometry": "ptygui.scan",
    "History": "ptygui.history",
    "InputError": "ptygui.errors",
    "METHODS": "ptygui.methods",
    "Method": "ptygui.methods",
    "PMACE": "ptygui.methods",
    "PtyChi": "ptygui.methods",
    "PtychoNN": "ptygui.methods",
    "RPIE": "ptygui.methods",
    "Result": "ptygui.files.result",
    "Scan": "ptygui.scan",
    "Simulation": "ptygui.physics.simulate",
    "Step": "ptygui.step",
    "UNet": "ptygui.methods",
    "Unrolled": "ptygui.methods",
    "chip": "ptygui.physics.chip",
    "example_scan": "ptygui.experiment.example",
    "judge": "ptygui.experiment.judging",
    "make_probe": "ptygui.physics.probe",
    "nrmse": "ptygui.analysis.metrics",
    "rank_priors": "ptygui.experiment.ranking",
    "read_object": "ptygui.files.objects",
    "read_probe": "ptygui.files.probes",
    "read_result": "ptygui.files.results",
    "read_scan": "ptygui.files.scans",
    "reconstruct": "ptygui.experiment.reconstruct",
    "simulate": "ptygui.physics.simulate",
    "smear": "ptygui.physics.smear",
    "split_counts": "ptygui.analysis.count_splitting",
    "ssim": "ptygui.analysis.metrics",
    "write_result": "ptygui.files.results",
    "write_scan": "ptygui.files.scans",
}

__all__ = ["__version__", *_MODULES]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
