"""All methods: `METHODS` is the only list, used by window, command line and files."""

from collections.abc import Callable

from ptygui.methods.awf import AWF
from ptygui.methods.base import Finding, Iterate, Method, Remedy, SweepChoice
from ptygui.methods.daps import DAPS
from ptygui.methods.dip import DIP
from ptygui.methods.dps import DPS
from ptygui.methods.imported import Imported
from ptygui.methods.pmace import PMACE
from ptygui.methods.ptychi import PtyChi
from ptygui.methods.ptychonn import PtychoNN
from ptygui.methods.rpie import RPIE
from ptygui.methods.unet import UNet
from ptygui.methods.unrolled import Unrolled

# Users read `methods.METHODS` when they need it, not once at import.
METHODS: tuple[type[Method], ...] = (DAPS, DPS, RPIE, AWF, UNet, PMACE, DIP, PtychoNN, Unrolled, PtyChi)

__all__ = [
    "AWF", "DAPS", "DIP", "DPS", "METHODS", "PMACE", "RPIE", "Finding", "Imported", "Iterate", "Method",
    "PtyChi", "PtychoNN", "Remedy", "SweepChoice", "UNet", "Unrolled",
    "labels", "learned_method", "method_named", "quick_look",
]  # fmt: skip


def method_named(key: str) -> type[Method]:
    """The method class with this `key()`, such as "rpie"."""
    from ptygui.errors import InputError

    known: tuple[type[Method], ...] = (*METHODS, Imported)
    for method in known:
        if method.key() == key.lower():
            return method
    raise InputError(f"method is {key!r}, expected one of {', '.join(m.key() for m in METHODS)}")


def labels() -> str:
    """The labels of all methods, for a sentence."""
    return "; ".join(method.label for method in METHODS)


def learned_method() -> Method | None:
    """The first method with trained weights, for scans with too few data, with its defaults."""
    return next((made for made in (method() for method in METHODS) if made.learned), None)


def quick_look(kept: Callable[[type[Method]], Method]) -> Method | None:
    """The first method with a quick look, with the options in `kept` for its class."""
    return next((look for look in (kept(method).quick_look() for method in METHODS) if look), None)
