"""Oracles count what they give, give no more than there is, and answer within their tolerance."""

import itertools
import math

import numpy as np
import pytest
from scipy.stats import kstest

from parity_compare.problems import ExampleOracle, InvalidInput, OutOfSamples, Samples, SparseParity
from parity_compare.problems.correlations import packed_correlations, torch_correlations
from parity_compare.problems.oracles import (
    QueryOracle,
    hoeffding_examples,
    hoeffding_tolerance,
    query_samples,
)

CUBE = np.array(list(itertools.product([0, 1], repeat=6)))


def subsets(n, size):
    listed = list(itertools.combinations(range(n), size))
    return np.array(listed, dtype=np.int64).reshape(len(listed), size)


# --- examples -------------------------------------------------------------------------------------


def test_a_fixed_list_is_given_out_once_and_in_order():
    samples = SparseParity(70, 2, seed=1).sample(100)
    oracle = ExampleOracle.over(samples)
    assert (oracle.drawn, oracle.remaining) == (0, 100)
    parts = [oracle.draw(m) for m in (30, 0, 70)]
    assert (oracle.drawn, oracle.remaining) == (100, 0)
    assert np.array_equal(np.concatenate([part.rows for part in parts]), samples.rows)
    assert np.array_equal(np.concatenate([part.labels for part in parts]), samples.labels)


def test_what_is_not_there_is_refused_and_nothing_is_given_out():
    samples = SparseParity(70, 2, seed=1).sample(100)
    oracle = ExampleOracle.over(samples)
    oracle.draw(60)
    with pytest.raises(OutOfSamples, match="41 examples were asked for, 40 are left"):
        oracle.draw(41)
    assert (oracle.drawn, oracle.remaining) == (60, 40)
    assert np.array_equal(oracle.draw(40).rows, samples.rows[60:])
    with pytest.raises(InvalidInput, match="m must be at least 0, got -1"):
        oracle.draw(-1)


def test_fresh_examples_have_no_end_and_are_counted():
    oracle = SparseParity(20, 2).examples()
    assert oracle.remaining is None
    for m in (5, 0, 7):
        assert oracle.draw(m).m == m
    assert (oracle.drawn, oracle.remaining) == (12, None)


def test_the_columns_names_come_along():
    samples = Samples.from_arrays([[0, 1]], [1], names=["a", "b"])
    oracle = ExampleOracle.over(samples)
    assert oracle.names == oracle.draw(1).names == ("a", "b")


def test_nobody_can_set_a_counter_back():
    """Costs are read off the oracle, which a learner holds in its hands."""
    with pytest.raises(AttributeError):
        SparseParity(5, 2).examples().drawn = 0
    with pytest.raises(AttributeError):
        SparseParity(5, 2).queries(tolerance=0.1).asked = 0


# --- queries --------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", [0.0, 0.2])
@pytest.mark.parametrize("answers", ["exact", "adversarial"])
@pytest.mark.parametrize("tolerance", [0.01, 0.2, 0.3, 0.5, 0.9])
def test_every_answer_is_within_the_tolerance_of_the_expectation(answers, tolerance, noise):
    """Against E[y chi_T(x)] = (1 - 2 eta) mean of chi_S chi_T over all 64 inputs, for all T."""
    problem = SparseParity(6, 3, noise=noise, seed=1)
    cube = Samples.from_arrays(CUBE, np.zeros(64, int))
    clean = 1 - 2.0 * cube.parity(problem.support)
    oracle = problem.queries(tolerance=tolerance, answers=answers)
    for size in range(7):
        asked = subsets(6, size)
        truth = [(1 - 2 * noise) * np.mean(clean * (1 - 2.0 * cube.parity(t))) for t in asked]
        error = np.abs(oracle.correlations(asked) - truth)
        assert np.all(error <= (0 if answers == "exact" else tolerance) + 1e-12)


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_the_adversary_hides_the_secret_wherever_the_tolerance_allows(noise):
    """From (1 - 2 eta) / 2 on, one constant is within tau of both 0 and 1 - 2 eta: answers that
    are the same for every secret. Below, none is, and the largest answer is at S."""
    bias = 1 - 2 * noise
    for tolerance in (0.5 * bias, 0.6 * bias, 0.9 * bias, 0.99):
        answers = {
            tuple(SparseParity(6, 2, noise, seed).queries(tolerance=tolerance).correlations(t))
            for seed in range(20)
            for t in [subsets(6, 2)]
        }
        assert len(answers) == 1
    for tolerance in (0.01, 0.25 * bias, 0.49 * bias):
        problem = SparseParity(6, 2, noise, seed=3)
        answers = problem.queries(tolerance=tolerance).correlations(subsets(6, 2))
        assert tuple(subsets(6, 2)[np.argmax(answers)]) == problem.support


def test_the_order_within_a_subset_does_not_matter():
    problem = SparseParity(9, 3, seed=2)
    for permuted in itertools.permutations(problem.support):
        oracle = problem.queries(tolerance=0.1, answers="exact")
        assert oracle.correlations([permuted]).tolist() == [1.0]


def test_queries_are_counted_one_by_one():
    oracle = SparseParity(9, 3).queries(tolerance=0.1)
    oracle.correlations(subsets(9, 3))
    oracle.correlations(np.empty((0, 3), int))
    oracle.correlations([[1, 2]])
    assert oracle.asked == 84 + 1


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ([1, 2], "subsets must have shape (q, size), got shape (2,)"),
        ([[0, 1], [3, 9]], "a subset must have distinct coordinates in 0..8, got [3, 9]"),
        ([[-1, 1]], "a subset must have distinct coordinates in 0..8, got [-1, 1]"),
        ([[0, 1, 2], [5, 3, 5]], "a subset must have distinct coordinates in 0..8, got [5, 3, 5]"),
    ],
)
def test_what_is_no_subset_is_refused_and_not_counted(asked, message):
    """x_i x_i = 1, so an answer about [5, 3, 5] as a triple would be a wrong one about [3]."""
    oracle = SparseParity(9, 3).queries(tolerance=0.1)
    with pytest.raises(InvalidInput) as error:
        oracle.correlations(asked)
    assert str(error.value) == message
    assert oracle.asked == 0


@pytest.mark.parametrize("tolerance", [0.0, 1.0, -0.5, float("nan")])
def test_the_tolerance_lies_between_zero_and_one(tolerance):
    for answers in ("exact", "adversarial", "gaussian", "sample"):
        with pytest.raises(InvalidInput, match=r"tolerance must lie in \(0, 1\), got "):
            SparseParity(9, 3).queries(tolerance=tolerance, answers=answers)


def test_there_is_no_other_way_to_answer():
    with pytest.raises(InvalidInput, match=r"answers must be .*, got 'kind'"):
        SparseParity(9, 3).queries(tolerance=0.1, answers="kind")


def test_gaussian_errors_are_normal_with_the_tolerance_as_deviation():
    """Kolmogorov-Smirnov on 5005 errors; false alarm 1e-6."""
    problem = SparseParity(15, 6, noise=0.1, seed=1)
    oracle = problem.queries(tolerance=0.05, answers="gaussian")
    asked = subsets(15, 6)
    truth = np.where((asked == problem.support).all(axis=1), 0.8, 0.0)
    first = oracle.correlations(asked)
    assert oracle.errors == "gaussian"
    assert kstest((first - truth) / 0.05, "norm").pvalue > 1e-6
    again = problem.queries(tolerance=0.05, answers="gaussian").correlations(asked)
    assert np.array_equal(first, again)
    other = problem.queries(tolerance=0.05, answers="gaussian", seed=1).correlations(asked)
    assert not np.any(first == other)


# --- queries answered from examples ---------------------------------------------------------------


@pytest.mark.parametrize("m", [1, 63, 64, 65, 200])
def test_sample_backed_answers_are_the_means_over_the_sample(m):
    samples = SparseParity(8, 3, noise=0.2, seed=m).sample(m)
    oracle = query_samples(samples, 0.5)
    assert (oracle.drawn, oracle.errors) == (m, "bounded")
    for size in range(9):
        asked = subsets(8, size)
        products = np.array([samples.X[:, t].prod(axis=1) for t in asked], dtype=float)
        assert np.allclose(oracle.correlations(asked), products @ samples.y / m, atol=1e-15)


def test_words_and_matrix_products_give_the_same_answers_to_the_last_bit():
    samples = SparseParity(12, 3, noise=0.2, seed=1).sample(777)
    words, products = packed_correlations(samples), torch_correlations(samples, "cpu")
    scattered = np.random.default_rng(0).permuted(np.tile(np.arange(12), (50, 1)), axis=1)[:, :5]
    for asked in [subsets(12, size) for size in (0, 1, 2, 3, 5, 12)] + [np.sort(scattered)]:
        assert np.array_equal(words(asked), products(asked))


@pytest.mark.parametrize(
    ("tolerance", "queries"), [(0.1, 4060), (0.25, 1), (0.01, 10**12), (0.3, 2**2000)]
)
def test_the_sample_is_as_small_as_hoeffdings_bound_allows(tolerance, queries):
    """The bound 2 N exp(-m tau^2 / 2) passes 1e-6 between m - 1 and m examples."""
    m = hoeffding_examples(tolerance, queries)
    logs = [math.log(2) + math.log(queries) - (m - less) * tolerance**2 / 2 for less in (0, 1)]
    assert logs[0] <= math.log(1e-6) < logs[1]
    assert hoeffding_tolerance(m, queries) <= tolerance < hoeffding_tolerance(m - 1, queries)


def test_a_sample_backed_oracle_keeps_its_tolerance():
    """All 175 queries of sizes 1 to 3, ten samples: Hoeffding's bound fails with chance 1e-5."""
    for seed in range(10):
        problem = SparseParity(10, 3, noise=0.1, seed=seed)
        oracle = problem.queries(tolerance=0.2, answers="sample", seed=seed)
        assert oracle.tolerance <= 0.2 * (1 + 1e-12)
        for size in (1, 2, 3):
            asked = subsets(10, size)
            hit = np.array([tuple(t) == problem.support for t in asked])
            assert np.all(np.abs(oracle.correlations(asked) - 0.8 * hit) <= oracle.tolerance)


def test_a_sample_of_given_size_is_granted_the_tolerance_of_its_size():
    problem = SparseParity(10, 3, seed=1)
    oracle = problem.queries(tolerance=0.5, answers="sample", samples=1000)
    assert oracle.drawn == 1000
    assert oracle.tolerance == pytest.approx(hoeffding_tolerance(1000, 175))
    with pytest.raises(InvalidInput, match=r"samples must be more than .*, got 5"):
        problem.queries(tolerance=0.5, answers="sample", samples=5)


def test_an_oracle_may_be_made_by_hand():
    oracle = QueryOracle(4, 0.1, lambda subsets: subsets.sum(axis=1) / 10)
    assert oracle.correlations([[3, 0], [1, 2]]).tolist() == [0.3, 0.3]


def test_what_was_drawn_elsewhere_is_counted_and_never_taken_back():
    problem = SparseParity(20, 3, noise=0.1, seed=1)
    oracle, other = problem.examples(), problem.examples()
    oracle.settle(70)
    other.draw(70)
    assert oracle.drawn == 70
    np.testing.assert_array_equal(oracle.draw(9).rows, other.draw(9).rows)
    with pytest.raises(InvalidInput, match="m must be at least 0, got -1"):
        oracle.settle(-1)
    with pytest.raises(InvalidInput, match="nothing to settle"):
        ExampleOracle.over(problem.sample(5)).settle(1)
    assert oracle.drawn == 79
