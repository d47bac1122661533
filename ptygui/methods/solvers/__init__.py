"""What several methods rest on: data steps, annealing, guidance, the prior's pull."""
