"""One module a file format of scans and products."""
