"""Work beside the GUI thread, and how often the window is told of it."""
