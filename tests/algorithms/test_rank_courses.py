"""The courses of elimination: rank and what is determined, against all solutions and galois."""

import itertools

import galois
import numpy as np
import pytest
from watched import COURSE, columns, meet

from parity_compare.algorithms import Status
from parity_compare.algorithms.rank_course import rank_course
from parity_compare.problems import Samples, SparseParity


def solutions(bits, labels):
    """All s with bits s = labels over GF(2), ``(solutions, n)``."""
    every = np.array(list(itertools.product((0, 1), repeat=bits.shape[1])), dtype=np.uint8)
    return every[((every @ bits.T) % 2 == labels).all(axis=1)]


@pytest.mark.parametrize("seed", range(30))
def test_rank_and_what_is_determined_are_those_of_all_solutions(seed):
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 8)), 14
    bits = (rng.random((m, n)) < rng.choice([0.2, 0.5])).astype(np.uint8)
    secret = rng.integers(0, 2, n, dtype=np.uint8)
    labels = (bits @ secret) % 2
    if seed % 3 == 0:
        labels ^= (rng.random(m) < 0.2).astype(np.uint8)  # most of these contradict themselves
    samples = Samples.from_arrays(bits, labels, encoding="bits")
    course = rank_course([samples[:5], samples[5:]])
    for examples, rank, determined, consistent in zip(*course.values(), strict=True):
        found = solutions(bits[:examples], labels[:examples])
        assert consistent == (len(found) > 0)
        if not consistent:  # and the course ends with the first contradiction
            found = solutions(bits[: examples - 1], labels[: examples - 1])
            assert examples == course["examples"][-1]
        assert len(found) == 2 ** (n - rank)
        assert determined == (found == found[0]).all(axis=0).sum()
    assert list(course["examples"]) == list(range(1, len(course["examples"]) + 1))
    assert course["consistent"][-1] == 0 or course["examples"][-1] == m


@pytest.mark.parametrize("n", [1, 2, 63, 64, 65, 127, 128, 129])
def test_the_rank_of_beginnings_is_what_galois_says(n):
    samples = SparseParity(n, 1).sample(n + 5, seed=n)
    course = rank_course([samples])
    assert list(course["examples"]) == list(range(1, n + 6))
    for place in {0, n // 2, n - 1, n, n + 4}:
        rank = np.linalg.matrix_rank(galois.GF2(samples.bits[: place + 1]))
        assert course["rank"][place] == rank
    full = course["rank"] == n
    assert (course["determined"][full] == n).all()
    assert (course["determined"][~full] < n).all()
    assert course["consistent"].all()


def test_little_is_determined_before_nearly_all_is():
    """All or nothing: f equations short of full rank, a coordinate is determined with probability
    about 2^-f, since its pivot's row has a zero in each of the f free columns."""
    short = []
    for seed in range(20):
        course = rank_course([SparseParity(100, 3, seed=seed).sample(132, seed=seed)])
        short.append(course["determined"][course["rank"] == 90][0])
        assert course["determined"][-1] == 100
    # Twenty sums of about 90 / 2^10 each: 10 or more in all have a chance below 1e-5.
    assert sum(short) < 10


def test_of_a_long_list_the_neighbourhood_of_full_rank_is_told():
    problem = SparseParity(40, 3)
    course = rank_course([problem.sample(5000, seed=1)])
    full = int(np.flatnonzero(course["rank"] == 40)[0])
    near = course["examples"][full - 20 : full + 20]
    assert len(course["examples"]) <= 200
    assert course["examples"][0] == 1
    assert course["examples"][-1] == 5000
    assert (np.diff(near) == 1).all()


def test_a_contradiction_ends_the_course():
    (outcome,) = meet("gf2", n=20, k=3, noise=0.2, samples=100)
    course = columns(outcome)
    assert outcome.status is Status.INCONSISTENT
    assert course["consistent"][-1] == 0
    assert course["consistent"][:-1].all()
    assert course["examples"][-1] < 100


def test_gf2_and_galois_tell_the_same_course():
    one, other = (columns(meet(name, n=20, k=3)[0]) for name in ("gf2", "galois"))
    assert all(np.array_equal(one[name], other[name]) for name in COURSE["gf2"])


def test_there_is_no_course_of_very_many_unknowns():
    assert rank_course([SparseParity(2049, 1).sample(3)]) == {}
    assert len(rank_course([SparseParity(2048, 1).sample(3)])["rank"]) == 3
