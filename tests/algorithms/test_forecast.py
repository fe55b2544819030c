"""What is foretold of a trial, beside what it then takes."""

import math
import statistics

import pytest

from parity_compare.algorithms import registry
from parity_compare.algorithms.forecast import Forecast, ln_subset_count, subset_count
from parity_compare.execution.trials import make_oracle
from parity_compare.problems import SparseParity

NAMES = registry.names()
NETWORKS = ("sgd", "langevin")
PREDICTORS = ("forest", "kernel", "nearest")
EXACT = [name for name in NAMES if name not in (*NETWORKS, *PREDICTORS)]
NOISY = ("exhaustive", "sq", "random", "fourier-gap", "pooled-gauss", "bkw", "lasso")
SEEDS = 15


def spent(learner, n, k, noise, samples=None, *, seeds=SEEDS):
    """Median operations of several trials."""
    learner.prepare(n)
    costs = []
    for seed in range(seeds):
        problem = SparseParity(n, k, noise, seed)
        oracle = make_oracle(learner, problem, samples=samples)
        outcome = learner.learn(oracle, k=k, noise=noise, rng=seed)
        assert outcome.support == problem.support, outcome.message
        costs.append(outcome.cost)
    return statistics.median(cost.operations for cost in costs)


def forecast(name, n, k, noise=0.0, samples=None) -> Forecast:
    made = registry.parse(name).forecast(n, k=k, noise=noise, samples=samples)
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("name", "n", "k", "noise"),
    [
        *((name, *cell) for name in EXACT for cell in [(12, 2, 0.0), (20, 3, 0.0), (30, 3, 0.0)]),
        *((name, *cell) for name in NOISY for cell in [(30, 3, 0.1), (24, 4, 0.05)]),
    ],
)
def test_exact_learners_take_what_is_foretold(name, n, k, noise):
    foretold = forecast(name, n, k, noise)
    assert foretold.begins
    measured = spent(registry.parse(name), n, k, noise)
    assert measured / 3 <= foretold.operations <= 3 * measured


@pytest.mark.parametrize(
    ("name", "n", "k", "noise", "samples"),
    [
        ("gf2", 100, 3, 0.0, None),
        ("gf2", 40, 2, 0.0, 30),
        ("gf2", 100, 3, 0.0, 400),
        ("galois", 40, 3, 0.0, 200),
        ("exhaustive", 25, 3, 0.0, 300),
        ("exhaustive", 25, 3, 0.1, 300),
        ("pooled-gauss", 50, 5, 0.15, 3000),
        ("sq[strategy=batched]", 20, 3, 0.0, None),
        ("sq[answers=sample]", 16, 2, 0.1, None),
        ("bkw[pairs=representative]", 20, 3, 0.05, None),
    ],
)
def test_so_they_do_in_other_ways_of_working(name, n, k, noise, samples):
    foretold = forecast(name, n, k, noise, samples)
    measured = spent(registry.parse(name), n, k, noise, samples)
    assert measured / 3 <= foretold.operations <= 3 * measured


@pytest.mark.parametrize(
    ("name", "n", "k"),
    [
        ("sgd", 20, 2),
        ("sgd", 20, 3),
        ("sgd[network=sine]", 15, 2),
        ("sgd[network=polynet]", 15, 3),
        ("langevin[temperature=1e-5]", 20, 3),
    ],
)
def test_networks_take_what_the_scaling_law_says(name, n, k):
    measured = spent(registry.parse(name), n, k, 0.0, seeds=5)
    assert measured / 3 <= forecast(name, n, k).operations <= 3 * measured


@pytest.mark.parametrize("name", NAMES)
def test_more_bits_take_more(name):
    noise = 0.1 if name == "bkw" else 0.0  # without noise it weighs seconds, not operations
    grown = [forecast(name, n, 3, noise).operations for n in (10, 20, 40, 80, 160, 320, 640)]
    assert grown == sorted(grown)


@pytest.mark.parametrize("name", [*NETWORKS, "exhaustive", "sq", "random", "fourier-gap"])
def test_a_larger_support_takes_more(name):
    grown = [forecast(name, 40, k).operations for k in range(2, 9)]
    assert grown == sorted(grown)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("noise", [0.0, 0.2, 0.4999])
@pytest.mark.parametrize(
    ("n", "k"), [(1, 1), (2, 2), (30, None), (400, 400), (10_000, 50), (10_000, None), (10**7, 3)]
)
def test_no_size_is_too_large_for_a_forecast(name, noise, n, k):
    for samples in (None, 1, 10**6):
        foretold = forecast(name, n, k, noise, samples)
        assert foretold.operations > 0  # and no nan
        assert foretold.memory > 0


def test_a_learner_that_refuses_is_not_said_to_work():
    assert not forecast("random", 20, None).begins
    assert not forecast("sq[tolerance=0.5]", 20, 3, 0.1).begins
    assert not forecast("bkw", 1000, 3, 0.1).begins
    assert not forecast("meet-in-the-middle", 1000, 20).begins
    assert not forecast("sgd[network=disjoint-polynet]", 20, 3).begins
    assert forecast("sgd[network=disjoint-polynet]", 21, 3).begins


def test_limits_on_steps_and_examples_cut_a_training_short():
    foretold = forecast("sgd", 30, 3)
    assert foretold.within(steps=None, examples=None) == foretold.operations
    half = foretold.within(steps=foretold.steps / 2, examples=None)
    assert half == pytest.approx(foretold.operations / 2)
    assert foretold.within(steps=None, examples=foretold.examples / 4) == pytest.approx(half / 2)
    assert foretold.within(steps=10**9, examples=10**9) == foretold.operations


def test_a_fixed_list_is_no_limit_on_examples():
    assert forecast("sgd", 30, 3, samples=500).examples is None


def test_adams_averages_take_memory():
    plain, adam = (forecast(f"sgd[optimiser={name}]", 50, 3) for name in ("sgd", "adam"))
    assert adam.memory > plain.memory + 2 * 4 * 100 * 51


@pytest.mark.parametrize(("n", "k"), [(4, 2), (30, 3), (60, 30), (1000, 12), (100_000, 90)])
def test_subsets_are_counted(n, k):
    exact = math.comb(n, k)
    assert ln_subset_count(n, k) == pytest.approx(math.log(exact), rel=1e-9)
    if exact < 10**300:
        assert subset_count(n, k) == pytest.approx(exact, rel=1e-9)
    else:
        assert subset_count(n, k) == math.inf
