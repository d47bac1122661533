"""All methods: `METHODS` is the one list, and in window, command line and files alike."""

from collections.abc import Callable

from ptygui.methods.awf import AWF
from ptygui.methods.base import Finding, Iterate, Method, Remedy, SweepChoice
from ptygui.methods.daps import DAPS
from ptygui.methods.dps import DPS
from ptygui.methods.imported import Imported
from ptygui.methods.rpie import RPIE
from ptygui.methods.unet import UNet

# Whoever wants it asks for `methods.METHODS` when it is wanted, not once at import.
METHODS: tuple[type[Method], ...] = (DAPS, DPS, RPIE, AWF, UNet)

__all__ = [
    "AWF", "DAPS", "DPS", "METHODS", "RPIE", "Finding", "Imported", "Iterate", "Method", "Remedy",
    "SweepChoice", "UNet",
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
    """The first method that trained weights help where the data are too few, with its defaults."""
    return next((made for made in (method() for method in METHODS) if made.learned), None)


def quick_look(kept: Callable[[type[Method]], Method]) -> Method | None:
    """The first method that has a quick look, with the options that `kept` gives for its class."""
    return next((look for look in (kept(method).quick_look() for method in METHODS) if look), None)
