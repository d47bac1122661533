"""Dark, light, or the system's theme, in the colours and the font of `style`."""

from typing import Any, TypeVar

from PyQt6 import sip
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette
from PyQt6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QProxyStyle,
    QStyle,
    QStyleOption,
    QStyleOptionComplex,
    QStyleOptionFrame,
    QStyleOptionTab,
    QStyleOptionToolButton,
    QTabBar,
    QWidget,
)

from ptygui.gui.widgets import style
from ptygui.gui.widgets.certain import certain
from ptygui.paths import RESOURCES

SCHEMES = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}
FIRST = "dark"  # theme of the first start
FONTS = ("Inter-Regular.ttf", "Inter-Bold.ttf")
_P = QStyle.PrimitiveElement
_Type: Any = QStyleOption.OptionType  # whose values are whole numbers, unlike its stubs say
_sip: Any = sip  # as its functions return something
_Option = TypeVar("_Option", bound=QStyleOption)
_BOXES = (_P.PE_IndicatorCheckBox, _P.PE_IndicatorItemViewItemCheck)
_PANELS = (
    _P.PE_PanelButtonCommand, _P.PE_PanelButtonTool, _P.PE_PanelLineEdit, _P.PE_FrameLineEdit, _P.PE_Frame,
)  # fmt: skip


class _Style(QProxyStyle):
    """Fusion, drawn flat, with boxes and dock buttons that are visible on dark windows too."""

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
        """Draw buttons, fields and frames flat, with quiet borders; boxes with one that is seen on dark."""
        if painter is None or option is None:
            return
        if element in _PANELS:
            _draw_panel(element, option, painter)
            return
        super().drawPrimitive(element, option, painter, widget)
        if element in _BOXES and is_dark(option.palette):
            outline = option.palette.windowText().color()
            outline.setAlpha(130)
            painter.save()
            painter.setPen(outline)
            painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
            painter.restore()

    def drawControl(
        self,
        element: QStyle.ControlElement,
        option: QStyleOption | None,
        painter: QPainter | None,
        widget: QWidget | None = None,
    ) -> None:
        """Draw tabs flat: that in front has a line in the accent's colour."""
        tab = None
        if element == QStyle.ControlElement.CE_TabBarTabShape and option is not None:
            tab = _as(option, QStyleOptionTab, _Type.SO_Tab)
        if tab is not None and painter is not None:
            _draw_tab(tab, painter)
        else:
            super().drawControl(element, option, painter, widget)

    def drawComplexControl(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex | None,
        painter: QPainter | None,
        widget: QWidget | None = None,
    ) -> None:
        """Draw the buttons in dock titles in the text colour: Fusion's are dark on dark."""
        in_title = widget is not None and widget.objectName().startswith("qt_dockwidget_")
        if widget is not None and in_title and option is not None and is_dark(option.palette):
            button = _as(option, QStyleOptionToolButton, _Type.SO_ToolButton)
            if button is not None:
                _tint(button, widget)
        super().drawComplexControl(control, option, painter, widget)


def _as(option: QStyleOption, kind: type[_Option], code: Any) -> _Option | None:
    """An option as the kind that it is; None if it is another.

    Qt has its options on the stack, and PyQt may take one for another that lay at the same address before:
    whose `palette` or `rect` was read stays known until garbage is collected, or for ever once it is frozen.
    """
    if option.type != code.value:
        return None
    if isinstance(option, kind):
        return option
    found: _Option = _sip.wrapinstance(_sip.unwrapinstance(option), kind)
    return found


def _tint(option: QStyleOptionToolButton, widget: QWidget) -> None:
    """Give a button an icon in the colour of the text."""
    glyph = option.icon.pixmap(option.iconSize, widget.devicePixelRatioF())
    painter = QPainter(glyph)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(widget.rect(), option.palette.windowText().color())
    painter.end()
    option.icon = QIcon(glyph)


def _draw_panel(element: QStyle.PrimitiveElement, option: QStyleOption, painter: QPainter) -> None:
    """A button, or the frame of a field or list."""
    tone, state = style.tone(is_dark(option.palette)), option.state
    flag, primitive = QStyle.StateFlag, QStyle.PrimitiveElement
    fill, edge = QColor(tone.button), QColor(tone.border)
    if element in (primitive.PE_PanelLineEdit, primitive.PE_FrameLineEdit):
        fill = option.palette.base().color()
        if element == primitive.PE_FrameLineEdit:
            fill = QColor(0, 0, 0, 0)
        edge = QColor(tone.accent) if state & flag.State_HasFocus else edge
        frame = _as(option, QStyleOptionFrame, _Type.SO_Frame)
        if frame is not None and not frame.lineWidth:
            edge = QColor(0, 0, 0, 0)
    elif element == primitive.PE_Frame:
        fill = QColor(0, 0, 0, 0)
    else:
        raised = bool(state & flag.State_AutoRaise)
        on, down = bool(state & flag.State_On), bool(state & flag.State_Sunken)
        over = bool(state & flag.State_MouseOver) and bool(state & flag.State_Enabled)
        if raised and not (on or down or over):
            return
        if on:
            fill, edge = _mixed(QColor(tone.accent), fill, 0.35), QColor(tone.link)
        if down or over:
            fill = _mixed(option.palette.windowText().color(), fill, 0.16 if down else 0.07)
        if state & flag.State_HasFocus:
            edge = QColor(tone.link)
        if not state & flag.State_Enabled:
            fill.setAlpha(110)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(edge)
    painter.setBrush(fill)
    painter.drawRoundedRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5), style.GRID, style.GRID)
    painter.restore()


def _draw_tab(option: QStyleOptionTab, painter: QPainter) -> None:
    tone, state = style.tone(is_dark(option.palette)), option.state
    front = bool(state & QStyle.StateFlag.State_Selected)
    rect = QRectF(option.rect)
    if front or state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(rect, QColor(tone.button))
    if front:
        below = option.shape in (QTabBar.Shape.RoundedSouth, QTabBar.Shape.TriangularSouth)
        line = QRectF(rect.left(), rect.bottom() - 2 if not below else rect.top(), rect.width(), 2)
        painter.fillRect(line, QColor(tone.link))


def _mixed(one: QColor, other: QColor, share: float) -> QColor:
    """A colour between two: so much of the one."""
    parts = zip(one.getRgb()[:3], other.getRgb()[:3], strict=True)
    return QColor(*(round(share * a + (1 - share) * b) for a, b in parts))


def dress(app: QApplication) -> None:
    """Set the style and the font of the program, and the dark theme until another is chosen.

    There is no global style sheet: with one, Qt does not pass a changed palette on to the widgets.
    """
    app.setStyle(_Style())
    app.setFont(program_font(app.font()))


def program_font(fallback: QFont) -> QFont:
    """Inter (`resources/fonts`), with figures of equal width; the system's font if it cannot be loaded."""
    found = [QFontDatabase.addApplicationFont(str(RESOURCES / "fonts" / name)) for name in FONTS]
    if min(found) < 0:
        return with_hats(fallback)
    font = QFont(QFontDatabase.applicationFontFamilies(found[0])[0])
    font.setPixelSize(style.NORMAL)
    if hasattr(font, "setFeature"):  # from Qt 6.7 on
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


def with_hats(font: QFont) -> QFont:
    """The font with the hat of x̂0 visible: DejaVu Sans would place it lines above the x."""
    if hasattr(font, "setFeature"):  # from Qt 6.7 on
        font.setFeature(QFont.Tag("mark"), 0)
    return font


def set_scheme(name: str) -> None:
    """Use "system", "light" or "dark" colours, of this program whatever the desktop's are."""
    app = certain(QApplication.instance())
    if not isinstance(app, QApplication):
        raise TypeError("colours are for an application with windows")
    hints = certain(app.styleHints())
    hints.setColorScheme(SCHEMES[name])
    dark = name == "dark" or (name == "system" and hints.colorScheme() != Qt.ColorScheme.Light)
    app.setPalette(palette_of(style.tone(dark)))


def is_dark(palette: QPalette) -> bool:
    """Whether text is lighter than its background."""
    return palette.windowText().color().lightness() > palette.window().color().lightness()


def palette_of(tone: style.Tone) -> QPalette:
    """The colours of a theme as Qt has them."""
    palette, role = QPalette(QColor(tone.button), QColor(tone.window)), QPalette.ColorRole
    for colour, roles in (
        (tone.base, (role.Base,)),
        (tone.alternate, (role.AlternateBase,)),
        (tone.button, (role.Button, role.ToolTipBase)),
        (tone.text, (role.WindowText, role.Text, role.ButtonText, role.ToolTipText)),
        (tone.dimmed, (role.PlaceholderText,)),
        (tone.accent, (role.Highlight,)),
        (tone.link, (role.Link, role.LinkVisited)),
        (tone.border, (role.Mid, role.Midlight)),
        ("#ffffff", (role.HighlightedText,)),
    ):
        for each in roles:
            palette.setColor(each, QColor(colour))
    for each in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(tone.dimmed))
    return palette
