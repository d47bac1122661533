"""OptionsForm: whatever is declared can be shown, changed and read back."""

from dataclasses import replace

import pytest
from PyQt6.QtCore import QEvent, QPoint, Qt
from PyQt6.QtGui import QHelpEvent
from PyQt6.QtWidgets import QApplication, QLineEdit, QToolTip, QVBoxLayout, QWidget

from ptygui.errors import InputError
from ptygui.gui.widgets.form import OptionsForm
from ptygui.methods import AWF, DAPS, DPS, METHODS, RPIE
from ptygui.options import options_of
from ptygui.physics.simulate import Simulation


def other(option):
    """A value that is valid and not the default."""
    if option.choices:
        return option.choices[-1] if option.default != option.choices[-1] else option.choices[0]
    if option.type is bool:
        return not option.default
    if option.type is str:
        return "another"
    if option.type is int:
        return option.default + 1
    return option.default / 2 if option.default else 0.25


@pytest.mark.parametrize("owner", [*METHODS, Simulation], ids=lambda c: c.__name__)
def test_options_survive_the_form(qtbot, owner):
    form = OptionsForm(owner())
    qtbot.addWidget(form)
    assert form.value() == owner()
    for option in options_of(owner):
        changed = replace(owner(), **{option.name: other(option)})
        form.set_value(changed)
        assert form.value() == changed
        form.reset()
        assert form.value() == owner()


def type_in(qtbot, form, name, text):
    editor = form.editor(name)
    form.tree.setCurrentItem(next(iter(form.row(name).items)))
    line = editor.lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)


def test_typing_changes_a_value(qtbot):
    form = OptionsForm(RPIE())
    qtbot.addWidget(form)
    form.show()
    with qtbot.waitSignal(form.value_changed) as changed:
        type_in(qtbot, form, "alpha", "0.2")
    assert changed.args[0] == RPIE(alpha=0.2)


def test_tab_walks_through_the_rows_and_out_at_both_ends(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    before, form, after = QLineEdit(), OptionsForm(RPIE(alpha=0.3)), QLineEdit()
    column = QVBoxLayout(window)
    for widget in (before, form, after):
        column.addWidget(widget)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    names = ["iterations", "alpha  α", "form", "probe update", "probe alpha  β", "probe start"]
    for key, order, end in ((Qt.Key.Key_Tab, names, after), (Qt.Key.Key_Backtab, names[::-1], before)):
        if end is after:
            form.tree.setFocus()
            qtbot.keyClick(form.tree, Qt.Key.Key_Down)
        else:
            form.tree.setCurrentItem(next(iter(form.row("probe_update_start").items)))
        walked = []
        for _ in names:
            walked.append(QApplication.focusWidget().accessibleName())
            qtbot.keyClick(QApplication.focusWidget(), key)
        assert walked == order
        assert QApplication.focusWidget() is end


@pytest.mark.parametrize(("typed", "value"), [("5000", 5e3), ("2e4 counts", 2e4), ("7 apples", 1e5)])
def test_a_unit_may_be_left_out_and_no_other_is_taken(qtbot, typed, value):
    form = OptionsForm(Simulation())
    qtbot.addWidget(form)
    form.show()
    type_in(qtbot, form, "photons", typed)
    assert form.value().photons == value
    if value != 1e5:
        assert form.editor("photons").text() == f"{value:.7g} counts"


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("iterations", "10,000", 10_000),
        ("iterations", "1 500", 1500),
        ("iterations", "1,234,567", 1_234_567),
        ("alpha", "0,125", 0.125),
    ],
)
def test_thousands_may_be_set_apart(qtbot, name, typed, value):
    """As the help of the options does; a comma before tenths is one, too."""
    form = OptionsForm(RPIE())
    qtbot.addWidget(form)
    form.show()
    type_in(qtbot, form, name, typed)
    assert getattr(form.value(), name) == value


def test_photons_are_not_a_thousand_times_fewer_than_typed(qtbot):
    form = OptionsForm(Simulation())
    qtbot.addWidget(form)
    form.show()
    type_in(qtbot, form, "photons", "200,000")
    assert form.value().photons == 2e5


def test_a_refused_value_is_told_inline(qtbot):
    form = OptionsForm(RPIE())
    qtbot.addWidget(form)
    form.show()
    with qtbot.waitSignal(form.validity_changed):
        type_in(qtbot, form, "alpha", "2")
    assert form.problem.isVisible()
    assert "alpha is 2" in form.problem.text()
    with pytest.raises(InputError, match="at most 1"):
        form.value()
    type_in(qtbot, form, "alpha", "0.5")
    assert not form.problem.isVisible()
    assert form.value() == RPIE(alpha=0.5)


def test_arrows_stay_in_range(qtbot):
    form = OptionsForm(RPIE(alpha=1))
    qtbot.addWidget(form)
    form.editor("alpha").stepBy(3)
    assert form.editor("alpha").value() == 1


def test_hints_units_and_symbols_are_shown(qtbot):
    form = OptionsForm(Simulation())
    qtbot.addWidget(form)
    assert "counts" in form.editor("photons").text()
    form.set_value(RPIE())
    row = form.row("alpha")
    assert "α" in row.title()
    assert "regularisation" in row.opts["tip"]
    form.set_value(DAPS())
    assert max(map(len, form.row("sigma_max").opts["tip"].splitlines())) <= 64


def test_a_tooltip_comes_up_over_name_and_value(qtbot):
    """As the mouse rests on them, whether the row is edited or not."""
    form = OptionsForm(RPIE())
    qtbot.addWidget(form)
    form.resize(360, 300)
    form.show()
    qtbot.waitExposed(form)
    port, item = form.tree.viewport(), next(iter(form.row("alpha").items))
    row = form.tree.visualItemRect(item)
    for edited in (False, True):
        for x in (row.left() + 20, form.tree.columnWidth(0) + 20):
            at = QPoint(x, row.center().y())
            widget = port.childAt(at) or port
            QToolTip.hideText()
            where = port.mapToGlobal(at)
            QApplication.sendEvent(
                widget, QHelpEvent(QEvent.Type.ToolTip, widget.mapFromGlobal(where), where)
            )
            assert "α: regularisation of the object step" in QToolTip.text(), (edited, x)
        form.tree.setCurrentItem(item)
        assert form.editor("alpha").isVisible()


def test_advanced_options_are_folded(qtbot):
    form = OptionsForm(AWF())
    qtbot.addWidget(form)
    group = form.row("probe_update_start").parent()
    assert group.name() == "advanced"
    assert not group.opts["expanded"]


def test_only_changed_rows_offer_a_reset(qtbot):
    form = OptionsForm(RPIE(alpha=0.3))
    qtbot.addWidget(form)
    form.show()
    arrows = {name: next(iter(form.row(name).items)).defaultBtn for name in ("alpha", "iterations")}
    assert not arrows["alpha"].isHidden()
    assert arrows["iterations"].isHidden()
    qtbot.mouseClick(arrows["alpha"], Qt.MouseButton.LeftButton)
    assert form.value() == RPIE()
    assert arrows["alpha"].isHidden()


def test_a_value_that_is_chosen_for_you_reads_auto(qtbot):
    form = OptionsForm(DAPS(levels=7))
    qtbot.addWidget(form)
    form.show()
    assert form.editor("levels").text() == "7"
    assert form.editor("data_steps").text() == "auto"
    with qtbot.waitSignal(form.value_changed):
        type_in(qtbot, form, "levels", "auto")
    assert form.value() == DAPS()
    assert form.editor("levels").text() == "auto"
    with qtbot.waitSignal(form.value_changed):
        form.editor("levels").stepBy(3)
    assert form.value() == DAPS(levels=3)
    assert form.editor("levels").text() == "3"


def test_a_symbol_that_is_the_name_stands_once(qtbot):
    form = OptionsForm(DPS())
    qtbot.addWidget(form)
    assert form.row("j").title() == "j"
