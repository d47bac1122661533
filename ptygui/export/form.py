"""Form: one kind of file that can be written, declared once for command line and window."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ptygui.export.exported import Exported

NEEDS = {
    "result": "a result",
    "steps": "a result with recorded steps",
    "curves": "a result with the numbers of its steps",
    "scan": "a scan with its patterns",
    "either": "a result or a scan",
}


@dataclass(frozen=True)
class Form:
    """One kind of file.

    Attributes
    ----------
    key : str
        The name of its flag.
    title : str
        In the dialog of the window, for the shown step.
    help : str
        After the flag.
    ending : str
        Of its name, after the one that is asked for, such as "_product.h5"; a folder's has no dot.
    write : function of a path and Exported
        Returns the files that it wrote.
    suffixes : tuple of str
        Endings that a flag accepts; empty for a folder.
    needs : str
        One of `NEEDS`.
    recorded : bool
        Whether it writes its own record.
    """

    key: str
    title: str
    help: str
    ending: str
    write: Callable[[Path, "Exported"], list[Path]]
    suffixes: tuple[str, ...] = ()
    needs: str = "result"
    recorded: bool = False
