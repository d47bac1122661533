"""Files that are dragged onto a window."""

from PyQt6.QtGui import QDropEvent


def dropped_files(event: QDropEvent) -> list[str]:
    """Paths of the local files that are dragged or dropped."""
    data = event.mimeData()
    return [] if data is None else [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
