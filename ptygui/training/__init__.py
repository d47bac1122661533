"""Training of networks, as generators of progress records."""
