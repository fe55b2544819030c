"""Does a learner stumble on S by luck? The test of its times, in plain words."""

from __future__ import annotations

from functools import lru_cache

from parity_compare.mechanism import Memoryless, memoryless
from parity_compare.mechanism.trials import independent, times
from parity_compare.reports.digest import Entry

TRIALS_AT_MOST = 5000
"""The test looks at so many trials of a cell, the first ones; more would decide no more."""


def tested(entry: Entry) -> Memoryless:
    """Whether the steps to success are memoryless, by the first trial of each start."""
    spent, solved = times(independent(entry.records)[:TRIALS_AT_MOST])
    return _tested(tuple(spent.tolist()), tuple(solved.tolist()))


@lru_cache(maxsize=64)
def _tested(spent: tuple[float, ...], solved: tuple[bool, ...]) -> Memoryless:
    return memoryless(spent, solved)


def in_words(verdict: Memoryless) -> str:
    """What the answer means, without the statistic."""
    if verdict.answer == "undecided":
        return "Undecided."
    if verdict.answer == "yes":
        return "Yes, it stumbles: success is as likely at any step as at any other."
    if verdict.shape.low > 1:
        return (
            "No: the longer it has run, the likelier its next step succeeds, so that what it did "
            "before counts."
        )
    if verdict.shape.high < 1:
        return (
            "No: the longer it has run, the less likely its next step succeeds, as where some "
            "trials are easier than others."
        )
    return "No: success is likelier at some steps than at others."
