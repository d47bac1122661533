"""Wiring of the menus: what each action does."""

from functools import partial

from ptygui.gui.files.dialogs import KeyMapDialog, about_box
from ptygui.gui.model.comparable import MODES
from ptygui.gui.pages import COMPARISON, DATA, DEVIATIONS, POSITIONS, PROBE, STEPS
from ptygui.gui.parts import Parts
from ptygui.gui.views.object import PARTS
from ptygui.gui.widgets import theme
from ptygui.gui.widgets.menus import when_on
from ptygui.gui.widgets.plain import keyless
from ptygui.gui.wiring import following, priors, projects, settings, training
from ptygui.gui.wiring.files import load_example
from ptygui.gui.wiring.tour import show_tour

ZOOM = 1.5  # zoom factor of one key press


def connect(w: Parts) -> None:
    """Connect every action, and let switches follow the state that they switch."""
    menus, session, view = w.menus, w.session, w.object
    menus.connect(
        open=partial(w.opening.ask, "scan"), example=partial(load_example, w),
        example_chip=partial(load_example, w, "chip"), priors=partial(priors.show, w),
        open_probe=partial(w.opening.ask, "probe"), open_object=partial(w.opening.ask, "object"),
        follow_file=partial(following.ask, w),
        open_result=partial(w.opening.ask, "result"), open_project=partial(w.opening.ask, "project"),
        save_project=w.projects.save, save_project_as=w.projects.save_as,
        recover=partial(projects.recover, w), train=partial(training.show, w),
        export=w.exporter.ask, export_runs=lambda: w.run_exporter.ask(w.runs_panel.selected()),
        figure=partial(w.exporter.ask, "figure"), quit=w.close,
        undo=w.undo.undo, redo=w.undo.redo,
        reset_options=w.method_panel.reset.click, reset_settings=partial(settings.ask_reset, w),
        run=w.launcher.run, pause=w.run_panel.pause.click, step=w.launcher.step, stop=w.launcher.stop,
        go_on=w.launcher.go_on, pin=w.timeline.toggle_pin, queue=w.launcher.queue,
        simulate=w.simulator.simulate,
        stripes=view.covered.setChecked,
        auto=view.auto.setChecked, circle=view.circle.setChecked, follow=session.selection.set_follow,
        fit=view.fit, zoom_in=lambda: w.pages.zoom(ZOOM), zoom_out=lambda: w.pages.zoom(1 / ZOOM),
        explore=partial(w.show_preset, "explore"), compare=partial(w.show_preset, "compare"),
        present=partial(w.show_preset, "present"), reset_layout=w.docks.reset,
        own_layout=partial(projects.own_layout, w),
        steps_page=partial(w.show_page, STEPS), compare_page=partial(w.show_page, COMPARISON),
        seeds_page=partial(w.show_page, DEVIATIONS), data_page=partial(w.show_page, DATA),
        probe_page=partial(w.show_page, PROBE), positions_page=partial(w.show_page, POSITIONS),
        swap=lambda: w.compare.swap(),
        keys=lambda: KeyMapDialog(menus.keys(), w).open(), welcome=w.show_welcome,
        tour=partial(show_tour, w), about=lambda: about_box(w).open(),
        **{part: partial(when_on, view.set_parts, part) for part in PARTS},
        **{what: partial(when_on, view.set_beside, what) for what in ("nothing", "truth", "x_t")},
        **{name: partial(when_on, partial(settings.set_scheme, w), name) for name in theme.SCHEMES},
        **{mode: partial(when_on, lambda mode: w.compare.set_mode(mode), mode) for mode in MODES},
    )  # fmt: skip
    menus.actions["follow"].setChecked(True)
    session.selection.follow_changed.connect(menus.actions["follow"].setChecked)
    view.auto.toggled.connect(menus.actions["auto"].setChecked)
    view.circle.toggled.connect(menus.actions["circle"].setChecked)
    menus.actions["stripes"].setChecked(True)
    view.covered.toggled.connect(menus.actions["stripes"].setChecked)
    view.parts_changed.connect(lambda part: menus.actions[part].setChecked(True))
    view.beside_changed.connect(lambda what: menus.actions[what].setChecked(True))
    for name in ("undo", "redo", "own_layout"):
        menus.actions[name].setEnabled(False)
    w.undo.canUndoChanged.connect(menus.actions["undo"].setEnabled)
    w.undo.canRedoChanged.connect(menus.actions["redo"].setEnabled)
    for changed in (
        session.state_changed, w.launcher.waiting_changed, w.sweeper.started, w.sweeper.finished
    ):  # fmt: skip
        changed.connect(lambda *_: _show_going(w))
    _show_going(w)
    w.undo.undoTextChanged.connect(
        lambda text: menus.actions["undo"].setText(f"&Undo {keyless(text)}".rstrip())
    )
    w.undo.redoTextChanged.connect(
        lambda text: menus.actions["redo"].setText(f"&Redo {keyless(text)}".rstrip())
    )


def _show_going(w: Parts) -> None:
    """Enable pause and stop while something runs; a disabled action leaves its key to the focus."""
    live = w.session.state in ("running", "pausing", "paused")
    w.menus.actions["pause"].setEnabled(live)
    w.menus.actions["stop"].setEnabled(live or w.sweeper.live or w.launcher.waiting)
