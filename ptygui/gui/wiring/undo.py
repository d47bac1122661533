"""The part of the wiring that is about undo: every option and slider can be taken back."""


def connect(w) -> None:
    """Watch the panels."""
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
