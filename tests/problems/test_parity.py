"""The instance: its support, its labels, its noise and its streams."""

import itertools

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare

from parity_compare.problems import InvalidInput, SparseParity, chi
from parity_compare.problems.bits import pack, unpack, words_for

SHAPES = [(1, 1), (2, 1), (5, 5), (30, 3), (63, 4), (64, 64), (65, 2), (127, 7), (128, 3), (129, 8)]


@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_the_support_is_k_sorted_coordinates_of_n(n, k):
    support = SparseParity(n, k, seed=3).support
    assert len(support) == k
    assert list(support) == sorted(set(support))
    assert 0 <= support[0] <= support[-1] < n


def test_all_supports_are_equally_likely():
    """Chi-square over the 20 supports of (6, 3); false alarm 1e-6."""
    subsets = list(itertools.combinations(range(6), 3))
    drawn = [SparseParity(6, 3, seed=seed).support for seed in range(4000)]
    assert chisquare([drawn.count(subset) for subset in subsets]).pvalue > 1e-6


def test_a_dense_secret_is_a_uniform_nonempty_subset():
    """Chi-square over the seven subsets of three bits; false alarm 1e-6."""
    drawn = [SparseParity(3, None, seed=seed).support for seed in range(2000)]
    subsets = [s for size in (1, 2, 3) for s in itertools.combinations(range(3), size)]
    counts = [drawn.count(subset) for subset in subsets]
    assert sum(counts) == 2000
    assert chisquare(counts).pvalue > 1e-6


def test_supports_are_fixed_for_ever():
    """Recorded: a change would give every stored experiment other instances."""
    assert SparseParity(30, 3, seed=0).support == (5, 17, 19)
    assert SparseParity(12, None, seed=1).support == (1, 4, 8, 9, 10, 11)
    assert SparseParity(30, 3, seed=0).sample(2).rows.tolist() == [[828027721], [677235118]]


@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_labels_are_products_of_signs_for_odd_and_even_k(n, k):
    problem = SparseParity(n, k, seed=1)
    samples = problem.sample(200)
    product = np.array([np.prod(row[list(problem.support)].astype(int)) for row in samples.X])
    assert np.array_equal(samples.y, product)
    assert np.array_equal(samples.y, chi(samples.X, problem.support))
    assert np.array_equal(samples.labels, samples.bits[:, problem.support].sum(axis=1) % 2)
    assert np.array_equal(problem.label(samples.rows), samples.labels)


def test_the_characters_are_orthonormal():
    """E[chi_S chi_T] over all of {-1,+1}^4 is 1 if S = T, else 0."""
    cube = np.array(list(itertools.product([-1, 1], repeat=4)), dtype=np.int8)
    subsets = [s for size in range(5) for s in itertools.combinations(range(4), size)]
    table = np.array([chi(cube, subset) for subset in subsets], dtype=int)
    assert np.array_equal(table @ table.T, 16 * np.eye(16))


@pytest.mark.parametrize("noise", [0.01, 0.25, 0.49])
def test_labels_are_flipped_at_the_noise_rate(noise):
    """Binomial test on 20000 labels; false alarm 1e-6."""
    problem = SparseParity(40, 3, noise=noise, seed=2)
    samples = problem.sample(20_000)
    flips = int(np.count_nonzero(problem.label(samples.rows) != samples.labels))
    assert binomtest(flips, 20_000, noise).pvalue > 1e-6


def test_flips_are_independent_of_the_clean_labels():
    """Fisher's z of the correlation of flips with labels; |z| < 4.9 has false alarm 1e-6."""
    problem = SparseParity(40, 3, noise=0.3, seed=2)
    samples = problem.sample(20_000)
    clean = problem.label(samples.rows)
    r = np.corrcoef(clean, clean ^ samples.labels)[0, 1]
    assert abs(np.arctanh(r)) * np.sqrt(20_000) < 4.9


def test_noise_changes_labels_alone_and_less_noise_flips_fewer_of_the_same():
    clean, some, more = (SparseParity(30, 3, noise=eta, seed=4) for eta in (0.0, 0.1, 0.4))
    assert clean.support == some.support == more.support
    a, b, c = (problem.sample(2000) for problem in (clean, some, more))
    assert np.array_equal(a.rows, b.rows)
    assert np.array_equal(a.rows, c.rows)
    flipped_some, flipped_more = a.labels != b.labels, a.labels != c.labels
    assert flipped_some.any()
    assert not np.any(flipped_some & ~flipped_more)


@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_a_stream_does_not_depend_on_how_it_is_cut_into_draws(noise):
    problem = SparseParity(70, 3, noise=noise, seed=5)
    whole = problem.sample(100, seed=9)
    oracle = problem.examples(seed=9)
    parts = [oracle.draw(m) for m in (1, 0, 64, 35)]
    assert np.array_equal(np.concatenate([part.rows for part in parts]), whole.rows)
    assert np.array_equal(np.concatenate([part.labels for part in parts]), whole.labels)


def test_streams_of_different_names_share_no_example():
    """Two equal rows of 70 bits among 3 x 500: below 1e-15 by chance."""
    problem = SparseParity(70, 3, seed=5)
    samples = [problem.sample(500, seed=0), problem.sample(500, seed=1), problem.clean_sample(500)]
    rows = np.concatenate([s.rows for s in samples])
    assert len(np.unique(rows, axis=0)) == 1500


def test_a_clean_sample_has_no_flipped_label():
    problem = SparseParity(30, 3, noise=0.4, seed=1)
    clean = problem.clean_sample(1000)
    assert clean.agreement(problem.support) == 1000


@pytest.mark.parametrize("n", [1, 63, 64, 65])
def test_inputs_are_uniform_bits_with_clean_padding(n):
    """Each bit's count is Binomial(4000, 1/2); six standard deviations: 2e-9 per bit."""
    samples = SparseParity(n, 1, seed=1).sample(4000)
    assert samples.rows.shape == (4000, words_for(n))
    assert np.array_equal(pack(unpack(samples.rows, n)), samples.rows)
    ones = samples.bits.sum(axis=0, dtype=np.int64)
    assert np.all(np.abs(ones - 2000) < 6 * np.sqrt(1000))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"noise": 0.7}, "noise must lie in [0, 0.5), got 0.7"),
        ({"noise": 0.5}, "noise must lie in [0, 0.5), got 0.5"),
        ({"noise": -0.1}, "noise must lie in [0, 0.5), got -0.1"),
        ({"noise": float("nan")}, "noise must lie in [0, 0.5), got nan"),
        ({"k": 11}, "k must lie in 1..n = 1..10, got 11"),
        ({"k": 0}, "k must lie in 1..n = 1..10, got 0"),
        ({"n": 0}, "n must be at least 1, got 0"),
        ({"n": -3, "k": None}, "n must be at least 1, got -3"),
        ({"n": 10.0}, "n must be an integer, got 10.0"),
        ({"k": "3"}, "k must be an integer, got '3'"),
        ({"n": None}, "n must be an integer, got None"),
        ({"seed": 0.5}, "seed must be an integer, got 0.5"),
    ],
)
def test_what_breaks_a_rule_is_named_with_the_rule(arguments, message):
    with pytest.raises(InvalidInput) as error:
        SparseParity(**{"n": 10, "k": 3, **arguments})
    assert str(error.value) == message


def test_numpy_integers_make_the_same_instance_as_pythons():
    """``for n in np.arange(...)`` is how users write a sweep."""
    ours, theirs = (
        SparseParity(30, 3, seed=2),
        SparseParity(np.int64(30), np.uint8(3), 0.0, np.int32(2)),
    )
    assert theirs == ours
    assert hash(theirs) == hash(ours)
    assert theirs.support == ours.support
    rows = theirs.sample(5, seed=np.int64(1)).rows
    assert np.array_equal(rows, ours.sample(5, seed=1).rows)
