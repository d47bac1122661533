"""What computes yields to the window."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import get_native_id

import pytest

from ptygui.priority import OF_WORKERS, dask_setup


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="threads have priorities of their own on Linux"
)
def test_a_worker_yields_and_nobody_else():
    def niceness():
        return os.getpriority(os.PRIO_PROCESS, get_native_id())

    before = niceness()
    with ThreadPoolExecutor(1) as worker:
        worker.submit(dask_setup, None).result()
        assert worker.submit(niceness).result() >= OF_WORKERS
    assert niceness() == before
