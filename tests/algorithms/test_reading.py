"""A support is read off a network that is no parity, and none off one that knows nothing."""

import numpy as np
import pytest

from parity_compare.algorithms import Budget, Status
from parity_compare.algorithms.networks.mlp import ReLUNetwork
from parity_compare.algorithms.networks.network import TrainedNetwork
from parity_compare.algorithms.sgd import SGD
from parity_compare.algorithms.training.reading import influences, read_support, widest_gap
from parity_compare.algorithms.training.starts import Start
from parity_compare.problems import ExampleOracle, SparseParity


def network(W, b, u, c):
    """A ReLU network with given weights."""
    W = np.asarray(W, dtype=float)
    values = {
        "W": np.column_stack([W, b])[None].astype(np.float32),
        "u": np.array([u], dtype=np.float32),
        "c": np.array([[c]], dtype=np.float32),
    }
    made = ReLUNetwork(W.shape[1], len(W))
    theta = made.assemble(values, "cpu")
    return TrainedNetwork(made, {name: value[0].numpy() for name, value in theta.items()})


def test_the_widest_gap_is_where_norms_fall_by_the_largest_factor():
    assert widest_gap(np.array([5.0, 4.0, 0.5, 0.4])) == 2
    assert widest_gap(np.array([5.0, 4.0, 3.0, 0.0])) == 3
    assert widest_gap(np.array([2.0])) == 1


def test_influences_of_a_majority_of_three():
    """x_i decides a majority of three when the other two differ, half the time; 256 inputs here."""
    W = [[1, 1, 1, 0, 0], [1, 1, 1, 0, 0]]
    majority = network(W, [0, -1], [1, -1], -0.5)
    bits = np.random.default_rng(0).integers(0, 2, size=(4096, 5), dtype=np.uint8)
    found = influences(majority, bits)
    assert found[:3] == pytest.approx([0.5] * 3, abs=0.05)
    assert not found[3:].any()


def test_weights_name_the_support_long_before_the_network_is_the_parity():
    """Half of the steps that the parity takes; the label noise would never let it be one."""
    problems = [SparseParity(30, 3, noise=0.2, seed=seed) for seed in range(5)]
    outcomes = SGD(lr=0.5).learn_many(
        [p.examples() for p in problems], rngs=range(5), budget=Budget(steps=400)
    )
    named = [o.support == p.support for o, p in zip(outcomes, problems, strict=True)]
    ends = {outcome.status for outcome in outcomes}
    assert sum(named) >= 4
    assert ends <= {Status.TIMEOUT, Status.FOUND}
    assert all(o.support in (None, p.support) for o, p in zip(outcomes, problems, strict=True))


def test_a_network_that_learned_nothing_names_nothing():
    rng = np.random.default_rng(0)
    problem = SparseParity(12, 3, seed=1)
    shape = ReLUNetwork(12, 20)
    for _ in range(20):
        values = {name: value[None] for name, value in Start().draw(shape, rng).items()}
        theta = {name: value[0].numpy() for name, value in shape.assemble(values, "cpu").items()}
        found = read_support(TrainedNetwork(shape, theta), [problem.sample(2000)], rng)
        assert found in (None, problem.support)


def test_what_was_learned_by_heart_names_no_support():
    """Forty labels of thirty bits tell no 4-subset from 27 405 others."""
    problem = SparseParity(30, 4, seed=3)
    oracle = ExampleOracle.over(problem.sample(30))
    outcome = SGD().learn(oracle, rng=0, budget=Budget(steps=200))
    assert outcome.support is None
