"""Who may be compared with whom: peers have the same access and the same side information."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from parity_compare.reports.contestants import Instance
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figures.contest import DECIDED, UNSOLVED, Contests
from parity_compare.reports.figures.currencies import Currency, ranked

Rules = tuple[str, str]
"""Access model and side information."""


@dataclass(frozen=True)
class Wins:
    """How often each contestant was clearly first, over the instances of a grid.

    Attributes:
        by_name: instances by the winner's name.
        compared: instances on which at least two were compared.
        undecided: how many of them have no clear winner.
        unsolved: on how many nobody solved more than half of the trials.
    """

    by_name: Counter[str]
    compared: int
    undecided: int
    unsolved: int


def contenders(digest: Digest, instance: Instance, currency: Currency) -> list[Entry]:
    """The entries of an instance that can be ranked in a currency."""
    return [entry for entry in digest.on(instance) if ranked(digest, entry, currency)]


def peers(entries: Iterable[Entry]) -> dict[Rules, list[Entry]]:
    """Entries by access and side information."""
    groups: dict[Rules, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.contestant.rules, []).append(entry)
    return groups


def wins(digest: Digest, currency: Currency, rules: Rules | None = None) -> Wins:
    """Who has the smallest median on how many instances, clearly apart from every rival's.

    Args:
        digest: the results.
        currency: what the medians are of.
        rules: only contestants under these are compared; None for all.
    """
    contests = Contests(currency)
    by_name: Counter[str] = Counter()
    compared = undecided = unsolved = 0
    for instance in digest.instances:
        entries = contenders(digest, instance, currency)
        if rules is not None:
            entries = peers(entries).get(rules, [])
        contest = contests.among(entries) if len(entries) > 1 else None
        if contest is None:
            continue
        compared += 1
        if contest.state == DECIDED:
            by_name[contest.first.contestant.name] += 1
        elif contest.state == UNSOLVED:
            unsolved += 1
        else:
            undecided += 1
    return Wins(by_name, compared, undecided, unsolved)
