"""The stops of the tour: which parts of the window are pointed at, and what is said of them."""

from functools import partial

from ptygui import methods
from ptygui.gui.pages import COMPARISON, STEPS
from ptygui.gui.widgets.welcome import Tour

_STOPS = (
    (
        "scan",
        "<b>A scan.</b> Open your own (Ctrl+O, or drop it anywhere) or take the example. What was found "
        "stands below: patterns, probe, step, overlap.",
    ),
    (
        "simulate",
        "<b>Overlap.</b> Drag the slider: footprints, number of patterns and data per unknown follow; "
        "the scan is simulated when it rests and, with <i>preview</i> ticked, reconstructed.",
    ),
    (
        "probe",
        "<b>Probe.</b> From a file, by name, or built: change pupil radius, stop or defocus; amplitude, "
        "phase, far field and diameters follow at once.",
    ),
    (
        "method",
        "<b>A method and its options.</b> {methods}. Each option "
        "has a tooltip and an arrow back to its default; Ctrl+Z undoes.",
    ),
    (
        "checklist",
        "<b>Checklist.</b> What is missing or does not fit, each with the click that mends it.",
    ),
    (
        "run",
        "<b>Run</b> with Ctrl+R. Pause (Ctrl+P), change an option and resume: the run records it. "
        "Esc stops at once and keeps what is there.",
    ),
    (
        "steps",
        "<b>Steps.</b> Arrows walk through the recorded steps, Space plays, K pins, F follows the live run. "
        "T and X show the truth or the noisy state x_t beside x̂0, the estimate. Ctrl+Shift+R branches here.",
    ),
    (
        "curves",
        "<b>Curves</b> of NRMSE, SSIM, misfit and more; a click goes to that step.",
    ),
    (
        "runs",
        "<b>Runs.</b> Each is kept: repeat it, compare it, rename it with F2, delete it with undo. A ⚠ by "
        "its misfit says that the prior does not fit the data.",
    ),
    (
        "comparison",
        "<b>Comparison</b> (Alt+2) of any two results, or of one and the truth: wipe, blink, side by side, "
        "difference; profiles and ring correlation. <b>Deviations</b> (Alt+3) over seeds lie beside it.",
    ),
)


def show_tour(window) -> Tour:
    """Start the tour over a window; F1 then shows all keys."""
    pages = {"steps": STEPS, "comparison": COMPARISON}

    def find(name):
        if name in pages:
            window.show_page(pages[name])
            return window.pages
        window.docks.show(name)
        return window.docks.docks[name]

    named = [(name, text.replace("{methods}", methods.labels())) for name, text in _STOPS]
    return Tour(window, [(partial(find, name), text) for name, text in named])
