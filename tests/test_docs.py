"""README, docs/, CONTRIBUTING, CITATION: examples run, links lead somewhere, tables are those of the code."""

import importlib.util
import re
import shlex
import subprocess
import sys
import types
from pathlib import Path

import pytest
import yaml

import ptygui
from ptygui.__main__ import main
from ptygui.cli import build_parser, parse

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [README, ROOT / "CONTRIBUTING.md", *DOCS]
MODELS = ROOT / "models" / "README.md"
CARDS = sorted((ROOT / "models").glob("*/README.md"))
WORDS = 1200  # of the README at most
# commands that a test can afford; the others are parsed
QUICK = {"judge", "prepare", "simulate", "thin", "info", "methods", "export"}
QUICK_METHODS = {"awf", "rpie"}

spec = importlib.util.spec_from_file_location("hooks", ROOT / "docs" / "hooks.py")
hooks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(hooks)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path, language: str) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def commands(path: Path) -> list[list[str]]:
    """The words after every `ptygui` of a page, where there are any: in blocks of a shell, or indented."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = "\n".join(blocks(path, "sh")).replace("\\\n", " ").splitlines()
    lines += re.findall(r"^(?:    (?=ptygui )|(?=ptygui train ))(.*)$", text, re.MULTILINE)
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("ptygui ")]


def affordable(words: list[str]) -> bool:
    if words[:1] == ["sweep"]:
        return words[1].startswith("awf:") and not any("daps" in word for word in words)
    return words[0] in QUICK or (words[0] == "reconstruct" and words[1] in QUICK_METHODS)


def shortened(words: list[str]) -> list[str]:
    """The same command with a tenth of the iterations: that it runs is asked for, not how well."""
    counted = {"--iterations", "--reference"}
    return [
        re.sub(r"(?<=\d)0$" if before in counted else r"(?<=iterations=\d\d)0$", "", word)
        for before, word in zip(["", *words], words, strict=False)
    ]


# ---------------------------------------------------------------- README


def test_the_readme_is_short():
    assert len(README.read_text(encoding="utf-8").split()) <= WORDS


def test_the_readme_s_ten_lines_run(tmp_path, monkeypatch, capsys):
    (code,) = blocks(README, "python")
    assert len(code.strip().splitlines()) <= 10
    assert set(re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE)) == {"ptygui"}
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {"__name__": "example"})
    assert re.fullmatch(r"NRMSE 0\.[012]\d+ after 300 iterations\n", capsys.readouterr().out)
    assert ptygui.read_result(tmp_path / "result.h5").method == "awf"


def test_the_readme_has_the_results_of_the_docs():
    """The same numbers, without those of the lit area."""
    rows = re.findall(r"^\| (\d\d %) \| (.*) \|$", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == 4
    told = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    for overlap, row in rows:
        whole = re.findall(rf"^\| {overlap} \| (.*; .*) \|$", told, re.MULTILINE)[0]
        cells = [cell.partition("; ")[0] for cell in whole.split(" | ")]
        assert row.replace("*", "").split(" | ") == cells
        assert all(re.fullmatch(r"\.\d{3,4} ± \.\d{3,4} / \.\d{3}", cell) for cell in cells)


# ---------------------------------------------------------------- examples


@pytest.mark.parametrize("path", [path for path in DOCS if blocks(path, "python")], ids=name_of)
def test_python_examples_run_one_after_the_other(path, tmp_path, monkeypatch):
    page = types.ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", page)  # dataclasses look their module up
    monkeypatch.chdir(tmp_path)
    for k, code in enumerate(blocks(path, "python")):
        exec(compile(code, f"{path.name}, example {k + 1}", "exec"), page.__dict__)


@pytest.mark.parametrize("path", [path for path in [*PAGES, MODELS, *CARDS] if commands(path)], ids=name_of)
def test_commands_run_or_are_understood(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run = path in DOCS  # those of the README are for larger scans
    for words in commands(path):
        if run and affordable(words):
            assert main(shortened(words)) == 0, f"{shlex.join(words)}\n{capsys.readouterr().err}"
            continue
        if words[0].endswith(".h5"):
            (tmp_path / words[0]).touch()  # opened by its name alone
        assert callable(parse(words).run)
    if path.name == "measured.md":
        results = [ptygui.read_result(tmp_path / f"{name}.h5") for name in ("plain", "dense")]
        plain, dense = (result.frames[-1] for result in results)
        assert plain.weaker_modes is None
        assert len(dense.weaker_modes) == 1
        assert dense.misfit < 0.95 * plain.misfit
        told = re.findall("^refined: (.*)$", capsys.readouterr().out, re.MULTILINE)
        assert re.fullmatch("probe changed by .* %", told[0])
        assert re.search("; probe modes 100 → .* of the power; background 2 → .* counts a pixel$", told[1])


def test_the_scan_of_the_tutorial_has_what_real_ones_have():
    simulated, prepared = commands(ROOT / "docs" / "measured.md")[:2]
    options = parse(simulated)
    assert options.no_truth
    assert not options.whole_pixels
    assert int(options.modes) == 2
    assert float(options.jitter) > 0
    assert float(options.background) > 0
    assert parse(prepared).probe == "estimate"


def test_most_commands_of_the_docs_do_run():
    found = [words for path in DOCS for words in commands(path)]
    assert sum(map(affordable, found)) > len(found) / 2


def test_the_sweep_page_shows_what_its_command_prints(tmp_path, monkeypatch, capsys):
    page = ROOT / "docs" / "sweeps.md"
    told = blocks(page, "text")[0].splitlines()
    monkeypatch.chdir(tmp_path)
    assert main(commands(page)[0]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == told[0]
    before, after = slice(None, 52), slice(52, None)  # method, overlap, step and positions; then the scores
    assert [line[before] for line in printed[1:5]] == [line[before] for line in told[1:5]]
    scores = [[float(n) for n in line[after].split()] for line in (*printed[1:5], *told[1:5])]
    assert scores[:4] == [pytest.approx(row, rel=0.02) for row in scores[4:]]
    assert printed[5].partition(". ")[0] == told[5].partition(". ")[0]


def test_every_flag_that_the_docs_name_is_one():
    def flags(parser) -> set[str]:
        inner = parser._subparsers._group_actions[0].choices.values() if parser._subparsers else ()
        return {*parser._option_string_actions, *(flag for one in inner for flag in flags(one))}

    scripts = [*(ROOT / "models" / "recipes").glob("*.py"), *(ROOT / "benchmarks").glob("*.py")]
    text = "".join(script.read_text(encoding="utf-8") for script in scripts)
    known = (
        flags(build_parser()) | {"--index-url", "--no-deps"} | set(re.findall(r'"(--[a-z-]+)"', text))
    )  # of pip
    for path in [*DOCS, MODELS]:
        assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", path.read_text(encoding="utf-8"))) <= known, (
            path.name
        )


# ---------------------------------------------------------------- tables and links


def test_the_page_of_methods_has_the_generated_tables(capsys):
    markdown = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    assert main(["methods", "--markdown"]) == 0
    assert capsys.readouterr().out in hooks.with_tables(markdown)


def test_every_method_is_explained_on_the_page_of_methods():
    markdown = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    headings = " ".join(re.findall(r"^## .*$", markdown, re.MULTILINE))
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    for method in ptygui.METHODS:
        assert f"`{method.key()}`" in headings
        assert f"| `{method.key()}`" in glossary


def test_every_shipped_network_is_on_the_page_of_priors():
    told = (ROOT / "docs" / "priors.md").read_text(encoding="utf-8")
    for card in CARDS:
        assert f"`{card.parent.name}`" in told


def test_every_option_and_its_symbol_are_in_the_glossary():
    from ptygui.experiment.settings import RunSettings
    from ptygui.options import options_of

    glossary, rows = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"), {}
    for names, of in re.findall(r"^\| (`.*?) \| (.*?) \|", glossary, re.MULTILINE):
        for name in names.replace("`", "").split(", "):
            rows.setdefault(name, set()).update(of.replace("`", "").split(", "))
    owners = {"simulation": ptygui.Simulation, "run": RunSettings}
    owners |= {method.key(): method for method in ptygui.METHODS}
    for key, owner in owners.items():
        for option in options_of(owner):
            assert key in rows.get(option.name, ()), f"{option.name} of {key}"

    first_cells = re.findall(r"^\| (.*?) \|", glossary, re.MULTILINE)
    symbols = {symbol for cell in first_cells for symbol in cell.split(", ")}
    for method in ptygui.METHODS:
        for option in options_of(method):
            assert not option.symbol or option.symbol in symbols, f"{method.key()}: {option.name}"


def test_every_marker_of_the_pages_is_known_and_used():
    found = [name for path in DOCS for name in hooks._MARKER.findall(path.read_text(encoding="utf-8"))]
    assert sorted(found) == sorted(hooks.TABLES)


def test_the_table_of_names_lists_the_public_ones():
    assert re.findall(r"^\| `(\w+)` \|", hooks.names(), re.MULTILINE) == sorted(ptygui.__all__, key=str.lower)


def test_the_page_on_the_architecture_names_every_room():
    told = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("## ")
    for heading, folder in (("The rooms of", ROOT / "ptygui"), ("The window", ROOT / "ptygui" / "gui")):
        (section,) = [text for text in told if text.startswith(heading)]
        rooms = {
            cell for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for cell in row.split(", ")
        }
        there = {f"`{path.parent.name}/`" for path in folder.glob("*/__init__.py")}
        suffix = ".py" if folder.name == "gui" else ""
        there |= {f"`{path.stem}{suffix}`" for path in folder.glob("[!_]*.py")}
        assert there <= rooms, there - rooms
        assert {room for room in rooms if room.endswith("/`")} <= there


def test_every_page_is_in_the_navigation():
    listed = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = {path.name for path in DOCS} | {name for name in hooks.BESIDE.values() if name.endswith(".md")}
    assert set(re.findall(r"^  - .*: (\S+\.md)$", listed, re.MULTILINE)) == pages


@pytest.mark.parametrize("path", [*PAGES, MODELS, ROOT / "CHANGELOG.md"], ids=name_of)
def test_links_lead_to_files_and_headings_that_are_there(path):
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for _, target, anchor in hooks._LINK.findall(text):
        if ":" in target:
            continue
        file = path.parent / target
        assert file.is_file(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor[1:] in slugs, f"{target}{anchor}"


def test_links_out_of_docs_become_links_among_the_pages():
    page = "[a](../CHANGELOG.md#x) ![b](../resources/screenshot.png) [c](files.md)"
    moved = "[a](changes.md#x) ![b](pictures/screenshot.png) [c](files.md)"
    assert hooks.with_links(page, "docs/a.md") == moved
    assert hooks.with_links("[d](docs/architecture.md#add-a-view)", "CONTRIBUTING.md") == (
        "[d](architecture.md#add-a-view)"
    )
    assert hooks.with_links("[f](NOTICE-blood.md)", "models/README.md") == "f (`models/NOTICE-blood.md`)"
    assert hooks.with_links("[e](https://example.org/docs/a.md)", "README.md").endswith("org/docs/a.md)")


# ---------------------------------------------------------------- the site


def test_the_pages_are_built_strictly_and_fetch_nothing(tmp_path):
    pytest.importorskip("mkdocs", reason="mkdocs is not here: make docs installs it")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for page in tmp_path.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        assert not re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="(?:https?:)?//', html), page.name
    assert "sigma_max" in (tmp_path / "methods.html").read_text(encoding="utf-8")
    assert (tmp_path / "pictures" / "screenshot.png").is_file()


# ---------------------------------------------------------------- CITATION


def test_the_citation_is_whole_and_of_this_version():
    about = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert about["cff-version"] == "1.2.0"
    assert {"message", "title", "authors", "type", "license"} <= set(about)
    assert about["authors"] == [{"name": "ptygui developers"}]
    assert about["version"] == ptygui.__version__
    (paper,) = about["references"]
    assert paper["type"] == "article"
    assert paper["authors"][0] == {"family-names": "Cam", "given-names": "Refik M."}
    assert all(set(author) == {"family-names", "given-names"} for author in paper["authors"])


# ---------------------------------------------------------------- the window


def test_keys_and_actions_that_the_pages_name_are_those_of_the_window():
    from ptygui.gui.widgets.menus import _TABLE

    known = {shortcut: text.replace("&", "").rstrip("…") for _, _, text, shortcut, _ in _TABLE}
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"\b(?:(?:Ctrl|Alt|Shift)\+)+\w+", text)) <= set(known), path.name
        for said, key in re.findall(r"\*{1,2}([^*\n]+?)…?\*{1,2} \(((?:(?:Ctrl|Alt|Shift)\+)+\w+)\)", text):
            first = said.split()[0].lower().rstrip("…")
            assert first in known[key].lower(), f"{path.name}: {said} ({key})"
