"""What a solution can be paid in: the six currencies that a reader switches between."""

from __future__ import annotations

from dataclasses import dataclass

from parity_compare.reports import wording
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figure import Control


@dataclass(frozen=True)
class Currency:
    """One of the costs of :class:`parity_compare.algorithms.outcome.Cost`.

    Attributes:
        name: the cost's field.
        label: stands on the switch.
        axis: the title of an axis that shows it.
        quantity: how its values are written.
        caveat: what a comparison in it does not mean.
    """

    name: str
    label: str
    axis: str
    quantity: wording.Quantity
    caveat: str


CURRENCIES = {
    currency.name: currency
    for currency in (
        Currency(
            "seconds", "Seconds", "time to solution", wording.seconds,
            "Seconds are those of these implementations on the machine named above.",
        ),
        Currency(
            "samples", "Samples", "labelled examples drawn", wording.number,
            "Learners that ask queries draw no examples and are not in this picture.",
        ),
        Currency(
            "queries", "Queries", "statistical queries asked", wording.number,
            "A query of tolerance τ stands for about 1/τ² examples; only learners that ask queries "
            "are in this picture.",
        ),
        Currency(
            "steps", "Steps", "steps of the learner’s own loop", wording.number,
            "A step is an update, a candidate subset or a pivot: the step of one learner is not "
            "that of another.",
        ),
        Currency(
            "operations", "Operations", "elementary operations", wording.number,
            "FLOPs, word operations and queries share an axis, not a unit.",
        ),
        Currency(
            "peak_memory", "Memory", "peak memory of the learner’s arrays", wording.memory,
            "Memory is that of the learner’s own arrays by formula, without the interpreter and "
            "its libraries.",
        ),
    )
}  # fmt: skip


def spent(digest: Digest) -> list[Currency]:
    """The currencies that somebody in the results spends, seconds first."""
    return [
        currency
        for currency in CURRENCIES.values()
        if any(entry.uses(currency.name) for entry in digest.entries)
    ]


def currency_control(digest: Digest) -> Control:
    """The switch that all figures share."""
    options = [(currency.name, currency.label) for currency in spent(digest)]
    return Control("currency", "Currency", options)


def ranked(digest: Digest, entry: Entry, currency: Currency) -> bool:
    """Whether the entry may be compared with others in this currency.

    The contestant has to spend it, if not here then elsewhere; and seconds have to be those of
    single trials, not simulated ones.
    """
    timed = currency.name != "seconds" or entry.contestant.timed
    return timed and digest.spends(entry.contestant, currency.name)
