"""Wiring of how pictures are drawn: what is chosen for one holds for all of its kind, and is remembered."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from PyQt6.QtWidgets import QFileDialog, QWidget

from ptygui.figures.colours import PHASE
from ptygui.gui.model.display import Display
from ptygui.gui.parts import Parts
from ptygui.gui.views.canvas import Canvas, Saved
from ptygui.gui.views.colour_bar import ColourBar

_KEY = "pictures of {}"


def connect(w: Parts) -> None:
    """Share displays by their kind, restore and remember them; save pictures."""
    displays: dict[str, Display] = {}
    share = partial(_share, w, displays)
    for view in (w.object, w.residual, w.curves, w.map, w.probe):
        share(view)
    phases = displays["phase"]  # the small probe has no bar of its own
    phases.changed.connect(lambda: w.probe.colour_phase(phases.map_named(PHASE)))
    w.probe.colour_phase(phases.map_named(PHASE))
    for late in (Parts.compare, Parts.deviations, Parts.data, Parts.modes, Parts.positions, Parts.sweep_view):
        late.once(w, share)


def _share(w: Parts, displays: dict[str, Display], view: QWidget) -> None:
    """Let a view draw its pictures as others of their kinds are drawn."""
    canvases = view.findChildren(Canvas)
    if isinstance(view, Canvas):
        canvases.append(view)
    for canvas in canvases:
        canvas.save_requested.connect(partial(_ask_save, w, canvas))
    for bar in _bars(view, *canvases):
        kind = bar.display.kind
        if not kind:
            continue
        if kind not in displays:
            display = displays[kind] = Display(kind, w)
            if w.settings is not None:
                display.restore(w.settings.value(_KEY.format(kind)))
            display.changed.connect(partial(_remember, w, display))
        bar.use(displays[kind])


def _bars(*owners: QWidget) -> Iterator[ColourBar]:
    """The colour bars of views and of their pictures, also those that are not in sight."""
    for owner in owners:
        bars = getattr(owner, "bars", ())
        for bar in bars.values() if isinstance(bars, dict) else bars:
            if isinstance(bar, ColourBar):
                yield bar


def _remember(w: Parts, display: Display) -> None:
    w.remember(_KEY.format(display.kind), display.kept())


def _ask_save(w: Parts, canvas: Canvas, saved: Saved) -> None:
    from ptygui.export.picture import FORMATS

    before, ending = (_recalled(w, f"picture: {what}") for what in ("folder", "kind"))
    folder = Path(before) if before and Path(before).is_dir() else Path.home()
    ending = ending if ending in FORMATS else ".png"
    kinds = [f"{said} (*{ending})" for ending, said in FORMATS.items()]
    name = "".join(c if c.isalnum() or c in "-_" else "_" for c in saved.title.split("[")[0].strip(" ·"))
    path, kind = QFileDialog.getSaveFileName(
        w, "Save this picture", str(folder / f"{name or 'picture'}{ending}"), ";;".join(kinds),
        kinds[list(FORMATS).index(ending)],
    )  # fmt: skip
    if not path:
        return
    if not Path(path).suffix and kind in kinds:
        path += list(FORMATS)[kinds.index(kind)]
    w.remember("picture: folder", str(Path(path).parent))
    w.remember("picture: kind", Path(path).suffix)
    grids = [page.grid for page in (Parts.compare.built(w), Parts.deviations.built(w)) if page is not None]
    of_object = canvas in (w.object.canvas, *grids)
    scan = w.session.viewed_scan if of_object else None
    saving = _save(w, Path(path), saved, None if scan is None else scan.pixel_size_m)
    w.jobs.start(f"writing {Path(path).name}", saving)


def _recalled(w: Parts, key: str) -> str:
    return "" if w.settings is None else str(w.settings.value(key, ""))


async def _save(w: Parts, path: Path, saved: Saved, pixel_size_m: float | None) -> None:
    from ptygui.export.picture import write_picture

    written = await asyncio.to_thread(write_picture, path, saved.values, saved.colours, pixel_size_m)
    w.session.noted.emit(f"written: {written}")
