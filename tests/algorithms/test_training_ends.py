"""How training ends and what it costs: counts, limits, fixed lists."""

import numpy as np
import pytest
from trained import CAP, solve

from parity_compare.algorithms import Budget, Status
from parity_compare.algorithms.langevin import Langevin
from parity_compare.algorithms.sgd import SGD
from parity_compare.problems import ExampleOracle, SparseParity


@pytest.mark.parametrize("check_every", [1, 7, 50])
def test_every_example_drawn_is_trained_on(check_every):
    problem = SparseParity(20, 3, seed=2)
    oracle = problem.examples()
    outcome = SGD(batch=100, check_every=check_every).learn(oracle, rng=0, budget=CAP)
    assert outcome.status is Status.FOUND
    assert outcome.cost.samples == oracle.drawn == 100 * outcome.cost.steps


def test_checking_more_rarely_ends_at_a_later_multiple():
    for seed in range(4):
        problem = SparseParity(20, 3, seed=seed)
        every, seventh = (solve(SGD(check_every=c), problem).cost.steps for c in (1, 7))
        assert seventh % 7 == 0
        assert every <= seventh < every + 42


def test_operations_and_memory_follow_the_formulae():
    problem = SparseParity(30, 6, seed=0)
    cold = solve(SGD(), problem, budget=Budget(steps=10)).cost
    hot = solve(Langevin(), problem, budget=Budget(steps=10)).cost
    parameters = 100 * 32 + 1
    assert cold.operations_unit == hot.operations_unit == "FLOP"
    assert cold.operations == 10 * (128 * 100 * (4 * 31 + 7) + 2 * parameters)
    assert hot.operations - cold.operations == 10 * 2 * parameters
    assert 4 * (2 * parameters + 128 * 31 + 128 * 100) < cold.peak_memory < 2**20


# --- how it ends ----------------------------------------------------------------------------------


def test_steps_run_out():
    outcome = solve(SGD(), SparseParity(40, 8, seed=0), budget=Budget(steps=37))
    assert outcome.status is Status.TIMEOUT
    assert outcome.cost.steps == 37
    assert outcome.support is None
    assert "37 updates" in outcome.message
    assert set(outcome.predict_bits(np.eye(40, dtype=np.uint8))) <= {0, 1}


def test_seconds_run_out():
    outcome = solve(SGD(), SparseParity(60, 20, seed=0), budget=Budget(seconds=0.1))
    assert outcome.status is Status.TIMEOUT
    assert 0.1 <= outcome.cost.seconds < 2
    assert outcome.can_predict


def test_a_budget_of_samples_is_drawn_by_whole_batches():
    oracle = SparseParity(40, 8, seed=0).examples()
    outcome = SGD(check_every=5).learn(oracle, rng=0, budget=Budget(samples=1000))
    assert outcome.status is Status.OUT_OF_SAMPLES
    assert (outcome.cost.steps, oracle.drawn) == (7, 7 * 128)
    assert "104 were left" in outcome.detail
    assert outcome.can_predict


def test_a_huge_learning_rate_diverges():
    outcome = solve(SGD(lr=1e30), SparseParity(20, 3, seed=0))
    assert outcome.status is Status.DIVERGED
    assert outcome.cost.steps < 20
    assert "lower the learning rate" in outcome.message
    assert outcome.can_predict


def test_each_trial_of_a_batch_ends_by_itself():
    problem = SparseParity(20, 2, seed=0)
    empty = ExampleOracle.over(problem.sample(0))
    oracles = [problem.examples(), empty, ExampleOracle.over(problem.sample(600))]
    fresh, none, listed = SGD().learn_many(oracles, rngs=range(3), budget=CAP)
    assert (fresh.status, none.status, listed.status) == (
        Status.FOUND, Status.OUT_OF_SAMPLES, Status.FOUND,
    )  # fmt: skip
    assert none.cost.steps == none.cost.samples == 0
    assert none.cost.seconds < listed.cost.seconds, "its clock stops before the others of its batch"


# --- a fixed list ---------------------------------------------------------------------------------


def test_a_fixed_list_is_drawn_once_and_used_again():
    problem = SparseParity(20, 2, seed=3)
    outcome = SGD(batch=64).learn(ExampleOracle.over(problem.sample(400)), rng=0, budget=CAP)
    assert outcome.support == problem.support
    assert outcome.cost.samples == 400 < 64 * outcome.cost.steps


def test_a_list_within_a_budget_is_cut_to_it():
    problem = SparseParity(20, 2, seed=3)
    budget = Budget(steps=20, samples=300)
    outcome = SGD().learn(ExampleOracle.over(problem.sample(400)), rng=0, budget=budget)
    assert outcome.cost.samples == 300


def test_a_list_shorter_than_a_batch_serves_too():
    problem = SparseParity(30, 4, seed=3)
    oracle = ExampleOracle.over(problem.sample(50))
    outcome = SGD().learn(oracle, rng=0, budget=Budget(steps=200))
    assert outcome.status is Status.TIMEOUT
    assert (outcome.cost.samples, outcome.cost.steps) == (50, 200)
    seen = problem.sample(50)
    assert np.mean(outcome.predict_bits(seen.bits) == seen.labels) == 1, "it learned them by heart"
