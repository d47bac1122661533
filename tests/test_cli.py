"""The command line as a user meets it."""

import json
import os
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ptygui.__main__ import main
from ptygui.cli import build_parser, running
from ptygui.cli.reading import read, reading_given
from ptygui.experiment.example import example_scan
from ptygui.methods import METHODS
from ptygui.options import options_of
from ptygui.physics.smear import smear

START = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from ptygui.__main__ import main; sys.exit(main(sys.argv[1:]))"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with a small simulated scan and a reconstruction of it."""
    folder = tmp_path_factory.mktemp("cli")
    scan, result = folder / "scan.h5", folder / "awf.h5"
    simulate = ["simulate", "--object", "smear:1:64", "--overlap", "0.6", "--seed", "3"]
    assert main([*simulate, "--out", str(scan)]) == 0
    assert (
        main(["reconstruct", "awf", str(scan), "--iterations", "60", "--every", "20", "--out", str(result)])
        == 0
    )
    return folder


def start(*arguments: str | Path, **settings) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", START, *map(str, arguments)], **settings)


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


# ---------------------------------------------------------------- the way through


def test_simulate_says_what_it_made(tmp_path, capsys):
    out = tmp_path / "scan.h5"
    arguments = ["simulate", "--object", "smear:1:96", "--overlap", "0.2", "--photons", "1e4"]
    assert main([*arguments, "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert "16 patterns of 32 x 32 px, object 96 x 96 px" in said.out
    assert "22.6 px (90%)" in said.out
    assert said.err.startswith("note: ")
    assert main(["info", str(out)]) == 0
    assert "16 of 32 x 32 px" in capsys.readouterr().out


def test_the_same_seed_simulates_the_same_scan(tmp_path):
    from ptygui.files.scans import read_scan

    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        out = str(tmp_path / f"{name}.h5")
        assert (
            main(["simulate", "--object", "smear:1:64", "--seed", seed, "--jitter", "2", "--out", out]) == 0
        )
    a, b, c = (read_scan(tmp_path / f"{name}.h5") for name in "abc")
    np.testing.assert_array_equal(a.patterns, b.patterns)
    assert not np.array_equal(a.positions, c.positions)


def test_reconstruct_reports_in_words(folder, capsys):
    out = folder / "words.h5"
    arguments = ["reconstruct", "rpie", str(folder / "scan.h5"), "--iterations", "20", "--alpha", "0.1"]
    assert main([*arguments, "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert re.search(r"rPIE: 20 steps, [\d.]+ s on \w+, NRMSE 0\.\d+, SSIM 0\.\d+, misfit", said)


def test_reconstruct_says_where_noise_is_fitted(tmp_path, capsys):
    scan, out = str(tmp_path / "few.h5"), str(tmp_path / "r.h5")
    assert main(["simulate", "--object", "smear:1:64", "--overlap", "0", "--out", scan]) == 0
    assert main(["reconstruct", "awf", scan, "--iterations", "200", "--out", out]) == 0
    said = capsys.readouterr().out
    assert re.search(r"verdict: bad: NRMSE [\d.]+ against the truth. The misfit is", said)
    assert "fits their noise" in said


def test_json_ends_with_one_object(folder, capsys):
    from ptygui.files.scans import read_scan

    out, tiff = folder / "json.h5", folder / "json-tiff"
    arguments = ["reconstruct", "awf", str(folder / "scan.h5"), "--iterations", "30", "--no-momentum"]
    arguments += ["--device", "cpu", "--seed", "4", "--json"]
    assert main([*arguments, "--tiff", str(tiff), "--out", str(out)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["method"] == "awf"
    assert said["options"]["iterations"] == 30
    assert said["options"]["momentum"] is False
    assert {"seconds", "nfe", "misfit", "nrmse", "ssim"} <= set(said)
    assert said["misfit_over_noise"] == pytest.approx(said["misfit"] / said["noise_floor"])
    assert said["resolved"] == {"probe_update": "no", "probe_modes": 1}
    assert (said["seed"], said["device"], said["steps"], said["interrupted"]) == (4, "cpu", 30, False)
    assert Path(said["out"]).is_file()
    truth = np.abs(read_scan(folder / "scan.h5").truth)
    assert said["ssim_data_range"] == pytest.approx(np.ptp(truth), rel=1e-6)
    assert 0 < said["nrmse_illuminated"] < said["nrmse"] < 1
    assert 0 < said["nrmse_complex_factor"] < 1
    assert said["ssim"] < said["ssim_illuminated"] < 1
    assert list(tiff.glob("*.tif*"))


def test_the_result_holds_the_steps_that_were_asked_for(folder):
    from ptygui.files.results import read_result

    assert read_result(folder / "awf.h5").numbers["index"] == [20, 40, 60]


def test_export_writes_every_form(folder, tmp_path, capsys):
    from ptygui.files.results import read_result

    names = {"stack": "s.tif", "product": "p.h5", "npz": "a.npz", "csv": "c.csv", "png": "p.png"}
    flags = [word for name, file in names.items() for word in (f"--{name}", str(tmp_path / file))]
    assert main(["export", str(folder / "awf.h5"), *flags, "--tiff", str(tmp_path / "tiff")]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 6
    for file in names.values():
        assert (tmp_path / file).stat().st_size > 100
    rows = (tmp_path / "c.csv").read_text().splitlines()
    assert rows[0].startswith("index,seconds,nfe")
    assert [row.partition(",")[0] for row in rows[1:]] == ["20", "40", "60"]
    last = dict(zip(rows[0].split(","), rows[-1].split(","), strict=True))
    ratio = float(last["misfit_over_noise"]) / float(last["misfit"])
    assert ratio == pytest.approx(1 / read_result(folder / "awf.h5").noise_floor)
    arrays = np.load(tmp_path / "a.npz")
    assert arrays["object"].dtype == np.complex64
    assert arrays["object"].shape == (66, 66)  # with the margin of a product
    assert json.loads((tmp_path / "a.npz.json").read_text())["files"] == ["a.npz"]


def test_resume_goes_on_bit_for_bit(folder, capsys):
    from ptygui.files.results import read_result

    scan = str(folder / "scan.h5")
    whole, rest = folder / "whole.h5", folder / "rest.h5"
    assert main(["reconstruct", "awf", scan, "--iterations", "100", "--out", str(whole)]) == 0
    arguments = ["reconstruct", "awf", scan, "--resume", str(folder / "awf.h5"), "--iterations", "100"]
    assert main([*arguments, "--out", str(rest)]) == 0
    np.testing.assert_array_equal(read_result(whole).obj, read_result(rest).obj)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["--overlap", "0.4"], "positions, object"),
        (["--object", "smear:1:80"], "positions, object (80, 80)"),
        (["--probe-width", "24"], "probe (24, 24)"),
        (["--jitter", "2", "--seed", "4"], "different positions"),
    ],
)
def test_resume_takes_the_same_scan_alone(changes, said, folder, tmp_path, capsys):
    other, out = tmp_path / "other.h5", tmp_path / "r.h5"
    simulate = ["simulate", "--object", "smear:1:64", "--overlap", "0.6", *changes]
    assert main([*simulate, "--out", str(other)]) == 0
    capsys.readouterr()
    arguments = ["reconstruct", "awf", str(other), "--resume", str(folder / "awf.h5"), "--iterations", "90"]
    assert main([*arguments, "--out", str(out)]) == 2
    told = capsys.readouterr().err
    assert "other.h5 is not the scan" in told
    assert "awf.h5 was made from" in told
    assert said in told
    assert not out.exists()


def test_start_takes_the_object_of_a_result(folder, capsys):
    out = folder / "started.h5"
    arguments = ["reconstruct", "rpie", str(folder / "scan.h5"), "--start", str(folder / "awf.h5")]
    assert main([*arguments, "--iterations", "1", "--json", "--out", str(out)]) == 0
    started = json.loads(capsys.readouterr().out)
    assert (
        main(
            ["reconstruct", "rpie", str(folder / "scan.h5"), "--iterations", "1", "--json", "--out", str(out)]
        )
        == 0
    )
    assert started["misfit"] < 0.5 * json.loads(capsys.readouterr().out)["misfit"]


def test_links_are_followed_where_the_message_says_so(readable, capsys):
    import h5py

    path, out = readable / "scan_dp.hdf5", readable / "r.h5"
    path.rename(readable / "frames.hdf5")
    with h5py.File(path, "w") as file:
        file["dp"] = h5py.ExternalLink("frames.hdf5", "dp")
    for arguments in (["info", path], ["reconstruct", "awf", path, "--iterations", "3", "--out", out]):
        words = [str(word) for word in arguments]
        assert main(words) == 2
        assert "use --allow-links" in capsys.readouterr().err
        assert main([*words, "--allow-links"]) == 0
    assert out.exists()


def test_info_knows_a_result(folder, capsys):
    assert main(["info", str(folder / "awf.h5")]) == 0
    said = capsys.readouterr().out
    assert "iterations 60" in said
    assert main(["info", str(folder / "awf.h5"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "result"


# ---------------------------------------------------------------- options


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.key())
def test_every_option_is_a_flag_and_in_the_list_of_methods(method, capsys):
    from ptygui.cli.flags import given

    flags = []
    for option in options_of(method):
        if option.type is bool:
            flags.append(option.flag if option.default else f"--no-{option.flag[2:]}")
        else:
            flags += [option.flag, str(option.kept(option.default))]
    args = build_parser().parse(["reconstruct", method.key(), "scan.h5", "--out", "r.h5", *flags])
    assert method(**given(args, method)) == method()
    assert main(["methods", method.key()]) == 0
    said = capsys.readouterr().out
    assert all(f"  {option.flag} " in said for option in options_of(method))


def test_methods_as_json(capsys):
    assert main(["methods", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {method.key() for method in METHODS}


def test_a_flag_with_a_slip_is_put_right(folder, capsys):
    assert main(["reconstruct", "rpie", "scan.h5", "--out", "r.h5", "--alpah", "0.1"]) == 2
    assert "did you mean --alpha?" in capsys.readouterr().err


@pytest.mark.parametrize("words", ["--weight-update yes", "--no-weight-update no"])
def test_a_value_of_a_flag_that_takes_none_is_said(capsys, words):
    flag, other = words.split()[0], {"--w": "--no-weight-update", "--n": "--weight-update"}[words[:3]]
    assert main(f"reconstruct awf s.h5 {words} --out r.h5".split()) == 2
    assert f"{flag} takes no value: its opposite is {other}" in capsys.readouterr().err


# ---------------------------------------------------------------- bad input

SCAN = "reconstruct awf {scan}"
BAD = [
    ("", "COMMAND"),
    ("fly", "fly"),
    ("reconstruct", "METHOD"),
    ("reconstruct magic {scan} --out {new}/r.h5", "magic"),
    ("reconstruct awf", "SCAN"),
    (f"{SCAN}", "--out"),
    (f"{SCAN} --out {{new}}/r.png", "r.png"),
    (f"{SCAN} --out {{new}}/none/r.h5", "none does not exist"),
    (f"{SCAN} --out {{scan}}", "scan.h5"),
    (f"{SCAN} --out {{new}}/r.h5 --iterations 1.5", "--iterations is '1.5', expected a whole number"),
    (f"{SCAN} --out {{new}}/r.h5 --iterations inf", "--iterations is 'inf', expected a whole number"),
    (f"{SCAN} --out {{new}}/r.h5 --pixel-size nan", "pixel size is nan"),
    (f"{SCAN} --out {{new}}/r.h5 --pixel-size inf", "pixel size is inf"),
    (f"{SCAN} --out {{new}}/r.h5 --pixel-size 0", "pixel size is 0.0, expected metres above 0"),
    (f"{SCAN} --out {{new}}/r.h5 --pixel-size=-1e-8", "pixel size is -1e-08"),
    (f"{SCAN} --out {{new}}/r.h5 --use-object start --swap-axes", "does not work with turned positions"),
    (f"{SCAN} --out {{new}}/r.h5 --iterations 0", "--iterations is 0, expected at least 1"),
    (f"{SCAN} --out {{new}}/r.h5 --device abacus", "device is 'abacus', expected auto, cpu or cuda"),
    (f"{SCAN} --out {{new}}/r.h5 --seed -1", "--seed is -1"),
    (f"{SCAN} --out {{new}}/r.h5 --every -2", "--every is -2"),
    (f"{SCAN} --out {{new}}/r.h5 --tiff {{scan}}/t", "scan.h5 is a file"),
    (f"{SCAN} --out {{new}}/r.h5 --tiff {{new}}/t --start {{new}}/no.npy", "no.npy does not exist"),
    (
        f"{SCAN} --out {{new}}/r.h5 --start smear:0:32",
        "smear:0:32: the start object is 32 x 32 px, the object of ",
    ),
    (f"{SCAN} --out {{new}}/r.h5 --probe {{zero}}", "zero.npy: the probe is zero everywhere"),
    (f"{SCAN} --out {{new}}/r.h5 --probe {{holes}}", "holes.npy: 3 of the probe's 256 values are not finite"),
    (f"{SCAN} --out {{new}}/r.h5 --probe {{holes}} --aperture 0.1", "omit either"),
    (f"{SCAN} --out {{new}}/r.h5 --defocus 1e-6", "need --outer-zone or --aperture"),
    (f"{SCAN} --out {{new}}/r.h5 --aperture 1e-3", "holds no wavelength or pixel size"),
    ("{new}/no.h5", "no.h5 is not a command, and no such file exists"),
    ("sweep awf --from 20", "--from is 20.0, expected 0 to 0.98 (44 % is 0.44)"),
    (f"{SCAN} --out {{new}}/r.h5 --resume {{awf}}", "has done all its 60 steps"),
    (f"{SCAN} --out {{new}}/r.h5 --probe {{new}}/no.npy", "no.npy does not exist"),
    ("reconstruct rpie {scan} --out {new}/r.h5 --resume {awf}", "was made by awf"),
    ("reconstruct rpie {scan} --out {new}/r.h5 --alpha 2", "--alpha is 2, expected at most 1"),
    ("reconstruct rpie {scan} --out {new}/r.h5 --form round", "--form is 'round', expected one of summed"),
    ("reconstruct daps {scan} --out {new}/r.h5 --prior {new}/none", "none"),
    ("reconstruct awf {new}/no.cxi --out {new}/r.h5", "no.cxi does not exist"),
    ("reconstruct awf {text} --out {new}/r.h5", "text.h5"),
    ("simulate --out {new}/s.txt", "s.txt"),
    ("simulate --out {new}/s.h5 --overlap 1.2", "--overlap is 1.2, expected at most 0.98"),
    ("simulate --out {new}/s.h5 --overlap 44", "expected at most 0.98: 44 % is 0.44"),
    ("simulate --out {new}/s.h5 --overlap 440%", "--overlap is 4.4, expected at most 0.98"),
    ("simulate --out {new}/s.h5 --overlap x%", "--overlap is 'x%', expected a number"),
    ("simulate --out {new}/s.h5 --overlap half", "--overlap is 'half', expected a number"),
    ("simulate --out {new}/s.h5 --object smear:0:16", "16"),
    ("simulate --out {new}/s.h5 --object {new}/no.npy", "no.npy does not exist"),
    ("simulate --out {new}/s.h5 --probe {text}", "text.h5"),
    ("simulate --out {new}/s.h5 --probe-width 2", "2 px"),
    ("info {new}/no.h5", "no.h5 does not exist"),
    ("info {text}", "text.h5"),
    ("export {awf}", "--tiff"),
    ("export {awf} --png {new}/p.jpg", "p.jpg"),
    ("export {scan} --png {new}/p.png", "scan.h5"),
    ("export {awf} --product {awf}", "awf.h5"),
    ("methods magic", "magic"),
    ("train prior {new}/no.npy --out {new}/m --minutes 0.1", "no.npy does not exist"),
    ("train prior smear --out {new}/m --batch 0", "--batch is 0"),
    ("train unet smear --out {new}/m --overlap 0.2 2", "--overlap is 2"),
    ("train unet smear --out {new}/m --overlap 0.2 0.201", "--overlap names 20% twice"),
    ("reconstruct unet {scan} --out {new}/r.h5 --network {new}/none", "there is no U-Net"),
]


@pytest.mark.parametrize(("line", "named"), BAD)
def test_bad_input_is_one_line_and_leaves_nothing(line, named, folder, tmp_path, capsys):
    text, new = tmp_path / "text.h5", tmp_path / "new"
    text.write_text("no HDF5 at all")
    new.mkdir()
    probe = np.ones((16, 16), complex)
    for name, array in (("zero", 0 * probe), ("holes", probe)):
        array[0, :3] = np.nan if name == "holes" else array[0, :3]
        np.save(tmp_path / f"{name}.npy", array)
    places = {"scan": folder / "scan.h5", "awf": folder / "awf.h5", "text": text, "new": new}
    places |= {name: tmp_path / f"{name}.npy" for name in ("zero", "holes")}
    before = {path: path.read_bytes() for path in (places["scan"], places["awf"])}
    words = [word.format(**places) for word in line.split()]
    assert main(words or ["--debug"]) == 2
    said = capsys.readouterr()
    errors = [one for one in said.err.splitlines() if not one.startswith("note: ")]
    assert len(errors) == 1
    assert errors[0].startswith("ptygui: error: ")
    assert named in errors[0]
    assert "Traceback" not in said.err
    assert said.out == ""
    assert not files_in(new)
    assert all(path.read_bytes() == content for path, content in before.items())


@pytest.fixture
def readable(folder, tmp_path) -> Path:
    """A folder with files that a command may read: a result, a scan, and a pty-chi pair."""
    from ptygui.files.scans import read_scan
    from tests.files.conftest import write_pair

    for name in ("scan.h5", "awf.h5"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    write_pair(tmp_path, read_scan(folder / "scan.h5"))
    return tmp_path


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("simulate --object {0}/awf.h5@0:64,0:64", "awf.h5"),
        ("simulate --object {0}/awf.h5::object@0:64,0:64", "awf.h5"),
        ("simulate --probe {0}/awf.h5::probe", "awf.h5"),
        ("reconstruct awf {0}/scan.h5 --probe {0}/awf.h5", "awf.h5"),
        ("reconstruct awf {0}/scan.h5 --start {0}/awf.h5::object", "awf.h5"),
        ("reconstruct awf {0}/scan.h5 --start {0}/scan.h5+{0}/awf.h5", "awf.h5"),
        ("reconstruct awf {0}/scan.h5 --resume {0}/awf.h5 --iterations 90", "awf.h5"),
        ("reconstruct awf {0}/scan_dp.hdf5 --metadata {0}/awf.h5", "awf.h5"),
        ("reconstruct awf {0}/scan_dp.hdf5", "scan_para.hdf5"),
    ],
)
def test_a_file_that_is_read_is_not_overwritten(line, file, readable, capsys):
    before = (readable / file).read_bytes()
    assert main([*line.format(readable).split(), "--out", str(readable / file)]) == 2
    assert "which is also an input" in capsys.readouterr().err
    assert (readable / file).read_bytes() == before


def test_debug_shows_where(folder, capsys):
    assert main(["--debug", "info", str(folder / "no.h5")]) == 2
    assert "Traceback" in capsys.readouterr().err
    assert main(["info", str(folder / "no.h5"), "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


# ---------------------------------------------------------------- terminal and pipe


def test_a_log_gets_a_line_for_progress_now_and_then(monkeypatch, capsys):
    monkeypatch.setattr(running, "_LINES_EVERY", 0.0)
    bar = running.progress_bar("reading", 40, unit="frames", leave=False)
    bar.update(10)
    bar.update(30)
    running.restart(bar, 20, "MB")
    bar.update(5)
    bar.close()
    said = capsys.readouterr().err
    assert "\r" not in said
    assert [line.split()[1][:4] for line in said.splitlines()][-3:] == ["25%|", "100%", "25%|"]


def test_a_pipe_has_no_progress_bar(folder, tmp_path, capsys):
    arguments = ["reconstruct", "awf", str(folder / "scan.h5"), "--iterations", "40", "--json"]
    assert main([*arguments, "--out", str(tmp_path / "r.h5")]) == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 1
    assert "\r" not in said.err
    assert all(line.startswith("note: ") for line in said.err.splitlines())


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_ctrl_c_keeps_the_result_and_says_so(folder, tmp_path):
    out = tmp_path / "r.h5"
    terminal, end = os.openpty()
    arguments = ["reconstruct", "awf", folder / "scan.h5", "--iterations", "1000000", "--json", "--out", out]
    running = start(*arguments, stdout=subprocess.PIPE, stderr=end, text=True)
    os.close(end)
    shown, asked = "", False
    limit = time.monotonic() + 100
    try:
        while time.monotonic() < limit:
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                shown += os.read(terminal, 4096).decode(errors="replace")
            except OSError:  # the other end is closed
                break
            if not asked and "misfit" in shown:
                running.send_signal(signal.SIGINT)
                asked, sent = True, time.monotonic()
        said, _ = running.communicate(timeout=20)
        took = time.monotonic() - sent
    finally:
        running.kill()
        os.close(terminal)
    assert running.returncode == 130
    assert took < 10
    assert re.search(r"AWF:.*<.*NRMSE 0\.\d+", shown)  # time left, and figures, on the bar
    assert "stopped by Ctrl-C" in shown
    assert "Traceback" not in shown
    told = json.loads(said)
    assert told["interrupted"] is True
    assert files_in(tmp_path) == {"r.h5"}
    assert main(["info", str(out)]) == 0


def test_a_closed_pipe_is_no_error():
    done = start("methods", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    done.stdout.close()
    assert done.stderr.read() == b""
    done.stderr.close()
    done.wait()


# ---------------------------------------------------------------- start


def test_help_names_the_commands():
    """That it is quick, since nothing slow is imported for it, `test_layers` sees to."""
    done = start("--help", stdout=subprocess.PIPE, text=True)
    out, _ = done.communicate()
    assert done.returncode == 0
    assert {"simulate", "thin", "reconstruct", "sweep", "priors", "train"} <= set(out.split())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_without_a_display_the_window_says_what_to_do(monkeypatch, capsys):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main([]) == 2
    said = capsys.readouterr().err
    assert "no display" in said
    assert "ptygui demo" in said


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_a_display_that_does_not_answer_is_none(monkeypatch, capsys):
    for name in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":987")
    assert main(["gui"]) == 2
    assert "could not connect to display :987" in capsys.readouterr().err


def test_without_a_display_the_demo_runs_where_it_is_asked_for(tmp_path, monkeypatch, capsys):
    from ptygui.cli import demo, window

    ran = []
    monkeypatch.setattr(demo, "run_demo", lambda folder: ran.append(folder) or 0)
    args = build_parser().parse(["gui", "--or-demo", str(tmp_path / "d")])
    args.no_window, args.open_window = (lambda: "there is no display"), None
    assert window.run(args) == 0
    assert ran == [tmp_path / "d"]
    assert "No window: there is no display" in capsys.readouterr().err


FIGURES = {".pdf": b"%PDF", ".svg": b"<?xml", ".png": b"\x89PNG", ".tif": b"II*\x00", ".tiff": b"II*\x00"}


@pytest.mark.parametrize("ending", FIGURES)
def test_a_figure_of_a_result(folder, tmp_path, capsys, ending):
    path = tmp_path / f"a{ending}"
    assert main(["export", str(folder / "awf.h5"), "--figure", str(path)]) == 0
    assert path.read_bytes().startswith(FIGURES[ending])
    assert capsys.readouterr().out == f"{path}\n"
    if ending == ".svg":
        words = path.read_text()
        for word in ("amplitude", "truth, phase", "NRMSE", "step 60 of 60"):
            assert word in words


def test_the_picture_is_the_figure_as_png(folder, tmp_path):
    paths = [str(tmp_path / name) for name in ("a.png", "b.png")]
    assert main(["export", str(folder / "awf.h5"), "--figure", paths[0], "--png", paths[1]]) == 0
    assert Path(paths[0]).read_bytes() == Path(paths[1]).read_bytes()


def test_a_figure_needs_no_qt(folder, tmp_path, monkeypatch):
    """As where it is not installed, and without a display; what is imported for it: test_loading.py."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name in ("PyQt6", "pyqtgraph", "qasync"):
        monkeypatch.setitem(sys.modules, name, None)
    path = tmp_path / "a.pdf"
    assert main(["export", str(folder / "awf.h5"), "--figure", str(path)]) == 0
    assert path.read_bytes().startswith(b"%PDF")


# ---------------------------------------------------------------- the example and a training


def test_demo_writes_its_results_and_prints_the_table(tmp_path, monkeypatch, capsys):
    short = {"rpie": {"iterations": 5}, "awf": {"iterations": 5}}
    short |= {"unet": {"awf_iterations": 5}, "unrolled": {"awf_iterations": 5}, "ptychonn": {}}
    short |= {"daps": {"levels": 2, "data_steps": 2, "awf_iterations": 5}, "dps": {"num_steps": 2, "j": 0}}
    short |= {"pmace": {"iterations": 5}, "dip": {"iterations": 2, "width": 4}, "ptychi": {"iterations": 2}}
    for method in METHODS:
        monkeypatch.setattr(method, "demo_options", short[method.key()])
    monkeypatch.setattr("ptygui.experiment.example.example_scan", partial(example_scan, size=64))
    assert main(["demo", "--out", str(tmp_path / "d")]) == 0
    said = capsys.readouterr()
    assert str(tmp_path / "d") in said.out
    assert re.search(r"^method +NRMSE +SSIM +seconds +NFE$", said.out, re.MULTILINE)
    left_out = said.err.count("is left out")
    assert (
        len(re.findall(r"  0\.\d{4}  -?0\.\d{4}  +[\d.]+  +\d+$", said.out, re.MULTILINE))
        == len(METHODS) - left_out
    )
    written = files_in(tmp_path / "d")
    assert {"awf.h5", "rpie.h5", "demo.png"} <= written
    assert len([name for name in written if name.endswith((".tif", ".tiff"))]) >= 4


def test_train_prior_makes_a_model_folder(tmp_path, capsys):
    out = tmp_path / "m"
    arguments = ["train", "prior", "smear:1:96", "--preset", "tiny", "--steps", "2", "--crop", "32"]
    assert main([*arguments, "--batch", "1", "--out", str(out)]) == 0
    assert "2 steps" in capsys.readouterr().out
    assert json.loads((out / "prior.json").read_text())["zeta_scale"].keys() == {"l1", "l2"}
    assert main(["info", str(out)]) == 0


def test_the_command_in_a_card_can_be_typed(tmp_path, capsys):
    arguments = ["train", "prior", "smear:1:64", "--preset", "tiny", "--steps", "1", "--crop", "32"]
    arguments += ["--batch", "1", "--no-flatten-phase", "--holdout", "--out", str(tmp_path / "m")]
    assert main(arguments) == 0
    said = json.loads((tmp_path / "m" / "prior.json").read_text())["training"]["command"]
    typed = build_parser().parse_args(shlex.split(said)[1:])
    assert typed.flatten_phase is False
    assert typed.holdout is True


def test_train_prior_learns_from_a_set_and_validates_on_another(tmp_path, capsys):
    """Of a set to validate on, each kind counts alike; of a set to learn from, each object."""
    for name, kinds in (("learned", ["a", "b", "b"]), ("unseen", ["b", "b", "c", "b"])):
        objects = np.stack([smear((48, 48), seed) for seed in range(len(kinds))])
        np.savez(tmp_path / f"{name}.npz", obj=objects, kinds=np.array(kinds))
    arguments = ["train", "prior", f"{tmp_path}/learned.npz::obj", "--preset", "tiny", "--steps", "1"]
    arguments += ["--crop", "32", "--batch", "1", "--out", str(tmp_path / "m")]
    assert main([*arguments, "--validation", f"{tmp_path}/unseen.npz::obj"]) == 0
    said = json.loads((tmp_path / "m" / "prior.json").read_text())["training"]
    assert said["data"] == ["learned.npz::obj"]
    assert said["validation_data"] == ["unseen.npz::obj (b)", "unseen.npz::obj (c)"]
    assert "--validation unseen.npz::obj --out m" in said["command"]
    assert "validation loss per noise level: 0.05: " in capsys.readouterr().out

    assert main([*arguments, "--validation", f"{tmp_path}/learned.npz::obj"]) == 2
    assert "validate on other objects" in capsys.readouterr().err

    np.savez(tmp_path / "odd.npz", obj=objects, kinds=np.array(["a"]))
    assert main([*arguments, "--validation", f"{tmp_path}/odd.npz::obj"]) == 2
    assert "expected 4 words" in capsys.readouterr().err


@pytest.mark.parametrize("source", ["scan.h5", "awf.h5"])
def test_train_own_makes_a_prior_of_a_scan_or_a_result(folder, tmp_path, capsys, source):
    start = ["train", "prior", "smear:1:48", "--preset", "tiny", "--steps", "1", "--crop", "32"]
    assert main([*start, "--batch", "1", "--out", str(tmp_path / "start")]) == 0
    arguments = ["train", "own", str(folder / source), "--continue", str(tmp_path / "start"), "--batch", "1"]
    arguments += ["--steps", "2", "--iterations", "9", "--held-out", "0", "--out", str(tmp_path / "mine")]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "mine: 2 steps in" in said
    assert "nothing was held out" in said
    refined = tmp_path / "mine" / "dense.h5"
    assert refined.is_file() == (source == "scan.h5")  # a result is not reconstructed again
    assert (f"--prior {tmp_path / 'mine'} --probe {refined}" in said) == refined.is_file()
    command = json.loads((tmp_path / "mine" / "prior.json").read_text())["training"]["command"]
    typed = build_parser().parse_args(shlex.split(command)[1:])
    assert (typed.scan, typed.start, typed.iterations) == (source, "start", "9")


def test_train_own_reads_the_scan_as_told(folder, tmp_path, capsys):
    from ptygui.files.scans import read_scan

    arguments = ["train", "own", str(folder / "scan.h5"), "--flip-rows", "--probe", str(folder / "scan.h5")]
    arguments += ["--positions", "0:0", "--out", str(tmp_path / "mine")]
    args = build_parser().parse_args(arguments)
    assert reading_given(args) == {"flip_rows": True, "probe": str(folder / "scan.h5")}
    assert read(args).positions[0, 0] > read_scan(folder / "scan.h5").positions[0, 0]
    assert main(arguments) == 2  # no position is left, and nothing is written
    assert main(["train", "own", str(folder / "awf.h5"), "--flip-rows", "--out", str(tmp_path / "mine")]) == 2
    assert "leave out the flags on reading" in capsys.readouterr().err
    assert not (tmp_path / "mine").exists()


def test_train_own_refuses_what_it_cannot_learn_from(folder, tmp_path, capsys):
    arguments = ["train", "own", str(folder / "scan.h5"), "--out", str(tmp_path / "mine")]
    for more, words in (
        (["--part", "middle"], "part is 'middle', expected left, right, top, bottom or R0:R1,C0:C1"),
        (["--part", "900:,:"], "none of the"),
        (["--positions", "x"], "positions are 'x', expected A:B or A:B:STEP"),
        (["--part", "0:20,0:20", "--iterations", "1"], "too small for crops of 32 px: lower --lit"),
    ):
        assert main([*arguments, *more]) == 2
        assert words in capsys.readouterr().err
    np.save(tmp_path / "object.npy", smear((48, 48), 0))
    assert main(["train", "own", str(tmp_path / "object.npy"), "--out", str(tmp_path / "mine")]) == 2
    assert "object.npy" in capsys.readouterr().err
    assert not (tmp_path / "mine" / "prior.json").exists()


def test_train_unet_makes_a_folder_an_overlap(tmp_path, capsys, folder):
    arguments = "train unet smear:1:96 --preset tiny --steps 2 --crop 32 --batch 1 --chain".split()
    arguments += "--pairs 4 --awf-iterations 3 --probe-width 16".split()
    assert main([*arguments, "--overlap", "0.3", "0.5", "--out", str(tmp_path / "net")]) == 0
    assert capsys.readouterr().out.count("held-out NRMSE: AWF 0.") == 2
    one, two = (json.loads((tmp_path / f"net-{k}" / "unet.json").read_text()) for k in (30, 50))
    assert (one["overlap"], two["overlap"]) == (0.3, 0.5)
    assert (one["training"]["start"], two["training"]["start"]) == ("", "net-30")
    assert "ptygui train unet smear:1:96 --overlap 0.3 0.5 " in two["training"]["command"]
    assert str(tmp_path) not in (tmp_path / "net-50" / "unet.json").read_text()
    assert main(["info", str(tmp_path / "net-50")]) == 0
    said = capsys.readouterr().out
    assert "trained U-Net" in said
    assert "0.5" in said
    out = str(tmp_path / "r.h5")
    arguments = ["reconstruct", "unet", str(folder / "scan.h5"), "--network", str(tmp_path / "net-30")]
    assert main([*arguments, "--iterations", "5", "--out", out]) == 0
    said = capsys.readouterr()
    assert "note: the U-Net was trained for an overlap of 30%" in said.err
    assert "1 network evaluations" in said.out


def test_a_file_alone_opens_in_the_window(folder, monkeypatch):
    monkeypatch.setattr("ptygui.__main__.no_window", lambda: "")
    opened = []
    monkeypatch.setattr("ptygui.__main__.open_window", lambda path: opened.append(path) or 0)
    assert main([str(folder / "awf.h5")]) == 0
    assert main([]) == 0
    assert opened == [str(folder / "awf.h5"), None]


def test_a_file_is_known_by_being_there_and_a_command_comes_before_it(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("ptygui.__main__.no_window", lambda: "")
    opened = []
    monkeypatch.setattr("ptygui.__main__.open_window", lambda path: opened.append(path) or 0)
    monkeypatch.chdir(tmp_path)
    for name in ("myscan", "methods"):
        Path(name).write_bytes((folder / "scan.h5").read_bytes())
    assert main(["myscan"]) == 0
    assert main(["--debug", str(folder / "scan.h5")]) == 0
    assert main(["methods"]) == 0
    assert opened == ["myscan", str(folder / "scan.h5")]
    assert "daps: Diffusion" in capsys.readouterr().out
    assert main(["myscn"]) == 2
    assert "invalid choice: 'myscn'" in capsys.readouterr().err


def test_an_overlap_in_percent_is_understood(tmp_path, capsys):
    simulate = ["simulate", "--object", "smear:1:64", "--overlap", "50%"]
    assert main([*simulate, "--out", str(tmp_path / "s.h5")]) == 0
    assert "overlap 50.0 %" in capsys.readouterr().out


def test_a_flag_is_not_guessed_to_be_help(capsys):
    assert main(["sweep", "awf", "--overlap", "0.4"]) == 2
    said = capsys.readouterr().err
    assert "unknown: --overlap 0.4" in said
