"""Settings of panels and views as plain values: what a project stores of the window."""

from collections.abc import Callable, Hashable
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from ptygui.errors import InputError
from ptygui.experiment.settings import RunSettings
from ptygui.experiment.thinning import Thinning
from ptygui.gui.model.specimen import Recipe
from ptygui.gui.model.sweep_request import SweepRequest
from ptygui.gui.parts import Parts
from ptygui.gui.views.view import ViewOption
from ptygui.gui.wiring.view_options import view_options
from ptygui.methods import method_named
from ptygui.options import current_names, options_of
from ptygui.physics.overlap import Acquisition
from ptygui.physics.probe import Pupil
from ptygui.physics.simulate import Simulation
from ptygui.scan import Scan


def panel_options(w: Parts) -> dict[str, Any]:
    """Options of all panels of a window."""
    request = w.request
    methods = request.remembered()
    return {
        "methods": {method.key(): method.asdict() for method in methods},
        "method": methods[-1].key(),
        "simulation": w.simulator.options.asdict(),
        "acquisition": request.acquisition.asdict(),
        "preview": request.preview,
        "thinning": w.thinner.present.asdict(),
        **request.settings.asdict(),
        "made": _made(w),
        "views": w.kept_options | {name: option.get() for name, option in view_options(w).items()},
        "log x": w.curves.log_x,
        "compared": w.kept_choice if (view := Parts.compare.built(w)) is None else view.picked(),
        "sweep": request.sweep.asdict(),
        "page": w.pages.currentIndex(),
        "open sweeps": w.runs_panel.open_sweeps(),
    }


def put_panel_options(w: Parts, options: dict[str, Any]) -> list[str]:
    """Set the values of `panel_options`; unknown or invalid ones are skipped, and named in the result."""
    request, refused = w.request, []

    def put(name: str, act: Callable[[Any], object]) -> None:
        if name in options:
            try:
                act(options[name])
            except (InputError, TypeError, ValueError, AttributeError, KeyError, OverflowError) as error:
                refused.append(f"{name} of the project is not used ({error})")

    def put_methods(methods: dict[str, Any]) -> None:
        for key, said in methods.items():
            _put_method(w, key, said)

    put("methods", put_methods)
    put("method", lambda key: _put_method(w, key, options["methods"][key]))
    put("simulation", lambda said: _put_simulation(w, said, options.get("made") or {}))
    put("acquisition", lambda said: request.set_acquisition(Acquisition.read(said)))
    put("preview", request.set_preview)
    put("thinning", partial(_put_thinning, w))
    for option in options_of(RunSettings):
        put(option.name, partial(_put_setting, w, option.name))
    put("views", lambda said: _put_views(w, said))
    put("log x", w.curves.set_log)
    put("compared", partial(_put_compared, w))
    put("sweep", lambda said: request.set_sweep(SweepRequest.read(said)))
    put("page", w.pages.setCurrentIndex)
    put("open sweeps", w.runs_panel.open_only)
    return refused


def _put_method(w: Parts, key: str, options: dict[str, Any]) -> None:
    w.request.set_method(method_named(key).read(options))


def _put_thinning(w: Parts, said: dict[str, Any]) -> None:
    if w.request.scan is not None:
        w.thinner.adopt(w.request.scan, Thinning.read(said))


def _put_setting(w: Parts, name: str, said: Any) -> None:
    w.request.change_settings(**{name: said})


def _put_views(w: Parts, said: dict[str, Any]) -> None:
    w.kept_options = dict(said)
    put_view_options(w, view_options(w))


def put_view_options(w: Parts, options: dict[str, ViewOption]) -> None:
    """Set what a project says of these views."""
    for name, option in options.items():
        if name in w.kept_options:
            option.put(w.kept_options.pop(name))


def _put_compared(w: Parts, said: dict[str, Any]) -> None:
    w.kept_choice = {name: _key(said.get(name)) for name in "ab"}
    if (view := Parts.compare.built(w)) is not None:
        view.pick(**w.kept_choice)


def _key(said: Any) -> Hashable:
    """The key of something to compare, which JSON turns into a list."""
    return tuple(said) if isinstance(said, list) else said


def _made(w: Parts) -> dict[str, Any] | None:
    """How to make object and probe of the present scan again, as far as known."""
    made = w.simulator.made(w.request.scan)
    if made is None:
        return None
    _, specimen, named = made
    return {
        "object": specimen.recipe and asdict(specimen.recipe),
        "probe": named.name,
        "pupil": named.pupil and named.pupil.asdict(),
    }


def _put_simulation(w: Parts, said: dict[str, Any], made: dict[str, Any]) -> None:
    options, request = replace(w.simulator.options, **current_names(Simulation, said)), w.request
    recipe = Recipe(**made["object"]) if made.get("object") else None
    pupil = Pupil.read(made["pupil"]) if made.get("pupil") else None
    scan = request.scan
    if request.source.simulated and isinstance(scan, Scan) and scan.truth is not None:
        w.simulator.adopt(scan, options, recipe, made.get("probe", ""), pupil)
    else:
        w.simulate_panel.set_options(options)
        w.simulator.hold()
