"""A project whose options had other names: the panels take it (see tests/files/test_earlier_names.py)."""

from pathlib import Path

from ptygui.gui.model.sweep_request import SweepRequest
from ptygui.methods import AWF, DAPS, DPS, RPIE, UNet

PROJECT = Path(__file__).parents[1] / "files" / "earlier" / "renamed.ptygui"


def test_the_panels_take_options_by_their_earlier_names(qtbot, window):
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        window.projects.open(str(PROJECT))
    qtbot.waitUntil(lambda: isinstance(window.request.checked_method(), DAPS))
    kept = window.request.kept
    assert (kept(DAPS).data_variance, kept(DAPS).renoise, kept(DAPS).start_unet) == (2.0, 0.5, False)
    assert kept(DPS).time_travel == "literal"
    assert (kept(RPIE).probe_update_start, kept(AWF).probe_update_start) == (2, 4)
    assert kept(UNet).awf_iterations == 7
    asked = SweepRequest(("rpie", "daps:setting=preview"), 0.2, 0.5, 0.1, 2)  # once called "preview"
    assert window.sweep_panel.value() == asked
    assert window.banner.isHidden()
