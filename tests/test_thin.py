"""`ptygui thin`, and reconstructions of scans that are thinned on the fly."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from conftest import small_object

from ptygui.cli import main
from ptygui.files.results import read_result, write_result
from ptygui.files.scans import read_scan, write_scan
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a measured scan: dense, and its object is not known."""
    scan = simulate(
        small_object(72), make_probe("medium", 16), Simulation(overlap=0.8, jitter=1), name="real"
    )
    write_scan(tmp_path / "scan.h5", replace(scan, truth=None))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_thinned_scan_tells_how_well_it_is_reconstructed(folder, capsys):
    assert main("thin scan.h5 --overlap 50% --reference 30 --out thinned.h5 --device cpu".split()) == 0
    said = capsys.readouterr()
    assert "measurements per complex unknown" in said.out
    assert "of the probe's D90" in said.out
    assert "reference: rPIE with probe refinement" in said.err
    scan = read_scan(folder / "thinned.h5")
    assert len(scan) + len(scan.held_out) == len(read_scan(folder / "scan.h5"))
    assert main("reconstruct awf thinned.h5 --iterations 30 --device cpu --out result.h5".split()) == 0
    said = capsys.readouterr().out
    assert "against the full scan" in said
    assert "patterns are held out" in said
    result = read_result(folder / "result.h5")
    assert result.reference.name == "the full scan"
    np.testing.assert_array_equal(result.reference.obj, scan.reference.obj)
    assert all(value > 0 for value in result.numbers["held_out"])
    assert main(["info", "thinned.h5"]) == 0
    said = capsys.readouterr().out
    assert "compared with the full scan" in said


def test_a_scan_is_thinned_on_the_fly_as_by_the_command(folder, capsys):
    flags = "--overlap 0.4 --by d90 --how random --halves --reference 20 --seed 3 --device cpu"
    assert main(f"thin scan.h5 {flags} --out thinned.h5".split()) == 0
    assert main(f"reconstruct rpie scan.h5 {flags} --iterations 20 --out a.h5".split()) == 0
    assert main("reconstruct rpie thinned.h5 --iterations 20 --seed 3 --device cpu --out b.h5".split()) == 0
    capsys.readouterr()
    a, b = (read_result(folder / name) for name in ("a.h5", "b.h5"))
    np.testing.assert_array_equal(a.positions, b.positions)
    np.testing.assert_array_equal(a.obj, b.obj)
    assert a.numbers["nrmse"] == b.numbers["nrmse"]
    assert a.numbers["held_out"] == b.numbers["held_out"]
    assert a.reference.name == "the other half"


def test_what_a_run_refined_begins_the_next(folder, capsys):
    refining = "--weight-update --background-update constant --probe-update --iterations 20 --device cpu"
    assert main(f"reconstruct awf scan.h5 {refining} --out dense.h5".split()) == 0
    last = read_result(folder / "dense.h5").last
    capsys.readouterr()
    assert main("thin scan.h5 --refined dense.h5 --overlap 0.4 --reference 0 --out thin.h5".split()) == 0
    assert "note: begins as dense.h5 refined it: with its probe; weight ± 0 → " in capsys.readouterr().err
    thin, whole = read_scan(folder / "thin.h5"), read_scan(folder / "scan.h5")
    np.testing.assert_array_equal(thin.background, last.background)
    np.testing.assert_array_equal(thin.probe, last.probe)
    kept = [np.flatnonzero((whole.positions == place).all(1))[0] for place in thin.positions]
    np.testing.assert_array_equal(thin.weights, last.weights[kept])
    np.testing.assert_array_equal(thin.held_out.background, last.background)
    assert main(["info", "dense.h5"]) == 0
    told = capsys.readouterr().out
    assert "steps              20; 20 recorded, 20 with images" in told
    assert re.search(r"refined +probe changed by .* %; weight ± 0 → .*; background 0 → ", told)
    assert "prior_weight" not in told  # it had no effect
    assert main("thin scan.h5 --probe dense.h5 --overlap 0.4 --reference 0 --out thin.h5".split()) == 0
    said = capsys.readouterr().err
    assert "note: only the probe of dense.h5 is taken, not: weight ± 0 → " in said
    assert "--refined dense.h5 takes all" in said
    for flags, message in (
        ("scan.h5 --refined dense.h5 --probe estimate", "omit --probe"),
        ("scan.h5 --refined scan.h5", "scan.h5 is a scan, not a result"),
        ("thin.h5 --refined dense.h5", f"{len(whole)} positions, object (72, 72) against {len(thin)} pos"),
        ("scan.h5 --refined none.h5", "none.h5"),
    ):
        assert main(f"reconstruct awf {flags} --out r.h5".split()) == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "flag", ["--halves", "--reference 10", "--reference-positions 9", "--no-reference-probe"]
)
def test_a_second_reference_is_refused(folder, capsys, flag):
    assert main("thin scan.h5 --halves --reference 5 --device cpu --out half.h5".split()) == 0
    for words in (
        "thin half.h5 --out b.h5",
        "reconstruct awf half.h5 --out b.h5",
        "sweep awf --scan half.h5",
    ):
        overlap = "" if "sweep" in words else " --overlap 0.4"
        assert main(f"{words}{overlap} {flag} --device cpu".split()) == 2
        said = capsys.readouterr().err
        assert "are compared with the other half, which its file holds: no reference is made" in said
        assert f"omit {flag.split()[0]}, or" in said
    assert not (folder / "b.h5").exists()


def test_the_summary_has_every_number(folder, capsys):
    words = (
        "reconstruct awf scan.h5 --overlap 0.5 --reference 10 --iterations 10 --device cpu --out a.h5 --json"
    )
    assert main(words.split()) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["compared_with"] == "the full scan"
    assert said["overlap"] == pytest.approx(0.5, abs=0.1)
    assert said["overlap_d90"] < said["overlap"]
    assert len(said["held_out_each"]) > 3
    assert 0 < said["nrmse"] < 1


def test_a_resumed_run_is_of_the_same_positions(folder, capsys):
    words = "reconstruct awf scan.h5 --overlap 0.5 --reference 0 --device cpu"
    assert main(f"{words} --iterations 5 --out a.h5".split()) == 0
    assert main(f"{words} --iterations 9 --resume a.h5 --out b.h5".split()) == 0
    assert read_result(folder / "b.h5").last.index == 9
    other = words.replace("0.5", "0.4")
    assert main(f"{other} --iterations 9 --resume a.h5 --out c.h5".split()) == 2
    assert "is not the scan that a.h5 was made from" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("", "give the overlap to thin to"),
        ("--overlap 40", "--overlap is 40, expected at most 1: 40 % is 0.4"),
        ("--overlap 0.4 --by area", "expected one of window, d90, equivalent, pairwise"),
    ],
)
def test_what_cannot_be_is_refused(folder, capsys, flags, message):
    assert main(f"thin scan.h5 {flags} --out thinned.h5".split()) == 2
    assert message in capsys.readouterr().err
    assert not (folder / "thinned.h5").exists()


def test_a_sweep_of_a_measured_scan_tells_the_lowest_overlap(folder, capsys):
    words = "sweep awf:iterations=20 --scan scan.h5 --from 0.3 --to 0.5 --by 0.2 --overlap-by d90 --seeds 2"
    words += " --score held-out --threshold 1e6 --reference 10 --halves --device cpu --csv sweep.csv"
    assert main(words.split()) == 0
    said = capsys.readouterr().out
    assert "held-out misfit over noise below 1e+06 from" in said
    rows = (folder / "sweep.csv").read_text().splitlines()
    assert len(rows) == 1 + 4
    assert all("the other half" in row for row in rows[1:])
    assert main("sweep awf --scan scan.h5 --from 0.9 --to 0.95 --device cpu".split()) == 2
    assert "scan.h5 has an overlap of" in capsys.readouterr().err


@pytest.mark.parametrize(
    "flags",
    [
        "--scan scan.h5 --photons 1e3", "--scan scan.h5 --object smear", "--scan scan.h5 --no-whole-pixels",
        "--halves", "--reference 0", "--no-reference-probe", "--overlap-by d90", "--crop 8",
        "--orientation best",
    ],
)  # fmt: skip
def test_a_sweep_refuses_flags_that_it_would_not_use(folder, capsys, flags):
    assert main(f"sweep awf {flags} --from 0.5 --to 0.5".split()) == 2
    flag = flags.removeprefix("--scan scan.h5 ").split()[0]
    assert f"error: {flag} is of s" in capsys.readouterr().err


def test_refining_goes_on_from_what_was_refined(folder, capsys):
    """Also from positions that are not those of the file any more."""
    refining = "--position-update yes --probe-modes 2 --iterations 25 --device cpu"
    assert main(f"reconstruct awf scan.h5 {refining} --out one.h5".split()) == 0
    assert main("reconstruct awf scan.h5 --refined one.h5 --iterations 5 --out two.h5".split()) == 0
    one, two = (read_result(folder / f"{name}.h5") for name in ("one", "two"))
    assert np.abs(two.positions - one.positions).max() > 1e-3
    capsys.readouterr()
    assert main("thin scan.h5 --refined two.h5 --overlap 0.4 --reference 0 --out thin.h5".split()) == 0
    said = capsys.readouterr().err
    assert "begins as two.h5 refined it: with its probe of 2 modes; position moved" in said
    kept = read_scan(folder / "thin.h5").positions
    assert np.abs(kept[:, None] - two.refined_positions[None]).max(-1).min(1).max() < 1e-5
    write_scan(folder / "other.h5", replace(read_scan(folder / "scan.h5"), name="other"))
    assert main("thin other.h5 --refined two.h5 --overlap 0.4 --out x.h5".split()) == 2  # another file
    turned = "thin scan.h5 --orientation flip-rows --refined two.h5 --overlap 0.4 --out x.h5"
    assert main(turned.split()) == 2
    assert "give the options of reading that it was made with" in capsys.readouterr().err


def test_a_result_begun_so_is_judged_with_the_same(folder, capsys):
    assert main("reconstruct awf scan.h5 --weight-update --iterations 9 --out one.h5".split()) == 0
    assert main("reconstruct awf scan.h5 --refined one.h5 --iterations 9 --out two.h5".split()) == 0
    capsys.readouterr()
    assert main("judge two.h5 --draws 1 --device cpu".split()) == 0
    assert "two.h5 was made of this scan with more said of it (begins as one.h5" in capsys.readouterr().err
    assert main("judge two.h5 --again --draws 1 --refined one.h5 --device cpu".split()) == 0
    assert "more said of it" not in capsys.readouterr().err


def test_a_stopped_run_is_told_as_one(folder, capsys):
    assert main("reconstruct awf scan.h5 --iterations 9 --out one.h5".split()) == 0
    result = read_result(folder / "one.h5")
    frames = (*result.frames[:-1], replace(result.last, total=50))
    write_result(folder / "stopped.h5", replace(result, frames=frames))
    write_result(folder / "bad.h5", replace(result, verdict={"word": "bad", "why": "of a test"}))
    for name, said in (("stopped", "stopped at step 9 of 50"), ("bad", "that result is bad")):
        assert main(f"prepare scan.h5 --refined {name}.h5 --out p.h5".split()) == 0
        assert said in capsys.readouterr().err
    assert main(["info", "stopped.h5"]) == 0
    assert "stopped at 9 of 50; 9 recorded" in capsys.readouterr().out


def test_info_heeds_how_to_read_or_says_that_it_cannot(folder, capsys):
    assert main("reconstruct awf scan.h5 --iterations 9 --out one.h5".split()) == 0
    for words, said in (
        ("one.h5 --crop 8", "--crop is for scans, which one.h5 is not"),
        ("scan.h5 --refined none.h5", "none.h5"),
        ("scan.h5 --orientation foo", "--orientation is 'foo'"),
    ):
        capsys.readouterr()
        assert main(f"info {words}".split()) == 2
        assert said in capsys.readouterr().err
    assert main("info scan.h5 --refined one.h5".split()) == 0
    assert "note: begins as one.h5" in capsys.readouterr().out
