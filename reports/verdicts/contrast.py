"""How much faster, in which currency: the headline's sentence about costs.

Equals are compared first: learners of one access model and one kind of side information. A
comparison across them says so, and what the intervals do not decide is called not decided. Where
times cannot be ranked, labelled examples are compared, or queries.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from parity_compare.reports import wording
from parity_compare.reports.contestants import Instance
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figures.currencies import CURRENCIES, Currency
from parity_compare.reports.figures.duel import Duel, champions
from parity_compare.reports.verdicts import speech
from parity_compare.reports.verdicts.peers import Rules, Wins, contenders, peers, wins

_SECONDS, _SAMPLES, _QUERIES = (CURRENCIES[name] for name in ("seconds", "samples", "queries"))


@dataclass(frozen=True)
class _Verbs:
    """How a contest in a currency is spoken of.

    Attributes:
        less: what the winner of two did.
        least: what the winner of several did.
        clearly: the same on an instance where it is decided.
        won: the same where the currency has been named, but perhaps not last.
        spent: what the others did.
        as_much: stands behind their factor.
        than: the same with the name of the winner.
        median: what is compared.
    """

    less: str
    least: str
    clearly: str
    won: str
    spent: str
    as_much: str
    than: str
    median: str


_VERBS = {
    "seconds": _Verbs(
        less="was faster in seconds",
        least="was the fastest in seconds",
        clearly="was clearly the fastest in seconds",
        won="clearly won in seconds",
        spent="took",
        as_much="as long",
        than="as long as {}",
        median="median time",
    ),
    "samples": _Verbs(
        less="drew fewer labelled examples",
        least="drew the fewest labelled examples",
        clearly="clearly drew the fewest labelled examples",
        won="clearly won in labelled examples",
        spent="drew",
        as_much="as many",
        than="as many as {}",
        median="median number of labelled examples",
    ),
    "queries": _Verbs(
        less="asked fewer queries",
        least="asked the fewest queries",
        clearly="clearly asked the fewest queries",
        won="clearly won in queries",
        spent="asked",
        as_much="as many",
        than="as many as {}",
        median="median number of queries",
    ),
}


def in_one_sentence(digest: Digest) -> str:
    """The contrast in seconds if two learners have times to rank, else in examples or queries."""
    if _meets(digest, _SECONDS):
        return _contest(digest, _SECONDS)
    untimed = digest.regardless_of_company()
    if len(untimed.contestants) == 1:
        return _alone(untimed)
    for currency in (_SAMPLES, _QUERIES):
        if _meets(untimed, currency):
            return _contest(untimed, currency, _why_no_times(digest))
    return _prices(untimed, _why_no_times(digest))


def _meets(digest: Digest, currency: Currency) -> bool:
    """Whether two contestants can be compared in a currency on some instance."""
    return any(len(contenders(digest, one, currency)) > 1 for one in digest.instances)


def _why_no_times(digest: Digest) -> str:
    """Why no two contestants have times that can be ranked."""
    timed = [contestant.name for contestant in digest.contestants if contestant.timed]
    if len(timed) > 1:
        reason = "no two learners were timed on one instance"
    elif timed:
        reason = f"only those of {timed[0]} were taken alone"
    elif any(contestant.parallel for contestant in digest.contestants):
        reason = "trials ran in parallel"
    elif any(contestant.together for contestant in digest.contestants):
        reason = "trials were trained in batches"
    elif all(contestant.simulated for contestant in digest.contestants):
        reason = "the oracles that answered queries were simulated"
    else:
        reason = "they are not those of single trials"
    return f"Times cannot be ranked here, for {reason}"


def _contest(digest: Digest, currency: Currency, lead: str = "") -> str:
    """Equals against each other, then all against all, which is said to be unlike for unlike."""
    equals = [_among_equals(digest, currency, rules) for rules in _groups(digest, currency)]
    across = _across(digest, currency, "; ".join(equals[0]) if equals else "")
    if not equals and currency is _SECONDS:
        equals.append(["no two of these learners had the same access and side information"])
    thoughts = [*equals[:1], across, *_last(digest, currency), *equals[1:]]
    if currency is _SAMPLES:
        thoughts += [[clause] for clause in _asked(digest)]
    (first, *rest), *more = filter(None, thoughts)
    if currency is _SECONDS and len(digest.machines) > 1:
        first += f"; these seconds mix {len(digest.machines)} kinds of processor"
    first = f"{lead}; {first}" if lead else f"{first[0].upper()}{first[1:]}"
    return speech.fitting(first, [rest, *more])


def _groups(digest: Digest, currency: Currency) -> list[Rules]:
    """The rules under which contestants meet, those under which most do first."""
    most: dict[Rules, int] = {}
    for instance in digest.instances:
        for rules, group in peers(contenders(digest, instance, currency)).items():
            if len(group) > 1:
                most[rules] = max(most.get(rules, 0), len(group))
    return sorted(most, key=lambda rules: -most[rules])


def _among_equals(digest: Digest, currency: Currency, rules: Rules) -> list[str]:
    """The contest of one group of equals: on the only instance, or how often who won."""
    (terms,) = {one.terms for one in digest.contestants if one.rules == rules}
    like = f"like for like ({terms}),"
    if len(digest.instances) == 1:
        return [f"{like} {_result(_met(digest, digest.instances[0], currency, rules), currency)}"]
    count = wins(digest, currency, rules)
    counted = f"{like} {_counted(count, _VERBS[currency.name].clearly)}"
    if count.by_name:
        return [counted, *_by_what_factor(digest, currency, count, rules)]
    return [counted, *_otherwise(digest, currency, rules)]


def _met(
    digest: Digest, instance: Instance, currency: Currency, rules: Rules | None
) -> list[Entry]:
    """Who can be compared on an instance, under the same rules or under any."""
    entries = contenders(digest, instance, currency)
    return entries if rules is None else peers(entries).get(rules, [])


def _counted(count: Wins, clearly: str) -> str:
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


def _otherwise(digest: Digest, currency: Currency, rules: Rules) -> list[str]:
    """Where nobody clearly won: another currency in which somebody did, else what is known."""
    for other in (_SAMPLES, _QUERIES):
        count = wins(digest, other, rules)
        if other is not currency and count.by_name:
            counted = _counted(count, _VERBS[other.name].clearly)
            return [counted, *_by_what_factor(digest, other, count, rules)]
    instance = _hardest_solved(digest, currency, rules)
    if instance is None:
        return []
    duels = champions(_met(digest, instance, currency, rules), currency.name)
    near = next((found for found in duels if not found.decided), duels[0])
    if math.isinf(near.ratio.estimate):
        return []
    than = _VERBS[currency.name].than.format(_name(near.faster))
    few = f", with {near.shortage}" if near.too_few else ""
    return [f"{_on(digest, instance)}, {_name(near.slower)} {_spent(near, than)}{few}"]


def _hardest_solved(digest: Digest, currency: Currency, rules: Rules | None) -> Instance | None:
    """The hardest instance that is contested and that somebody mostly solves."""
    solved = [
        instance
        for instance in digest.instances
        if len(group := _met(digest, instance, currency, rules)) > 1
        and any(math.isfinite(entry.cost(currency.name).estimate) for entry in group)
    ]
    return max(solved, key=Instance.hardness, default=None)


def _by_what_factor(
    digest: Digest, currency: Currency, count: Wins, rules: Rules | None = None, said: str = ""
) -> list[str]:
    """By what factor the contest was won on the hardest instance on which somebody clearly won.

    ``said`` is what was said before; an instance that stands there is not named again.
    """
    won = [
        (instance, duels[0])
        for instance in digest.instances
        if len(group := _met(digest, instance, currency, rules)) > 1
        and (duels := champions(group, currency.name))
        and all(found.decided for found in duels)
    ]
    if not won:
        return []
    instance, near = max(won, key=lambda pair: pair[0].hardness())
    where = _on(digest, instance)
    where = "there" if where in said else where
    slower = f"{_name(near.slower)} {_spent(near)}"
    if [_name(near.faster)] == [name for name, _ in count.by_name.most_common(1)]:
        return [f"{where}, {slower}"]
    return [f"{where}, {_name(near.faster)} was ahead: {slower}"]


def _on(digest: Digest, instance: Instance) -> str:
    """``on the hardest``, or its title."""
    return "on the hardest" if instance == digest.hardest else f"on {instance.title()}"


def _result(group: Sequence[Entry], currency: Currency) -> str:
    """The first of a group against the next, and against whom it is not decided."""
    duels = champions(group, currency.name)
    near = duels[0]
    verbs, first, runner = _VERBS[currency.name], _name(near.faster), _name(near.slower)
    if math.isinf(near.faster.cost(currency.name).estimate):
        who = "neither" if len(group) == 2 else f"none of {len(group)}"
        return f"{who} solved more than half of the trials, so no {verbs.median} is finite"
    if near.ratio == (1, 1, 1):
        return f"{first} and {runner} had the same {verbs.median}"
    if not near.decided:
        return _open(near)
    if len(group) == 2:
        return f"{first} {verbs.less}: {runner} {_spent(near)}"
    behind = sum(found.decided for found in duels)
    if behind < len(duels):
        ahead = runner if behind == 1 else wording.whole(behind)
        text = f"{first} had the smallest {verbs.median}, ahead of {ahead}, {_undecided(duels)}"
        return f"{text}: {runner} {_spent(near)}"
    return f"{first} {verbs.least}, ahead of {behind}: the next, {runner}, {_spent(near)}"


def _last(digest: Digest, currency: Currency) -> list[list[str]]:
    """The last of the first group of equals on the only instance, if it has more than two."""
    groups = _groups(digest, currency)
    if len(digest.instances) > 1 or not groups:
        return []
    duels = champions(_met(digest, digest.instances[0], currency, groups[0]), currency.name)
    if len(duels) == 1 or not duels[-1].decided:
        return []
    return [[f"like for like, {_name(duels[-1].slower)} came last: it {_spent(duels[-1])}"]]


def _undecided(duels: Sequence[Duel], said: str | None = None) -> str:
    """``not decided against exhaustive``, and how many more of these duels are open.

    With ``said``, terms are named that do not stand there.
    """
    first, *others = [found.slower for found in duels if not found.decided]
    name = _name(first) if said is None else _on_terms(first, said)
    more = f" and {wording.whole(len(others))} more" if others else ""
    return f"not decided against {name}{more}"


def _open(near: Duel) -> str:
    """That it is not decided between two, and why."""
    names = f"{_name(near.faster)} or {_name(near.slower)}"
    text = f"it is not decided whether {names} {_VERBS[near.cost].less}"
    if near.too_few:
        return f"{text}, with {near.shortage}"
    if near.cut_short:
        return f"{text}, for the trials of {_name(near.slower)} were cut short before"
    if math.isinf(near.ratio.estimate):
        return f"{text}, for the intervals of their medians overlap"
    return f"{text}: {_name(near.slower)} {_spent(near)}"


def _spent(found: Duel, as_much: str = "") -> str:
    """``took 4.4 times as long, 95 % [3.7, 5.5]``; ``as_much`` may say more than ``as long``."""
    verbs = _VERBS[found.cost]
    as_much = as_much or verbs.as_much
    if math.isinf(found.ratio.low):
        return "solved no more than half of its trials"
    if math.isinf(found.ratio.estimate):
        least = wording.ratio(found.ratio.low)
        return f"{verbs.spent} at least {least} times {as_much}, at 95 % confidence"
    factor = wording.ratio(found.ratio.estimate)
    often = "exactly" if found.ratio == (1, 1, 1) else "about" if factor == "1" else None
    often = often or f"{factor} times"
    return f"{verbs.spent} {often} {as_much}{speech.factor(found.ratio)}"


def _across(digest: Digest, currency: Currency, said: str) -> list[str]:
    """The smallest median under any rules against the next under others, and against the last.

    ``said`` is what was said of equals; terms that stand there are not said again.
    """
    met = [contenders(digest, instance, currency) for instance in digest.instances]
    if all(len(peers(entries)) < 2 for entries in met):
        return []
    if len(digest.instances) > 1:
        count = wins(digest, currency)
        if said and not count.by_name:
            return []
        clearly = _VERBS[currency.name].won if said else _VERBS[currency.name].clearly
        counted = f"not like for like, {_counted(count, clearly)}"
        return [counted, *_by_what_factor(digest, currency, count, said=said)]
    duels = champions(met[0], currency.name)
    best = duels[0].faster
    cost = best.cost(currency.name)
    if math.isinf(cost.estimate):
        return [] if said else ["nobody solved more than half of the trials"]
    rivals = [d for d in duels if d.slower.contestant.rules != best.contestant.rules]
    near, *others = rivals
    median = speech.amount(cost, currency.quantity)
    first = f"not like for like, {_on_terms(best, said)} had the smallest "
    first += f"{_VERBS[currency.name].median}, {median}"
    if near.ratio == (1, 1, 1):
        return [f"{first}, the same as {_on_terms(near.slower, said)}"]
    # What was said of equals includes those of the best, unless they met under other terms.
    told = rivals if best.contestant.terms in said else duels
    if not all(found.decided for found in told):
        first += f", {_undecided(told, said)}"
    if not near.decided:
        return [first]
    decided = [near, *(duel for duel in others[-1:] if duel.decided)]
    return [first, *(f"{_on_terms(duel.slower, said)} {_spent(duel)}" for duel in decided)]


def _on_terms(entry: Entry, said: str) -> str:
    """``gf2 (a fixed sample, told k)``."""
    terms = f"({entry.contestant.terms})"
    return _name(entry) if terms in said else f"{_name(entry)} {terms}"


def _asked(digest: Digest) -> list[str]:
    """What those pay who ask queries and draw no examples, on the hardest instance."""
    return [
        f"{_name(entry)} asked {_median(entry, _QUERIES, 'queries')} instead"
        for entry in contenders(digest, digest.hardest, _QUERIES)
        if not entry.uses("samples") and math.isfinite(entry.cost("queries").estimate)
    ]


def _prices(digest: Digest, why: str) -> str:
    """Where no two can be compared: what each paid in examples or queries."""
    paid = [
        f"{_name(entry)} {verb} a median of {_median(entry, currency, noun)}"
        for currency, verb, noun in (
            (_SAMPLES, "drew", "labelled examples"),
            (_QUERIES, "asked", "queries"),
        )
        for entry in contenders(digest, digest.hardest, currency)
        if math.isfinite(entry.cost(currency.name).estimate)
    ]
    return speech.fitting(why, [[clause] for clause in paid] or [["no median is finite"]])


def _alone(digest: Digest) -> str:
    """What the only contestant paid on the hardest instance that it solves."""
    (contestant,) = digest.contestants
    lead = f"{contestant.name} ran alone, so nothing is compared"
    solved = [e for e in digest.entries if math.isfinite(e.cost("seconds").estimate)]
    if not solved:
        return f"{lead}; it solved no more than half of its trials, so no median is finite"
    entry = max(solved, key=lambda entry: entry.instance.hardness())
    on = f"on {entry.instance.title()}, " if len(digest.instances) > 1 else ""
    paid = []
    if contestant.timed:
        paid.append(f"{on}its median time was {_median(entry, _SECONDS)}")
    if entry.uses("samples"):
        paid.append(f"{on}it drew a median of {_median(entry, _SAMPLES, 'labelled examples')}")
    if entry.uses("queries"):
        paid.append(f"{on}it asked a median of {_median(entry, _QUERIES, 'queries')}")
    return speech.fitting(lead, [[clause] for clause in paid])


def _median(entry: Entry, currency: Currency, noun: str = "") -> str:
    return speech.amount(entry.cost(currency.name), currency.quantity, noun)


def _name(entry: Entry) -> str:
    return entry.contestant.name
