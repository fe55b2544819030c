"""Pooled Gauss: systematic forms stay systematic, secrets come out, noise does not pass."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.algorithms.budget import Budget
from parity_compare.algorithms.kernels import row_exchange
from parity_compare.algorithms.kernels.bit_blocks import parity_of, transpose_block
from parity_compare.algorithms.linear_system import augmented
from parity_compare.algorithms.outcome import Status
from parity_compare.algorithms.pooled_gauss import PooledGauss
from parity_compare.algorithms.window_plan import columns_hold_secret, plan_windows, window_hits
from parity_compare.problems.bits import mask, pack, random_words, unpack, words_for
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import ExampleOracle
from parity_compare.problems.parity import SparseParity
from parity_compare.problems.samples import Samples


def inverse(matrix: np.ndarray) -> np.ndarray | None:
    """The inverse over GF(2) of a square 0/1 matrix, None if it is singular."""
    n = len(matrix)
    both = np.concatenate([matrix, np.eye(n, dtype=np.uint8)], axis=1)
    for i in range(n):
        pivots = i + np.flatnonzero(both[i:, i])
        if not len(pivots):
            return None
        both[[i, pivots[0]]] = both[[pivots[0], i]]
        others = (both[:, i] == 1) & (np.arange(n) != i)
        both[others] ^= both[i]
    return both[:, n:]


def pure_noise(n: int, seed: int) -> ExampleOracle:
    """Examples whose labels are coins."""
    rng = np.random.default_rng(seed)
    return ExampleOracle(
        n, lambda m: Samples(n, random_words(rng, m, n), rng.integers(0, 2, m, dtype=np.uint8))
    )


class _Window:
    """A random window: bits and labels of checks and of the rows beyond, and its tableau."""

    def __init__(self, size: int, checks: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        rows = checks + size + 16
        self.bits = rng.integers(0, 2, (rows, size), dtype=np.uint8)
        self.labels = rng.integers(0, 2, rows, dtype=np.uint8)
        self.size, self.checks = size, checks
        pool = augmented(Samples(size, pack(self.bits), self.labels))
        self.words = words_for(checks)
        self.matrix = np.empty((self.words + words_for(size + 16), size + 1), dtype=np.uint64)
        row_exchange.draw_window(pool, np.arange(rows), np.arange(size), size, checks, self.matrix)
        self.drawn = self.matrix.copy()
        self.basis = np.empty(size, dtype=np.int64)
        self.full_rank = row_exchange.systematic_form(self.matrix, self.words, self.basis)
        self.basis += checks - 64 * self.words
        self.outside = np.arange(checks)
        self.tableau = self.matrix[: self.words].copy()

    def tableau_by_numpy(self) -> np.ndarray:
        """(checks, size + 1): A_J A_I^-1 and b_J + A_J A_I^-1 b_I, from scratch."""
        inverted = inverse(self.bits[self.basis])
        assert inverted is not None
        form = self.bits[self.outside] @ inverted % 2
        syndrome = (self.labels[self.outside] + form @ self.labels[self.basis]) % 2
        return np.concatenate([form, syndrome[:, None]], axis=1)

    def tableau_bits(self) -> np.ndarray:
        """The kernel's tableau as (checks, size + 1) bits."""
        return unpack(np.ascontiguousarray(self.tableau.T), 64 * self.words).T[: self.checks]


WINDOW = st.builds(
    _Window, size=st.integers(1, 80), checks=st.integers(1, 140), seed=st.integers(0, 2**32)
)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_block_is_transposed(seed):
    block = random_words(np.random.default_rng(seed), 64, 64)[:, 0]
    transposed = block.copy()
    transpose_block(transposed)
    assert np.array_equal(unpack(transposed[:, None], 64), unpack(block[:, None], 64).T)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32), n=st.integers(1, 200))
def test_the_parity_over_a_mask(seed, n):
    row, over = random_words(np.random.default_rng(seed), 2, n)
    assert parity_of(row, over) == (unpack(row, n) & unpack(over, n)).sum() % 2


@settings(max_examples=30, deadline=None)
@given(window=WINDOW)
def test_a_window_is_its_rows_by_column(window):
    everything = np.concatenate([window.bits, window.labels[:, None]], axis=1)
    padded = np.zeros((64 * len(window.matrix), window.size + 1), dtype=np.uint8)
    padded[: window.checks] = everything[: window.checks]
    beyond = everything[window.checks :]
    padded[64 * window.words : 64 * window.words + len(beyond)] = beyond
    assert np.array_equal(window.drawn, pack(np.ascontiguousarray(padded.T)).T)


@settings(max_examples=60, deadline=None)
@given(window=WINDOW, exchanges=st.integers(0, 120), seed=st.integers(0, 2**32))
def test_exchanges_keep_the_form_equal_to_an_elimination_from_scratch(window, exchanges, seed):
    if not window.full_rank:  # one window in 2^16
        return
    state = np.array([seed], dtype=np.uint64)
    scratch = np.empty(window.size + 1, dtype=np.uint64)
    swapped = 0
    for _ in range(exchanges):
        column, check = row_exchange.random_exchange(window.tableau, state, scratch)
        if column >= 0:
            swapped += 1
            window.basis[column], window.outside[check] = (
                window.outside[check],
                window.basis[column],
            )
    assert np.array_equal(window.tableau_bits(), window.tableau_by_numpy())
    assert swapped > 0 or exchanges < 20 or window.checks < 10


def test_a_window_of_short_rank_is_recognised():
    window = _Window(20, 64, seed=0)
    window.drawn[:, 3] = window.drawn[:, 5]
    assert not row_exchange.systematic_form(window.drawn, window.words, np.empty(20, np.int64))


def test_every_row_and_check_takes_part_in_exchanges():
    window = _Window(30, 100, seed=1)
    state, scratch = np.array([7], dtype=np.uint64), np.empty(31, dtype=np.uint64)
    pairs = [row_exchange.random_exchange(window.tableau, state, scratch) for _ in range(5000)]
    columns, checks = zip(*pairs, strict=True)
    # Uniform: 167 and 50 each; a false alarm is below 1e-6 for bounds of 6 standard deviations.
    assert np.bincount(columns, minlength=30).min() > 89
    # Checks are drawn by the gaps before them, which doubles the variance.
    assert np.bincount(checks, minlength=100).min() > 5


@settings(max_examples=60, deadline=None)
@given(window=WINDOW, first=st.integers(0, 3), percent=st.integers(0, 60))
def test_light_syndromes_are_found_in_order(window, first, percent):
    bits = window.tableau_bits()
    # Rows past the checks are zero, so the weights are those of the checks.
    weights = [bits[:, -1].sum(), *(bits[:, :-1] ^ bits[:, -1:]).sum(axis=0)]
    limit = window.checks * percent // 100
    light = [i for i, weight in enumerate(weights) if weight <= limit and i >= first]
    scratch = np.empty(window.size + 1, dtype=np.uint64)
    found = row_exchange.light_syndrome(window.tableau, limit, first, scratch)
    assert found == (light[0] if light else -1)


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 130), seed=st.integers(0, 2**32), data=st.data())
def test_a_set_of_equations_is_solved(n, seed, data):
    rng = np.random.default_rng(seed)
    size = data.draw(st.integers(1, n))
    flipped = data.draw(st.integers(-1, size - 1))
    bits = rng.integers(0, 2, (size + 5, n), dtype=np.uint8)
    labels = rng.integers(0, 2, size + 5, dtype=np.uint8)
    rows, columns = rng.permutation(size + 5)[:size], rng.permutation(n)[:size]
    pool = augmented(Samples(n, pack(bits), labels))
    secret = np.zeros(words_for(n + 1), dtype=np.uint64)
    solved = row_exchange.solve_rows(pool, n, rows, flipped, columns, secret)
    inverted = inverse(bits[np.ix_(rows, columns)])
    assert solved == (inverted is not None)
    if inverted is not None:
        wanted = labels[rows].copy()
        if flipped >= 0:
            wanted[flipped] ^= 1
        expected = np.zeros(n, dtype=np.uint8)
        expected[columns] = inverted @ wanted % 2
        assert np.array_equal(unpack(secret, n), expected)
        missed = int(((bits @ expected + labels) % 2).sum())
        assert row_exchange.count_misses(pool, n, secret, len(pool)) == missed


@pytest.mark.parametrize(
    ("n", "k", "noise"),
    [
        *((1, None, 0.2), (10, None, 0.0), (24, None, 0.3), (64, None, 0.125), (100, None, 0.05)),
        *((2, 1, 0.4), (30, 30, 0.1), (50, 3, 0.3), (64, 5, 0.2), (130, 4, 0.1)),
    ],
)
def test_dense_and_sparse_secrets_are_recovered(n, k, noise):
    for seed in range(8):
        problem = SparseParity(n, k, noise, seed)
        outcome = PooledGauss().learn(problem.examples(), k=k, noise=noise, rng=seed)
        assert outcome.status is Status.FOUND, outcome.message
        assert outcome.support == problem.support
        assert outcome.cost.steps > 0
        assert outcome.cost.operations > 0
        assert outcome.cost.peak_memory > 0


def test_an_unknown_noise_rate_below_the_assumed_one_is_enough():
    problem = SparseParity(40, None, 0.1, seed=0)
    outcome = PooledGauss().learn(problem.examples(), rng=0)
    assert (outcome.support, outcome.side_information) == (problem.support, ())


def test_a_fixed_list_is_enough_where_it_holds_pool_and_verification():
    for seed in range(5):
        problem = SparseParity(40, None, 0.1, seed)
        samples = problem.sample(260, seed=1)
        outcome = PooledGauss().learn(ExampleOracle.over(samples), noise=0.1, rng=seed)
        assert outcome.support == problem.support
        assert outcome.cost.samples <= 260


def test_the_answer_and_the_counts_do_not_depend_on_the_threads():
    problem = SparseParity(64, None, 0.18, seed=3)
    one, two = (
        PooledGauss().learn(problem.examples(), noise=0.18, rng=3, budget=Budget(threads=threads))
        for threads in (1, 2)
    )
    assert one.support == two.support == problem.support
    assert (one.cost.steps, one.cost.operations) == (two.cost.steps, two.cost.operations)
    assert one.cost.steps > 1000


def test_the_expected_number_of_tries_is_the_mean():
    # The standard deviation of a mean of 200 nearly geometric numbers is 8 % of it, and the plan's
    # approximations cost up to a third: a false alarm is below 1e-6.
    tries = []
    for seed in range(200):
        problem = SparseParity(50, None, 0.125, seed)
        outcome = PooledGauss().learn(problem.examples(), noise=0.125, rng=seed)
        tries.append(outcome.cost.steps)
    expected = re.search(r"([\d.e+]+) tries or", outcome.detail)
    assert expected is not None
    assert 0.6 < np.mean(tries) / float(expected.group(1)) < 1.8


def test_the_chance_of_a_good_set_is_that_of_drawing_it():
    # One try: all flipped labels of a window but one at most lie outside, whatever the checks.
    for noise in (0.05, 0.2, 0.4):
        share = window_hits(12, 64, noise, [1], [1]).sum()
        exact = (1 - noise) ** 12 + 12 * noise * (1 - noise) ** 11
        # Windows with more flipped labels than checks + 1 are left out of the sum.
        assert math.isclose(share, exact, rel_tol=1e-6)


def test_random_columns_hold_the_secret_by_the_hypergeometric_law():
    assert math.isclose(
        math.exp(columns_hold_secret(100, 5, 40)), math.comb(95, 60) / math.comb(100, 60)
    )
    assert columns_hold_secret(100, None, 100) == 0


def test_a_known_sparsity_makes_the_search_cheaper():
    dense, sparse = (plan_windows(100, k, 0.125, math.inf) for k in (None, 5))
    assert dense is not None
    assert sparse is not None
    assert sparse.size < dense.size == 100
    assert sparse.seconds < dense.seconds / 5


def test_pure_noise_is_accepted_less_often_than_the_claimed_bound():
    # At most 0.2 * 150 = 30 expected; 53 would be four and a half standard deviations more.
    learner = PooledGauss(failure=0.2)
    statuses = [
        learner.learn(pure_noise(8, seed), noise=0.1, rng=seed).status for seed in range(150)
    ]
    assert statuses.count(Status.FOUND) <= 53
    assert set(statuses) <= {Status.FOUND, Status.GAVE_UP}


def test_too_few_examples_are_said_to_be_too_few():
    problem = SparseParity(30, None, 0.1, seed=0)
    for m in (0, 1, 45, 100):
        outcome = PooledGauss().learn(ExampleOracle.over(problem.sample(m)), noise=0.1, rng=0)
        assert outcome.status is Status.OUT_OF_SAMPLES
        assert outcome.cost.samples == 0
    assert "100 examples are left, too few: at noise rate" in outcome.detail


def test_a_list_with_dependent_columns_is_underdetermined():
    bits = np.random.default_rng(0).integers(0, 2, (600, 12), dtype=np.uint8)
    bits[:, 7] = bits[:, 2]
    samples = Samples.from_arrays(bits, bits[:, 1] ^ bits[:, 7])
    outcome = PooledGauss().learn(ExampleOracle.over(samples), noise=0.1, rng=0)
    assert outcome.status is Status.UNDERDETERMINED
    assert "rank 11 of 12: 2^1 secrets" in outcome.detail


def test_a_list_of_fewer_examples_than_columns_does_for_known_k():
    problem = SparseParity(500, 2, 0.05, seed=3)
    oracle = ExampleOracle.over(problem.sample(300))
    outcome = PooledGauss().learn(oracle, k=2, noise=0.05, rng=0)
    assert (outcome.status, outcome.support) == (Status.FOUND, problem.support)


def test_a_copy_of_a_column_leaves_the_answer_open_even_for_known_k():
    bits = np.random.default_rng(0).integers(0, 2, (900, 500), dtype=np.uint8)
    bits[:, 7] = bits[:, 2]
    samples = Samples.from_arrays(bits, bits[:, 1] ^ bits[:, 7])
    outcome = PooledGauss().learn(ExampleOracle.over(samples), k=2, noise=0.05, rng=0)
    assert outcome.status is Status.UNDERDETERMINED
    assert outcome.support in ((1, 7), (1, 2))
    assert "Another secret of 2 columns may label all 900 examples alike" in outcome.detail


def test_a_search_beyond_most_operations_is_not_begun():
    outcome = PooledGauss().learn(SparseParity(500, None, 0.3).examples(), noise=0.3, rng=0)
    assert (outcome.status, outcome.cost.samples) == (Status.GAVE_UP, 0)
    assert re.search(r"Not begun: at noise rate 0.3, .* most_operations is 1e\+16", outcome.detail)


def test_time_that_runs_out_comes_with_a_prediction():
    problem = SparseParity(128, None, 0.25)
    outcome = PooledGauss(most_operations=1e30).learn(
        problem.examples(), noise=0.25, rng=0, budget=Budget(seconds=0.1)
    )
    assert outcome.status is Status.TIMEOUT
    assert outcome.cost.seconds < 2
    assert re.search(r"\d+ tries were made; .* s at the pace so far", outcome.detail)


def test_a_wrong_k_or_a_higher_noise_rate_ends_in_giving_up():
    problem = SparseParity(20, 4, 0.1, seed=0)
    wrong = PooledGauss().learn(problem.examples(), k=3, noise=0.1, rng=0)
    assert wrong.status is Status.GAVE_UP
    noisy = PooledGauss(assumed_noise=0.05).learn(SparseParity(60, None, 0.35).examples(), rng=0)
    assert noisy.status is Status.GAVE_UP
    assert "higher than assumed_noise" in noisy.detail


def test_labels_that_are_all_zero_are_no_parity():
    samples = Samples(5, random_words(np.random.default_rng(0), 500, 5), np.zeros(500, np.uint8))
    outcome = PooledGauss().learn(ExampleOracle.over(samples), noise=0.1, rng=0)
    assert outcome.status is Status.GAVE_UP


def test_parameters_are_checked():
    for field, value in (("failure", 1.0), ("assumed_noise", 0.5), ("most_operations", 0.0)):
        with pytest.raises(InvalidInput, match=field):
            PooledGauss(**{field: value})


def test_the_verification_rejects_what_the_window_let_through():
    problem = SparseParity(20, None, 0.1, seed=0)
    verification = augmented(problem.sample(200, seed=2))
    truth = np.zeros(words_for(21), dtype=np.uint64)
    truth[:1] = mask(problem.support, 20)
    assert row_exchange.count_misses(verification, 20, truth, 200) < 45
    truth[0] ^= np.uint64(1)
    assert row_exchange.count_misses(verification, 20, truth, 200) > 60
