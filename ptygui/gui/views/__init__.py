"""Where the user sees results; each view is built from plain data and works alone."""
