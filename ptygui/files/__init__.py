"""Reads and writes files: scans, objects, probes, results and pictures; all input is checked on reading."""
