"""Wiring of the choice of a prior: the list, the ranking behind the runs, and what is said in the panel."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ptygui import methods
from ptygui.experiment.ranking import Ranking
from ptygui.gui.background.latest import Latest
from ptygui.gui.model.new_priors import called, known
from ptygui.gui.parts import Parts
from ptygui.methods import Method
from ptygui.methods.prior_based import PriorBased
from ptygui.prior.entry import PriorEntry
from ptygui.scan import Geometry, Scan

if TYPE_CHECKING:
    from ptygui.gui.panels.priors import PriorsDialog

_KEY = "rank priors"  # of the settings


def connect(w: Parts) -> None:
    """Connect list, ranking and the line in the method panel."""
    request, ranker = w.request, w.ranker
    entries, said = Latest(w.jobs, w), Latest(w.jobs, w)
    entries.answered.connect(partial(_list, w))
    said.answered.connect(lambda told: w.method_panel.show_prior(*told))
    w.method_panel.priors_requested.connect(partial(_show, w, entries))
    w.recents.changed.connect(lambda: ranker.set_priors(_known(w)))
    ranker.set_priors(_known(w))
    for changed in (request.method_changed, request.source_changed, ranker.ranked):
        changed.connect(lambda *_: _tell(w, said))
    w.recents.changed.connect(partial(_update, w, entries))
    ranker.ranked.connect(lambda *_: _show_ranking(w))
    request.source_changed.connect(lambda _: _show_ranking(w))
    Parts.priors_dialog.once(w, partial(_dialog, w, said))
    w.session.run_started.connect(lambda _: ranker.stop())
    w.session.driver.ended.connect(ranker.follow)
    ranker.failed.connect(lambda error: w.log.add(f"the priors were not ranked: {error}", "error"))


def begin(w: Parts) -> None:
    """Rank priors by itself behind the runs, unless that was switched off."""
    on = w.settings is None or w.settings.value(_KEY, "yes") == "yes"
    w.ranker.automatic = on


def show(w: Parts) -> None:
    """Show the list of priors."""
    w.method_panel.priors_requested.emit()


def _dialog(w: Parts, said: Latest, dialog: "PriorsDialog") -> None:
    ranker = w.ranker
    dialog.automatic.setChecked(ranker.automatic)
    dialog.chosen.connect(partial(_use, w))
    dialog.folder_requested.connect(partial(w.opening.ask, "prior"))
    dialog.measure_requested.connect(partial(_measure, w))
    dialog.stop_requested.connect(ranker.stop)
    dialog.automatic_changed.connect(partial(_set_automatic, w))
    ranker.measuring_changed.connect(dialog.show_measuring)
    said.answered.connect(lambda told: dialog.show_reason(told[0]))
    _tell(w, said)


def _known(w: Parts) -> list[str]:
    """Names and folders of all priors to choose from."""
    return known(path for path, kind in w.recents if kind == "prior")


def _show(w: Parts, entries: Latest) -> None:
    w.priors_dialog.show_reading()
    _read(w, entries)
    w.priors_dialog.show()
    _show_ranking(w)
    w.priors_dialog.raise_()
    w.priors_dialog.activateWindow()


def _update(w: Parts, entries: Latest) -> None:
    dialog = Parts.priors_dialog.built(w)
    if dialog is not None and dialog.isVisible():
        _read(w, entries)


def _read(w: Parts, entries: Latest) -> None:
    """Read what the priors are, outside the GUI thread."""
    folders = [path for path, kind in w.recents if kind == "prior"]
    entries.ask(lambda: _entries(folders, w.request.method, w.request.scan))


def _entries(folders: Sequence[str], method: Method, scan: Geometry | None) -> tuple[list[PriorEntry], str]:
    """All priors, and the name of the one that is used now; needs no torch."""
    from ptygui.prior.catalogue import catalogue, entry_of

    used = method.prior_of("" if scan is None else scan.specimen) if isinstance(method, PriorBased) else ""
    found = list(catalogue(folders))
    same = [entry.name for entry in found if used and entry.folder == entry_of(used).folder]
    return found, same[0] if same else used


def _list(w: Parts, answer: tuple[list[PriorEntry], str]) -> None:
    w.priors_dialog.show_priors(*answer)


def _show_ranking(w: Parts) -> None:
    scan, dialog = w.request.scan, Parts.priors_dialog.built(w)
    if dialog is None:
        return
    why_not = "" if isinstance(scan, Scan) else "There is no scan with diffraction patterns to rank them on."
    dialog.show_ranking(w.ranker.of(scan), why_not)


def _measure(w: Parts) -> None:
    """Rank now; while a run is live, after it."""
    scan = w.request.scan
    if not isinstance(scan, Scan):
        return
    if w.session.live:
        w.session.noted.emit("priors are ranked when no run is live: press again when it has ended")
    else:
        w.ranker.measure(scan, w.request.settings.device)


def _set_automatic(w: Parts, on: bool) -> None:
    w.ranker.automatic = on
    if w.settings is not None:
        w.settings.setValue(_KEY, "yes" if on else "no")


def _use(w: Parts, name: str) -> None:
    """Let the active method use a prior; the usual diffusion if it takes none."""
    method = w.request.method
    if not isinstance(method, PriorBased):
        method = next(kept for cls in methods.METHODS if isinstance(kept := w.request.kept(cls), PriorBased))
    w.request.set_method(replace(method, prior=name))


def _tell(w: Parts, said: Latest) -> None:
    """Say which prior is used."""
    scan = w.request.scan
    said.ask(partial(_told, w.request.method, scan, w.ranker.of(scan)))


def _told(method: Method, scan: Geometry | None, ranking: Ranking | None) -> tuple[str, str]:
    """Which prior is used and why; and the ranking on the scan."""
    if not isinstance(method, PriorBased) or scan is None:
        return "", ""
    why = method.reason(scan.specimen) or f"The prior is {called(method.prior)}, as chosen."
    if ranking is None or not ranking.done or not ranking.candidates:
        return why, ""
    scores = ", ".join(f"{c.name} {c.deviance:.3g}" for c in ranking.candidates)
    return why, f"Ranked on this scan: {scores} (1: photon noise)."
