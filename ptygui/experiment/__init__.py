"""From scan and method to results: single runs, sweeps over overlap, and the lowest overlap that suffices."""
