"""What a measure of progress foretells of the time left, on trials that nothing was fitted on."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from stored import record, trace

from parity_compare import run
from parity_compare.algorithms.outcome import Trace
from parity_compare.mechanism import Course, courses, foretells
from parity_compare.mechanism.control import holm
from parity_compare.mechanism.foretelling import _permutation_p
from parity_compare.problems.errors import InvalidInput

MOMENTS = np.arange(0, 400, 5)


def made(
    rng: np.random.Generator,
    count: int,
    *,
    knows: str = "measure",
    noise: float = 0.02,
    growth: float = 1.0,
) -> list[Course]:
    """Courses of about 200 steps, of which the column ``knows`` knows how long they take."""
    drawn = []
    for _ in range(count):
        time = round(200 * math.exp(0.2 * rng.standard_normal()))
        telling = growth * MOMENTS / time * np.exp(noise * rng.standard_normal(len(MOMENTS)))
        silent = growth * MOMENTS / 200 * np.exp(0.2 * rng.standard_normal())
        columns = {"measure": silent, "loss": 1 + 0.01 * rng.standard_normal(len(MOMENTS))}
        if knows:
            columns[knows] = telling
        seen = time >= MOMENTS
        drawn.append(
            Course(MOMENTS[seen], columns["measure"][seen], columns["loss"][seen], time, True)
        )
    return drawn


def test_a_measure_that_knows_the_time_foretells_it() -> None:
    found = foretells(made(np.random.default_rng(0), 80), resamples=199)
    assert found.answer == "yes"
    assert found.measure.low > 0.9
    assert found.loss.high < 0.2
    assert found.difference.low > 0.7
    assert found.p == 0.005  # the least that 199 permutations can give
    assert [moment.running for moment in found.curve][:3] == [80] * 3


def test_a_measure_that_knows_nothing_foretells_nothing() -> None:
    found = foretells(made(np.random.default_rng(1), 300, knows=""), resamples=199)
    assert found.answer == "no"
    assert -0.1 < found.measure.estimate < 0.05
    assert "next to nothing" in found.sentence


def test_a_loss_that_foretells_more_is_said_to() -> None:
    found = foretells(made(np.random.default_rng(2), 80, knows="loss"), resamples=199)
    assert found.answer == "no"
    assert "the loss foretells more" in found.sentence


def test_false_alarms_are_as_rare_as_stated() -> None:
    # Independent columns give p <= 0.1 with probability 0.1; bounds that 300 data sets keep but
    # for a chance of 1e-3.
    rng = np.random.default_rng(3)
    drawn = [
        _permutation_p(rng.lognormal(size=25), rng.standard_exponential(25), 19, seed)
        for seed in range(300)
    ]
    low, high = stats.binom.ppf([5e-4, 1 - 5e-4], 300, 0.1)
    assert low <= sum(p <= 0.1 for p in drawn) <= high


def test_nothing_after_the_step_is_looked_at() -> None:
    given = made(np.random.default_rng(4), 40)
    found = foretells(given, resamples=99)
    altered = [
        replace(
            course,
            measure=np.where(course.steps > found.step, 0.0, course.measure),
            loss=np.where(course.steps > found.step, 9.0, course.loss),
        )
        for course in given
    ]
    again = foretells(altered, resamples=99)
    assert (again.measure, again.loss, again.p) == (found.measure, found.loss, found.p)
    assert again.curve[-1] != found.curve[-1]


def test_units_of_the_measure_do_not_matter() -> None:
    given = made(np.random.default_rng(5), 40)
    one = foretells(given, resamples=99)
    other = foretells([replace(c, measure=1e3 * c.measure) for c in given], resamples=99)
    assert other.measure == pytest.approx(one.measure)


def test_a_value_is_the_last_that_was_recorded_by_then() -> None:
    course = Course(np.array([0, 4, 8]), np.array([1, 2, 3]), np.array([6, 5, 4]), 9, True)
    assert course.at(7) == (2, 5)
    assert course.at(8) == (3, 4)
    assert np.isnan(course.at(-1)).all()


def test_failures_count_at_their_limit_until_they_are_too_many() -> None:
    given = made(np.random.default_rng(6), 60)
    few = [replace(course, solved=i >= 6) for i, course in enumerate(given)]
    found = foretells(few, resamples=99)
    assert (found.answer, found.censored) == ("yes", pytest.approx(0.1))
    assert "10 % of the trials did not succeed" in found.sentence
    many = [replace(course, solved=i >= 7) for i, course in enumerate(given)]
    assert foretells(many, resamples=99).answer == "undecided"


def test_courses_whose_weights_overflowed_are_not_under_way() -> None:
    given = made(np.random.default_rng(7), 40)
    given[0] = replace(given[0], loss=np.full(len(given[0].steps), math.inf))
    assert foretells(given, resamples=99).running == 39


def test_courses_that_end_together_leave_nothing_to_foretell() -> None:
    course = made(np.random.default_rng(8), 1)[0]
    found = foretells([course] * 25, resamples=99)
    assert (found.answer, found.p) == ("undecided", 1)


def test_the_control_tells_growth_from_none() -> None:
    rng = np.random.default_rng(9)
    given, flat = made(rng, 60), made(rng, 30, growth=0.5)
    control = foretells(given, flat, resamples=99).control
    assert control is not None
    assert control.answer == "yes"
    assert min(control.superiority) > 0.8
    alike = foretells(given, made(rng, 30), resamples=99).control
    assert alike is not None
    assert alike.answer == "undecided"
    assert foretells(given, resamples=99).control is None


def test_trials_that_are_ahead_and_end_first_do_not_make_the_rest_slow() -> None:
    """One law for trials and controls, whose speed is inverse to the time.

    20 comparisons at level 0.05: more than 5 differences have a chance of 0.3 %. At steps that many
    trials do not reach, half of the comparisons would show one.
    """
    rng = np.random.default_rng(11)

    def growing(count: int, end: int | None) -> list[Course]:
        drawn = []
        for _ in range(count):
            time = math.ceil(200 * rng.lognormal(0, 0.4))
            last = time if end is None else end
            seen = MOMENTS[last >= MOMENTS]
            drawn.append(Course(seen, seen / time, np.ones(len(seen)), last, end is None))
        return drawn

    found = [foretells(growing(100, None), growing(30, 600), resamples=19) for _ in range(20)]
    controls = [one.control for one in found if one.control is not None]
    assert sum(control.answer == "yes" for control in controls) <= 5
    assert all(0 < len(control.steps) < len(found[0].curve) for control in controls)


def test_a_control_that_ends_at_once_is_compared_nowhere() -> None:
    rng = np.random.default_rng(12)
    short = [Course(np.arange(3), np.arange(3), np.ones(3), 3, False)] * 10
    control = foretells(made(rng, 30), short, resamples=19).control
    assert control is not None
    assert (control.answer, control.steps) == ("undecided", ())
    assert "fewer than 95 % of the trials or of their controls" in control.sentence


def test_holms_correction_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1, 1]
    assert holm([]) == []


def test_bad_input_is_refused() -> None:
    given = made(np.random.default_rng(10), 25)
    with pytest.raises(InvalidInput, match=r"courses must number at least 20 .* got 19"):
        foretells(given[:19])
    with pytest.raises(InvalidInput, match="control must have at least 5 courses, got 4"):
        foretells(given, given[:4], resamples=99)
    with pytest.raises(InvalidInput, match=r"resamples must be at least 19 at level 0.05, got 18"):
        foretells(given, resamples=18)
    with pytest.raises(InvalidInput, match="steps must ascend"):
        Course(np.array([0, 0]), np.zeros(2), np.zeros(2), 1, True)
    with pytest.raises(InvalidInput, match="must be lists of one length"):
        Course(np.array([0, 1]), np.zeros(3), np.zeros(2), 1, True)


def test_progress_is_the_larger_of_its_two_parts() -> None:
    stored = trace()
    shown = stored["progress_relevant"].tolist()
    (course,) = courses([record(0, trace=stored)])
    assert course.measure.tolist() == shown  # outside of S there is nothing but nan
    columns = {**stored.columns, "progress_irrelevant": np.full(len(stored), 0.6)}
    (course,) = courses([record(0, trace=Trace(columns))])
    assert course.measure.tolist() == [max(0.6, value) for value in shown]
    (course,) = courses([record(0, trace=Trace(columns))], "error")
    assert course.measure.tolist() == stored["error"].tolist()
    with pytest.raises(InvalidInput, match="'fourier_gap' in the trace of every trial"):
        courses([record(0, trace=stored)], "fourier_gap")
    with pytest.raises(InvalidInput, match="got nothing"):
        courses([record(0)])


def test_hidden_progress_of_sgd_foretells_the_time_left() -> None:
    common = {"n": 20, "k": 3, "seed": 1, "batch": True, "device": "cpu"}
    given = run("sgd", trials=40, **common).records
    control = run("sgd", trials=15, variant="random-labels", step_limit=70, **common).records
    found = foretells(courses(given), courses(control))
    assert found.p <= 0.01
    assert found.measure.low > 0
    assert found.measure.estimate > found.loss.estimate
    # Long before, the loss tells nothing; random labels do not move the weights so far.
    assert found.curve[1].loss.estimate < 0.1
    assert found.control is not None
    assert found.control.answer == "yes"
