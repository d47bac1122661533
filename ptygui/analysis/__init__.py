"""The quality of results: scores, resolution, agreement, verdict on the misfit. Plain numpy, no tensors."""
