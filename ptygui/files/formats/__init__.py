"""One module per file format, and their list: a new format is a module here and a name in `FORMATS`."""

from ptygui.files.formats import (
    cxi,
    frames,
    nsls2,
    other_results,
    own_project,
    own_scan,
    pmace,
    product,
    ptychi,
    ptylab,
    ptypy,
    shelves_data,
    slac,
    tike,
    xptycho,
)
from ptygui.files.formats.base import Format

# In the order in which they are tried: a ptygui result is also a product.
FORMATS: tuple[Format, ...] = (
    own_scan.FORMAT,
    own_project.FORMAT,
    product.RESULT,
    product.PRODUCT,
    product.NPZ,
    product.CXI,
    other_results.PYNX,
    cxi.FORMAT,
    tike.FORMAT,
    ptychi.FORMAT,
    ptypy.DATA,
    ptypy.RESULT,
    ptylab.DATA,
    ptylab.RESULT,
    nsls2.FORMAT,
    slac.FORMAT,
    xptycho.FORMAT,
    shelves_data.FORMAT,
    other_results.PTYCHOSHELVES,
    other_results.FOLD_SLICE,
    other_results.PTYRAD,
    pmace.FORMAT,
    frames.EIGER,
    frames.GRID,
    frames.STACK,
)
