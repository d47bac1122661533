"""One module per file format, and their list: a new format is a module here and a name in `FORMATS`."""

from ptygui.files.formats import cxi, own_project, own_scan, product, ptychi, tike
from ptygui.files.formats.base import Format

# In the order in which they are tried: a ptygui result is also a product.
FORMATS: tuple[Format, ...] = (
    own_scan.FORMAT,
    own_project.FORMAT,
    product.RESULT,
    product.PRODUCT,
    product.NPZ,
    product.CXI,
    cxi.FORMAT,
    tike.FORMAT,
    ptychi.FORMAT,
)
