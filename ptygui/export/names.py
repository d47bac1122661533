"""Names of the files of an export."""

from collections.abc import Iterable

RECORD = "_export.json"  # after a name: the record of all that was written under it


def numbered(names: Iterable[str]) -> list[str]:
    """Names, each once: the second "a" becomes "a_2". Some file systems ignore case."""
    found: list[str] = []
    taken: set[str] = set()
    for stem in names:
        name, count = stem, 1
        while name.lower() in taken:
            count += 1
            name = f"{stem}_{count}"
        taken.add(name.lower())
        found.append(name)
    return found
