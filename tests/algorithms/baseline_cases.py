"""How the tests of scikit-learn's learners let them meet a parity."""

import itertools

import numpy as np

from parity_compare.algorithms.registry import parse
from parity_compare.problems import ExampleOracle

WATCHED = {"error": lambda state: 0.0}
KINDS = ("rbf", "ntk", "polynomial")


def meet(label, problem, *, samples=None, k=None, noise=None, seed=0, budget=None, watched=False):
    learner = parse(label)
    learner.prepare(problem.n)
    oracle = problem.examples(seed=1)
    if samples is not None:
        oracle = ExampleOracle.over(problem.sample(samples, seed=1))
    return learner.learn(
        oracle, k=k, noise=noise, budget=budget, rng=seed, probes=WATCHED if watched else {}
    )


def every_input(n):
    return np.array(list(itertools.product((0, 1), repeat=n)), dtype=np.uint8)
