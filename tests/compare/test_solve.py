"""Solving a user's data: the answer, how well it fits, whether it is the only one."""

import numpy as np
import pytest

from parity_compare.algorithms.outcome import Status
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.parity import SparseParity
from parity_compare.solve import solve


@pytest.mark.parametrize("encoding", ["bits", "signs"])
def test_arrays_in_either_convention(encoding: str) -> None:
    problem = SparseParity(40, 3, seed=1)
    samples = problem.sample(100)
    X, y = (samples.bits, samples.labels) if encoding == "bits" else (samples.X, samples.y)
    solution = solve(X, y, algo="gf2")
    assert solution.support == problem.support
    assert solution.columns == tuple(f"x{i}" for i in problem.support)
    assert (solution.agreements, solution.examples, solution.freedom) == (100, 100, 0)
    assert np.array_equal(solution.predict(X), y)


def test_auto_takes_elimination_for_clean_data_and_search_for_noisy() -> None:
    clean, noisy = SparseParity(30, 3, seed=2), SparseParity(30, 3, noise=0.1, seed=2)
    first = solve(clean.sample(100))
    assert (first.learner, first.support) == ("gf2", clean.support)
    second = solve(noisy.sample(1000))
    assert (second.learner, second.support) == ("exhaustive", noisy.support)
    assert second.noise.low < 0.1 < second.noise.high
    assert second.chance < 1e-50


def test_labels_by_coin_toss_have_no_parity() -> None:
    """The chance of a false alarm is the search's own bound, 1e-6."""
    rng = np.random.default_rng(0)
    solution = solve(rng.integers(0, 2, (300, 8)), rng.integers(0, 2, 300))
    assert solution.status is Status.GAVE_UP
    assert solution.support is None


def test_a_fit_that_luck_makes_is_not_vouched_for() -> None:
    """Twenty rows of twenty coin tosses always have a solution; it says nothing."""
    rng = np.random.default_rng(1)
    X = rng.integers(0, 2, (20, 20))
    while solve(X, X[:, 0]).freedom:
        X = rng.integers(0, 2, (20, 20))
    solution = solve(X, rng.integers(0, 2, 20), algo="gf2")
    assert solution.status is Status.FOUND
    assert solution.chance > 0.1
    assert not solution.sure


def test_side_information_out_of_range_is_refused_by_every_learner() -> None:
    samples = SparseParity(10, 2).sample(50)
    for algo in ("gf2", "exhaustive", "sgd"):
        with pytest.raises(InvalidInput, match=r"noise must lie in \[0, 0.5\), got 0.7"):
            solve(samples, algo=algo, noise=0.7)
        with pytest.raises(InvalidInput, match=r"k must lie in 1\.\.n = 1\.\.10, got 11"):
            solve(samples, algo=algo, k=11)


def test_the_lightest_answer_where_relations_hold() -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (200, 12))
    X[:, 11] = 0
    y = X[:, 2] ^ X[:, 5]
    solution = solve(X, y)
    assert solution.support == (2, 5)
    assert solution.freedom == 1


def test_a_negated_parity_is_pointed_out() -> None:
    X = np.random.default_rng(0).integers(0, 2, (200, 12))
    solution = solve(X, 1 ^ X[:, 2] ^ X[:, 5])
    assert (solution.status, solution.support) == (Status.INCONSISTENT, None)
    assert "its negation is x2 XOR x5" in solution.detail


def test_equal_columns_are_not_told_apart() -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (200, 12))
    X[:, 11] = X[:, 5]
    solution = solve(X, X[:, 2] ^ X[:, 5])
    assert solution.status is Status.UNDERDETERMINED


def test_constant_labels_are_the_empty_parity() -> None:
    X = np.random.default_rng(0).integers(0, 2, (100, 12))
    solution = solve(X, np.zeros(100, dtype=int))
    assert solution.support == ()
    assert solution.agreements == 100


def test_queries_are_answered_from_the_rows() -> None:
    problem = SparseParity(20, 2, noise=0.1, seed=3)
    assert solve(problem.sample(2000), algo="sq", k=2).support == problem.support
    with pytest.raises(InvalidInput, match="needs more than 30 rows"):
        solve(problem.sample(30), algo="sq", k=2)


def test_networks_train_on_the_rows() -> None:
    problem = SparseParity(15, 2, seed=4)
    solution = solve(problem.sample(4000), algo="sgd")
    assert solution.support == problem.support
    assert solution.cost.samples <= 4000


def test_empty_and_missing_arguments() -> None:
    with pytest.raises(InvalidInput, match="at least one row"):
        solve(np.zeros((0, 3)), np.zeros(0))
    with pytest.raises(InvalidInput, match="y must be given"):
        solve(np.zeros((2, 3)))
