"""MapperDialog: what is where in a file that no format knows; begins with a guess, shows a live preview."""

import asyncio
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ptygui.errors import InputError
from ptygui.files.layout.layout import Layout
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.little import LittlePicture, LittlePoints
from ptygui.gui.widgets.plain import Label, tip

if TYPE_CHECKING:  # what reads files is imported where it is needed: a window must not wait for it
    from ptygui.files.layout.guess import Guess
    from ptygui.files.layout.preview import Item, Preview
    from ptygui.files.layout.recipes import Recipe

REST = 350  # ms from a change to the preview of it
_GUESS = "the guess"

# Field of the layout, its name in the form, what it may hold, and a hint.
_FIELDS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("patterns", "&Patterns", (), "The data set of the diffraction patterns"),
    (
        "axes", "&Axes", ("kyx", "yxk", "ijyx", "1kyx"),
        "One letter per axis: k frame, i scan row, j scan column, y and x detector row and column, 1 to drop",
    ),
    ("values", "Values", ("", "counts", "amplitudes"), "Amplitudes are squared; empty: seen from the values"),
    ("positions", "P&ositions", (), "One data set, or two with a comma between; also FILE of a table beside"),
    (
        "positions_axes", "Order", ("", "xy", "yx"),
        "Which comes first; x is along the columns of the detector. Empty: x",
    ),
    ("positions_unit", "&Unit", ("", "px", "m", "mm", "um", "nm", "A"), "Of the positions"),
    ("step", "Grid &step", (), "If there are no positions: 50nm, or rows,columns; also in px"),
    ("grid", "&Grid of", (), "Rows and columns of the scan, if its frames are a list, row by row: 16,32"),
    ("rotation", "Grid turned by", (), "30deg"),
    ("probe", "Pro&be", (), "The data set of the probe, if there is one"),
    ("mask", "&Mask", (), "The data set of the mask, if there is one"),
    ("mask_good", "Good pixels are", ("", "zero", "nonzero"), "Empty: zero, of a mask of type bool nonzero"),
    ("dark", "Dark &frames", (), "The data set of a dark frame, or several, to be subtracted"),
    ("energy", "&Energy", (), "8.8keV, or a data set with its unit: /entry/energy keV"),
    ("beam", "Beam of", ("", "photons", "electrons"), "What the energy is of"),
    ("wavelength", "&Wavelength", (), "Instead of the energy: 0.14nm, or a data set with its unit"),
    ("distance", "&Distance", (), "Sample to detector: 0.5m, or a data set with its unit"),
    ("detector_pixel", "Detector pi&xel", (), "75um, or a data set with its unit"),
    ("pixel_size", "O&bject pixel", (), "Instead of the three above: 10nm"),
)  # fmt: skip


class Held(NamedTuple):
    """What was found in a file."""

    items: list["Item"]
    guess: "Guess"
    recipes: list["Recipe"]


class MapperDialog(QDialog):
    """Asks what is where in a file; reads nothing into the window itself."""

    scan_requested = pyqtSignal(str, Layout, bool)  # whether links to other files are followed
    object_requested = pyqtSignal(str)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None):
        super().__init__(parent)
        self.jobs, self.path = jobs, Path()
        self.held: Held | None = None
        self._asked = 0  # count of previews; only the newest is shown
        self.setWindowTitle("What is where in this file")
        self.about = Label(wordWrap=True)
        self.recipe = QComboBox(toolTip="A layout that was kept, and fits this file")
        self.recipe.setAccessibleName("recipe")
        self.links = QCheckBox("Follow links to other files of its folder")
        self.links.setToolTip("As master files of detectors have them; nothing outside the folder is read")
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(["in the file", "size", "type"])
        header = certain(self.tree.header())
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.setAccessibleName("data sets in the file")
        self.picture, self.details = LittlePicture("the first plane"), Label(wordWrap=True)
        self.boxes = {name: self._box(name, title, choices, hint) for name, title, choices, hint in _FIELDS}
        self.mean, self.points = LittlePicture("mean pattern"), LittlePoints("positions")
        self.first = LittlePicture("first reconstruction, phase")
        self.said = Label(wordWrap=True)
        self.said.setMinimumHeight(96)
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        roles = QDialogButtonBox.ButtonRole
        self.open_button = certain(self.buttons.addButton("Open the scan", roles.AcceptRole))
        self.try_button = certain(self.buttons.addButton("&Try it", roles.ActionRole))
        self.try_button.setToolTip(
            "Reconstruct some frames about the middle: is everything where it should be?"
        )
        self.keep_button = certain(self.buttons.addButton("&Keep as recipe…", roles.ActionRole))
        self.object_button = certain(self.buttons.addButton("Open as an ob&ject", roles.ActionRole))
        self._lay_out()
        self._connect()

    def _box(self, name: str, title: str, choices: tuple[str, ...], hint: str) -> QComboBox:
        box = QComboBox(editable=True, toolTip=tip(hint))
        box.addItems(choices)
        box.setMinimumContentsLength(24)
        box.setAccessibleName(title.replace("&", ""))
        return box

    def _lay_out(self) -> None:
        left = QWidget()
        of_left = QVBoxLayout(left)
        of_left.setContentsMargins(0, 0, 0, 0)
        of_left.addWidget(self.tree, 1)
        below = QHBoxLayout()
        below.addWidget(self.picture)
        below.addWidget(self.details, 1)
        of_left.addLayout(below)
        right = QWidget()
        of_right = QVBoxLayout(right)
        of_right.setContentsMargins(0, 0, 0, 0)
        form = QFormLayout()
        form.setVerticalSpacing(3)
        form.addRow("&Recipe", self.recipe)
        for name, title, _, _ in _FIELDS:
            form.addRow(title, self.boxes[name])
        form.addRow("", self.links)
        of_right.addLayout(form)
        of_right.addStretch(1)
        shown = QWidget()
        of_shown = QVBoxLayout(shown)
        of_shown.setContentsMargins(0, 0, 0, 0)
        of_shown.addWidget(self.mean, 1)
        of_shown.addWidget(self.points, 1)
        of_shown.addWidget(self.first, 1)
        split = QSplitter()
        for widget in (left, right, shown):
            split.addWidget(widget)
        split.setSizes([400, 380, 240])
        layout = QVBoxLayout(self)
        layout.addWidget(self.about)
        layout.addWidget(split, 1)
        layout.addWidget(self.said)
        layout.addWidget(self.buttons)
        self.resize(1080, 760)

    def _connect(self) -> None:
        self._timer = QTimer(self, singleShot=True, interval=REST)
        self._timer.timeout.connect(self._preview)
        for box in self.boxes.values():
            box.currentTextChanged.connect(lambda _: self._changed())
        self.links.toggled.connect(lambda _: self._changed())
        self.recipe.activated.connect(self._take_recipe)
        self.tree.currentItemChanged.connect(lambda item, _: self._show_item(item))
        self.buttons.rejected.connect(self.reject)
        self.buttons.accepted.connect(self._open)
        self.try_button.clicked.connect(self._try)
        self.keep_button.clicked.connect(self._keep)
        self.object_button.clicked.connect(self._open_object)

    # ------------------------------------------------------------------ what is in the file

    def open_file(self, path: str, why: str = "") -> None:
        """Show a file, with the guess filled in."""
        self.path = Path(path)
        self.links.setChecked(False)
        known = "no known layout" not in why
        text = "is laid out in no way that is known: say what is where; a guess is filled in"
        self.about.setText(_in_words_of_the_form(why) if why and known else f"{self.path.name} {text}")
        self.jobs.start(f"looking at {self.path.name}", self._look())

    async def _look(self) -> None:
        path = self.path
        held = await asyncio.to_thread(_held_in, path)
        if path == self.path:
            self.show_held(held)
            self.open()

    def show_held(self, held: Held) -> None:
        """Fill list, recipes and form."""
        self.held = held
        self._fill_tree()
        self.recipe.clear()
        self.recipe.addItem(_GUESS)
        self.recipe.addItems([recipe.name for recipe in held.recipes])
        for name, candidates in held.guess.candidates.items():
            box, shown = self.boxes[name], [c.text for c in candidates]
            with_names = [*shown, *(i.name for i in held.items if i.name not in shown)]
            self._fill(box, with_names if name in _SETS else shown)
        for name in _SETS:
            if name not in held.guess.candidates:
                self._fill(self.boxes[name], [item.name for item in held.items])
        if held.recipes:
            self.recipe.setCurrentIndex(1)
        self.set_value(held.recipes[0].layout if held.recipes else held.guess.layout)

    def _fill_tree(self) -> None:
        """Groups and data sets, as they lie in the file."""
        self.tree.clear()
        groups: dict[str, QTreeWidgetItem] = {}
        for item in () if self.held is None else self.held.items:
            above: QTreeWidgetItem | None = None
            *parents, last = item.name.split("/")
            for depth, name in enumerate(parents, 1):
                path = "/".join(parents[:depth])
                if path not in groups:
                    groups[path] = self._row([name], above)
                above = groups[path]
            row = self._row([last, item.size, item.kind], above)
            row.setData(0, Qt.ItemDataRole.UserRole, item.name)
            row.setToolTip(0, tip("\n".join(filter(None, (item.name, item.about)))))
        self.tree.expandAll()
        for column in (1, 2):
            self.tree.resizeColumnToContents(column)

    def _row(self, words: list[str], above: QTreeWidgetItem | None) -> QTreeWidgetItem:
        row = QTreeWidgetItem(words)
        if above is None:
            self.tree.addTopLevelItem(row)
        else:
            above.addChild(row)
        return row

    def _fill(self, box: QComboBox, names: list[str]) -> None:
        box.blockSignals(True)
        box.clear()
        box.addItems(["", *names[:50]])
        box.blockSignals(False)

    def _show_item(self, item: QTreeWidgetItem | None) -> None:
        if item is None or self.held is None:
            return
        name = item.data(0, Qt.ItemDataRole.UserRole)
        found = next((one for one in self.held.items if one.name == name), None)
        self.details.setText("" if found is None else f"{name}\n{found.size} {found.kind}\n{found.about}")
        if found is None:
            self.picture.show_values(None)
            return
        self.jobs.start("", self._draw_item(name))

    async def _draw_item(self, name: str) -> None:
        from ptygui.files.layout.preview import plane_of

        plane = await asyncio.to_thread(plane_of, self.path, name)
        now = self.tree.currentItem()
        if now is not None and now.data(0, Qt.ItemDataRole.UserRole) == name:
            self.picture.show_values(plane)

    # ------------------------------------------------------------------ what is said of it

    def value(self) -> Layout:
        """The layout as the form has it.

        Raises
        ------
        InputError
            If a field holds what it cannot.
        """
        return Layout(**{name: box.currentText().strip() for name, box in self.boxes.items()})

    def set_value(self, layout: Layout) -> None:
        """Fill the form."""
        for name, box in self.boxes.items():
            box.blockSignals(True)
            box.setCurrentText(getattr(layout, name))
            box.blockSignals(False)
        self._changed()

    def _take_recipe(self, place: int) -> None:
        if self.held is not None:
            self.set_value(self.held.guess.layout if place == 0 else self.held.recipes[place - 1].layout)

    def _changed(self) -> None:
        for button in (self.open_button, self.try_button, self.keep_button):
            button.setEnabled(False)
        self.first.show_values(None)
        self._timer.start()

    def _preview(self) -> None:
        from ptygui.files.layout.preview import Preview

        self._asked += 1
        try:
            layout = self.value()
        except InputError as error:
            self.show_preview(Preview(problem=str(error)))
            return
        self.jobs.start("", self._read(layout, self._asked))

    async def _read(self, layout: Layout, count: int) -> None:
        from ptygui.files.layout.preview import preview

        found = await self.jobs.in_thread(preview, self.path, layout, self.links.isChecked())
        if count == self._asked:
            self.show_preview(found)

    def show_preview(self, found: "Preview") -> None:
        """Show what the layout makes of the file, or what is wrong with it."""
        self.mean.show_values(found.mean)
        self.points.show_points(found.positions)
        problem = _in_words_of_the_form(found.problem.replace(f"{self.path}: ", ""))
        reasons = () if found.notes or self.held is None else self.held.guess.reasons
        notes = map(_in_words_of_the_form, found.notes)
        self.said.setText("\n".join((problem, *reasons) if problem else notes))
        for button in (self.open_button, self.try_button, self.keep_button):
            button.setEnabled(not problem)

    def _try(self) -> None:
        self.try_button.setEnabled(False)  # one at a time
        self.jobs.start("a first reconstruction", self._look_quickly(self.value(), self._asked))

    async def _look_quickly(self, layout: Layout, count: int) -> None:
        from ptygui.files.quick_look import quick_look

        found = await self.jobs.in_thread(quick_look, self.path, layout, self.links.isChecked())
        if count == self._asked and self.open_button.isEnabled():
            self.try_button.setEnabled(True)
            self.first.show_values(found.phase)
            said = _in_words_of_the_form(found.text.replace(f"{self.path}: ", ""))
            self.said.setText(f"{said}\n{self.said.text()}")

    # ------------------------------------------------------------------ done

    def _open(self) -> None:
        self.accept()
        self.scan_requested.emit(str(self.path), self.value(), self.links.isChecked())

    def _open_object(self) -> None:
        self.reject()
        self.object_requested.emit(str(self.path))

    def _keep(self) -> None:
        name, good = QInputDialog.getText(self, "Keep as recipe", "Name, such as that of the beamline:")
        if good and name.strip():
            self.jobs.start(f"writing recipe {name}", self._save(name.strip()))

    async def _save(self, name: str) -> None:
        from ptygui.files.layout.recipes import Recipe, save_recipe

        layout = self.value()
        await asyncio.to_thread(partial(save_recipe, name, layout, self.path))
        if self.recipe.findText(name) < 0:
            self.recipe.addItem(name)
            if self.held is not None:
                self.held.recipes.append(Recipe(name, layout, {}))
        self.recipe.setCurrentText(name)


def _in_words_of_the_form(text: str) -> str:
    """A message of the command line, with the titles of fields for its flags."""
    titles = {name: title.replace("&", "") for name, title, _, _ in _FIELDS}
    for name, title in titles.items():
        flag = f"--{name.replace('_', '-')}"
        text = re.sub(rf"{flag}(-path)?(?![\w-])", f"“{title}”", text)
    return text.replace("use --allow-links", "tick “Follow links”")


_SETS = ("patterns", "positions", "probe", "mask", "dark")


def _held_in(path: Path) -> Held:
    """What is in a file, with what its format knows before what is guessed."""
    from ptygui.files.layout.guess import guess_layout
    from ptygui.files.layout.preview import items_in
    from ptygui.files.layout.recipes import recipes_for
    from ptygui.files.recognise import format_named, recognise

    guess, known = guess_layout(path), format_named(recognise(path))
    if known is not None and known.layout is not None:
        guess = replace(guess, layout=known.layout(path, False).over(guess.layout))
    return Held(items_in(path), guess, recipes_for(path))
