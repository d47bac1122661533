"""What the panels and views ask for, as plain values: what a project keeps of the window."""

from dataclasses import asdict, replace
from typing import Any

from ptygui.errors import InputError
from ptygui.gui.panels.sweep import SweepRequest
from ptygui.methods import method_named
from ptygui.physics.overlap import Acquisition


def panel_options(w) -> dict[str, Any]:
    """Options of all panels of a window."""
    methods = w.method_panel.remembered()
    return {
        "methods": {method.key(): method.asdict() for method in methods},
        "method": methods[-1].key(),
        "simulation": w.source.options.asdict(),
        "acquisition": w.simulate_panel.cost.value().asdict(),
        "preview": w.simulate_panel.auto_preview.isChecked(),
        "seed": w.run_panel.seed.value(),
        "device": w.run_panel.device.currentText(),
        "parts": w.object.parts,
        "beside": w.object.beside,
        "auto": w.object.auto.isChecked(),
        "circle": w.object.circle.isChecked(),
        "sweep": asdict(w.sweep_panel.value()),
        "page": w.pages.currentIndex(),
    }


def put_panel_options(w, options: dict[str, Any]) -> list[str]:
    """Set what `panel_options` gave; what this version does not know is left, and named in the answer."""
    refused = []

    def put(name: str, act) -> None:
        if name in options:
            try:
                act(options[name])
            except (InputError, TypeError, ValueError, AttributeError, KeyError, OverflowError) as error:
                refused.append(f"{name} of the project is left as it was ({error})")

    put("methods", lambda methods: [_put_method(w, key, said) for key, said in methods.items()])
    put("method", lambda key: _put_method(w, key, options["methods"][key]))
    put("simulation", lambda said: _put_simulation(w, said))
    put("acquisition", lambda said: w.simulate_panel.cost.set_value(Acquisition(**said)))
    put("preview", w.simulate_panel.auto_preview.setChecked)
    put("seed", w.run_panel.seed.setValue)
    put("device", w.run_panel.device.setCurrentText)
    for name in ("parts", "beside"):
        put(name, lambda choice: w.menus.actions[choice].setChecked(True))
    put("auto", w.object.auto.setChecked)
    put("circle", w.object.circle.setChecked)
    put("sweep", lambda said: w.sweep_panel.set_value(SweepRequest(**said)))
    put("page", w.pages.setCurrentIndex)
    return refused


def _put_method(w, key: str, options: dict[str, Any]) -> None:
    w.method_panel.set_method(method_named(key)(**options))


def _put_simulation(w, said: dict[str, Any]) -> None:
    options, session = replace(w.source.options, **said), w.session
    if session.path is None and session.scan is not None and session.scan.truth is not None:
        w.source.adopt(session.scan, options)
    else:
        w.simulate_panel.set_options(options)
        w.source.hold()
