"""Damaged files of every kind: no traceback, no crash, no hang, no memory beyond the bound.

pytest tests/test_fuzz.py --fuzz 5000        # thousands; PTYGUI_FUZZ=5000 does the same
python -m tests.fuzz.campaign 5000           # the same, fault by fault
"""

import pytest

from tests.fuzz.campaign import campaign


@pytest.mark.timeout(0)
def test_damaged_files_are_one_sentence(pytestconfig):
    outcomes = list(campaign(pytestconfig.getoption("fuzz"), first=1000))
    faults = [f"{o.sample} {o.seed}: {o.fault}: {o.done}: {o.said}\n{o.trace}" for o in outcomes if o.fault]
    assert not faults, "\n".join(faults)
    refused = sum(o.said != "read" for o in outcomes)
    assert refused > len(outcomes) / 3  # the damage is real
