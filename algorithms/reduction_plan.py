"""How many blocks, of what width, and how many examples BKW takes.

One stage of BKW (see :mod:`parity_compare.algorithms.bkw`) recovers l of the r coordinates that
are still unknown. It makes the other r - l vanish in a steps, of widths b_1 + ... + b_a = r - l,
each of which replaces examples by XORs of two that agree on a block. What follows fixes the numbers
N_0 -> N_1 -> ... -> N_a of examples.

- A label of the last step is the XOR of 2^a labels: its bias is (1 - 2 eta)^(2^a) (piling-up).
- The right one of 2^l characters stands out, each error having a chance delta, with
  N_a = 2 (sqrt(ln(2^l / delta)) + sqrt(ln(1 / delta)))^2 / bias^2 labels (Hoeffding).
- All pairs (LF2): N examples yield N^2 / 2^(b+1) pairs, hence N_{i-1} = sqrt(2^(b_i + 1) N_i).
  They are not independent. The differences within all buckets have at most the rank
  N_{i-1} - 2^b (1 - exp(-N_{i-1} / 2^b)), and at most b less than that of the step before.
  A stage is planned for only if at most 3 examples share a bucket and the last step's, at most 4
  per dimension of their span, have 64 dimensions more than twice l.
- One representative per bucket (LF1): N_{i-1} = N_i + 2^(b_i).

The stage of least predicted time is taken among those that keep to the memory and the examples
that there are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from parity_compare.problems.bits import words_for

_MOST_SOLVED = 30
_MOST_WIDTH = 30
_MOST_STEPS = 12
_LOAD = 3
_SHARING = 4
_DELTA = 1e-3


@dataclass(frozen=True)
class ReductionPlan:
    """One stage.

    Attributes:
        solved: l, coordinates recovered.
        widths: b_1, ..., b_a.
        counts: N_0, ..., N_a.
        bias: of a label of the last step, (1 - 2 eta)^(2^a).
        memory: bytes of all arrays at their largest.
        seconds: predicted, to one significant digit.
        operations: word operations and additions.
    """

    solved: int
    widths: tuple[int, ...]
    counts: tuple[int, ...]
    bias: float
    memory: int
    seconds: float
    operations: float


@lru_cache(maxsize=256)
def plan_reduction(
    n: int,
    unknown: int,
    noise: float,
    all_pairs: bool,
    growth: float,
    memory: float,
    examples: float,
) -> ReductionPlan | None:
    """The stage of least predicted time; None if none keeps to the limits.

    Args:
        n: coordinates of an example.
        unknown: r, coordinates still unknown.
        noise: noise rate eta in [0, 0.5).
        all_pairs: LF2, else LF1.
        growth: factor on N_a, above 1 when a first attempt failed.
        memory: most bytes.
        examples: most N_0.
    """
    fitting = (
        plan
        for plan in _stages(n, unknown, noise, all_pairs, growth)
        if plan.memory <= memory and plan.counts[0] <= examples
    )
    return min(fitting, key=lambda plan: plan.seconds, default=None)


def leanest(n: int, noise: float, all_pairs: bool) -> tuple[float, float]:
    """Bytes of the first stage that takes least, and examples of the one that takes fewest."""
    stages = list(_stages(n, n, noise, all_pairs, 1.0))
    least = min((plan.memory for plan in stages), default=math.inf)
    return least, min((plan.counts[0] for plan in stages), default=math.inf)


def _stages(
    n: int, unknown: int, noise: float, all_pairs: bool, growth: float
) -> Iterator[ReductionPlan]:
    for solved in range(1, min(unknown, _MOST_SOLVED) + 1):
        rest = unknown - solved
        if not rest:
            plan = _stage(n, solved, (), noise, all_pairs, growth)
            if plan is not None:
                yield plan
        for steps in range(1, min(rest, _MOST_STEPS) + 1):
            widths = tuple(rest // steps + (i < rest % steps) for i in range(steps))
            plan = _stage(n, solved, widths, noise, all_pairs, growth)
            if plan is not None:
                yield plan


def _stage(
    n: int, solved: int, widths: tuple[int, ...], noise: float, all_pairs: bool, growth: float
) -> ReductionPlan | None:
    """The numbers of a stage; None if it is out of the question."""
    bias = (1 - 2 * noise) ** (2 ** len(widths))
    if bias < 1e-8 or max(widths, default=0) > _MOST_WIDTH:
        return None
    doubt = math.log(1 / _DELTA)
    wanted = 2 * (math.sqrt(solved * math.log(2) + doubt) + math.sqrt(doubt)) ** 2 / bias**2
    counts = [math.ceil(growth * wanted)]
    for width in reversed(widths):
        if all_pairs:
            # A few standard deviations more, so that enough pairs are found nearly always.
            pairs = counts[0] + 4 * math.sqrt(counts[0])
            count = math.ceil(math.sqrt(2.0 ** (width + 1) * pairs)) + 1
            if count > max(_LOAD * 2**width, 2):
                return None
        else:
            count = counts[0] + 2**width
        counts.insert(0, count)
    if max(counts) >= 2**31 or (all_pairs and widths and not _independent(counts, widths, solved)):
        return None
    words = words_for(n)
    row = 8 * words + 1
    transform = 2**solved
    # Bytes: the examples and their reduced labels stay; a step holds its input and output, the
    # order and the buckets; the transform holds the last output and the table.
    held = [row * count if i else 0 for i, count in enumerate(counts)]
    steps = [
        held[i] + held[i + 1] + 4 * counts[i] + 8 * (2**width + 1) for i, width in enumerate(widths)
    ]
    memory = (row + 1) * counts[0] + max([*steps, held[-1] + 4 * transform])
    # Nanoseconds measured on one core of an AMD EPYC (Zen 3); only their ratios matter to the plan.
    nanoseconds = 60 * counts[0] * (1 + words / 2) + 10 * counts[-1]
    nanoseconds += sum(40 * counts[i] + 3 * 2**b + 40 * counts[i + 1] for i, b in enumerate(widths))
    nanoseconds += (0.25 * solved + 1) * transform
    operations = sum(2 * counts[i] + 2**b + words * counts[i + 1] for i, b in enumerate(widths))
    operations += words * counts[0] + counts[-1] + solved * transform
    return ReductionPlan(
        solved=solved,
        widths=widths,
        counts=tuple(counts),
        bias=bias,
        memory=memory,
        seconds=nanoseconds * 1e-9,
        operations=float(operations),
    )


def _independent(counts: list[int], widths: tuple[int, ...], solved: int) -> bool:
    """Whether the pairs of the last step span enough dimensions of the examples."""
    rank = math.inf
    for count, width in zip(counts, widths, strict=False):
        forest = count + 2**width * math.expm1(-count / 2**width)
        rank = min(rank - width, forest)
    return rank >= max(counts[-1] / _SHARING, 2 * solved + 64)
