"""An answer above the tolerance certifies S: no adversary forges one, the worst prevents it."""

import itertools
import math

import numpy as np
import pytest

from parity_compare.algorithms import Budget, Status
from parity_compare.algorithms.correlation_queries import CorrelationQueries, subset_batches
from parity_compare.problems import InvalidInput, SparseParity
from parity_compare.problems.oracles import QueryOracle


def oracle(n, support, bias, tolerance, error):
    """Answers E[y chi_T] plus ``error(T)``, an adversary of ours, in [-tolerance, tolerance]."""

    def source(subsets):
        truth = [bias * (tuple(subset) == tuple(support)) for subset in subsets]
        return np.array(truth) + [tolerance * error(tuple(subset)) for subset in subsets]

    return QueryOracle(n, tolerance, source)


def noisy(seed):
    """Errors anywhere in the interval, often at its ends."""
    rng = np.random.default_rng(seed)
    return lambda subset: float(np.clip(rng.normal(0, 2), -1, 1))


def ask(problem, *, learner=None, budget=None, **told):
    learner = learner or CorrelationQueries()
    demand = learner.query_demand(problem.noise)
    queries = problem.queries(tolerance=demand.tolerance, answers=demand.answers)
    return learner.learn(queries, budget=budget, **told)


# --- the certificate ------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["enumerate", "batched"])
@pytest.mark.parametrize("told", [{}, {"k": 2}, {"noise": 0.1}, {"k": 2, "noise": 0.1}])
def test_below_half_the_correlation_no_adversary_keeps_it_from_any_secret(strategy, told):
    """Every secret of (6, 2), against errors of our own: bias 0.8, so tau < 0.4 separates."""
    learner = CorrelationQueries(strategy=strategy)
    for support in itertools.combinations(range(6), 2):
        adversaries = [
            (0.2, noisy(1)),
            (0.39, noisy(2)),
            (0.39, lambda subset: 1),
            (0.39, lambda subset, secret=support: -1 if subset == secret else 1),
        ]
        for tolerance, error in adversaries:
            outcome = learner.learn(oracle(6, support, 0.8, tolerance, error), **told)
            assert (outcome.status, outcome.support) == (Status.FOUND, support)


@pytest.mark.parametrize("tolerance", [0.4, 0.5, 0.79, 0.9])
def test_past_it_nothing_but_the_secret_is_ever_called_found(tolerance):
    """An answer above tau certifies S at every tolerance, told the noise rate or not."""
    found = 0
    for seed in range(40):
        for learner in (CorrelationQueries(answers="exact"), CorrelationQueries()):
            queries = oracle(6, (1, 4), 0.8, tolerance, noisy(seed))
            outcome = learner.learn(queries, k=2)
            found += outcome.status is Status.FOUND
            assert outcome.support in ((1, 4), None)
            assert (outcome.support is None) == (outcome.status is Status.GAVE_UP)
    assert found > 0


@pytest.mark.parametrize("noise", [0.0, 0.2, 0.45])
def test_the_worst_adversary_prevents_it_exactly_from_half_the_correlation_on(noise):
    half = (1 - 2 * noise) / 2
    for share, status in [(0.1, "found"), (0.999, "found"), (1, "gave_up"), (1.5, "gave_up")]:
        learner = CorrelationQueries(tolerance=share * half)
        problem = SparseParity(10, 3, noise, seed=1)
        for told in ({"k": 3}, {"k": 3, "noise": noise}):
            outcome = ask(problem, learner=learner, **told)
            assert outcome.status == status
            assert outcome.support == (problem.support if status == "found" else None)


def test_a_tolerance_that_hides_the_correlation_is_told_before_any_query():
    learner = CorrelationQueries(tolerance=0.45)
    outcome = ask(SparseParity(10, 3, noise=0.1), learner=learner, k=3, noise=0.1)
    assert (outcome.status, outcome.cost.queries) == (Status.GAVE_UP, 0)
    assert outcome.detail == "Tolerance 0.45 hides the correlation 0.8: it must be below 0.4."


def test_exact_answers_are_told_apart_by_any_tolerance_below_the_correlation():
    problem = SparseParity(10, 3, noise=0.1, seed=1)
    for tolerance, status in [(0.01, Status.FOUND), (0.79, Status.FOUND), (0.81, Status.GAVE_UP)]:
        learner = CorrelationQueries(tolerance=tolerance, answers="exact")
        assert ask(problem, learner=learner, k=3, noise=0.1).status is status


def test_half_the_separating_tolerance_is_the_default():
    for noise in (0.0, 0.3):
        assert CorrelationQueries().query_demand(noise).tolerance == (1 - 2 * noise) / 4
    assert CorrelationQueries(tolerance=0.125).query_demand(0.3).tolerance == 0.125


# --- what it costs --------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "k"), [(1, 1), (5, 5), (64, 1), (65, 2), (20, 3), (12, 11)])
def test_queries_are_counted_to_the_batch_that_answers(n, k):
    """Subsets are asked in lexicographic order, in batches of at least 64."""
    problem = SparseParity(n, k, seed=3)
    outcome = ask(problem, k=k)
    place = list(itertools.combinations(range(n), k)).index(problem.support)
    ends = np.cumsum([len(batch) for batch in subset_batches(n, k)])
    assert (outcome.status, outcome.support) == (Status.FOUND, problem.support)
    assert outcome.cost.queries == outcome.cost.steps == ends[np.searchsorted(ends, place + 1)]
    assert outcome.cost.samples == 0


def test_without_k_all_smaller_sizes_are_asked_first():
    problem = SparseParity(10, 3, seed=1)
    outcome = ask(problem)
    assert outcome.support == problem.support
    assert 10 + 45 < outcome.cost.queries <= 10 + 45 + 120
    assert outcome.side_information == ()


def test_no_answer_costs_every_query():
    silent = QueryOracle(8, 0.3, lambda subsets: np.zeros(len(subsets)))
    outcome = CorrelationQueries().learn(silent)
    assert (outcome.status, outcome.cost.queries) == (Status.GAVE_UP, 2**8 - 1)
    assert outcome.detail == "No answer exceeded the tolerance 0.3."
    silent = QueryOracle(8, 0.3, lambda subsets: np.zeros(len(subsets)))
    assert CorrelationQueries().learn(silent, k=3).cost.queries == math.comb(8, 3)


def test_batches_hold_every_subset_once_and_in_order():
    for n, size in [(1, 1), (7, 3), (9, 9), (30, 4)]:
        asked = np.concatenate(list(subset_batches(n, size)))
        assert np.array_equal(asked, list(itertools.combinations(range(n), size)))


# --- limits and parameters ------------------------------------------------------------------------


def test_limits_end_the_search_with_how_far_it_came():
    problem = SparseParity(200, 5, seed=1)
    timed = ask(problem, k=5, budget=Budget(seconds=0.2))
    assert timed.status is Status.TIMEOUT
    assert timed.cost.seconds < 3
    assert "size 5" in timed.detail
    assert ask(problem, k=5, budget=Budget(steps=1000)).status is Status.TIMEOUT
    found = ask(SparseParity(12, 2, seed=1), k=2, budget=Budget(steps=10))
    assert (found.status, found.support) == (Status.TIMEOUT, None)


@pytest.mark.parametrize("tolerance", [0.0, 1.0, -0.1, math.nan])
def test_a_tolerance_out_of_range_is_named(tolerance):
    with pytest.raises(InvalidInput) as error:
        CorrelationQueries(tolerance=tolerance)
    assert str(error.value) == f"tolerance must lie in (0, 1), got {tolerance}"


def test_examples_are_not_queries():
    with pytest.raises(InvalidInput) as error:
        CorrelationQueries().learn(SparseParity(5, 2).examples())
    assert "sq learns from QueryOracle, got " in str(error.value)
