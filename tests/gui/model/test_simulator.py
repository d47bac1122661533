"""Source: which simulation is taken, and when none is made."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from ptygui.gui.model import simulator as module
from ptygui.gui.model.simulator import Simulator


@pytest.fixture
def source(qtbot, jobs):
    """A source with the example in it."""
    source = Simulator(jobs)
    with qtbot.waitSignal(source.simulated, timeout=10_000):
        source.load_example()
    return source


@pytest.fixture
def gate(monkeypatch):
    """Holds simulations back until it is set."""
    gate, simulate = threading.Event(), module.simulate

    def wait(*args, **settings):
        gate.wait(10)
        return simulate(*args, **settings)

    monkeypatch.setattr(module, "simulate", wait)
    yield gate
    gate.set()


def overlap(source, value):
    source.set_options(replace(source.options, overlap=value))


def test_hold_drops_the_simulation_in_flight(qtbot, source, gate):
    made = []
    source.simulated.connect(made.append)
    source.simulate()
    qtbot.wait(20)
    source.hold()
    assert not source.pending
    source.simulate()  # asked for after that, so it counts
    gate.set()
    qtbot.waitUntil(lambda: not len(source.jobs), timeout=10_000)
    assert len(made) == 1
    source.hold()
    qtbot.wait(20)
    assert not source.automatic


def test_hold_drops_the_example_in_flight(qtbot, jobs):
    source, made = Simulator(jobs), []
    source.simulated.connect(made.append)
    source.load_example()
    source.hold()
    qtbot.waitUntil(lambda: not len(jobs), timeout=10_000)
    assert made == []
    assert source.specimen is None


def test_options_moved_while_the_example_comes_do_not_put_a_smear_in_its_place(qtbot, jobs):
    source, made = Simulator(jobs), []
    source.simulated.connect(made.append)
    source.load_example()
    overlap(source, 0.7)
    assert source.pending
    qtbot.waitUntil(lambda: not len(jobs) and not source.pending, timeout=20_000)
    assert [scan.name for scan in made] == ["example blood smear"]
    assert source.options == module.EXAMPLE


def test_an_object_asked_for_before_the_example_is_dropped(qtbot, jobs):
    source = Simulator(jobs)
    source.make_object(64, 3)
    assert source.pending
    source.load_example()
    qtbot.waitUntil(lambda: not len(jobs) and not source.pending, timeout=20_000)
    assert source.specimen.name == "example blood smear"


@pytest.mark.parametrize("what", ["object", "probe"])
def test_what_is_asked_for_after_the_example_and_comes_first_stays(qtbot, jobs, monkeypatch, what):
    gate, make, made = threading.Event(), module.example_scan, []
    monkeypatch.setattr(module, "example_scan", lambda *args, **how: gate.wait(20) and make(*args, **how))
    source = Simulator(jobs)
    source.simulated.connect(made.append)
    source.load_example()
    changed = source.object_changed if what == "object" else source.probe_changed
    with qtbot.waitSignal(changed, timeout=20_000):
        source.make_object(128, 3) if what == "object" else source.build_probe("compact", 32)
    gate.set()
    qtbot.waitUntil(lambda: not len(jobs) and not source.pending, timeout=20_000)
    names = source.specimen.name, source.named_probe.name
    asked = {"object": ("blood smear 3", "medium"), "probe": ("example blood smear", "compact")}
    assert names == asked[what]
    assert source.options == module.EXAMPLE
    assert [scan.name for scan in made] == [source.specimen.name]  # and it is with that probe
    scale = np.linalg.norm(made[0].probe) / np.linalg.norm(source.probe)  # of the dose
    np.testing.assert_allclose(made[0].probe, scale * source.probe, rtol=1e-3, atol=1e-3)


def test_a_probe_asked_for_before_the_example_is_dropped(qtbot, jobs):
    source = Simulator(jobs)
    source.build_probe("compact", 32)
    source.load_example()
    qtbot.waitUntil(lambda: not len(jobs) and not source.pending, timeout=20_000)
    assert source.named_probe.name == "medium"
