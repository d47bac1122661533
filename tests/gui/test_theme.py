"""Both themes: boxes to tick are seen, ticked or not; the first page's icons follow."""

import pytest
from conftest import history_of
from PyQt6.QtWidgets import QCheckBox, QMessageBox, QStyle, QStyleOptionButton

from ptygui.gui import theme
from ptygui.gui.views.sweep import SweepView
from ptygui.gui.welcome import WelcomePage
from ptygui.methods import AWF
from ptygui.run import Run


@pytest.fixture
def schemed(qapp):
    """Sets a scheme, and the system's again at the end."""
    theme.dress(qapp)
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


def test_buttons_of_dialogs_bear_words_only(qtbot, schemed):
    box = QMessageBox()
    qtbot.addWidget(box)
    box.setStandardButtons(QMessageBox.StandardButton.Save | QMessageBox.StandardButton.Cancel)
    for button in box.buttons():  # as Qt does on some desktops
        button.setIcon(box.style().standardIcon(QStyle.StandardPixmap.SP_DialogSaveButton))
    box.show()
    assert [button.icon().isNull() for button in box.buttons()] == [True, True]


def test_the_first_page_s_icons_follow_the_theme(qtbot, schemed):
    page = WelcomePage()
    qtbot.addWidget(page)
    page.show()

    def lightness() -> int:
        picture = page.open.icon().pixmap(32, 32).toImage()
        drawn = [picture.pixelColor(x, y) for x in range(32) for y in range(32)]
        return max(drawn, key=lambda colour: colour.alpha()).lightness()

    schemed("light")
    qtbot.waitUntil(lambda: lightness() < 100)
    schemed("dark")
    qtbot.waitUntil(lambda: lightness() > 150)


def test_the_boxes_of_a_sweep_follow_the_theme(qtbot, schemed, scan):
    schemed("dark")
    run = Run(1, scan, AWF(iterations=5), history=history_of(scan, 5))
    run.sweep = 1
    view = SweepView()
    qtbot.addWidget(view)
    view.show_runs([run])
    view.show()
    (box,) = view.rows.boxes

    def ground() -> int:
        """Of the box to tick, between tick and outline."""
        picture, option = box.grab().toImage(), QStyleOptionButton()
        box.initStyleOption(option)
        rect = box.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, box)
        return picture.pixelColor(rect.left() + 3, rect.top() + 3).lightness()

    qtbot.waitUntil(lambda: ground() < 100)
    schemed("light")
    qtbot.waitUntil(lambda: ground() > 200)
