"""DockLayout: positions of the docks of a window, as plain values that can be written to a file and checked.

Qt's own `saveState` gives bytes that its `restoreState` trusts; bytes from an untrusted file can crash the
program. Here every value is checked, and only ordinary calls such as `tabifyDockWidget` are made.

    {"version": 4, "floating": {"log": [x, y, width, height]},
     "groups": [{"area": "left", "docks": ["run", "log"], "front": "log", "rect": [0, 30, 384, 400]}, ...]}

A group is one dock or several tabbed ones; docks that are not named are hidden.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from PyQt6.QtCore import QRect, Qt
from PyQt6.QtWidgets import QApplication, QDockWidget, QMainWindow, QTabBar

from ptygui.errors import InputError
from ptygui.gui.widgets.certain import certain

VERSION = 4  # of the layout and of the set of docks; 2 was Qt's bytes
_AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea, "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "top": Qt.DockWidgetArea.TopDockWidgetArea, "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}  # fmt: skip
_ACROSS, _DOWN = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
_MOST = 100_000  # px, of any coordinate

Rect = tuple[int, int, int, int]  # x, y, width, height [px]


@dataclass(frozen=True)
class Group:
    """Docks that share a place: its area, the tabs in order, the one in front, and its rectangle."""

    area: str
    docks: tuple[str, ...]
    front: str
    rect: Rect


@dataclass(frozen=True)
class DockLayout:
    """All visible docks."""

    groups: tuple[Group, ...] = ()
    floating: dict[str, Rect] = field(default_factory=dict)

    @classmethod
    def read(cls, value: Any, names: Sequence[str]) -> "DockLayout":
        """Check plain values in the form that `asdict` returns.

        Raises
        ------
        InputError
            If a value is invalid, or a dock is not one of `names` or has two places.
        """
        said = _table("the layout", value)
        if said.get("version") != VERSION:
            raise InputError(
                f"the layout of the docks is of version {said.get('version')!r}, this program reads {VERSION}"
            )
        groups = said.get("groups")
        if not isinstance(groups, list) or len(groups) > len(names):
            raise InputError(f"groups is {_short(groups)}, expected a list of at most {len(names)} groups")
        layout = cls(
            tuple(_group(group, names) for group in groups),
            {
                _name(name, names): _rect(rect)
                for name, rect in _table("floating", said.get("floating")).items()
            },
        )
        seen = [name for group in layout.groups for name in group.docks] + list(layout.floating)
        if len(set(seen)) < len(seen):
            raise InputError(f"a dock has two places: {', '.join(seen)}")
        return layout

    def asdict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        groups = [
            {"area": g.area, "docks": list(g.docks), "front": g.front, "rect": list(g.rect)}
            for g in self.groups
        ]
        floating = {name: list(rect) for name, rect in self.floating.items()}
        return {"version": VERSION, "groups": groups, "floating": floating}

    def places(self) -> tuple[frozenset[tuple[str, frozenset[str]]], frozenset[str]]:
        """The place of each dock and its neighbours, without sizes or which tab is in front."""
        together = frozenset((group.area, frozenset(group.docks)) for group in self.groups)
        return together, frozenset(self.floating)


def _group(value: Any, names: Sequence[str]) -> Group:
    said = _table("a group", value)
    area, docks, front = said.get("area"), said.get("docks"), said.get("front")
    if not isinstance(area, str) or area not in _AREAS:
        raise InputError(f"area is {_short(area)}, expected one of {', '.join(_AREAS)}")
    if not isinstance(docks, list) or not 1 <= len(docks) <= len(names):
        raise InputError(f"docks is {_short(docks)}, expected a list of names")
    docks = tuple(_name(name, names) for name in docks)
    if not isinstance(front, str) or front not in docks:
        raise InputError(f"front is {_short(front)}, expected one of {', '.join(docks)}")
    return Group(area, docks, front, _rect(said.get("rect")))


def _name(value: Any, names: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in names:
        raise InputError(f"there is no dock {_short(value)}, only {', '.join(names)}")
    return value


def _rect(value: Any) -> Rect:
    whole = isinstance(value, list) and len(value) == 4 and all(type(n) is int for n in value)
    if not whole or max(map(abs, value)) > _MOST or min(value[2:]) < 1:
        raise InputError(f"rect is {_short(value)}, expected x, y, width, height in px, at most {_MOST}")
    return tuple(value)


def _table(what: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{what} is {_short(value)}, expected names with values")
    return value


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"


# ---------------------------------------------------------------------- reading a window


def layout_of(window: QMainWindow, docks: Mapping[str, QDockWidget]) -> DockLayout:
    """The present layout of a window."""
    _settle(window)
    areas = {area: name for name, area in _AREAS.items()}
    seen = {name: dock for name, dock in docks.items() if not dock.isHidden()}
    floating = {name: _of(dock.geometry()) for name, dock in seen.items() if dock.isFloating()}
    groups, done = [], set(floating)
    for name, dock in seen.items():
        area = areas.get(window.dockWidgetArea(dock))
        if name in done or area is None:
            continue
        beside = window.tabifiedDockWidgets(dock)
        mates = [other for other, its in seen.items() if other not in floating and its in (dock, *beside)]
        done.update(mates)
        # Qt places the tabs behind the front one at negative coordinates
        front = next((other for other in mates if docks[other].geometry().bottom() >= 0), name)
        rect = docks[front].geometry()
        bar = _bar(window, rect) if len(mates) > 1 else None
        if bar is not None:
            tabs = [bar.tabText(place) for place in range(bar.count())]
            titles = {other: docks[other].windowTitle() for other in mates}
            mates.sort(key=lambda other: [*tabs, titles[other]].index(titles[other]))
            rect = rect.united(bar.geometry())
        groups.append(Group(area, tuple(mates), front, _of(rect)))
    return DockLayout(tuple(groups), floating)


def _settle(window: QMainWindow) -> None:
    """Process what Qt postpones to the event loop; a window not yet shown has no sizes of its docks."""
    if window.isVisible():
        certain(window.layout()).activate()


def _bar(window: QMainWindow, rect: QRect) -> QTabBar | None:
    """The bar with the tabs of docks that have this rectangle: the one right below."""
    bars = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    below = [bar for bar in bars if bar.x() == rect.x() and 0 < bar.y() - rect.bottom() < bar.height()]
    return below[-1] if below else None  # Qt keeps old tab bars


def _of(rect: QRect) -> Rect:
    return rect.x(), rect.y(), max(rect.width(), 1), max(rect.height(), 1)


# ---------------------------------------------------------------------- arranging a window


@dataclass
class _Cell:
    """Part of an area: tabbed docks, or cells next to one another; `front` is a visible dock of it."""

    docks: list[str]
    front: str | None = None
    rect: Rect | None = None
    along: Qt.Orientation | None = None
    parts: list["_Cell"] = field(default_factory=list)

    @property
    def first(self) -> str:
        return self.docks[0] if not self.parts else self.parts[0].first

    def leaves(self) -> Iterator["_Cell"]:
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


def arrange(
    window: QMainWindow,
    docks: Mapping[str, QDockWidget],
    layout: DockLayout,
    homes: Mapping[str, tuple[Qt.DockWidgetArea, str]],
) -> None:
    """Arrange the docks of a window as in a layout.

    Parameters
    ----------
    homes : mapping of str to (area, str)
        Initial area of each dock, and the first of those that it is initially tabbed with, in order. Hidden
        and floating docks go there, since Qt does not report where else they would come back.
    """
    cells = {name: _cut([g for g in layout.groups if g.area == name]) for name in _AREAS}
    leaves = {name: leaf for cell in cells.values() if cell for leaf in cell.leaves() for name in leaf.docks}
    for name in homes:
        if name not in leaves:
            _add_home(name, homes, cells, leaves)
    for dock in docks.values():
        dock.setFloating(False)
        window.removeDockWidget(dock)
    for name, cell in cells.items():
        if cell is not None:
            window.addDockWidget(_AREAS[name], docks[cell.first])
            _split(window, docks, cell)
    fronts = [group.front for group in layout.groups]
    shown = {name for group in layout.groups for name in group.docks} | set(layout.floating)
    for name, dock in docks.items():
        dock.setVisible(name in shown)
    for name, rect in layout.floating.items():
        docks[name].setFloating(True)
        docks[name].setGeometry(_on_screen(window, QRect(*rect)))
    if not window.isVisible():  # otherwise there are no tabs yet to bring to the front
        certain(window.layout()).setGeometry(window.rect())
    for name in fronts:
        docks[name].raise_()
    for cell in cells.values():
        if cell is not None:
            _size(window, docks, cell)
    _settle(window)


def _cut(groups: Sequence[Group]) -> _Cell | None:
    """The cells of an area, found by cutting between the rectangles, vertically or horizontally."""
    return _cells(groups) if groups else None


def _cells(groups: Sequence[Group]) -> _Cell:
    if len(groups) == 1:
        (one,) = groups
        return _Cell(list(one.docks), one.front, one.rect)
    parts, along = _apart(groups, 0), _ACROSS
    if len(parts) == 1:
        parts, along = _apart(groups, 1), _DOWN
    if len(parts) == 1:  # they overlap, which docks of Qt never do
        parts = [[group] for group in groups]
    return _Cell([], None, _around(groups), along, [_cells(part) for part in parts])


def _apart(groups: Sequence[Group], k: int) -> list[list[Group]]:
    """Groups in rows that do not overlap along x (k = 0) or y (k = 1), in order."""
    ordered = sorted(groups, key=lambda group: group.rect[k])
    parts, end = [[ordered[0]]], ordered[0].rect[k] + ordered[0].rect[k + 2]
    for group in ordered[1:]:
        if group.rect[k] >= end:
            parts.append([])
        parts[-1].append(group)
        end = max(end, group.rect[k] + group.rect[k + 2])
    return parts


def _around(groups: Sequence[Group]) -> Rect:
    rect = QRect(*groups[0].rect)
    for group in groups[1:]:
        rect = rect.united(QRect(*group.rect))
    return _of(rect)


def _add_home(
    name: str,
    homes: Mapping[str, tuple[Qt.DockWidgetArea, str]],
    cells: dict[str, _Cell | None],
    leaves: dict[str, _Cell],
) -> None:
    """Add a hidden dock: as a tab of those that it is initially tabbed with, else in their order."""
    area, first = homes[name]
    mate = next((leaves[other] for other in homes if homes[other][1] == first and other in leaves), None)
    if mate is not None:
        mate.docks.append(name)
        leaves[name] = mate
        return
    leaf = leaves[name] = _Cell([name])
    (key,) = (key for key, value in _AREAS.items() if value == area)
    along = _DOWN if key in ("left", "right") else _ACROSS
    there = cells[key]
    if there is None:
        cells[key] = leaf
        return
    if there.along != along:
        there = cells[key] = _Cell([], None, there.rect, along, [there])
    order = list(homes)
    later = set(order[order.index(name) :])
    place = next(
        (k for k, part in enumerate(there.parts) if any(later & set(leaf.docks) for leaf in part.leaves())),
        len(there.parts),
    )
    there.parts.insert(place, leaf)


def _split(window: QMainWindow, docks: Mapping[str, QDockWidget], cell: _Cell) -> None:
    """Place the docks of a cell, the first of which is already in place."""
    for one, other in zip(cell.parts, cell.parts[1:], strict=False):
        window.splitDockWidget(docks[one.first], docks[other.first], certain(cell.along))
    for part in cell.parts:
        _split(window, docks, part)
    for before, after in pairwise(cell.docks):
        window.tabifyDockWidget(docks[before], docks[after])


def _size(window: QMainWindow, docks: Mapping[str, QDockWidget], cell: _Cell) -> None:
    """Resize the visible docks of a cell, from the outside inwards."""
    fronts = _seen(cell)
    if not fronts:
        return
    for along, k in ((_ACROSS, 2), (_DOWN, 3)):
        if cell.along != along:
            window.resizeDocks([docks[fronts[0]]], [certain(cell.rect)[k]], along)
    parts = [part for part in cell.parts if _seen(part)]
    if parts:
        k = 2 if cell.along == _ACROSS else 3
        window.resizeDocks(
            [docks[_seen(part)[0]] for part in parts],
            [certain(part.rect)[k] for part in parts],
            certain(cell.along),
        )
    for part in parts:
        if part.parts:
            _size(window, docks, part)


def _seen(cell: _Cell) -> list[str]:
    return [leaf.front for leaf in cell.leaves() if leaf.front is not None]


def _on_screen(window: QMainWindow, rect: QRect) -> QRect:
    """A rectangle no larger than the screen and within reach."""
    screen = certain(QApplication.screenAt(rect.center()) or window.screen()).availableGeometry()
    rect.setSize(rect.size().boundedTo(screen.size()))
    rect.moveLeft(min(max(rect.left(), screen.left()), screen.right() - rect.width() + 1))
    rect.moveTop(min(max(rect.top(), screen.top()), screen.bottom() - rect.height() + 1))
    return rect
