"""What is wrong with a file that a library cannot read, in our own words.

The words of HDF5, zlib or Pillow name their own functions, not what happened to the file. They stay the cause
of our error.
"""

import errno
import json
import re
import struct
import tokenize
import zipfile
import zlib

# Words in an error of HDF5, and what they mean; the first that is found counts.
_HDF5 = (
    ("signature not found", "it does not begin like an HDF5 file"),
    ("checksum", "a checksum does not fit: bytes of it were changed"),
    ("filter returned failure", "a compressed part of it cannot be unpacked"),
    ("inflate", "a compressed part of it cannot be unpacked"),
    ("superblock", "its header is broken"),
    ("version number", "its header is broken"),
    ("object header", "the description of something in it is broken"),
    ("b-tree", "its table of contents is broken"),
    ("symbol", "its table of contents is broken"),
    ("heap", "its table of contents is broken"),
    ("link", "a link in it is broken"),
    ("datatype", "the type of something in it is broken"),
    ("dataspace", "the shape of something in it is broken"),
    ("address", "it points to bytes that it does not have"),
)
_NAME = re.compile(r"[\w./ ]{1,60}")
_OF_DISK = {
    errno.EIO: "the disk reports an error",
    errno.ESTALE: "the network drive is not connected any more",
    errno.ENOSPC: "the disk is full",
    errno.EMFILE: "too many files are open",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ELOOP: "its links form a loop",
    errno.ENOENT: "it is not there any more",
}


def what_is_wrong(error: BaseException) -> str:
    """A few words on a broken file, for an error that a library raised."""
    said = str(error).lower()
    if isinstance(error, MemoryError):
        return "it asks for more memory than there is"
    if isinstance(error, zipfile.BadZipFile | NotImplementedError):
        return "its archive is cut off, or was changed"
    if isinstance(error, zlib.error):
        return "a compressed part of it cannot be unpacked"
    if (
        isinstance(error, EOFError | struct.error)
        or "truncated" in said
        or "eof =" in said
        or "cannot reshape" in said
    ):
        return "it ends too soon: the copy stopped early"
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno} is not valid JSON"
    if isinstance(error, UnicodeError):
        return "it holds bytes that are no text"
    if isinstance(error, SyntaxError | tokenize.TokenError):
        return "the description of an array in it is broken"
    if isinstance(error, OSError) and error.errno in _OF_DISK:
        return _OF_DISK[error.errno]
    meant = next((ours for theirs, ours in _HDF5 if theirs in said), None)
    if meant is not None and isinstance(error, OSError | RuntimeError | KeyError | ValueError):
        return meant
    if isinstance(error, KeyError) and _NAME.fullmatch(name := str(error.args[0] if error.args else "")):
        return f"{name} is missing"
    if isinstance(error, KeyError | IndexError | AttributeError):
        return "something that belongs in it is missing"
    if isinstance(error, OverflowError | ArithmeticError):
        return "a number in it is too large"
    if isinstance(error, TypeError | ValueError):
        return "something in it is of another kind than it should be"
    return "what is stored in it does not fit together"
