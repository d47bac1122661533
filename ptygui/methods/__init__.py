"""All methods: `METHODS` is the one list, and in window, command line and files alike."""

from ptygui.methods.awf import AWF
from ptygui.methods.base import Iterate, Method
from ptygui.methods.daps import DAPS
from ptygui.methods.dps import DPS
from ptygui.methods.imported import Imported
from ptygui.methods.rpie import RPIE
from ptygui.methods.unet import UNet

METHODS: tuple[type[Method], ...] = (DAPS, DPS, RPIE, AWF, UNet)

__all__ = ["METHODS", "Imported", "Iterate", "Method", "method_named"]


def method_named(key: str) -> type[Method]:
    """The method class with this `key()`, such as "rpie"."""
    from ptygui.errors import InputError

    for method in (*METHODS, Imported):
        if method.key() == key.lower():
            return method
    raise InputError(f"method is {key!r}, expected one of {', '.join(m.key() for m in METHODS)}")
