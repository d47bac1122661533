"""What mkdocs adds when it builds the pages: tables printed from the sources, and files from beside docs/.

A line `<!-- methods -->` in a page becomes the tables of `ptygui methods --markdown`, `<!-- names -->` the
list of the public names. Links such as `../CONTRIBUTING.md` work in the repository and in the pages.
"""

import inspect
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# files of the repository that are pages, or in pages: where they come to lie
BESIDE = {
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changes.md",
    "models/README.md": "models.md",
    "resources/screenshot.png": "pictures/screenshot.png",
    "resources/accuracy.png": "pictures/accuracy.png",
    "resources/priors.png": "pictures/priors.png",
}
_MARKER = re.compile(r"^<!-- (\w+) -->$", re.MULTILINE)
_LINK = re.compile(r"(!?\[[^\]]*\])\(([^)#\s]+)(#[^)\s]*)?\)")


def methods() -> str:
    """Every method with its options, as `ptygui methods --markdown` prints them."""
    from ptygui import METHODS
    from ptygui.cli.methods import markdown

    return "\n".join(markdown(method) for method in METHODS)


def names() -> str:
    """Every public name with the first sentence of its docstring."""
    import ptygui

    values = {"METHODS": "All methods, in the order of the window's list.", "__version__": "The version."}
    rows = ["| name | what it is |", "| --- | --- |"]
    for name in sorted(ptygui.__all__, key=str.lower):
        doc = values.get(name) or inspect.getdoc(getattr(ptygui, name))
        said = " ".join(doc.split("\n\n")[0].split()).replace("|", "\\|")
        rows.append(f"| `{name}` | {said} |")
    return "\n".join(rows) + "\n"


def contracts() -> str:
    """The layers that import-linter checks, the highest first."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    tables = []
    for contract in linter["contracts"]:
        if contract["type"] != "layers":
            continue
        rows = [", ".join(f"`{m}`" for m in re.split(r" [|:] ", layer)) for layer in contract["layers"]]
        head = f"**{contract['name']}** (`{'`, `'.join(contract['containers'])}`)"
        lines = [head, "", "| floor | modules |", "| --- | --- |"]
        lines += [f"| {len(rows) - k} | {row} |" for k, row in enumerate(rows)]
        tables.append("\n".join(lines) + "\n")
    return "\n".join(tables)


TABLES = {"methods": methods, "names": names, "contracts": contracts}


def with_tables(markdown: str) -> str:
    """A page with the tables in the place of their markers; other comments stay."""
    return _MARKER.sub(lambda m: TABLES[m[1]]() if m[1] in TABLES else m[0], markdown)


def with_links(markdown: str, source: str) -> str:
    """A page of docs/, or a file of `BESIDE`, with its links as they are among the pages.

    `source` is the file's path in the repository.
    """

    def moved(found: re.Match) -> str:
        text, target, anchor = found[1], found[2], found[3] or ""
        if ":" in target:
            return found[0]
        path = (ROOT / source).parent.joinpath(target).resolve().relative_to(ROOT).as_posix()
        if path in BESIDE or path.startswith("docs/"):
            return f"{text}({BESIDE.get(path, path.removeprefix('docs/'))}{anchor})"
        return f"{text.strip('![]')} (`{path}`)"  # only in the repository

    return _LINK.sub(moved, markdown)


def on_config(config):
    """Take `ptygui` from this checkout."""
    sys.path.insert(0, str(ROOT))  # not above: mkdocs puts the path back after it has read this file
    return config


def on_files(files, config):
    """Add the files of `BESIDE`."""
    from mkdocs.structure.files import File

    for source, target in BESIDE.items():
        files.append(File.generated(config, target, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown, page, config, files):
    """Put in the tables and set the links right."""
    sources = {target: source for source, target in BESIDE.items()}
    uri = page.file.src_uri
    return with_links(with_tables(markdown), sources.get(uri, f"docs/{uri}"))
