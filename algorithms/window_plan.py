"""How to search a pool of noisy equations for a clean information set at the least expected cost.

The search (see :mod:`parity_compare.algorithms.kernels.row_exchange`) draws windows: n' of the n
columns, n' basis rows and r checks. It tries R information sets per window, exchanging c rows from
one to the next, and takes a syndrome of weight at most t for a candidate, also after one label of
the basis has been flipped (Lee, Brickell 1988). With the noise rate eta, its expected cost follows
from these facts.

- The secret lies in the columns drawn with probability C(n-k, n-n') / C(n, n-n'), or n' = n.
- A window holds w ~ Bin(n' + r, eta) flipped labels.
- A random information set of it has at most one of them with probability
  p_w = [C(n'+r-w, n') + w C(n'+r-w, n'-1)] / C(n'+r, n'); its syndrome then weighs w or w - 1.
- The next set differs in c rows only. If the present one is good, the next is good too unless a
  flipped label came in, which happens with probability l_w = 1 - (1-a_w)^c, a_w = (w-1) / r. So
  good sets come in runs, and a set that has just become bad, with two flipped labels, becomes good
  again before a third comes in with probability b_w = d / (d + u), d = (2/n') (1 - (w-2)/r),
  u = (1 - 2/n') (w-2)/r. Fresh runs begin at the rate q_w = p_w l_w (1 - b_w) per try: the chain of
  Canteaut, Chabaud 1998, cut short after the first return.
- A window succeeds with probability h = sum_w P[w] (1 - (1-p_w) (1-q_w)^(R-1)), w <= t + 1.
- A wrong syndrome weighs at most t with probability P[Bin(r, 1/2) <= t]; there are n' + 1 of them
  per try, and each costs a solution and a verification.

The expected cost is (cost of a window's R tries) / (P[columns] h); it is minimised over n', r, c,
R, t on grids. A pool of N examples that is searched again and again has its own share of flipped
labels, eta but for a standard deviation of sqrt(eta (1-eta) / N), and h changes with it by the
factor exp(s Z), Z standard normal, s = (d ln h / d eta) sqrt(eta (1-eta) / N). Since the mean of
exp(s Z) over the pools must be what fresh examples give, the mean number of windows, its inverse,
grows by exp(s^2). A set of n labels alone has s^2 = n^2 eta / ((1-eta) N).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, gammaln, xlog1py, xlogy

from parity_compare.problems.bits import words_for

SPARE_ROWS = 16
"""Rows beyond n' from which the first information set is chosen: short rank has a chance 2^-16."""

_CHECK_WORDS = (1, 2, 3, 4, 6, 8, 12, 16)
_EXCHANGES = np.array([1, 2, 3, 4, 6, 10])
_TRIES = 2 ** np.arange(14)
_POOL_GROWTH = 0.1  # s^2 of a pool that may be as large as it takes

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class WindowPlan:
    """The parameters of a search and what it is expected to take.

    Attributes:
        size: n', columns per window.
        checks: r, checks per window.
        weight: t, the largest weight of a candidate's syndrome.
        tries: R, information sets per window.
        exchanges: c, rows exchanged from one try to the next.
        windows: expected number of windows.
        window_seconds: predicted seconds per window on one thread, to one significant digit.
        window_operations: word operations per window.
        pool: the number N of examples at which a pool costs 10 % more windows than fresh examples
            in each, or that of four windows.
    """

    size: int
    checks: int
    weight: int
    tries: int
    exchanges: int
    windows: float
    window_seconds: float
    window_operations: float
    pool: int

    @property
    def total_tries(self) -> float:
        """Expected number of information sets tried."""
        return self.windows * self.tries

    @property
    def operations(self) -> float:
        """Expected word operations."""
        return self.windows * self.window_operations

    @property
    def seconds(self) -> float:
        """Predicted seconds on one thread."""
        return self.windows * self.window_seconds


@lru_cache(maxsize=256)
def plan_windows(n: int, k: int | None, noise: float, rows: float) -> WindowPlan | None:
    """The plan of least expected cost; None if the rows do not suffice for any.

    Args:
        n: number of columns.
        k: weight of the secret, None if it is not known.
        noise: noise rate eta in [0, 0.5).
        rows: size N of the pool; infinity for fresh examples in every window.
    """
    if k is None:
        return _best_of_size(n, k, noise, rows, n)
    coarse = np.unique(np.geomspace(k, n, 7).astype(int)).tolist()
    best = _cheapest(_best_of_size(n, k, noise, rows, size) for size in coarse)
    if best is None:
        return None
    place = coarse.index(best.size)
    between = np.geomspace(coarse[max(0, place - 1)], coarse[min(len(coarse) - 1, place + 1)], 6)
    fine = np.setdiff1d(between.astype(int), coarse).tolist()
    return _cheapest([best, *(_best_of_size(n, k, noise, rows, size) for size in fine)])


def _cheapest(plans: Iterable[WindowPlan | None]) -> WindowPlan | None:
    possible = [plan for plan in plans if plan is not None]
    return min(possible, key=lambda plan: plan.seconds, default=None)


def _best_of_size(n: int, k: int | None, noise: float, rows: float, size: int) -> WindowPlan | None:
    """The best plan with so many columns: checks are added, word by word, while that helps."""
    best: WindowPlan | None = None
    for words in _CHECK_WORDS:
        checks = int(min(64 * words, rows - size - SPARE_ROWS))
        if checks < 1:
            break
        plan = _best_of(n, k, noise, rows, size, checks)
        if best is not None and plan.seconds > best.seconds:
            break
        best = plan
        if checks < 64 * words:
            break
    return best


def columns_hold_secret(n: int, k: int | None, size: int) -> float:
    """ln of C(n-k, n-n') / C(n, n-n'): the chance that n' random columns hold the k of the secret.

    Without k, n' = n.
    """
    return 0.0 if k is None else float(_ln_choose(n - k, n - size) - _ln_choose(n, n - size))


def window_hits(
    size: int, checks: int, noise: float, exchanges: npt.ArrayLike, tries: npt.ArrayLike
) -> FloatArray:
    """P[the window holds w flipped labels, and a good set comes up among R tries].

    Args:
        size, checks: n' and r.
        noise: eta.
        exchanges: ``(a,)`` values of c.
        tries: ``(b,)`` values of R.

    Returns:
        ``(r + 2, a, b)`` for w = 0, ..., r + 1.
    """
    total = size + checks
    w = np.arange(checks + 2)
    ln_window = _ln_choose(total, w) + xlogy(w, noise) + xlog1py(total - w, -noise)
    ln_none = _ln_choose(total - w, size)
    ln_one = np.log(np.maximum(w, 1)) + _ln_choose(total - w, size - 1)
    ln_one[0] = -np.inf
    good = np.minimum(1.0, np.exp(np.logaddexp(ln_none, ln_one) - _ln_choose(total, size)))
    leave = np.clip((w - 1) / checks, 0, 1)
    c, tried = np.asarray(exchanges)[:, None], np.asarray(tries)
    change = 1 - (1 - leave[:, None, None]) ** c
    rate = good[:, None, None] * change
    share = np.clip((w - 2) / checks, 0, 1)
    down, up = min(1.0, 2 / size) * (1 - share), max(0.0, 1 - 2 / size) * share
    with np.errstate(invalid="ignore"):
        back = np.where(up > 0, down / (down + up), 0.0)
    rate = np.minimum((good * (1 - back))[:, None, None] * change, 1 - 1e-12)
    # By logarithms, as the rate may be far below the rounding error of 1.
    with np.errstate(divide="ignore"):
        ln_missed = np.log1p(-good)[:, None, None] + (tried - 1) * np.log1p(-rate)
    return np.asarray(np.exp(ln_window)[:, None, None] * -np.expm1(ln_missed))


def _best_of(
    n: int, k: int | None, noise: float, rows: float, size: int, checks: int
) -> WindowPlan:
    """The best plan with these columns and checks."""
    words = words_for(checks)
    width = size + 1
    window_words = words + words_for(size + SPARE_ROWS)
    # Nanoseconds measured on one core of an AMD EPYC (Zen 3); only their ratios matter to the plan.
    exchange_cost = 35 + 0.2 * words * width
    try_cost = 25 + 0.27 * words * width
    solve_cost = 500 + 4 * size**2 * words_for(n + 1) / 2
    draw_cost = 1000 + 0.3 * size * width * window_words + 400 * window_words * words_for(n + 1)
    limits = np.arange(checks + 1)
    false_candidates = width * np.asarray(bdtr(limits, checks, 0.5))
    per_try = (exchange_cost * _EXCHANGES + try_cost)[None, :, None] + (
        solve_cost * false_candidates
    )[:, None, None]
    cost = draw_cost + per_try * _TRIES
    ln_hits = _ln_hits(size, checks, noise)
    step = (0.5 - noise) / 50
    slope = (ln_hits - _ln_hits(size, checks, noise + step)) / step
    ln_growth = slope**2 * noise * (1 - noise)
    ln_cost = np.log(cost) - ln_hits + ln_growth / rows
    t, c, r = np.unravel_index(np.argmin(ln_cost), ln_cost.shape)
    ln_windows = float(ln_growth[t, c, r] / rows - ln_hits[t, c, r])
    ln_windows -= columns_hold_secret(n, k, size)
    operations = float(size) * width * window_words + float(_TRIES[r]) * words * width * (
        _EXCHANGES[c] + 1
    )
    window_rows = size + checks + SPARE_ROWS
    return WindowPlan(
        size=size,
        checks=checks,
        weight=int(t),
        tries=int(_TRIES[r]),
        exchanges=int(_EXCHANGES[c]),
        windows=math.exp(min(700.0, ln_windows)),
        window_seconds=float(cost[t, c, r]) * 1e-9,
        window_operations=float(operations),
        pool=max(4 * window_rows, math.ceil(float(ln_growth[t, c, r]) / _POOL_GROWTH)),
    )


def _ln_hits(size: int, checks: int, noise: float) -> FloatArray:
    """ln h for every t in 0..r, c and R of the grids: ``(r + 1, a, b)``."""
    # Entry t sums over w = 0, ..., t + 1.
    hits = np.cumsum(window_hits(size, checks, noise, _EXCHANGES, _TRIES), axis=0)[1:]
    return np.asarray(np.log(np.maximum(hits, 1e-300)))


def _ln_choose(a: npt.ArrayLike, b: npt.ArrayLike) -> FloatArray:
    """ln C(a, b), -inf unless 0 <= b <= a."""
    top, bottom = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    inside = (bottom >= 0) & (bottom <= top)
    x, y = np.where(inside, top, 0), np.where(inside, bottom, 0)
    return np.where(inside, gammaln(x + 1) - gammaln(y + 1) - gammaln(x - y + 1), -np.inf)
