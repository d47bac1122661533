"""Files that no reader knows: their layout is said, guessed with reasons, or recalled by a recipe."""

import json

import h5py
import numpy as np
import pytest
import tifffile

from ptygui.cli import main
from ptygui.errors import InputError
from ptygui.files.info import describe
from ptygui.files.layout.guess import guess_layout
from ptygui.files.layout.layout import Layout
from ptygui.files.layout.quantity import LENGTHS, typed
from ptygui.files.layout.recipes import recipe_named, recipe_names, recipes_for, save_recipe
from ptygui.files.scans import read_scan, recognise
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.physics.smear import smear
from tests.files.formats.layouts import DISTANCE, ENERGY, assert_same_scan, detector_pixel, metres

SAID = Layout(
    patterns="/run/ccd/exposures", axes="yxk", values="amplitudes",
    positions="/run/motors/samx,/run/motors/samy",
    positions_unit="um", probe="/run/beam", mask="/run/ccd/ok", mask_good="nonzero", energy="/run/mono keV",
    distance="500mm", detector_pixel="/run/ccd/pitch",
)  # fmt: skip


@pytest.fixture(autouse=True)
def own_recipes(tmp_path, monkeypatch):
    """Recipes of this test alone."""
    monkeypatch.setattr("ptygui.files.layout.recipes.user_recipes", lambda: tmp_path / "recipes")


def write_strange(path, scan, harder=1.0):
    """Frames last, amplitudes, motors in micrometres in two lists, energy in keV without its unit."""
    with h5py.File(path, "w") as file:
        file["run/ccd/exposures"] = np.moveaxis(np.sqrt(scan.patterns), 0, -1)
        file["run/ccd/pitch"] = detector_pixel(scan) * 1e6
        file["run/ccd/pitch"].attrs["units"] = "um"
        file["run/ccd/ok"] = 1 - np.eye(scan.width, dtype=np.uint8)
        rows, columns = metres(scan).T * 1e6 / harder
        file["run/motors/samx"], file["run/motors/samy"] = columns, rows
        file["run/mono"], file["run/beam"] = harder * ENERGY / 1e3, scan.probe
        file["run/note"] = "nothing to see"
    return path


def test_a_layout_that_is_said_is_read(tmp_path, oblong):
    path = write_strange(tmp_path / "s.h5", oblong)
    with pytest.raises(InputError, match="--patterns and --positions"):
        read_scan(path)
    found = read_scan(path, layout=SAID)
    assert_same_scan(found, oblong)
    assert (found.mask == (1 - np.eye(oblong.width)).astype(bool)).all()
    notes = "\n".join(found.notes)
    assert "(file: /run/mono)" in notes
    assert "distance 0.5 m (typed)" in notes
    assert "detector pixel" in notes
    assert "first is x, the detector's columns (assumed)" in notes


def test_names_in_numpy_files_and_lists_in_text(tmp_path, oblong):
    np.savez(tmp_path / "s.npz", a=oblong.patterns, b=oblong.probe)
    lines = [f"{row}; {column}" for row, column in oblong.positions]
    (tmp_path / "places.txt").write_text("# row ; column\n" + "\n".join(lines))
    layout = Layout(
        patterns="a", probe="b", positions="places.txt::array", positions_axes="yx", positions_unit="px"
    )
    assert_same_scan(read_scan(tmp_path / "s.npz", layout=layout), oblong, units=False)


def test_stack_of_tiff(tmp_path, oblong):
    tifffile.imwrite(tmp_path / "s.tif", oblong.patterns)
    np.savetxt(tmp_path / "p.csv", oblong.positions, delimiter=",")
    layout = Layout(patterns="array", positions="p.csv", positions_axes="yx", positions_unit="px")
    assert_same_scan(read_scan(tmp_path / "s.tif", layout=layout), oblong, probe=False, units=False)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"patterns": "/nothing"}, "holds no array nothing"),
        ({"positions_unit": ""}, "unit of the positions is not said.*they run from"),
        ({"positions_unit": "furlong"}, "unit 'furlong', expected one of m, mm"),
        ({"axes": "kyx"}, "16 patterns: expected one position per pattern"),
        ({"axes": "ijyx"}, "has 3 axes, 16 x 16 x .*--axes"),
        ({"axes": "1yx"}, "drops an axis that has more than one entry"),
        ({"energy": "/run/mono"}, 'has no units: say them, as in --energy "/run/mono eV"'),
        ({"energy": "8"}, "give its unit too"),
        ({"energy": "0eV"}, "--energy is 0 eV"),
        ({"distance": "3km"}, "unit 'km'"),
        ({"distance": "500000m"}, "--distance is 500000"),
        ({"distance": "/run/motors/samx m"}, "is not one number"),
        ({"mask": "/run/motors/samx"}, "is no mask of the patterns"),
        ({"probe": "/run/note"}, "note"),
        ({"positions": "/run/note"}, "note holds text, expected numbers"),
        ({"positions": "a,b,c"}, "holds no array a"),
        ({"positions": ""}, "no positions that are known"),
        ({"patterns": "/run/beam", "axes": ""}, "does not hold real numbers"),
        ({"detector_pixel": ""}, "no detector pixel, so its positions cannot be converted"),
    ],
)
def test_what_is_said_wrongly_is_refused_with_the_flag(tmp_path, oblong, change, says):
    path = write_strange(tmp_path / "s.h5", oblong)
    with pytest.raises(InputError, match=says):
        read_scan(path, layout=Layout.of(SAID.asdict() | change))


@pytest.mark.parametrize("axes", ["kyy", "abc", "kiyx", "iyx", "xk"])
def test_axes_that_make_no_stack(axes):
    with pytest.raises(InputError, match="axes are"):
        Layout(axes=axes)


def test_quantities():
    assert typed("75 um", LENGTHS, "x") == pytest.approx(75e-6)
    assert typed("1.5e2A", LENGTHS, "x") == pytest.approx(1.5e-8)
    assert typed("2Å", LENGTHS, "x") == pytest.approx(2e-10)
    assert typed("/a/b", LENGTHS, "x") is None
    with pytest.raises(InputError, match="give its unit too"):
        typed("75", LENGTHS, "x")


def test_a_known_layout_is_not_changed(tmp_path, oblong):
    from tests.files.conftest import write_cxi

    path = write_cxi(tmp_path / "c.cxi", oblong)
    with pytest.raises(InputError, match="is a CXI scan, whose layout is known: distance cannot be set"):
        read_scan(path, layout=Layout(distance="1m"))


# --- guess ----------------------------------------------------------------------------------------


def test_the_guess_finds_what_is_what_and_says_why(tmp_path, oblong):
    guess = guess_layout(write_strange(tmp_path / "s.h5", oblong))
    layout = guess.layout
    assert (layout.patterns, layout.axes) == ("run/ccd/exposures", "yxk")
    assert layout.positions == "run/motors/samx,run/motors/samy"
    assert (layout.probe, layout.mask, layout.mask_good) == ("run/beam", "", "")  # `ok` says nothing to it
    assert layout.detector_pixel == "run/ccd/pitch um"
    assert layout.positions_unit == ""  # not said, so asked for
    assert layout.energy == ""
    assert "unit of the positions (--positions-unit)" in guess.missing
    assert any("24 frames of 16 x 16" in reason for reason in guess.reasons)


def test_the_guess_takes_units_from_attributes_and_names(tmp_path, oblong):
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["measured/frames"] = oblong.patterns.astype(np.uint32)
        file["measured/flat"] = np.ones((30, 16, 16))
        file["measured/dark"] = np.zeros((30, 16, 16))
        file["scan/positions"] = metres(oblong)[:, ::-1] * 1e6
        file["scan/positions"].attrs["units"] = "um"
        file["setup/energy_keV"] = ENERGY / 1e3
        file["setup/detector_distance_m"] = DISTANCE
        file["setup/detector_pixel_um"] = detector_pixel(oblong) * 1e6
        file["measured/bad_pixels"] = np.eye(16, dtype=bool)
        file["start/probe"], file["start/object"] = oblong.probe, np.ones((40, 56), complex)
    guess = guess_layout(tmp_path / "s.h5")
    assert guess.missing == ()
    found = read_scan(tmp_path / "s.h5", layout=guess.layout)
    assert_same_scan(found, oblong)
    assert (found.mask == ~np.eye(16, dtype=bool)).all()
    said = describe(tmp_path / "s.h5")
    assert any(label == "as a scan" and "measured/frames" in text for label, text in said.lines)


def test_a_file_without_a_stack_is_no_scan(tmp_path):
    np.savez(tmp_path / "a.npz", a=np.ones((20, 20)), b=np.ones((40, 2)))
    guess = guess_layout(tmp_path / "a.npz")
    assert not guess.layout.patterns
    assert "patterns" in guess.missing


# --- command line and recipes ---------------------------------------------------------------------

FLAGS = [
    "--patterns", "/run/ccd/exposures", "--axes", "yxk", "--positions", "/run/motors/samx,/run/motors/samy",
    "--positions-unit", "um", "--probe-path", "/run/beam", "--energy", "/run/mono keV", "--distance", "0.5m",
    "--detector-pixel", "/run/ccd/pitch",
]  # fmt: skip


def test_flags_recipe_and_the_next_file(tmp_path, oblong, capsys):
    first, second = (write_strange(tmp_path / name, oblong) for name in ("one.h5", "two.h5"))
    out = tmp_path / "r.h5"
    run = ["reconstruct", "awf", "--iterations", "2", "--device", "cpu", "--out", str(out), "--json"]
    assert main([*run, str(first), *FLAGS]) == 0
    flags = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert main(["recipe", "save", "my beamline", str(first), *FLAGS]) == 0
    assert f"{len(oblong)} patterns of 16 x 16 px were read" in capsys.readouterr().out
    assert main(["info", str(second)]) == 0
    assert "my beamline fits: --recipe my beamline" in capsys.readouterr().out
    assert main([*run, str(second), "--recipe", "my beamline"]) == 0
    by_recipe = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert by_recipe["misfit"] == flags["misfit"]
    assert main(["info", str(second), "--recipe", "my beamline", "--distance", "1m"]) == 0
    assert "distance 1 m (typed)" in capsys.readouterr().out  # a flag goes before the recipe
    assert main(["recipe", "list"]) == 0
    assert capsys.readouterr().out == "my beamline\n"
    assert main(["recipe", "show", "my beamline"]) == 0
    assert "/run/mono keV" in capsys.readouterr().out
    assert main(["recipe", "forget", "my beamline"]) == 0
    assert recipe_names() == []
    assert main(["info", str(second), "--recipe", "my beamline"]) == 2
    assert "there is no recipe 'my beamline'" in capsys.readouterr().err


def test_a_recipe_reads_another_scan_of_the_same_layout(tmp_path, oblong, capsys):
    """Other frames, positions, widths and energy: nothing of the first scan is left in the recipe."""
    first = write_strange(tmp_path / "one.h5", oblong)
    assert main(["recipe", "save", "my beamline", str(first), *FLAGS]) == 0
    options = Simulation(overlap=0.7)
    other = simulate(smear((96, 96), 1), make_probe("focused", 24), options)
    second = write_strange(tmp_path / "two.h5", other, harder=2.0)
    capsys.readouterr()
    assert main(["info", str(second)]) == 0
    assert "my beamline fits: --recipe my beamline" in capsys.readouterr().out
    out = tmp_path / "r.h5"
    run = ["reconstruct", "awf", str(second), "--recipe", "my beamline", "--out", str(out), "--json"]
    assert main([*run, "--device", "cpu", "--iterations", "40", "--probe-update", "no"]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["misfit_over_noise"] < 4
    found = read_scan(second, layout=recipe_named("my beamline").layout)
    assert_same_scan(found, other, units=False)
    assert len(found) != len(oblong)
    assert found.width != oblong.width
    assert found.pixel_size_m == pytest.approx(read_scan(first, layout=SAID).pixel_size_m / 2)


def test_a_file_that_the_layout_names_is_not_overwritten(tmp_path, oblong, capsys):
    np.savez(tmp_path / "s.npz", a=oblong.patterns)
    beside = tmp_path / "places.h5"
    with h5py.File(beside, "w") as file:
        file["xy"] = oblong.positions
    before = beside.read_bytes()
    flags = ["--patterns", "a", "--positions", "places.h5::xy", "--positions-unit", "px"]
    assert main(["reconstruct", "awf", str(tmp_path / "s.npz"), *flags, "--out", str(beside)]) == 2
    assert "places.h5" in capsys.readouterr().err
    assert beside.read_bytes() == before


def test_only_what_can_be_read_becomes_a_recipe(tmp_path, oblong, capsys):
    path = write_strange(tmp_path / "one.h5", oblong)
    assert main(["recipe", "save", "a", str(path), "--patterns", "/run/ccd/exposures"]) == 2
    assert "no positions" in capsys.readouterr().err
    assert main(["recipe", "save", "../a", str(path), *FLAGS]) == 2
    assert "cannot name a recipe" in capsys.readouterr().err
    assert main(["recipe", "save", "guess", str(path), *FLAGS]) == 2
    assert recipe_names() == []


def test_recipes_fit_by_what_they_name(tmp_path, oblong):
    path = write_strange(tmp_path / "s.h5", oblong)
    save_recipe("mine", SAID, path)
    assert recipe_named("mine").layout == SAID
    assert [recipe.name for recipe in recipes_for(path)] == ["mine"]
    with h5py.File(path, "a") as file:
        del file["run/motors/samy"]
    assert recipes_for(path) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "ptygui recipe", "version": 1}', "x" * 100_000])
def test_spoilt_recipes_are_refused_and_left_out(tmp_path, oblong, text):
    path = write_strange(tmp_path / "s.h5", oblong)
    save_recipe("mine", SAID, path).write_text(text)
    with pytest.raises(InputError, match="mine"):
        recipe_named("mine")
    assert recipes_for(path) == []


def test_unknown_words_in_a_layout_are_refused():
    with pytest.raises(InputError, match="expected some of"):
        Layout.of({"pattern": "a"})
    with pytest.raises(InputError, match="not text"):
        Layout.of({"patterns": 3})


def test_other_files_are_recognised_as_before(tmp_path):
    np.savez(tmp_path / "o.npz", obj=np.ones((30, 30), complex))
    assert recognise(tmp_path / "o.npz") == "arrays"
    np.save(tmp_path / "p.npy", np.ones((3, 32, 32), complex))
    assert recognise(tmp_path / "p.npy") == "arrays"
