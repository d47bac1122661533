"""Dark, light, or the system's theme."""

from typing import Any

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QFont, QIcon, QPainter, QPalette
from PyQt6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QProxyStyle,
    QStyle,
    QStyleOption,
    QStyleOptionComplex,
    QStyleOptionToolButton,
    QWidget,
)

from ptygui.gui.widgets.certain import certain

SCHEMES = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}
# window, base, alternate rows, button, text, dimmed text, highlight
_COLOURS = {
    "light": ("#f0f0f0", "#ffffff", "#f5f5f5", "#f0f0f0", "#101010", "#8a8a8a", "#2f7fc1"),
    "dark": ("#2b2d30", "#1f2123", "#26282b", "#393c40", "#e6e6e6", "#85888c", "#3a86c8"),
}


class _Style(QProxyStyle):
    """Fusion, with check boxes and dock buttons that are visible on dark windows too."""

    def __init__(self) -> None:
        super().__init__("Fusion")

    def polish(self, what: Any) -> Any:
        """Give dialog buttons text only: Fusion's icons are dark on dark.

        Not with `styleHint`, which Qt calls tens of thousands of times while a window opens.
        """
        polished = super().polish(what)
        if isinstance(what, QDialogButtonBox):
            for button in what.buttons():
                button.setIcon(QIcon())
        return polished

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption | None,
        painter: QPainter | None,
        widget: QWidget | None = None,
    ) -> None:
        """Draw the box, then its outline again if Fusion's would be dark on dark."""
        super().drawPrimitive(element, option, painter, widget)
        boxes = (
            QStyle.PrimitiveElement.PE_IndicatorCheckBox,
            QStyle.PrimitiveElement.PE_IndicatorItemViewItemCheck,
        )
        if painter is not None and option is not None and element in boxes and is_dark(option.palette):
            outline = option.palette.windowText().color()
            outline.setAlpha(130)
            painter.save()
            painter.setPen(outline)
            painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
            painter.restore()

    def drawComplexControl(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex | None,
        painter: QPainter | None,
        widget: QWidget | None = None,
    ) -> None:
        """Draw the buttons in dock titles in the text colour: Fusion's are dark on dark."""
        in_title = widget is not None and widget.objectName().startswith("qt_dockwidget_")
        if (
            widget is not None
            and in_title
            and isinstance(option, QStyleOptionToolButton)
            and is_dark(option.palette)
        ):
            ratio = widget.devicePixelRatioF()
            glyph = option.icon.pixmap(option.iconSize, ratio)
            tint = QPainter(glyph)
            tint.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
            tint.fillRect(widget.rect(), option.palette.windowText().color())
            tint.end()
            option.icon = QIcon(glyph)
        super().drawComplexControl(control, option, painter, widget)


def dress(app: QApplication) -> None:
    """Set the style of the program; colours come from the system's palette.

    There is no global style sheet: with one, Qt does not pass a changed palette on to the widgets.
    """
    app.setStyle(_Style())
    app.setFont(with_hats(app.font()))


def with_hats(font: QFont) -> QFont:
    """The font with the hat of x̂0 visible: DejaVu Sans would place it lines above the x."""
    if hasattr(font, "setFeature"):  # from Qt 6.7 on
        font.setFeature(QFont.Tag("mark"), 0)
    return font


def set_scheme(name: str) -> None:
    """Use "system", "light" or "dark" colours; our own if the desktop cannot provide them."""
    app = certain(QApplication.instance())
    if not isinstance(app, QApplication):
        raise TypeError("colours are for an application with windows")
    app.setPalette(QPalette())
    certain(app.styleHints()).setColorScheme(SCHEMES[name])
    if name != "system" and is_dark(app.palette()) != (name == "dark"):
        app.setPalette(_palette(*_COLOURS[name]))


def is_dark(palette: QPalette) -> bool:
    """Whether text is lighter than its background."""
    return palette.windowText().color().lightness() > palette.window().color().lightness()


def _palette(
    window: str, base: str, alternate: str, button: str, text: str, dimmed: str, highlight: str
) -> QPalette:
    palette, role = QPalette(QColor(button), QColor(window)), QPalette.ColorRole
    for colour, roles in (
        (base, (role.Base,)),
        (alternate, (role.AlternateBase, role.ToolTipBase)),
        (button, (role.Button,)),
        (text, (role.WindowText, role.Text, role.ButtonText, role.ToolTipText)),
        (dimmed, (role.PlaceholderText,)),
        (highlight, (role.Highlight, role.Link)),
        ("#ffffff", (role.HighlightedText,)),
    ):
        for each in roles:
            palette.setColor(each, QColor(colour))
    for each in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(dimmed))
    return palette
