"""What the user sees; each view is built from plain data and works alone."""
