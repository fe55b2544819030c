"""Random search: unbiased subsets, a geometric number of guesses."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, geom

from parity_compare.algorithms.kernels.guesses import below, draw_subset, guess_subsets, next_word
from parity_compare.algorithms.outcome import Status
from parity_compare.algorithms.random_search import RandomSearch
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import ExampleOracle
from parity_compare.problems.parity import SparseParity
from parity_compare.problems.samples import Samples

FALSE_ALARM = 1e-4


def chi_square_quantile(cells: int) -> float:
    """What the statistic of ``cells`` equally likely cells exceeds once in 10,000 runs."""
    return float(chi2.isf(FALSE_ALARM, cells - 1))


def test_splitmix_gives_the_published_words() -> None:
    """The first outputs for seed 1234567, as listed with the reference implementation."""
    state = np.array([1234567], dtype=np.uint64)
    assert [int(next_word(state)) for _ in range(3)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


@pytest.mark.parametrize("bound", [1, 3, 2**31 + 1, 2**32])
def test_integers_stay_below_their_bound_and_lean_nowhere(bound: int) -> None:
    state = np.array([bound], dtype=np.uint64)
    draws = np.array([below(bound, state) for _ in range(3000)])
    assert 0 <= draws.min() <= draws.max() < bound
    cells = min(bound, 3)
    counts = np.bincount((draws.astype(object) * cells // bound).astype(int), minlength=cells)
    expected = len(draws) / cells
    assert ((counts - expected) ** 2 / expected).sum() <= chi_square_quantile(cells + 1)


@pytest.mark.parametrize(("n", "k"), [(6, 3), (5, 1), (5, 5), (8, 2)])
def test_subsets_are_equally_likely(n: int, k: int) -> None:
    """Chi-square over all C(n, k) subsets, false-alarm rate 1e-4."""
    state, subset = np.array([n * k], dtype=np.uint64), np.empty(k, dtype=np.int64)
    counts = dict.fromkeys(itertools.combinations(range(n), k), 0)
    for _ in range(4000):
        draw_subset(n, state, subset)
        counts[tuple(sorted(subset.tolist()))] += 1
    expected = 4000 / len(counts)
    statistic = sum((c - expected) ** 2 / expected for c in counts.values())
    assert statistic <= chi_square_quantile(len(counts) + 1)


@settings(max_examples=50, deadline=None)
@given(
    n=st.integers(1, 10),
    k=st.integers(1, 4),
    m=st.integers(1, 150),
    allowed=st.integers(0, 60),
    seed=st.integers(0, 2**64 - 1),
)
def test_the_first_acceptable_guess_ends_the_search(
    n: int, k: int, m: int, allowed: int, seed: int
) -> None:
    """The twin draws the same subsets one by one and counts mismatches on unpacked bits."""
    k = min(n, k)
    sample = SparseParity(n, k, noise=0.2, seed=seed % 97).sample(m)
    state, subset = np.array([seed], dtype=np.uint64), np.empty(k, dtype=np.int64)
    twin_state, twin = state.copy(), subset.copy()
    tries, _, accepted = guess_subsets(
        sample.columns, sample.label_words, allowed, state, subset, 40
    )
    number, fits = 0, False
    while number < 40 and not fits:
        number += 1
        draw_subset(n, twin_state, twin)
        fits = m - sample.agreement(twin.tolist()) <= allowed
    assert (tries, accepted) == (number, fits)
    assert np.array_equal(subset, twin)
    assert np.array_equal(state, twin_state)


def test_the_number_of_guesses_is_geometric() -> None:
    """Chi-square over ten equally likely cells, mean C(12, 2) = 66; false-alarm rate 1e-4."""
    problem, success = SparseParity(12, 2, seed=0), 1 / math.comb(12, 2)
    guesses = np.array(
        [RandomSearch().learn(problem.examples(), k=2, rng=seed).cost.steps for seed in range(1000)]
    )
    edges = geom.ppf(np.arange(1, 10) / 10, success)
    shares = np.diff(np.concatenate([[0.0], geom.cdf(edges, success), [1.0]]))
    counts = np.bincount(np.searchsorted(edges, guesses), minlength=10)
    statistic = ((counts - 1000 * shares) ** 2 / (1000 * shares)).sum()
    assert statistic <= chi_square_quantile(10)


@pytest.mark.parametrize("noise", [0.0, 0.2, 0.35])
def test_it_finds_the_secret_among_flipped_labels(noise: float) -> None:
    for seed in range(5):
        problem = SparseParity(20, 3, noise, seed=seed)
        outcome = RandomSearch().learn(problem.examples(), k=3, noise=noise, rng=seed)
        assert (outcome.status, outcome.support) == (Status.FOUND, problem.support)


def test_equal_seeds_make_equal_guesses() -> None:
    problem = SparseParity(30, 3, seed=2)
    first, second, other = (
        RandomSearch().learn(problem.examples(), k=3, rng=seed).cost.steps for seed in (7, 7, 8)
    )
    assert first == second != other


def test_it_has_to_be_told_k() -> None:
    outcome = RandomSearch().learn(SparseParity(10, 2).examples())
    assert outcome.status is Status.GAVE_UP
    assert "told k" in outcome.detail


def test_coin_tosses_are_given_up_after_enough_guesses() -> None:
    rng = np.random.default_rng(0)
    samples = Samples(
        8,
        rng.integers(0, 256, (300, 1), dtype=np.uint64),
        rng.integers(0, 2, 300).astype(np.uint8),
    )
    outcome = RandomSearch().learn(ExampleOracle.over(samples), k=2, rng=0)
    assert outcome.status is Status.GAVE_UP
    assert outcome.cost.steps == math.ceil(28 * math.log(1e6))


def test_too_few_labels_to_be_sure() -> None:
    problem = SparseParity(20, 3)
    for m in (0, 5):
        outcome = RandomSearch().learn(ExampleOracle.over(problem.sample(m)), k=3)
        assert outcome.status is Status.OUT_OF_SAMPLES


@pytest.mark.parametrize("fields", [{"failure": 0.0}, {"assumed_noise": 0.5}])
def test_fields_out_of_range(fields: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(fields))):
        RandomSearch(**fields)
