"""The recipe of training objects, on files made here, and the split that it reads."""

import importlib.util
import itertools

import numpy as np
import pytest
from PIL import Image

from ptygui.paths import MODELS
from ptygui.physics.smear import smear

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
