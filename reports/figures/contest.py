"""Who competes with whom: in which currency, among which access models, and who is ahead.

What does not depend on what else the machine was doing is compared over all trials, those that ran
beside others included; seconds only over those that ran alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from parity_compare.reports import wording
from parity_compare.reports.contestants import Contestant, Instance
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figure import Control
from parity_compare.reports.figures.currencies import CURRENCIES, Currency, ranked
from parity_compare.reports.figures.duel import Duel, duel, unit

SECONDS = "seconds"

AXES = {
    "n": "n, bits",
    "sample_size": "examples in the sample",
    "noise": "noise rate",
    "k": "k, size of S",
    "variant": "kind of instance",
    "replays": "replays of a start",
}
"""What instances differ in, with the title of an axis that shows it."""


_UNITS = {
    SECONDS: "seconds",
    "samples": "examples",
    "queries": "queries",
    "steps": "steps",
    "peak_memory": "bytes",
}


def varying(instances: Sequence[Instance]) -> list[str]:
    """The axes in which they differ, in the order of :data:`AXES`."""
    return [axis for axis in AXES if len({getattr(one, axis) for one in instances}) > 1]


def coordinate(instance: Instance, axis: str) -> str:
    """One of its coordinates as a word: ``30``, ``0.05``, ``fresh``, ``dense``."""
    value = getattr(instance, axis)
    if value is None:
        return "dense" if axis == "k" else "fresh"
    return f"{value:g}" if isinstance(value, float) else str(value)


def unit_name(entry: Entry, currency: Currency) -> str:
    """What the entry's costs are counted in, in the plural."""
    own = _UNITS.get(currency.name) or wording.nouns(unit(entry, currency.name))
    # Where every trial ended with its worker, none lived to tell the unit.
    return own or "operations"


def without_twins(digest: Digest) -> Digest:
    """The digest with one contestant for those that differ only in what ran beside them.

    A run that was interrupted and taken up with more workers has a learner's trials in two cells;
    in every currency but seconds they are one. Colours and marks stay those of the digest.
    """
    first: dict[Contestant, int] = {}
    for contestant in digest.contestants:
        first.setdefault(contestant.alone, contestant.index)
    if len(first) == len(digest.contestants):
        return digest
    pooled = digest.regardless_of_company()
    again = {one: replace(one, index=first[one.alone]) for one in pooled.contestants}
    entries = [replace(entry, contestant=again[entry.contestant]) for entry in pooled.entries]
    return replace(pooled, entries=entries, contestants=list(again.values()))


@dataclass(frozen=True)
class Field:
    """The contestants in every currency.

    Attributes:
        apart: the results as they are, for seconds.
        pooled: the results for all other currencies (see :func:`without_twins`).
    """

    apart: Digest
    pooled: Digest

    def of(self, currency: Currency) -> Digest:
        """The results that a comparison in this currency looks at."""
        return self.apart if currency.name == SECONDS else self.pooled

    def ranked(self, currency: Currency) -> list[Entry]:
        """The entries that may be compared in it."""
        digest = self.of(currency)
        return [entry for entry in digest.entries if ranked(digest, entry, currency)]


def field(digest: Digest) -> Field:
    """The field of these results."""
    return Field(digest, without_twins(digest))


def access_control(field: Field) -> Control | None:
    """The choice of access models among those of contestants that are ranked in some currency.

    None if there is nothing to choose.
    """
    present = {
        entry.contestant.access
        for currency in CURRENCIES.values()
        for entry in field.ranked(currency)
    }
    if len(present) < 2:
        return None
    order = list(dict.fromkeys([*wording.ACCESS, *sorted(present)]))
    options = [(name, wording.access_words(name)) for name in order if name in present]
    return Control("access", "Among learners with", options, several=True)


def among(contestants: Iterable[Contestant], access: str) -> list[Contestant]:
    """Those whose access model is in a choice such as ``examples+sample``; all if it is empty."""
    chosen = access.split("+")
    return [one for one in contestants if not access or one.access in chosen]


def mixture(contestants: Iterable[Contestant]) -> str:
    """Says that learners under differing rules are compared, where they are; else empty."""
    rules = {contestant.rules for contestant in contestants}
    if len(rules) < 2:
        return ""
    return (
        "Not like for like: these learners differ in what they may ask or were told, which stands "
        "beside each name."
    )


def unranked_note(digest: Digest, currency: Currency) -> str:
    """Whose seconds are not compared, and why; empty for other currencies or if there are none."""
    if currency.name != SECONDS:
        return ""
    out = [
        f"{one.name} ({one.remark})" if one.remark else one.name
        for one in digest.contestants
        if not one.timed
    ]
    if not out:
        return ""
    return (
        f"Not compared in seconds: {wording.listing(out)}, for only times of single trials that "
        "ran alone and were not simulated can be."
    )


DECIDED, UNDECIDED, UNOPPOSED, UNSOLVED = "decided", "not decided", "no rival", "nobody"
"""The states of a contest."""


@dataclass(frozen=True)
class Contest:
    """Who is ahead on one instance.

    Attributes:
        state: ``decided`` if the first is ahead of every rival beyond the intervals; ``not
            decided``; ``no rival``; or ``nobody`` if no median is finite.
        first: the entry of the smallest median; of the highest rate if nobody has a finite one.
        duel: the first against the next; None without a rival, or if nobody solves it.
        reason: the state in words.
    """

    state: str
    first: Entry
    duel: Duel | None
    reason: str


class Contests:
    """Contests in one currency, which remember duels: choices of access models share them."""

    def __init__(self, currency: Currency) -> None:
        self.cost = currency.name
        self._known: dict[tuple[int, ...], Contest] = {}
        self._duels: dict[tuple[int, int], Duel] = {}

    def among(self, entries: Sequence[Entry]) -> Contest | None:
        """The contest of entries of one instance, all of them ranked; None if there are none."""
        if not entries:
            return None
        ordered = sorted(
            entries, key=lambda entry: (entry.cost(self.cost).estimate, entry.contestant.index)
        )
        key = tuple(id(entry) for entry in ordered)
        if key not in self._known:
            self._known[key] = self._decide(ordered)
        return self._known[key]

    def _decide(self, ordered: Sequence[Entry]) -> Contest:
        first, *rivals = ordered
        if math.isinf(first.cost(self.cost).estimate):
            # The first of equals, in the order of the contestants.
            best = max(ordered, key=lambda entry: entry.rate.estimate)
            return Contest(UNSOLVED, best, None, _unsolved(best))
        if not rivals:
            return Contest(UNOPPOSED, first, None, "no rival among the chosen learners")
        duels = [self._duel(first, rival) for rival in rivals]
        open_ones = [one for one in duels if not one.decided]
        if not open_ones:
            return Contest(DECIDED, first, duels[0], "decided against every rival")
        rival = open_ones[0].slower.contestant.name
        reason = f"not decided against {rival}: {_why(open_ones[0])}"
        return Contest(UNDECIDED, first, duels[0], reason)

    def _duel(self, first: Entry, rival: Entry) -> Duel:
        key = (id(first), id(rival))
        if key not in self._duels:
            self._duels[key] = duel(first, rival, self.cost)
        return self._duels[key]


def _unsolved(best: Entry) -> str:
    if not best.solved:
        return "nobody solved a single trial"
    return (
        f"nobody solved more than half of the trials; best: {best.contestant.name}, {best.solved} "
        f"of {best.trials}, a rate of {wording.share(best.rate.estimate)} "
        f"{wording.rate_bracket(best.rate)}"
    )


def _why(undecided: Duel) -> str:
    if undecided.units_differ:
        units = (unit(one, undecided.cost) for one in (undecided.faster, undecided.slower))
        return f"{' and '.join(map(wording.nouns, units))} do not compare"
    if undecided.too_few:
        return undecided.shortage
    if undecided.cut_short:
        return "its trials were cut short before they had spent as much"
    return "equal medians" if undecided.tied else "the intervals overlap"
