"""Lower bounds for learners that see labels through averages: statistical queries, noisy SGD."""

from __future__ import annotations

import math

from parity_compare.algorithms.forecast import exponential, ln_subset_count
from parity_compare.problems.errors import InvalidInput
from parity_compare.theory.checks import check_at_least, check_instance, check_open_unit


def sq_queries(
    n: int, k: int, tolerance: float, *, noise: float = 0.0, success: float = 0.5
) -> float:
    """Queries that every statistical-query learner needs, adaptive and randomised ones included.

    A query h(x, y) in [-1, 1] is a(x) + y b(x), and its expectation E[a] + (1 - 2 eta) b^(S). Let
    the oracle answer E[a] while that errs by at most tau. The C(n, k) parities are orthonormal, so
    by Parseval fewer than (1 - 2 eta)^2 / tau^2 of them make it answer otherwise. While S is none
    of these, the learner knows nothing of S but that; it is right with probability at most
    (q d + 1) / C(n, k) after q queries that rule out d subsets each. Hence

        q >= (success C(n, k) - 1) / d,    d = the largest integer below (1 - 2 eta)^2 / tau^2

    (the argument of Kearns 1998 and Blum et al. 1994, with its constants; Barak et al. 2022 quote
    Omega(n^k) queries of constant tolerance).

    Args:
        n, k: the instance, S uniformly random.
        tolerance: tau in (0, 1).
        noise: noise rate eta in [0, 0.5).
        success: least probability that the answer is right, in (0, 1].

    Returns:
        Queries; inf where tau >= 1 - 2 eta hides every S, and where a double cannot hold them.

    Raises:
        InvalidInput: an argument is out of range.
    """
    check_instance(n, k, noise)
    check_open_unit("tolerance", tolerance)
    _check_success(success)
    ln_count = ln_subset_count(n, k)
    known = success * exponential(ln_count) - 1
    if known <= 0:
        return 0.0
    # A ratio that is whole but for rounding is that whole number.
    ruled_out = math.ceil(((1 - 2 * noise) / tolerance) ** 2 - 1e-9) - 1
    if ruled_out < 1:
        return math.inf
    return known / ruled_out if known < math.inf else math.inf


def noisy_sgd_steps(
    n: int, k: int, parameters: int, tolerance: float, *, failure: float = 0.5
) -> float:
    """Steps up to which SGD with noisy gradients may know nothing of S (Edelman et al. 2023).

    Their Proposition 3: if r T / (tau^2 failure) <= C(n, k) / 2, then for some S the first T
    iterates of a model of r parameters, whose gradients are known to within tau, do not depend on
    S, but for a probability of ``failure``. The mean of a batch of B examples errs by about
    1 / sqrt(B), so tau^2 is about 1 / B; that step is ours.

    Args:
        n, k: the instance.
        parameters: r, at least 1.
        tolerance: tau in (0, 1], error of every coordinate of the gradient.
        failure: in (0, 1).

    Returns:
        T = tau^2 failure C(n, k) / (2 r), inf where a double cannot hold it.

    Raises:
        InvalidInput: an argument is out of range.
    """
    check_instance(n, k)
    check_at_least("parameters", parameters, 1)
    if not 0 < tolerance <= 1:
        raise InvalidInput(f"tolerance must lie in (0, 1], got {tolerance}")
    check_open_unit("failure", failure)
    rest = 2 * math.log(tolerance) + math.log(failure) - math.log(2 * parameters)
    return exponential(ln_subset_count(n, k) + rest)


def _check_success(success: float) -> None:
    if not 0 < success <= 1:
        raise InvalidInput(f"success must lie in (0, 1], got {success}")
