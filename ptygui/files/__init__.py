"""Files in and out: scans, objects, probes, results and pictures; everything is checked when it is read."""
