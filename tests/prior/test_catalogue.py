"""The priors to choose from, and the one for a specimen."""

import json
import subprocess
import sys
from shutil import copytree

import pytest

from ptygui.errors import InputError
from ptygui.methods import DAPS, DPS
from ptygui.networks.checkpoint import load_info
from ptygui.prior import catalogue as module
from ptygui.prior import folders
from ptygui.prior.catalogue import catalogue, domain_of, entry_of, prior_for


@pytest.fixture
def shelf(tmp_path, monkeypatch, prior_folder):
    """A models/ of copies of the tiny prior; make(name, **entries of prior.json)."""
    for place in (module, folders):
        monkeypatch.setattr(place, "MODELS", tmp_path)
    monkeypatch.setattr(module, "user_priors", lambda: tmp_path / "own")

    def make(name, **entries):
        copytree(prior_folder, tmp_path / name)
        path = tmp_path / name / "prior.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | entries))

    return make


def test_an_entry_says_what_a_prior_is_of(shelf, tmp_path):
    losses = {"losses": {"0.3": 0.01, "1.0": 0.2}}
    data = ["a/first.npz::obj", "second.npz", "third.npz", "third.npz::other"]
    shelf("mine", domain="cells", training={"data": data, "date": "2026-01-02", "validation": [losses]})
    (tmp_path / "mine" / "sheet.png").write_bytes(b"")
    entry = entry_of("mine")
    assert (entry.name, entry.title, entry.domain, entry.date) == ("mine", "mine", "cells", "2026-01-02")
    assert entry.data == "first, second and 1 more"
    assert entry.error == 0.01
    assert entry.parameters > 1000
    assert entry.picture == (tmp_path / "mine" / "sheet.png").resolve()


def test_what_is_not_stated_is_left_open(shelf):
    shelf("bare", training={"data": [], "date": "yesterday", "validation": [{"losses": {"0.3": True}}]})
    entry = entry_of("bare")
    assert (entry.domain, entry.date, entry.data, entry.error, entry.picture) == ("", "", "", None, None)


def test_folders_elsewhere_follow_and_the_unreadable_are_left_out(shelf, prior_folder, tmp_path):
    shelf("good")
    shelf("broken", version=99)
    found = list(catalogue([prior_folder, prior_folder, tmp_path / "nowhere"]))
    assert [entry.name for entry in found] == ["good", str(prior_folder)]
    assert found[1].date  # of its weights
    with pytest.raises(InputError, match="version is 99"):
        entry_of("broken")


def test_the_users_own_priors_are_listed(shelf, prior_folder, tmp_path):
    shelf("good")
    copytree(prior_folder, tmp_path / "own" / "mine")
    assert [entry.title for entry in catalogue()] == ["good", "mine"]


def test_the_domain_may_come_from_what_it_was_validated_on(shelf, tmp_path):
    shelf("one", training={"validation_data": ["x.npz::obj (chip)", "y.npz (chip)"]})
    shelf("two", training={"validation_data": ["x.npz::obj (chip)", "x.npz::obj (leaves)"]})
    assert [domain_of(load_info(tmp_path / name)) for name in ("one", "two")] == ["chip", ""]


def test_a_named_specimen_gets_the_prior_of_its_domain(shelf):
    shelf("anything", domain="anything")
    shelf("blood-large", domain="blood")
    shelf("blood-little", domain="Blood")
    assert prior_for("chip", "blood-little") == "anything"
    shelf("circuits", domain="chips")
    assert prior_for("chip", "blood-little") == "circuits"
    assert prior_for("a Blood smear", "blood-little") == "blood-little"
    assert prior_for("blood", "elsewhere") == "blood-large"
    assert prior_for("", "blood-little") == "anything"
    assert prior_for("bloodless", "blood-little") == "anything"


def test_without_a_generic_prior_the_usual_one_is_taken(shelf):
    shelf("blood", domain="blood")
    assert prior_for("", "usual") == "usual"


def test_methods_resolve_auto_by_the_specimen():
    assert DAPS().prior == "auto"
    assert DAPS().prior_of("blood smear") == "blood-small"
    assert DPS().prior_of("blood smear") == "blood-compact"
    assert DAPS().prior_of("") == DPS().prior_of("") == "generic"
    assert DAPS(prior="blood-compact").prior_of("") == "blood-compact"
    assert "does not say what" in DAPS().reason("")
    assert "blood-small" in DAPS().reason("blood smear")
    assert DAPS(prior="generic").reason("") == ""


def test_the_list_is_read_without_torch():
    """It is shown before torch is imported, which takes seconds."""
    code = "from ptygui.prior.catalogue import catalogue; print(list(catalogue())); import sys; "
    code += "print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "name='generic'" in done.stdout
    assert done.stdout.rstrip().endswith("False")
