"""Texts in a colour of the style are readable in the present theme, and in the next."""

import pytest
from PyQt6.QtGui import QColor, QPalette
from PyQt6.QtWidgets import QWidget

from ptygui.gui.widgets import style, theme
from ptygui.gui.widgets.fold import MARKS
from ptygui.gui.widgets.form import OptionsForm
from ptygui.gui.widgets.toned import Toned
from ptygui.methods import AWF


def colour_of(label):
    return label.palette().color(label.foregroundRole()).name()


@pytest.mark.parametrize("kind", ["bad", *(tone for _, tone, _ in MARKS.values())])
def test_marks_and_errors_follow_the_theme(qtbot, kind):
    around = QWidget()
    qtbot.addWidget(around)
    label = Toned(kind, "text", around)
    for tone in (style.DARK, style.LIGHT, style.DARK):
        around.setPalette(theme.palette_of(tone))
        assert colour_of(label) == getattr(tone, kind)
        assert style.contrast(colour_of(label), tone.window) >= style.LEAST
        assert label.palette().color(QPalette.ColorRole.Window) == QColor(tone.window)


def test_an_error_of_a_form_is_in_the_colour_of_errors(qtbot):
    form = OptionsForm(AWF())
    qtbot.addWidget(form)
    form.setPalette(theme.palette_of(style.LIGHT))
    row = form.row("iterations")
    row.show_problem("too many")
    assert colour_of(row.findChild(Toned, "problem")) == style.LIGHT.bad
