"""Exhaustive search returns the best subset, says when that could be luck, and keeps its limits."""

import itertools
import math
import re

import numpy as np
import pytest
from scipy.stats import binomtest

from parity_compare.algorithms import Budget, Status
from parity_compare.algorithms.acceptance import acceptance_threshold, sample_size
from parity_compare.algorithms.exhaustive import ExhaustiveSearch
from parity_compare.problems import ExampleOracle, InvalidInput, Samples, SparseParity

RNG = np.random.default_rng(20)


def search(samples, *, learner=None, budget=None, **told):
    return (learner or ExhaustiveSearch()).learn(ExampleOracle.over(samples), budget=budget, **told)


def agreements(samples, size):
    """Every subset of a size and the labels it agrees with, best first: brute force."""
    subsets = itertools.combinations(range(samples.n), size)
    scores = [(int(np.sum(samples.bits[:, s].sum(1) % 2 == samples.labels)), s) for s in subsets]
    return sorted(scores, key=lambda score: -score[0])


# --- against brute force --------------------------------------------------------------------------


@pytest.mark.parametrize("told_noise", [None, 0.0, 0.1, 0.3])
@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_the_answer_is_that_of_brute_force(k, told_noise):
    """Found: one best subset, past the threshold. Underdetermined: two. Else: not past it.

    Where a noise rate is told, a best subset past that rate may be dropped, never replaced.
    """
    seen = set()
    for trial in range(60):
        m = int(RNG.integers(1, 120))
        bits = RNG.integers(0, 2, (m, 7), dtype=np.uint8)
        bits[:, 6] = bits[:, RNG.integers(0, 7)]  # often two equal columns
        support = RNG.choice(7, size=k, replace=False)
        flips = RNG.random(m) < RNG.choice([0.0, 0.0, told_noise or 0.05])
        samples = Samples.from_arrays(bits, bits[:, support].sum(1) % 2 ^ flips, encoding="bits")
        learner = ExhaustiveSearch(failure=0.05)
        outcome = search(samples, learner=learner, k=k, noise=told_noise)
        (best, subset), (second, _) = [*agreements(samples, k), (-1, None)][:2]
        threshold = acceptance_threshold(m, len(agreements(samples, k)), 0.05)
        seen.add(outcome.status)
        if outcome.status is Status.FOUND:
            assert outcome.support == subset, trial
            assert second < best >= threshold
        elif outcome.status is Status.UNDERDETERMINED:
            assert best == second >= threshold
        elif told_noise is None or best == m:
            assert best < threshold, trial
    assert {Status.FOUND, Status.UNDERDETERMINED} <= seen


@pytest.mark.parametrize(("n", "k"), [(1, 1), (2, 2), (12, 12), (64, 1), (65, 2), (20, 3), (11, 9)])
@pytest.mark.parametrize("noise", [0.0, 0.1, 0.3])
def test_it_finds_supports_of_every_kind(n, k, noise):
    """Each of the three bounds on failure is 1e-6 per trial."""
    problem = SparseParity(n, k, noise, seed=n)
    outcome = ExhaustiveSearch().learn(problem.examples(), k=k, noise=noise)
    assert (outcome.status, outcome.support) == (Status.FOUND, problem.support)
    assert outcome.side_information == ("k", "noise")


def test_noise_close_to_one_half_takes_ten_thousands_of_examples():
    problem = SparseParity(8, 2, noise=0.49, seed=1)
    outcome = ExhaustiveSearch().learn(problem.examples(), k=2, noise=0.49)
    assert outcome.support == problem.support
    assert outcome.cost.samples == sample_size(28, 0.49, 1e-6) > 50_000


def test_it_learns_without_being_told_k_or_the_noise_rate():
    """Sizes in turn, for which noise up to the assumed 0.25 is allowed."""
    for k, noise in itertools.product((1, 2, 4), (0.0, 0.2)):
        problem = SparseParity(12, k, noise, seed=k)
        for told in ({}, {"k": k}, {"noise": noise}):
            outcome = ExhaustiveSearch().learn(problem.examples(), **told)
            assert (outcome.status, outcome.support) == (Status.FOUND, problem.support)
            assert outcome.side_information == tuple(told)


def test_more_noise_than_assumed_is_met_by_doubling_the_sample():
    problem = SparseParity(12, 2, noise=0.42, seed=3)
    outcome = ExhaustiveSearch().learn(problem.examples(), k=2)
    first = sample_size(66, 0.25, 1e-6)
    assert outcome.support == problem.support
    assert outcome.cost.samples in [first * 2**i for i in range(1, 8)]


# --- no answer where there is none ----------------------------------------------------------------


def test_random_labels_are_accepted_no_more_often_than_claimed():
    """400 lists of fair coins at failure 0.05; one-sided binomial test, false alarm 1e-6."""
    accepted = 0
    for trial in range(400):
        bits, labels = RNG.integers(0, 2, (30, 10)), RNG.integers(0, 2, 30)
        told = {"k": 2} if trial % 2 else {}
        learner = ExhaustiveSearch(failure=0.05)
        outcome = search(Samples.from_arrays(bits, labels), learner=learner, **told)
        accepted += outcome.status in (Status.FOUND, Status.UNDERDETERMINED)
    assert binomtest(accepted, 400, 0.05, alternative="greater").pvalue > 1e-6
    assert accepted > 0  # the bound is not idle: some lists do look like a parity


def test_a_list_too_short_to_be_sure_is_told_so_without_a_search():
    problem = SparseParity(30, 3, seed=1)
    for told in ({"k": 3}, {"k": 3, "noise": 0.0}, {}):
        outcome = search(problem.sample(15), **told)
        assert (outcome.status, outcome.support) == (Status.OUT_OF_SAMPLES, None)
        assert outcome.cost.steps == 0
        assert "Among 4060 subsets" in outcome.detail or not told
        assert outcome.message.endswith(Status.OUT_OF_SAMPLES.advice)


def test_a_list_that_is_short_for_its_noise_is_told_so():
    problem = SparseParity(30, 3, noise=0.2, seed=1)
    outcome = search(problem.sample(60), k=3)
    assert outcome.status is Status.OUT_OF_SAMPLES
    assert outcome.cost.steps == 4060


def test_a_long_list_without_a_parity_is_given_up():
    samples = Samples.from_arrays(RNG.integers(0, 2, (2000, 10)), RNG.integers(0, 2, 2000))
    for told in ({"k": 3}, {}):
        assert search(samples, **told).status is Status.GAVE_UP


def test_no_examples_at_all():
    outcome = search(SparseParity(5, 2).sample(0), k=2)
    assert (outcome.status, outcome.detail) == (Status.OUT_OF_SAMPLES, "Not one example was left.")


# --- ties -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [{}, {"noise": 0.0}, {"noise": 0.1}])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_two_equal_columns_are_never_told_apart(k, told):
    bits = RNG.integers(0, 2, (500, 9))
    bits[:, 8] = bits[:, 0]
    samples = Samples.from_arrays(bits, bits[:, :k].sum(1) % 2)
    for k_told in ({"k": k}, {}):
        outcome = search(samples, **told, **k_told)
        assert (outcome.status, outcome.support) == (Status.UNDERDETERMINED, None)


def test_a_tie_ends_the_search_in_rising_k():
    """Larger subsets cannot make the lightest answer unique, and all 2^40 would take years."""
    bits = RNG.integers(0, 2, (500, 40))
    bits[:, 1] = bits[:, 0]
    outcome = search(Samples.from_arrays(bits, bits[:, 0]), budget=Budget(seconds=20))
    assert outcome.status is Status.UNDERDETERMINED
    # A heavier subset that fits as well, and alone of its size, is no answer either.
    bits = RNG.integers(0, 2, (500, 8))
    bits[:, 1] = bits[:, 0]
    bits[:, 4] = bits[:, 0] ^ bits[:, 2] ^ bits[:, 3]
    assert search(Samples.from_arrays(bits, bits[:, 0])).status is Status.UNDERDETERMINED


# --- limits ---------------------------------------------------------------------------------------


def test_a_budget_of_samples_is_a_limit_and_not_an_order():
    problem = SparseParity(30, 3, seed=2)
    free = ExhaustiveSearch().learn(problem.examples(), k=3)
    limited = ExhaustiveSearch().learn(problem.examples(), k=3, budget=Budget(samples=10**6))
    assert limited.cost.samples == free.cost.samples < 1000
    short = ExhaustiveSearch().learn(problem.examples(), k=3, budget=Budget(samples=20))
    assert (short.status, short.cost.samples) == (Status.OUT_OF_SAMPLES, 20)


def test_examples_that_were_drawn_before_are_not_counted_on():
    problem = SparseParity(20, 3, noise=0.1, seed=1)
    for told in ({}, {"noise": 0.1}):
        oracle = ExampleOracle.over(problem.sample(600))
        oracle.draw(100)
        outcome = ExhaustiveSearch().learn(oracle, k=3, **told)
        assert outcome.support == problem.support
        assert outcome.cost.samples == oracle.drawn <= 600


@pytest.mark.parametrize("told", [{"k": 8}, {"k": 8, "noise": 0.0}])
def test_a_search_that_persists_says_how_far_it_had_come(told):
    problem = SparseParity(200, 8, seed=1)
    learner, budget = ExhaustiveSearch(persist=True), Budget(seconds=0.3)
    outcome = learner.learn(problem.examples(), budget=budget, **told)
    assert (outcome.status, outcome.support) == (Status.TIMEOUT, None)
    assert 0.3 <= outcome.cost.seconds < 3
    assert "of 5.51e+13 subsets of size 8; the rest would take about" in outcome.detail


@pytest.mark.parametrize(
    ("told", "work"),
    [
        ({}, "5.51e+13 subsets of size 8"),
        ({"noise": 0.1}, "5.51e+13 subsets of size 8"),
        # The first perfect fit ends the search, on average half way.
        ({"noise": 0.0}, "2.75e+13 subsets of size 8 (half of all)"),
    ],
)
def test_a_search_that_cannot_end_in_time_says_so_at_once(told, work):
    problem = SparseParity(200, 8, seed=1)
    learner = ExhaustiveSearch()
    learner.prepare(200)
    outcome = learner.learn(problem.examples(), k=8, budget=Budget(seconds=60), **told)
    assert (outcome.status, outcome.support) == (Status.TIMEOUT, None)
    assert 0 < outcome.cost.seconds < 10
    assert outcome.cost.steps > 0
    assert outcome.cost.operations >= outcome.cost.steps
    told_work, told_rate, told_time = re.fullmatch(
        r"Predicted (.*) at (\S+) a second, (.*), which the limit of 60 s does not allow; "
        r"persist=true searches until the limit\.",
        outcome.detail,
    ).groups()
    assert told_work == work
    amount, unit = told_time.split()
    seconds = float(amount) * {"seconds": 1, "hours": 3600, "days": 86400, "years": 31557600}[unit]
    assert float(work.split()[0]) / float(told_rate) == pytest.approx(seconds, rel=0.06)
    assert outcome.message.endswith(Status.TIMEOUT.advice)


def test_in_rising_k_the_forecast_stops_at_the_first_size_that_is_too_much():
    problem = SparseParity(200, 8, seed=1)
    outcome = ExhaustiveSearch().learn(problem.examples(), budget=Budget(seconds=2))
    assert outcome.status is Status.TIMEOUT
    assert outcome.cost.seconds < 2
    assert re.match(r"Predicted \S+ subsets of size [45] at", outcome.detail)


def test_a_search_that_fits_its_limits_is_not_stopped():
    """3.0e8 subsets: long enough for a forecast, far within the limit."""
    problem = SparseParity(80, 6, seed=3)
    samples = problem.sample(100)
    outcome = search(samples, k=6, noise=0.0, budget=Budget(seconds=100, steps=math.comb(80, 6)))
    assert (outcome.status, outcome.support) == (Status.FOUND, problem.support)
    assert outcome.cost.steps == math.comb(80, 6)


def test_subsets_past_the_step_limit_are_predicted_before_one_is_visited():
    problem = SparseParity(30, 3, seed=1)
    outcome = ExhaustiveSearch().learn(problem.examples(), k=3, budget=Budget(steps=4059))
    assert (outcome.status, outcome.cost.steps) == (Status.TIMEOUT, 0)
    assert outcome.detail == (
        "Predicted 4060 subsets of size 3, which the limit of 4059 steps does not allow; "
        "persist=true searches until the limit."
    )
    # Sizes 1 and 2 took 30 + 435 steps.
    outcome = ExhaustiveSearch().learn(problem.examples(), budget=Budget(steps=4524))
    assert (outcome.status, outcome.cost.steps) == (Status.TIMEOUT, 465)
    outcome = ExhaustiveSearch().learn(problem.examples(), budget=Budget(steps=4525))
    assert (outcome.support, outcome.cost.steps) == (problem.support, 4525)
    for learner in (ExhaustiveSearch(), ExhaustiveSearch(persist=True)):
        # Half of the subsets are within this limit, but the right one is found past it.
        budget = Budget(steps=2030)
        outcome = learner.learn(problem.examples(), k=3, noise=0.0, budget=budget)
        assert outcome.cost.steps > 0
        assert outcome.status is (Status.TIMEOUT if outcome.cost.steps > 2030 else Status.FOUND)


def test_an_answer_past_the_step_limit_is_a_timeout():
    problem = SparseParity(30, 3, seed=1)
    outcome = ExhaustiveSearch().learn(problem.examples(), k=3, budget=Budget(steps=100))
    assert (outcome.status, outcome.support) == (Status.TIMEOUT, None)
    enough = ExhaustiveSearch().learn(problem.examples(), k=3, budget=Budget(steps=4060))
    assert enough.status is Status.FOUND


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_change_nothing_but_the_time(threads):
    problem = SparseParity(40, 4, noise=0.2, seed=1)
    budget = Budget(threads=threads)
    outcome = ExhaustiveSearch().learn(problem.examples(), k=4, noise=0.2, budget=budget)
    assert (outcome.support, outcome.cost.steps) == (problem.support, 91390)


def test_more_subsets_than_a_double_can_count():
    """C(2000, 1000) is about 1e600."""
    problem = SparseParity(2000, 1000, seed=1)
    told = {"k": 1000, "noise": 0.0}
    outcome = ExhaustiveSearch().learn(problem.examples(), budget=Budget(seconds=0.1), **told)
    assert outcome.status is Status.TIMEOUT
    assert outcome.cost.seconds < 3
    assert re.match(r"Predicted 1e\+600 subsets of size 1000 \(half of all\) at ", outcome.detail)
    assert re.search(r"a second, 1e\+58\d years, which the limit of 0\.1 s", outcome.detail)
    persisting = ExhaustiveSearch(persist=True)
    outcome = persisting.learn(problem.examples(), budget=Budget(seconds=0.1), **told)
    assert "of 1e+600 subsets of size 1000; the rest would take about 1e+58" in outcome.detail
    for told in ({"k": 1000}, {}):
        assert search(problem.sample(10), **told).status is Status.OUT_OF_SAMPLES


# --- parameters -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"failure": 0.0}, "failure must lie in (0, 1), got 0.0"),
        ({"failure": 1}, "failure must lie in (0, 1), got 1"),
        ({"assumed_noise": 0.5}, "assumed_noise must lie in [0, 0.5), got 0.5"),
        ({"assumed_noise": -0.1}, "assumed_noise must lie in [0, 0.5), got -0.1"),
        ({"device": "tpu"}, "device must be cpu, cuda or cuda:<index>, got 'tpu'"),
    ],
)
def test_parameters_out_of_range_are_named(parameters, message):
    with pytest.raises(InvalidInput) as error:
        ExhaustiveSearch(**parameters)
    assert str(error.value) == message
