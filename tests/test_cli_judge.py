"""`ptygui judge`: the verdict on a result file, kept in it."""

import json

import pytest

from ptygui.cli import main
from ptygui.files.results import read_result


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("judge")
    assert (
        main(["simulate", "--object", "smear:1:48", "--overlap", "0.6", "--out", str(path / "scan.h5")]) == 0
    )
    made = [
        "reconstruct",
        "awf",
        str(path / "scan.h5"),
        "--iterations",
        "30",
        "--out",
        str(path / "result.h5"),
    ]
    assert main(made) == 0
    return path


def test_a_run_tells_its_verdict_and_keeps_it_in_the_file(folder, capsys):
    again = ["--iterations", "31", "--out", str(folder / "again.h5")]
    assert main(["reconstruct", "awf", str(folder / "scan.h5"), *again, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["verdict"] in ("good", "doubtful", "bad")
    assert dict(read_result(folder / "again.h5").verdict) == {"word": said["verdict"], "why": said["reason"]}
    assert main(["info", str(folder / "again.h5")]) == 0
    assert f"{said['verdict']}: {said['reason']}" in " ".join(capsys.readouterr().out.split())


def test_a_result_is_judged_once_and_the_file_has_it(folder, capsys, monkeypatch):
    result = str(folder / "result.h5")
    before = read_result(result)
    assert main(["judge", result, "--draws", "1"]) == 0
    said = capsys.readouterr().out
    assert "expected" in said
    assert "positions" in said
    kept = read_result(result)
    assert kept.judged.done
    assert kept.verdict["word"] in said.splitlines()[-1]
    assert (kept.obj == before.obj).all()
    assert kept.numbers == before.numbers
    monkeypatch.setattr("ptygui.experiment.judging.judge", None)  # it is not measured again
    assert main(["judge", result, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ratio"] == pytest.approx(kept.judged.ratio)
    assert [fit["name"] for fit in found["fits"]] == [fit.name for fit in kept.judged.fits]
    assert found["reason"] == kept.verdict["why"]


def test_a_result_is_judged_with_its_own_scan_alone(folder, capsys):
    other = str(folder / "other.h5")
    assert main(["simulate", "--object", "smear:1:48", "--overlap", "0.2", "--out", other]) == 0
    result = str(folder / "result.h5")
    assert main(["judge", result, "--again", "--scan", other]) == 2
    assert "has other positions" in capsys.readouterr().err
    assert main(["judge", result, "--draws", "0"]) == 2
    assert main(["judge", str(folder / "scan.h5")]) == 2
