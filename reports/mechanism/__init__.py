"""By what mechanism: a panel per learner, built from its own traces, and the hazard of success."""
