"""What a trial is expected to take, before it is run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from parity_compare.algorithms.acceptance import sample_size

_MOST_LN = 700.0  # exp of more overflows a double
_MOST_CANDIDATES = 1e300


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
    """

    operations: float
    memory: int
    begins: bool = True
    steps: float | None = None
    examples: float | None = None
    aside: float = 2e-3

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
    return exponential(ln_subset_count(n, k))


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


def list_bytes(n: int, m: float, copies: int = 1) -> int:
    """Bytes of ``copies`` lists of ``m`` packed examples of ``n`` bits."""
    return int(copies * m * 8 * -(-n // 64))
