"""The part of the wiring that is about undo: every option and slider can be taken back."""

from functools import partial

from ptygui.gui.specimen import Recipe
from ptygui.gui.views.object import PARTS


def connect(w) -> None:
    """Watch panels and views."""
    _panels(w)
    _views(w)


def _panels(w) -> None:
    method, simulate, run, source, undo = w.method_panel, w.simulate_panel, w.run_panel, w.source, w.undo
    method.form.value_changed.connect(undo.watch("method", method.form.value(), method.set_method))
    simulate.acquisition_changed.connect(
        undo.watch("acquisition", simulate.cost.value(), simulate.cost.set_value)
    )
    changed = undo.watch("simulation", source.options, w.put_simulation)
    simulate.options_changed.connect(changed)
    source.options_loaded.connect(changed)
    source.probe_changed.connect(undo.watch("probe", source.named_probe, source.set_probe))
    preview = simulate.auto_preview
    preview.toggled.connect(undo.watch("preview", preview.isChecked(), preview.setChecked))
    run.seed.valueChanged.connect(undo.watch("seed", run.seed.value(), run.seed.setValue))
    device = undo.watch("device", run.device.currentText(), run.device.setCurrentText)
    run.device.currentTextChanged.connect(device)
    changed_object = undo.watch("object", None, partial(_put_object, w))
    source.object_changed.connect(lambda specimen: changed_object(specimen.recipe or specimen))
    source.object_changed.connect(partial(_show_object, w))
    w.sweep_panel.changed.connect(undo.watch("sweep", w.sweep_panel.value(), w.sweep_panel.set_value))


def _put_object(w, how) -> None:
    """Have an object again, by its recipe or as it was."""
    (w.source.ask_object if isinstance(how, Recipe) else w.source.set_object)(how)


def _show_object(w, specimen) -> None:
    recipe = specimen.recipe
    if recipe is not None and recipe.kind != "file":
        w.simulate_panel.show_object(recipe.size, recipe.seed)


def _views(w) -> None:
    """How the pictures are shown; which run and step is looked at is not an option."""
    view, compare, curves, undo, actions = w.object, w.compare, w.curves, w.undo, w.menus.actions
    parts = undo.watch("pictures", view.parts, lambda part: actions[part].setChecked(True))
    for part in PARTS:
        actions[part].toggled.connect(lambda on, part=part: on and parts(part))
    view.beside_changed.connect(undo.watch("picture beside", view.beside, view.set_beside))
    compare.mode_changed.connect(undo.watch("way to compare", compare.grid.mode, compare.set_mode))
    boxes = {
        "auto levels": view.auto, "whole circle": view.circle, "align phase": view.align,
        "ramp": compare.ramp, "shift": compare.shift, "profile": compare.profile_box, "FRC": compare.frc_box,
    }  # fmt: skip
    boxes |= {f"plot of {box.text()}": box for box in curves.boxes.values()}
    for name, box in boxes.items():
        box.toggled.connect(undo.watch(name, box.isChecked(), box.setChecked))
    for name, slider in (("wipe", compare.wipe), ("time shown", compare.period)):
        slider.valueChanged.connect(undo.watch(name, slider.value(), slider.setValue))
    sweep, log = w.sweep_view, curves.log
    for name, axis in (("axis", curves.axis), ("axis of the sweep", sweep.axis)):
        axis.currentIndexChanged.connect(undo.watch(name, axis.currentIndex(), axis.setCurrentIndex))
    sweep.asked_changed.connect(undo.watch("score and threshold", sweep.asked(), sweep.ask))
    sweep.hidden_changed.connect(undo.watch("curves drawn", sweep.hidden(), sweep.hide_curves))
    # each run that is shown sets the box by itself: what it was is known when it is pressed
    log.pressed.connect(lambda: undo.put("log x", log.isChecked(), log.setChecked))
    log.clicked.connect(undo.watch("log x", log.isChecked(), curves.set_log))
