"""The gradient flow of a disjoint PolyNet, in closed form and by an integrator.

f(x) = prod over blocks i = 1..k of <w_i, x_(P_i)> is trained under the correlation loss -y f on
the parity of one coordinate per block. The population gradient vanishes but on the k weights v_i of
those coordinates, which follow

    dv_i/dt = prod over j != i of v_j,

so that every v_i^2 - v_j^2 is conserved (Barak et al. 2022, section 4.2). Started equal, they stay
equal, v' = v^(k-1), and for k >= 3 all of them go to infinity together after a finite time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from parity_compare.problems.errors import InvalidInput
from parity_compare.theory.checks import check_at_least

FloatArray = npt.NDArray[np.float64]

_RELATIVE, _ABSOLUTE = 1e-13, 1e-15  # local errors that the integrator is granted
_SHORTEST = (
    1e-12  # of the blow-up time: nearer to it, a double of the time does not tell the weight
)


def flow(t: npt.ArrayLike, k: int, *, start: float = 1.0) -> FloatArray:
    """v(t) of k equal weights: (1 - (k - 2) t)^(-1 / (k - 2)) from v(0) = 1, e^t for k = 2.

    In general v(t) = a (1 - (k - 2) a^(k-2) t)^(-1 / (k - 2)) from v(0) = a; for k = 1 this is the
    straight line a + t.

    Args:
        t: times, of any shape; from the blow-up on the answer is inf.
        k: number of weights, at least 1.
        start: a > 0.

    Returns:
        Weights in the shape of ``t``.

    Raises:
        InvalidInput: k < 1, or ``start`` is not positive and finite.
    """
    check_at_least("k", k, 1)
    _check_start(start)
    times = np.asarray(t, dtype=np.float64)
    if k == 2:
        return np.asarray(start * np.exp(times))
    left = 1 - (k - 2) * start ** (k - 2) * times
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = start * np.power(np.maximum(left, 0.0), -1 / (k - 2))
    return np.asarray(weights)


def time_of(v: npt.ArrayLike, k: int, *, start: float = 1.0) -> FloatArray:
    """When k equal weights reach v: the inverse of :func:`flow`.

    (start^-(k-2) - v^-(k-2)) / (k - 2), ln(v / start) for k = 2.

    Args:
        v: weights of any shape, at least ``start``; inf for the blow-up.
        k: number of weights, at least 1.
        start: v(0) > 0.
    """
    check_at_least("k", k, 1)
    _check_start(start)
    weights = np.asarray(v, dtype=np.float64)
    if (weights < start).any():
        raise InvalidInput(f"v must be at least start = {start}, got {weights.min()}")
    if k == 2:
        return np.asarray(np.log(weights / start))
    # A difference of powers near each other, as expm1 has it.
    growth = -np.expm1(-(k - 2) * np.log(weights / start))
    return np.asarray(growth * start ** (2 - k) / (k - 2))


def blow_up_time(k: int, *, starts: Sequence[float] | None = None) -> float:
    """When the weights go to infinity: 1 / (k - 2) for k >= 3 equal ones from 1, never for k <= 2.

    From unequal starts, let r be the weight of least magnitude, with the sign that makes it rise,
    and q_i = v_i^2 - r^2, which is conserved. Then dr/dt is the product of sqrt(r^2 + q_i) over the
    others, and the time is the integral of its inverse from r(0) to infinity. Where a start of
    negative product has two weights of least magnitude, they approach zero for ever: inf.

    Args:
        k: number of weights, at least 1.
        starts: the k weights at time 0, none for all 1.

    Raises:
        InvalidInput: k < 1, or ``starts`` are not k finite numbers.
    """
    check_at_least("k", k, 1)
    if starts is None:
        return math.inf if k <= 2 else 1 / (k - 2)
    weights = _checked_starts(starts)
    if len(weights) != k:
        raise InvalidInput(f"starts must be k = {k} weights, got {len(weights)}")
    if k <= 2:
        return math.inf
    least = int(np.argmin(np.abs(weights)))
    others = np.delete(weights, least)
    ties = int(np.count_nonzero(np.abs(others) == abs(weights[least])))
    rising = float(weights[least] * np.prod(np.sign(others)))
    if (ties and rising < 0) or (ties >= 1 and rising == 0):
        return math.inf
    return _rise(rising, others**2 - rising**2)


def integrate_flow(starts: Sequence[float] | FloatArray, times: npt.ArrayLike) -> FloatArray:
    """The flow by SciPy's Runge-Kutta method of order 8, from any starts.

    Every time asked for is the end of a stretch of its own, so no answer is interpolated. The steps
    shrink in proportion to the time that is left before the blow-up, so that it is approached at
    full relative precision. There a weight is as well known as its time:
    about 1e-13 t / (T - t).

    Args:
        starts: ``(k,)`` weights at time 0, of any sign.
        times: ``(T,)`` in any order, not negative.

    Returns:
        ``(T, k)`` weights; from the blow-up on, infinities of their signs.

    Raises:
        InvalidInput: no starts, a number that is not finite, or a negative time.
    """
    weights = _checked_starts(starts)
    moments = np.asarray(times, dtype=np.float64).reshape(-1)
    if not (moments >= 0).all():
        raise InvalidInput(f"times must not be negative, got {moments.min()}")
    k = len(weights)
    end = blow_up_time(k, starts=[float(v) for v in weights])
    answers = np.empty((len(moments), k))
    now, v = 0.0, weights
    for index in np.argsort(moments, kind="stable"):
        then = float(moments[index])
        if then >= end * (1 - _SHORTEST):
            answers[index] = _final_signs(weights) * math.inf
            continue
        if then > now:
            v = _advance(v, then - now)
            now = then
        answers[index] = v
    return answers


def conserved(weights: FloatArray) -> FloatArray:
    """v_i^2 - v_1^2, which the flow leaves as they are.

    Args:
        weights: ``(..., k)``.
    """
    return np.asarray((weights - weights[..., :1]) * (weights + weights[..., :1]))


def velocity(weights: FloatArray) -> FloatArray:
    """dv_i/dt, the product of all other weights, without a division: ``(k,)`` to ``(k,)``."""
    before = np.concatenate(([1.0], np.cumprod(weights[:-1])))
    after = np.concatenate((np.cumprod(weights[:0:-1])[::-1], [1.0]))
    return np.asarray(before * after)


def _advance(weights: FloatArray, span: float) -> FloatArray:
    from scipy.integrate import solve_ivp

    solution = solve_ivp(
        lambda _, v: velocity(v),
        (0.0, span),
        weights,
        method="DOP853",
        rtol=_RELATIVE,
        atol=_ABSOLUTE,
    )
    if not solution.success:
        raise ArithmeticError(f"the flow from {weights} broke off: {solution.message}")
    return np.asarray(solution.y[:, -1])


def _rise(start: float, excess: FloatArray) -> float:
    """The integral of prod (r^2 + excess_i)^(-1/2) over r from ``start`` to infinity."""
    from scipy.integrate import quad

    # r = sinh(u) turns the powers of the tail, and sharp rises near zero, into exponentials.
    def slowness(u: float) -> float:
        r = math.sinh(u)
        return math.cosh(u) * math.exp(-0.5 * float(np.log(r * r + excess).sum()))

    last = 700.0 / len(excess)
    low = math.asinh(start)
    marks = sorted({low, *(u for u in (-1.0, 0.0, 1.0, 4.0, 16.0) if low < u < last), last})
    pieces = (
        quad(slowness, a, b, epsabs=0, epsrel=1e-13, limit=200)[0] for a, b in pairwise(marks)
    )
    return math.fsum(pieces)


def _final_signs(weights: FloatArray) -> FloatArray:
    """Towards which infinity each weight goes."""
    signs = np.sign(weights)
    least = int(np.argmin(np.abs(weights)))
    signs[least] = np.prod(np.delete(signs, least))
    return np.asarray(signs)


def _checked_starts(starts: Sequence[float] | FloatArray) -> FloatArray:
    weights = np.array(starts, dtype=np.float64).reshape(-1)
    if not len(weights):
        raise InvalidInput("starts must hold at least one weight, got none")
    if not np.isfinite(weights).all():
        raise InvalidInput(f"starts must be finite, got {weights}")
    return weights


def _check_start(start: float) -> None:
    if not 0 < start < math.inf:
        raise InvalidInput(f"start must be positive and finite, got {start}")
