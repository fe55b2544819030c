"""The judge: holds the secret and decides what counts as solved."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from parity_compare.algorithms.outcome import Outcome, Status
from parity_compare.problems.parity import SparseParity

CLEAN_EXAMPLES = 8192
"""Fresh noiseless examples that a predictor must all label right (Barak et al. 2022, section 3)."""


@dataclass(frozen=True)
class Verdict:
    """What the judge says of one outcome.

    Attributes:
        solved: whether the trial counts as a success.
        criterion: ``support`` if an answer was compared with S, ``prediction`` if the accuracy
            decided, ``none`` if there was nothing to judge.
        accuracy: share of fresh clean examples labelled right, nan if nothing can predict.
    """

    solved: bool
    criterion: str
    accuracy: float


def judge(outcome: Outcome, problem: SparseParity, *, nothing_to_find: bool = False) -> Verdict:
    """Success is exact recovery of S or, without a support, full accuracy on 8192 clean examples.

    Only an outcome that says ``found`` can be a success: a guess that the learner itself does not
    vouch for is none. Where the labels were coin tosses there is ``nothing_to_find``, and no answer
    is a success.
    """
    accuracy = math.nan
    if outcome.predictor is None and outcome.support == problem.support:
        accuracy = 1.0  # it is the function that makes the labels; there is nothing to draw
    elif outcome.can_predict:
        clean = problem.clean_sample(CLEAN_EXAMPLES, seed=0)
        accuracy = float(np.mean(outcome.predict_bits(clean.bits) == clean.labels))
    vouched = outcome.status is Status.FOUND and not nothing_to_find
    if outcome.support is not None:
        return Verdict(vouched and outcome.support == problem.support, "support", accuracy)
    if outcome.predictor is not None:
        return Verdict(vouched and accuracy == 1.0, "prediction", accuracy)
    return Verdict(False, "none", accuracy)
