"""Both themes: boxes to tick are seen, ticked or not; the first page's icons follow."""

import os
import subprocess
import sys

import pytest
from conftest import history_of
from PyQt6.QtCore import QRect
from PyQt6.QtGui import QColor, QFontMetrics, QImage, QPainter
from PyQt6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QDockWidget,
    QMessageBox,
    QStyle,
    QStyleOption,
    QStyleOptionButton,
    QStyleOptionTab,
    QToolButton,
)

from ptygui.experiment.run import Run
from ptygui.gui.views.canvas import CURVE, FLOOR, MARKER
from ptygui.gui.views.sweep import COLOURS, SweepView
from ptygui.gui.widgets import style, theme
from ptygui.gui.widgets.banner import ERROR, NOTE, WARNING
from ptygui.gui.widgets.form import OptionsForm
from ptygui.gui.widgets.icons import icon
from ptygui.gui.widgets.welcome import WelcomePage
from ptygui.methods import AWF


@pytest.fixture
def schemed(dressed):
    """Sets a scheme, and the system's again at the end."""
    yield theme.set_scheme
    theme.set_scheme("system")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ticked", [False, True])
def test_a_box_to_tick_stands_out_from_the_window(qtbot, schemed, scheme, ticked):
    schemed(scheme)
    box = QCheckBox("text")
    box.setChecked(ticked)
    qtbot.addWidget(box)
    box.show()
    picture = box.grab().toImage()
    option = QStyleOptionButton()
    box.initStyleOption(option)
    rect = box.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, box)
    back = picture.pixelColor(0, 0).lightness()
    edge = [picture.pixelColor(x, rect.center().y()).lightness() for x in (rect.left(), rect.right())]
    assert all(abs(value - back) > 30 for value in edge)


@pytest.mark.parametrize("taken", [QStyleOptionTab, QStyleOptionButton])
def test_a_tab_is_flat_whatever_pyqt_takes_its_option_for(schemed, qapp, taken):
    """It may take it for one that lay at the same address before; only the option itself knows its type."""
    schemed("light")
    option = taken()
    option.type = QStyleOption.OptionType.SO_Tab.value
    option.rect, option.palette = QRect(0, 0, 40, 20), qapp.palette()
    option.state = QStyle.StateFlag.State_Enabled
    image = QImage(40, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    qapp.style().drawControl(QStyle.ControlElement.CE_TabBarTabShape, option, painter)
    painter.end()
    assert {image.pixelColor(x, y).value() for x in range(40) for y in range(20)} == {255}  # no frame


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("which", ["close", "float"])
def test_the_buttons_of_a_dock_stand_out_from_its_title(qtbot, schemed, scheme, which):
    schemed(scheme)
    dock = QDockWidget("title")
    qtbot.addWidget(dock)
    dock.show()
    picture = dock.findChild(QAbstractButton, f"qt_dockwidget_{which}button").grab().toImage()
    places = [(x, y) for x in range(picture.width()) for y in range(picture.height())]
    light = [picture.pixelColor(x, y).lightness() for x, y in places]
    ground = dock.palette().window().color().lightness()
    assert max(abs(value - ground) for value in light) > 100


def test_buttons_of_dialogs_bear_words_only(qtbot, schemed):
    box = QMessageBox()
    qtbot.addWidget(box)
    box.setStandardButtons(QMessageBox.StandardButton.Save | QMessageBox.StandardButton.Cancel)
    for button in box.buttons():  # as Qt does on some desktops
        button.setIcon(box.style().standardIcon(QStyle.StandardPixmap.SP_DialogSaveButton))
    box.show()
    assert [button.icon().isNull() for button in box.buttons()] == [True, True]


def test_icons_follow_the_theme(qtbot, schemed):
    """Of the first page, and the arrows back to defaults in forms."""
    page, form = WelcomePage(), OptionsForm(AWF(iterations=5))
    for widget in (page, form):
        qtbot.addWidget(widget)
        widget.show()
    arrow = form.row("iterations").reset
    assert arrow.isVisible()

    def lightness() -> list[int]:
        pictures = [button.icon().pixmap(32, 32).toImage() for button in (page.open, arrow)]
        drawn = [[p.pixelColor(x, y) for x in range(32) for y in range(32)] for p in pictures]
        return [max(pixels, key=lambda colour: colour.alpha()).lightness() for pixels in drawn]

    schemed("light")
    qtbot.waitUntil(lambda: max(lightness()) < 100)
    schemed("dark")
    qtbot.waitUntil(lambda: min(lightness()) > 150)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_cannot_be_done_is_dim_in_both_themes(qtbot, schemed, scheme):
    schemed(scheme)
    button, contrast = QToolButton(autoRaise=True), []
    qtbot.addWidget(button)
    button.setIcon(icon("play", button.palette().windowText().color()))
    back = button.palette().window().color().lightness()
    for on in (False, True):
        button.setEnabled(on)
        picture = button.grab().toImage()
        places = [(x, y) for x in range(picture.width()) for y in range(picture.height())]
        contrast.append(max(abs(picture.pixelColor(x, y).lightness() - back) for x, y in places))
    assert contrast[0] < 0.6 * contrast[1]


def test_the_theme_is_remembered(qtbot, new_window, schemed):
    window = new_window()
    window.menus.actions["dark"].trigger()
    window.close()
    schemed("light")  # as another program might leave it
    again = new_window()
    assert again.menus.actions["dark"].isChecked()
    qtbot.waitUntil(lambda: theme.is_dark(again.palette()))
    again.menus.actions["system"].trigger()
    assert again.settings.value("theme") == "system"


DENSE = """
import asyncio, sys
from PyQt6.QtCore import QSettings, QSize
from ptygui.gui import app
loop = app.event_loop()
asyncio._set_running_loop(loop)
from ptygui.gui.window import Window
window = Window(QSettings(sys.argv[1], QSettings.Format.IniFormat))
window.resize(1280, 800)
window.show()
strip, actions = window.timeline.strip, window.menus.actions.values()
print(
    window.devicePixelRatioF(), window.minimumSizeHint().width() <= 1280, window.grab().width(),
    min(a.icon().pixmap(QSize(20, 20), 2.0).width() for a in actions if not a.icon().isNull()),
    strip._teeth().width() / strip.width(),
)
window.close()
"""


def test_dense_screens_get_dense_pictures(tmp_path):
    """In a process of its own: the ratio is read when the program begins."""
    env = os.environ | {"QT_SCALE_FACTOR": "2", "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", DENSE, str(tmp_path / "s.ini")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["2.0", "True", "2560", "40", "2.0"], done.stderr


def test_the_boxes_of_a_sweep_follow_the_theme(qtbot, schemed, scan):
    schemed("dark")
    run = Run(1, scan, AWF(iterations=5), history=history_of(scan, 5))
    run.sweep = 1
    view = SweepView()
    qtbot.addWidget(view)
    view.show_runs([run])
    view.show()
    (box,) = view.rows.boxes
    assert box.palette().windowText() == view.palette().windowText()  # words are as readable as others
    dot = box.icon().pixmap(16, 16).toImage().pixelColor(8, 8)
    assert dot == QColor(COLOURS[0])

    def ground() -> int:
        """Of the box to tick, between tick and outline."""
        picture, option = box.grab().toImage(), QStyleOptionButton()
        box.initStyleOption(option)
        rect = box.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, box)
        return picture.pixelColor(rect.left() + 3, rect.top() + 3).lightness()

    qtbot.waitUntil(lambda: ground() < 100)
    schemed("light")
    qtbot.waitUntil(lambda: ground() > 200)


@pytest.mark.parametrize("tone", [style.DARK, style.LIGHT], ids=["dark", "light"])
def test_texts_have_a_contrast_of_four_and_a_half(tone):
    grounds = tone.window, tone.base, tone.alternate, tone.button
    for text in (tone.text, tone.dimmed, tone.link, tone.good, tone.warning, tone.bad):
        for ground in grounds:
            assert style.contrast(text, ground) >= 4.5, (text, ground)
    on = theme._mixed(QColor(tone.accent), QColor(tone.button), 0.35).name()  # a button that is switched on
    assert style.contrast(tone.text, on) >= 4.5
    for colour in (ERROR, WARNING, NOTE, tone.accent):
        assert style.contrast("#ffffff", colour) >= 4.5
    for line in (CURVE, FLOOR, MARKER):
        assert style.contrast(line, tone.window) >= 3  # graphical objects
        assert style.contrast(style.readable(line, tone.window), tone.window) >= 4.5  # their names


def test_the_contrast_is_that_of_the_guideline():
    assert style.contrast("#ffffff", "#000000") == pytest.approx(21)
    assert style.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_font_of_the_program_is_loaded_and_has_the_hat_of_the_estimate(qapp):
    font = theme.program_font(qapp.font())
    assert font.family().startswith("Inter")
    assert QFontMetrics(font).inFontUcs4(0x302)


def test_a_first_start_is_dark(qtbot, new_window, schemed):
    window = new_window()
    assert window.menus.actions[theme.FIRST].isChecked()
    qtbot.waitUntil(lambda: theme.is_dark(window.palette()))
    ground = window.object.canvas.backgroundBrush().color()
    assert ground.lightness() < 60
