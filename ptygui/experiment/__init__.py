"""From scan and method to results: single runs, thinned scans, and the lowest overlap that suffices."""
