"""Files and command lines of earlier versions still work, and mean what they meant.

The files lie in `fixtures/v0.1`, see `fixtures/make_v0_1.py`; `fixtures/v0_1.py` says what is renamed since.
"""

import json
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from fixtures.v0_1 import FOLDER, RENAMED, expected, fingerprint, now, numbers_now

from ptygui.__main__ import main
from ptygui.cli import parse
from ptygui.cli.flags import given
from ptygui.experiment.settings import RunSettings
from ptygui.methods import METHODS, method_named
from ptygui.options import options_of
from ptygui.physics.simulate import Simulation

RESULTS = ("awf", "rpie", "unet", "daps", "dps")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the files; the tiny models are found by the names that the results have for them."""
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def method_of(key, options):
    """The method with options in the words of 0.1."""
    return method_named(key)(**now(key, options))


def assert_frames(frames, said, key):
    assert [frame.index for frame in frames] == [one["index"] for one in said]
    for frame, one in zip(frames, said, strict=True):
        assert frame.resolved == now(key, one["resolved"])
        for name in ("obj", "probe", "x_t"):
            assert fingerprint(getattr(frame, name)) == one[name]


def assert_run(run, said):
    """The run says what it said: options by step, numbers, images, where it comes from."""
    key = said["method"]
    assert run.method == method_of(key, said["options"])
    assert run.past == [(step, method_of(key, held)) for step, held in said["past"]]
    assert run.origin == (said["origin"] and tuple(said["origin"]))
    for name in ("number", "seed", "device", "given_name", "outcome", "sweep"):
        assert getattr(run, name) == said[name]
    assert sorted(run.history.pins) == said["pins"]
    assert run.history.numbers == numbers_now(said["numbers"])
    assert_frames(run.history.frames, said["frames"], key)
    assert fingerprint(run.last.samples) == said["samples"]


def assert_scan(scan, said):
    for name in ("patterns", "positions", "probe", "mask", "truth"):
        assert fingerprint(getattr(scan, name)) == said[name]
    assert list(scan.object_shape) == said["object_shape"]
    assert list(scan.notes) == said["notes"]
    for name in ("noise", "name", "pixel_size_m", "wavelength_m", "distance_m"):
        assert getattr(scan, name) == said[name]


# ---------------------------------------------------------------- files


def test_a_scan_is_as_it_was(folder):
    from ptygui.files.scans import read_scan

    assert_scan(read_scan(folder / "scan.h5"), expected("scan.h5"))


@pytest.mark.parametrize("key", RESULTS)
def test_a_result_is_as_it_was(folder, key):
    from ptygui.files.results import read_result

    result, said = read_result(folder / f"{key}.h5"), expected(f"{key}.h5")
    assert result.method == key
    assert result.options == now(key, said["options"])
    assert result.past == tuple((step, now(key, held)) for step, held in said["past"])
    assert result.changes  # a branch, with other options from there on
    assert result.origin == tuple(said["origin"])
    assert (result.seed, result.device) == (said["seed"], said["device"])
    assert sorted(result.pins) == said["pins"] != []
    assert result.numbers == numbers_now(said["numbers"])
    assert_frames(result.frames, said["frames"], key)
    assert fingerprint(result.samples) == said["samples"]
    assert fingerprint(result.obj) == said["frames"][-1]["obj"]
    assert sorted(result.state) == said["state"]
    assert list(result.notes) == said["notes"]
    assert fingerprint(result.truth) == expected("scan.h5")["truth"]


@pytest.mark.parametrize("key", RESULTS)
def test_a_result_is_a_run_of_its_scan(folder, key):
    from ptygui.files.result_run import read_run
    from ptygui.files.scans import read_scan

    scan, said = read_scan(folder / "scan.h5"), expected(f"{key}.h5")
    run = read_run(folder / f"{key}.h5", [scan])
    assert run.scan is scan
    assert run.method == method_of(key, said["options"])
    assert run.past == [(step, method_of(key, held)) for step, held in said["past"]]
    assert run.history.numbers == numbers_now(said["numbers"])


@pytest.mark.parametrize("key", ["awf", "rpie", "unet"])
def test_a_result_is_gone_on_from(folder, key, capsys):
    from ptygui.files.results import read_result

    words = ["reconstruct", key, "scan.h5", "--resume", f"{key}.h5", "--iterations", "9", "--device", "cpu"]
    assert main([*words, "--out", "again.h5"]) == 0
    before, after = read_result(folder / f"{key}.h5"), read_result(folder / "again.h5")
    assert after.numbers["index"][: len(before.numbers["index"])] == before.numbers["index"]
    assert after.last.index == after.last.total > before.last.index
    assert np.isfinite(after.last.misfit)
    assert after.seed == before.seed


def test_a_project_is_as_it_was(folder):
    from ptygui.files.project import read_project

    project, said = read_project(folder / "project.ptygui"), expected("project.ptygui")
    assert len(project.runs) == len(said["runs"])
    for run, one in zip(project.runs, said["runs"], strict=True):
        assert_run(run, one)
        assert_scan(run.scan, said["scans"][run.scan.name])
    assert (project.current, project.index) == (said["current"], said["index"])
    assert project.scan_path == str(folder / "scan.h5")  # it was elsewhere
    assert "was found at" in project.notes[0]
    for key, options in said["settings"]["methods"].items():
        assert method_named(key).read(project.settings["methods"][key]) == method_of(key, options)


@pytest.mark.parametrize(("key", "at"), [("daps", 3), ("rpie", 3), ("awf", 2)])
def test_a_step_of_a_project_is_gone_on_from(folder, key, at):
    from ptygui.experiment.reconstruct import reconstruct
    from ptygui.files.project import read_project

    run = next(r for r in read_project(folder / "project.ptygui").runs if r.method.key() == key)
    frame = next(frame for frame in run.history.frames if frame.index == at)
    for step in reconstruct(run.scan, run.method, resume=frame, device="cpu", seed=run.seed, interval=0):
        last = step
    assert last.done
    assert last.index > at
    assert np.isfinite(last.obj).all()


def test_what_was_kept_for_recovery_is_recovered(folder):
    from ptygui.files.recovery import recover

    place = folder / "kept" / "session"
    shutil.copytree(folder / "recovery", place)
    project, said = recover(place), expected("project.ptygui")
    kept = [one for one in said["runs"] if one["number"] in (3, 4)]
    assert len(project.runs) == 2
    for run, one in zip(project.runs, kept, strict=True):
        assert_run(run, one)
    assert project.runs[0].scan is project.runs[1].scan
    assert Path(project.scan_path).samefile(folder / "scan.h5")


def test_a_stack_of_steps_has_its_json(folder):
    import tifffile

    said = expected("awf.h5")
    with tifffile.TiffFile(folder / "awf_steps.tif") as file:
        stack, about = file.asarray(), file.imagej_metadata
    beside = json.loads((folder / "awf_steps.json").read_text(encoding="utf-8"))
    assert stack.shape == (len(said["frames"]), 2, 16, 16)
    assert len(about["Labels"]) == 2 * len(stack)
    assert [frame["step"] for frame in beside["frames"]] == [one["index"] for one in said["frames"]]
    assert beside["options"] == said["options"]
    assert beside["method"] == "awf"
    assert beside["pixel_size_m"] == 2e-8


def test_model_folders_are_read(folder):
    from ptygui.networks.corrector import load_corrector
    from ptygui.prior.prior import load_prior

    prior, unet = load_prior("tiny-prior"), load_corrector("tiny-unet")
    assert prior.sigma_data == (0.4, 0.4)
    assert (unet.info.overlap, unet.info.iterations) == (0.6, 12)


@pytest.mark.parametrize(
    "name", ["scan.h5", *(f"{key}.h5" for key in RESULTS), "project.ptygui", "tiny-prior", "tiny-unet"]
)
def test_info_knows_them_all(folder, name, capsys):
    assert main(["info", name]) == 0
    assert capsys.readouterr().out


# ---------------------------------------------------------------- command lines

AWF = "reconstruct awf s.cxi --out r.h5"
RECONSTRUCT = [
    (AWF, {}),
    (
        f"{AWF} --iterations 12 --no-momentum --probe-update --probe-start 4",
        {"iterations": 12, "momentum": False, "probe_update": True, "probe_start": 4},
    ),
    (
        "reconstruct rpie s.h5 --out r.h5 --iterations 9 --alpha 0.2 --form sequential --probe-update "
        "--probe-alpha 0.4 --probe-start 5",
        {
            "iterations": 9, "alpha": 0.2, "form": "sequential", "probe_update": True, "probe_alpha": 0.4,
            "probe_start": 5,
        },
    ),
    (
        "reconstruct unet s.h5 --out r.h5 --network models/mine --iterations 250",
        {"network": "models/mine", "iterations": 250},
    ),
    ("reconstruct unet s.h5 --out r.h5 --network auto", {"network": ""}),
    (
        "reconstruct daps s.h5 --out r.h5 --prior mine --setting preview --levels 8 --inner 6 --no-warm "
        "--warm-iterations 99 --no-mend --sigma-max 2.5 --sigma-min 0.03 --variance 0.5 --polish 7 "
        "--noise 0.4 --slow-order 3 --seeds 2 --no-average",
        {
            "prior": "mine", "setting": "preview", "levels": 8, "inner": 6, "warm": False,
            "warm_iterations": 99, "mend": False, "sigma_max": 2.5, "sigma_min": 0.03, "variance": 0.5,
            "polish": 7, "noise": 0.4, "slow_order": 3, "seeds": 2, "average": False,
        },
    ),
    (
        "reconstruct daps s.h5 --out r.h5 --setting best --levels auto --inner auto --sigma-max auto "
        "--sigma-min auto --variance auto --slow-order auto --seeds auto --warm --mend --average",
        {
            "setting": "best", "levels": "auto", "inner": "auto", "sigma_max": "auto", "sigma_min": "auto",
            "variance": "auto", "slow_order": "auto", "seeds": "auto", "warm": True, "mend": True,
            "average": True,
        },
    ),
    (
        "reconstruct dps s.h5 --out r.h5 --prior mine --num-steps 50 --j 3 --zeta 0.004 --zeta-units raw "
        "--guidance l2 --travel literal --no-clip",
        {
            "prior": "mine", "num_steps": 50, "j": 3, "zeta": 0.004, "zeta_units": "raw", "guidance": "l2",
            "travel": "literal", "clip": False,
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("line", "options"), RECONSTRUCT)
def test_options_of_a_method_reach_it(line, options):
    words = line.split()
    args = parse(words)
    assert args.method == words[1]
    cls = method_named(args.method)
    assert cls(**given(args, cls)) == method_of(args.method, options)


def test_every_option_of_a_method_of_then_is_tried():
    """So that none is forgotten in the lists above and in the result files."""
    typed = {}
    for line, options in RECONSTRUCT:
        typed.setdefault(line.split()[1], set()).update(options)
    for key in RESULTS:
        said = expected(f"{key}.h5")["options"]
        assert typed[key] == set(said)
        assert set(now(key, said)) <= {option.name for option in options_of(method_named(key))}
    assert set(RENAMED) <= {*RESULTS, "simulate", "train prior", "train unet"}


@pytest.mark.parametrize(
    ("line", "options"),
    [
        (
            f"{AWF} --tiff t --json --device cpu --seed 4 --start o.npy --every 3",
            {
                "out": "r.h5", "tiff": "t", "json": True, "device": "cpu", "seed": 4, "start": "o.npy",
                "every": 3,
            },
        ),
        (f"{AWF} --resume b.h5", {"resume": "b.h5", "scan": "s.cxi"}),
        (
            f"{AWF} --metadata m.h5 --probe p.npy::probe --use-object truth --pixel-size 1e-8 "
            "--zero-frequency corner --allow-links --swap-axes --flip-rows --flip-columns --debug",
            {
                "metadata": "m.h5", "probe": "p.npy::probe", "use_object": "truth", "pixel_size": 1e-8,
                "zero_frequency": "corner", "allow_links": True, "swap_axes": True, "flip_rows": True,
                "flip_columns": True, "debug": True,
            },
        ),
        (
            "sweep awf daps:setting=preview,seeds=2 --object smear:1:64 --probe focused --probe-width 16 "
            "--from 0.3 --to 0.6 --by 0.1 --seeds 2 --score ssim --threshold 0.8 --device cpu --csv t.csv",
            {
                "methods": ["awf", "daps:setting=preview,seeds=2"], "object": ["smear:1:64"],
                "probe": "focused", "probe_width": 16, "from_": 0.3, "to_": 0.6, "by_": 0.1, "seeds": 2,
                "score": "ssim",
                "threshold": 0.8, "device": "cpu", "csv": "t.csv",
            },
        ),
        (
            "export r.h5 --tiff t --stack s.tif --product p.h5 --npz a.npz --csv c.csv --png p.png "
            "--figure f.pdf",
            {
                "files": ["r.h5"], "tiff": "t", "stack": "s.tif", "product": "p.h5", "npz": "a.npz",
                "csv": "c.csv", "png": "p.png", "figure": "f.pdf",
            },
        ),
        ("info s.cxi --json --allow-links", {"file": "s.cxi", "json": True, "allow_links": True}),
        ("methods daps dps --json", {"names": ["daps", "dps"], "json": True}),
        ("demo --out d", {"out": "d"}),
        ("gui r.h5 --or-demo d", {"file": "r.h5", "or_demo": "d"}),
        ("--debug gui", {"file": None}),
        (
            "train prior smear a.npy --out m --continue blood-small --fresh --device cpu",
            {"data": ["smear", "a.npy"], "out": "m", "start": "blood-small", "fresh": True, "device": "cpu"},
        ),
        (
            "train unet smear --out m --overlap 0.2 0.44 --chain",
            {"data": ["smear"], "out": "m", "overlap": ["0.2", "0.44"], "chain": True},
        ),
    ],
)  # fmt: skip
def test_other_flags_are_taken(line, options):
    args = parse(shlex.split(line))
    taken = vars(args) | given(args, RunSettings)
    assert {name: taken[name] for name in options} == options


def training(kind):
    from ptygui.training.options import PriorTraining, UNetTraining

    return {"train prior": PriorTraining, "train unet": UNetTraining, "simulate": Simulation}[kind]


@pytest.mark.parametrize(
    ("line", "options"),
    [
        (
            "simulate --out s.h5 --object smear:2:64 --probe focused --probe-width 16 --overlap 44% "
            "--reference-length 12 --layout centred --photons 1e4 --noise pmace --jitter 2 --seed 3",
            {
                "overlap": 0.44, "reference_length": 12, "layout": "centred", "photons": 1e4,
                "noise": "pmace", "jitter": 2, "seed": 3,
            },
        ),
        ("simulate --out s.h5 --overlap 0.2", {"overlap": 0.2}),
        (
            "train prior smear --out m --preset tiny --parameterisation epsilon --steps 9 --batch 2 "
            "--learning-rate 1e-3 --no-cosine --crop 32 --patches 8 --weights 1 --no-flatten "
            "--phase-jitter 0.2 --no-holdout --noise-mean 0.1 --noise-spread 1.5 --ema 0.9 --autocast no "
            "--threads 2 --save-every 2 --seed 5",
            {
                "preset": "tiny", "parameterisation": "epsilon", "steps": 9, "batch": 2,
                "learning_rate": 1e-3, "cosine": False, "crop": 32, "patches": 8, "weights": "1",
                "flatten": False, "phase_jitter": 0.2, "holdout": False, "noise_mean": 0.1,
                "noise_spread": 1.5, "ema": 0.9, "autocast": "no", "threads": 2, "save_every": 2, "seed": 5,
            },
        ),
        (
            "train unet smear --out m --preset tiny --iterations 9 --pairs 4 --minutes 1 --batch 2 "
            "--crop 32 --probe focused --probe-width 16 --photons 1e4 --no-flips --validate-every 7",
            {
                "preset": "tiny", "iterations": 9, "pairs": 4, "minutes": 1, "batch": 2, "crop": 32,
                "probe": "focused", "probe_width": 16, "photons": 1e4, "flips": False, "validate_every": 7,
            },
        ),
    ],
)  # fmt: skip
def test_options_of_simulations_and_trainings_reach_them(line, options):
    words = line.split()
    owner = " ".join(words[:2]) if words[0] == "train" else words[0]
    cls = training(owner)
    args = parse(words)
    skip = ("overlap",) if owner == "train unet" else ()
    assert cls(**given(args, cls, skip=skip)) == cls(**now(owner, options))


def test_a_sweep_takes_options_of_methods_by_their_names():
    from ptygui.methods import method_from

    made = method_from("daps:setting=preview,seeds=2,inner=5,variance=0.5,warm=no,mend=no,slow-order=3")
    options = {"setting": "preview", "seeds": 2, "inner": 5, "variance": 0.5, "warm": False, "mend": False}
    options["slow_order"] = 3
    assert made == method_of("daps", options)


def test_the_methods_of_then_are_there():
    assert {*RESULTS} <= {method.key() for method in METHODS}
