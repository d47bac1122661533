"""Bands of seeds: the factors, their table, and what they hold of a truth."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ptygui.__main__ import main
from ptygui.analysis.bands import Errors, errors_of, flux_of, spread_of
from ptygui.analysis.ensemble import ensemble
from ptygui.errors import InputError
from ptygui.experiment.calibrating import (
    Row,
    calibration_of,
    coverage_of_rows,
    run_trials,
    trials_of,
)
from ptygui.methods import DAPS
from ptygui.physics.probe import make_probe
from ptygui.physics.smear import smear
from ptygui.prior.calibration import (
    CALIBRATION,
    LEVELS,
    Calibration,
    Point,
    Series,
    read_calibration,
    write_calibration,
)

KNOWN = {"weights": "0" * 64, "setting": "preview", "seeds": 4, "renoise": 0.3}


def row_of(name, scale, overlap=0.5, photons=1e5, count=4000, seed=0):
    """A row whose errors are normal, `scale` times the spread."""
    rng = np.random.default_rng([seed, *name.encode()])
    errors = np.abs(rng.normal(0, scale, (2, count))).astype(np.float32)
    (trial,) = trials_of({name: np.ones((4, 4))}, [overlap], [photons])
    return Row(trial, overlap, photons / 100, Errors(errors[0], 2 * errors[1], (0.01, 0.02)))


def made_of(*fluxes):
    points = tuple(Point(o, (o + 1, 2 * o + 2), (o + 3, 2 * o + 6), 5) for o in (0.2, 0.4))
    series = tuple(Series(flux, points) for flux in fluxes)
    return Calibration(levels=(0.5, 0.95), series=series, **KNOWN)


def test_variances_of_neighbours_in_the_region_are_averaged():
    rng, region = np.random.default_rng(0), np.ones((64, 64), bool)
    region[:, 32:] = False
    noise = rng.normal(size=(4, 2, 64, 64)) * np.where(region, 0.01, 0.5)
    found = ensemble(list((1 + noise[:, 0] + 1j * noise[:, 1]).astype(np.complex64)), region)
    amplitude, phase = spread_of(found, region)
    for spread in (amplitude, phase):
        assert spread[region].mean() == pytest.approx(0.01, rel=0.15)
        assert spread[region].std() < 0.25 * found.amplitude_deviation[region].std()


def test_errors_are_in_units_of_the_spread():
    rng, truth = np.random.default_rng(1), smear((48, 48), 1)
    noise = 0.02 * rng.normal(size=(8, 2, 48, 48))
    samples = truth * np.exp(0.7j) * (1 + noise[:, 0] / np.abs(truth) + 1j * noise[:, 1])
    region = np.ones(truth.shape, bool)
    errors = errors_of(ensemble(list(samples.astype(np.complex64)), region), truth, region)
    for part in (errors.amplitude, errors.phase):  # of a mean of eight
        assert np.quantile(part, 0.68) == pytest.approx(1 / np.sqrt(8), rel=0.15)


def test_flux_does_not_depend_on_the_scan_but_on_the_beam(scan):
    assert flux_of(scan) == pytest.approx(flux_of(scan.subset(slice(0, 3))))
    assert flux_of(replace(scan, probe=2 * scan.probe)) == pytest.approx(4 * flux_of(scan), rel=1e-5)


def test_factors_hold_what_they_say_on_other_objects():
    rows = [row_of(f"{k}", 3.0 + 0.2 * (k % 3), overlap) for k in range(12) for overlap in (0.2, 0.5)]
    found = calibration_of(rows, DAPS(prior="p", seeds=4, setting="preview"), "0" * 64, "ptygui calibrate p")
    first, second = found.series[0].points
    assert (first.overlap, second.overlap) == pytest.approx((0.2, 0.5))
    assert first.phase[0] == pytest.approx(2 * first.amplitude[0], rel=0.05)
    other = [row_of(f"o{k}", 3.0 + 0.2 * (k % 3), overlap) for k in range(6) for overlap in (0.2, 0.5)]
    held = coverage_of_rows(other, found)
    assert [one.level for one in held] == 2 * list(LEVELS)
    for one in held:
        assert one.amplitude[0] == pytest.approx(one.level, abs=0.02)
        assert one.phase[0] == pytest.approx(one.level, abs=0.02)
        assert one.amplitude[1] < one.amplitude[0] < one.amplitude[2]
    assert held[3].width[0] == pytest.approx(0.01 * first.amplitude[3])


def test_every_object_counts_the_same():
    rows = [row_of("large", 1.0, count=20_000), row_of("small", 9.0, count=500)]
    (point,) = calibration_of(rows, DAPS(prior="p", seeds=4), "").series[0].points
    inside = [(row.errors.amplitude <= point.amplitude[0]).mean() for row in rows]
    assert np.mean(inside) == pytest.approx(0.5, abs=0.01)


def test_factors_are_interpolated_and_the_range_is_said():
    found = made_of(100.0, 10_000.0)
    inside = found.at(0.3, 1000.0)
    assert inside.outside == ""
    assert inside.amplitude[0.5] == pytest.approx(np.sqrt(1.2 * 1.4))
    assert inside.phase[0.95] == pytest.approx(np.sqrt(6.4 * 6.8))
    assert found.at(0.9, 1000.0).amplitude == found.at(0.4, 1000.0).amplitude
    assert found.at(0.9, 1000.0).outside == "overlap (20 % to 40 % measured)"
    assert "photons (100 to 1e+04" in found.at(0.3, 1e6).outside
    assert made_of(100.0).at(0.3, 100.0).amplitude[0.5] == pytest.approx(np.sqrt(1.2 * 1.4))


def test_it_is_kept_in_the_folder_and_checked(prior_folder, tmp_path):
    folder = Path(shutil.copytree(prior_folder, tmp_path / "p"))
    assert read_calibration(folder) is None
    made = replace(made_of(10.0, 20.0), objects=("a",), date="2026-01-01", command="c")
    path = write_calibration(folder, made)
    assert read_calibration(folder) == made
    good = json.loads(path.read_text())
    for change, said in (
        ({"series": good["series"][::-1]}, "fluxes that do not increase"),
        ({"levels": [0.5]}, "one factor for each level"),
        ({"seeds": 1}, "seeds is 1"),
        ({"series": []}, "series is"),
        ({"version": 2}, "version is 2"),
    ):
        path.write_text(json.dumps(good | change))
        with pytest.raises(InputError, match=said):
            read_calibration(folder)


def test_the_command_goes_on_from_what_was_kept(prior_folder, tmp_path, capsys, monkeypatch):
    folder, kept = Path(shutil.copytree(prior_folder, tmp_path / "p")), tmp_path / "kept"
    command = ["calibrate", str(folder), "--overlaps", "0.5", "--seeds", "2", "--probe-width", "16"]
    command += ["--kept", str(kept), "--device", "cpu"]
    assert main([*command, "--check", "smear:1:24"]) == 2
    assert "no calibration" in capsys.readouterr().err
    assert main([*command, "--objects", "smear:1:24", "--check", "smear:1:24"]) == 2
    assert main([*command, "--objects", "smear:1:24", "smear:2:24", "--check", "smear:3:24"]) == 0
    said = capsys.readouterr().out
    assert str(folder / CALIBRATION) in said
    assert said.count("50 % overlap, 1e+05 photons") == len(LEVELS)
    found = read_calibration(folder)
    assert found.objects == ("smear:1:24", "smear:2:24")
    assert str(tmp_path) not in found.command
    assert len(list(kept.iterdir())) == 3
    monkeypatch.setattr("ptygui.experiment.calibrating.reconstruct", None)  # nothing is run again
    assert main([*command, "--check", "smear:3:24", "--json"]) == 0
    held = json.loads(capsys.readouterr().out)["held"]
    assert [one["level"] for one in held] == list(LEVELS)


def test_a_seed_alone_has_no_spread(prior_folder):
    method = DAPS(prior=str(prior_folder), seeds=1)
    with pytest.raises(InputError, match="at least 2"):
        next(run_trials([], method, make_probe("medium", 16)))
