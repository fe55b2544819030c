"""The rival's elimination says what ours says."""

import numpy as np
import pytest

from parity_compare.algorithms.galois_elimination import GaloisElimination
from parity_compare.algorithms.gaussian_elimination import GaussianElimination
from parity_compare.algorithms.outcome import Status
from parity_compare.problems.bits import pack
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import ExampleOracle
from parity_compare.problems.parity import SparseParity
from parity_compare.problems.samples import Samples


@pytest.mark.parametrize("n", [1, 5, 63, 64, 65, 100])
def test_it_finds_the_secret_in_fresh_examples(n: int) -> None:
    problem = SparseParity(n, min(n, 7), seed=n)
    outcome = GaloisElimination().learn(problem.examples())
    assert (outcome.status, outcome.support) == (Status.FOUND, problem.support)
    assert outcome.cost.steps == n
    assert outcome.side_information == ()


def test_it_draws_until_the_rank_is_full() -> None:
    """Without surplus, a square system has full rank in 29 % of cases only."""
    for seed in range(10):
        problem = SparseParity(12, 3, seed=seed)
        outcome = GaloisElimination(surplus=0).learn(problem.examples())
        assert outcome.support == problem.support


def test_it_agrees_with_gf2_on_systems_of_every_shape() -> None:
    rng = np.random.default_rng(0)
    for _ in range(150):
        n, m = int(rng.integers(1, 30)), int(rng.integers(0, 60))
        X = rng.integers(0, 2, (m, n), dtype=np.uint8)
        if rng.random() < 0.3:
            X[:, rng.integers(n)] = 0
        y = X[:, rng.random(n) < 0.5].sum(axis=1) % 2
        if rng.random() < 0.3:
            y = rng.integers(0, 2, m)
        samples = Samples(n, pack(X), y.astype(np.uint8))
        rival = GaloisElimination().learn(ExampleOracle.over(samples))
        ours = GaussianElimination().learn(ExampleOracle.over(samples))
        assert (rival.status, rival.support) == (ours.status, ours.support)


def test_flipped_labels_are_a_contradiction() -> None:
    outcome = GaloisElimination().learn(SparseParity(20, 3, noise=0.3).examples())
    assert outcome.status is Status.INCONSISTENT


def test_surplus_out_of_range() -> None:
    with pytest.raises(InvalidInput, match="surplus"):
        GaloisElimination(surplus=-1)
