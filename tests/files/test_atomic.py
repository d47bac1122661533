"""Nothing half-written is ever left."""

import pytest

from ptygui.errors import InputError
from ptygui.files.atomic import check_target, replacing


def test_takes_its_place_only_when_whole(tmp_path):
    target = tmp_path / "new" / "a.txt"
    with replacing(target) as scratch:
        scratch.write_text("half")
        assert not target.exists()
        assert scratch.suffix == ".txt"
    assert target.read_text() == "half"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_failure_leaves_what_was_there(tmp_path, error):
    target = tmp_path / "a.txt"
    target.write_text("old")

    def fail():
        with replacing(target) as scratch:
            scratch.write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_targets_that_cannot_be(tmp_path):
    with pytest.raises(InputError, match="is a folder: give a file name"):
        check_target(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        check_target(tmp_path / "file" / "a.h5")
    with pytest.raises(InputError, match="would be overwritten"):
        check_target(tmp_path / "file", [tmp_path / "file"])
