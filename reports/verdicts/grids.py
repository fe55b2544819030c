"""Contests over a grid of instances: how often who won, and by what factor on which of them."""

from __future__ import annotations

import math

from parity_compare.reports import wording
from parity_compare.reports.contestants import Instance
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figures.currencies import CURRENCIES, Currency
from parity_compare.reports.figures.duel import champions
from parity_compare.reports.verdicts.peers import Rules, Wins, contenders, peers, wins
from parity_compare.reports.verdicts.phrases import VERBS, name_of, spent

_OTHERS = CURRENCIES["samples"], CURRENCIES["queries"]


def meeting(
    digest: Digest, instance: Instance, currency: Currency, rules: Rules | None
) -> list[Entry]:
    """Who can be compared on an instance, under the same rules or under any."""
    entries = contenders(digest, instance, currency)
    return entries if rules is None else peers(entries).get(rules, [])


def won_in_words(count: Wins, clearly: str) -> str:
    """``sgd was clearly the fastest in seconds on 10 of 12 instances, langevin on 1, …``."""
    instances = wording.plural(count.compared, "instance")
    if not count.by_name:
        text = f"nobody {clearly} on any of {instances}"
    else:
        (name, won), *others = count.by_name.most_common(3)
        on = "all" if won == count.compared else f"{wording.whole(won)} of"
        text = f"{name} {clearly} on {on} {instances}"
        text += "".join(f", {other} on {wording.whole(times)}" for other, times in others)
    if count.undecided and count.by_name:
        text += f", with {wording.whole(count.undecided)} not decided"
    if count.unsolved:
        text += f", with {wording.whole(count.unsolved)} that nobody mostly solved"
    return text


def by_what_factor(
    digest: Digest, currency: Currency, count: Wins, rules: Rules | None = None, said: str = ""
) -> list[str]:
    """By what factor the contest was won on the hardest instance on which somebody clearly won.

    ``said`` is what was said before; an instance that stands there is not named again.
    """
    won = [
        (instance, duels[0])
        for instance in digest.instances
        if len(group := meeting(digest, instance, currency, rules)) > 1
        and (duels := champions(group, currency.name))
        and all(found.decided for found in duels)
    ]
    if not won:
        return []
    instance, near = max(won, key=lambda pair: pair[0].hardness())
    where = on_instance(digest, instance)
    where = "there" if where in said else where
    slower = f"{name_of(near.slower)} {spent(near)}"
    if [name_of(near.faster)] == [name for name, _ in count.by_name.most_common(1)]:
        return [f"{where}, {slower}"]
    return [f"{where}, {name_of(near.faster)} was ahead: {slower}"]


def otherwise(digest: Digest, currency: Currency, rules: Rules) -> list[str]:
    """Where nobody clearly won: another currency in which somebody did, else what is known."""
    for other in _OTHERS:
        count = wins(digest, other, rules)
        if other is not currency and count.by_name:
            counted = won_in_words(count, VERBS[other.name].clearly)
            return [counted, *by_what_factor(digest, other, count, rules)]
    instance = _hardest_solved(digest, currency, rules)
    if instance is None:
        return []
    duels = champions(meeting(digest, instance, currency, rules), currency.name)
    near = next((found for found in duels if not found.decided), duels[0])
    if math.isinf(near.ratio.estimate):
        return []
    than = VERBS[currency.name].than.format(name_of(near.faster))
    few = f", with {near.shortage}" if near.too_few else ""
    return [f"{on_instance(digest, instance)}, {name_of(near.slower)} {spent(near, than)}{few}"]


def _hardest_solved(digest: Digest, currency: Currency, rules: Rules | None) -> Instance | None:
    """The hardest instance that is contested and that somebody mostly solves."""
    solved = [
        instance
        for instance in digest.instances
        if len(group := meeting(digest, instance, currency, rules)) > 1
        and any(math.isfinite(entry.cost(currency.name).estimate) for entry in group)
    ]
    return max(solved, key=Instance.hardness, default=None)


def on_instance(digest: Digest, instance: Instance) -> str:
    """``on the hardest``, or its title."""
    return "on the hardest" if instance == digest.hardest else f"on {instance.title()}"
