"""The automatic answer against an enumeration of all parities with a constant."""

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from parity_compare.algorithms.outcome import Status
from parity_compare.problems.parity import SparseParity
from parity_compare.problems.samples import Samples
from parity_compare.solving import coset
from parity_compare.solving.coset import lightest
from parity_compare.solving.neighbours import settle
from parity_compare.solving.solution import Solution
from parity_compare.solving.solve import solve
from parity_compare.solving.system import eliminate

Bits = npt.NDArray[np.int64]


def every_parity(X: Bits) -> dict[tuple[tuple[int, ...], int], Bits]:
    """The labels of all 2^(n + 1) parities with a constant."""
    n = X.shape[1]
    return {
        (support, constant): (X[:, list(support)].sum(axis=1) + constant) % 2
        for size in range(n + 1)
        for support in itertools.combinations(range(n), size)
        for constant in (0, 1)
    }


def dependent_columns(rng: np.random.Generator, m: int, n: int) -> Bits:
    """Columns of which some may be constant, copies, or XORs of others."""
    rank = int(rng.integers(1, n + 1))
    X = rng.integers(0, 2, (m, rank)) @ rng.integers(0, 2, (rank, n)) + rng.integers(0, 2, n)
    return np.asarray(X % 2, dtype=np.int64)


def answers(solution: Solution) -> set[tuple[tuple[int, ...], int]]:
    assert solution.support is not None
    own = {(solution.support, solution.constant)}
    return own | {(answer.support, answer.constant) for answer in solution.alternatives}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32), n=st.integers(1, 6), m=st.integers(1, 40))
def test_without_noise_all_parities_that_fit_are_accounted_for(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    X = dependent_columns(rng, m, n)
    y = X[:, rng.random(n) < 0.5].sum(axis=1) % 2 ^ int(rng.integers(2))
    fitting = {key for key, labels in every_parity(X).items() if np.array_equal(labels, y)}
    solution = solve(X, y, encoding="bits")
    assert solution.status is Status.FOUND
    assert solution.agreements == m
    assert answers(solution) <= fitting
    assert 2**solution.freedom == len(fitting)
    if not solution.sure:  # a sparser parity that misses some rows may be surer
        return
    assert len(solution.support or ()) == min(len(support) for support, _ in fitting)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32), n=st.integers(1, 6))
def test_with_noise_the_best_and_its_equals_are_those_of_the_enumeration(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    X = dependent_columns(rng, 300, n)
    clean = X[:, rng.random(n) < 0.5].sum(axis=1) % 2 ^ int(rng.integers(2))
    assume(0 < clean.sum() < 300)
    y = clean ^ (rng.random(300) < 0.1)
    agreements = {key: int((labels == y).sum()) for key, labels in every_parity(X).items()}
    most = max(agreements.values())
    best = {key for key, agreement in agreements.items() if agreement == most}
    solution = solve(X, y, encoding="bits")
    assert solution.sure
    assert solution.agreements == most
    assert answers(solution) <= best
    assert 2**solution.freedom * (1 + (solution.ties or 0)) == len(best)
    assert len(solution.support or ()) == min(len(support) for support, _ in best)
    if solution.rival is not None:
        others = [agreement for agreement in agreements.values() if agreement < most]
        assert solution.rival.agreements == max(others)


def test_the_alternatives_are_the_lightest_others() -> None:
    rng = np.random.default_rng(3)
    X = rng.integers(0, 2, (200, 9))
    X[:, 6] = X[:, 0] ^ X[:, 1] ^ 1
    X[:, 7] = X[:, 2]
    X[:, 8] = 1
    y = X[:, 0] ^ X[:, 2] ^ X[:, 4]
    solution = solve(X, y)
    assert (solution.support, solution.constant) == ((0, 2, 4), 0)
    assert solution.freedom == 3
    listed = [(answer.support, answer.constant) for answer in solution.alternatives]
    assert listed == [((0, 4, 7), 0), ((1, 2, 4, 6), 1), ((1, 4, 6, 7), 1)]
    advice = " ".join(solution.advice)
    assert "x8 is 1 in every row: rows in which it is 0 would tell" in advice
    assert "x7 is equal to x2 in every row: rows in which they differ" in advice
    assert "x0 XOR x1 XOR x6 is 1 in every row" in advice


def test_an_xnor_is_found_like_any_other_and_predicts_so() -> None:
    X = np.random.default_rng(0).integers(0, 2, (200, 12))
    y = 1 ^ X[:, 2] ^ X[:, 5]
    solution = solve(X, y)
    assert (solution.support, solution.constant) == ((2, 5), 1)
    assert solution.learner == "gf2"
    assert np.array_equal(solution.predict(X), y)
    signs = solve(1 - 2 * X, 1 - 2 * y)
    assert (signs.support, signs.constant) == ((2, 5), 1)
    assert np.array_equal(signs.predict(1 - 2 * X), 1 - 2 * y)


def test_a_told_size_is_kept() -> None:
    rng = np.random.default_rng(1)
    X = rng.integers(0, 2, (300, 10))
    X[:, 9] = X[:, 0] ^ X[:, 1] ^ X[:, 2]
    y = X[:, 0] ^ X[:, 1]
    assert solve(X, y).support == (0, 1)
    told = solve(X, y, k=2)
    assert {told.support, *(answer.support for answer in told.alternatives)} == {(0, 1), (2, 9)}
    none = solve(X, y, k=3)
    assert (none.status, none.support) == (Status.INCONSISTENT, None)
    assert any(
        "An XOR of 2 columns, x0 XOR x1, agrees with 300 of 300 rows, but none that labels the "
        "rows so has 3 columns" in text
        for text in none.advice
    )


@pytest.mark.parametrize("n", [12, 40])
def test_more_columns_than_differ_are_too_many(n: int) -> None:
    X = np.repeat(np.random.default_rng(1).integers(0, 2, (300, n // 2)), 2, axis=1)
    y = np.random.default_rng(2).integers(0, 2, 300)
    solution = solve(X, y, k=n // 2 + 1)
    assert solution.support is None
    assert any("too many" in sentence for sentence in solution.advice)


def test_constant_labels_are_the_parity_of_no_columns() -> None:
    X = np.random.default_rng(0).integers(0, 2, (100, 12))
    for value in (0, 1):
        solution = solve(X, np.full(100, value), encoding="bits")
        assert (solution.support, solution.constant, solution.agreements) == ((), value, 100)


def test_labels_that_are_mostly_one_value_are_not_called_a_parity() -> None:
    """False alarm below 1e-3: nothing but the labels' own bias is there to be found."""
    rng = np.random.default_rng(4)
    solution = solve(rng.integers(0, 2, (300, 10)), rng.random(300) < 0.1)
    assert solution.support is None
    assert any("The label is 0 in" in sentence for sentence in solution.advice)


def test_a_nearly_as_good_answer_is_told() -> None:
    """Two columns that differ in 6 of 400 rows, and 20 % noise: the rows cannot settle which."""
    rng = np.random.default_rng(6)
    X = rng.integers(0, 2, (400, 10))
    X[:, 9] = X[:, 0]
    X[:6, 9] ^= 1
    solution = solve(X, X[:, 0] ^ X[:, 1] ^ (rng.random(400) < 0.2))
    assert solution.rival is not None
    assert {solution.support, solution.rival.answer.support} == {(0, 1), (1, 9)}
    assert solution.rival.differing == 6
    assert any(sentence.startswith("Not settled: ") for sentence in solution.advice)


def test_going_to_better_neighbours_ends_at_the_best() -> None:
    problem = SparseParity(30, 5, noise=0.1, seed=3)
    samples = problem.sample(1000)
    S = problem.support
    free = next(i for i in range(30) if i not in S)
    everything = tuple(range(30))
    for start in ((), S[:3], S[1:], (*S[1:], free), (*S, free)):
        support = tuple(sorted(start))
        for constant in (0, 1):
            place, rival = settle(samples, everything, support, constant, lambda: None)
            if len(set(support) ^ set(S)) <= 2:
                assert (place.support, place.constant) == (S, 0)
                assert place.misses == 1000 - samples.agreement(S)
            assert rival is None or rival.misses >= place.misses


def test_random_information_sets_find_the_light_answer() -> None:
    """Of 2^30 answers the planted one has 3 columns; the next are far heavier.

    An information set of 30 of 60 columns misses at most two of the three in seven of eight draws,
    so 200 of them fail with probability far below 1e-100.
    """
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (31, 60)).astype(np.uint8)
    y = X[:, 5] ^ X[:, 17] ^ X[:, 44]
    samples = Samples.from_arrays(X, y)
    system = eliminate(samples)
    assert len(system.relations) > coset.MOST_FREE
    found = lightest(system, system.solution, rng=rng)
    assert found.supports[0] == (5, 17, 44)
    assert not found.complete
    assert "2^30 answers" in found.method


def test_rows_past_the_first_chunk_count() -> None:
    """A column that varies in one of 5000 rows only, and a contradiction that comes last."""
    rng = np.random.default_rng(2)
    X = rng.integers(0, 2, (5000, 5))
    X[:, 4] = 0
    X[4999, 4] = 1
    y = X[:, 0] ^ X[:, 4]
    assert solve(X, y).support == (0, 4)
    y[4998] ^= 1
    assert not eliminate(Samples.from_arrays(X, y)).consistent
