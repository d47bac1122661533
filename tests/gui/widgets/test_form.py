"""OptionsForm: whatever is declared can be shown, changed and read back."""

import math
from dataclasses import dataclass, replace

import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QHelpEvent, QWheelEvent
from PyQt6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from ptygui.errors import InputError
from ptygui.experiment.settings import RunSettings
from ptygui.gui.widgets.editors import Path
from ptygui.gui.widgets.form import OptionsForm
from ptygui.methods import AWF, DAPS, DPS, METHODS, RPIE, UNet
from ptygui.options import Options, options_of, shown
from ptygui.options import option as declare
from ptygui.physics.overlap import Acquisition
from ptygui.physics.probe import Pupil
from ptygui.physics.simulate import Simulation
from ptygui.training.options import PriorTraining


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
    least = option.min if option.min is not None and math.isfinite(option.min) else 0
    return (least + option.default) / 2 if option.default > least else least + 0.25


OWNERS = [*METHODS, Simulation, Acquisition, Pupil, PriorTraining, RunSettings]


@pytest.mark.parametrize("owner", OWNERS, ids=lambda c: c.__name__)
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


def line_of(form, name):
    """Where an option is typed."""
    editor = form.editor(name)
    return editor.line if isinstance(editor, Path) else editor.lineEdit()


def type_in(qtbot, form, name, text):
    line = line_of(form, name)
    line.selectAll()
    qtbot.keyClick(line, Qt.Key.Key_Delete)
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
    folded = ["iterations", "alpha  α", "form", "probe update", "position update", ""]  # last the fold
    advanced = [
        "weight update",
        "background update",
        "probe modes  M",
        "probe alpha  β",
        "probe update start",
    ]
    for names in (folded, [*folded, *advanced]):
        for key, order, start, end in (
            (Qt.Key.Key_Tab, names, before, after),
            (Qt.Key.Key_Backtab, names[::-1], after, before),
        ):
            start.setFocus()
            walked = []
            for _ in names:
                qtbot.keyClick(QApplication.focusWidget(), key)
                walked.append(QApplication.focusWidget().accessibleName())
            assert walked == order
            qtbot.keyClick(QApplication.focusWidget(), key)
            assert QApplication.focusWidget() is end
        form.fold.click()


@pytest.mark.parametrize(("typed", "value"), [("5000", 5e3), ("2e4 counts", 2e4), ("3e6counts", 3e6)])
def test_a_unit_may_be_left_out(qtbot, typed, value):
    form = OptionsForm(Simulation())
    qtbot.addWidget(form)
    form.show()
    type_in(qtbot, form, "photons", typed)
    assert form.value().photons == value
    assert form.editor("photons").text() == f"{shown(value)} counts"


@pytest.mark.parametrize("typed", ["7 apples", "1e400", "", "auto"])
def test_what_is_no_number_stays_as_it_was_typed_and_is_refused(qtbot, typed):
    form = OptionsForm(Simulation())
    qtbot.addWidget(form)
    form.show()
    with qtbot.waitSignal(form.validity_changed) as told:
        type_in(qtbot, form, "photons", typed)
    assert "photons is" in told.args[0]
    assert form.editor("photons").text() == typed
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Up, Qt.Key.Key_Down):
        qtbot.keyClick(form.editor("photons"), key)
        assert form.editor("photons").text() == typed
    with pytest.raises(InputError, match="photons is"):
        form.value()


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
    problem = form.row("alpha").findChild(QLabel, "problem")
    assert problem.isVisible()
    assert "alpha is 2" in problem.text()
    assert form.editor("alpha").accessibleDescription() == problem.text()
    assert form.editor("alpha").text() == "2"
    with pytest.raises(InputError, match="at most 1"):
        form.value()
    type_in(qtbot, form, "alpha", "0.5")
    assert not problem.isVisible()
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
    assert "α" in row.label.text()
    assert "regularisation" in row.toolTip()
    form.set_value(DAPS())
    assert max(map(len, form.row("sigma_max").toolTip().splitlines())) <= 64


def test_a_tooltip_comes_up_over_name_and_value(qtbot):
    """As the mouse rests on them, and on what is in the editor."""
    form = OptionsForm(RPIE())
    qtbot.addWidget(form)
    form.resize(360, 300)
    form.show()
    qtbot.waitExposed(form)
    row = form.row("alpha")
    for place in (row.label, row.editor, row):
        QToolTip.hideText()
        where = place.mapToGlobal(QPoint(place.width() - 4, place.height() // 2))
        widget = QApplication.widgetAt(where)
        QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, widget.mapFromGlobal(where), where))
        assert "α: regularisation of the object step" in QToolTip.text(), place


def test_advanced_options_are_folded(qtbot):
    form = OptionsForm(AWF())
    qtbot.addWidget(form)
    form.show()
    row = form.row("probe_update_start")
    assert not row.isVisible()
    assert not row.label.isVisible()
    form.fold.click()
    assert row.isVisible()
    assert row.label.isVisible()
    form.set_value(Acquisition())
    assert not form.fold.isVisible()


def test_what_is_changed_or_refused_is_not_hidden_by_the_fold(qtbot):
    form = OptionsForm(AWF(probe_update_start=7))
    qtbot.addWidget(form)
    form.show()
    assert form.fold.text() == "advanced, 1 changed"
    form.row("probe_update_start").setValue(-1)
    assert form.row("probe_update_start").isVisible()
    form.reset()
    assert form.fold.text() == "advanced"


def test_only_changed_rows_offer_a_reset(qtbot):
    form = OptionsForm(RPIE(alpha=0.3))
    qtbot.addWidget(form)
    form.show()
    alpha, iterations = form.row("alpha"), form.row("iterations")
    assert [row.reset.isVisible() for row in (alpha, iterations)] == [True, False]
    assert [row.label.font().bold() for row in (alpha, iterations)] == [True, False]
    wide = alpha.label.width()
    qtbot.mouseClick(alpha.reset, Qt.MouseButton.LeftButton)
    assert form.value() == RPIE()
    assert not alpha.reset.isVisible()
    assert not alpha.label.font().bold()
    assert alpha.label.width() == wide


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
    form.row("levels").setValue(7)
    with qtbot.waitSignal(form.value_changed):
        type_in(qtbot, form, "levels", "")
    assert form.value() == DAPS()
    with qtbot.waitSignal(form.value_changed):
        form.editor("levels").stepBy(3)
    assert form.value() == DAPS(levels=3)
    assert form.editor("levels").text() == "3"


def test_a_symbol_that_is_the_name_stands_once(qtbot):
    form = OptionsForm(DPS())
    qtbot.addWidget(form)
    assert form.row("j").label.text() == "j"


@pytest.mark.parametrize(
    ("form", "name", "keys", "value"),
    [
        (Simulation(), "photons", [Qt.Key.Key_Up], 2e5),
        (Simulation(), "photons", [Qt.Key.Key_Down], 9e4),
        (Simulation(), "photons", [Qt.Key.Key_PageUp], 2e6),
        (RPIE(), "alpha", [Qt.Key.Key_Up], 0.06),
        (RPIE(), "alpha", [Qt.Key.Key_PageDown, Qt.Key.Key_PageDown], 0.0),
        (RPIE(), "iterations", [Qt.Key.Key_Up], 3000),
        (RPIE(), "probe_update_start", [Qt.Key.Key_Down], 2),
        (Pupil(), "defocus", [Qt.Key.Key_Down, Qt.Key.Key_Down], 7.0),
        (Pupil(coma=-1.0), "coma", [Qt.Key.Key_Up], -0.9),
    ],
)
def test_up_and_down_go_to_the_next_round_number(qtbot, form, name, keys, value):
    form = OptionsForm(form)
    qtbot.addWidget(form)
    form.show()
    for key in keys:
        qtbot.keyClick(form.editor(name), key)
    assert getattr(form.value(), name) == value


def test_arrows_go_on_from_what_is_just_typed(qtbot):
    form = OptionsForm(RPIE(alpha=1))
    qtbot.addWidget(form)
    form.show()
    line = form.editor("alpha").lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "0.5")
    qtbot.keyClick(form.editor("alpha"), Qt.Key.Key_Up)
    assert form.value() == RPIE(alpha=0.51)
    type_in(qtbot, form, "alpha", "7")
    qtbot.keyClick(form.editor("alpha"), Qt.Key.Key_Down)
    assert form.value() == RPIE(alpha=1)


def test_digits_that_are_not_shown_are_kept(qtbot):
    value = Pupil(radius=0.1 + 0.2, defocus=1 / 3)
    form = OptionsForm(value)
    qtbot.addWidget(form)
    form.show()
    assert form.editor("radius").text() == "0.3 cycles/px"
    for name in ("radius", "defocus"):
        qtbot.keyClick(form.editor(name), Qt.Key.Key_Return)
    assert form.value() == value
    type_in(qtbot, form, "defocus", "123.456789")
    assert form.editor("defocus").text() == "123.456789 rad"


def test_what_is_being_typed_outlasts_the_same_options(qtbot):
    """As when a run ends, or another panel tells of its own."""
    form = OptionsForm(UNet())
    qtbot.addWidget(form)
    form.show()
    for name, typed in (("awf_iterations", "12"), ("network", "mine")):
        line = line_of(form, name)
        line.selectAll()
        qtbot.keyClicks(line, typed)
        form.set_value(UNet())
        assert line.text() == typed
        qtbot.keyClick(line, Qt.Key.Key_Return)
        form.set_value(UNet())


def roll(widget):
    """Turn the wheel over a widget; an event not taken goes to the parent, as a real one does."""
    button, keys, phase = (
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
    )
    taken = False
    while widget is not None and not taken:
        at = QPointF(widget.rect().center())
        where = QPointF(widget.mapToGlobal(at.toPoint()))
        event = QWheelEvent(at, where, QPoint(), QPoint(0, -120), button, keys, phase, False)
        QApplication.sendEvent(widget, event)
        taken, widget = event.isAccepted(), widget.parentWidget()


@pytest.mark.parametrize("name", ["seeds", "setting", "prior"])
def test_the_wheel_scrolls_the_form_and_changes_no_value(qtbot, name):
    form = OptionsForm(DAPS(seeds=3))
    qtbot.addWidget(form)
    form.resize(384, 90)
    form.show()
    qtbot.waitUntil(lambda: form.verticalScrollBar().maximum() > 0)
    roll(form.editor(name))
    assert form.value() == DAPS(seeds=3)
    assert form.verticalScrollBar().value() > 0


def test_the_wheel_turns_the_field_in_use(qtbot):
    form = OptionsForm(DAPS(seeds=3))
    qtbot.addWidget(form)
    form.show()
    form.editor("seeds").setFocus()
    qtbot.waitUntil(form.editor("seeds").hasFocus)
    roll(form.editor("seeds"))
    assert form.value() == DAPS(seeds=2)


@pytest.mark.parametrize("width", [290, 384])
@pytest.mark.parametrize("owner", OWNERS, ids=lambda c: c.__name__)
def test_nothing_is_cut_off_in_a_narrow_dock(qtbot, owner, width):
    form = OptionsForm(owner())
    qtbot.addWidget(form)
    form.resize(width, 66)
    form.show()
    form.fold.click()
    page = form.widget()
    qtbot.waitUntil(lambda: page.width() == form.viewport().width() and page.height() > 0)
    for option in options_of(owner):
        row = form.row(option.name)
        for widget in (row.label, row):
            inside = widget.geometry()
            assert page.rect().contains(inside), option.name
            assert inside.width() >= widget.minimumSizeHint().width(), option.name


def test_tab_brings_a_row_into_sight(qtbot):
    form = OptionsForm(DAPS())
    qtbot.addWidget(form)
    form.resize(384, 80)
    form.show()
    qtbot.waitUntil(form.isActiveWindow)
    line_of(form, "prior").setFocus()
    while (at := QApplication.focusWidget()) is not form.editor("seeds"):
        assert not at.visibleRegion().isEmpty()
        qtbot.keyClick(at, Qt.Key.Key_Tab)
    assert not at.visibleRegion().isEmpty()


@pytest.mark.parametrize(
    ("owner", "name"), [(UNet, "awf_iterations"), (UNet, "network"), (RunSettings, "device")]
)
def test_return_in_a_field_does_not_press_the_button_of_a_dialog(qtbot, owner, name):
    dialog = QDialog()
    qtbot.addWidget(dialog)
    form, button, beside = OptionsForm(owner()), QPushButton("Train", default=True), QLineEdit()
    column = QVBoxLayout(dialog)
    for widget in (form, button, beside):
        column.addWidget(widget)
    dialog.show()
    pressed = []
    button.clicked.connect(pressed.append)
    line_of(form, name).setFocus()
    qtbot.keyClick(line_of(form, name), Qt.Key.Key_Return)
    assert not pressed
    qtbot.keyClick(beside, Qt.Key.Key_Return)
    assert pressed


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_path_is_typed_or_looked_for(qtbot, monkeypatch, tmp_path, kind):
    @dataclass(frozen=True)
    class Where(Options):
        place: str = declare("", kind=kind, help="where it lies")

    form = OptionsForm(Where())
    qtbot.addWidget(form)
    form.show()
    with qtbot.waitSignal(form.value_changed):
        type_in(qtbot, form, "place", str(tmp_path))
    assert form.value() == Where(str(tmp_path))
    asked = []

    def answer(given):
        return lambda _parent, _title, start: asked.append(start) or given

    for found, then in (("", str(tmp_path)), ("/elsewhere", "/elsewhere")):
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", answer(found))
        monkeypatch.setattr(QFileDialog, "getOpenFileName", answer((found, "")))
        qtbot.mouseClick(form.editor("place").button, Qt.MouseButton.LeftButton)
        assert form.value() == Where(then)
    assert asked == [str(tmp_path)] * 2


def test_options_that_do_not_go_together_are_told_at_the_row_that_is_named(qtbot):
    form = OptionsForm(DPS())
    qtbot.addWidget(form)
    form.show()
    with qtbot.waitSignal(form.validity_changed):
        type_in(qtbot, form, "num_steps", "5")
    problem = form.row("j").findChild(QLabel, "problem")
    assert "less than num_steps" in problem.text()
    with qtbot.waitSignal(form.validity_changed) as told:
        type_in(qtbot, form, "j", "2")
    assert told.args == [""]
    assert form.value() == DPS(num_steps=5, j=2)
    assert not problem.isVisible()


def test_other_rows_while_one_is_in_use_leave_the_keyboard_to_the_form(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    form, after = OptionsForm(RPIE()), QLineEdit()
    column = QVBoxLayout(window)
    column.addWidget(form)
    column.addWidget(after)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    form.editor("alpha").setFocus()
    form.set_value(DAPS())
    qtbot.keyClicks(QApplication.focusWidget(), "7")
    assert not after.text()
    assert form.value() == DAPS()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget().accessibleName() == "prior"


def test_files_are_not_dropped_into_fields(qtbot):
    """Else the text of their address would be a value; the window opens them."""
    form = OptionsForm(UNet())
    qtbot.addWidget(form)
    assert [line.acceptDrops() for line in form.findChildren(QLineEdit)] == [False] * 2


def test_what_is_being_typed_counts_when_other_rows_are_shown(qtbot):
    form = OptionsForm(RPIE())
    qtbot.addWidget(form)
    form.show()
    qtbot.waitUntil(form.isActiveWindow)
    form.editor("alpha").setFocus()
    form.editor("alpha").selectAll()
    qtbot.keyClicks(form.editor("alpha"), "0.3")
    told, refused = [], []
    form.value_changed.connect(told.append)
    form.validity_changed.connect(refused.append)
    form.set_value(DAPS())
    assert told == [RPIE(alpha=0.3), DAPS()]
    assert not refused


def test_a_value_is_typed_or_taken_from_those_suggested(qtbot):
    form = OptionsForm(RunSettings())
    qtbot.addWidget(form)
    form.show()
    device = form.editor("device")
    assert [device.itemText(k) for k in range(device.count())] == ["auto", "cpu", "cuda"]
    with qtbot.waitSignal(form.value_changed):
        type_in(qtbot, form, "device", "cu:1")
    assert form.value() == RunSettings("cu:1")
    assert device.count() == 3
    form.row("device").setValue("cpu")
    with qtbot.waitSignal(form.value_changed):
        qtbot.keyClick(device, Qt.Key.Key_Down)
    assert form.value() == RunSettings("cuda")
    form.reset()
    assert device.currentText() == "auto"


def test_a_value_is_chosen_from_those_that_are_offered(qtbot):
    form = OptionsForm(DAPS())
    qtbot.addWidget(form)
    form.offer("prior", ["cells & more", "stars"])
    form.set_value(RPIE())
    form.show()
    qtbot.waitUntil(form.isActiveWindow)
    form.offer("prior", ["mine", "cells & more"])
    form.set_value(DAPS())
    button = form.row("prior").findChild(QToolButton, "list of prior")
    assert [action.text() for action in button.menu().actions()] == ["mine", "cells && more"]
    button.menu().actions()[1].trigger()
    assert form.value() == DAPS(prior="cells & more")
    line_of(form, "prior").setFocus()
    for name in ("choose prior", "known values of prior", "setting"):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget().accessibleName() == name


def test_an_option_without_effect_is_grey(qtbot):
    form = OptionsForm(AWF())
    qtbot.addWidget(form)
    can = lambda: [form.row(name).editor.isEnabled() for name in ("prior", "prior_weight")]  # noqa: E731
    assert can() == [False, False]
    form.row("gaussian_prior").setValue("power-law")
    assert can() == [False, True]
    form.set_value(AWF(gaussian_prior="trained"))
    assert can() == [True, True]
    assert "only with gaussian prior trained" in form.row("prior").toolTip()
