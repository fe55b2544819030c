"""By what mechanism: one panel per learner, built from its own traces, and the hazard of success."""
