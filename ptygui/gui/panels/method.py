"""MethodPanel: which method, and its options."""

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ptygui import methods
from ptygui.errors import InputError
from ptygui.gui.model.request import Request
from ptygui.gui.panels import narrow
from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.form import OptionsForm
from ptygui.gui.widgets.tooltips import wrapped
from ptygui.methods import Method
from ptygui.methods.base import first_sentence


class MethodPanel(QWidget):
    """Asks for a method; the options of each are remembered while another is shown."""

    priors_requested = pyqtSignal()

    def __init__(self, request: Request, parent: QWidget | None = None):
        super().__init__(parent)
        self.request = request
        self._refined: tuple[type[Method] | None, dict[str, str]] = (None, {})
        self.choice = QComboBox()
        self.choice.setAccessibleName("method")
        for place, method in enumerate(methods.METHODS):
            self.choice.addItem(f"{method.label}   ({method.key()})", method)
            self.choice.setItemData(place, first_sentence(method), Qt.ItemDataRole.ToolTipRole)
        self.reset = QPushButton("Reset", toolTip="Reset all options of this method to their defaults")
        self.form = OptionsForm()
        self.form.setAccessibleName("options of the method")
        self.form.show_whole()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 4)
        layout.setSpacing(3)
        top = QHBoxLayout()
        top.addWidget(self.choice, 1)
        top.addWidget(self.reset)
        narrow(self.reset)
        layout.addLayout(top)
        self.prior = Elided(objectName="prior")
        self.priors = QPushButton("Priors…", toolTip="Choose a prior from a list, or rank them on the scan")
        narrow(self.priors)
        below = QHBoxLayout()
        below.addWidget(self.prior, 1)
        below.addWidget(self.priors)
        layout.addLayout(below)
        layout.addWidget(self.form, 1)
        self.priors.clicked.connect(self.priors_requested)
        self.form.set_value(request.method)
        self._show(request.method)
        self.form.value_changed.connect(request.set_method)
        self.form.validity_changed.connect(request.set_refusal)
        self.choice.currentIndexChanged.connect(lambda place: request.choose(methods.METHODS[place]))
        self.reset.clicked.connect(self.form.reset)
        request.method_changed.connect(self._show)

    def show_priors(self, priors: Sequence[str]) -> None:
        """The choices of the option “prior” besides "auto", and a folder that is typed or chosen."""
        self.form.offer("prior", ["auto", *priors])

    def show_prior(self, why: str, ranked: str = "") -> None:
        """Show above the options which prior is used and why; how priors were ranked, on demand."""
        self.prior.setText(why.removeprefix("The prior is "))
        self.prior.setToolTip(wrapped(f"{why} {ranked}".strip()))

    def show_refined(self, method: type[Method] | None, values: dict[str, str]) -> None:
        """Below the options that refine, what the shown step of a run of such a method has come to."""
        self._refined = method, values
        self.form.note(values if method is type(self.request.method) else {})

    def _show(self, method: Method) -> None:
        place = methods.METHODS.index(type(method))
        self.choice.setCurrentIndex(place)
        self.choice.setToolTip(wrapped(first_sentence(type(method))))
        for widget in (self.prior, self.priors):
            widget.setVisible("prior" in method.needs)
        try:
            shown = self.form.value() == method
        except InputError:
            shown = False
        if not shown:
            self.form.set_value(method)
        self.show_refined(*self._refined)
