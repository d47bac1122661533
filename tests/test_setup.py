"""What a user meets first: set-up, and the package as a wheel. README and docs/: tests/test_docs.py."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_package_is_listed():
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "ptygui").rglob("__init__.py")}
    expected = {".".join(folder.parts) for folder in folders} | {
        "ptygui._resources", "ptygui._models", "ptygui._docs"
    }  # fmt: skip
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == expected


def test_every_requirement_is_pinned():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {line.partition("==")[0].lower() for line in lines if not line.startswith("#")}
    project = PROJECT["project"]
    needed = project["dependencies"] + project["optional-dependencies"]["dev"]
    needed += [one for extra in ("docs", "movie") for one in project["optional-dependencies"][extra]]
    assert {re.split(r"[><=\[]", n)[0].lower() for n in needed} <= pinned


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from a copy so that the checkout stays clean."""
    copy, out = tmp_path_factory.mktemp("copy") / "p", tmp_path_factory.mktemp("wheel")
    without = (".*", "*.egg-info", "__pycache__", "build", "runs", "site", "tests", "benchmarks")
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*without))
    kept = copy / "models" / "half-trained"
    (kept / "training-state").mkdir(parents=True)
    (kept / "prior.json").touch()
    (kept / "training-state" / "training.json").touch()
    code = f"from setuptools import build_meta; build_meta.build_wheel({str(out)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=copy, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_holds_resources_and_models_but_no_training_state(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("resources", "models"):
        for path in (ROOT / folder).rglob("*"):
            left_out = {"training-state", "__pycache__"} & set(path.parts)  # the tests import the recipes
            if path.is_file() and not left_out and not path.name.startswith("."):
                assert f"ptygui/_{path.relative_to(ROOT).as_posix()}" in names
    assert "ptygui/_models/half-trained/prior.json" in names
    assert "ptygui/_docs/glossary.md" in names
    assert {"ptygui/__init__.pyi", "ptygui/py.typed"} <= names  # the public names, for type checkers
    assert not [name for name in names if "training-state" in name]
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_works_outside_the_checkout(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import ptygui, ptygui.paths as p; from ptygui.prior.folders import list_priors;"
        "from ptygui.__main__ import main;"
        "print(ptygui.__file__, p.MODELS, p.RESOURCES, list_priors()); main(['methods', 'awf'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        check=True,
        capture_output=True,
        text=True,
    )
    where, *rest = done.stdout.splitlines()
    assert where.count(str(tmp_path / "site")) == 3
    assert ("blood-compact" in where) == (ROOT / "models" / "blood-compact" / "prior.json").is_file()
    assert rest[0].startswith("awf: Accelerated Wirtinger flow")


# ---------------------------------------------------------------- make


needs_make = pytest.mark.skipif(not shutil.which("make"), reason="make is not here")


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    return subprocess.run(
        [shutil.which("make"), *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


@needs_make
def test_set_up_without_python_says_what_is_needed(tmp_path):
    done = make(tmp_path, "setup", "PYTHON=")
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed" in done.stdout
    assert not (tmp_path / ".venv").exists()


@needs_make
def test_set_up_names_the_one_command_where_it_may_not_install(tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, body in (
        ("id", "echo 1000"),
        ("python3", 'case "$2" in *ensurepip*|*"< (3, 11)"*) exit 1;; esac; echo 3.12'),
    ):
        (programs / name).write_text(f"#!/bin/sh\n{body}\n")
        (programs / name).chmod(0o755)
    done = make(tmp_path, "setup", "PYTHON=python3", PATH=str(programs))
    assert done.returncode != 0
    assert "  sudo apt-get install -y python3.12-venv\n" in done.stdout
    assert not (tmp_path / ".venv").exists()
