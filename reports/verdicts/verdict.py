"""The verdict in plain words, generated from the results and from nothing else.

Times are compared like for like first: on one instance, under one access model, with one kind of
side information, one trial at a time. A comparison across access models is made in a sentence that
says so. Who solved what, and at which price in examples, is counted over parallel trials as well,
for it does not depend on what else the machine was doing. What the intervals do not decide is
called not decided.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from parity_compare.reports import wording
from parity_compare.reports.contestants import Contestant, Instance
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figures.currencies import CURRENCIES
from parity_compare.reports.figures.duel import Duel, champions
from parity_compare.reports.verdicts.peers import contenders, peers, wins
from parity_compare.reports.verdicts.solved import in_detail
from parity_compare.timing import is_stepwise

_NAMED_AT_MOST = 6
_PARALLEL = "Trials of {} ran in parallel with others"
_SIMULATED = "The answers to the queries of {} were simulated"


@dataclass(frozen=True)
class Statement:
    """One finding under its heading."""

    topic: str
    text: str


def verdict(digest: Digest) -> list[Statement]:
    """Who solved it, who was fastest like for like and overall, and what it cost."""
    if not digest.entries:
        return [Statement("Nothing to report", "No trial has finished yet, so nobody has won.")]
    several = len(digest.instances) > 1
    untimed = digest.regardless_of_company()
    found = {
        "Solved": in_detail(digest),
        "Like for like": _like_for_like(digest),
        "Overall": " ".join(
            filter(None, ((_over_grid if several else _overall)(digest), _left_out(digest)))
        ),
        "Price": _price(untimed),
        "Machines": _machines(digest),
    }
    return [Statement(topic, text) for topic, text in found.items() if text]


def _left_out(digest: Digest) -> str:
    """Whose times no sentence compares, and why; and how to get times that can be compared."""
    reasons: dict[str, list[Contestant]] = {}
    for contestant in digest.contestants:
        if not contestant.timed:
            reasons.setdefault(_reason(contestant), []).append(contestant)
    timed = [contestant.alone for contestant in digest.contestants if contestant.timed]
    all_parallel = not timed and set(reasons) <= {_PARALLEL, _SIMULATED}
    sentences = []
    for reason, whom in reasons.items():
        if reason == _PARALLEL and all_parallel:
            sentences.append("All times were taken in parallel and are not ranked.")
        else:
            names = wording.listing([contestant.name for contestant in whom])
            sentences.append(
                f"{reason.format(names)}, so {'its' if len(whom) == 1 else 'their'} times are left "
                "out of every comparison here."
            )
        if reason == _PARALLEL and any(one.alone not in timed for one in whom):
            sentences.append(
                "The same command with --jobs 1 --force takes times that can be ranked."
            )
    return " ".join(sentences)


def _reason(contestant: Contestant) -> str:
    """Why the times of a contestant are not compared; the braces stand for its name."""
    if contestant.simulated:
        return _SIMULATED
    if contestant.together:
        return "Trials of {} were trained together"
    if contestant.parallel:
        return _PARALLEL
    if is_stepwise(contestant.timing):
        return "Every step of {} was recorded, which takes time"
    return "The times of {} are not those of single trials"


def _machines(digest: Digest) -> str:
    """That seconds were measured on several machines, where they were."""
    if len(digest.machines) < 2:
        return ""
    return (
        f"The trials ran on {len(digest.machines)} kinds of processor: "
        f"{wording.listing(digest.machines)}. Every median of seconds mixes them, and two learners "
        "may have met different ones; other costs do not depend on the machine."
    )


def _comparable(digest: Digest, instance: Instance) -> list[list[Entry]]:
    """The instance's entries whose times can be compared, by access and side information."""
    return list(peers(contenders(digest, instance, CURRENCIES["seconds"])).values())


def _like_for_like(digest: Digest) -> str:
    """The contests between learners of equal access and side information."""
    instance = digest.hardest
    groups = [group for group in _comparable(digest, instance) if len(group) > 1]
    sentences = [_contest(group) for group in groups]
    if sentences and len(digest.instances) > 1:
        sentences.insert(0, f"On the hardest instance, {instance.title()}.")
    return " ".join(sentences)


def _contest(group: Sequence[Entry]) -> str:
    """The fastest of a group against the runner-up, and against the last if there are more.

    It is called the fastest only if that is decided against every rival.
    """
    duels = champions(group)
    near, far = duels[0], duels[-1]
    unsettled = [duel for duel in duels if not duel.decided]
    fast, runner = near.faster, near.slower
    rules = f"With {fast.contestant.terms}:"
    if math.isinf(fast.cost("seconds").estimate):
        names = wording.listing([_name(entry) for entry in group])
        return f"{rules} not decided, for none of {names} solved more than half of its trials."
    finite = math.isfinite(runner.cost("seconds").estimate)
    times = f"{_median(fast)} against {_median(runner) if finite else 'no finite median'}"
    if not near.decided:
        why = _why_undecided(near)
        text = f"not decided between {_name(fast)} and {_name(runner)}, {why} ({times})"
    elif len(group) == 2:
        text = f"{_name(fast)} was faster; {_name(runner)} {_took(near)} ({times})"
    elif unsettled:
        behind = len(duels) - len(unsettled)
        ahead = f"{wording.whole(behind)} others; the next, {_name(runner)},"
        ahead = f"{_name(runner)}, which" if behind == 1 else ahead
        text = f"{_name(fast)} was ahead of {ahead} {_took(near)} ({times})"
    else:
        text = f"{_name(fast)} was the fastest; the next, {_name(runner)}, {_took(near)} ({times})"
    if far is not near and far.decided:
        text += f", and the last, {_name(far.slower)}, {_took(far)}"
    if near.decided:
        text += "".join(
            f"; not decided against {_name(duel.slower)}, {_why_undecided(duel)}"
            for duel in unsettled[:_NAMED_AT_MOST]
        )
    return f"{rules} {text}."


def _took(duel: Duel) -> str:
    """``took 4.4 times [3.7, 5.5] as long``, by median."""
    if math.isinf(duel.ratio.low):
        return "solved no more than half of its trials"
    return f"took {wording.factor(duel.ratio)} as long"


def _why_undecided(duel: Duel) -> str:
    if duel.too_few:
        return f"with {duel.shortage}"
    if duel.cut_short:
        return (
            f"for the trials of {_name(duel.slower)} were cut short before they had taken as long"
        )
    if duel.tied:
        return "for their medians are equal"
    return "for their intervals overlap"


def _overall(digest: Digest) -> str:
    """The shortest median under any rules, said to be under differing ones."""
    groups = _comparable(digest, digest.instances[0])
    if len(groups) < 2:
        return _alone(digest, groups[0][0]) if groups and len(groups[0]) == 1 else ""
    duels = champions([entry for group in groups for entry in group])
    best = duels[0].faster
    if math.isinf(best.cost("seconds").estimate):
        return "Nobody solved more than half of the trials, so no median time is finite."
    rivals = [d for d in duels if d.slower.contestant.rules != best.contestant.rules]
    took: list[str] = []
    others: list[str] = []
    for rival in rivals[:_NAMED_AT_MOST]:
        entry, terms = rival.slower, rival.slower.contestant.terms
        if math.isinf(entry.cost("seconds").estimate):
            why = f", {_why_undecided(rival)}" if rival.cut_short else ""
            others.append(f"{_name(entry)} ({terms}) has no finite median{why}.")
        elif rival.decided:
            verb = "" if took else "took "
            long = "" if took else " as long"
            took.append(f"{_name(entry)} {verb}{wording.factor(rival.ratio)}{long} ({terms})")
        else:
            others.append(
                f"Against {_name(entry)}, {_median(entry)} ({terms}), it is not decided, "
                f"{_why_undecided(rival)}."
            )
    sentences = [
        "Not like for like, because access or side information differ: the shortest median time "
        f"was {_name(best)}’s, {_median(best)} ({best.contestant.terms})."
    ]
    if took:
        sentences.append(f"{wording.listing(took)}.")
    if len(rivals) > _NAMED_AT_MOST:
        others.append(f"The table has {len(rivals) - _NAMED_AT_MOST} more.")
    return " ".join([*sentences, *others])


def _alone(digest: Digest, entry: Entry) -> str:
    """The time of the only entry that has one to compare."""
    how = "ran alone" if len(digest.contestants) == 1 else "has no rival in time"
    if math.isinf(entry.cost("seconds").estimate):
        return f"{_name(entry)} {how} ({entry.contestant.terms}); it has no finite median time."
    return f"{_name(entry)} {how} ({entry.contestant.terms}); its median time was {_median(entry)}."


def _over_grid(digest: Digest) -> str:
    """How often each contestant was first, over the instances of a grid."""
    count = wins(digest, CURRENCIES["seconds"])
    if not count.compared:
        return ""
    rules = {contestant.rules for contestant in digest.contestants if contestant.timed}
    if not count.by_name:
        across = "Across differing rules no" if len(rules) > 1 else "No"
        return f"{across} instance has a clear fastest learner."
    told = [
        f"{name} in {'all' if times == count.compared else wording.whole(times)} of "
        f"{wording.plural(count.compared, 'instance')}"
        for name, times in count.by_name.most_common(_NAMED_AT_MOST)
    ]
    across = (
        "Not like for like, because access or side information differ: the"
        if len(rules) > 1
        else "The"
    )
    rest = f"; {count.undecided} not decided" if count.undecided else ""
    rest += f"; {count.unsolved} that nobody solved in more than half of the trials" * (
        count.unsolved > 0
    )
    return f"{across} shortest median time was clearly that of {wording.listing(told)}{rest}."


def _price(digest: Digest) -> str:
    """Median numbers of labelled examples and of queries."""
    instance = digest.hardest
    entries = digest.on(instance)
    drawing = [e for e in entries if e.uses("samples") and e.solved * 2 > e.trials]
    asking = [e for e in entries if e.uses("queries") and e.solved * 2 > e.trials]
    drawing.sort(key=lambda entry: entry.cost("samples").estimate)
    clauses = []
    if drawing:
        spent = [f"{_name(e)} {wording.number.both(e.cost('samples'))}" for e in drawing]
        more = len(spent) - _NAMED_AT_MOST
        shown = spent[:_NAMED_AT_MOST] + ([f"{more} more (see the table)"] if more > 0 else [])
        clauses.append(f"labelled examples drawn, median: {', '.join(shown)}")
    for entry in asking:
        queries = wording.number.both(entry.cost("queries"))
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
    return wording.seconds.both(entry.cost("seconds"))
