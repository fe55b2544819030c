"""What several studies measure: exact intervals, and paired slowing."""

import math

import numpy as np
import pytest
from made_up_studies import cell

from parity_compare.reproduction.measures import (
    MEDIAN_OF,
    bounded,
    difference_of_rates,
    exact_median,
    exact_rate,
    slowing,
)
from parity_compare.reproduction.ratios import ratio_of_medians, ratio_of_ratios

INF = math.inf


def test_six_values_are_the_fewest_that_enclose_a_median_with_95_per_cent():
    # The range of N misses it with a chance of 2 / 2^N: 3.1 % of 6, 6.3 % of 5.
    assert MEDIAN_OF == 6
    assert exact_median([3.0, 1, 2, 6, 5, 4]) == (3.5, 1, 6)
    five = exact_median([3.0, 1, 2, 5, 4])
    assert five.estimate == 3
    assert math.isnan(five.low)
    assert math.isnan(five.high)
    assert all(math.isnan(value) for value in exact_median([]))


@pytest.mark.parametrize(
    ("size", "level", "j"),
    [(8, 0.95, 1), (9, 0.95, 2), (10, 0.95, 2), (20, 0.95, 6), (40, 0.95, 14), (10, 0.99, 1)],
)
def test_the_ends_are_the_order_statistics_of_the_sign_test(size, level, j):
    # Standard table, e.g. Gibbons and Chakraborti, table G.
    found = exact_median([float(value) for value in range(1, size + 1)], level=level)
    assert (found.low, found.high) == (j, size + 1 - j)


@pytest.mark.parametrize("size", [6, 7, 10, 25])
def test_the_interval_covers_at_least_as_often_as_it_says(size):
    drawn = np.random.default_rng(size).lognormal(size=(2000, size))
    found = [exact_median(list(row)) for row in drawn]
    covered = np.mean([one.low <= 1 <= one.high for one in found])
    assert covered >= 0.935  # three standard deviations below 95 %


def test_failures_are_infinite_and_one_trial_of_six_leaves_the_median_unbounded():
    assert exact_median([1.0] * 5 + [INF]) == (1, 1, INF)
    assert exact_median([INF] * 6) == (INF, INF, INF)
    assert not bounded([1.0] * 5 + [INF])
    assert not bounded([1.0] * 5)
    assert bounded([1.0] * 6)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(0, 10, 0, 0.3085), (10, 10, 0.6915, 1), (5, 10, 0.1871, 0.8129), (1, 20, 0.0013, 0.2487)],
)
def test_the_exact_interval_of_a_rate_is_clopper_and_pearson_s(successes, trials, low, high):
    found = exact_rate(successes, trials)
    assert found == pytest.approx((successes / trials, low, high), abs=5e-5)


def test_no_trials_leave_a_rate_unknown():
    assert exact_rate(0, 0)[1:] == (0, 1)


def test_the_interval_of_a_difference_is_newcombe_s():
    # Newcombe 1998, table II, (a): 56 of 70 and 48 of 80, method 10.
    difference = difference_of_rates((56, 70), (48, 80))
    assert difference == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_ratio_of_medians_of_few_trials_has_no_interval(count):
    few, many = [2.0] * count, [1.0] * 20
    assert math.isnan(ratio_of_medians(few, many).low)
    assert math.isnan(ratio_of_medians(many, few).low)
    assert math.isnan(ratio_of_ratios((many, many), (few, many)).low)
    assert ratio_of_medians([2.0] * 6, many).low == 2


def test_slowing_pairs_trials_by_number():
    cold = cell("sgd", [100, 200, INF, INF, 50], n=20)
    hot = cell("langevin[temperature=0.1]", [150, INF, 300, INF], n=20)
    assert slowing(cold, hot[::-1]) == [1, 0, INF, 1.5]
