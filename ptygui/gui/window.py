"""The window: its parts, connected."""

from pathlib import Path

from PyQt6.QtCore import QSettings
from PyQt6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent

from ptygui.gui import wiring
from ptygui.gui.parts import Parts
from ptygui.gui.widgets.drops import dropped_files
from ptygui.gui.widgets.tooltips import wrap_tips
from ptygui.gui.wiring import files, projects, settings


class Window(Parts):
    """Parts that work together; what is dropped on them is opened."""

    def __init__(self, kept: QSettings | None = None, recovery: Path | None = None):
        super().__init__(kept, recovery, projects.project_of)
        self.setAcceptDrops(True)
        wiring.connect(self)
        settings.restore(self)
        wrap_tips(self)

    def load_example(self) -> None:
        """Load the built-in example."""
        files.load_example(self)

    def open(self, path: str, kind: str = "scan") -> None:
        """Open a file as this kind, one of those of `Opening.requested`."""
        files.open_as(self, path, kind)

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Accept files."""
        if event is not None and dropped_files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Open dropped files."""
        paths = [] if event is None else dropped_files(event)
        if event is not None and paths:
            event.acceptProposedAction()
            self.opening.take(paths)

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """End the run and all file jobs; keep unsaved runs for the next start."""
        settings.keep(self)
        self.hide()  # at once, even while a thread is importing
        self.bridge.remove()
        for proxy in self.proxies:  # pending signals would reach a deleted window
            proxy.disconnect()
        makers = (
            self.batcher, self.simulator, self.thinner, self.sweeper, self.ranker, self.orienter, self.judger,
        )  # fmt: skip
        for part in (*makers, self.session, self.preload, self.memory, self.training):
            if part is not None:
                part.close()
        projects.leave(self)
        self.watcher.stop()
        self.jobs.cancel()
        super().closeEvent(event)
