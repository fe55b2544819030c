"""Learners that are watched along a trial, for the tests of what they record."""

import math

import numpy as np

from parity_compare.algorithms import Budget
from parity_compare.algorithms.registry import parse
from parity_compare.execution.trials import make_oracle
from parity_compare.problems import SparseParity

WATCHED = {"error": lambda state: 0.0}  # what the judge's probes measure is of no matter here
COURSE = {
    "exhaustive": ("subsets", "agreement", "examples"),
    "random": ("guesses", "agreement", "examples"),
    "gf2": ("examples", "rank", "determined", "consistent"),
    "galois": ("examples", "rank", "determined", "consistent"),
    "sq": ("answer", "answers", "bar"),
    "bkw": ("answer", "answers", "bar"),
    "fourier-gap": ("coordinate", "gradient"),
    "lasso": ("answer", "answers", "bar"),
    "forest": ("trained", "accuracy", "held_out"),
    "kernel": ("trained", "accuracy", "held_out"),
    "nearest": ("trained", "accuracy", "held_out"),
}
PREDICTORS = {  # quick ones, to be met where they can learn something
    "forest": "forest[trees=10,examples=32,most_examples=512]",
    "kernel": "kernel[examples=32,most_examples=256]",
    "nearest": "nearest[examples=128,most_examples=2048]",
}


def meet(label, *, n=None, k=2, noise=0.0, samples=None, steps=math.inf, watched=True, count=1):
    """Outcomes of a learner on the first ``count`` instances of a cell, as one batch."""
    n = n or (7 if label in PREDICTORS.values() else 12)
    learner = parse(label)
    learner.prepare(n)
    problems = [SparseParity(n, k, noise=noise, seed=seed) for seed in range(count)]
    return learner.learn_many(
        [make_oracle(learner, problem, samples=samples, seed=3) for problem in problems],
        k=k,
        noise=noise,
        budget=Budget(steps=min(steps, 20_000)),
        rngs=list(range(count)),
        probes=[WATCHED if watched else {}] * count,
    )


def columns(outcome):
    return {name: np.asarray(column) for name, column in outcome.trace.columns.items()}
