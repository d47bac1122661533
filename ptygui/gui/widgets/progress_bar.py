"""ProgressBar: one that waits for its turn to be painted."""

from collections.abc import Iterator
from contextlib import contextmanager

from PyQt6.QtWidgets import QProgressBar


class ProgressBar(QProgressBar):
    """Qt's paints at once when its value is set, and with it all else in the window that has changed by then.

    That is half of what is to be shown, in the middle of showing it, and is painted again.
    """

    def setValue(self, value: int) -> None:
        """How much is done."""
        with self._later():
            super().setValue(value)

    def setMaximum(self, maximum: int) -> None:
        """How much there is to do."""
        self.setRange(self.minimum(), maximum)

    def setRange(self, minimum: int, maximum: int) -> None:
        """From nothing done to all."""
        with self._later():
            super().setRange(minimum, maximum)

    @contextmanager
    def _later(self) -> Iterator[None]:
        self.setUpdatesEnabled(False)
        try:
            yield
        finally:
            self.setUpdatesEnabled(True)
