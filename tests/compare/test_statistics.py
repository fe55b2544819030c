"""Intervals: against closed forms, and against their own coverage."""

import math
from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from parity_compare.statistics import (
    bootstrap_medians,
    expected_intervals,
    median_interval,
    wilson,
)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_equals_scipy(counts: tuple[int, int]) -> None:
    successes, trials = counts
    ours = wilson(successes, trials)
    theirs = binomtest(successes, trials).proportion_ci(method="wilson")
    assert ours.estimate == successes / trials
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_no_trials_leave_the_rate_open() -> None:
    interval = wilson(0, 0)
    assert math.isnan(interval.estimate)
    assert (interval.low, interval.high) == (0.0, 1.0)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40))
def test_median_is_numpys_and_lies_in_its_interval(values: list[float]) -> None:
    interval = median_interval(values)
    assert interval.estimate == pytest.approx(float(np.median(values)))
    assert interval.low <= interval.estimate <= interval.high
    assert min(values) <= interval.low
    assert interval.high <= max(values)


def test_failures_are_infinite_not_dropped() -> None:
    assert median_interval([1.0, 2.0, math.inf]).estimate == 2.0
    assert median_interval([1.0, math.inf, math.inf]).estimate == math.inf
    # Half of the trials failing puts one of the two middle values at infinity.
    assert median_interval([1.0, math.inf]).estimate == math.inf
    everything_failed = median_interval([math.inf] * 5)
    assert everything_failed == (math.inf, math.inf, math.inf)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_medians_follow_the_law_of_the_bootstrap(size: int) -> None:
    """Against all N^N samples; each frequency is off by 4.5 deviations with probability 7e-6."""
    ordered = np.array([1.0, 2.0, 4.0, 8.0, 16.0])[:size]
    exact = Counter(float(np.median(sample)) for sample in product(ordered, repeat=size))
    draws = 40_000
    drawn = Counter(bootstrap_medians(ordered, draws, np.random.default_rng(size)).tolist())
    assert set(drawn) <= set(exact)
    for median, count in exact.items():
        share = count / size**size
        assert abs(drawn[median] / draws - share) <= 4.5 * math.sqrt(share * (1 - share) / draws)


def test_median_interval_covers_the_median_as_often_as_it_says() -> None:
    """400 samples of 25 exponentials: coverage of the 95 % interval is near 0.95.

    The percentile bootstrap's coverage at this size is 0.93 to 0.96; below 0.90 or above 0.99 the
    code is wrong. With a true coverage of 0.94 the false-alarm rate is below 1e-3.
    """
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(400):
        interval = median_interval(rng.exponential(size=25), resamples=500)
        hits += interval.low <= math.log(2) <= interval.high
    assert 0.90 <= hits / 400 <= 0.99


def test_expected_costs_charge_failures() -> None:
    spent = [[1.0, 10.0], [2.0, 20.0], [60.0, 0.0]]
    seconds, samples = expected_intervals(spent, [True, True, False])
    assert seconds.estimate == 31.5
    assert samples.estimate == 15.0


def test_without_a_success_the_expected_cost_is_bounded_below_only() -> None:
    """With 3 trials the rate may be up to 1 - 0.025^(1/3) = 0.708, exactly."""
    (interval,) = expected_intervals([[60.0]] * 3, [False] * 3)
    assert interval.estimate == interval.high == math.inf
    assert interval.low == pytest.approx(60 / 0.70760, rel=1e-4)


def test_no_trials_leave_the_expected_cost_open() -> None:
    intervals = expected_intervals(np.empty((0, 2)), [])
    assert len(intervals) == 2
    assert all(math.isnan(value) for interval in intervals for value in interval)


def test_seldom_success_leaves_the_expected_cost_without_an_upper_end() -> None:
    """One success in 10 trials is missing in a third of the resamples."""
    (interval,) = expected_intervals([[1.0]] * 10, [True] + [False] * 9)
    assert interval.estimate == 10
    assert interval.low <= 5
    assert interval.high == math.inf


@given(
    st.lists(
        st.tuples(st.floats(0, 1e6), st.floats(0, 1e6), st.booleans()), min_size=1, max_size=30
    )
)
def test_costs_are_judged_together_as_they_are_alone(
    trials: list[tuple[float, float, bool]],
) -> None:
    solved = [won for _, _, won in trials]
    together = expected_intervals([[a, b] for a, b, _ in trials], solved)
    alone = [expected_intervals([[trial[i]] for trial in trials], solved)[0] for i in (0, 1)]
    for one, other in zip(together, alone, strict=True):
        assert one == pytest.approx(other, rel=1e-9)
        assert one.low <= one.estimate * (1 + 1e-9)
        assert one.estimate <= one.high * (1 + 1e-9)


def test_expected_costs_follow_the_law_of_the_bootstrap() -> None:
    """Against all 4^4 samples: the ends are the exact law's quantiles.

    They are read off 2000 resamples, so the levels at which the exact law reaches them are off by
    0.0035 as a standard deviation; 0.018 is passed with probability 3e-7 at either end.
    """
    spent, solved = np.array([1.0, 2.0, 8.0, 16.0]), np.array([True, True, True, False])
    (interval,) = expected_intervals(spent[:, np.newaxis], solved)
    exact = np.array(
        [
            spent[list(sample)].sum() / wins if (wins := solved[list(sample)].sum()) else math.inf
            for sample in product(range(4), repeat=4)
        ]
    )
    assert (exact < interval.low - 1e-9).mean() <= 0.025 + 0.018
    assert (exact <= interval.low + 1e-9).mean() >= 0.025 - 0.018
    assert (exact <= interval.high + 1e-9).mean() >= 0.975 - 0.018
    assert (exact < interval.high - 1e-9).mean() <= 0.975 + 0.018


@pytest.mark.parametrize("rate", [0.9, 0.02])
def test_above_a_thousand_trials_the_law_agrees_with_counting(rate: float) -> None:
    """Of 1000 and of 1001 trials, nearly the same ones: widths are equal within a tenth.

    The ends of 2000 resamples vary by 3 % of the width; 15 % is five deviations of a difference of
    two of them, in 4 comparisons: a false alarm is rarer than 1e-5.
    """
    rng = np.random.default_rng(0)
    solved = rng.random(1001) < rate
    spent = np.where(solved, rng.exponential(size=1001), 3.0)[:, np.newaxis]
    (counted,) = expected_intervals(spent[:1000], solved[:1000])
    (by_law,) = expected_intervals(spent, solved)
    width = counted.high - counted.low
    assert abs(by_law.low - counted.low) < 0.15 * width
    assert abs(by_law.high - counted.high) < 0.15 * width


def test_expected_interval_covers_the_expected_cost_as_often_as_it_says() -> None:
    """400 samples of 50 exponential times, censored at 2: coverage of the 95 % interval.

    A trial succeeds with probability 1 - e^-2 and costs 1 - e^-2 on average, so a success costs 1.
    The percentile bootstrap's coverage at this size is near 0.93; outside of 0.89 to 0.98 the code
    is wrong. With a true coverage of 0.93 to 0.95 the false-alarm rate is below 4e-3.
    """
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(400):
        times = rng.exponential(size=50)
        (interval,) = expected_intervals(np.minimum(times, 2.0)[:, np.newaxis], times < 2)
        hits += interval.low <= 1 <= interval.high
    assert 0.89 <= hits / 400 <= 0.98
