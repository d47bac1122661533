"""Recent files, remembered between sessions."""

from collections.abc import Iterator
from pathlib import Path

from PyQt6.QtCore import QObject, QSettings, pyqtSignal

MOST = 10
WEIGHTS = ("prior", "unet", "ptychonn", "unrolled")  # folders of trained networks
KINDS = ("scan", "probe", "object", "result", "project", "sweep", *WEIGHTS)


class Recents(QObject):
    """Newest first, at most `MOST`; each with its kind, one of `KINDS`."""

    changed = pyqtSignal()

    def __init__(self, settings: QSettings | None, parent: QObject | None = None):
        super().__init__(parent)
        self.settings = settings
        self._found = self._read()

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._found)

    def add(self, path: str | Path, kind: str) -> None:
        """Put a file first."""
        entry = (str(Path(path).absolute()), kind)
        self._keep([entry, *(other for other in self._found if other != entry)][:MOST])

    def drop(self, path: str) -> None:
        """Remove a file, such as one that no longer exists."""
        self._keep([entry for entry in self._found if entry[0] != path])

    def clear(self) -> None:
        """Remove all files."""
        self._keep([])

    def _keep(self, entries: list[tuple[str, str]]) -> None:
        self._found = entries
        if self.settings is not None:
            self.settings.setValue("recents", [f"{kind}:{path}" for path, kind in entries])
        self.changed.emit()

    def _read(self) -> list[tuple[str, str]]:
        lines = [] if self.settings is None else self.settings.value("recents", []) or []
        pairs = (str(line).partition(":") for line in ([lines] if isinstance(lines, str) else lines))
        return [(path, kind) for kind, _, path in pairs if kind in KINDS and path][:MOST]
