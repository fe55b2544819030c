"""The verdict in plain words, generated from the results and from nothing else.

Times are compared like for like first: on one instance, under one access model, with one kind of
side information, one trial at a time. A comparison across access models is made in a sentence that
says so. What the intervals do not decide is called not decided.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from parity_compare.reports import wording
from parity_compare.reports.digest import Contestant, Digest, Entry, Instance
from parity_compare.reports.duel import ENOUGH_TRIALS, Duel, champions

_NAMED_AT_MOST = 6
_AXES = {"n": "n", "k": "k", "noise": "noise", "sample_size": "sample size"}


@dataclass(frozen=True)
class Statement:
    """One finding under its heading."""

    topic: str
    text: str


def verdict(digest: Digest) -> list[Statement]:
    """Who solved it, who was fastest like for like and overall, and what it cost in examples."""
    if not digest.entries:
        return [Statement("Nothing to report", "No trial has finished yet, so nobody has won.")]
    statements = [Statement("Solved", _who_solved(digest))]
    several = len(digest.instances) > 1
    fastest = [_like_for_like(digest), (_over_grid if several else _overall)(digest)]
    batched = [c.name for c in digest.contestants if not c.single]
    if batched:
        fastest.append(
            f"Trials of {wording.listing(batched)} were trained together, so "
            f"{'its' if len(batched) == 1 else 'their'} times are left out of head-to-head "
            "comparisons."
        )
    statements.append(Statement("Fastest", " ".join(filter(None, fastest))))
    price = _price(digest)
    return [*statements, Statement("Price", price)] if price else statements


def _who_solved(digest: Digest) -> str:
    everything: list[str] = []
    nothing: list[str] = []
    partly: list[str] = []
    for contestant in digest.contestants:
        entries = digest.of(contestant)
        solved, trials = sum(e.solved for e in entries), sum(e.trials for e in entries)
        if solved == trials:
            everything.append(contestant.name)
        elif not solved:
            nothing.append(f"{contestant.name} ({_ends(entries)})")
        else:
            partly.append(_partial(contestant, entries, solved, trials))
    where = (
        f"On {digest.instances[0].title()}"
        if len(digest.instances) == 1
        else f"Over {wording.plural(len(digest.instances), 'instance')} of the grid"
    )
    clauses = []
    if everything:
        counts = {sum(e.trials for e in digest.of(c)) for c in digest.contestants}
        each = f"all {counts.pop()} of their trials" if len(counts) == 1 else "every trial they had"
        each = each.replace("their", "its").replace("they", "it") if len(everything) == 1 else each
        clauses.append(f"{wording.listing(everything)} solved {each}")
    if partly:
        clauses.append("; ".join(partly))
    if nothing:
        none = "; ".join(nothing)
        clauses.append(f"no trial was solved by {none}")
    return f"{where}, {'; '.join(clauses)}."


def _partial(contestant: Contestant, entries: Sequence[Entry], solved: int, trials: int) -> str:
    rate = f"{contestant.name} solved {solved} of {trials}"
    if len(entries) == 1:
        interval = wording.bracket(entries[0].rate, wording.share)
        return f"{rate}, a rate of {entries[0].rate.estimate:.2f} {interval} ({_ends(entries)})"
    split = _split(entries)
    return f"{rate} ({split or _ends(entries)})"


def _split(entries: Sequence[Entry]) -> str:
    """``all at noise 0, none at noise 0.1``, if one axis alone separates success from failure."""
    for axis, name in _AXES.items():
        counts: dict[object, list[int]] = {}
        for entry in entries:
            count = counts.setdefault(getattr(entry.instance, axis), [0, 0])
            count[0] += entry.solved
            count[1] += entry.trials
        won = [str(value) for value, (solved, trials) in counts.items() if solved == trials]
        lost = [str(value) for value, (solved, _) in counts.items() if not solved]
        if won and lost and len(won) + len(lost) == len(counts):
            return f"all at {name} {wording.listing(won)}, none at {name} {wording.listing(lost)}"
    return ""


def _ends(entries: Sequence[Entry]) -> str:
    """How the trials that were not solved ended: ``1 timeout, 2 found but wrong``."""
    ends = Counter(
        "found but wrong" if record.status == "found" else record.status.replace("_", " ")
        for entry in entries
        for record in entry.records
        if not record.solved
    )
    return ", ".join(f"{count} {status}" for status, count in ends.items())


def _comparable(digest: Digest, instance: Instance) -> list[list[Entry]]:
    """The instance's entries with times of single trials, by access and side information."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in digest.on(instance):
        if entry.contestant.single:
            groups.setdefault(entry.contestant.rules, []).append(entry)
    return list(groups.values())


def _like_for_like(digest: Digest) -> str:
    instance = digest.hardest
    groups = [group for group in _comparable(digest, instance) if len(group) > 1]
    if not groups:
        return ""
    where = "" if len(digest.instances) == 1 else f" on the hardest instance ({instance.title()})"
    clauses = []
    for group in groups:
        duels = champions(group)
        clauses.append(f"{_outcome(duels)} (both with {group[0].contestant.terms})")
        if len(group) > 2:
            clauses[-1] = clauses[-1].replace("(both", "(all")
    return f"Like for like{where}: {'; '.join(clauses)}."


def _outcome(duels: Sequence[Duel]) -> str:
    """The fastest of a group against the runner-up, and against the last if there are more."""
    near, far = duels[0], duels[-1]
    fast, runner = near.faster, near.slower
    times = f"{_median(fast)} for {_name(fast)}, {_median(runner)} for {_name(runner)}"
    if math.isinf(fast.cost("seconds").estimate):
        names = wording.listing([_name(fast), *(_name(d.slower) for d in duels)])
        return f"not decided between {names}, none of which solved more than half of its trials"
    if not near.decided:
        why = (
            f"fewer than {ENOUGH_TRIALS} trials each" if near.too_few else "their intervals overlap"
        )
        text = f"not decided between {_name(fast)} and {_name(runner)}: {why} ({times})"
    else:
        text = (
            f"{_name(fast)} was the faster: {_name(runner)} took {wording.factor(near.ratio)} "
            f"as long ({times})"
        )
    if far is not near and far.decided:
        text += f", and {_name(far.slower)} {wording.factor(far.ratio)} as long as {_name(fast)}"
    return text


def _overall(digest: Digest) -> str:
    """The shortest median under any rules, said to be under differing ones."""
    groups = _comparable(digest, digest.instances[0])
    if len(groups) < 2:
        alone = groups[0] if groups else []
        return _alone(alone[0]) if len(alone) == 1 else ""
    duels = champions([entry for group in groups for entry in group])
    best = duels[0].faster
    if math.isinf(best.cost("seconds").estimate):
        return "Nobody solved more than half of the trials, so no median time is finite."
    rivals = [d for d in duels if d.slower.contestant.rules != best.contestant.rules]
    told = [_against(d) for d in rivals[:_NAMED_AT_MOST]]
    if len(rivals) > _NAMED_AT_MOST:
        told.append(f"{len(rivals) - _NAMED_AT_MOST} more (see the table)")
    return (
        f"Across differing rules, so not like for like, the shortest median time was "
        f"{_name(best)}'s ({best.contestant.terms}): {_median(best)}. Against it: "
        f"{'; '.join(told)}."
    )


def _alone(entry: Entry) -> str:
    if math.isinf(entry.cost("seconds").estimate):
        return f"{_name(entry)} ran alone and solved no more than half of its trials."
    return (
        f"{_name(entry)} ran alone ({entry.contestant.terms}); its median time was "
        f"{_median(entry)}."
    )


def _against(duel: Duel) -> str:
    rival = duel.slower
    who = f"{_name(rival)} ({rival.contestant.terms})"
    if math.isinf(rival.cost("seconds").estimate):
        return f"{who} solved no more than half of its trials"
    if not duel.decided:
        return f"{who} not decided" + (
            ", too few trials" if duel.too_few else ", intervals overlap"
        )
    return f"{who} took {wording.factor(duel.ratio)} as long"


def _over_grid(digest: Digest) -> str:
    """How often each contestant was first, over the instances of a grid."""
    wins: Counter[str] = Counter()
    undecided = 0
    for instance in digest.instances:
        entries = [entry for group in _comparable(digest, instance) for entry in group]
        duels = champions(entries)
        if duels and all(duel.decided for duel in duels):
            wins[_name(duels[0].faster)] += 1
        else:
            undecided += 1
    if not wins:
        return "Across differing rules no instance has a clear fastest learner."
    told = [
        f"{name} in {wording.plural(count, 'instance')}"
        for name, count in wins.most_common(_NAMED_AT_MOST)
    ]
    rules = {contestant.rules for contestant in digest.contestants}
    across = "Across differing rules, so not like for like," if len(rules) > 1 else "Over the grid"
    rest = f"; not decided in {undecided}" if undecided else ""
    return f"{across} the shortest median time was clearly that of {wording.listing(told)}{rest}."


def _price(digest: Digest) -> str:
    """Median numbers of labelled examples and of queries."""
    instance = digest.hardest
    entries = digest.on(instance)
    drawing = [e for e in entries if e.uses("samples") and e.solved * 2 > e.trials]
    asking = [e for e in entries if e.uses("queries") and e.solved * 2 > e.trials]
    drawing.sort(key=lambda entry: entry.cost("samples").estimate)
    clauses = []
    if drawing:
        spent = [f"{_name(e)} {wording.number(e.cost('samples').estimate)}" for e in drawing]
        more = len(spent) - _NAMED_AT_MOST
        shown = spent[:_NAMED_AT_MOST] + ([f"{more} more (see the table)"] if more > 0 else [])
        clauses.append(f"labelled examples drawn, median: {', '.join(shown)}")
    for entry in asking:
        queries = wording.number(entry.cost("queries").estimate)
        examples = "" if entry.uses("samples") else " and draws no examples"
        clauses.append(f"{_name(entry)} asks {queries} queries instead{examples}")
    if not clauses:
        return ""
    where = "" if len(digest.instances) == 1 else f"On {instance.title()}: "
    text = "; ".join(clauses)
    return f"{where or text[0].upper()}{text if where else text[1:]}."


def _name(entry: Entry) -> str:
    return entry.contestant.name


def _median(entry: Entry) -> str:
    interval = entry.cost("seconds")
    bracket = wording.bracket(interval, wording.seconds)
    return f"{wording.seconds(interval.estimate)} {bracket}".strip()
