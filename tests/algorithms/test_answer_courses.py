"""What queries and gradients leave behind: histograms of answers, and the largest coordinates."""

import numpy as np
import pytest
from watched import columns, meet

from parity_compare.algorithms import Status
from parity_compare.algorithms.answer_histogram import AnswerHistogram


@pytest.mark.parametrize("answers", ["adversarial", "exact", "gaussian", "sample"])
@pytest.mark.parametrize("strategy", ["enumerate", "batched"])
def test_every_answer_is_in_the_histogram_and_one_stands_out(answers, strategy):
    (outcome,) = meet(f"sq[answers={answers},strategy={strategy}]", n=14, k=3)
    course = columns(outcome)
    width = np.diff(course["answer"])
    assert outcome.status is Status.FOUND
    assert np.allclose(width, width[0], rtol=1e-9, atol=0)
    assert course["answers"].sum() == outcome.cost.queries
    assert set(course["bar"]) == {course["bar"][0]}
    above = course["answer"] > course["bar"] + width[0]
    assert course["answers"][above].sum() == 1


def test_answers_beyond_the_bins_count_in_the_outermost():
    histogram = AnswerHistogram(1.25)
    answers = np.array([-7.0, -1.25, -0.001, 0.0, 0.4, 1.2499, 1.25, 90.0])
    histogram.add(answers)
    course = histogram.columns(0.5)
    assert course["answers"].sum() == len(answers)
    assert course["answers"][0] == 2
    assert course["answers"][40] == 2
    assert course["answers"][-1] == 3
    (place,) = np.flatnonzero(course["answers"] == 1)
    assert abs(course["answer"][place] - 0.4) <= 1.25 / 81
    assert AnswerHistogram(1.25).columns(0.5) == {}


def test_scaled_and_in_parts_the_counts_are_the_same():
    sums = np.random.default_rng(0).integers(-100, 101, 1000).astype(np.int32)
    whole, parts = AnswerHistogram(1.0), AnswerHistogram(1.0)
    whole.add(sums / 100)
    for first in range(0, 1000, 70):
        parts.add(sums[first : first + 70], 100)
    assert np.array_equal(whole.columns(0)["answers"], parts.columns(0)["answers"])


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_the_spectrum_of_bkw_has_one_peak_beyond_the_bar(noise):
    (outcome,) = meet("bkw", n=16, k=3, noise=noise)
    course = columns(outcome)
    total = int(course["answers"].sum())
    assert outcome.status is Status.FOUND
    assert total & (total - 1) == 0  # all parities of some of the bits
    assert f"transform of 2^{total.bit_length() - 1}" in outcome.detail
    assert course["answers"][course["answer"] > course["bar"]].sum() == 1


# --- the gradient ---------------------------------------------------------------------------------


def test_the_largest_gradients_are_the_answer():
    (outcome,) = meet("fourier-gap", n=20, k=3)
    course = columns(outcome)
    assert list(course["coordinate"]) == list(range(20))
    assert (course["gradient"] >= 0).all()
    assert (course["gradient"] <= 1).all()
    largest = np.sort(np.argsort(-course["gradient"], kind="stable")[:3])
    assert tuple(course["coordinate"][largest]) == outcome.support


def test_of_many_coordinates_the_largest_are_told():
    (outcome,) = meet("fourier-gap", n=90, k=1)
    course = columns(outcome)
    assert len(course["coordinate"]) == 64
    assert (np.diff(course["coordinate"]) > 0).all()
    assert course["coordinate"][np.argmax(course["gradient"])] == outcome.support[0]
