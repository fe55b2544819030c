"""By what mechanism each learner came to its answer, in one plain sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from parity_compare.reports import wording
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.mechanism.agreement import climbs
from parity_compare.reports.mechanism.answers import answers
from parity_compare.reports.mechanism.evidence import Evidence, preferred
from parity_compare.reports.mechanism.gradient import gradients
from parity_compare.reports.mechanism.hidden_progress import courses, hidden_among
from parity_compare.reports.mechanism.race import races
from parity_compare.reports.mechanism.rank import SHORT, eliminations
from parity_compare.reports.mechanism.stumbling import tested
from parity_compare.statistics import wilson

WORDS_AT_MOST = 64
_NAMES_AT_MOST = 2


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
    for clause in (_progress, _luck, _rank, _agreement, _answers, _gradient):
        text = clause(entries)
        if text:
            yield text


def _progress(entries: Sequence[Entry]) -> str:
    """Hidden progress, counted over the solved traced trials of all gradient learners.

    If it is clearly rarer with one of them than with the one that has it most, as under heat, these
    two stand for all: to add them up would hide what the figure contrasts.
    """
    counted = [(one, hidden_among(one[1])) for one in _read(entries, courses)]
    counted = [(one, counts) for one, counts in counted if counts[1]]
    if not counted:
        return ""
    by_share = sorted(counted, key=lambda pair: pair[1][0] / pair[1][1])
    (least, few), (most, many) = by_share[0], max(counted, key=lambda pair: wilson(*pair[1]).low)
    apart = wilson(*few).high < wilson(*many).low
    found = [most] if apart else [one for one, _ in counted]
    hidden, solved = many if apart else tuple(np.sum([c for _, c in counted], axis=0).tolist())
    share = wilson(hidden, solved)
    rarer = ""
    if apart:
        rate = wording.rate_bracket(wilson(*few))
        rarer = f", {least[0].contestant.name} in {few[0]} of {few[1]}, {rate}"
    verdicts = [tested(entry) for entry, _ in found]
    times = ""
    if all(verdict.answer == "no" for verdict in verdicts):
        p = max(verdict.p for verdict in verdicts)
        times = f", memoryless times rejected, p = {p:.2g}"
    made = "made hidden progress" if share.low > 0.5 else "showed hidden progress only at times"
    return (
        f"{_names(e for e, _ in found)} {made} (weights on S led before the error fell in "
        f"{hidden} of {solved} solved trials, 95 % {wording.rate_bracket(share)}{times}){rarer}"
    )


def _luck(entries: Sequence[Entry]) -> str:
    """What the test of memoryless times says of random search."""
    for entry in entries:
        if any(race.is_null for race in races(entry)):
            verdict, name = tested(entry), entry.contestant.name
            p = f"p = {verdict.p:.2g}" if not np.isnan(verdict.p) else "too few successes"
            if verdict.answer == "yes":
                return f"{name} stumbled on S (memoryless, {p})"
            if verdict.answer == "no":
                return f"{name} did not stumble by the law of luck ({p})"
            return f"whether {name} stumbled is undecided ({p})"
    return ""


def _rank(entries: Sequence[Entry]) -> str:
    """How much elimination knew shortly before full rank."""
    found = _read(entries, eliminations)
    full = [one for _, traced in found for one in traced if one.full is not None]
    known = [share for one in full if (share := one.known()) is not None]
    if not known:
        return ""
    return (
        f"{_names(e for e, _ in found)} knew {np.median(known):g} of {full[0].n} coordinates "
        f"{SHORT} ranks short of full (median), then all"
    )


def _agreement(entries: Sequence[Entry]) -> str:
    """How good the best wrong subset was, beside luck."""
    found = _read(entries, climbs)
    solved = [one for _, traced in found for one in traced if one.record.solved]
    told = [one for one in solved if not np.isnan(one.before)]
    if not told:
        return ""
    best = wording.share(float(np.median([one.before for one in told])))
    luck = wording.share(float(np.median([one.luck(one.subsets[-1:])[0] for one in told])))
    return f"{_names(e for e, _ in found)} saw agreement {best} before S, luck giving {luck}"


def _answers(entries: Sequence[Entry]) -> str:
    """In how many trials exactly one answer stood out."""
    found = _read(entries, answers)
    told = [one for _, traced in found for one in traced if one.record.solved and one.bar]
    if not told:
        return ""
    single = sum(one.above == 1 for one in told)
    return (
        f"{_names(e for e, _ in found)} had one answer above the bar in {single} of "
        f"{wording.plural(len(told), 'trial')}"
    )


def _gradient(entries: Sequence[Entry]) -> str:
    """How far the gradient on S stood out."""
    found = _read(entries, gradients)
    ratios = np.array([one.ratio for _, traced in found for one in traced if one.record.solved])
    known = ratios[~np.isnan(ratios)]
    if not len(known):
        return ""
    return (
        f"{_names(e for e, _ in found)} read S off a gradient {wording.ratio(np.median(known))} "
        "times larger there"
    )


def _read(
    entries: Sequence[Entry], read: Callable[[Entry], list[Evidence]]
) -> list[tuple[Entry, list[Evidence]]]:
    return [(entry, found) for entry in entries if (found := read(entry))]


def _names(entries: Iterable[Entry]) -> str:
    """``sgd and langevin``; more than two are counted."""
    names = [entry.contestant.name for entry in entries]
    if len(names) <= _NAMES_AT_MOST:
        return wording.listing(names)
    return f"{names[0]} and {len(names) - 1} others"
