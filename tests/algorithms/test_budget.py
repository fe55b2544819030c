"""Limits are kept, and the clock counts the learner's own time alone."""

import math
import time
from dataclasses import FrozenInstanceError, dataclass

import pytest

from parity_compare.algorithms import Budget, Finding, Learner, OutOfTime, Status, Task, budget
from parity_compare.algorithms.budget import Clock
from parity_compare.problems import Access, InvalidInput, SparseParity


@pytest.fixture
def now(monkeypatch):
    """A time that stands still until it is moved on."""

    class Time:
        seconds = 100.0

        def pass_by(self, seconds):
            self.seconds += seconds

    moment = Time()
    monkeypatch.setattr(budget.time, "perf_counter", lambda: moment.seconds)
    return moment


# --- clock ----------------------------------------------------------------------------------------


def test_a_clock_counts_between_start_and_stop(now):
    clock = Clock()
    now.pass_by(1)
    assert (clock.seconds, clock.running) == (0, False)
    clock.start()
    now.pass_by(2)
    assert (clock.seconds, clock.running) == (2, True)
    clock.start()  # a running clock goes on
    now.pass_by(4)
    clock.stop()
    now.pass_by(8)
    clock.stop()  # a stopped clock stays so
    assert (clock.seconds, clock.running) == (6, False)
    clock.start()
    now.pass_by(16)
    assert clock.seconds == 22


def test_pauses_are_left_out_and_may_be_nested(now):
    clock = Clock()
    clock.start()
    now.pass_by(1)
    with clock.paused():
        now.pass_by(10)
        with clock.paused():
            now.pass_by(10)
        assert not clock.running  # the inner pause must not end the outer one
        now.pass_by(10)
    assert clock.running
    now.pass_by(2)
    assert clock.seconds == 3


def test_a_pause_ends_with_an_exception_too(now):
    clock = Clock()
    clock.start()

    def fail():
        with clock.paused():
            now.pass_by(10)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    now.pass_by(1)
    assert clock.seconds == 1


def test_a_pause_starts_no_clock(now):
    clock = Clock()
    with clock.paused():
        now.pass_by(1)
    now.pass_by(1)
    assert (clock.seconds, clock.running) == (0, False)


def test_real_time_is_what_a_clock_counts():
    clock = Clock()
    clock.start()
    time.sleep(0.02)
    clock.stop()
    assert 0.02 <= clock.seconds < 5


# --- limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["seconds", "samples", "steps"])
@pytest.mark.parametrize("value", [0, -1, -0.5, math.nan])
def test_a_limit_is_positive(name, value):
    with pytest.raises(InvalidInput) as error:
        Budget(**{name: value})
    assert str(error.value) == f"{name} must be positive, got {value}"


def test_there_are_no_limits_unless_given():
    assert (Budget().seconds, Budget().samples, Budget().steps) == (math.inf,) * 3
    with pytest.raises(FrozenInstanceError):
        Budget().seconds = 1


def test_a_poll_raises_once_seconds_or_steps_are_spent(now):
    task = Task(SparseParity(5, 2).examples(), budget=Budget(seconds=10, steps=3))
    task.clock.start()
    now.pass_by(9.9)
    task.steps = 2
    task.poll()
    task.steps = 3
    with pytest.raises(OutOfTime):
        task.poll()
    task.steps = 2
    now.pass_by(0.2)
    with pytest.raises(OutOfTime):
        task.poll()


def test_what_can_be_drawn_is_the_least_of_oracle_and_budget():
    problem = SparseParity(5, 2)
    assert Task(problem.examples()).remaining is None
    task = Task(problem.examples(), budget=Budget(samples=10))
    task.draw(4)
    assert (task.drawn, task.remaining, task.fixed) == (4, 6, False)


# --- learners -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scripted(Learner):
    """Does what a test tells it to."""

    name = "scripted"
    access = Access.SAMPLE

    script: object = None

    def search(self, task):
        return self.script(task)


def learn(script, **more):
    return Scripted(script).learn(SparseParity(5, 2).examples(), **more)


def test_running_out_is_a_status_with_the_progress_made():
    def out_of_time(task):
        task.progress = "It had come half way."
        raise OutOfTime

    ended = learn(out_of_time)
    assert (ended.status, ended.detail) == (Status.TIMEOUT, "It had come half way.")
    assert ended.message.endswith(Status.TIMEOUT.advice)
    ended = learn(lambda task: task.draw(11), budget=Budget(samples=10))
    assert ended.status is Status.OUT_OF_SAMPLES
    assert ended.detail == "11 examples were needed, 10 were left."
    assert ended.cost.samples == 0


def test_the_clock_runs_inside_the_search_only_and_stops_when_it_fails(now):
    tasks = []

    def search(task):
        tasks.append(task)
        now.pass_by(5)
        with task.clock.paused():
            now.pass_by(50)
        return Finding(Status.GAVE_UP)

    assert learn(search).cost.seconds == 5

    def fail(task):
        tasks.append(task)
        raise KeyError

    with pytest.raises(KeyError):
        learn(fail)
    assert not any(task.clock.running for task in tasks)


def test_an_answer_past_the_step_limit_does_not_count():
    def search(task):
        task.steps = 12
        return Finding(Status.FOUND, (0, 1))

    assert learn(search, budget=Budget(steps=12)).status is Status.FOUND
    late = learn(search, budget=Budget(steps=11))
    assert (late.status, late.support, late.cost.steps) == (Status.TIMEOUT, None, 12)
