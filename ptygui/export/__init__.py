"""What can be written of results and scans for other programs: one module per format, and their list."""
