"""What a learner returns: it predicts, it explains itself, and it cannot be changed."""

import copy
import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from parity_compare.algorithms import Cost, Outcome, Status, Trace
from parity_compare.problems import InvalidInput, SparseParity, chi

CLEAN = SparseParity(12, 3, seed=1).sample(60)


def outcome(support=(1, 4, 9), status=Status.FOUND, **more):
    return Outcome(support=support, status=status, cost=Cost(), **more)


# --- prediction -----------------------------------------------------------------------------------


@pytest.mark.parametrize("support", [(), (0,), (1, 4), (1, 4, 9), tuple(range(12))])
def test_a_support_predicts_the_product_of_signs_in_the_convention_of_the_examples(support):
    found = outcome(support)
    signs = chi(CLEAN.X, support)
    bits = (1 - signs) // 2
    assert np.array_equal(found.predict(CLEAN.X), signs)
    assert np.array_equal(found.predict(CLEAN.X.astype(float)), signs)
    assert np.array_equal(found.predict(CLEAN.bits), bits)
    assert np.array_equal(found.predict(CLEAN.bits.astype(bool)), bits)
    assert np.array_equal(found.predict(CLEAN.bits.tolist()), bits)
    assert np.array_equal(found.predict_bits(CLEAN.bits), bits)
    assert np.array_equal(found.predict_signs(CLEAN.X), signs)
    assert found.predict(CLEAN.X).dtype == np.int8


def test_ones_alone_are_read_as_bits():
    assert outcome((0, 1)).predict([[1, 1]]).tolist() == [0]
    assert outcome((0, 1)).predict_signs(np.ones((1, 2), np.int8)).tolist() == [1]


def test_a_predictor_takes_precedence_over_the_support():
    constant = outcome(predictor=lambda bits: np.ones(len(bits), np.uint8))
    assert constant.predict(CLEAN.bits).all()
    assert np.all(constant.predict(CLEAN.X) == -1)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([0, 1], "X must have shape (m, n) with n >= 10, got shape (2,)"),
        ([[0, 1]], "X must have shape (m, n) with n >= 10, got shape (1, 2)"),
        (
            [[0] * 9 + [2]],
            "values must be bits (0/1 or -1/+1, not both), got 2 at row 1, column 10",
        ),
    ],
)
def test_examples_that_cannot_be_labelled_are_refused(X, message):
    with pytest.raises(InvalidInput) as error:
        outcome().predict(X)
    assert str(error.value) == message


def test_without_an_answer_there_is_nothing_to_predict_with():
    nothing = outcome(None, Status.TIMEOUT)
    assert not nothing.can_predict
    assert outcome().can_predict
    assert outcome(()).can_predict
    with pytest.raises(InvalidInput, match="nothing to predict with: the status is timeout"):
        nothing.predict(CLEAN.X)


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", Status)
def test_every_status_says_what_to_try_next(status):
    assert Status(str(status)) is status
    assert status.advice[0].isupper()
    assert status.advice.endswith(".")
    assert pickle.loads(pickle.dumps(status)) is status
    assert copy.deepcopy(status) is status
    ended = outcome(None, status, detail="Ten of twelve labels agree.")
    assert ended.message.startswith("Ten of twelve labels agree.")
    assert ended.message.endswith(status.advice) == (status is not Status.FOUND)


def test_a_message_without_particulars_is_the_advice_alone():
    assert outcome(None, Status.TIMEOUT).message == Status.TIMEOUT.advice
    assert outcome().message == ""


# --- records --------------------------------------------------------------------------------------


def test_an_outcome_is_frozen_and_can_be_sent_to_another_process():
    trace = Trace({"step": np.arange(3), "error": np.array([0.5, 0.25, 0.0])})
    ended = outcome(trace=trace, side_information=("k",), detail="Done.")
    with pytest.raises(FrozenInstanceError):
        ended.support = (1, 2)
    sent = pickle.loads(pickle.dumps(ended))
    assert (sent.support, sent.status, sent.detail) == (ended.support, ended.status, "Done.")
    assert sent.cost == ended.cost
    assert np.array_equal(sent.trace["error"], trace["error"])


def test_the_columns_of_a_trace_have_one_length():
    trace = Trace({"step": np.arange(4), "moved": np.zeros((4, 7))})
    assert len(trace) == 4
    assert "moved" in trace
    assert "error" not in trace
    assert len(Trace()) == 0
    with pytest.raises(InvalidInput, match=r"must have one length, got \{'step': 4, 'error': 3\}"):
        Trace({"step": np.arange(4), "error": np.zeros(3)})
