"""Descriptions of models come from strangers: whatever they hold, a sentence at most."""

import copy
import json
import math
import random
import shutil

import pytest

from ptygui.errors import InputError
from ptygui.networks.checkpoint import CONFIG, DESCRIPTION, load_checkpoint, load_info
from ptygui.networks.corrector import UNETS, load_corrector
from ptygui.networks.schema import DEEPEST, LARGEST_JSON, Listed, Number, Place, Table, read_json


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


STRANGE = (
    None, True, False, 0, -1, 1, 2, 3, 10**9, -(10**400), 10**4000, 0.5, 1e-300, 1e308, -1e308, math.nan,
    math.inf, "", "0.2", "\ud800", "<b>bold</b>\n", "x" * 100_000, [], [1.0], [0.1] * 3, ["a", "b"],
    [[]], [0.1, None], [1] * 5000, {}, {"a": 1}, {"sigmas": [0.1, 1.0], "radii": [0, 1], "power": [[[1, 1]]]},
    nested(20), nested(90),
)  # fmt: skip


def places(value, at=()):
    """The path of every entry of a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*at, key)
        yield from places(inner, (*at, key))


def spoilt(said, rng):
    """A copy in which some entries are strange, gone, or have changed places."""
    said = json.loads(json.dumps(said))
    for _ in range(rng.randint(1, 3)):
        *way, last = rng.choice(list(places(said)) or [("new",)])
        inner = said
        for key in way:
            inner = inner[key]
        change = rng.choice(("replace", "replace", "remove", "copy"))
        if change == "remove":
            del inner[last]
        else:
            inner[last] = copy.deepcopy(rng.choice(STRANGE if change == "replace" else [*said.values(), 3]))
    return said


def refusal(read, folder):
    """The sentence with which a folder is refused, or None; nothing else may be raised."""
    try:
        read(folder)
    except InputError as error:
        return str(error)
    return None


@pytest.fixture
def model(prior_folder, tmp_path):
    return shutil.copytree(prior_folder, tmp_path / "prior")


@pytest.fixture
def unet(unet_folder, tmp_path):
    return shutil.copytree(unet_folder, tmp_path / "unet")


@pytest.mark.parametrize(
    ("kind", "name", "read", "count"),
    [
        ("model", DESCRIPTION, load_info, 400),
        ("model", CONFIG, load_checkpoint, 60),
        ("unet", UNETS.description, UNETS.read, 400),
        ("unet", UNETS.description, load_corrector, 60),
    ],
)
def test_spoilt_descriptions_are_read_or_refused_in_one_line(kind, name, read, count, request, full_training):
    folder = request.getfixturevalue(kind)
    path, rng = folder / name, random.Random(f"{name} {count}")
    whole = json.loads(path.read_text())
    if "training" in whole:
        whole["training"] = full_training
    refused = 0
    for _ in range(count):
        path.write_text(json.dumps(spoilt(whole, rng)))
        said = refusal(read, folder)
        if said is not None:
            refused += 1
            assert str(folder) in said
            assert "\n" not in said.replace(str(path), "")
            assert len(said) < 600
    assert 0.2 * count < refused < count  # the changes matter, and not every one


@pytest.fixture
def full_training():
    past = {"steps": 9, "samples": 18, "hours": None}
    return {**past, "data": ["a@:,3:", "b"], "earlier": [past], "validation": [{"losses": {"0.3": 0.1}}]}


@pytest.mark.parametrize("seed", range(40))
def test_bytes_of_a_description_that_went_wrong(model, seed):
    rng, path = random.Random(seed), model / DESCRIPTION
    content = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 5)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    path.write_bytes(content[: rng.randrange(len(content))] if seed % 3 == 0 else content)
    said = refusal(load_info, model)
    assert said is None or str(path) in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[" * 5_000 + "]" * 5_000, "levels deep"),
        ('{"a":' * 40 + "1" + "}" * 40, f"more than {DEEPEST} levels deep"),
        ('{"a": "%s"}' % ("x" * LARGEST_JSON), f"expected at most {LARGEST_JSON}"),
        ('{"a": 1%s}' % ("0" * 5000), "is not JSON"),
        ("[1, 2]", "expected a JSON object"),
        ("", "is not JSON"),
        ('{"a": }', "is not JSON"),
    ],
)
def test_json_that_is_no_description(tmp_path, text, says):
    path = tmp_path / DESCRIPTION
    path.write_text(text)
    with pytest.raises(InputError, match=says) as caught:
        read_json(path)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_refusal_says_where_what_and_what_to_do(tmp_path):
    place = Place(tmp_path / "x.json", "measure it again").at("errors").at("radii")
    with pytest.raises(InputError) as caught:
        Listed(Number(0, 9), 2, 4).read([1.0], place)
    path = tmp_path / "x.json"
    assert str(caught.value) == (
        f"{path}: errors.radii is [1.0], expected 2 to 4 numbers from 0 to 9: measure it again"
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, True, "1", None, 10**400, 1.5, [1]])
def test_what_is_no_whole_number(tmp_path, value):
    with pytest.raises(InputError, match="expected a whole number from 0 to 9"):
        Number(0, 9, whole=True).read(value, Place(tmp_path).at("n"))


def test_numbers_are_read_in_the_type_that_is_meant(tmp_path):
    place = Place(tmp_path)
    assert repr(Number(0, 9, whole=True).read(3.0, place)) == "3"
    assert repr(Number(0, 9).read(3, place)) == "3.0"
    assert Table(Number(0, 9)).read({"a": 1}, place) == {"a": 1.0}


def test_entries_that_are_not_known_are_tolerated(model, unet):
    for folder, name, read in ((model, DESCRIPTION, load_info), (unet, UNETS.description, UNETS.read)):
        before, path = read(folder), folder / name
        path.write_text(json.dumps(json.loads(path.read_text()) | {"later": [1]}))
        assert read(folder) == before
