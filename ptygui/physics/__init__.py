"""Light, and nothing else: forward model, probes, positions, simulation."""
