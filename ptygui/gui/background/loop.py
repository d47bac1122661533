"""EventLoop: asyncio on Qt's event loop, for dask as well."""

from collections.abc import Callable
from typing import Any

from qasync import QEventLoop

LONGEST = 10 * 86400.0  # delay that a timer of Qt can have [s]


class EventLoop(QEventLoop):
    """qasync's loop, which takes a delay without end, as dask asks for, to be a long one."""

    def call_later(self, delay: float, callback: Callable[..., Any], *args: Any, context: Any = None) -> Any:
        """Call after a delay [s]."""
        return super().call_later(min(delay, LONGEST), callback, *args, context=context)
