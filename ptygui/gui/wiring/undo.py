"""Wiring of undo: every change of an option or slider can be undone."""

from functools import partial

from ptygui.gui.late_parts import LATE_VIEWS
from ptygui.gui.model.specimen import Recipe, Specimen
from ptygui.gui.parts import Parts
from ptygui.gui.views.view import ViewOption
from ptygui.gui.wiring.scans import put_simulation
from ptygui.gui.wiring.view_options import view_options


def connect(w: Parts) -> None:
    """Watch panels and views."""
    _panels(w)
    _views(w)


def _panels(w: Parts) -> None:
    simulate, request, source, undo = w.simulate_panel, w.request, w.simulator, w.undo
    request.method_changed.connect(undo.watch("method", request.method, request.set_method))
    request.acquisition_changed.connect(
        undo.watch("acquisition", request.acquisition, request.set_acquisition)
    )
    changed = undo.watch("simulation", source.options, partial(put_simulation, w))
    simulate.options_changed.connect(changed)
    source.options_loaded.connect(changed)
    source.probe_changed.connect(undo.watch("probe", source.named_probe, source.set_probe))
    changed_thinning = undo.watch("thinning", request.thinning, request.set_thinning)
    simulate.thinning_changed.connect(changed_thinning)
    w.thinner.loaded.connect(lambda thinning: undo.put("thinning", thinning, lambda _: None))
    request.preview_changed.connect(undo.watch("preview", request.preview, request.set_preview))
    request.settings_changed.connect(undo.watch("settings", request.settings, request.set_settings))
    changed_object = undo.watch("object", None, partial(_put_object, w))
    source.object_changed.connect(lambda specimen: changed_object(specimen.recipe or specimen))
    source.object_changed.connect(partial(_show_object, w))
    request.sweep_changed.connect(undo.watch("sweep", request.sweep, request.set_sweep))


def _put_object(w: Parts, how: Recipe | Specimen) -> None:
    """Restore an object, by its recipe or as an array."""
    if isinstance(how, Recipe):
        w.simulator.ask_object(how)
    else:
        w.simulator.set_object(how)


def _show_object(w: Parts, specimen: Specimen) -> None:
    recipe = specimen.recipe
    if recipe is not None and recipe.kind != "file":
        w.simulate_panel.show_object(recipe.size, recipe.seed, recipe.procedural.kind)


def _views(w: Parts) -> None:
    """Watch how the pictures are shown; which run and step is shown is not an option."""
    undo, curves, log = w.undo, w.curves, w.curves.log
    _watch(w, view_options(w))
    for late in LATE_VIEWS:
        late.once(w, lambda view: _watch(w, view.options()))
    Parts.sweep_view.once(
        w,
        lambda view: view.hidden_changed.connect(undo.watch("curves drawn", view.hidden(), view.hide_curves)),
    )
    # each shown run sets the box automatically: the old value is known when it is pressed
    log.pressed.connect(lambda: undo.put("log x", log.isChecked(), log.setChecked))
    log.clicked.connect(undo.watch("log x", log.isChecked(), curves.set_log))


def _watch(w: Parts, options: dict[str, ViewOption]) -> None:
    for name, option in options.items():
        changed = w.undo.watch(name, option.get(), option.put)
        option.changed.connect(lambda *_, changed=changed, get=option.get: changed(get()))
