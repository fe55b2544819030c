"""Who solved what: in detail for the verdict, and in one sentence for the headline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from parity_compare.reports import wording
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.verdicts import predictions, speech
from parity_compare.reports.verdicts.tally import Tally, tallies
from parity_compare.statistics import Interval

_NAMED_AT_MOST = 5
_AXES = {
    "n": "n",
    "k": "k",
    "noise": "noise",
    "sample_size": "sample size",
    "variant": "kind",
    "replays": "replays per start",
}


def in_one_sentence(digest: Digest) -> str:
    """Who solved what, by name if they are few; else how many, with the best and the worst."""
    found = tallies(digest)
    met = {frozenset(entry.instance for entry in tally.entries) for tally in found}
    uneven = ["not every learner met every instance"] if len(met) > 1 else []
    if len(digest.instances) == 1:
        where = f"On {digest.instances[0].title()}"
    else:
        where = f"Over {wording.plural(len(digest.instances), 'instance')}"
    text = f"{where}, {_one_by_one(found)}"
    if len(found) > _NAMED_AT_MOST or not speech.fits(text):
        text = f"{where}, {_summed_up(found)}"
    return speech.fitting(text, [uneven, *([clause] for clause in predictions.clauses(found))])


def _one_by_one(found: Sequence[Tally]) -> str:
    everything = [tally for tally in found if tally.solved == tally.trials]
    clauses = [_part(tally) for tally in found if 0 < tally.solved < tally.trials]
    clauses += _nothing([tally for tally in found if not tally.solved])
    if everything:
        names = wording.listing([tally.contestant.name for tally in everything])
        clauses.insert(0, f"{names} solved {_all(everything)}")
    return "; ".join(clauses)


def _summed_up(found: Sequence[Tally]) -> str:
    """``6 of 9 learners solved all 10 trials each; …``."""
    everything = [tally for tally in found if tally.solved == tally.trials]
    partly = [tally for tally in found if 0 < tally.solved < tally.trials]
    nothing = [tally for tally in found if not tally.solved]
    clauses = []
    if everything:
        count = "all" if len(everything) == len(found) else str(len(everything))
        of = "" if count == "all" else "of "
        clauses.append(f"{count} {of}{len(found)} learners solved {_all(everything)}")
    else:
        clauses.append(f"none of {len(found)} learners solved every trial")
    if len(partly) == 1:
        clauses.append(_part(partly[0]))
    elif partly:
        partly.sort(key=lambda tally: -tally.rate.estimate)
        clauses.append(
            f"{len(partly)} solved some, from {_with(partly[0])}, to {_with(partly[-1])}"
        )
    if len(nothing) == 1:
        clauses.append(_part(nothing[0]))
    elif nothing:
        fewest = min(nothing, key=lambda tally: tally.trials)
        clauses.append(f"{len(nothing)} solved none, such as {_with(fewest)}")
    return "; ".join(clauses)


def _all(everything: Sequence[Tally]) -> str:
    """``all 10 trials each, a rate of 1 [0.72, 1]``; of several intervals the widest."""
    widest = min((tally.rate for tally in everything), key=lambda rate: rate.low)
    same = len({tally.rate for tally in everything}) == 1
    at_least = "" if same else " at the widest"
    return f"{_how_many(everything)}, a rate of {speech.rate(widest)}{at_least}"


def _part(tally: Tally) -> str:
    """``sgd solved 9 of 10, a rate of 0.90 [0.60, 0.98]``."""
    return f"{tally.contestant.name} solved {_count(tally)}, a rate of {speech.rate(tally.rate)}"


def _nothing(found: Sequence[Tally]) -> list[str]:
    """Who solved nothing; those who failed in equally many trials in one clause."""
    alike: dict[tuple[int, Interval], list[Tally]] = {}
    for tally in found:
        alike.setdefault((tally.trials, tally.rate), []).append(tally)
    clauses = []
    for (trials, rate), failed in alike.items():
        names = wording.listing([tally.contestant.name for tally in failed])
        each = " each" if len(failed) > 1 else ""
        count = f"none of {wording.whole(trials)}{each}"
        clauses.append(f"{names} solved {count}, a rate of {speech.rate(rate)}")
    return clauses


def _with(tally: Tally) -> str:
    """``sgd with 9 of 10, 0.90 [0.60, 0.98]``."""
    return f"{tally.contestant.name} with {_count(tally)}, {speech.rate(tally.rate)}"


def _count(tally: Tally) -> str:
    count = wording.whole(tally.solved) if tally.solved else "none"
    return f"{count} of {wording.whole(tally.trials)}"


def in_detail(digest: Digest) -> str:
    """Who solved what, everybody named, and how the trials ended that were not solved."""
    everything: list[Tally] = []
    partly: list[str] = []
    nothing: list[str] = []
    found = tallies(digest)
    for tally in found:
        name, trials = tally.contestant.name, tally.trials
        if tally.solved == trials:
            everything.append(tally)
        elif tally.solved:
            partly.append(_partial(tally))
        else:
            nothing.append(f"{name} solved none of {trials} ({_ends(tally.entries)})")
    where = (
        f"On {digest.instances[0].title()}"
        if len(digest.instances) == 1
        else f"Over {wording.plural(len(digest.instances), 'instance')} of the grid"
    )
    clauses = [*partly, *nothing]
    if everything:
        names = wording.listing([tally.contestant.name for tally in everything])
        clauses.insert(0, f"{names} solved {_how_many(everything)}")
    sentences = [f"{where}, {'; '.join(clauses)}", *predictions.clauses(found)]
    return " ".join(f"{text[0].upper()}{text[1:]}." for text in sentences)


def _how_many(everything: Sequence[Tally]) -> str:
    """``all 10 trials each``, ``the only trial``."""
    counts = {tally.trials for tally in everything}
    if len(counts) > 1:
        return "every trial"
    (count,) = counts
    each = " each" if len(everything) > 1 else ""
    return f"{'the only trial' if count == 1 else f'all {wording.whole(count)} trials'}{each}"


def _partial(tally: Tally) -> str:
    solved, entries = (
        f"{tally.contestant.name} solved {tally.solved} of {tally.trials}",
        tally.entries,
    )
    measured = f"{wording.share(tally.rate.estimate)} {wording.rate_bracket(tally.rate)}"
    how = _ends(entries) if len(entries) == 1 else _split(entries) or _ends(entries)
    return f"{solved}, a rate of {measured} ({how})"


def _split(entries: Sequence[Entry]) -> str:
    """``all at noise 0, none at noise 0.1``, if one axis alone separates success from failure."""
    for axis, name in _AXES.items():
        counts: dict[object, list[int]] = {}
        for entry in entries:
            count = counts.setdefault(getattr(entry.instance, axis), [0, 0])
            count[0] += entry.solved
            count[1] += entry.trials
        won = [_text(value) for value, (solved, trials) in counts.items() if solved == trials]
        lost = [_text(value) for value, (solved, _) in counts.items() if not solved]
        if won and lost and len(won) + len(lost) == len(counts):
            return f"all at {name} {wording.listing(won)}, none at {name} {wording.listing(lost)}"
    return ""


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _ends(entries: Sequence[Entry]) -> str:
    """How the trials that were not solved ended: ``1 timeout, 2 found but wrong``."""
    ends = Counter(
        "found but wrong" if record.status == "found" else record.status.replace("_", " ")
        for entry in entries
        for record in entry.records
        if not record.solved
    )
    return ", ".join(
        wording.plural(count, status) if status in ("timeout", "error") else f"{count} {status}"
        for status, count in ends.items()
    )
