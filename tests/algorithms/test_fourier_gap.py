"""The Fourier gap: exact coefficients, and a learner that needs no more examples than it says."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.algorithms.budget import Budget
from parity_compare.algorithms.fourier_gap import FourierGap
from parity_compare.algorithms.kernels.thresholds import add_fired
from parity_compare.algorithms.outcome import Status
from parity_compare.problems.bits import pack
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import ExampleOracle
from parity_compare.problems.parity import SparseParity
from parity_compare.problems.samples import Samples
from parity_compare.problems.thresholds import best_gap, majority_gap


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 130), m=st.integers(0, 40), radius=st.integers(0, 130), seed=st.integers(0))
def test_sums_over_the_examples_that_fire(n: int, m: int, radius: int, seed: int) -> None:
    """The twin computes 1{w.x >= b} and the sums of y x_i in signs."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, (m, n), dtype=np.uint8)
    samples = Samples(n, pack(bits), rng.integers(0, 2, m, dtype=np.uint8))
    w = rng.integers(0, 2, n, dtype=np.uint8)
    counts = np.zeros(64 * samples.rows.shape[1], dtype=np.int64)
    fired = add_fired(samples.rows, samples.labels, pack(w), radius, counts)
    fires = samples.X.astype(int) @ (1 - 2 * w.astype(int)) >= n - 2 * radius
    sums = (samples.X.astype(int) * samples.y[:, None])[fires].sum(axis=0)
    assert fired == fires.sum()
    assert np.array_equal(fired - 2 * counts[:n], sums)


def test_the_estimate_has_the_stated_size() -> None:
    """g_i of 2^20 examples against c_{k-1} and c_{k+1}, all within six standard deviations."""
    n, k, m = 15, 3, 1 << 20
    problem, gap = SparseParity(n, k, noise=0.1, seed=0), best_gap(n, k)
    samples, counts = problem.sample(m), np.zeros(64, dtype=np.int64)
    w = pack(np.random.default_rng(0).integers(0, 2, n, dtype=np.uint8))
    fired = add_fired(samples.rows, samples.labels, w, gap.radius, counts)
    sizes = np.abs(fired - 2 * counts[:n]) / m
    wanted = np.array([gap.inside if i in problem.support else gap.outside for i in range(n)])
    assert np.abs(sizes - 0.8 * wanted).max() < 6 * math.sqrt(gap.rate / m)


def test_twenty_of_twenty_within_four_times_the_order_of_proposition_9() -> None:
    """The order is log n / gamma^2 with the majority's gamma, 8.5e5 examples at (51, 4)."""
    order = math.log(51) / majority_gap(51, 4) ** 2
    for seed in range(20):
        problem = SparseParity(51, 4, seed=seed)
        outcome = FourierGap().learn(problem.examples(), k=4, rng=seed)
        assert (outcome.status, outcome.support) == (Status.FOUND, problem.support)
        assert outcome.cost.samples <= 4 * order


@pytest.mark.parametrize(
    ("n", "k", "noise"), [(1, 1, 0.2), (40, 1, 0.3), (100, 2, 0.2), (30, 3, 0.1), (9, 9, 0.3)]
)
@pytest.mark.parametrize("tell", [True, False])
def test_it_finds_the_secret(n: int, k: int, noise: float, tell: bool) -> None:
    for seed in range(3):
        if not tell and k > 3:
            continue  # n - 1 coordinates of n have no gap, so it never comes to n
        problem = SparseParity(n, k, noise if tell else 0.1, seed=seed)
        told = {"k": k, "noise": noise} if tell else {}
        outcome = FourierGap().learn(problem.examples(), rng=seed, **told)
        assert (outcome.status, outcome.support) == (Status.FOUND, problem.support)


def test_coin_tosses_are_given_up_at_the_bound() -> None:
    rng = np.random.default_rng(0)

    def tosses(m: int) -> Samples:
        rows = rng.integers(0, 2**12, (m, 1), dtype=np.uint64)
        return Samples(12, rows, rng.integers(0, 2, m, dtype=np.uint8))

    outcome = FourierGap().learn(ExampleOracle(12, tosses), k=2, noise=0.1, rng=0)
    assert outcome.status is Status.GAVE_UP
    bound = best_gap(12, 2).samples(12, 0.8, 1e-6)
    assert bound <= outcome.cost.samples <= 1.2 * bound + 5000


def test_wrong_answers_are_accepted_no_oftener_than_claimed() -> None:
    """500 runs on coin tosses, failure 0.1 each: more than 80 with probability below 1e-4."""
    rng, accepted = np.random.default_rng(0), 0

    def tosses(m: int) -> Samples:
        rows = rng.integers(0, 2**6, (m, 1), dtype=np.uint64)
        return Samples(6, rows, rng.integers(0, 2, m, dtype=np.uint8))

    for seed in range(500):
        outcome = FourierGap(failure=0.1).learn(ExampleOracle(6, tosses), k=2, noise=0.0, rng=seed)
        accepted += outcome.status is Status.FOUND
    assert accepted <= 80


def test_what_is_short_is_said() -> None:
    problem = SparseParity(30, 3)
    listed = FourierGap().learn(ExampleOracle.over(problem.sample(500)), k=3, noise=0.0)
    assert listed.status is Status.OUT_OF_SAMPLES
    assert "at most" in listed.detail
    limited = FourierGap().learn(problem.examples(), k=3, budget=Budget(samples=100))
    assert limited.status is Status.OUT_OF_SAMPLES
    assert "more than the budget" in limited.detail
    assert limited.cost.samples <= 100
    empty = FourierGap().learn(ExampleOracle.over(problem.sample(0)), k=3)
    assert empty.status is Status.OUT_OF_SAMPLES


def test_a_size_without_a_gap_is_given_up_unasked() -> None:
    outcome = FourierGap().learn(SparseParity(20, 19).examples(), k=19)
    assert (outcome.status, outcome.cost.samples) == (Status.GAVE_UP, 0)


@pytest.mark.parametrize("fields", [{"failure": 1.0}, {"assumed_noise": 0.5}])
def test_fields_out_of_range(fields: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(fields))):
        FourierGap(**fields)
