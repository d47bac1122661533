"""MethodPanel: which method, and its options."""

from dataclasses import replace

from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ptygui.errors import InputError
from ptygui.gui.panels import narrow
from ptygui.gui.widgets.form import OptionsForm
from ptygui.gui.widgets.tooltips import wrapped
from ptygui.methods import METHODS, Method, UNet


class MethodPanel(QWidget):
    """Asks for a method; the options of each are remembered while another is shown."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self._kept: dict[type[Method], Method] = {}
        self.choice = QComboBox()
        self.choice.setAccessibleName("method")
        for place, method in enumerate(METHODS):
            self.choice.addItem(f"{method.label}   ({method.key()})", method)
            self.choice.setItemData(place, _first_sentence(method), 3)  # Qt.ItemDataRole.ToolTipRole
        self.reset = QPushButton("Reset", toolTip="All options of this method back to their defaults")
        self.form = OptionsForm()
        self.form.setAccessibleName("options of the method")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 4)
        layout.setSpacing(3)
        top = QHBoxLayout()
        top.addWidget(self.choice, 1)
        top.addWidget(self.reset)
        narrow(self.reset)
        layout.addLayout(top)
        layout.addWidget(self.form, 1)
        self.form.value_changed.connect(self._keep)
        self.choice.currentIndexChanged.connect(self._show)
        self.reset.clicked.connect(self.form.reset)
        self._show(0)

    def method(self) -> Method:
        """The method with the options as they stand.

        Raises
        ------
        InputError
            If an option is refused.
        """
        return self.form.value()

    def kept(self, method: type[Method]) -> Method:
        """The options of a method as they were left, shown or not."""
        return self._kept.get(method) or method()

    def remembered(self) -> list[Method]:
        """Every method that was looked at, with its options; the one that is shown comes last."""
        shown = METHODS[self.choice.currentIndex()]
        return [*(kept for cls, kept in self._kept.items() if cls is not shown), self._kept[shown]]

    def set_method(self, method: Method) -> None:
        """Show a method with these options.

        Raises
        ------
        InputError
            If it is none of ours.
        """
        if type(method) not in METHODS:
            raise InputError(f"the options of {method.label} are not known here: choose a method")
        self._kept[type(method)] = method
        self.choice.setCurrentIndex(METHODS.index(type(method)))
        self.form.set_value(method)

    def set_prior(self, folder: str, show: bool = True) -> None:
        """Let the diffusion methods use this prior; `show`: bring one of them up where none is."""
        for cls in METHODS:
            if cls.diffusion:
                self._kept[cls] = replace(self.kept(cls), prior=folder)
        shown = METHODS[self.choice.currentIndex()]
        if shown.diffusion or show:
            self.set_method(self._kept[shown if shown.diffusion else METHODS[0]])

    def set_unet(self, folder: str) -> None:
        """Show the U-Net method with this network."""
        self.set_method(replace(self.kept(UNet), network=folder))

    def _show(self, place: int) -> None:
        method = METHODS[place]
        self.choice.setToolTip(wrapped(_first_sentence(method)))
        self.form.set_value(self.kept(method))

    def _keep(self, method: Method) -> None:
        self._kept[type(method)] = method


def _first_sentence(method: type[Method]) -> str:
    return (method.__doc__ or "").strip().split("\n")[0]
