"""Shared parts of several methods: data steps, annealing, guidance, the prior's pull."""
