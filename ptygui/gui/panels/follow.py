"""FollowDialog asks for a file or folder that grows."""

from dataclasses import replace

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ptygui.gui.model.watcher import Following
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.form import OptionsForm
from ptygui.gui.widgets.plain import Label
from ptygui.options import Options

_ABOUT = (
    "The file need not exist yet. Frames are taken over as they come; a run that is live goes on with all of "
    "them at its next iterate. Under “advanced”: what is where in a file of an unknown layout."
)


class FollowDialog(QDialog):
    """Asks what is to be followed; reads nothing itself."""

    follow_requested = pyqtSignal(Following)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Follow a scan that is being taken")
        self._following = Following()
        self.form = OptionsForm(self._following)
        self.folder = QPushButton("Fol&der…", toolTip="Choose a folder into which frames come, one file each")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        roles = QDialogButtonBox.ButtonRole
        self.start = certain(self.buttons.addButton("&Follow", roles.AcceptRole))
        self.start.setToolTip("Look at it again and again, and take over what comes")
        self.buttons.addButton(self.folder, roles.ActionRole)
        certain(self.buttons.button(QDialogButtonBox.StandardButton.Cancel)).setToolTip(
            "Follow nothing (Esc)"
        )
        layout = QVBoxLayout(self)
        layout.addWidget(Label(_ABOUT, wordWrap=True))
        layout.addWidget(self.form, 1)
        layout.addWidget(self.buttons)
        self.resize(600, 380)
        self.form.value_changed.connect(self._take)
        self.form.validity_changed.connect(lambda _: self._enable())
        self.folder.clicked.connect(self._choose)
        self.buttons.rejected.connect(self.reject)
        self.buttons.accepted.connect(self._follow)

    def ask(self, following: Following) -> None:
        """Show what was said so far, and ask."""
        self._following = following
        self.form.set_value(following)
        self._enable()
        self.open()

    def _take(self, options: Options) -> None:
        if isinstance(options, Following):
            self._following = options
        self._enable()

    def _enable(self) -> None:
        refused = any(row.problem() for row in map(self.form.row, ("frames_expected", "every")))
        self.start.setEnabled(bool(self._following.scan) and not refused)

    def _choose(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "The folder of the frames", self._following.scan)
        if path:
            self.form.set_value(replace(self._following, scan=path))

    def _follow(self) -> None:
        self.accept()
        self.follow_requested.emit(self._following)
