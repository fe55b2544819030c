"""By what mechanism each learner came to its answer, in one plain sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median_low
from typing import TypeVar

import numpy as np

from parity_compare.mechanism.memoryless import p_value
from parity_compare.mechanism.trials import independent
from parity_compare.reports import wording
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.mechanism.agreement import climbs
from parity_compare.reports.mechanism.answers import answers
from parity_compare.reports.mechanism.evidence import OfTrial, preferred
from parity_compare.reports.mechanism.gradient import gradients
from parity_compare.reports.mechanism.held_out import lessons
from parity_compare.reports.mechanism.hidden_progress import courses, hidden_among
from parity_compare.reports.mechanism.race import races
from parity_compare.reports.mechanism.rank import SHORT, eliminations
from parity_compare.reports.mechanism.stumbling import tested
from parity_compare.results import Record
from parity_compare.statistics import wilson

Told = TypeVar("Told", float, tuple[float, float], tuple[float, int, int])

WORDS_AT_MOST = 64
_NAMES_AT_MOST = 2
"""Learners that a clause names; of more it names two that stand for all."""


def mechanism_sentence(digest: Digest) -> str:
    """By what mechanism the learners came to their answers, in one sentence; may be empty.

    It is about one instance, the one that the figures show first; what would make it longer than
    some 60 words is left to them.
    """
    instance = preferred(digest)
    if instance is None:
        return ""
    entries = [entry for entry in digest.on(instance) if entry.solved]
    text = "By mechanism"
    if len(digest.instances) > 1:
        text += f" (at {instance.title()})"
    said: list[str] = []
    for clause in _clauses(entries):
        longer = [*said, clause]
        if said and len(f"{text} {' '.join(longer)}".split()) > WORDS_AT_MOST:
            continue
        said = longer
    return f"{text}: {'; '.join(said)}." if said else ""


def _clauses(entries: Sequence[Entry]) -> Iterator[str]:
    """A clause per kind of mechanism, the most telling first."""
    for clause in (_progress, _luck, _rank, _agreement, _answers, _gradient, _predictors):
        text = clause(entries)
        if text:
            yield text


def _progress(entries: Sequence[Entry]) -> str:
    """Hidden progress among the solved traced trials, one of each start, learner by learner.

    Of more than two learners, the one that has it most and the one that has it least are named.
    Learners are not added up: that would hide what the figure contrasts, and those that met the
    same secrets are no independent evidence.
    """
    counted = [(entry, hidden_among(_of_starts(found))) for entry, found in _read(entries, courses)]
    counted = [(entry, counts) for entry, counts in counted if counts[1]]
    if not counted:
        return ""
    entry, (hidden, solved) = max(counted, key=lambda pair: wilson(*pair[1]).low)
    share, verdict = wilson(hidden, solved), tested(entry)
    times = ""
    if verdict.answer == "no":
        times = f", memoryless times rejected, {p_value(verdict.p)}"
    often = share.low > 0.5 or hidden == solved
    made = "made hidden progress" if often else "showed hidden progress only at times"
    trials = wording.plural(solved, "solved trial")
    if entry.instance.replays > 1:
        trials += " of different starts"
    text = (
        f"{entry.contestant.name} {made} (weights on S led before the error fell in {hidden} of "
        f"{trials}, 95 % {wording.rate_bracket(share)}{times})"
    )
    others = [pair for pair in counted if pair[0] is not entry]
    if not others:
        return text
    least, counts = min(others, key=lambda pair: pair[1][0] / pair[1][1])
    name = least.contestant.name
    who = name if len(others) == 1 else f"least of all {name}"
    return f"{text}, {who} in {counts[0]} of {counts[1]}, {wording.rate_bracket(wilson(*counts))}"


def _luck(entries: Sequence[Entry]) -> str:
    """What the test of memoryless times says of random search."""
    for entry in entries:
        if any(race.is_null for race in races(entry)):
            verdict, name = tested(entry), entry.contestant.name
            p = p_value(verdict.p) if not np.isnan(verdict.p) else "too few successes"
            if verdict.answer == "yes":
                return f"{name} stumbled on S (memoryless, {p})"
            if verdict.answer == "no":
                return f"{name} did not stumble by the law of luck ({p})"
            return f"whether {name} stumbled is undecided ({p})"
    return ""


def _rank(entries: Sequence[Entry]) -> str:
    """How much elimination knew shortly before full rank, in the middle one of its trials."""
    known = []
    for entry, found in _read(entries, eliminations):
        full = [one for one in _of_starts(found) if one.full is not None]
        shares = [share for one in full if (share := one.known()) is not None]
        if shares:
            known.append((entry, median_low(shares)))
    if not known:
        return ""
    first, *rest = (f"{name} {{}}{share:g}" for name, share in _ends(known))
    told = wording.listing([first.format("knew "), *(one.format("") for one in rest)])
    n = known[0][0].instance.n
    return f"{SHORT} ranks short of full, {told} of {n} coordinates (median trial), then all"


def _agreement(entries: Sequence[Entry]) -> str:
    """How good the best wrong subset was, beside luck."""
    best = []
    for entry, found in _read(entries, climbs):
        told = [one for one in found if one.record.solved and not np.isnan(one.before)]
        if told:
            luck = float(np.median([one.luck(one.subsets[-1:])[0] for one in told]))
            best.append((entry, (float(np.median([one.before for one in told])), luck)))
    if not best:
        return ""
    said = [
        f"of {name} agreed with {100 * share:.0f} % of the labels, where luck "
        f"gives {100 * luck:.0f} %"
        for name, (share, luck) in _ends(best)
    ]
    return f"the best wrong subset {' and that '.join(said)}"


def _answers(entries: Sequence[Entry]) -> str:
    """In how many trials exactly one answer stood out."""
    single = []
    for entry, found in _read(entries, answers):
        told = [one for one in _of_starts(found) if one.record.solved and one.bar]
        if told:
            alone = sum(one.above == 1 for one in told)
            single.append((entry, (alone / len(told), alone, len(told))))
    if not single:
        return ""
    said = [
        f"in {alone} of {wording.plural(trials, 'trial')} of {name}"
        for name, (_, alone, trials) in _ends(single)
    ]
    return f"one answer alone stood out {wording.listing(said)}"


def _gradient(entries: Sequence[Entry]) -> str:
    """How far the gradient on S stood out."""
    known = []
    for entry, found in _read(entries, gradients):
        ratios = np.array([one.ratio for one in found if one.record.solved])
        ratios = ratios[~np.isnan(ratios)]
        if len(ratios):
            known.append((entry, float(np.median(ratios))))
    said = [
        f"of {name} was {wording.ratio(ratio)} times larger on S than elsewhere"
        for name, ratio in _ends(known)
    ]
    return f"the gradient {' and that '.join(said)}" if said else ""


def _predictors(entries: Sequence[Entry]) -> str:
    """From how many training examples on predictors were better than a coin."""
    known = []
    for entry, found in _read(entries, lessons):
        left = [one.left for one in found if one.record.solved and one.left is not None]
        if left:
            known.append((entry, float(np.median(left))))
    said = [f"{name} once trained on {wording.number(examples)}" for name, examples in _ends(known)]
    return f"predictors beat a coin: {' examples, and '.join(said)} examples" if said else ""


def _ends(told: Sequence[tuple[Entry, Told]]) -> list[tuple[str, Told]]:
    """The learners' names if they are few, else the first and the one of the others with least."""
    if len(told) <= _NAMES_AT_MOST:
        return [(entry.contestant.name, value) for entry, value in told]
    entry, least = min(told[1:], key=lambda pair: pair[1])
    name = f"{entry.contestant.name} (the least of {len(told) - 1} others)"
    return [(told[0][0].contestant.name, told[0][1]), (name, least)]


def _of_starts(found: Sequence[OfTrial]) -> list[OfTrial]:
    """The evidence of the first traced trial of every start: replays are not independent."""
    first = {
        id(record) for record in independent(sorted((one.record for one in found), key=_trial))
    }
    return [one for one in found if id(one.record) in first]


def _read(
    entries: Sequence[Entry], read: Callable[[Entry], list[OfTrial]]
) -> list[tuple[Entry, list[OfTrial]]]:
    return [(entry, found) for entry in entries if (found := read(entry))]


def _trial(record: Record) -> int:
    return record.spec.trial
