"""Methods and trainings on a device that is not the CPU: device_cases.py on a stand-in for a GPU."""

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from torch.utils import backend_registration

pytestmark = pytest.mark.skipif(
    not hasattr(backend_registration, "_setup_privateuseone_for_python_backend"),
    reason="this torch has no backends written in Python",
)

CASES = Path(__file__).with_name("device_cases.py")
NAMES = re.findall(r"^def (test_\w+)", CASES.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What became of every case, run in one process of their own: it keeps the device for good.

    By the name of the test, a list of what failed, with its traceback; and what the process printed.
    """
    report = tmp_path_factory.mktemp("device") / "report.xml"
    root = CASES.parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", str(CASES), "-q", "-p", "no:cacheprovider", f"--junitxml={report}"],
        cwd=root, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True,
    )  # fmt: skip
    found = {}
    for case in ElementTree.parse(report).iter("testcase") if report.is_file() else ():
        failed = found.setdefault(case.get("name").partition("[")[0], [])
        failed += [
            f"{case.get('name')}:\n{bad.text}" for bad in case if bad.tag in ("failure", "error", "skipped")
        ]
    return found, done.stdout + done.stderr


@pytest.mark.timeout(480)  # the first waits for all of them
@pytest.mark.parametrize("name", NAMES)
def test_on_the_stand_in(name, outcomes):
    found, printed = outcomes
    assert name in found, printed
    assert not found[name], "\n\n".join(found[name])
