"""Figure 2, left: how long SGD waits, against a search that is lucky at any time or never."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.outcome import Status
from parity_compare.mechanism.memoryless import Memoryless, memoryless
from parity_compare.mechanism.trials import times
from parity_compare.reproduction.claims import (
    Answer,
    Claim,
    Table,
    above,
    all_of,
    below,
    number,
    with_interval,
)
from parity_compare.reproduction.measures import exact_rate, steps_to_success
from parity_compare.reproduction.plots import Axis, Plot, Point
from parity_compare.results import Record
from parity_compare.statistics import wilson

DEGREE = 3
EARLY = 0.1
"""A success before this share of the median is early."""
MEMORYLESS_EARLY = 1 - 2**-EARLY
"""Share of early successes of a search without memory, 6.7 %."""
NO_EARLY = MEMORYLESS_EARLY / 10
LATE = 2 - EARLY
"""The mirror image of :data:`EARLY` in the median."""
MEMORYLESS_COUNTERPART = MEMORYLESS_EARLY / (MEMORYLESS_EARLY + 2**-LATE)
"""Share of early trials among early and late ones of a search without memory, 20 %."""
LONG_TAIL = 0.01
"""Share of late successes above which a tail counts as long; 2^-1.9 = 27 % without memory."""
COUNTERPART = 0.1
"""Share of early trials, among early and late ones, below which a tail has no counterpart near 0:
it is 1/2 of a law that is symmetric about its median, and 1/5 without memory."""
_POINTS = 60

Trials = Mapping[int, Sequence[Record]]
"""By n, ascending."""


def judge_early(trials: Trials) -> Claim:
    """Whether no trial succeeds early."""
    shares = relative_times(trials)
    early = int(np.sum(shares < EARLY))
    rate = wilson(early, len(shares))
    earliest = f"; the earliest at {number(float(shares.min()))} of it" if len(shares) else ""
    return Claim(
        name="no-early-success",
        statement=(
            "SGD has no lucky starts: nothing succeeds near t = 0, where a random search has its "
            "mode."
        ),
        source="figure 2, left; section 3.2",
        published="none of 10^6 trials at each n",
        measured=f"{early} of {len(shares)} trials before a tenth of the median{earliest}",
        answer=below(rate, NO_EARLY),
        because=(
            f"Rule: the share of trials, all n together, that succeed before a tenth of their "
            f"median lies below {number(100 * NO_EARLY, 2)} %, a tenth of what a memoryless search "
            f"has there, by its interval: {with_interval(rate, 2)}.{_left_out(trials)}"
        ),
    )


def judge_tail(trials: Trials) -> Claim:
    """Whether many trials take much longer than the median, and hardly any much less."""
    shares = relative_times(trials)
    early, slow = int(np.sum(shares < EARLY)), _late(trials)
    other = int(np.sum(np.isinf(shares))) - _late(trials, solved=False)
    late = wilson(slow, len(shares))
    counterpart = exact_rate(early, early + slow)
    return Claim(
        name="upper-tail",
        statement="Times of SGD have a long upper tail, without a counterpart near 0.",
        source="figure 2, left",
        published="",
        measured=(
            f"{with_interval(late, 2)} of trials take more than {LATE:g} medians; {early} take "
            f"less than {EARLY:g}, {with_interval(counterpart, 2)} of both"
        ),
        answer=all_of(above(late, LONG_TAIL), below(counterpart, COUNTERPART)),
        because=(
            f"Rule: more than {100 * LONG_TAIL:g} % of trials, all n together, take longer than "
            f"{LATE:g} medians, by Wilson's interval, and of these and the trials that take less "
            f"than {EARLY:g} the latter are less than {100 * COUNTERPART:g} %, by the exact "
            f"interval: a law symmetric about its median has 50 % of them there, a search without "
            f"memory {number(100 * MEMORYLESS_COUNTERPART, 2)} %. A trial that ran out of steps "
            f"later than that is late; {other} that diverged or ran out of steps before are "
            f"neither.{_left_out(trials)}"
        ),
    )


def _late(trials: Trials, *, solved: bool | None = None) -> int:
    """How many trials took, or used up, more than :data:`LATE` medians.

    Args:
        trials: by n; those of an n without a median are left out.
        solved: count only those that succeeded, or that did not.
    """
    late = 0
    for records in filter(_has_median, trials.values()):
        bound = LATE * float(np.quantile(steps_to_success(records), 0.5, method="inverted_cdf"))
        late += sum(
            record.cost.steps > bound
            for record in records
            if (record.solved or record.status == Status.TIMEOUT)
            and solved in (None, record.solved)
        )
    return late


def judge_law(trials: Trials) -> Claim:
    """Whether SGD's times are not those of a search without memory."""
    found = _tested(trials)
    opposite: Mapping[str, Answer] = {"no": "yes", "yes": "no"}
    return Claim(
        name="not-memoryless",
        statement="Times of SGD are not geometric: its chance of success depends on the time.",
        source="figure 2, left; section 3.2",
        published="",
        measured="; ".join(
            f"n = {n}: hazard of shape {with_interval(test.shape)}" for n, test in found.items()
        ),
        answer=all_of(*(opposite.get(test.answer, "undecided") for test in found.values())),
        because=(
            "Rule: at every n the geometric law is rejected, at 5 % divided by their number. "
            + _sentences(found)
        ),
    )


def judge_search(trials: Trials) -> Claim:
    """Whether the null model is one: random search must come out without memory."""
    found = _tested(trials)
    return Claim(
        name="search-memoryless",
        statement="Times of random search are geometric, its mode at the first try.",
        source="section 3.2: the null hypothesis",
        published="geometric, mean C(n, 3)",
        measured="; ".join(
            f"n = {n}: hazard of shape {with_interval(test.shape)}" for n, test in found.items()
        ),
        answer=all_of(*(test.answer for test in found.values())),
        because=(
            "Rule: at every n the geometric law is not rejected, at 5 % divided by their number, "
            "and the whole interval of the hazard's shape lies within 0.8 to 1.25. "
            + _sentences(found)
        ),
    )


def plots(sgd: Trials, search: Trials) -> list[Plot]:
    """Distribution functions of time over median: the lower tail, then the upper one."""
    lower: list[Point] = []
    upper: list[Point] = []
    for name, trials in (("SGD, PolyNet", sgd), ("random search", search)):
        for n, records in trials.items():
            shares = np.sort(relative_times({n: records}))
            ranks = _shown(len(shares))
            for x, rank in zip(shares[ranks], ranks, strict=True):
                if math.isfinite(x):
                    below_it, above_it = (rank + 1) / len(shares), 1 - rank / len(shares)
                    lower.append(Point(name, float(x), float(below_it), panel=f"n = {n}"))
                    upper.append(Point(name, float(x), float(above_it), panel=f"n = {n}"))
    for n in sgd:
        for x in np.geomspace(1e-3, 8, _POINTS):
            lower.append(Point("no memory", float(x), float(1 - 2**-x), panel=f"n = {n}"))
            upper.append(Point("no memory", float(x), float(2**-x), panel=f"n = {n}"))
    x_axis = "time to success / median"
    return [
        Plot(
            "early",
            "Share of trials that have succeeded: SGD has no early luck",
            Axis(x_axis, log=True),
            Axis("share solved", log=True),
            lower,
            reference=("no memory",),
            style="steps",
        ),
        Plot(
            "late",
            "Share of trials still under way: the upper tail",
            Axis(x_axis),
            Axis("share not solved", log=True),
            upper,
            reference=("no memory",),
            style="steps",
        ),
    ]


def table(sgd: Trials, search: Trials) -> Table:
    """Quantiles of time at every n."""
    rows = []
    for name, trials in (("SGD, PolyNet", sgd), ("random search", search)):
        for n, records in trials.items():
            spent = np.sort(steps_to_success(records))
            quantiles = np.quantile(spent, [0, 0.05, 0.5, 0.95, 1], method="inverted_cdf")
            rows.append(
                (name, str(n), str(len(spent)), *(number(float(value), 4) for value in quantiles))
            )
    return Table(
        f"Steps of SGD, tries of random search (mean C(n, {DEGREE})), k = {DEGREE}",
        ("learner", "n", "trials", "earliest", "5 %", "median", "95 %", "last"),
        rows,
    )


def relative_times(trials: Trials) -> npt.NDArray[np.float64]:
    """Times over the median at their n, infinite for failures; none of an n that has no median."""
    shares = [np.zeros(0)]
    for records in trials.values():
        spent = np.array(steps_to_success(records))
        if _has_median(records):
            shares.append(spent / np.quantile(spent, 0.5, method="inverted_cdf"))
    return np.concatenate(shares)


def _has_median(records: Sequence[Record]) -> bool:
    return 2 * sum(record.solved for record in records) > len(records)


def _left_out(trials: Trials) -> str:
    """Which n have no median, as a sentence."""
    without = [str(n) for n, records in trials.items() if not _has_median(records)]
    return f" Left out, for half of the trials failed: n = {', '.join(without)}." if without else ""


def _tested(trials: Trials) -> dict[int, Memoryless]:
    level = 0.05 / len(trials)
    return {n: memoryless(*times(records), level=level) for n, records in trials.items()}


def _sentences(found: Mapping[int, Memoryless]) -> str:
    return " ".join(f"n = {n}: {test.sentence}" for n, test in found.items())


def _shown(count: int) -> npt.NDArray[np.int64]:
    """Ranks to draw of so many: both tails in full, the middle thinned out."""
    steps = np.unique(np.geomspace(1, max(count, 1), _POINTS).astype(np.int64)) - 1
    ranks: npt.NDArray[np.int64] = np.unique(np.concatenate([steps, count - 1 - steps]))
    return ranks[(ranks >= 0) & (ranks < count)]
