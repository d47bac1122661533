"""`ptygui priors`: the list, and the ranking on a scan."""

import json

import pytest

from ptygui.__main__ import main
from ptygui.experiment import ranking


@pytest.fixture
def own_only(monkeypatch, tmp_path):
    """No shipped priors: ranking those would take half a minute."""
    from ptygui.prior import catalogue, folders

    for place in (catalogue, folders):
        monkeypatch.setattr(place, "MODELS", tmp_path / "models")
    monkeypatch.setattr(catalogue, "user_priors", lambda: tmp_path / "own")


@pytest.fixture(scope="module")
def scan_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("scan") / "scan.h5"
    assert main(["simulate", "--object", "chip:1:48", "--overlap", "0.4", "--out", str(path)]) == 0
    return str(path)


def test_the_table_lists_what_is_shipped_and_ones_own(prior_folder, capsys):
    assert main(["priors", "--folder", str(prior_folder)]) == 0
    said = capsys.readouterr().out
    lines = {line.split()[0]: line for line in said.splitlines() if line}
    assert "blood" in lines["blood-small"]
    assert "1.8 M" in lines["blood-small"]
    assert "anything" in lines["generic"]
    assert "not measured" in lines[str(prior_folder)]
    assert "does not compare priors" in said


def test_the_list_as_json_and_a_folder_of_several(own_only, prior_folder, capsys):
    assert main(["priors", "--json", "--folder", str(prior_folder.parent)]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert entry["name"] == entry["folder"] == str(prior_folder)
    assert entry["error"] is None


def test_priors_are_ranked_on_a_scan(own_only, scan_file, prior_folder, short_previews, capsys):
    assert main(["priors", scan_file, "--folder", str(prior_folder)]) == 0
    said = capsys.readouterr().out
    assert "deviance" in said
    assert "AWF" in said
    assert prior_folder.name in said
    assert main(["priors", scan_file, "--folder", str(prior_folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {c["prior"] for c in found["candidates"]} == {None, str(prior_folder)}
    assert found["candidates"] == sorted(found["candidates"], key=lambda c: c["deviance"])
    assert found["verdict"]


def test_ctrl_c_keeps_the_ranking_so_far(
    own_only, scan_file, prior_folder, short_previews, capsys, monkeypatch
):
    preview = ranking._preview

    def stopped(scan, method, *rest):
        if method.key() == "daps":
            raise KeyboardInterrupt
        return preview(scan, method, *rest)

    monkeypatch.setattr(ranking, "_preview", stopped)
    assert main(["priors", scan_file, "--folder", str(prior_folder)]) == 130
    said = capsys.readouterr()
    assert "after 1 of 2 previews" in said.err
    assert "AWF" in said.out


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--folder", "nowhere"], "--folder is nowhere"),
        (["nowhere.h5"], "nowhere.h5"),
        (["--minutes", "0"], "--minutes is 0"),
        (["--seed", "-1"], "--seed is -1"),
    ],
)
def test_bad_input_is_one_line(flags, named, capsys):
    assert main(["priors", *flags]) == 2
    said = capsys.readouterr().err
    assert named in said
    assert said.count("\n") == 1


def test_a_simulated_scan_names_its_specimen(scan_file, tmp_path):
    from ptygui.files.objects import read_object
    from ptygui.files.scans import read_scan, write_scan

    scan = read_scan(scan_file)
    assert scan.specimen == "chip"
    write_scan(tmp_path / "again.h5", scan.noted("once more"))
    assert read_scan(tmp_path / "again.h5").specimen == "chip"
    assert read_object("smear:1:32").specimen == "blood smear"
