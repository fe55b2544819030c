"""Ratios of medians and of spreads, with failures."""

import math

import numpy as np
import pytest

from parity_compare.reproduction.ratios import (
    ratio_of_medians,
    ratio_of_ratios,
    ratio_of_spreads,
    spread,
)

INF = math.inf


def test_ratio_of_medians_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(300):
        slow, fast = rng.lognormal(math.log(2), 0.3, 25), rng.lognormal(0, 0.3, 25)
        interval = ratio_of_medians(list(slow), list(fast))
        covered += interval.low <= 2 <= interval.high
    assert covered >= 273  # 91 %: under a true 95 %, less with a chance below 0.3 %


def test_a_sample_that_mostly_fails_is_infinitely_slower():
    ratio = ratio_of_medians([INF] * 10, [5.0] * 10)
    assert ratio == (INF, INF, INF)
    assert ratio_of_medians([5.0] * 10, [INF] * 10) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("pair", [([], [1.0]), ([1.0], []), ([INF] * 9, [INF] * 9)])
def test_what_cannot_be_compared_is_unknown(pair):
    assert all(math.isnan(value) for value in ratio_of_medians(*pair))


def test_samples_that_may_both_have_failed_have_no_interval():
    half = [1.0] * 5 + [INF] * 4
    assert all(math.isnan(value) for value in ratio_of_medians(half, half))


def test_ratio_of_ratios_is_one_when_both_slow_down_alike():
    rng = np.random.default_rng(1)
    fast, slow = list(rng.lognormal(0, 0.1, 40)), list(rng.lognormal(1, 0.1, 40))
    factor = ratio_of_ratios((slow, fast), (slow, fast))
    assert factor.estimate == pytest.approx(1)
    assert factor.low < 1 < factor.high
    doubled = [2 * time for time in slow]
    assert ratio_of_ratios((doubled, fast), (slow, fast)).estimate == pytest.approx(2)


def test_spread_is_the_log_of_the_ratio_of_quartiles_whatever_the_unit():
    times = [1.0, 2.0, 4.0, 8.0, 16.0]
    assert spread(times) == pytest.approx(math.log(8 / 2))
    assert spread([60 * time for time in times]) == pytest.approx(spread(times))


def test_spread_is_infinite_once_the_upper_quartile_fails():
    assert spread([1.0, 2.0, 4.0, INF, INF]) == INF
    assert spread([1.0, 2.0, 4.0, 8.0, INF]) == pytest.approx(math.log(4))
    assert math.isnan(spread([INF] * 5))
    assert math.isnan(spread([1.0, 2.0]))


def test_ratio_of_spreads_tells_a_wide_sample_from_a_narrow_one():
    rng = np.random.default_rng(2)
    wide, narrow = list(rng.lognormal(0, 0.6, 60)), list(rng.lognormal(3, 0.1, 60))
    ratio = ratio_of_spreads(narrow, wide)
    assert 0 < ratio.low <= ratio.estimate <= ratio.high < 1
    assert math.isnan(ratio_of_spreads(narrow, [INF] * 60).estimate)
