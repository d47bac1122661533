"""What is asked of a sweep lies in the model; the panel shows it."""

import pytest

from ptygui.errors import InputError
from ptygui.gui.model.request import Request
from ptygui.gui.model.sweep_request import SweepRequest, choices
from ptygui.gui.panels.sweep import SweepPanel


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"methods": ("awf", "nonsense")}, "nonsense"),
        ({"lowest": 1.2}, "lowest is 1.2"),
        ({"by": -0.1}, "by is -0.1"),
        ({"seeds": 0}, "seeds is 0"),
        ({"highest": float("nan")}, "highest is nan"),
    ],
)
def test_a_sweep_that_cannot_be_is_refused_by_value(changes, said):
    with pytest.raises(InputError, match=said):
        SweepRequest(**changes)


def test_methods_run_in_the_order_of_the_choices_however_they_are_named():
    keys = list(choices())
    assert SweepRequest(tuple(reversed(keys[:2]))).methods == tuple(keys[:2])
    read = SweepRequest.read({"methods": ["gone", *keys[:1]], "lowest": 0.3})
    assert (read.methods, read.lowest, read.seeds) == (tuple(keys[:1]), 0.3, 1)
    assert SweepRequest.read(read.asdict()) == read


def test_panel_and_model_agree(qtbot, jobs):
    request, told = Request(jobs), []
    panel = SweepPanel(request)
    qtbot.addWidget(panel)
    request.sweep_changed.connect(told.append)
    assert panel.value() == request.sweep == SweepRequest()
    panel.lowest.setValue(31)
    next(iter(panel.boxes.values())).toggle()
    assert told[-1] == request.sweep == panel.value()
    assert len(told) == 2
    asked = SweepRequest(("awf",), 0.12345, 0.5, 0, 3)  # finer than the panel shows
    request.set_sweep(asked)
    assert request.sweep == asked
    assert told[-1] == asked
    assert len(told) == 3
    assert panel.value().lowest == 0.123
    assert [key for key, box in panel.boxes.items() if box.isChecked()] == ["awf"]
