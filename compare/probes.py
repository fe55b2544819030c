"""What the judge records along a trial: quantities that need the secret, measured off the clock."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.task import Probe, State
from parity_compare.problems.bits import Bits
from parity_compare.problems.fourier import cube
from parity_compare.problems.oracles import FloatArray
from parity_compare.problems.parity import SparseParity

ERROR_EXAMPLES = 2048
GRADIENT_EXAMPLES = 8192
ENUMERATED = 13
"""Up to so many bits the population gradient is exact: its mean runs over all 2^n inputs."""
SNR_BATCH, SNR_BATCHES = 128, 64
COURSES = 50
"""So many trials of a cell, the first ones, keep the course of a search (:meth:`.Task.record`);
with ``full`` probes all do. Courses are there to be looked at, no test needs them all, and they
would take four times the room of a fast learner's trial in the store."""


def probes(problem: SparseParity, *, which: str = "standard") -> Mapping[str, Probe]:
    """The judge's probes for one instance: ``standard``, ``full``, or ``none`` at all.

    ``error``: share of 2048 fresh clean examples labelled wrong.
    ``progress_relevant``, ``progress_irrelevant``: the hidden progress measure ||w_t - w_0||_inf
    over the input weights of the coordinates inside and outside S (Barak et al. 2022, section 5);
    nan where there are none.

    With ``full`` also, g being the population gradient of the loss in the input weights, with clean
    labels (exact up to 13 bits, else a mean over 8192 examples):

    ``weights``: ``(n,)`` largest |w_i| over the units.
    ``fourier_gap``: min over S of |g_i| minus max outside S, of the unit where that is largest; at
    a fixed sign vector w, with f = relu(w . x) and the correlation loss, this is half the
    Fourier gap of majority at S.
    ``gradient_relevant``, ``gradient_irrelevant``: the two terms of that difference.
    ``gradient_snr``: ||E g_B||^2 / E ||g_B - E g_B||^2 for gradients g_B of batches of 128 clean
    examples, without bias; its square root is the ratio of signal to noise.
    """
    if which == "none":
        return {}
    relevant = np.zeros(problem.n, dtype=np.bool_)
    relevant[list(problem.support)] = True

    @cache  # most learners never show a state, and most trials are short
    def clean() -> tuple[Bits, Bits]:
        sample = problem.clean_sample(ERROR_EXAMPLES, seed=1)
        return sample.bits, sample.labels

    def error(state: State) -> float:
        bits, labels = clean()
        return float(np.mean(state.predict(bits) != labels))

    def moved(state: State, coordinates: npt.NDArray[np.bool_]) -> float:
        if not coordinates.any():
            return math.nan
        return float(np.max(state.displacement()[coordinates]))

    standard: dict[str, Probe] = {
        "error": error,
        "progress_relevant": lambda state: moved(state, relevant),
        "progress_irrelevant": lambda state: moved(state, ~relevant),
    }
    return (
        {**standard, **_GradientProbes(problem, relevant).probes()} if which == "full" else standard
    )


class _GradientProbes:
    """The probes that look at the gradient; one gradient serves all that are asked in a row."""

    def __init__(self, problem: SparseParity, relevant: npt.NDArray[np.bool_]) -> None:
        self._relevant = relevant
        self._bits, self._labels = _population(problem)
        noisy = problem.clean_sample(SNR_BATCH * SNR_BATCHES, seed=3)
        self._batches = noisy.bits.reshape(SNR_BATCHES, SNR_BATCH, problem.n)
        self._batch_labels = noisy.labels.reshape(SNR_BATCHES, SNR_BATCH)
        self._sizes: tuple[State, float, float] | None = None

    def probes(self) -> dict[str, Probe]:
        """By name."""
        return {
            "weights": lambda state: np.asarray(np.abs(state.input_weights()).max(axis=0)),
            "fourier_gap": lambda state: self._inside(state) - self._outside(state),
            "gradient_relevant": self._inside,
            "gradient_irrelevant": self._outside,
            "gradient_snr": self._snr,
        }

    def _inside(self, state: State) -> float:
        return self._measured(state)[0]

    def _outside(self, state: State) -> float:
        return self._measured(state)[1]

    def _measured(self, state: State) -> tuple[float, float]:
        if self._sizes is None or self._sizes[0] is not state:
            gradient = state.input_gradients(self._bits, self._labels)
            self._sizes = (state, *gap_terms(gradient, self._relevant))
        return self._sizes[1:]

    def _snr(self, state: State) -> float:
        gradients = state.batch_gradients(self._batches, self._batch_labels)
        return signal_to_noise(gradients.reshape(SNR_BATCHES, -1))


def gap_terms(gradient: FloatArray, relevant: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """min of |g| inside S and max outside, of the unit where their difference is largest.

    Args:
        gradient: ``(units, n)``.
        relevant: ``(n,)``, which coordinates are in S; where all are, the second term is 0.
    """
    size = np.abs(gradient)
    inside = size[:, relevant].min(axis=1)
    outside = size[:, ~relevant].max(axis=1) if not relevant.all() else np.zeros(len(size))
    unit = int(np.argmax(inside - outside))
    return float(inside[unit]), float(outside[unit])


def signal_to_noise(gradients: FloatArray) -> float:
    """||E g||^2 / E ||g - E g||^2 from ``(m, p)`` independent g; may come out below 0 by chance.

    The squared mean of m of them exceeds ||E g||^2 by the variance over m, which is taken off.
    """
    variance = float(gradients.var(axis=0, ddof=1).sum())
    signal = float((gradients.mean(axis=0) ** 2).sum()) - variance / len(gradients)
    if variance == 0:
        return math.inf if signal > 0 else 0.0
    return signal / variance


def _population(problem: SparseParity) -> tuple[Bits, Bits]:
    """All inputs with their clean labels where there are few enough, else a sample of them."""
    if problem.n > ENUMERATED:
        clean = problem.clean_sample(GRADIENT_EXAMPLES, seed=2)
        return clean.bits, clean.labels
    bits = cube(problem.n)
    return bits, np.bitwise_xor.reduce(bits[:, list(problem.support)], axis=1)
