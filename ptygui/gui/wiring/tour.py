"""The stops of the tour: the parts of the window, and the text about each."""

from functools import partial

from PyQt6.QtWidgets import QWidget

from ptygui import methods
from ptygui.gui.pages import COMPARISON, DATA, STEPS
from ptygui.gui.parts import Parts
from ptygui.gui.widgets.welcome import Tour

_STOPS = (
    (
        "scan",
        "<b>A scan.</b> Open your own (Ctrl+O, or drop it anywhere) or load the example. Its "
        "patterns, probe, step and overlap are listed below.",
    ),
    (
        "simulate",
        "<b>Overlap.</b> Drag the slider: footprints, number of patterns and data per unknown follow; "
        "the scan is simulated when it stops and, with <i>preview</i> ticked, reconstructed.",
    ),
    (
        "probe",
        "<b>Probe.</b> From a file, by name, or from a pupil: change radius, stop or defocus; amplitude, "
        "phase, far field and diameters follow at once.",
    ),
    (
        "method",
        "<b>A method and its options.</b> {methods}. Each option "
        "has a tooltip and an arrow that resets it; Ctrl+Z undoes.",
    ),
    (
        "checks",
        "<b>Marks.</b> Each step bears a mark; what is missing or inconsistent stands above them, each "
        "with a one-click fix.",
    ),
    (
        "run",
        "<b>Run</b> with Ctrl+R. Pause (Ctrl+P), change an option and resume: the run records it. "
        "Esc stops at once and keeps the steps.",
    ),
    (
        "steps",
        "<b>Steps.</b> Arrow keys walk the recorded steps, Space plays, K pins, F follows the live run. "
        "T and X show the truth or the noisy state x_t beside x̂0, the estimate. Ctrl+Shift+R branches here.",
    ),
    (
        "curves",
        "<b>Curves</b> of NRMSE, SSIM, misfit and more; a click goes to that step.",
    ),
    (
        "runs",
        "<b>Runs.</b> Each is kept: repeat it, compare it, rename it with F2, delete it with undo. A ⚠ at "
        "its misfit means that prior, probe or positions do not fit the data: <b>Judge</b>, over the "
        "pictures, tells which.",
    ),
    (
        "comparison",
        "<b>Comparison</b> (Alt+2) of any two results, or of one and the truth: wipe, blink, side by side, "
        "difference; profiles and ring correlation. <b>Deviations</b> (Alt+3) over seeds are the next page.",
    ),
    (
        "data",
        "<b>Data</b> (Alt+5): what a scan holds. <b>Probe</b> (Alt+6) and <b>Positions</b> (Alt+7): what a "
        "run refines of them, how far, and which patterns it fits worst.",
    ),
)


def show_tour(w: Parts) -> Tour:
    """Point at the parts of a window, one after another; F1 then shows all keys."""
    w.show_pictures()
    pages = {"steps": STEPS, "comparison": COMPARISON, "data": DATA}

    def find(name: str) -> QWidget:
        if name in pages:
            w.show_page(pages[name])
            return w.pages
        w.docks.show(name)
        return w.docks.docks.get(name) or w.flow.steps.get(name) or w.flow

    named = [(name, text.replace("{methods}", methods.labels())) for name, text in _STOPS]
    return Tour(w, [(partial(find, name), text) for name, text in named])
