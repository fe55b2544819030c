"""What a trial is expected to take, before it is run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from parity_compare.algorithms.acceptance import acceptance_threshold, sample_size

_MOST_LN = 700.0  # exp of more overflows a double
_MOST_CANDIDATES = 1e300
_AS_GOOD = 0.99  # as 1: chances above it are no obstacle


@dataclass(frozen=True)
class Forecast:
    """What one trial of a learner is expected to take, by its complexity formula.

    Attributes:
        operations: expected number, in the learner's ``operations_unit``, until the trial ends,
            with success where it can have any; inf where a double cannot hold it.
        memory: bytes at the peak, beside what the process holds anyway.
        begins: whether the learner sets to work at all; if not, it says at once why it does not,
            and ``operations`` are those it spares itself.
        steps: the updates or tries that ``operations`` grow with in proportion, so that a limit on
            steps is a limit on operations; None where they do not.
        examples: the same of fresh examples.
        aside: seconds that a trial takes beside its clock: to set it up, to test whether it is done
            where the learner must not be charged for that, to probe it and to judge it.
        samples: examples that it draws until then, None for unknown or where it draws none.
        chance: of success, as far as the formulas know; 1 where they know of nothing against it.
        obstacle: what keeps the chance below 1, in a sentence; empty if nothing does.
    """

    operations: float
    memory: int
    begins: bool = True
    steps: float | None = None
    examples: float | None = None
    aside: float = 2e-3
    samples: float | None = None
    chance: float = 1.0
    obstacle: str = ""

    def within(self, *, steps: float | None, examples: float | None) -> float:
        """Operations until the success or until a limit on steps or examples, None being no limit.

        Args:
            steps, examples: the limits.
        """
        share = 1.0
        for limit, needed in ((steps, self.steps), (examples, self.examples)):
            if limit is not None and needed:
                share = min(share, limit / needed)
        # Of infinitely many, a finite share is not known by their number.
        return self.operations if share == 1 else self.operations * share


def subset_count(n: int, k: int | None) -> float:
    """C(n, k) as a double, inf where it cannot hold it; without k, half of all 2^n subsets.

    A search that tries the sizes 1, 2, ... in turn until it meets a uniformly random subset has
    half of all before it.
    """
    logarithm = ln_subset_count(n, k)
    if k is not None and 0 <= k <= n and logarithm < _MOST_LN:
        return float(math.comb(n, k))
    return exponential(logarithm)


def ln_subset_count(n: int, k: int | None) -> float:
    """ln of :func:`subset_count`; -inf where k > n."""
    if k is None:
        return (n - 1) * math.log(2)
    if not 0 <= k <= n:
        return -math.inf
    if min(k, n - k) <= 64:  # exact, where lgamma would cancel
        return math.log(math.comb(n, k))
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def exponential(logarithm: float) -> float:
    """e to that power, inf where a double cannot hold it."""
    return math.exp(logarithm) if logarithm < _MOST_LN else math.inf


def examples_needed(n: int, k: int | None, noise: float, failure: float) -> int:
    """The sample that tells S from C(n, k) - 1 others, see :func:`.acceptance.sample_size`.

    Past 1e300 subsets, their number counts as 1e300.
    """
    return sample_size(max(1.0, min(_MOST_CANDIDATES, subset_count(n, k))), noise, failure)


def chance_of_acceptance(m: int, candidates: float, noise: float, failure: float) -> float:
    """The chance that the right subset agrees with so many of ``m`` labels that it is accepted.

    Args:
        m: number of examples.
        candidates: the number of subsets that are compared.
        noise: noise rate eta in [0, 0.5).
        failure: bound on the chance that a wrong one is accepted.
    """
    from scipy.special import betaincc

    allowed = m - acceptance_threshold(m, max(1.0, min(_MOST_CANDIDATES, candidates)), failure)
    if allowed < 0:
        return 0.0
    # P[Binomial(m, eta) <= allowed], in a form that takes any m.
    return 1.0 if allowed >= m else float(betaincc(allowed + 1, m - allowed, noise))


def too_few(chance: float, m: int, needed: float) -> str:
    """The obstacle of a short sample; empty where the chance is as good as 1."""
    if chance > _AS_GOOD:
        return ""
    return f"{m} examples are few: about {needed:.3g} are needed to tell the answer from luck."


def clean_labels(m: float, noise: float) -> tuple[float, str]:
    """The chance that ``m`` labels are all clean, and the obstacle that a learner in need has."""
    chance = math.exp(m * math.log1p(-noise))
    if chance > _AS_GOOD:
        return chance, ""
    return chance, f"It needs {m:.3g} clean labels in a row, which noise {noise:g} hardly allows."


def full_rank_chance(m: int, n: int) -> float:
    """The chance that ``m`` random equations in ``n`` unknowns over GF(2) have one solution."""
    if m < n:
        return 0.0
    return math.exp(math.fsum(math.log1p(-(2.0**-i)) for i in range(m - n + 1, min(m, 1000) + 1)))


def list_bytes(n: int, m: float, copies: int = 1) -> int:
    """Bytes of ``copies`` lists of ``m`` packed examples of ``n`` bits."""
    return int(copies * m * 8 * -(-n // 64))
