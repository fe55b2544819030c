"""Like for like: learners of one access model and one kind of side information."""

from __future__ import annotations

import math
from collections.abc import Sequence

from parity_compare.reports import wording
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figures.currencies import Currency
from parity_compare.reports.figures.duel import champions
from parity_compare.reports.verdicts.grids import (
    by_what_factor,
    meeting,
    otherwise,
    won_in_words,
)
from parity_compare.reports.verdicts.peers import Rules, contenders, peers, wins
from parity_compare.reports.verdicts.phrases import (
    VERBS,
    name_of,
    spent,
    undecided_against,
    undecided_between,
)


def groups_of_equals(digest: Digest, currency: Currency) -> list[Rules]:
    """The rules under which contestants meet, those under which most do first."""
    most: dict[Rules, int] = {}
    for instance in digest.instances:
        for rules, group in peers(contenders(digest, instance, currency)).items():
            if len(group) > 1:
                most[rules] = max(most.get(rules, 0), len(group))
    return sorted(most, key=lambda rules: -most[rules])


def among_equals(digest: Digest, currency: Currency, rules: Rules) -> list[str]:
    """The contest of one group of equals: on the only instance, or how often who won."""
    (terms,) = {one.terms for one in digest.contestants if one.rules == rules}
    like = f"like for like ({terms}),"
    if len(digest.instances) == 1:
        return [
            f"{like} {_result(meeting(digest, digest.instances[0], currency, rules), currency)}"
        ]
    count = wins(digest, currency, rules)
    counted = f"{like} {won_in_words(count, VERBS[currency.name].clearly)}"
    if count.by_name:
        return [counted, *by_what_factor(digest, currency, count, rules)]
    return [counted, *otherwise(digest, currency, rules)]


def _result(group: Sequence[Entry], currency: Currency) -> str:
    """The first of a group against the next, and against whom it is not decided."""
    duels = champions(group, currency.name)
    near = duels[0]
    verbs, first, runner = VERBS[currency.name], name_of(near.faster), name_of(near.slower)
    if math.isinf(near.faster.cost(currency.name).estimate):
        who = "neither" if len(group) == 2 else f"none of {len(group)}"
        return f"{who} solved more than half of the trials, so no {verbs.median} is finite"
    if near.ratio == (1, 1, 1):
        return f"{first} and {runner} had the same {verbs.median}"
    if not near.decided:
        return undecided_between(near)
    if len(group) == 2:
        return f"{first} {verbs.less}: {runner} {spent(near)}"
    behind = sum(found.decided for found in duels)
    if behind < len(duels):
        ahead = runner if behind == 1 else wording.whole(behind)
        text = (
            f"{first} had the smallest {verbs.median}, ahead of {ahead}, {undecided_against(duels)}"
        )
        return f"{text}: {runner} {spent(near)}"
    return f"{first} {verbs.least}, ahead of {behind}: the next, {runner}, {spent(near)}"


def last_of_equals(digest: Digest, currency: Currency) -> list[list[str]]:
    """The last of the first group of equals on the only instance, if it has more than two."""
    groups = groups_of_equals(digest, currency)
    if len(digest.instances) > 1 or not groups:
        return []
    duels = champions(meeting(digest, digest.instances[0], currency, groups[0]), currency.name)
    if len(duels) == 1 or not duels[-1].decided:
        return []
    return [[f"like for like, {name_of(duels[-1].slower)} came last: it {spent(duels[-1])}"]]
