"""Work outside the GUI thread, and how often the window is told about it."""
