"""A method that is put into the list is found in the window (the rest: tests/methods/test_one_file.py)."""

import pytest
from PyQt6.QtWidgets import QLabel

from ptygui import methods
from ptygui.gui.model.sweep_request import SweepRequest
from ptygui.gui.widgets.welcome import Tour
from tests.toy_method import Toy


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    monkeypatch.setattr(methods, "METHODS", (*methods.METHODS, Toy))


def test_the_window_offers_checks_sweeps_and_runs_it(qtbot, window):
    panel, request = window.method_panel, window.request
    panel.choice.setCurrentIndex(panel.choice.findText("Toy   (toy)"))
    assert request.method == Toy()
    request.set_method(Toy(shade=1.5))
    window.docks.show("checklist")
    qtbot.waitUntil(lambda: any("brighter" in c.text for c in window.checklist.checks or ()), timeout=10_000)
    place = next(k for k, c in enumerate(window.checklist.checks) if "brighter" in c.text)
    window.checklist.buttons[place].click()
    assert request.method == panel.form.value() == Toy()

    request.change_settings(device="cpu")
    with qtbot.waitSignal(window.session.run_finished, timeout=60_000):
        window.launcher.run()
    assert window.session.runs[-1].method == Toy()
    window.launcher.queue(seeds=2)
    assert [run.seed for run in window.session.runs[-2:]] == [0, 1]  # it is stochastic

    request.set_sweep(SweepRequest(("toy",), 0.5, 0.5, 0.1, 1))
    assert window.sweep_panel.boxes["toy"].isChecked()
    assert window.sweep_panel.value().resolved(request.kept) == (Toy(),)


def test_first_page_and_tour_name_it(qtbot, window):
    assert any("; Toy." in label.text() for label in window.welcome.findChildren(QLabel))
    window.menus.actions["tour"].trigger()
    (tour,) = window.findChildren(Tour)
    assert any("Toy" in text for _, text in tour.stops)
    tour.close()
