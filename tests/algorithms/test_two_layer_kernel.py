"""The compiled training of two-layer networks equals the definition, step by step."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from two_layer_twin import (
    Twin,
    copied,
    model,
    networks,
    progress,
    ring,
    same,
    schedule,
    screening,
    streamed,
)

from parity_compare.algorithms.kernels.heat import normals
from parity_compare.algorithms.kernels.screening import NO, PARITY, screen
from parity_compare.algorithms.kernels.two_layer import (
    CORRELATION,
    EQUALS_PARITY,
    HINGE,
    LOGISTIC,
    NOT_FINITE,
    RUNNING,
    SQUARE,
    Networks,
    Schedule,
    Screening,
    train,
    train_trials,
)
from parity_compare.problems import SparseParity
from parity_compare.problems.bits import mask, parity, random_words, to_signs, unpack, words_for
from parity_compare.problems.seeding import generator
from parity_compare.problems.stream_kernel import stream_state

SHAPES = {
    "n": st.one_of(st.sampled_from([1, 15, 16, 31, 63, 64, 65]), st.integers(1, 140)),
    "width": st.one_of(st.integers(1, 40), st.sampled_from([48, 100, 101])),
    "batch": st.one_of(st.integers(1, 40), st.sampled_from([64, 100])),
    "degree": st.integers(0, 3),
    "loss": st.sampled_from([HINGE, SQUARE, LOGISTIC, CORRELATION]),
    "scale": st.sampled_from([1.0, 0.25]),
    "bias1": st.booleans(),
    "bias2": st.booleans(),
}


@settings(max_examples=120, deadline=None, derandomize=True)
@given(
    shape=st.builds(model, **SHAPES),
    rates=st.sampled_from([(0.1, 0.1), (0.3, 0.0), (0.0, 0.2)]),
    keeps=st.sampled_from([(1, 1), (0.99, 0.9), (0.5, 1)]),
    heats=st.sampled_from([(0, 0), (0.1, 0.05), (0, 0.1), (0.1, 0)]),
    step=st.integers(0, 1000),
    seed=st.integers(0, 2**32),
)
def test_a_step_is_that_of_the_formulas(shape, rates, keeps, heats, step, seed):
    nets, data, at = networks(shape, 2, seed), ring(shape, 2, 3, seed), progress(2, step)
    twins = [Twin(shape, nets, t) for t in range(2)]
    plan = schedule(2, 4, step - 1, rates, keeps, heats)
    train(shape, nets, data, plan, screening(shape, 2), at, step + 1)
    assert at.steps.tolist() == [step + 1] * 2
    slots = slice(step % 3 * shape.batch, (step % 3 + 1) * shape.batch)
    P = shape.width * (shape.n + 2) + 1
    for t, twin in enumerate(twins):
        X = to_signs(unpack(data.rows[t, slots], shape.n)).astype(float)
        y = 1.0 - 2.0 * data.labels[t, slots]
        normal = np.empty((1, P), dtype=np.float32)
        normals(plan.keys[t : t + 1], np.array([step * P], dtype=np.uint64), normal)
        loss, edge, kink = twin.step(X, y, rates, keeps, heats, normal[0])
        assert at.losses[t] == pytest.approx(loss, rel=1e-4, abs=1e-4)
        # float32 may come down on the other side of the hinge or of a unit's threshold.
        if (shape.loss == HINGE and edge < 1e-5) or (shape.degree == 0 and kink < 1e-5):
            continue
        r, n = shape.width, shape.n
        size = 1 + np.abs(twin.W).max() + np.abs(twin.u).max()
        assert np.allclose(nets.W[t, :r, :n], twin.W, rtol=1e-4, atol=1e-5 * size)
        assert np.allclose(nets.W[t, :r, n], twin.b, rtol=1e-4, atol=1e-5 * size)
        assert np.allclose(nets.u[t, :r], twin.u, rtol=1e-4, atol=1e-5 * size)
        assert nets.c[t] == pytest.approx(twin.c, rel=1e-4, abs=1e-5 * size)
    assert not nets.W[:, shape.width :].any()
    assert not nets.W[:, :, shape.n + 1 :].any()
    assert not nets.u[:, shape.width :].any()


def test_many_steps_follow_the_formulas():
    shape = model(20, 30, 16, loss=LOGISTIC)
    nets, data = networks(shape, 1), ring(shape, 1, 5)
    twin = Twin(shape, nets, 0)
    train(shape, nets, data, schedule(1, 50), screening(shape, 1), progress(1), 50)
    X = to_signs(unpack(data.rows[0], 20)).astype(float).reshape(5, 16, 20)
    y = 1.0 - 2.0 * data.labels[0].reshape(5, 16)
    for step in range(50):
        twin.step(X[step % 5], y[step % 5], (0.1, 0.1), (1, 1), (0, 0), np.zeros(30 * 22 + 1))
    assert np.allclose(nets.W[0, :30, :20], twin.W, atol=1e-4)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    shape=st.builds(model, **SHAPES),
    heat=st.sampled_from([0, 0.01]),
    threads=st.integers(1, 3),
    cuts=st.lists(st.integers(1, 6), min_size=1, max_size=4),
)
def test_a_trial_runs_the_same_alone_and_among_others_in_pieces_and_by_threads(
    shape, heat, threads, cuts
):
    trials, steps = 5, sum(cuts)
    problems = [SparseParity(shape.n, 1, noise, seed) for seed, noise in enumerate([0, 0.2] * 3)]
    plan = schedule(trials, steps, heats=(heat, heat))
    together, data, at = networks(shape, trials), streamed(shape, problems[:trials]), progress(5)
    alone = copied(together)
    look = screening(shape, trials, every=1)
    for last in np.cumsum(cuts):
        train(shape, together, data, plan, look, at, int(last), threads)
    for t in range(trials):
        one = Networks(*(array[t : t + 1].copy() for array in alone))
        plan_one = plan._replace(keys=plan.keys[t : t + 1])
        at_one = progress(1)
        look_one = screening(shape, trials, every=1)
        look_one = Screening(look_one.rows[t : t + 1], 1, look_one.candidates[t : t + 1])
        data_one = streamed(shape, problems[t : t + 1])
        train(shape, one, data_one, plan_one, look_one, at_one, steps)
        assert same(one, [array[t : t + 1] for array in together])
        assert at_one.steps[0] == at.steps[t]
        assert at_one.stopped[0] == at.stopped[t]
        assert np.array_equal(data_one.states[0], data.states[t])


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    n=st.integers(1, 130),
    batch=st.integers(1, 40),
    noise=st.sampled_from([0.0, 0.3]),
    slots=st.integers(1, 4),
    steps=st.integers(1, 9),
)
def test_streams_drawn_inside_are_those_given_by_the_caller(n, batch, noise, slots, steps):
    shape = model(n, 7, batch)
    problem = SparseParity(n, 1, noise)
    inside, outside = networks(shape, 1), networks(shape, 1)
    drawn = streamed(shape, [problem], slots)
    train(shape, inside, drawn, schedule(1, steps), screening(shape, 1), progress(1), steps)
    sample = problem.sample(steps * batch)
    given = ring(shape, 1, steps)
    given.rows[0], given.labels[0] = sample.rows, sample.labels
    train(shape, outside, given, schedule(1, steps), screening(shape, 1), progress(1), steps)
    assert same(inside, outside)
    named = generator("inputs", n, 1, 0, 0), generator("flips", n, 1, 0, 0)
    named[0].bit_generator.advance(steps * batch * words_for(n))
    named[1].bit_generator.advance(steps * batch)
    assert np.array_equal(drawn.states[0], stream_state(*named))
    kept = slice((steps - 1) % slots * batch, ((steps - 1) % slots + 1) * batch)
    assert np.array_equal(drawn.rows[0, kept], sample.rows[-batch:])


def parity_network(shape, support):
    """f zigzags through (-1)^v over the number v = 0..k of ones on the support.

    A hidden unit relu(v - j) for each j from 1 to k and one v + 1: f = 3 - 2 (v + 1) + 4 (v - 1)_+
    - 4 (v - 2)_+ + ..., with slopes -2, +2, -2, ...
    """
    k = len(support)
    nets = networks(shape, 1)
    for array in nets:
        array[:] = 0
    nets.W[0, : k + 1, list(support)] = -0.5
    nets.W[0, : k + 1, shape.n] = k / 2 - np.arange(k + 1)
    nets.W[0, 0, shape.n] += 1
    nets.u[0, : k + 1] = 4 * (-1.0) ** (np.arange(k + 1) + 1)
    nets.u[0, 0] = -2
    nets.c[0] = 3
    return nets


def still(shape, nets, look, at, last=1):
    """Take looks without moving."""
    data = ring(shape, len(nets.W), 1)
    frozen = schedule(len(nets.W), last, rates=(0, 0))
    train(shape, nets, data, frozen, look, at, last)


@pytest.mark.parametrize("support", [(3,), (0, 5), (1, 2, 9), (0, 7, 12, 13, 21)])
def test_a_network_that_is_a_parity_stops_and_names_its_support(support):
    shape = model(22, 9, 4)
    nets = parity_network(shape, support)
    X = unpack(random_words(np.random.default_rng(0), 500, 22), 22)
    labels = Twin(shape, nets, 0).outputs(to_signs(X).astype(float)) < 0
    assert np.array_equal(labels, X[:, list(support)].sum(axis=1) % 2 == 1)
    look, at = screening(shape, 1, every=1), progress(1)
    still(shape, nets, look, at, last=5)
    assert at.stopped[0] == EQUALS_PARITY
    assert at.steps[0] == 1
    assert tuple(np.flatnonzero(look.candidates[0])) == support
    before = copied(nets)
    still(shape, nets, look, at, last=5)
    assert at.steps[0] == 1, "a stopped trial is left alone"
    assert same(before, nets)
    at.stopped[0] = RUNNING
    nets.c[0] = 100
    still(shape, nets, look, at, last=5)
    assert (at.steps[0], at.stopped[0]) == (5, RUNNING)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    n=st.integers(1, 100),
    width=st.integers(1, 40),
    degree=st.integers(0, 3),
    suspect=st.integers(1, 64),
    seed=st.integers(0, 2**32),
)
def test_the_screen_is_that_of_brute_force(n, width, degree, suspect, seed):
    shape = model(n, width, 4, degree, scale=0.5)
    nets = networks(shape, 1, seed)
    rows = screening(shape, 1, seed=seed).rows[0]
    candidate = np.zeros(n, dtype=np.uint8)
    W, u, c, half = nets.W[0].reshape(-1), nets.u[0], nets.c[0], np.float32(0.5)
    work = np.zeros(3 * nets.W.shape[2] + len(u), dtype=np.float32)
    verdict, failed = screen(W, u, c, half, n, degree, rows, suspect, candidate, work)
    signs = to_signs(unpack(rows, n)).astype(float)
    neighbours = signs[0] * (1 - 2 * np.eye(n))
    twin = Twin(shape, nets, 0)
    outputs = twin.outputs(np.vstack([signs[:1], neighbours, signs[1:]]))
    if np.abs(outputs).min() < 1e-5:
        return
    negative = outputs < 0
    flips = negative[1 : n + 1] != negative[0]
    assert np.array_equal(candidate, flips)
    differs = parity(rows[1:] & mask(np.flatnonzero(flips), n)) != negative[n + 1 :]
    if not flips.any() or differs.any():
        assert verdict == NO
        assert failed == suspect if not flips.any() else differs[failed - 1]
    else:
        assert verdict == PARITY


@pytest.mark.parametrize("every", [0, 1])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_network_that_is_not_finite_stops(every, value):
    shape = model(20, 10, 8)
    nets = networks(shape, 2)
    nets.W[1, 3, 20] = value
    nets.u[1, 3] = 1
    at = progress(2)
    train(shape, nets, ring(shape, 2, 1), schedule(2, 9), screening(shape, 2, every), at, 9)
    assert at.stopped.tolist() == [RUNNING, NOT_FINITE]
    # A unit that never fires passes through one batch, and its gradient gives it away: to a look at
    # once, else to the next batch. A batch that was drawn is counted.
    assert at.steps.tolist() == [9, 2 if value == -np.inf and not every else 1]
    assert np.isfinite(nets.W[0]).all()


def test_looks_are_taken_by_the_trials_own_count():
    shape = model(22, 9, 4)
    look, at = screening(shape, 1, every=7), progress(1, step=3)
    nets = parity_network(shape, (1, 4))
    data = ring(shape, 1, 1)
    train(shape, nets, data, schedule(1, 50, rates=(0, 0)), look, at, 50)
    assert at.steps[0] == 7
    assert 0 < at.spent[0, 0] < at.spent[0, 1] or at.spent[0, 1] == 0


def test_a_hidden_parity_is_learnt():
    """n = 10, k = 2, width 40: eight trials of eight within 3000 steps, seeds fixed."""
    shape = model(10, 40, 32)
    problems = [SparseParity(10, 2, seed=seed) for seed in range(8)]
    look, at = screening(shape, 8, every=1), progress(8)
    nets, data = networks(shape, 8), streamed(shape, problems)
    train(shape, nets, data, schedule(8, 3000), look, at, 3000, threads=2)
    found = [tuple(np.flatnonzero(candidate)) for candidate in look.candidates]
    assert (at.stopped == EQUALS_PARITY).all()
    assert found == [problem.support for problem in problems]


def test_other_kinds_of_numbers_compile_nothing_new():
    shape = model(5, 3, 4)
    plan, nets, data = schedule(1, 1), networks(shape, 1), ring(shape, 1, 1)
    train(shape, nets, data, plan, screening(shape, 1), progress(1), 1)
    compiled = len(train_trials.signatures)
    wide = Schedule(0, *(rates.astype(float) for rates in plan[1:7]), plan.keys)
    train(shape._replace(scale=1), nets, data, wide, screening(shape, 1), progress(1), 1)
    slow = Schedule(0, *(np.broadcast_to(rates[:1], 1) for rates in plan[1:7]), plan.keys)
    train(shape, nets, data, slow, screening(shape, 1), progress(1), 1, threads=2)
    assert len(train_trials.signatures) == compiled


def test_arrays_that_do_not_fit_are_refused():
    shape = model(20, 10, 8)
    nets, data, look = networks(shape, 2), ring(shape, 2, 1), screening(shape, 2)
    with pytest.raises(ValueError, match=r"W must be contiguous, writable float32 of shape"):
        train(shape, nets._replace(W=nets.W[:, :, :16]), data, schedule(2, 1), look, progress(2), 1)
    with pytest.raises(ValueError, match=r"steps 0..8, got 0..3"):
        train(shape, nets, data, schedule(2, 4), look, progress(2), 9)
    with pytest.raises(ValueError, match="multiple of the batch 5, got 8"):
        train(shape._replace(batch=5), nets, data, schedule(2, 4), look, progress(2), 2)
