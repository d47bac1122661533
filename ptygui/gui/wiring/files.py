"""Wiring of files: opening, recent files, export, and the welcome page."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ptygui.files.layout.layout import Layout
from ptygui.gui.model.new_priors import known
from ptygui.gui.model.recent_files import WEIGHTS
from ptygui.gui.parts import Parts
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.plain import keyless
from ptygui.gui.wiring import sweep_specs
from ptygui.gui.wiring.tour import show_tour

if TYPE_CHECKING:
    from ptygui.gui.files.export_dialog import ExportDialog
    from ptygui.gui.files.exports import Export
    from ptygui.gui.files.mapper import MapperDialog


def connect(w: Parts) -> None:
    """Connect the parts that open and write files."""
    w.opening.requested.connect(partial(open_as, w))
    w.opening.asked.connect(partial(_ask_kind, w))
    w.request.layout_needed.connect(lambda *asked: w.mapper.open_file(*asked))
    Parts.mapper.once(w, partial(_mapper, w))
    w.recents.changed.connect(lambda: _show_recents(w))
    w.welcome.example_requested.connect(partial(load_example, w))
    w.welcome.open_requested.connect(partial(w.opening.ask, "scan"))
    w.welcome.recent_requested.connect(w.opening.open)
    w.welcome.tour_requested.connect(partial(show_tour, w))
    w.welcome.show_at_start_changed.connect(lambda on: w.remember("start page", "yes" if on else "no"))
    w.runs_panel.columns.changed.connect(lambda titles: w.remember("hidden columns", ", ".join(titles)))
    w.object.figure_requested.connect(lambda: w.exporter.ask("figure"))
    w.curves.figure_requested.connect(lambda: w.exporter.ask("curves"))
    Parts.export_dialog.once(w, partial(_export_dialog, w, "export", w.exporter.export))
    Parts.runs_dialog.once(w, partial(_export_dialog, w, "export of runs", w.run_exporter.export))
    _show_recents(w)


def _mapper(w: Parts, mapper: "MapperDialog") -> None:
    mapper.scan_requested.connect(partial(_open_by_layout, w))
    mapper.object_requested.connect(partial(w.opening.open, kind="object"))


def _export_dialog(w: Parts, name: str, write: "Callable[[Export], None]", dialog: "ExportDialog") -> None:
    """Let a dialog write, with the formats and the folder that were chosen last."""
    dialog.export_requested.connect(write)
    dialog.export_requested.connect(partial(_remember_export, w, name, dialog))
    if w.settings is not None:
        formats, folder = (str(w.settings.value(f"{name}: {what}", "")) for what in ("formats", "folder"))
        dialog.use(formats.split(", "), folder if folder and Path(folder).is_dir() else "")


def _remember_export(w: Parts, name: str, dialog: "ExportDialog", export: "Export") -> None:
    w.remember(f"{name}: folder", str(export.folder))
    w.remember(f"{name}: formats", ", ".join(dialog.usual))


def _ask_kind(w: Parts, path: str, kinds: tuple[str, ...]) -> None:
    """Ask what a dropped file is, where its content allows more than one kind."""
    w.banner.ask(
        f"{Path(path).name} is a stack of pictures or numbers: what is it?",
        [(f"Open as {kind}", partial(w.opening.open, path, kind)) for kind in kinds],
    )


def _open_by_layout(w: Parts, path: str, layout: Layout, links: bool) -> None:
    opened = partial(w.request.open_scan, path, layout=layout, allow_links=links)
    w.deferred.ask(Path(path).name, opened)


def _show_recents(w: Parts) -> None:
    w.welcome.show_recents(list(w.recents))
    w.method_panel.show_priors(known(path for path, kind in w.recents if kind == "prior"))
    menu = w.menus.recent
    menu.clear()
    for path, kind in w.recents:
        action = certain(menu.addAction(keyless(f"{path}   ({kind})")))
        action.triggered.connect(lambda _, p=path, k=kind: w.opening.open(p, k))
    menu.addSeparator()
    certain(menu.addAction("&Clear the list")).triggered.connect(w.recents.clear)
    menu.setEnabled(bool(list(w.recents)))


def load_example(w: Parts, kind: str = "smear") -> None:
    """Load a built-in example, of `PROCEDURAL`; while a project is being read, after that."""
    w.deferred.ask("the example", partial(_load_example, w, kind))


def _load_example(w: Parts, kind: str) -> None:
    w.launcher.forget_waiting()
    w.request.drop_opening()
    w.simulator.load_example(kind)


def open_as(w: Parts, path: str, kind: str) -> None:
    """Open a file as this kind; while a project is being read, after that."""
    if kind == "project":
        w.projects.open(path)
    else:
        openers: dict[str, Callable[[str], None]] = dict.fromkeys(
            WEIGHTS, partial(w.request.set_weights, kind)
        )
        openers |= {
            "scan": w.request.open_scan,
            "probe": w.simulator.open_probe,
            "object": w.simulator.open_object,
            "result": w.projects.open_result,
            "sweep": partial(sweep_specs.open_spec, w),
        }
        w.deferred.ask(Path(path).name, partial(openers[kind], path))
