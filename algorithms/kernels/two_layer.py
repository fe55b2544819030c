"""Training many independent two-layer networks on a hidden parity: one pass over memory per step.

The networks are f(x) = s sum_r u_r act(W_r . x + b_r) + c. A trial draws its batch, runs forward
and backward and updates itself (:mod:`.two_layer_step`) inside the caches of one core before the
next trial begins. Its course depends on its own arrays alone, to the last bit.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np

from parity_compare.algorithms.kernels.screening import NO, PARITY, screen
from parity_compare.algorithms.kernels.ticks import ticks
from parity_compare.algorithms.kernels.two_layer_arguments import (
    CORRELATION,
    EQUALS_PARITY,
    HINGE,
    LOGISTIC,
    NOT_FINITE,
    RUNNING,
    SQUARE,
    Data,
    Model,
    Networks,
    Progress,
    Schedule,
    Screening,
    padded,
    validate,
)
from parity_compare.algorithms.kernels.two_layer_step import (
    Work,
    add_heat,
    backpropagate_power,
    backpropagate_relu,
    differentiate,
    forward,
    make_work,
    unpack,
    update,
)
from parity_compare.problems.stream_kernel import draw_clean, flip_labels, skip_flips

__all__ = [
    "CORRELATION",
    "EQUALS_PARITY",
    "HINGE",
    "LOGISTIC",
    "NOT_FINITE",
    "RUNNING",
    "SQUARE",
    "Data",
    "Model",
    "Networks",
    "Progress",
    "Schedule",
    "Screening",
    "padded",
    "train",
    "train_trials",
]

_ZERO = np.float32(0)


def train(
    model: Model,
    networks: Networks,
    data: Data,
    schedule: Schedule,
    screening: Screening,
    progress: Progress,
    last_step: int,
    threads: int = 1,
) -> None:
    """Train every running trial until ``last_step``, or until it stops, in place.

    A trial stops as EQUALS_PARITY at a look, after an update, or as NOT_FINITE at a look or at a
    batch with an output that is not finite; that update is not made, but counted, as its
    batch was drawn.

    Args:
        threads: how many trials are trained at a time; the results do not depend on it.
    """
    validate(model, networks, data, schedule, screening, progress, last_step)
    # The scale and the rates may come as other kinds of numbers; each would be compiled anew.
    model = model._replace(scale=float(model.scale))
    rates = [np.require(rates, np.float32, ["C", "W"]) for rates in schedule[1:7]]
    schedule = Schedule._make([schedule.first, *rates, schedule.keys])

    def train_share(first: int, last: int) -> None:
        train_trials(model, networks, data, schedule, screening, progress, last_step, first, last)

    trials = len(networks.W)
    if threads == 1 or trials < 2:
        train_share(0, trials)
        return
    share = max(1, trials // (4 * threads))  # short shares, so that no thread waits long at the end
    starts = range(0, trials, share)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(train_share, starts, (min(first + share, trials) for first in starts)))


@numba.njit(cache=True, nogil=True)
def train_trials(
    model: Model,
    networks: Networks,
    data: Data,
    schedule: Schedule,
    screening: Screening,
    progress: Progress,
    last_step: int,
    first: int,
    last: int,
) -> None:
    """:func:`train` for the trials ``first``, ..., ``last - 1``, without its checks."""
    work = make_work(model, networks.W.shape[1], networks.W.shape[2])
    for t in range(first, last):
        if progress.stopped[t] == RUNNING and progress.steps[t] < last_step:
            start = ticks()
            _train_one(model, networks, data, schedule, screening, progress, last_step, t, work)
            progress.spent[t, 1] += ticks() - start


@numba.njit(cache=True, nogil=True)
def _train_one(
    model: Model,
    networks: Networks,
    data: Data,
    schedule: Schedule,
    screening: Screening,
    progress: Progress,
    last_step: int,
    t: int,
    work: Work,
) -> None:
    n, B, scale = model.n, model.batch, np.float32(model.scale)
    W, u, c = networks.W[t].reshape(-1), networks.u[t], networks.c[t]
    draws, began, loss = len(data.states) > 0, progress.steps[t], progress.losses[t]
    suspect = np.int64(1)  # a plain 1 would be a constant, for which the screen is compiled anew
    # What changes at every step stays here until the end: other threads write to the trials beside
    # this one, in the same cache lines.
    step, stopped, looked = began, RUNNING, 0
    while step < last_step and stopped == RUNNING:
        slot, now = step * B % data.rows.shape[1], step - schedule.first
        rows, labels = data.rows[t, slot : slot + B], data.labels[t, slot : slot + B]
        if draws:
            draw_clean(data.states, data.masks, t, n, rows, labels)
            if data.noise[t] > 0:
                flip_labels(data.states, data.noise[t], t, labels)
        unpack(model, rows, work)
        forward(model, W, u, c, scale, work)
        loss, finite = differentiate(model.loss, labels, work)
        if not finite:
            stopped = NOT_FINITE
            step += 1  # the batch was drawn
            break
        if model.degree == 0:
            backpropagate_relu(model.width, work)
        else:
            backpropagate_power(model.width, model.degree, work)
        c = update(model, W, u, c, scale, schedule, now, work)
        if schedule.heat1[now] > _ZERO or schedule.heat2[now] > _ZERO:
            c = add_heat(model, W, u, c, schedule.keys[t], schedule, now, step, work)
        step += 1
        if screening.check_every > 0 and step % screening.check_every == 0:
            start, inputs = ticks(), screening.rows[t]
            verdict, suspect = screen(
                W, u, c, scale, n, model.degree, inputs, suspect, work.candidate, work.look
            )
            looked += ticks() - start
            if verdict == PARITY:
                stopped = EQUALS_PARITY
                for i in range(n):
                    screening.candidates[t, i] = work.candidate[i]
            elif verdict != NO:
                stopped = NOT_FINITE
    networks.c[t], progress.losses[t] = c, loss
    progress.steps[t], progress.stopped[t] = step, stopped
    progress.spent[t, 0] += looked
    if draws and not data.noise[t] > 0:
        skip_flips(data.states, t, (step - began) * B)
