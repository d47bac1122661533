"""What results are worth: scores, resolution, agreement, what the misfit says. Plain numpy, no tensors."""
