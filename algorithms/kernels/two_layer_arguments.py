"""What the training of two-layer networks is called with; see :mod:`.two_layer`.

C = padded(n + 1) and R = padded(width), padded(x) being the next multiple of 16.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.kernels.vectors import PANEL
from parity_compare.problems.bits import Bits, Words, words_for

Floats = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]

HINGE, SQUARE, LOGISTIC, CORRELATION = range(4)
"""Losses max(0, 1 - y f), (y - f)^2, log(1 + e^(-y f)) and -y f; all are batch means."""

RUNNING, EQUALS_PARITY, NOT_FINITE = range(3)
"""What ``Progress.stopped`` says."""


class Model(NamedTuple):
    """What is trained, and how.

    Attributes:
        n: number of bits.
        width: number of hidden units r.
        batch: examples B per step.
        degree: 0 for the ReLU, k >= 1 for the activation z^k.
        scale: factor s of the hidden sum.
        loss: HINGE, SQUARE, LOGISTIC or CORRELATION.
        bias1: whether b is trained, or held where it is.
        bias2: the same for c.
    """

    n: int
    width: int
    batch: int
    degree: int
    scale: float
    loss: int
    bias1: bool
    bias2: bool


class Networks(NamedTuple):
    """Parameters of T networks, updated in place.

    Attributes:
        W: ``(T, R, C)`` float32: rows [w_r, b_r, zeros]; zeros from row r = width on.
        u: ``(T, R)`` float32, zeros past the width.
        c: ``(T,)`` float32.
    """

    W: Floats
    u: Floats
    c: Floats


class Data(NamedTuple):
    """A ring of examples for each trial; the batch of step s lies at slots [s B % ring, + B).

    Attributes:
        rows: ``(T, ring, words_for(n))`` uint64, ring a multiple of B.
        labels: ``(T, ring)`` uint8.
        states: ``(T, 8)`` uint64 streams, see :mod:`..problems.stream_kernel`, from which every
            step's batch is drawn into its slots first; ``(0, 8)`` if the caller fills the ring.
        masks: ``(T, words_for(n))`` uint64, for the streams.
        noise: ``(T,)`` float64, for the streams.
    """

    rows: Words
    labels: Bits
    states: Words
    masks: Words
    noise: npt.NDArray[np.float64]


class Schedule(NamedTuple):
    """theta <- keep theta - rate gradient + heat normal, from step ``first`` on.

    Layer 1 is W and b, layer 2 is u and c; entry s - ``first`` is for step s, all float32. The
    normal of parameter j at step s is number s P + j of the trial's stream (:mod:`.heat`), the P
    parameters in the order [w_r, b_r] for every r, u, c.

    Attributes:
        first: the first step that the arrays tell of.
        rate1, rate2: learning rates.
        keep1, keep2: 1 - decay.
        heat1, heat2: scales of the heat; 0 for none.
        keys: ``(T,)`` uint64, names each trial's stream of normals.
    """

    first: int
    rate1: Floats
    rate2: Floats
    keep1: Floats
    keep2: Floats
    heat1: Floats
    heat2: Floats
    keys: Words


class Screening(NamedTuple):
    """When and where to look whether a network has become a parity, see :mod:`.screening`.

    Attributes:
        rows: ``(T, 1 + m, words_for(n))`` uint64.
        check_every: updates between two looks, by a trial's own count; 0 for never.
        candidates: ``(T, n)`` uint8; the parity of a trial that stopped.
    """

    rows: Words
    check_every: int
    candidates: Bits


class Progress(NamedTuple):
    """How far the trials are.

    Attributes:
        steps: ``(T,)`` int64, updates made so far.
        losses: ``(T,)`` float32, mean loss of the last batch, before its update.
        stopped: ``(T,)`` uint8: RUNNING, EQUALS_PARITY or NOT_FINITE. A trial that has stopped is
            left alone until the caller sets it to RUNNING again.
        spent: ``(T, 2)`` int64 ticks, added to: those of looking for parities, and all.
    """

    steps: Counts
    losses: Floats
    stopped: Bits
    spent: Counts


def validate(
    model: Model,
    networks: Networks,
    data: Data,
    schedule: Schedule,
    screening: Screening,
    progress: Progress,
    last_step: int,
) -> None:
    """Check what the compiled code does not.

    Raises:
        ValueError: arrays do not fit together, or a schedule does not reach ``last_step``.
    """
    trials, ring, words = len(networks.W), data.rows.shape[1], words_for(model.n)
    R, C = padded(model.width), padded(model.n + 1)
    shapes: dict[str, tuple[npt.NDArray[Any], type, tuple[int, ...]]] = {
        "W": (networks.W, np.float32, (trials, R, C)),
        "u": (networks.u, np.float32, (trials, R)),
        "c": (networks.c, np.float32, (trials,)),
        "rows": (data.rows, np.uint64, (trials, ring, words)),
        "labels": (data.labels, np.uint8, (trials, ring)),
        "steps": (progress.steps, np.int64, (trials,)),
        "losses": (progress.losses, np.float32, (trials,)),
        "stopped": (progress.stopped, np.uint8, (trials,)),
        "spent": (progress.spent, np.int64, (trials, 2)),
        "keys": (schedule.keys, np.uint64, (trials,)),
    }
    if len(data.states):
        shapes["states"] = (data.states, np.uint64, (trials, 8))
        shapes["masks"] = (data.masks, np.uint64, (trials, words))
        shapes["noise"] = (data.noise, np.float64, (trials,))
    if screening.check_every:
        inputs = screening.rows.shape[1]
        shapes["screening.rows"] = (screening.rows, np.uint64, (trials, inputs, words))
        shapes["candidates"] = (screening.candidates, np.uint8, (trials, model.n))
    for name, (array, kind, shape) in shapes.items():
        # Read-only arrays are another type to the compiler, which would start anew for them.
        plain = array.flags.c_contiguous and array.flags.writeable
        if array.shape != shape or array.dtype != kind or not plain:
            raise ValueError(
                f"{name} must be contiguous, writable {np.dtype(kind)} of shape {shape}, "
                f"got {array.dtype} of shape {array.shape} and strides {array.strides}"
            )
    if ring % model.batch or not ring:
        raise ValueError(f"ring must be a multiple of the batch {model.batch}, got {ring}")
    running = progress.steps[progress.stopped == RUNNING]
    told = min(len(rates) for rates in schedule[1:7])
    if len(running) and (running.min() < schedule.first or last_step > schedule.first + told):
        raise ValueError(
            f"the schedule must cover the steps {running.min()}..{last_step - 1}, "
            f"got {schedule.first}..{schedule.first + told - 1}"
        )


def padded(size: int) -> int:
    """The least multiple of 16 that is not below ``size``."""
    return -(-size // PANEL) * PANEL
