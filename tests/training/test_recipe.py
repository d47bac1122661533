"""The recipe of training objects, on files made here, and the split that it reads."""

import importlib.util
import itertools
import shutil
import sys
import tarfile

import numpy as np
import pytest
from PIL import Image

from ptygui.__main__ import main
from ptygui.networks import spectrum
from ptygui.networks.checkpoint import load_info
from ptygui.paths import MODELS
from ptygui.physics.smear import smear
from ptygui.training import trainer
from ptygui.training.options import PriorTraining
from ptygui.training.prior import train_prior

SIZE = 48


@pytest.fixture(scope="module")
def recipe():
    spec = importlib.util.spec_from_file_location("recipe_objects", MODELS / "recipes" / "objects.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder as the recipe takes it, with a split of its own."""
    folder = tmp_path_factory.mktemp("raw")
    rng = np.random.default_rng(0)
    for place in ("chips", "images/fibres", "complex/lattices"):
        (folder / place).mkdir(parents=True)
    for name in ("a_one_0", "b_two_0"):
        layers = rng.integers(0, 16, (3, 160, 160), dtype=np.uint8)
        np.savez(folder / "chips" / f"{name}.npz", layers=layers, layer_copper_nm=[300.0, 500, 900])
    for name in ("fine", "coarse"):
        pixels = rng.integers(0, 256, (90, 120), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "images" / "fibres" / f"{name}.jpg")
    for name in ("crystal", "other"):
        np.savez(folder / "complex" / "lattices" / f"{name}.npz", phase=rng.random((96, 96), np.float32))
    for name in ("cell", "section"):
        np.savez(folder / "complex" / f"{name}.npz", obj=smear((80, 90), 3))
    (folder / "SPLIT.md").write_text(
        "# Split\n\n### chips\n\n- training: `a_one_0.npz`\n- validation: `b_two_0.npz`\n- test: none\n\n"
        "### images/fibres\n\n- training: `fine.jpg`\n- validation: `coarse.jpg`\n\n"
        "### complex\n\n- training: `cell.npz`\n- validation: `section.npz`\n\n"
        "### complex/lattices\n\n- training: `crystal.npz`\n- validation: `other.npz`\n\n"
        "## Smears\n\n- training: `elsewhere.npz`\n"
    )
    return folder


def test_no_file_of_the_split_is_in_two_parts():
    split = (MODELS / "SPLIT.md").read_text(encoding="utf-8")
    for section in split.split("### ")[1:]:
        lines = section.split("\n## ")[0].splitlines()
        parts = [line.partition(": ")[2].split("`")[1::2] for line in lines if line.startswith("- t")]
        parts += [
            line.partition(": ")[2].split("`")[1::2] for line in lines if line.startswith("- validation")
        ]
        assert len(parts) == 3, lines[0]
        assert all(set(one).isdisjoint(other) for one, other in itertools.combinations(parts, 2)), lines[0]


def test_a_part_has_its_files_alone(recipe, folder):
    found = recipe.split_files(folder, "training", folder / "SPLIT.md")
    assert {place: [path.name for path in paths] for place, paths in found.items()} == {
        "chips": ["a_one_0.npz"],
        "images/fibres": ["fine.jpg"],
        "complex": ["cell.npz"],
        "complex/lattices": ["crystal.npz"],
    }
    with pytest.raises(FileNotFoundError, match=r"is not there: FOLDER must hold"):
        recipe.split_files(folder / "chips", "training", folder / "SPLIT.md")


def test_objects_come_in_their_proportions_and_again_from_the_same_seed(recipe, folder):
    files = recipe.split_files(folder, "training", folder / "SPLIT.md")
    drawn = list(recipe.draw(files, "generic", "training", 100, SIZE, 5))
    kinds = [kind for kind, _ in drawn]
    assert [kinds.count(k) for k in ("fibres", "chip", "leaves", "measured")] == [40, 15, 10, 5]
    again = list(recipe.draw(files, "generic", "training", 100, SIZE, 5))
    assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(drawn, again, strict=True))
    other = list(recipe.draw(files, "generic", "validation", 100, SIZE, 5))
    assert not any(np.array_equal(a, b) for (_, a), (_, b) in zip(drawn, other, strict=True))


def test_every_kind_is_an_object_without_wraps(recipe, folder):
    files = recipe.split_files(folder, "validation", folder / "SPLIT.md")
    for kind, obj in recipe.draw(files, "generic", "validation", 120, SIZE, 0):
        assert obj.shape == (SIZE, SIZE), kind
        assert obj.dtype == np.complex64, kind
        assert np.isfinite(obj).all(), kind
        assert obj.std() > 0.02, kind
        if kind != "measured":  # as it was measured, wraps and all
            assert np.abs(obj).max() < 1.5, kind
            assert np.ptp(np.angle(obj)) < 3.15, kind
            assert abs(np.median(np.angle(obj))) < 0.02, kind


def test_metal_delays_and_absorbs(recipe, folder):
    (path,) = recipe.split_files(folder, "training", folder / "SPLIT.md")["chips"]
    for seed in range(5):
        obj = recipe.chip(path, np.random.default_rng(seed), SIZE).ravel()
        assert np.corrcoef(np.abs(obj), np.angle(obj))[0, 1] > 0.2  # not 1: the substrate delays, too


# ------------------------------------------------------------------ the recipe for a GPU


@pytest.fixture
def checkout(folder, tmp_path):
    """A folder with the recipes, this split, a notice and a tiny prior, as `gpu.py` expects them."""
    models = tmp_path / "models"
    shutil.copytree(MODELS / "recipes", models / "recipes", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(folder / "SPLIT.md", models / "SPLIT.md")
    (models / "NOTICE-generic.md").write_text("Made here.")
    (tmp_path / "ptygui").mkdir()
    options = PriorTraining(preset="small", steps=1, batch=1, crop=32, threads=1)
    with pytest.MonkeyPatch.context() as patch:
        quickly(patch)
        list(train_prior({"a": smear((48, 48), 1)}, options, models / "start"))
    return tmp_path


def quickly(patch):
    patch.setattr(trainer, "gradient_scale", lambda prior, obj: {"l1": 1.0, "l2": 1.0})
    patch.setattr(trainer, "save_sheet", lambda *sheet: None)
    patch.setattr(spectrum, "SIGMAS", (0.1, 1.0))


def loaded(path, monkeypatch):
    """A recipe as a module; the one beside it that it imports is that of the same folder."""
    monkeypatch.delitem(sys.modules, "objects", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("mixture", ["generic", "chips"])
def test_the_recipe_for_a_gpu_packs_draws_and_trains(checkout, folder, tmp_path, monkeypatch, mixture):
    gpu = loaded(checkout / "models" / "recipes" / "gpu.py", monkeypatch)
    start = checkout / "models" / "start"
    gpu.pack(gpu._arguments(["pack", mixture, str(folder), str(tmp_path / "all.tar"), "--start", "start"]))
    with tarfile.open(tmp_path / "all.tar") as tar:
        tar.extractall(tmp_path / "there", filter="data")
    raw = tmp_path / "there" / "raw"
    assert (raw / "images").exists() == (mixture == "generic")
    assert (tmp_path / "there" / "models" / "start" / "prior.json").is_file()

    work, out = tmp_path / "drawn", tmp_path / "out"
    work.mkdir()
    tiny = ["--count", "4", "--unseen", "21", "--size", str(SIZE), "--workers", "2", "--batch", "1"]
    tiny += ["--device", "cpu", "--no-compile", "--minutes", "0", "--work", str(work), "--out", str(out)]
    there = ["train", mixture, str(raw), "--start", str(start), *tiny]
    args = gpu._arguments([*there, "--more=--steps 1 --crop 32 --threads 1"])
    drawing, training = gpu.commands(args)
    assert len(drawing) == 3  # two to learn from, one to validate on
    for command in drawing:
        monkeypatch.setattr(sys, "argv", command[1:])
        gpu.objects.main()
    quickly(monkeypatch)
    assert training[1:3] == ["-m", "ptygui"]
    assert main(training[3:]) == 0
    said = load_info(out).training
    assert said["data"] == ["training-0.npz::obj", "training-1.npz::obj"]
    assert (said["steps"], said["notice"]) == (1, "Made here.")
    assert said["validation_data"]
    assert gpu.commands(args)[0] == []  # what is drawn is not drawn again
