"""Weibull times of which only the cell is known: maximum likelihood, many tables at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from parity_compare.mechanism.survival import LifeTable

Floats = npt.NDArray[np.float64]

LARGEST_SHAPE = 50.0
"""Shapes are sought between this and its inverse; beyond, times are all but fixed."""

_ITERATIONS = 200
_ENOUGH = 1e-7  # change of the log-likelihood at which a fit is done
_LARGEST_LOG = 300.0
_SHAPES, _ZOOMS = 13, 2  # an end is found to 12^-2 of the range in which it is sought
_REACH = 5.0  # in units of 1 / sqrt(successes), in which an end's ln is sought first: 6 deviations
_LEAST = 1e-120  # chance of success in a cell, below which its logarithm is not followed


class Fit(NamedTuple):
    """Weibull laws S(t) = exp(-(t / scale)^shape), one per table.

    Attributes:
        shape, scale: ``(B,)``.
        likelihood: ``(B,)``, the greatest log-likelihood.
    """

    shape: Floats
    scale: Floats
    likelihood: Floats


def fit_weibull(table: LifeTable, *, shape: float | Floats | None = None) -> Fit:
    """Fit a Weibull law to each of B life tables.

    With H(t) = (t / scale)^shape and D_j = H(e_j) - H(e_{j-1}), each of the r_j trials that enter
    cell j succeeds in it with probability 1 - exp(-D_j), so that with d_j successes

        ln L = sum over j of d_j ln(1 - exp(-D_j)) - (r_j - d_j) D_j,

    which Fisher scoring with step halving maximises. A time that is counted in whole steps is thus
    a Weibull time rounded up: the discrete Weibull law of Nakagawa and Osaki (1975), whose shape 1
    is the geometric law. Shape above 1 means a chance of success that rises with time.

    Args:
        table: ``(B, J)``.
        shape: the shape, or one for each table, if it is known (1: exponential, geometric); None
            to fit it.
    """
    risk = np.atleast_2d(table.at_risk).astype(np.float64)
    events = np.atleast_2d(table.events).astype(np.float64)
    survivors = risk - events
    widths = np.diff(table.edges, prepend=0.0)
    centre = max(float((risk @ widths).sum()), 1e-300) / max(float(events.sum()), 1.0)
    logs = np.log(table.edges / centre)

    log_shape = np.broadcast_to(np.log(1.0 if shape is None else shape), len(risk))
    # Successes over time under risk, where the shape warps time and successes come mid-cell.
    warped = np.exp(np.minimum(np.exp(log_shape[:, np.newaxis]) * logs, _LARGEST_LOG))
    exposure = np.sum((survivors + events / 2) * np.diff(warped, prepend=0.0), axis=1)
    start = np.log(np.maximum(events.sum(1), 0.5) / np.maximum(exposure, _LEAST))
    best = np.stack([log_shape, start], axis=1)
    bound = np.array([np.log(LARGEST_SHAPE), _LARGEST_LOG])
    likelihood, step = _evaluate(best, logs, risk, events, survivors, fixed=shape is not None)
    for _ in range(_ITERATIONS):
        active = np.flatnonzero(np.abs(step).max(axis=1) > 1e-9)
        if not len(active):
            break
        tried = np.clip(best[active] + step[active], -bound, bound)
        value, onward = _evaluate(
            tried, logs, risk[active], events[active], survivors[active], fixed=shape is not None
        )
        gain = value - likelihood[active]
        better = gain >= 0
        won = active[better]
        best[won], likelihood[won], step[won] = tried[better], value[better], onward[better]
        step[won[gain[better] < _ENOUGH]] = 0
        step[active[~better]] /= 2
    fitted = np.exp(best[:, 0])
    return Fit(fitted, centre * np.exp(-best[:, 1] / fitted), likelihood)


def _evaluate(
    theta: Floats, logs: Floats, risk: Floats, events: Floats, survivors: Floats, *, fixed: bool
) -> tuple[Floats, Floats]:
    """Log-likelihoods ``(B,)`` and scoring steps ``(B, 2)`` at theta = (ln shape, ln rate).

    H(e_j) = exp(shape * logs_j + ln rate); the derivatives of ln D_j are 1 by ln rate, and
    ``turn`` by the shape.
    """
    shape = np.exp(theta[:, :1])
    hazard = np.exp(np.minimum(shape * logs + theta[:, 1:], _LARGEST_LOG))
    gain = np.maximum(np.diff(hazard, prepend=0.0), _LEAST)
    missed = -np.expm1(-gain)  # the chance of success in the cell
    likelihood = np.sum(events * np.log(missed) - survivors * gain, axis=1)

    decay = gain * np.exp(-gain) / missed  # D / (e^D - 1)
    score = events * decay - survivors * gain
    information = risk * decay * gain
    score_rate, rate_rate = score.sum(1), information.sum(1)
    if fixed:
        return likelihood, _bounded(np.zeros_like(score_rate), score_rate / (rate_rate + 1e-12))
    turn = np.where(gain > _LEAST, np.diff(hazard * logs, prepend=0.0) / gain, 0.0)
    score_shape = np.sum(score * turn, axis=1) * shape[:, 0]
    shape_rate = np.sum(information * turn, axis=1) * shape[:, 0]
    shape_shape = np.sum(information * turn * turn, axis=1) * shape[:, 0] ** 2
    # A ridge keeps tables whose successes all fall into one cell, and so tell nothing about one of
    # the two parameters, from dividing by zero.
    ridge = 1e-12 + 1e-10 * (shape_shape + rate_rate)
    shape_shape, rate_rate = shape_shape + ridge, rate_rate + ridge
    determinant = shape_shape * rate_rate - shape_rate**2
    by_shape = (rate_rate * score_shape - shape_rate * score_rate) / determinant
    by_rate = (shape_shape * score_rate - shape_rate * score_shape) / determinant
    return likelihood, _bounded(by_shape, by_rate)


def _bounded(by_shape: Floats, by_rate: Floats) -> Floats:
    """The step, shortened to at most a factor of e^0.7 in the shape and e^3 in the rate."""
    longest = np.maximum(np.maximum(np.abs(by_shape) / 0.7, np.abs(by_rate) / 3), 1)
    return np.stack([by_shape, by_rate], axis=1) / longest[:, np.newaxis]


def shape_interval(table: LifeTable, fit: Fit, *, level: float = 0.95) -> tuple[float, float]:
    """The shapes that a likelihood-ratio test does not reject, for the single table of ``fit``.

    An end beyond :data:`LARGEST_SHAPE` is infinite, one below its inverse 0.
    """
    from scipy.special import gammaincinv

    # Half of the chi-squared quantile with one degree of freedom.
    least = float(fit.likelihood[0]) - float(gammaincinv(0.5, level))
    top, far = float(np.log(fit.shape[0])), float(np.log(LARGEST_SHAPE))

    def kept(logs: Floats) -> Floats:
        """How far the likelihood of each shape, at its best scale, is above the least allowed."""
        wide = table._replace(
            at_risk=np.broadcast_to(table.at_risk, (len(logs), len(table.edges))),
            events=np.broadcast_to(table.events, (len(logs), len(table.edges))),
        )
        return fit_weibull(wide, shape=np.exp(logs)).likelihood - least

    near = _REACH / np.sqrt(max(float(table.events.sum()), 1.0))
    ends = []
    for bound, beyond in ((-far, 0.0), (far, np.inf)):
        inner, outer, end = top, float(np.clip(top + np.sign(bound) * near, -far, far)), beyond
        if kept(np.array([outer]))[0] >= 0:
            inner, outer = outer, bound
        for _ in range(_ZOOMS):
            logs = np.linspace(inner, outer, _SHAPES)
            above = kept(logs)
            if above[-1] >= 0:
                break
            above[0] = max(above[0], 0.0)  # the inner end is allowed, but for rounding
            out = int(np.argmax(above < 0))
            inner, outer = float(logs[out - 1]), float(logs[out])
            share = above[out - 1] / (above[out - 1] - above[out])
            end = float(np.exp(inner + share * (outer - inner)))
        ends.append(end)
    return ends[0], ends[1]
