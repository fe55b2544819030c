"""Tests of mechanism: what the times and traces of trials say about how a learner finds S."""
