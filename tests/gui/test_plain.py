"""Text of files is shown as it is: Qt takes none of it for markup, and opens nothing that it names."""

import ast
from dataclasses import replace
from pathlib import Path

import pyqtgraph as pg
import pytest
from PyQt6.QtCore import QAbstractListModel, QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QAction, QDropEvent, QTextDocument
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QGraphicsSimpleTextItem,
    QGraphicsTextItem,
    QGraphicsView,
    QLabel,
    QMessageBox,
    QTabBar,
    QWidget,
)

import ptygui.gui
from ptygui.errors import InputError
from ptygui.experiment.settings import RunSettings
from ptygui.files.formats.own_scan import write_scan
from ptygui.gui.pages import COMPARISON
from ptygui.gui.widgets.plain import Label, MessageBox, keyless, tip
from ptygui.methods import AWF, DPS, RPIE

NAME = '<img src="/nonexistent/x.png"><b>bold</b>&amp'
END = "<b>bold</b>&amp"  # which is seen of it where there is little room
SOURCES = sorted(Path(ptygui.gui.__file__).parent.rglob("*.py"))


def as_html(text):
    """What is seen of a text that Qt takes for HTML."""
    document = QTextDocument()
    document.setHtml(text)
    return document.toPlainText()


def as_plain(text):
    """What is seen of a text for which Qt guesses, as in a tooltip."""
    return as_html(text) if Qt.mightBeRichText(text) else text


def without_keys(text):
    """What is seen of a text in which "&" marks a key."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


def seen_in(widget):
    """Pairs (where, what is seen) of a widget and all in it, as Qt reads the texts."""
    for each in (widget, *widget.findChildren(QWidget)):
        kind = type(each).__name__
        yield f"tooltip of {kind} {each.objectName()}", as_plain(each.toolTip())
        if isinstance(each, QLabel):
            rich = each.textFormat() in (Qt.TextFormat.RichText, Qt.TextFormat.MarkdownText)
            guessed = each.textFormat() == Qt.TextFormat.AutoText
            text = as_html(each.text()) if rich else as_plain(each.text()) if guessed else each.text()
            yield f"{kind} {each.objectName()}", text
        elif isinstance(each, QAbstractButton):
            yield kind, without_keys(each.text())
        elif isinstance(each, QComboBox):
            yield from ((kind, each.itemText(place)) for place in range(each.count()))
        elif isinstance(each, QTabBar):
            yield from ((kind, without_keys(each.tabText(place))) for place in range(each.count()))
        elif isinstance(each, QAbstractItemView) and each.model() is not None:
            yield from _seen_in_model(kind, each.model())
        elif isinstance(each, QGraphicsView) and each.scene() is not None:
            for item in each.scene().items():
                yield f"tooltip in {kind}", as_plain(item.toolTip())
                if isinstance(item, QGraphicsTextItem):
                    yield f"text in {kind}", item.toPlainText()
                elif isinstance(item, QGraphicsSimpleTextItem):
                    yield f"text in {kind}", item.text()
    for action in widget.findChildren(QAction):
        yield "action", without_keys(action.text())


def _seen_in_model(kind, model):
    for row in range(model.rowCount()):
        for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount()):
            index = model.index(row, column)
            yield kind, str(index.data() or "")
            yield f"tooltip in {kind}", as_plain(str(index.data(Qt.ItemDataRole.ToolTipRole) or ""))


def places(widget):
    """Where the name is seen; fails where it is seen otherwise than it is written."""
    found = []
    for where, text in seen_in(widget):
        if "bold" in text:
            assert END in text, f"{where} shows {text!r}"
            found.append(where)
    return found


@pytest.fixture
def stranger(qtbot, window, scan, tmp_path):
    """A window that has opened a scan with such a name, and has run twice."""
    path = write_scan(tmp_path / "scan.h5", replace(scan, name=NAME, notes=(NAME, "and another")))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    action, no_key = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    with qtbot.waitSignal(window.request.opened, timeout=20_000):
        window.dropEvent(QDropEvent(QPointF(5, 5), action, data, Qt.MouseButton.LeftButton, no_key))
    for method in (RPIE(iterations=3), AWF(iterations=3)):
        with qtbot.waitSignal(window.session.run_finished, timeout=20_000):
            window.session.run(method, RunSettings("cpu"))
    return window


def test_a_scan_with_markup_for_a_name_is_shown_as_it_is(qtbot, stranger):
    window = stranger
    assert NAME in window.windowTitle()
    qtbot.waitUntil(lambda: NAME in as_html(window.scan_panel.found.text()))
    for run in window.session.runs:
        window.session.rename(run, f"{NAME} {run.number}")
    window.runs_panel.view.selectAll()
    window.show_page(COMPARISON)
    qtbot.waitUntil(lambda: NAME in window.curves.legend.text() or "bold" in window.curves.legend.text())
    found = set(places(window))
    assert {
        "Label facts", "tooltip of Label facts", "Label notes", "Elided legend", "RunsView",
        "tooltip in RunsView", "ElidedBox",
    } <= found  # fmt: skip


def test_errors_notes_paths_and_jobs_are_shown_as_they_are(qtbot, stranger, tmp_path):
    window = stranger
    window.banner.show_error(InputError(f"{NAME} cannot be read"))
    window.session.noted.emit(f"read {NAME}")
    window.jobs.busy.emit(f"opening {NAME}")
    window.request.set_method(DPS(prior=NAME))
    window.recents.add(tmp_path / NAME, "scan")
    window.welcome.show_recents(list(window.recents))
    window.menus.actions["export"].trigger()
    qtbot.waitUntil(window.export_dialog.isVisible)
    found = places(window)
    assert {"Label ", "Elided message", "tooltip in QListWidget", "action"} <= set(found)
    assert found.count("Label ") == 4  # banner, job, export, and its figure of the page Data
    assert window.method_panel.form.row("prior").value() == NAME  # a field, which is always plain
    window.export_dialog.reject()


def test_changed_options_are_marked_as_they_are(qtbot):
    from types import SimpleNamespace

    from ptygui.gui.views.canvas import Canvas, bare_plot
    from ptygui.gui.views.curve import Curve

    canvas, plot = Canvas(), bare_plot()
    qtbot.addWidget(canvas)
    canvas.addItem(plot)
    about = SimpleNamespace(title="a", short="a", names=("a",), log_y=False, absent="none", zero="0")
    curve = Curve(plot, about)
    text = f"prior {NAME} {{value.__class__}} {{"
    curve.draw_marks([(1.0, text)])
    assert set(places(canvas)) == {"tooltip in Canvas", "text in Canvas"}
    (label,) = (item for item in canvas.scene().items() if isinstance(item, pg.InfLineLabel))
    assert label.textItem.toPlainText() == text


def test_titles_of_pictures_are_plain(qtbot):
    from ptygui.gui.views.canvas import Canvas
    from ptygui.gui.views.pane import Pane

    canvas, pane = Canvas(), Pane()
    qtbot.addWidget(canvas)
    canvas.addItem(pane)
    pane.entitle(NAME)
    canvas.restyle()
    assert places(canvas) == ["text in Canvas"]


def test_labels_boxes_and_tips_are_plain(qtbot):
    label, box = Label(NAME, toolTip=tip(NAME)), MessageBox(QMessageBox.Icon.Warning, "Not saved", NAME)
    for widget in (label, box):
        qtbot.addWidget(widget)
        assert len(places(widget)) > 0
    assert tip("plain & short") == "plain & short"
    assert as_plain(tip("<b>" + "word " * 40)).split() == ["<b>word", *["word"] * 39]
    assert keyless("a & b") == "a && b"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_label_or_box_guesses_whether_its_text_is_markup(path):
    """Qt's own labels guess: those of `plain` do not. Rich ones say so."""
    if path.stem == "plain":
        return
    tree = ast.parse(path.read_text())
    made = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and _named(node.func)}
    assert not made & {"QLabel", "QMessageBox"}
    assert not {"AutoText", "mightBeRichText"} & _attributes(tree) or path.stem in ("tooltips", "elided")
    told = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is(node.func, "setToolTip")]
    words = [node.args[-1] for node in told]
    unsure = [ast.unparse(word) for word in words if not _is_ours(word)]
    assert unsure == [], "wrap these in `plain.tip`"


def _named(function):
    return isinstance(function, ast.Name)


def _is(function, name):
    return isinstance(function, ast.Attribute) and function.attr == name


def _attributes(tree):
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def _is_ours(word):
    """Whether a tooltip is a text of the program's own, or goes through `tip` or `wrapped`."""
    if isinstance(word, ast.Call):
        return _named(word.func) and word.func.id in ("tip", "wrapped")
    return isinstance(word, ast.Constant | ast.JoinedStr) or ast.unparse(word) in (
        "tip",
        "TIP",
        "lines",
        "notes",
    )
