"""scikit-learn's learners: what they can learn, how they fail, and where they end."""

import math

import numpy as np
import pytest
from baseline_cases import KINDS, every_input, meet
from scipy.stats import binom

from parity_compare.algorithms import Budget, Status, Task
from parity_compare.algorithms.forest import Forest
from parity_compare.algorithms.kernel_machine import KernelMachine
from parity_compare.algorithms.lasso import Lasso
from parity_compare.algorithms.nearest_neighbours import NearestNeighbours
from parity_compare.algorithms.recognition import flipped
from parity_compare.algorithms.supervised import recognise
from parity_compare.judge import judge
from parity_compare.problems import ExampleOracle, InvalidInput, Samples, SparseParity

# --- what they can learn --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "n", "k"),
    [
        ("forest[trees=30]", 10, 1),
        ("forest[trees=30,kind=extra]", 8, 2),
        ("kernel", 20, 1),
        ("kernel", 12, 2),
        ("kernel[kind=ntk]", 12, 2),
        ("kernel[kind=polynomial,degree=3]", 8, 3),
        ("nearest", 6, 2),
        ("nearest[neighbours=3]", 6, 1),
    ],
)
def test_small_parities_are_learned_on_every_input(label, n, k):
    problem = SparseParity(n, k, seed=2)
    outcome = meet(label, problem)
    assert outcome.status is Status.FOUND, outcome.detail
    assert outcome.support == problem.support
    clean = problem.clean_sample(2000)
    assert np.array_equal(outcome.predict_bits(clean.bits), clean.labels)
    assert outcome.side_information == ()
    assert judge(outcome, problem).solved


@pytest.mark.parametrize("label", ["kernel[ridge=1,kind=polynomial,degree=2]", "kernel[ridge=3]"])
def test_a_kernel_with_enough_ridge_sees_through_noise(label):
    problem = SparseParity(8, 2, noise=0.1, seed=1)
    outcome = meet(label, problem)
    assert (outcome.status, outcome.support) == (Status.FOUND, problem.support), outcome.detail


@pytest.mark.parametrize(
    ("n", "k", "noise", "told"),
    [(20, 3, 0.0, True), (20, 3, 0.2, True), (20, 3, 0.1, False), (12, 1, 0.3, True)],
)
def test_lasso_finds_the_monomial(n, k, noise, told):
    """False alarms and misses have a chance of 1e-6 each; the seeds are fixed."""
    problem = SparseParity(n, k, noise=noise, seed=3)
    side = {"k": k, "noise": noise} if told else {}
    outcome = meet("lasso", problem, **side)
    assert (outcome.status, outcome.support) == (Status.FOUND, problem.support), outcome.detail
    assert outcome.side_information == tuple(side)


# --- what they cannot -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "label",
    ["forest[trees=50]", "forest[trees=50,kind=extra]", *(f"kernel[kind={k}]" for k in KINDS)],
)
def test_at_30_bits_and_five_of_them_2000_examples_teach_nothing(label):
    """The judge's accuracy is Binomial(8192, 1/2) / 8192 where nothing was learned; it leaves the
    interval by chance with probability 1e-3 per learner, and the seeds are fixed."""
    problem = SparseParity(30, 5, seed=0)
    outcome = meet(label, problem, samples=2000, watched=True)
    verdict = judge(outcome, problem)
    low, high = binom.interval(0.999, 8192, 0.5) / np.float64(8192)
    assert outcome.status is Status.OUT_OF_SAMPLES
    assert outcome.support is None
    assert low <= verdict.accuracy <= high
    assert (verdict.solved, verdict.criterion) == (False, "prediction")
    assert "on 500 held-out ones: chance level." in outcome.detail
    assert outcome.cost.samples == 2000
    # The flat line: 500 held-out labels, false alarm 1e-3 for each of four trainings.
    held_low, held_high = binom.interval(0.999, 500, 0.5) / np.float64(500)
    assert list(outcome.trace["trained"]) == [375, 750, 1500]
    assert set(outcome.trace["held_out"]) == {500}
    assert (
        (held_low <= outcome.trace["accuracy"]) & (outcome.trace["accuracy"] <= held_high)
    ).all()


def test_lasso_without_the_degree_gives_up():
    """No monomial of degree 2 has anything to do with a parity of three; 1e-6 for a false alarm."""
    outcome = meet("lasso[degree=2]", SparseParity(12, 3, seed=1))
    assert outcome.status is Status.GAVE_UP
    assert outcome.support is None


def test_trees_that_know_the_order_of_splits_would_be_enough():
    """It is the choice of the splits that fails, not the class of trees: shown the three columns
    of S alone, which leaves nothing to choose, the same forest is right after 100 examples."""
    problem = SparseParity(30, 3, seed=0)
    drawn = problem.sample(100)
    bits = drawn.bits[:, list(problem.support)]
    narrow = Samples.from_arrays(bits, drawn.labels, encoding="bits")
    predict = Forest(trees=30).fit(Task(ExampleOracle.over(narrow), seed=0), narrow)
    assert np.array_equal(predict(every_input(3)), every_input(3).sum(axis=1) % 2)


def test_nearest_neighbours_are_as_good_as_the_krawtchouk_polynomial_says():
    """At distance d the label is right with probability (1 + K_k(d) / C(n, k)) / 2.

    The accuracy on the judge's 8192 inputs is compared with its mean over the distances met, which
    it leaves by five standard deviations with probability below 1e-6.
    """
    problem = SparseParity(16, 3, seed=0)
    known = problem.sample(1000, seed=5)
    predict = NearestNeighbours().fit(Task(problem.examples()), known)
    clean = problem.clean_sample(8192)
    accuracy = np.mean(predict(clean.bits) == clean.labels)
    distances = (clean.bits[:, None, :] != known.bits[None]).sum(axis=2).min(axis=1)

    def krawtchouk(d):
        return sum((-1) ** j * math.comb(d, j) * math.comb(13 + 3 - d, 3 - j) for j in range(4))

    expected = np.mean([(1 + krawtchouk(int(d)) / math.comb(16, 3)) / 2 for d in distances])
    # Inputs share nearest examples: the variance is at most about that of 1000 labels, not 8192.
    assert abs(accuracy - expected) < 5 * math.sqrt(0.25 / 1000)
    assert expected > 0.6


# --- recognising a parity -------------------------------------------------------------------------


def test_a_predictor_is_recognised_exactly_if_it_is_a_parity():
    """A predictor wrong on one input in 256 passes 8192 tests with probability 1e-14."""

    def parity(bits):
        return (bits[:, 1] ^ bits[:, 4]).astype(np.uint8)

    def spoilt(bits):
        return parity(bits) ^ bits[:, :8].all(axis=1)

    rng = np.random.default_rng(0)
    assert recognise(parity, 10, rng) == (1, 4)
    assert recognise(spoilt, 10, rng) is None
    assert recognise(lambda bits: 1 - parity(bits), 10, rng) is None
    assert recognise(lambda bits: np.zeros(len(bits), np.uint8), 10, rng) is None
    assert flipped(lambda rows: (rows[:, 0] >> np.uint64(3)).astype(np.uint8) & 1, 9, rng) == (3,)


# --- limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["forest[trees=20]", "kernel", "nearest"])
def test_threads_change_nothing(label):
    problem = SparseParity(12, 3, seed=5)
    one, two = (
        meet(label, problem, samples=900, seed=3, budget=Budget(threads=threads), watched=True)
        for threads in (1, 2)
    )
    assert (one.status, one.detail) == (two.status, two.detail)
    assert np.array_equal(one.trace["accuracy"], two.trace["accuracy"])
    fresh = problem.sample(500, seed=8).bits
    assert np.array_equal(one.predict_bits(fresh), two.predict_bits(fresh))


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (
            "kernel[memory=1000000]",
            "Training on 256 would take 1.61e+06 bytes, memory allows 1e+06",
        ),
        ("kernel[memory=10000000]", "on 512 held-out ones: chance level. Training on 1024 would"),
        (
            "lasso[memory=1000000]",
            "1.43e+05 monomials on 38 examples are 2.17e+07 bytes, memory al",
        ),
    ],
)
def test_what_does_not_fit_into_memory_is_not_begun(label, said):
    outcome = meet(label, SparseParity(30, 5), k=5, noise=0.0)
    assert outcome.status is Status.GAVE_UP
    assert said in outcome.detail
    assert outcome.cost.peak_memory <= 1e7


def test_a_training_that_would_end_too_late_is_not_begun():
    """The clock is moved by hand, so that every training takes a second."""

    class Slow(KernelMachine):
        def fit(self, task, samples):
            trained.append(samples.m)
            task.clock.discount(-1.0)
            return super().fit(task, samples)

    trained = []
    outcome = Slow().learn(SparseParity(30, 5).examples(), budget=Budget(seconds=5.0))
    assert outcome.status is Status.TIMEOUT
    assert trained == [256]  # twice the examples take about eight times as long
    assert "Training on 512 would take about" in outcome.detail
    assert outcome.can_predict


def test_held_out_examples_are_too_few_to_tell():
    """20 labels are all right by luck with probability 2^-20, which is just below 1e-6."""
    for samples in (1, 79):
        outcome = meet("kernel", SparseParity(5, 1), samples=samples)
        assert outcome.status is Status.OUT_OF_SAMPLES
        assert outcome.cost.samples == 0
        assert "it could be luck" in outcome.detail
    assert meet("kernel", SparseParity(5, 1), samples=80).status is Status.FOUND


def test_a_list_is_used_whole_and_halved_downwards():
    outcome = meet("kernel", SparseParity(30, 5), samples=1100, watched=True)
    assert outcome.cost.samples == 1100
    assert list(outcome.trace["trained"]) == [413, 825]
    assert set(outcome.trace["held_out"]) == {275}


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: Lasso(degree=0), "degree must be at least 1, got 0"),
        (lambda: Lasso(penalty=0.0), "penalty must be positive, got 0.0"),
        (lambda: Lasso(memory=0), "memory must be at least 1, got 0"),
        (lambda: Lasso(failure=1.0), r"failure must lie in \(0, 1\), got 1.0"),
        (lambda: Lasso(assumed_noise=0.5), r"assumed_noise must lie in \[0, 0.5\), got 0.5"),
        (lambda: Forest(trees=0), "trees must be at least 1, got 0"),
        (lambda: Forest(kind="oak"), "kind must be random or extra, got 'oak'"),
        (lambda: KernelMachine(kind="x"), "kind must be one of rbf, ntk, polynomial, got 'x'"),
        (lambda: KernelMachine(ridge=0.0), "ridge must be positive, got 0.0"),
        (lambda: KernelMachine(degree=0), "degree must be at least 1, got 0"),
        (lambda: NearestNeighbours(neighbours=0), r"neighbours must lie in 1..examples = 1..256"),
        (lambda: Forest(examples=0), "examples must be at least 1, got 0"),
        (lambda: Forest(examples=10, most_examples=9), "most_examples must be at least examples"),
        (lambda: Forest(failure=0.0), r"failure must lie in \(0, 1\), got 0.0"),
    ],
)
def test_hyperparameters_are_checked_where_they_enter(make, rule):
    with pytest.raises(InvalidInput, match=rule):
        make()
