"""What is said of a file that a library cannot read: our words, not those of the library."""

import json
import re
import zipfile
import zlib

import h5py
import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.files.limits import reading
from ptygui.files.scans import read_scan
from ptygui.files.unreadable import what_is_wrong
from tests.fuzz.samples import SAMPLES

THEIRS = re.compile(
    r"errno|unable to|can't|object at|H5|zlib|inflate|Error -|traceback|<class|numpy", re.IGNORECASE
)


def raised(function):
    try:
        function()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: zlib.decompress(b"no"), "a compressed part of it cannot be unpacked"),
        (lambda: json.loads("{\n]"), "line 2 is not valid JSON"),
        (lambda: b"\xff".decode(), "bytes that are no text"),
        (lambda: {}["energy"], "energy is missing"),
        (lambda: [][3], "something that belongs in it is missing"),
        (lambda: int("text"), "of another kind"),
        (lambda: 10.0**400, "too large"),
        (lambda: zipfile.ZipFile(__file__), "its archive is cut off"),
        (lambda: np.zeros(3).reshape(2, 2), "ends too soon"),
    ],
)
def test_each_kind_of_error_has_its_words(make, says):
    error = raised(make)
    with (
        pytest.raises(InputError, match=re.escape("a.h5 is damaged or incomplete (")) as found,
        reading("a.h5"),
    ):
        raise error
    assert says in str(found.value)
    assert found.value.__cause__ is error


def test_a_file_that_was_cut_and_one_that_was_changed_are_told_apart(tmp_path):
    path = tmp_path / "s.cxi"
    SAMPLES["scan.cxi"](path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="it ends too soon: the copy stopped early"):
        read_scan(path)
    with h5py.File(tmp_path / "t.cxi", "w"):
        pass
    at = whole.index(b"\x78\x5e") if b"\x78\x5e" in whole else whole.index(b"\x78\x9c")
    path.write_bytes(whole[: at + 4] + bytes(8) + whole[at + 12 :])
    with pytest.raises(InputError, match="a compressed part of it cannot be unpacked"):
        read_scan(path)


@pytest.mark.parametrize("error", [OSError("Unable to open file (B-tree node)"), RuntimeError("H5Dread: x")])
def test_no_word_of_a_library_is_left(error):
    assert not THEIRS.search(what_is_wrong(error))
