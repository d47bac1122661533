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
    "labels", "learned_method", "method_from", "method_named", "quick_look", "written",
]  # fmt: skip


def method_named(key: str) -> type[Method]:
    """The method class with this `key()`, such as "rpie"."""
    from ptygui.errors import InputError

    known: tuple[type[Method], ...] = (*METHODS, Imported)
    for method in known:
        if method.key() == key.lower():
            return method
    raise InputError(f"method is {key!r}, expected one of {', '.join(m.key() for m in METHODS)}")


def method_from(text: str, told: Callable[[str], None] = lambda sentence: None) -> Method:
    """A method written as `name` or `name:option=value,option=value`.

    Parameters
    ----------
    text : str
    told : callable
        Is given a sentence for each option that has another name by now.

    Raises
    ------
    InputError
        If there is no such method or option, or a value is refused.
    """
    from ptygui.errors import InputError
    from ptygui.options import current_names, options_of

    name, _, rest = text.partition(":")
    cls = method_named(name)
    known = {option.name: option for option in options_of(cls)}
    options = {}
    for pair in filter(None, rest.split(",")):
        key, _, value = pair.partition("=")
        typed = key.strip().replace("-", "_")
        (key,) = current_names(cls, {typed: value})
        if key != typed:
            told(f"{typed} of {cls.key()} is now called {key}")
        if key not in known:
            raise InputError(f"{key} is not an option of {cls.key()}: `ptygui methods` lists them")
        options[key] = known[key].check(value)
    return cls(**options)


def written(method: Method) -> str:
    """A method as `method_from` reads it, with the options that differ from their defaults."""
    plain = method.asdict()
    options = ",".join(f"{name}={plain[name]}" for name in method.changed())
    return f"{method.key()}:{options}" if options else method.key()


def labels() -> str:
    """The labels of all methods, for a sentence."""
    return "; ".join(method.label for method in METHODS)


def learned_method() -> Method | None:
    """The first method with trained weights, for scans with too few data, with its defaults."""
    return next((made for made in (method() for method in METHODS) if made.learned), None)


def quick_look(kept: Callable[[type[Method]], Method]) -> Method | None:
    """The first method with a quick look, with the options in `kept` for its class."""
    return next((look for look in (kept(method).quick_look() for method in METHODS) if look), None)
