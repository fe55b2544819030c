"""How the variance of ln t parts between and within initialisations."""

import math

import numpy as np
import pytest
from scipy import stats
from stored import failed, record

from parity_compare import run
from parity_compare.mechanism import initialisation, times
from parity_compare.mechanism.trials import groups, independent
from parity_compare.problems.errors import InvalidInput


def simulated(
    rng: np.random.Generator, starts: int, replays: int, icc: float, *, skewed: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times with the given intraclass correlation; ln t is normal, or that of exponential times."""

    def draw(*shape: int) -> np.ndarray:
        if skewed:
            return np.log(rng.exponential(size=shape)) / math.sqrt(math.pi**2 / 6)
        return rng.standard_normal(shape)

    effects = math.sqrt(icc) * draw(starts, 1) + math.sqrt(1 - icc) * draw(starts, replays)
    labels = np.repeat(np.arange(starts), replays)
    return np.exp(5 + effects).ravel(), labels, np.ones(starts * replays, dtype=bool)


def test_a_balanced_table_by_hand() -> None:
    # ln t = 1, 3 | 2, 4 | 6, 8: means 2, 3, 7 about 4; MSB = 2 (4 + 1 + 9) / 2 = 14, MSW = 6 / 3.
    found = initialisation(np.exp([1, 3, 2, 4, 6, 8]), list("aabbcc"), [True] * 6)
    assert found.f == pytest.approx(7)
    assert found.icc.estimate == pytest.approx((14 - 2) / (14 + 2))
    assert found.within == pytest.approx(math.sqrt(2))
    assert found.between == pytest.approx(math.sqrt(6))
    assert (found.trials, found.starts, found.censored) == (6, 3, 0)


def test_f_of_unequal_groups_is_that_of_the_analysis_of_variance() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(6), [1, 2, 3, 5, 8, 13])
    spent = rng.lognormal(sigma=1 + labels % 2)
    f = stats.f_oneway(*(np.log(spent[labels == label]) for label in range(6))).statistic
    assert initialisation(spent, labels, np.ones(32, bool)).f == pytest.approx(f)


def test_units_of_time_and_order_of_trials_do_not_matter() -> None:
    spent, labels, solved = simulated(np.random.default_rng(1), 12, 5, 0.5)
    one = initialisation(spent, labels, solved)
    order = np.random.default_rng(2).permutation(len(spent))
    other = initialisation(60 * spent[order], 100 - labels[order], solved)
    assert other.icc == pytest.approx(one.icc)
    assert other.f == pytest.approx(one.f)


@pytest.mark.parametrize(("icc", "answer"), [(0.9, "yes"), (0.1, "no")])
def test_a_known_correlation_is_recovered(icc: float, answer: str) -> None:
    found = initialisation(*simulated(np.random.default_rng(3), 150, 6, icc), resamples=99)
    assert found.icc.estimate == pytest.approx(icc, abs=0.06)
    assert found.icc.low <= icc <= found.icc.high
    assert found.answer == answer
    assert found.p == 0.01  # the least that 99 permutations can give


@pytest.mark.parametrize("skewed", [False, True])
def test_the_interval_covers_the_truth(skewed: bool) -> None:
    # At 95 %, 300 data sets miss more than 31 times with probability 1e-4; the law of F, which
    # presumes normal logarithms, misses more often where times are exponential.
    rng = np.random.default_rng(4)
    missed = missed_by_f = 0
    for _ in range(300):
        found = initialisation(*simulated(rng, 40, 5, 0.5, skewed=skewed), resamples=19)
        missed += not found.icc.low <= 0.5 <= found.icc.high
        ratios = found.f / stats.f.ppf([0.975, 0.025], 39, 160)
        low, high = (ratios - 1) / (ratios + 4)
        missed_by_f += not low <= 0.5 <= high
    assert missed <= 31
    assert (missed_by_f > 31) == skewed


def test_false_alarms_are_as_rare_as_stated() -> None:
    # Without influence p <= 0.1 has probability 0.1: 400 data sets are within [20, 63] but for a
    # chance of 1e-3.
    rng = np.random.default_rng(5)
    p = [
        initialisation(*simulated(rng, 8, 4, 0.0, skewed=True), resamples=99).p for _ in range(400)
    ]
    low, high = stats.binom.ppf([5e-4, 1 - 5e-4], 400, 0.1)
    assert low <= sum(value <= 0.1 for value in p) <= high


def test_a_start_that_leaves_nothing_open_decides() -> None:
    found = initialisation([5, 5, 7, 7, 9, 9], [0, 0, 1, 1, 2, 2], [True] * 6)
    assert (found.answer, found.icc, found.f) == ("yes", (1, 1, 1), math.inf)


def test_equal_times_leave_nothing_to_explain() -> None:
    found = initialisation([5] * 6, [0, 0, 1, 1, 2, 2], [True] * 6)
    assert (found.answer, found.p) == ("undecided", 1)
    assert "took the same time" in found.sentence


def test_too_many_failures_leave_it_undecided() -> None:
    spent, labels, solved = simulated(np.random.default_rng(6), 50, 4, 0.95)
    solved[:20] = False
    few = initialisation(spent, labels, solved, resamples=19)
    assert (few.answer, few.censored) == ("yes", pytest.approx(0.1))
    assert "10 % of the trials did not succeed" in few.sentence
    solved[20] = False
    many = initialisation(spent, labels, solved, resamples=19)
    assert (many.answer, many.icc) == ("undecided", few.icc)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], [0], [True, True]), "must be lists of one length, got shapes"),
        (([1, 0, 2, 3], [0, 0, 1, 2], [True] * 4), "times must be positive and finite, got 0"),
        (([1, 2, 3], [0, 0, 1], [True] * 3), "at least 3 initialisations, got 2"),
        (([1, 2, 3], [0, 1, 2], [True] * 3), "an initialisation twice or more, got 3"),
    ],
)
def test_bad_input_is_refused(arguments: tuple[list[float], ...], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        initialisation(*arguments)


def test_random_search_does_not_depend_on_its_start() -> None:
    records = run("random", n=20, k=2, trials=100, replays=10, seed=2).records
    spent, solved = times(records)
    found = initialisation(spent, groups(records), solved)
    assert found.answer == "no"
    assert found.icc.low < 0 < found.icc.high
    assert found.p > 0.01


def test_sgd_depends_on_its_start() -> None:
    records = run(
        "sgd", n=12, k=3, trials=48, replays=8, seed=2, batch=True, probes="none", device="cpu"
    ).records
    spent, solved = times(records)
    assert all(solved)
    found = initialisation(spent, groups(records), solved)
    assert found.p == 0.001
    assert found.icc.low > 0.1


def test_times_are_steps_and_failures_are_censored_at_what_they_spent() -> None:
    records = [record(0), failed(1, cost={"steps": 7}), failed(2, cost={"steps": 0})]
    spent, solved = times(records)
    assert spent.tolist() == [30, 7, 1]
    assert solved.tolist() == [True, False, False]


def test_replays_share_a_group_and_the_first_stands_for_them() -> None:
    records = run("gf2", n=10, k=3, trials=7, replays=3).records
    assert groups(records).tolist() == [0, 0, 0, 1, 1, 1, 2]
    assert [one.spec.trial for one in independent(records)] == [0, 3, 6]
    by_start = {one.secret for one in independent(records)}
    assert {one.secret for one in records} == by_start
