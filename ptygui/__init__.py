"""How little scan overlap can a ptychography experiment live with: simulate, reconstruct live, compare."""

__version__ = "0.1.0"
