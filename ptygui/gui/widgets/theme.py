"""Dark, light, or as the system has it."""

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QFont, QIcon, QPainter, QPalette
from PyQt6.QtWidgets import QApplication, QDialogButtonBox, QProxyStyle, QStyle

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
    """Fusion, whose boxes to tick and buttons of docks are seen on dark windows too."""

    def __init__(self) -> None:
        super().__init__("Fusion")

    def polish(self, what):
        """Buttons of dialogs bear words only: Fusion's icons are dark on dark.

        Not by `styleHint`, which Qt asks for tens of thousands of times while a window opens.
        """
        polished = super().polish(what)
        if isinstance(what, QDialogButtonBox):
            for button in what.buttons():
                button.setIcon(QIcon())
        return polished

    def drawPrimitive(self, element, option, painter: QPainter | None, widget=None):
        """Draw the box, then its outline anew where Fusion's would be dark on dark."""
        super().drawPrimitive(element, option, painter, widget)
        boxes = (
            QStyle.PrimitiveElement.PE_IndicatorCheckBox,
            QStyle.PrimitiveElement.PE_IndicatorItemViewItemCheck,
        )
        if painter is not None and element in boxes and is_dark(option.palette):
            outline = option.palette.windowText().color()
            outline.setAlpha(130)
            painter.save()
            painter.setPen(outline)
            painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
            painter.restore()

    def drawComplexControl(self, control, option, painter: QPainter | None, widget=None):
        """Draw the buttons in the titles of docks in the text colour, where Fusion's are dark on dark."""
        named = "" if widget is None else widget.objectName()
        if named.startswith("qt_dockwidget_") and is_dark(option.palette):
            ratio = widget.devicePixelRatioF()
            glyph = option.icon.pixmap(option.iconSize, ratio)
            tint = QPainter(glyph)
            tint.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
            tint.fillRect(widget.rect(), option.palette.windowText().color())
            tint.end()
            option.icon = QIcon(glyph)
        super().drawComplexControl(control, option, painter, widget)


def dress(app: QApplication) -> None:
    """Give the program its style; colours come from the system's palette.

    No style sheet for all: with one, Qt does not hand a changed palette on to the widgets.
    """
    app.setStyle(_Style())
    app.setFont(with_hats(app.font()))


def with_hats(font: QFont) -> QFont:
    """The font with the hat of x̂0 in sight: where DejaVu Sans wants it placed, it lies lines above the x."""
    if hasattr(font, "setFeature"):  # from Qt 6.7 on
        font.setFeature(QFont.Tag("mark"), 0)
    return font


def set_scheme(name: str) -> None:
    """Use "system", "light" or "dark" colours; our own where the desktop cannot give them."""
    app = certain(QApplication.instance())
    if not isinstance(app, QApplication):
        raise TypeError("colours are for an application with windows")
    app.setPalette(QPalette())
    certain(app.styleHints()).setColorScheme(SCHEMES[name])
    if name != "system" and is_dark(app.palette()) != (name == "dark"):
        app.setPalette(_palette(*_COLOURS[name]))


def is_dark(palette: QPalette) -> bool:
    """Whether text is lighter than what it stands on."""
    return palette.windowText().color().lightness() > palette.window().color().lightness()


def _palette(window, base, alternate, button, text, dimmed, highlight) -> QPalette:
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
