"""A format is one module and its name in the list: a toy one is added, and everything knows it."""

import json

import numpy as np
import pytest

from ptygui.cli import main
from ptygui.errors import InputError
from ptygui.files import formats
from ptygui.files.info import describe
from ptygui.files.recognise import format_named, opens_as, recognise, suffixes_of, title_of
from ptygui.files.scans import files_beside, read_scan, read_start
from tests import toy_format


@pytest.fixture
def toy(tmp_path, scan, monkeypatch):
    """A file in the toy format, which is in the list."""
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, toy_format.FORMAT))
    return toy_format.write_toy(tmp_path / "cells.toy", scan)


def test_a_format_that_is_not_in_the_list_is_not_known(tmp_path, scan):
    path = toy_format.write_toy(tmp_path / "cells.toy", scan)
    assert recognise(path) is None
    with pytest.raises(InputError, match=r"of no kind that is known: give a scan"):
        read_scan(path)


def test_an_added_format_is_recognised_and_read(toy, scan):
    assert recognise(toy) == "toy"
    found = read_scan(toy, pixel_size_m=2e-9, metadata="m.txt")
    np.testing.assert_array_equal(found.patterns, scan.patterns)
    np.testing.assert_array_equal(found.positions, scan.positions)
    assert found.name == "cells"
    assert found.pixel_size_m == 2e-9  # read_scan sees to what the format does not take
    assert "metadata from m.txt" in found.notes
    assert ".toy" in suffixes_of("scan")
    with pytest.raises(InputError, match="holds no object to start from"):
        read_start(toy)
    assert toy.with_suffix(".probe") in files_beside(toy)


def test_a_damaged_file_of_an_added_format_is_refused_in_a_sentence(toy):
    toy.write_text(toy.read_text()[:-100])
    with pytest.raises(InputError, match=r"cells\.toy is damaged or incomplete \(.*: copy it again"):
        read_scan(toy)


def test_the_command_line_knows_an_added_format(toy, tmp_path, capsys):
    assert main(["info", str(toy), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["kind"], said["title"]) == ("toy", "toy scan")
    assert said["lines"]["patterns"] == describe(toy).lines[1][1]
    out = tmp_path / "r.h5"
    assert main(["reconstruct", "awf", str(toy), "--iterations", "2", "--out", str(out)]) == 0
    assert out.is_file()
    beside = toy.with_suffix(".probe")
    beside.write_text("of the toy")
    assert main(["reconstruct", "awf", str(toy), "--out", str(beside)]) == 2  # a name it must not overwrite
    assert beside.read_text() == "of the toy"


@pytest.mark.parametrize("one", formats.FORMATS, ids=lambda one: one.key)
def test_every_format_says_what_it_is(one):
    assert format_named(one.key) is one
    assert (title_of(one.key), opens_as(one.key)) == (one.title, one.opens_as)
    assert bool(one.read or one.layout) == (one.opens_as == "scan")
    assert one.result is None or one.opens_as == "result"
    assert set(one.takes) <= {"metadata", "pixel_size_m", "allow_links"}
    assert all(suffix in suffixes_of(one.opens_as) for suffix in one.suffixes)


def test_keys_are_of_one_format():
    keys = [one.key for one in formats.FORMATS]
    assert len(set(keys)) == len(keys)
