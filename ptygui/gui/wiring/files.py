"""Wiring of files: opening, recent files, export, and the welcome page."""

from functools import partial

from ptygui.gui.model.new_priors import shipped
from ptygui.gui.widgets.plain import keyless


def connect(w) -> None:
    """Connect the parts that open and write files."""
    w.opening.requested.connect(w.open)
    w.recents.changed.connect(lambda: _show_recents(w))
    w.welcome.example_requested.connect(w.load_example)
    w.welcome.open_requested.connect(partial(w.opening.ask, "scan"))
    w.welcome.recent_requested.connect(w.opening.open)
    w.welcome.tour_requested.connect(w.start_tour)
    w.welcome.show_at_start_changed.connect(lambda on: w.remember("start page", "yes" if on else "no"))
    w.object.figure_requested.connect(lambda: w.exporter.ask("figure"))
    w.sweep_view.figure_requested.connect(lambda: w.exporter.ask("figure"))
    w.curves.figure_requested.connect(lambda: w.exporter.ask("curves"))
    w.export_dialog.export_requested.connect(w.exporter.export)
    _show_recents(w)


def _show_recents(w) -> None:
    w.welcome.show_recents(list(w.recents))
    w.method_panel.show_priors([*shipped(), *(path for path, kind in w.recents if kind == "prior")])
    menu = w.menus.recent
    menu.clear()
    for path, kind in w.recents:
        action = menu.addAction(keyless(f"{path}   ({kind})"))
        action.triggered.connect(lambda _, p=path, k=kind: w.opening.open(p, k))
    menu.addSeparator()
    menu.addAction("&Clear the list").triggered.connect(w.recents.clear)
    menu.setEnabled(bool(list(w.recents)))
