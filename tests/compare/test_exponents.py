"""The exponent's bend: against closed forms, and against the test's own error rates."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from parity_compare.mechanism import exponents
from parity_compare.mechanism.exponents import weighted_fit
from parity_compare.mechanism.medians import log_median, why_not
from parity_compare.problems.errors import InvalidInput
from parity_compare.statistics import bootstrap_medians

SIZES = (10, 15, 20, 30, 40, 60, 80)


def _trials(
    law: Callable[[int], float], count: int, *, seed: int = 0, limit: float = math.inf
) -> dict[int, npt.NDArray[np.float64]]:
    """Whole times about a median of law(n), log-normal with deviation 0.3; inf past the limit."""
    rng = np.random.default_rng(seed)
    times = {}
    for n in SIZES:
        drawn = np.maximum(np.round(law(n) * rng.lognormal(0, 0.3, count)), 1)
        times[n] = np.where(drawn > limit, math.inf, drawn)
    return times


def _elbow(n: int) -> float:
    """n up to 30, then n^2 / 30: the exponent rises from 1 to 2."""
    return 10 * (n if n <= 30 else n * n / 30)


# Medians


@pytest.mark.parametrize("size", [9, 10, 400])
def test_errors_of_ln_medians_have_the_deviation_of_the_bootstrap(size: int) -> None:
    """Two ways to draw the same law, 20 000 times each: deviations agree within 3 %."""
    times = np.random.default_rng(size).lognormal(3, 0.5, size)
    point = log_median(times, 20_000, np.random.default_rng(0))
    other = np.log(bootstrap_medians(np.sort(times), 20_000, np.random.default_rng(1)))
    assert point.value == pytest.approx(np.log(np.median(times)), abs=0.02)
    assert np.std(point.errors) == pytest.approx(np.std(other), rel=0.03)
    assert math.sqrt(point.variance) == pytest.approx(np.std(other), rel=0.15)


def test_the_variance_of_a_large_samples_median_is_the_textbooks() -> None:
    """Of ln times that are normal with deviation s: pi s^2 / 2N, here within 25 % for N = 20 000.

    The estimate rests on the density at the median, which some 280 order statistics tell.
    """
    times = np.random.default_rng(2).lognormal(3, 0.5, 20_000)
    point = log_median(times, 500, np.random.default_rng(3))
    textbook = math.pi * 0.25 / 2 / 20_000
    assert point.variance == pytest.approx(textbook, rel=0.25)
    assert np.mean(point.error_variances) == pytest.approx(textbook, rel=0.25)


def test_equal_whole_times_leave_the_rounding() -> None:
    point = log_median(np.full(50, 14.0), 4000, np.random.default_rng(4), 1.0)
    assert point.variance == pytest.approx(1 / 12 / 14**2)
    assert np.std(point.errors) == pytest.approx(math.sqrt(1 / 12) / 14, rel=0.05)
    assert np.abs(point.errors).max() <= 0.5 / 14


def test_a_trial_looked_at_every_ten_steps_was_done_at_one_of_ten() -> None:
    point = log_median(np.full(50, 40.0), 4000, np.random.default_rng(4), 10.0)
    assert point.value == pytest.approx(math.log(35.5))
    assert point.variance == pytest.approx(100 / 12 / 35.5**2)
    assert np.std(point.errors) == pytest.approx(math.sqrt(100 / 12) / 35.5, rel=0.05)


def test_which_medians_cannot_be_used() -> None:
    failed = math.inf
    assert why_not(np.arange(1.0, 26.0), 0.05) == ""
    assert "has 4 trials" in why_not(np.arange(1.0, 5.0), 0.05)
    half = np.array([1.0] * 5 + [failed] * 5)
    assert "5 of 10 trials failed, so its median is infinite" in why_not(half, 0.05)
    nearly = np.array([1.0] * 13 + [failed] * 12)
    assert "its median has no upper bound" in why_not(nearly, 0.05)
    few = np.array([1.0] * 20 + [failed] * 5)
    assert why_not(few, 0.05) == ""


# Fits


def test_weighted_fits_are_numpys() -> None:
    rng = np.random.default_rng(5)
    x, values = rng.normal(size=6), rng.normal(size=(4, 6))
    variances = rng.uniform(0.1, 2, size=(4, 6))
    coefficients, misfit = weighted_fit(np.stack([np.ones(6), x], axis=1), values, variances)
    for i in range(4):
        slope, start = np.polyfit(x, values[i], 1, w=1 / np.sqrt(variances[i]))
        assert coefficients[i] == pytest.approx([start, slope])
        residuals = values[i] - start - slope * x
        assert misfit[i] == pytest.approx(np.sum(residuals**2 / variances[i]))


def test_exponents_of_an_exact_power_law() -> None:
    times = {n: [4.5 * n**1.5] * 9 for n in SIZES}
    result = exponents(times)
    assert result.slope == pytest.approx((1.5, 1.5, 1.5))
    assert [local.estimate for local in result.local] == pytest.approx([1.5] * 6)
    assert result.halves.estimate == pytest.approx(0, abs=1e-6)
    assert result.answer == "no"


def test_two_exact_powers_are_recovered_with_their_knot() -> None:
    result = exponents({n: [float(_elbow(n))] * 9 for n in SIZES})
    assert result.answer == "yes"
    assert result.knot == 30
    assert result.before.estimate == pytest.approx(1, abs=0.02)
    assert result.after.estimate == pytest.approx(2, abs=0.02)
    assert [local.estimate for local in result.local] == pytest.approx([1] * 3 + [2] * 3, abs=0.01)


# The verdict


def test_the_bend_from_n_to_n_squared_is_found() -> None:
    """25 trials per size find it with a chance above 0.99; 10 times in a row."""
    for seed in range(10):
        result = exponents(_trials(_elbow, 25, seed=seed), resamples=199, seed=seed)
        assert result.answer == "yes"
        assert result.change.low > 0
        assert result.knot in (20, 30, 40)
        assert "rises from" in result.sentence


def test_rare_looks_bend_nothing() -> None:
    """One power law, seen every 10 steps only: half of the smallest median is rounding.

    At level 0.1 more than 6 of 20 false alarms come with a probability of 0.2 %. If the looks are
    not counted in, most of the samples give one.
    """
    alarms = unaware = 0
    for seed in range(20):
        drawn = _trials(lambda n: 1.1 * n, 100, seed=seed)
        seen = {n: 10 * np.ceil(values / 10) for n, values in drawn.items()}
        alarms += exponents(seen, resolution=10, level=0.1, resamples=99, seed=seed).p <= 0.1
        unaware += exponents(seen, level=0.1, resamples=99, seed=seed).p <= 0.1
    assert alarms <= 6
    assert unaware >= 12


@pytest.mark.parametrize(
    ("resolution", "message"),
    [
        (-1.0, "resolution must be at least 0 and finite, got -1.0"),
        (math.inf, "resolution must be at least 0 and finite, got inf"),
        ({10: 5.0, 15: 5.0}, "resolution must name every n, got none for n = 20"),
    ],
)
def test_resolutions_that_make_no_sense_are_refused(
    resolution: float | dict[int, float], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        exponents(_trials(_elbow, 6), resolution=resolution)


def test_intervals_hold_the_truth() -> None:
    """Of 60 runs at 95 %, fewer than 50 cover an exponent with a chance below 1e-3."""
    covered = np.zeros(3)
    for seed in range(60):
        straight = exponents(_trials(lambda n: 3 * n**1.5, 25, seed=seed), resamples=199)
        first = straight.local[0]
        covered[0] += straight.slope.low <= 1.5 <= straight.slope.high
        covered[1] += straight.halves.low <= 0 <= straight.halves.high
        covered[2] += first.low <= 1.5 <= first.high
    assert (covered >= 50).all()


@pytest.mark.parametrize(
    ("power", "count", "limit"), [(1.5, 10, math.inf), (1.5, 25, 800), (0.3, 50, math.inf)]
)
def test_false_alarms_are_as_rare_as_the_level_says(power: float, count: int, limit: float) -> None:
    """60 pure power laws at level 0.1: more than 14 alarms have a chance of 7e-4 at most.

    Some have many equal whole times, some lose trials to a limit.
    """
    alarms = 0
    for seed in range(60):
        times = _trials(lambda n: 6 * n**power, count, seed=seed, limit=limit)
        alarms += exponents(times, level=0.1, resamples=99, seed=seed).p <= 0.1
    assert alarms <= 14


def test_a_power_law_of_many_trials_has_no_bend() -> None:
    result = exponents(_trials(lambda n: n**1.5, 400))
    assert result.answer == "no"
    assert result.halves.high < 0.25
    assert result.slope.low <= 1.5 <= result.slope.high


def test_an_exponent_that_falls_does_not_rise() -> None:
    result = exponents(_trials(lambda n: n**2 if n <= 30 else 30 * n, 25))
    assert result.answer == "no"
    assert result.p <= 0.05
    assert result.change.high < 0
    assert "falls from" in result.sentence


def test_few_trials_decide_nothing() -> None:
    result = exponents(_trials(lambda n: n**1.5, 6))
    assert result.answer == "undecided"
    assert "more trials or sizes would decide" in result.sentence


def test_sizes_whose_median_is_infinite_are_left_out_and_named() -> None:
    """Half of 25 trials at n = 80 need 2133 steps and more."""
    result = exponents(_trials(_elbow, 25, limit=1500))
    assert result.sizes == SIZES[:-1]
    assert list(result.left_out) == [80]
    assert "Without n = 80" in result.sentence
    assert result.answer == "yes"


def test_two_sizes_have_no_bend_to_see() -> None:
    times = {n: values for n, values in _trials(_elbow, 25).items() if n < 20}
    result = exponents({**times, 20: [math.inf] * 25})
    assert result.answer == "undecided"
    assert "3 sizes at least are needed" in result.sentence
    assert result.sizes == (10, 15)
    assert math.isnan(result.p)


def test_the_unit_of_time_does_not_matter() -> None:
    times = {n: values + 0.5 for n, values in _trials(_elbow, 25).items()}
    base = exponents(times)
    scaled = exponents({n: 3600 * values for n, values in times.items()})
    assert scaled.p == base.p
    assert scaled.statistic == pytest.approx(base.statistic, rel=1e-6)
    assert scaled.slope == pytest.approx(base.slope)
    assert scaled.change == pytest.approx(base.change)


def test_the_order_of_sizes_and_trials_does_not_matter() -> None:
    times = _trials(_elbow, 25)
    turned = {n: times[n][::-1] for n in reversed(SIZES)}
    assert exponents(turned) == exponents(times)


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ({10: [1.0, 0.0]}, "times at n = 10 must be positive, got 0"),
        ({10: [1.0, math.nan]}, "times at n = 10 must be positive, got nan"),
        ({0: [1.0]}, "n must be at least 1, got 0"),
    ],
)
def test_wrong_times_are_refused(times: dict[int, list[float]], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        exponents(times)


def test_a_level_that_no_resample_can_reach_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"resamples must be at least 19 at level 0\.05, got 9"):
        exponents({10: [1.0]}, resamples=9)
