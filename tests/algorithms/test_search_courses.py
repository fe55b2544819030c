"""The courses of searches: the best agreement by the subsets tried, against enumeration."""

import itertools
import math

import numpy as np
import pytest
from watched import WATCHED, columns, meet

from parity_compare.algorithms import Status, Task, agreement_course
from parity_compare.algorithms.kernels import agreements
from parity_compare.algorithms.kernels.guesses import draw_subset
from parity_compare.algorithms.outcome import Finding
from parity_compare.algorithms.registry import parse
from parity_compare.execution.trials import make_oracle
from parity_compare.problems import ExampleOracle, SparseParity


def enumerated(samples, subsets):
    """Running best agreement of subsets in their order, by plain NumPy."""
    agreed = [samples.agreement(subset) for subset in subsets]
    return np.maximum.accumulate(agreed) / samples.m


@pytest.mark.parametrize(
    ("n", "k", "noise", "samples"),
    [(12, 3, 0.0, None), (9, 1, 0.0, None), (7, 7, 0.0, 40), (12, 3, 0.2, None), (10, 4, 0.3, 900)],
)
def test_the_course_of_exhaustive_search_is_the_enumerations(n, k, noise, samples):
    (outcome,) = meet("exhaustive", n=n, k=k, noise=noise, samples=samples)
    problem, course = SparseParity(n, k, noise=noise), columns(outcome)
    m = int(course["examples"][0])
    assert set(course["examples"]) == {m}
    assert m == outcome.cost.samples
    order = list(itertools.combinations(range(n), k))[: outcome.cost.steps]
    oracle = make_oracle(parse("exhaustive"), problem, samples=samples, seed=3)
    expected = enumerated(oracle.draw(m), order)
    assert outcome.status is Status.FOUND
    assert course["subsets"][0] == 1
    assert course["subsets"][-1] == outcome.cost.steps
    assert (np.diff(course["subsets"]) > 0).all()
    assert np.allclose(course["agreement"], expected[course["subsets"] - 1], rtol=1e-12, atol=0)
    # It may be drawn as steps: no rise lies between two moments.
    rises = np.flatnonzero(np.diff(expected, prepend=0)) + 1
    assert set(rises) <= set(course["subsets"])


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_a_long_course_goes_on_with_what_the_search_had_kept(noise, monkeypatch):
    monkeypatch.setattr(agreement_course, "_REPLAYED_WORDS", 400)
    (outcome,) = meet("exhaustive", n=16, k=4, noise=noise)
    course = columns(outcome)
    m = int(course["examples"][0])
    order = itertools.islice(itertools.combinations(range(16), 4), outcome.cost.steps)
    oracle = make_oracle(parse("exhaustive"), SparseParity(16, 4, noise=noise), seed=3)
    expected = enumerated(oracle.draw(m), order)[course["subsets"] - 1]
    exact = course["subsets"] <= 400 // -(-m // 64)
    assert 10 < exact.sum() < len(exact)
    assert np.array_equal(course["agreement"][exact], expected[exact])
    assert (course["agreement"] <= expected).all()
    assert course["agreement"][-1] == expected[-1]


def test_without_a_replay_a_course_is_what_the_search_tells():
    """As on a GPU, whose blocks of subsets have no order; nothing is known before the first."""
    task = Task(SparseParity(20, 3).examples(), probes=WATCHED)
    course = agreement_course.AgreementCourse(task)
    course.begin(10, None)
    for visited, best in ((50, -1), (100, 6), (101, 6), (300, 8), (1000, 7)):
        course.reach(visited, best)
    course.end()
    told = parse("exhaustive").conclude(task, Finding(Status.GAVE_UP)).trace
    subsets, agreement = told["subsets"].tolist(), told["agreement"].tolist()
    assert (subsets[0], subsets[-1]) == (100, 1000)
    assert agreement == [0.6 if number < 300 else 0.8 for number in subsets]


def test_a_search_through_sizes_counts_on():
    (outcome,) = parse("exhaustive").learn_many(
        [make_oracle(parse("exhaustive"), SparseParity(14, 3, seed=1))], probes=[WATCHED]
    )
    course = columns(outcome)
    starts = np.flatnonzero(np.diff(course["examples"], prepend=0))
    assert list(course["subsets"][starts]) == [1, 15, 15 + math.comb(14, 2)]
    assert (course["agreement"][: starts[2]] < 0.8).all()
    assert course["agreement"][-1] == 1


def test_a_course_without_end_stays_short():
    """Twenty-four sizes of coin tosses, each with a best agreement of its own."""
    samples = SparseParity(14, 3).sample(60, random_labels=True)
    outcome = parse("exhaustive").learn(ExampleOracle.over(samples), probes=WATCHED)
    course = columns(outcome)
    assert outcome.support is None
    assert 100 < len(course["subsets"]) <= 200
    assert (np.diff(course["subsets"]) > 0).all()


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_the_course_of_random_search_is_its_guesses(noise):
    n, k = 14, 2
    (outcome,) = meet("random", n=n, k=k, noise=noise)
    course = columns(outcome)
    samples = SparseParity(n, k, noise=noise).examples(seed=3).draw(outcome.cost.samples)
    state = np.random.default_rng(0).integers(0, 2**64, size=1, dtype=np.uint64)
    guess, guesses = np.empty(k, dtype=np.int64), []
    for _ in range(outcome.cost.steps):
        draw_subset(n, state, guess)
        guesses.append(tuple(guess.tolist()))
    expected = enumerated(samples, guesses)
    assert outcome.status is Status.FOUND
    assert tuple(sorted(guesses[-1])) == outcome.support
    assert course["guesses"][-1] == outcome.cost.steps
    assert np.allclose(course["agreement"], expected[course["guesses"] - 1], rtol=1e-12, atol=0)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_agreements_are_first_met_where_counting_meets_them(size):
    samples = SparseParity(9, 3).sample(70, seed=2)
    order = list(itertools.combinations(range(9), size))
    agreed = [samples.agreement(subset) for subset in order]
    for visits in (1, 8, len(order)):
        first = np.zeros(samples.m + 1, dtype=np.int64)
        agreements.agree_in_order(samples.columns, samples.label_words, size, visits, first)
        expected = np.zeros_like(first)
        for number, agreement in reversed([*enumerate(agreed[:visits], start=1)]):
            expected[agreement] = number
        assert np.array_equal(first, expected)
