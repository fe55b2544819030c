"""Which learner the automatic choice takes, in which order, and when it stops."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from parity_compare.algorithms import registry
from parity_compare.algorithms.exhaustive import ExhaustiveSearch
from parity_compare.algorithms.forecast import Forecast
from parity_compare.algorithms.outcome import Status
from parity_compare.algorithms.pooled_gauss import PooledGauss
from parity_compare.problems.parity import SparseParity
from parity_compare.problems.samples import Samples
from parity_compare.solving.deadline import Deadline
from parity_compare.solving.information_sets import InformationSets
from parity_compare.solving.portfolio import Search
from parity_compare.solving.solution import Solution
from parity_compare.solving.solve import solve
from parity_compare.solving.tabulation import TRANSFORM

FIRST = InformationSets.learner


def names(solution: Solution) -> list[str]:
    """The learners that were tried, each once, in order."""
    begun = [attempt.learner.partition("[")[0] for attempt in solution.attempts if attempt.begun]
    return list(dict.fromkeys(begun))


def negated(samples: Samples) -> Samples:
    return Samples(samples.n, samples.rows, samples.labels ^ np.uint8(1), samples.names)


def test_clean_labels_need_elimination_only() -> None:
    problem = SparseParity(30, 3, seed=2)
    solution = solve(problem.sample(100))
    assert (solution.learner, solution.support) == ("gf2", problem.support)
    assert names(solution) == ["gf2"]
    assert solution.cost.samples == 100


def test_few_columns_are_compared_all_at_once() -> None:
    problem = SparseParity(16, 9, noise=0.3, seed=2)
    solution = solve(problem.sample(1000))
    assert (solution.learner, solution.support) == (TRANSFORM, problem.support)
    assert names(solution) == ["gf2", TRANSFORM]
    assert solution.noise.low < 0.3 < solution.noise.high


@pytest.mark.parametrize(
    ("noise", "learner"),
    [(0.02, FIRST), (0.2, FIRST), (0.33, "pooled-gauss")],
)
def test_dense_parities_at_every_rung_of_the_ladder(noise: float, learner: str) -> None:
    problem = SparseParity(28, None, noise=noise, seed=3)
    solution = solve(negated(problem.sample(3000)))
    assert solution.learner == learner
    assert (solution.support, solution.constant) == (problem.support, 1)
    assert solution.noise.low < noise < solution.noise.high
    assert solution.sure
    for attempt in solution.attempts:
        assert attempt.reason
        if attempt.learner != FIRST:
            assert attempt.learner == registry.label(registry.parse(attempt.learner))


def test_few_columns_of_many_with_much_noise_are_searched_exhaustively() -> None:
    problem = SparseParity(60, 3, noise=0.4, seed=1)
    solution = solve(negated(problem.sample(4000)))
    assert solution.learner == "exhaustive"
    assert (solution.support, solution.constant) == (problem.support, 1)
    assert names(solution) == ["gf2", FIRST, "pooled-gauss", "exhaustive"]


def test_a_sparse_parity_of_very_many_columns() -> None:
    """C(300, 5) = 2e10 sets are too many in the time; one of known size and noise is not."""
    problem = SparseParity(300, 5, noise=0.05, seed=1)
    solution = solve(problem.sample(3000), k=5, noise=0.05)
    assert (solution.learner, solution.support) == ("pooled-gauss", problem.support)
    assert solution.side_information == ("k", "noise")


def test_dependent_noisy_columns_are_no_obstacle() -> None:
    """Constant columns, copies and relations among 40 columns, none independent of all others."""
    rng = np.random.default_rng(8)
    X = rng.integers(0, 2, (2000, 30)) @ rng.integers(0, 2, (30, 40)) % 2
    X[:, 7], X[:, 9] = 1, 1 ^ X[:, 3]
    y = 1 ^ X[:, 3] ^ X[:, 5] ^ X[:, 20] ^ (rng.random(2000) < 0.1)
    solution = solve(X, y, encoding="bits")
    assert solution.sure
    assert solution.agreements == int(np.sum((1 ^ X[:, 3] ^ X[:, 5] ^ X[:, 20]) == y))
    assert len(solution.support or ()) <= 3
    assert solution.freedom >= 10


def test_a_column_that_hardly_varies_is_found_to_take_part() -> None:
    """Once in 100 rows: samples of equations hardly see it, all rows do."""
    rng = np.random.default_rng(9)
    X = rng.integers(0, 2, (4000, 30))
    X[:, 4] = rng.random(4000) < 0.01
    y = X[:, :8].sum(axis=1) % 2 ^ (rng.random(4000) < 0.05)
    assert solve(X, y).support == tuple(range(8))


def test_a_told_noise_rate_is_planned_for() -> None:
    problem = SparseParity(28, None, noise=0.24, seed=3)
    solution = solve(problem.sample(3000), noise=0.24)
    assert solution.support == problem.support
    assert [a.learner for a in solution.attempts] == ["gf2", "pooled-gauss[assumed_noise=0.24]"]
    none = solve(problem.sample(3000), noise=0.0)
    assert (none.status, names(none)) == (Status.INCONSISTENT, ["gf2"])


def test_equal_seeds_give_equal_answers_and_courses() -> None:
    samples = SparseParity(30, None, noise=0.15, seed=5).sample(2500)
    first, second = solve(samples, seed=3), solve(samples, seed=3)
    assert first.answer == second.answer
    assert [(a.learner, a.status, a.detail) for a in first.attempts] == [
        (a.learner, a.status, a.detail) for a in second.attempts
    ]


def forecasting(seconds: float) -> Callable[..., Forecast]:
    """The forecast of learners that take so long for anything."""

    def forecast(self: object, n: int, **told: object) -> Forecast:
        return Forecast(seconds * 1e9, 0, steps=seconds * 1e9, samples=1000)

    return forecast


def test_what_is_predicted_not_to_fit_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PooledGauss, "forecast", forecasting(1e5))
    monkeypatch.setattr(ExhaustiveSearch, "forecast", forecasting(2e5))
    solution = solve(SparseParity(70, 3, noise=0.1, seed=2).sample(500), time_limit=60)
    assert (solution.status, solution.support) == (Status.TIMEOUT, None)
    assert names(solution) == ["gf2"]
    left = [attempt for attempt in solution.attempts if not attempt.begun]
    assert [attempt.learner for attempt in left] == [
        "pooled-gauss[assumed_noise=0.02]",
        "exhaustive",
    ]
    assert "predicted to need 1.16 days" in left[0].reason
    assert all(attempt.seconds == 0 for attempt in left)
    assert any("A longer time limit" in sentence for sentence in solution.advice)


def test_what_gives_up_soon_comes_before_what_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pooled Gauss precedes exhaustive search where costs are alike, not where it is far dearer."""
    monkeypatch.setattr(PooledGauss, "forecast", forecasting(10))
    solution = solve(SparseParity(70, 3, noise=0.1, seed=2).sample(500))
    assert names(solution) == ["gf2", "exhaustive"]


def test_time_is_kept_by_any_clock() -> None:
    """The clock here moves a second at every look; nothing else ends the search of coin tosses."""
    ticks = iter(range(10**9))
    rng = np.random.default_rng(0)
    samples = Samples.from_arrays(rng.integers(0, 2, (500, 40)), rng.integers(0, 2, 500))
    search = Search(samples, None, None, Deadline(100, clock=lambda: float(next(ticks))), 0, 1)
    search.run()
    assert search.ledger.late
    assert search.status is Status.TIMEOUT
    assert next(ticks) < 300


def test_what_would_not_have_escaped_is_stated_and_true() -> None:
    """Coin tosses: nothing is found, and noise rates are named at which something would have been.

    A parity at half of the named noise is then planted in the same rows, and found.
    """
    rng = np.random.default_rng(3)
    X = rng.integers(0, 2, (400, 14))
    nothing = solve(X, rng.integers(0, 2, 400))
    assert nothing.support is None
    (sentence,) = nothing.excluded
    share = float(sentence.split("up to ")[1].split(" %")[0]) / 100
    assert 0.2 < share < 0.4
    y = 1 ^ X[:, :9].sum(axis=1) % 2 ^ (rng.random(400) < share / 2)
    assert solve(X, y).support == tuple(range(9))


def test_too_few_rows_are_told_with_the_number_that_is_needed() -> None:
    rng = np.random.default_rng(3)
    solution = solve(rng.integers(0, 2, (40, 10)), rng.integers(0, 2, 40))
    assert (solution.status, solution.support) == (Status.OUT_OF_SAMPLES, None)
    (told,) = [text for text in solution.advice if "rows are needed; there are 40" in text]
    needed = int(told.split("about ")[1].split(" rows")[0])
    X = rng.integers(0, 2, (needed, 10))
    assert solve(X, X[:, 3] ^ X[:, 8] ^ (rng.random(needed) < 0.25)).support == (3, 8)


def test_without_a_limit_the_search_ends_when_nothing_is_left_to_try() -> None:
    rng = np.random.default_rng(3)
    solution = solve(rng.integers(0, 2, (60, 25)), rng.integers(0, 2, 60), time_limit=None)
    assert solution.support is None
    assert math.isfinite(solution.cost.seconds)
    assert not solution.sure


def test_what_exhaustive_search_has_excluded_is_not_searched_again() -> None:
    """Labels are coin tosses; the chance of one that luck makes an answer is at most 1e-3."""
    rng = np.random.default_rng(11)
    samples = Samples.from_arrays(rng.integers(0, 2, (600, 80)), rng.integers(0, 2, 600))
    solution = solve(samples, k=2, time_limit=20.0)
    assert solution.status is Status.GAVE_UP
    assert names(solution) == ["gf2", "exhaustive"]
    assert all(attempt.begun for attempt in solution.attempts)
    assert len(solution.excluded) == 1


def test_the_message_leaves_advice_to_the_advice() -> None:
    """Labels are coin tosses; the chance of one that luck makes an answer is at most 1e-3."""
    rng = np.random.default_rng(12)
    samples = Samples.from_arrays(rng.integers(0, 2, (300, 10)), rng.integers(0, 2, 300))
    solution = solve(samples)
    assert solution.status is Status.GAVE_UP
    assert solution.advice
    assert solution.status.advice not in solution.message
    clean = solve(samples, noise=0.0)
    assert clean.status is Status.INCONSISTENT
    assert any("noise rate of 0" in sentence for sentence in clean.advice)
    assert clean.status.advice not in clean.message


def test_what_a_first_try_leaves_of_some_more_columns_is_compared_all_at_once() -> None:
    """Coin tosses; the chance of one that luck makes an answer is at most 1e-3."""
    rng = np.random.default_rng(13)
    X, y = rng.integers(0, 2, (500, 24)), rng.integers(0, 2, 500)
    solution = solve(X, y)
    assert (solution.status, names(solution)) == (Status.GAVE_UP, ["gf2", FIRST, TRANSFORM])
    assert "plan of" not in solution.excluded[0]
    soon = solve(X, y, time_limit=0.4)
    assert TRANSFORM not in names(soon)
