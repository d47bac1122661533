"""From a scan and a method to results: one run, sweeps over overlap, and the lowest overlap that suffices."""
