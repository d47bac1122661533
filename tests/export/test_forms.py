"""What holds for every form, and the records."""

import json
from dataclasses import replace

import pytest

from ptygui.errors import InputError
from ptygui.export.batch import recorded, write_all
from ptygui.export.exported import Exported
from ptygui.export.forms import FORMS, form_named
from ptygui.export.names import numbered
from ptygui.files.source import source_of


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.key)
def test_every_form_is_written_whole_or_not_at_all(tmp_path, both, form, monkeypatch):
    target = tmp_path / f"name{form.ending}"
    written = form.write(target, both)
    assert all(path.is_file() and path.stat().st_size for path in written)
    assert all(target == path.parent or target == path or path.suffix == ".json" for path in written)
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == set(written)  # and nothing else
    assert not form.suffixes or target.suffix in form.suffixes

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ptygui.atomic.os.replace", full)
    before = {path: path.read_bytes() for path in written}
    with pytest.raises(InputError, match="could not be written"):
        form.write(target, both)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_form_says_what_it_needs(both, result, known):
    bare = replace(result, frames=(), numbers={})
    wanted = {
        "result": {"tiff", "product", "cxi", "npz", "positions-csv"},
        "scan": {"cxi", "positions-csv", "ptyd"},
    }
    assert {f.key for f in FORMS if Exported(bare).has(f.needs)} == wanted["result"]
    assert {f.key for f in FORMS if Exported(scan=known).has(f.needs)} == wanted["scan"]
    assert all(both.has(form.needs) for form in FORMS)


def test_the_record_says_what_it_is_and_from_where(tmp_path, both):
    path = recorded(tmp_path / "r.json", both, [tmp_path / "a.npz", tmp_path / "b.cxi"])
    said = json.loads(path.read_text("utf-8"))
    assert said["files"] == ["a.npz", "b.cxi"]
    assert said["scan"] == {"file": "scan.cxi", "sha256": "0" * 64}
    assert said["name"] == "sample ⌀ 7"
    assert (said["method"], said["options"]["iterations"], said["seed"]) == ("rpie", 3, 4)
    assert said["numbers"]["nrmse"] == pytest.approx(0.5 / 3)
    assert {"ptygui", "numpy", "python"} <= said["versions"].keys()
    assert said["pixel_size_m"] == 2e-8


def test_the_record_of_a_scan(tmp_path, known):
    exported = Exported(scan=known)
    said = json.loads(recorded(tmp_path / "r.json", exported, [tmp_path / "a.ptyd"]).read_text("utf-8"))
    assert said["positions"] == len(known)
    assert said["photons"] == known.photons
    assert said["versions"]["ptygui"]


def test_the_source_is_the_sha256_of_the_file(tmp_path):
    path = tmp_path / "scan.h5"
    path.write_bytes(b"abc")
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert source_of(path) == ("scan.h5", known)
    path.write_bytes(b"abcd")
    assert source_of(path).sha256 != known
    assert source_of(tmp_path) == (tmp_path.name, "")
    assert source_of(tmp_path / "gone.h5") is source_of(None) is None


def test_a_result_as_it_was_at_a_step(result):
    early = result.until(result.frames[1])
    assert early.last.index == early.numbers["index"][-1] == 2
    assert len(early.numbers["misfit"]) == 2
    assert (early.refined_positions == result.positions).all()  # they moved in the last step
    assert result.until(result.last).numbers == result.numbers


def test_one_that_fails_does_not_keep_the_others_from_being_written(tmp_path, both):
    (tmp_path / "a.npz").mkdir()
    npz, cxi = form_named("npz"), form_named("cxi")
    writers = {
        tmp_path / "a.npz": lambda: npz.write(tmp_path / "a.npz", both),
        tmp_path / "a.cxi": lambda: cxi.write(tmp_path / "a.cxi", both),
    }
    with pytest.raises(InputError, match=r"is a folder.*Written: a\.cxi"):
        write_all(writers)
    assert (tmp_path / "a.cxi").is_file()


def test_names_are_numbered():
    assert numbered(["a", "b", "A", "a"]) == ["a", "b", "A_2", "a_3"]
