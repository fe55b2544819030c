"""How much faster, in which currency: the headline's sentence about costs.

Equals are compared first: learners of one access model and one kind of side information. A
comparison across them says so, and what the intervals do not decide is called not decided. Where
times cannot be ranked, labelled examples are compared, or queries.
"""

from __future__ import annotations

import math

from parity_compare.reports.digest import Digest
from parity_compare.reports.figures.currencies import CURRENCIES, Currency
from parity_compare.reports.verdicts import speech
from parity_compare.reports.verdicts.across import unlike_for_unlike
from parity_compare.reports.verdicts.equals import among_equals, groups_of_equals, last_of_equals
from parity_compare.reports.verdicts.peers import contenders
from parity_compare.reports.verdicts.phrases import median_of, name_of

_SECONDS, _SAMPLES, _QUERIES = (CURRENCIES[name] for name in ("seconds", "samples", "queries"))


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
    equals = [among_equals(digest, currency, rules) for rules in groups_of_equals(digest, currency)]
    across = unlike_for_unlike(digest, currency, "; ".join(equals[0]) if equals else "")
    if not equals and currency is _SECONDS:
        equals.append(["no two of these learners had the same access and side information"])
    thoughts = [*equals[:1], across, *last_of_equals(digest, currency), *equals[1:]]
    if currency is _SAMPLES:
        thoughts += [[clause] for clause in _asked(digest)]
    (first, *rest), *more = filter(None, thoughts)
    if currency is _SECONDS and len(digest.machines) > 1:
        first += f"; these seconds mix {len(digest.machines)} kinds of processor"
    first = f"{lead}; {first}" if lead else f"{first[0].upper()}{first[1:]}"
    return speech.fitting(first, [rest, *more])


def _asked(digest: Digest) -> list[str]:
    """What those pay who ask queries and draw no examples, on the hardest instance."""
    return [
        f"{name_of(entry)} asked {median_of(entry, _QUERIES, 'queries')} instead"
        for entry in contenders(digest, digest.hardest, _QUERIES)
        if not entry.uses("samples") and math.isfinite(entry.cost("queries").estimate)
    ]


def _prices(digest: Digest, why: str) -> str:
    """Where no two can be compared: what each paid in examples or queries."""
    paid = [
        f"{name_of(entry)} {verb} a median of {median_of(entry, currency, noun)}"
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
        paid.append(f"{on}its median time was {median_of(entry, _SECONDS)}")
    if entry.uses("samples"):
        paid.append(f"{on}it drew a median of {median_of(entry, _SAMPLES, 'labelled examples')}")
    if entry.uses("queries"):
        paid.append(f"{on}it asked a median of {median_of(entry, _QUERIES, 'queries')}")
    return speech.fitting(lead, [[clause] for clause in paid])
