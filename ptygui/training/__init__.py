"""Training of priors, as generators of progress records."""
