"""The judge: holds the secret, observes trials and decides what counts as solved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.outcome import Outcome, Status
from parity_compare.algorithms.task import Probe, State
from parity_compare.problems.parity import SparseParity

CLEAN_EXAMPLES = 8192
"""Fresh noiseless examples that a predictor must all label right (Barak et al. 2022, section 3)."""

_PROBE_EXAMPLES = 2048


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


def judge(outcome: Outcome, problem: SparseParity) -> Verdict:
    """Success is exact recovery of S or, without a support, full accuracy on 8192 clean examples.

    Only an outcome that says ``found`` can be a success: a guess that the learner itself does not
    vouch for is none.
    """
    accuracy = math.nan
    if outcome.can_predict:
        clean = problem.clean_sample(CLEAN_EXAMPLES, seed=0)
        accuracy = float(np.mean(outcome.predict_bits(clean.bits) == clean.labels))
    vouched = outcome.status is Status.FOUND
    if outcome.support is not None:
        return Verdict(vouched and outcome.support == problem.support, "support", accuracy)
    if outcome.predictor is not None:
        return Verdict(vouched and accuracy == 1.0, "prediction", accuracy)
    return Verdict(False, "none", accuracy)


def probes(problem: SparseParity) -> Mapping[str, Probe]:
    """What the judge records along a trial.

    ``error``: share of 2048 fresh clean examples labelled wrong.
    ``progress_relevant``, ``progress_irrelevant``: the hidden progress measure ||w_t - w_0||_inf
    over the first-layer weights of the coordinates inside and outside S (Barak et al. 2022,
    section 5); nan where there are none.
    """
    clean = problem.clean_sample(_PROBE_EXAMPLES, seed=1)
    bits, labels = clean.bits, clean.labels
    relevant = np.zeros(problem.n, dtype=np.bool_)
    relevant[list(problem.support)] = True

    def error(state: State) -> float:
        return float(np.mean(state.predict(bits) != labels))

    def moved(state: State, coordinates: npt.NDArray[np.bool_]) -> float:
        if not coordinates.any():
            return math.nan
        return float(np.max(state.displacement()[coordinates]))

    return {
        "error": error,
        "progress_relevant": lambda state: moved(state, relevant),
        "progress_irrelevant": lambda state: moved(state, ~relevant),
    }
