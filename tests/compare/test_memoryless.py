"""Memoryless or not: closed forms, the test's own error rates, and real learners."""

import math
import re

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, expon, weibull_min

import parity_compare as pc
from parity_compare.mechanism import memoryless
from parity_compare.mechanism.memoryless import (
    anderson_darling,
    cells,
    early_successes,
    in_ticks,
    p_value,
    simulate,
)
from parity_compare.mechanism.survival import (
    LifeTable,
    checked_times,
    hazard_curve,
    kaplan_meier,
    life_table,
    time_on_test,
)
from parity_compare.mechanism.trials import times as times_of
from parity_compare.mechanism.weibull import fit_weibull, shape_interval
from parity_compare.problems.errors import InvalidInput

Floats = npt.NDArray[np.float64]


def _all(count: int) -> npt.NDArray[np.bool_]:
    return np.ones(count, dtype=np.bool_)


def _censored(drawn: Floats, limit: float) -> tuple[Floats, npt.NDArray[np.bool_]]:
    return np.minimum(drawn, limit), drawn <= limit


# Life tables


def test_a_life_table_by_hand() -> None:
    """Six trials: successes at 1, 2, 2, 4; one was stopped at 2, one at 4."""
    times = checked_times([1, 2, 2, 4, 2, 4], [True, True, True, True, False, False])
    table = life_table(times, np.array([1.0, 2.0, 3.0, 4.0]))
    assert table.at_risk.tolist() == [6, 5, 2, 2]
    assert table.events.tolist() == [1, 2, 0, 1]
    assert table.censored.tolist() == [0, 1, 0, 1]
    assert kaplan_meier(table) == pytest.approx([5 / 6, 5 / 6 * 3 / 5, 1 / 2, 1 / 4])
    assert time_on_test(times, np.array([0.0, 1.0, 2.5, 9.0])).tolist() == [0, 6, 12, 15]


@given(st.lists(st.integers(1, 30), min_size=1, max_size=60))
def test_without_censoring_kaplan_meier_is_the_share_unsolved(drawn: list[int]) -> None:
    edges = np.arange(1.0, 31.0)
    table = life_table(checked_times(drawn, _all(len(drawn))), edges)
    shares = [np.mean(np.array(drawn) > edge) for edge in edges]
    assert kaplan_meier(table) == pytest.approx(shares, abs=1e-12)


def test_the_hazard_of_a_known_law_lies_in_its_intervals() -> None:
    """Geometric times, p = 0.05, and thirteen 99.9 % intervals: one misses with a chance of 1 %."""
    drawn = np.random.default_rng(1).geometric(0.05, 3000).astype(float)
    curve = hazard_curve(checked_times(*_censored(drawn, 80)), level=0.999)
    assert len(curve) == 13
    assert [bin_.start for bin_ in curve[1:]] == [bin_.end for bin_ in curve[:-1]]
    assert all(bin_.rate.low <= 0.05 <= bin_.rate.high for bin_ in curve)
    assert sum(bin_.events for bin_ in curve) == np.sum(drawn <= 80)
    assert sum(bin_.exposure for bin_ in curve) == np.sum(np.minimum(drawn, 80))


def test_the_hazard_shows_an_early_stretch_without_success() -> None:
    drawn = 100 + np.random.default_rng(2).exponential(50, 500)
    curve = hazard_curve(checked_times(drawn, _all(500)))
    before = [bin_ for bin_ in curve if bin_.end <= 100]
    assert len(before) >= 3
    assert all(bin_.events == 0 and bin_.rate.low == 0 for bin_ in before)
    assert curve[-2].rate.low > before[0].rate.high


# Maximum likelihood


@pytest.mark.parametrize("counted", [True, False])
def test_the_memoryless_fit_is_total_time_over_successes(counted: bool) -> None:
    """Counted times with every step a cell: p = successes / tries, as the closed form says."""
    rng = np.random.default_rng(3)
    drawn = rng.geometric(0.1, 200).astype(float) if counted else rng.exponential(10, 200)
    times = checked_times(*_censored(drawn, 15))
    closed = times.successes / times.exposure
    result = memoryless(times.spent, times.solved, resamples=59)
    assert result.rate.estimate == pytest.approx(closed, abs=1e-12)
    if counted:
        table = life_table(times, np.arange(1.0, 16.0))
        fit = fit_weibull(table, shape=1)
        assert -math.expm1(-1 / fit.scale[0]) == pytest.approx(closed, rel=1e-6)
        failures = times.exposure - times.successes
        best = times.successes * math.log(closed) + failures * math.log1p(-closed)
        assert fit.likelihood[0] == pytest.approx(best, rel=1e-9)
    else:
        fit = fit_weibull(life_table(times, cells(times)), shape=1)
        assert 1 / fit.scale[0] == pytest.approx(closed, rel=2e-3)


def test_the_weibull_fit_is_scipys() -> None:
    """On the exact times; cells of a hundredth of the law cost little of either parameter."""
    drawn = 7 * np.random.default_rng(4).weibull(1.6, 400)
    spent, solved = _censored(drawn, 9)
    data = CensoredData.right_censored(spent, ~solved)
    shape, _, scale = weibull_min.fit(data, floc=0)
    fine = np.linspace(0, 9, 3001)[1:]
    fit = fit_weibull(life_table(checked_times(spent, solved), fine))
    assert fit.shape[0] == pytest.approx(shape, rel=2e-3)
    assert fit.scale[0] == pytest.approx(scale, rel=2e-3)
    null = fit_weibull(life_table(checked_times(spent, solved), fine), shape=1)
    _, mean = expon.fit(data, floc=0)
    assert null.scale[0] == pytest.approx(mean, rel=2e-3)


def test_the_shapes_interval_is_where_the_likelihood_falls_by_1_92() -> None:
    times = checked_times(np.random.default_rng(5).exponential(size=80), _all(80))
    table = life_table(times, cells(times))
    fit = fit_weibull(table)
    for end in shape_interval(table, fit, level=0.95):
        drop = fit.likelihood[0] - fit_weibull(table, shape=end).likelihood[0]
        assert drop == pytest.approx(1.9207, abs=1e-3)


def test_many_tables_are_fitted_like_each_alone() -> None:
    times = checked_times(np.random.default_rng(6).geometric(0.05, 50), _all(50))
    drawn = simulate(life_table(times, cells(times)), 20.0, 8, np.random.default_rng(7))
    together = fit_weibull(drawn)
    for i in range(8):
        alone = fit_weibull(
            drawn._replace(
                at_risk=drawn.at_risk[i], events=drawn.events[i], censored=drawn.censored[i]
            )
        )
        assert alone.shape[0] == pytest.approx(together.shape[i], rel=1e-3)
        assert alone.likelihood[0] == pytest.approx(together.likelihood[i], abs=1e-5)


# The single tests


def test_simulated_trials_are_exponential_and_censored_like_the_data() -> None:
    """20 000 trials of mean 10, a limit at 12: 1 - e^-1.2 succeed, within 5 deviations (6e-7)."""
    drawn = np.random.default_rng(8).exponential(10, 20_000)
    table = life_table(checked_times(*_censored(drawn, 12)), np.linspace(0, 12, 25)[1:])
    simulated = simulate(table, 10.0, 20, np.random.default_rng(9))
    assert (simulated.events.sum(1) + simulated.censored.sum(1) == 20_000).all()
    assert (simulated.censored[:, :-1] == 0).all()
    share = -math.expm1(-1.2)
    deviation = math.sqrt(share * (1 - share) / 20_000)
    assert np.abs(simulated.events.sum(1) / 20_000 - share).max() < 5 * deviation


def test_anderson_darling_approaches_its_integral_form() -> None:
    """On a full sample and fine cells: -T - mean of (2i - 1) (ln F_i + ln(1 - F_{T+1-i}))."""
    drawn = np.sort(np.random.default_rng(10).exponential(size=60))
    law = -np.expm1(-drawn)
    i = np.arange(1, 61)
    textbook = -60 - np.mean((2 * i - 1) * (np.log(law) + np.log1p(-law[::-1])))
    edges = -np.log1p(-np.linspace(0, 1, 20_001)[1:-1])
    table = life_table(checked_times(drawn, _all(60)), edges)
    batch = table._replace(at_risk=table.at_risk[np.newaxis], events=table.events[np.newaxis])
    assert anderson_darling(batch, np.ones(1))[0] == pytest.approx(textbook, rel=0.01)


def test_early_successes_by_hand() -> None:
    """Trials of 1, 3, 6 and 10 tries: a tenth of the 20 is 2, so that only the first round counts.

    It has 4 of the 19 tries that are not the last, and 1 of the 3 successes that are not the last.
    """
    early = early_successes(checked_times([1, 3, 6, 10], _all(4)))
    ways = math.comb(15, 3) + 4 * math.comb(15, 2)
    assert early.successes == 1
    assert early.expected == pytest.approx(3 * 4 / 19)
    assert early.p == pytest.approx(ways / math.comb(19, 3))


def test_a_single_early_success_is_one_success() -> None:
    result = memoryless([1, *range(40, 60)], _all(21), resamples=59)
    assert result.early == 1
    assert "; 1 success came early where " in result.sentence


def test_measured_early_successes_are_binomial() -> None:
    """A tenth of 100 seconds has passed after 2.5, in which nothing happened."""
    early = early_successes(checked_times([20.0, 30.0, 40.5, 9.5], _all(4)))
    assert early.successes == 0
    assert early.expected == pytest.approx(0.3)
    assert early.p == pytest.approx(0.9**3)


def test_times_on_a_lattice_are_counted_in_its_steps() -> None:
    """A learner tested at every tenth step; a trial stopped at 57 had five tests."""
    times = in_ticks(checked_times([30, 10, 57, 20, 7], [True, True, False, True, False]))
    assert times.spent.tolist() == [1, 2, 3, 5]
    assert times.solved.tolist() == [True, True, True, False]
    plain = checked_times([30, 11, 20], _all(3))
    assert in_ticks(plain) is plain


# The verdict


@pytest.mark.parametrize(
    ("law", "size", "limit"),
    [("few tries", 20, math.inf), ("tries", 60, 30), ("seconds", 12, math.inf), ("seconds", 60, 1)],
)
def test_false_alarms_are_as_rare_as_the_level_says(law: str, size: int, limit: float) -> None:
    """60 memoryless samples at level 0.1: more than 14 alarms have a chance of 7e-4 at most."""
    rng = np.random.default_rng(size)
    alarms = 0
    for trial in range(60):
        if law == "seconds":
            drawn = rng.exponential(size=size)
        else:
            drawn = rng.geometric(0.3 if law == "few tries" else 0.03, size).astype(float)
        result = memoryless(*_censored(drawn, limit), level=0.1, resamples=49, seed=trial)
        alarms += result.answer == "no"
    assert alarms <= 14


def test_the_interval_of_the_shape_covers_it_as_often_as_it_says() -> None:
    """1000 samples of 50 with shape 1.5: 95 % cover, 925 at least but for a chance of 4e-4."""
    edges = (-np.log1p(-np.arange(1, 200) / 200)) ** (1 / 1.5)
    rng = np.random.default_rng(19)
    tables = [life_table(checked_times(rng.weibull(1.5, 50), _all(50)), edges) for _ in range(1000)]
    stacked = LifeTable(edges, *(np.stack([table[i] for table in tables]) for i in (1, 2, 3)))
    drop = fit_weibull(stacked).likelihood - fit_weibull(stacked, shape=1.5).likelihood
    assert 925 <= np.sum(drop <= 1.9207) < 1000


@pytest.mark.parametrize(("size", "limit"), [(40, math.inf), (100, 60)])
def test_a_rising_chance_of_success_is_found(size: int, limit: float) -> None:
    """Times with Weibull shape 2 are rejected with a chance above 0.99; 10 times in a row."""
    for seed in range(10):
        drawn = np.ceil(60 * np.random.default_rng(seed).weibull(2, size))
        result = memoryless(*_censored(drawn, limit), resamples=99, seed=seed)
        assert result.answer == "no"
        assert result.shape.low > 1
        assert "rises with time" in result.sentence


def test_a_falling_chance_of_success_is_found() -> None:
    drawn = np.random.default_rng(11).weibull(0.5, 100)
    result = memoryless(drawn, _all(100))
    assert result.answer == "no"
    assert "falls with time" in result.sentence


def test_missing_early_successes_are_found() -> None:
    """Geometric times that cannot begin before step 20: the paper's second argument."""
    drawn = 20 + np.random.default_rng(12).geometric(0.02, 200)
    result = memoryless(drawn, _all(200))
    assert result.answer == "no"
    assert result.early == 0
    assert result.early_p < 1e-6


def test_enough_memoryless_trials_are_called_so() -> None:
    drawn = np.random.default_rng(13).geometric(0.01, 500).astype(float)
    result = memoryless(*_censored(drawn, 150))
    assert result.answer == "yes"
    assert 0.8 <= result.shape.low <= 1 <= result.shape.high <= 1.25
    assert result.successes == np.sum(drawn <= 150)


def test_few_memoryless_trials_are_no_proof() -> None:
    result = memoryless(np.random.default_rng(14).geometric(0.01, 12), _all(12))
    assert result.answer == "undecided"
    assert "more successes would decide" in result.sentence


@pytest.mark.parametrize("successes", [0, 4])
def test_too_few_successes_decide_nothing_and_say_so(successes: int) -> None:
    result = memoryless([7] * 10, [True] * successes + [False] * (10 - successes))
    assert result.answer == "undecided"
    assert f"{successes} of 10 trials succeeded" in result.sentence
    assert math.isnan(result.p)
    assert math.isnan(result.shape.estimate)


def test_equal_times_are_not_luck_unless_every_first_try_succeeds() -> None:
    """A learner without randomness takes the same steps always; success at once tells nothing."""
    assert memoryless([37] * 20, _all(20)).answer == "no"
    assert memoryless([1] * 20, _all(20)).answer == "undecided"


def test_a_million_times_are_no_more_work_than_their_cells() -> None:
    drawn = np.random.default_rng(15).geometric(1e-3, 10**6).astype(float)
    spent, solved = _censored(drawn, 5000)
    assert len(cells(checked_times(spent, solved))) < 200
    result = memoryless(spent, solved, resamples=99)
    assert result.answer == "yes"
    assert result.shape.high - result.shape.low < 0.01


@pytest.mark.parametrize("scale", [1e-6, 64.0, 1e9])
def test_seconds_may_be_hours(scale: float) -> None:
    drawn = np.random.default_rng(16).exponential(size=30)
    base = memoryless(drawn, _all(30), resamples=59)
    scaled = memoryless(scale * drawn, _all(30), resamples=59)
    assert scaled.answer == base.answer
    assert scaled.shape == pytest.approx(base.shape, rel=1e-4)
    assert scaled.likelihood_ratio == pytest.approx(base.likelihood_ratio, rel=1e-3)
    assert scaled.early_p == pytest.approx(base.early_p)
    assert scaled.rate.estimate == pytest.approx(base.rate.estimate / scale)


def test_equal_arguments_give_equal_verdicts_in_any_order() -> None:
    drawn, solved = _censored(np.random.default_rng(17).exponential(size=25), 1.5)
    order = np.random.default_rng(18).permutation(25)
    assert memoryless(drawn, solved) == memoryless(drawn[order], solved[order])


# Real learners


def test_random_search_comes_out_memoryless() -> None:
    records = pc.run("random", n=10, k=3, trials=250, time_limit=None).records
    result = memoryless(*times_of(records))
    assert result.answer == "yes"
    # Successes are geometric with mean C(10, 3) = 120, of which the rate's interval should know.
    assert result.rate.low <= 1 / 120 <= result.rate.high


def test_sgd_does_not_come_out_memoryless() -> None:
    records = pc.run(
        "sgd", n=12, k=3, trials=30, time_limit=None, batch=True, probes="none"
    ).records
    result = memoryless(*times_of(records))
    assert result.answer == "no"
    assert result.shape.low > 2
    assert result.early == 0


# What is asked for wrongly


@pytest.mark.parametrize(
    ("times", "solved", "message"),
    [
        ([1, 2], [True], r"lists of equal length, got \(2,\) and \(1,\)"),
        ([1, -2], [True, True], "finite and not negative, got -2"),
        ([1, math.inf], [True, False], "finite and not negative, got inf"),
        ([1, 0], [True, True], "times of solved trials must be positive, got 0"),
    ],
)
def test_wrong_times_are_refused(times: list[float], solved: list[bool], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        memoryless(times, solved)


def test_a_level_that_no_resample_can_reach_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"resamples must be at least 59 at level 0\.05, got 58"):
        memoryless([1, 2, 3], _all(3), resamples=58)
    with pytest.raises(InvalidInput, match=r"level must lie in \(0, 1\), got 1"):
        memoryless([1, 2, 3], _all(3), level=1)


def test_the_sentence_is_rounded_and_set_for_a_reader() -> None:
    """No ``inf``, no ``p = 1``, no typewriter apostrophe, three digits."""
    assert p_value(1.0) == "p > 0.99"
    assert p_value(0.0034) == "p = 0.0034"
    alike = memoryless([189] * 8, _all(8))
    assert "interval 38 to ∞" in alike.sentence
    open_case = memoryless(np.random.default_rng(14).geometric(0.01, 12), _all(12))
    assert "the hazard’s shape" in open_case.sentence
    for sentence in (alike.sentence, open_case.sentence):
        assert "inf" not in sentence
        assert "'" not in sentence
        assert "p = 1)" not in sentence
        assert not re.search(r"\d\.\d{3}\d", sentence)
