"""How the tests of training let a learner learn."""

import numpy as np

from parity_compare.algorithms import Budget

CAP = Budget(steps=3000)


def solve(learner, problem, *, seed=0, budget=CAP, **more):
    return learner.learn(problem.examples(), rng=seed, budget=budget, **more)


def equal_networks(one, other):
    """Whether two outcomes hold the same network, to the last bit."""
    mine, others = one.predictor.theta, other.predictor.theta
    return mine.keys() == others.keys() and all(
        np.array_equal(mine[name], others[name]) for name in mine
    )
