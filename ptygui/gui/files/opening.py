"""Opening: opens files that were chosen, dropped or used recently, each according to its kind."""

from pathlib import Path

from PyQt6.QtCore import QObject, QSettings, pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QWidget

from ptygui.errors import InputError
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.model.recent_files import WEIGHTS, Recents
from ptygui.gui.widgets.certain import widget_above

FILTERS = {
    "probe": "Probes (*.npy *.npz *.mat *.h5 *.hdf5 *.cxi *.tif *.tiff);;All files (*)",
    "sweep": "Sweeps (*.toml);;All files (*)",
    "object": "Objects, images (*.npy *.npz *.mat *.h5 *.hdf5 *.tif *.tiff *.png *.jpg);;All files (*)",
}
_OF_FORMATS = {"scan": "Scans", "project": "Projects", "result": "Results, products"}


class Opening(QObject):
    """Asks for files, recognises dropped ones, and requests to open each as its kind."""

    requested = pyqtSignal(str, str)  # path; one of `recent_files.KINDS`
    asked = pyqtSignal(str, tuple)  # path of a dropped file, the kinds that it may be, likeliest first
    refused = pyqtSignal(InputError)

    def __init__(self, jobs: Jobs, recents: Recents, settings: QSettings | None, parent: QWidget):
        super().__init__(parent)
        self.jobs, self.recents, self.settings = jobs, recents, settings

    def ask(self, kind: str) -> None:
        """Choose a file of a kind and open it; a model is a folder."""
        start = self.settings.value("folder", "") if self.settings is not None else ""
        if kind in FILTERS or kind in _OF_FORMATS:
            path, _ = QFileDialog.getOpenFileName(
                widget_above(self), f"Open a {kind}", start, filter_of(kind)
            )
        else:
            path = QFileDialog.getExistingDirectory(widget_above(self), "The folder of a model", start)
        if path:
            if self.settings is not None:
                self.settings.setValue("folder", str(Path(path).parent))
            self.open(path, kind)

    def ask_several(self, kind: str) -> list[str]:
        """Choose files of a kind, which are not opened."""
        start = self.settings.value("folder", "") if self.settings is not None else ""
        paths, _ = QFileDialog.getOpenFileNames(widget_above(self), f"Add {kind}s", start, filter_of(kind))
        if paths and self.settings is not None:
            self.settings.setValue("folder", str(Path(paths[0]).parent))
        return paths

    def open(self, path: str, kind: str) -> None:
        """Open a file as this kind; one that no longer exists is removed from the recent files."""
        if not Path(path).exists():
            self.recents.drop(path)
            self.refused.emit(InputError(f"{path} no longer exists: was it moved or renamed?"))
            return
        self.requested.emit(path, kind)
        if kind in WEIGHTS:  # read by the run that needs it; others become recent once read
            self.recents.add(path, kind)

    def take(self, paths: list[str]) -> None:
        """Open dropped files, each as the kind that its content shows."""
        for path in paths:
            self.jobs.start(f"looking at {Path(path).name}", self._take(path))

    async def _take(self, path: str) -> None:
        kinds = await self.jobs.in_thread(kinds_of, Path(path))
        if len(kinds) == 1:
            self.open(path, kinds[0])
        else:
            self.asked.emit(path, kinds)


def filter_of(kind: str) -> str:
    """What the file dialog of a kind offers: the suffixes of its formats."""
    if kind in FILTERS:
        return FILTERS[kind]
    from ptygui.files.recognise import suffixes_of

    return f"{_OF_FORMATS[kind]} ({' '.join(f'*{s}' for s in suffixes_of(kind))});;All files (*)"


def kinds_of(path: Path) -> tuple[str, ...]:
    """What a file or folder can be opened as by its content, likeliest first, of `Opening.requested`.

    Arrays without a format are a scan if there are frames among them. A stack of pictures or of real numbers
    may be a scan or an object; a single one is an object, or a probe if its name says so.

    Raises
    ------
    InputError
        If its kind is unknown, or it cannot be read.
    """
    if path.suffix.lower() == ".toml" and path.is_file():
        return ("sweep",)
    from ptygui.files.recognise import opens_as, recognise

    kind = recognise(path)
    if kind == "image":
        from ptygui.files.images import planes_of

        return ("scan", "object", "probe") if planes_of(path) > 1 else ("object",)
    if kind == "arrays":
        from ptygui.files.arrays import open_arrays
        from ptygui.files.layout.guess import guess_layout

        if guess_layout(path).layout.patterns:
            return ("scan",)
        with open_arrays(path) as arrays:
            stacks = [
                one for one in arrays.entries.values() if len(one.shape) > 2 and one.dtype.kind in "biuf"
            ]
        single = ("probe", "object") if "probe" in path.name.lower() else ("object", "probe")
        return ("scan", *single) if stacks else single[:1]
    if kind is None:
        what = "a folder without a model or frames" if path.is_dir() else "not a known kind of file"
        raise InputError(f"{path} is {what}: drop a scan, probe, object, image, result, project or model")
    return (opens_as(kind),)
