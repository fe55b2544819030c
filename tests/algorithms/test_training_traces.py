"""Traces of training: moments, probes, and that to be watched changes nothing."""

import itertools
import time

import numpy as np
import pytest
from trained import equal_networks, solve

from parity_compare.algorithms import Budget, budget
from parity_compare.algorithms.sgd import SGD
from parity_compare.algorithms.training import loop
from parity_compare.algorithms.training.fused_steps import FusedSteps
from parity_compare.algorithms.training.tracing import moments
from parity_compare.problems import SparseParity


def test_moments_are_every_step_then_seven_percent_apart():
    steps = list(itertools.takewhile(lambda step: step < 10_000, moments()))
    assert steps[:19] == [*range(17), 18, 20]
    assert all(
        1 <= later - step <= max(1, 0.07 * step + 1) for step, later in itertools.pairwise(steps)
    )
    assert len(steps) < 150


def test_probes_see_every_moment_and_the_trace_has_columns_of_one_length():
    seen = []

    def error(state):
        seen.append(state.step)
        assert state.predict(np.zeros((5, 20), np.uint8)).shape == (5,)
        return float(np.mean(state.predict(clean.bits) != clean.labels))

    def moved(state):
        assert state.displacement().shape == (20,)
        return float(state.displacement()[list(problem.support)].min())

    problem = SparseParity(20, 3, seed=0)
    clean = problem.clean_sample(2000)
    outcome = solve(SGD(), problem, probes={"error": error, "moved": moved})
    trace, last = outcome.trace, outcome.cost.steps
    assert list(trace.columns) == ["step", "seconds", "loss", "error", "moved"]
    expected = [*itertools.takewhile(lambda step: step < last, moments()), last]
    assert trace["step"].tolist() == seen == expected
    assert np.isfinite(trace["loss"]).all()
    assert (np.diff(trace["seconds"]) > 0).all()
    assert trace["seconds"][-1] == outcome.cost.seconds, "the clock stops before the last probe"
    assert trace["moved"][0] == 0
    assert trace["moved"][-1] > 0.1
    assert trace["error"][-1] == 0
    assert trace["error"][0] > 0.3


def test_probes_change_nothing_and_without_them_there_is_no_trace():
    problem = SparseParity(20, 3, seed=0)
    plain = solve(SGD(), problem)
    probed = solve(SGD(), problem, probes={"zero": lambda state: 0.0})
    assert equal_networks(plain, probed)
    assert len(plain.trace) == 0


def test_nobodys_clock_runs_during_a_probe():
    """Both trials end at step 10, after 11 moments of one of them; that time is on no clock."""
    problem, slept = SparseParity(40, 8, seed=0), 11 * 0.03
    began = time.perf_counter()

    def sleepy(state):
        time.sleep(0.03)
        return 0.0

    outcomes = SGD().learn_many(
        [problem.examples(), problem.examples(seed=1)],
        rngs=[0, 1],
        budget=Budget(steps=10),
        probes=[{"sleepy": sleepy}, {}],
    )
    assert len(outcomes[0].trace) == 11
    elapsed = time.perf_counter() - began
    assert max(outcome.cost.seconds for outcome in outcomes) <= elapsed - slept


@pytest.fixture
def made_up_clock(monkeypatch):
    """A clock on which an update takes 1 s and a call of the kernel 5 s, and the calls made."""
    now, calls = [0.0], []
    monkeypatch.setattr(budget.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(loop, "_POLL", 60.0)
    advance = FusedSteps.advance

    def made_up(stepper, until):
        before = int(stepper.steps.sum())
        halts = advance(stepper, until)
        stepper.made = float(stepper.steps.sum() - before)
        now[0] += stepper.made + 5.0
        calls.append(until)
        return halts

    monkeypatch.setattr(FusedSteps, "advance", made_up)
    monkeypatch.setattr(FusedSteps, "update_seconds", lambda stepper: stepper.made)
    monkeypatch.setattr(FusedSteps, "checking_seconds", lambda stepper: 0.0)
    return now, calls


def test_to_be_watched_costs_no_time_on_the_clock(made_up_clock):
    """A probe takes 100 s, and those who watch make training stop at every moment.

    The clock shows what it would have without.
    """
    now, calls = made_up_clock

    def probe(state):
        now[0] += 100.0
        return 0.0

    shown = []
    for probes in ({}, {"any": probe}):
        calls.clear()
        outcome = SGD().learn(SparseParity(20, 3, seed=1).examples(), rng=0, probes=probes)
        shown.append((outcome.cost, len(calls)))
    (alone, fewer), (watched, more) = shown
    assert more > 2 * fewer
    assert alone == watched
    assert alone.seconds == alone.steps + 5.0 * fewer


def test_a_moment_shows_the_time_at_which_training_stopped_for_it(made_up_clock, monkeypatch):
    """However long it takes to get to it, as where a crowded machine puts the process aside."""
    now, _ = made_up_clock
    aside = np.random.default_rng(0)
    end_what_ran_out = loop._Training._end_what_ran_out

    def put_aside(training):
        now[0] += 50.0 * aside.random()
        end_what_ran_out(training)

    monkeypatch.setattr(loop._Training, "_end_what_ran_out", put_aside)
    examples = SparseParity(20, 3, seed=1).examples()
    trace = SGD().learn(examples, rng=0, probes={"none": lambda state: 0.0}).trace
    assert (np.diff(trace["seconds"]) >= np.diff(trace["step"])).all()
