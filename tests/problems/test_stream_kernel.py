"""The compiled streams are NumPy's, bit for bit, however they are cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.problems import SparseParity
from parity_compare.problems.bits import mask, words_for
from parity_compare.problems.seeding import generator
from parity_compare.problems.stream_kernel import (
    draw_examples,
    draw_side_by_side,
    skip_flips,
    stream_state,
)


def move_generators(state, inputs, flips):
    """The inverse of ``stream_state``: move two PCG64 generators to where a row stands."""
    words = [int(word) for word in state]
    for i, moved in enumerate((inputs, flips)):
        high, low, inc_high, inc_low = words[4 * i : 4 * i + 4]
        described = moved.bit_generator.state
        described["state"] = {"state": high << 64 | low, "inc": inc_high << 64 | inc_low}
        moved.bit_generator.state = described


def generators(problem, seed=0):
    parts = (problem.n, problem.k, problem.seed, seed)
    return generator("inputs", *parts), generator("flips", *parts)


def drawn(states, problem, t, m):
    rows = np.empty((m, words_for(problem.n)), dtype=np.uint64)
    labels = np.empty(m, dtype=np.uint8)
    masks = np.tile(mask(problem.support, problem.n), (len(states), 1))
    noise = np.full(len(states), problem.noise)
    draw_examples(states, masks, noise, t, problem.n, rows, labels)
    return rows, labels


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    n=st.one_of(st.sampled_from([1, 63, 64, 65, 128, 129]), st.integers(1, 200)),
    noise=st.sampled_from([0.0, 1e-3, 0.2, 0.49]),
    seed=st.integers(0, 2**32),
    cuts=st.lists(st.integers(0, 90), min_size=1, max_size=5),
)
def test_the_examples_are_those_of_the_oracle(n, noise, seed, cuts):
    problem = SparseParity(n, min(3, n), noise, seed)
    oracle = problem.examples()
    states = np.stack([stream_state(*generators(problem, other)) for other in (5, 0)])
    others = states[0].copy()
    for m in cuts:
        rows, labels = drawn(states, problem, 1, m)
        expected = oracle.draw(m)
        assert np.array_equal(rows, expected.rows)
        assert np.array_equal(labels, expected.labels)
    assert np.array_equal(states[0], others)


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_the_streams_end_where_numpys_do(noise):
    problem = SparseParity(70, 3, noise)
    inputs, flips = generators(problem)
    states = stream_state(inputs, flips)[None]
    drawn(states, problem, 0, 1000)
    inputs.integers(0, 2**64, size=2000, dtype=np.uint64)
    flips.random(1000)
    assert np.array_equal(states[0], stream_state(inputs, flips))


@pytest.mark.parametrize("m", [0, 1, 2, 3, 1000, 2**40 + 1])
def test_passing_over_m_labels_is_numpys_jump(m):
    inputs, flips = generators(SparseParity(9, 2))
    states = stream_state(inputs, flips)[None]
    skip_flips(states, 0, m)
    flips.bit_generator.advance(m)
    assert np.array_equal(states[0], stream_state(inputs, flips))


def test_streams_drawn_side_by_side_are_those_drawn_alone():
    problems = [SparseParity(70, 3, noise, seed) for seed, noise in enumerate([0.0, 0.3])]
    states = np.stack([stream_state(*generators(problem)) for problem in problems])
    masks = np.stack([mask(problem.support, 70) for problem in problems])
    rows = np.zeros((2, 9, 2), dtype=np.uint64)
    labels = np.full((2, 9), 7, dtype=np.uint8)
    draw_side_by_side(states, masks, np.array([0.0, 0.3]), 70, rows, labels, 2, 5)
    for t, problem in enumerate(problems):
        expected = problem.sample(5)
        assert np.array_equal(rows[t, 2:7], expected.rows)
        assert np.array_equal(labels[t, 2:7], expected.labels)
    assert not rows[:, [0, 1, 7, 8]].any()
    assert (labels[:, [0, 1, 7, 8]] == 7).all()


def test_generators_go_on_from_where_the_compiled_stream_stopped():
    problem = SparseParity(40, 3, 0.2)
    states = stream_state(*generators(problem))[None]
    drawn(states, problem, 0, 123)
    moved = np.random.default_rng(1), np.random.default_rng(2)
    move_generators(states[0], *moved)
    expected = generators(problem)
    expected[0].integers(0, 2**64, size=123, dtype=np.uint64)
    expected[1].random(123)
    for ours, numpys in zip(moved, expected, strict=True):
        assert np.array_equal(ours.random(9), numpys.random(9))


def test_other_generators_are_refused():
    foreign = np.random.Generator(np.random.Philox(0))
    with pytest.raises(ValueError, match="PCG64, got Philox"):
        stream_state(foreign, foreign)
