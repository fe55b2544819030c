"""Not like for like: the smallest cost under any rules, said to be under differing ones."""

from __future__ import annotations

import math

from parity_compare.reports.digest import Digest
from parity_compare.reports.figures.currencies import Currency
from parity_compare.reports.figures.duel import champions
from parity_compare.reports.verdicts import speech
from parity_compare.reports.verdicts.grids import by_what_factor, won_in_words
from parity_compare.reports.verdicts.peers import contenders, peers, wins
from parity_compare.reports.verdicts.phrases import VERBS, on_terms, spent, undecided_against


def unlike_for_unlike(digest: Digest, currency: Currency, said: str) -> list[str]:
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
        clearly = VERBS[currency.name].won if said else VERBS[currency.name].clearly
        counted = f"not like for like, {won_in_words(count, clearly)}"
        return [counted, *by_what_factor(digest, currency, count, said=said)]
    duels = champions(met[0], currency.name)
    best = duels[0].faster
    cost = best.cost(currency.name)
    if math.isinf(cost.estimate):
        return [] if said else ["nobody solved more than half of the trials"]
    rivals = [d for d in duels if d.slower.contestant.rules != best.contestant.rules]
    near, *others = rivals
    median = speech.amount(cost, currency.quantity)
    first = f"not like for like, {on_terms(best, said)} had the smallest "
    first += f"{VERBS[currency.name].median}, {median}"
    if near.ratio == (1, 1, 1):
        return [f"{first}, the same as {on_terms(near.slower, said)}"]
    # What was said of equals includes those of the best, unless they met under other terms.
    told = rivals if best.contestant.terms in said else duels
    if not all(found.decided for found in told):
        first += f", {undecided_against(told, said)}"
    if not near.decided:
        return [first]
    decided = [near, *(duel for duel in others[-1:] if duel.decided)]
    return [first, *(f"{on_terms(duel.slower, said)} {spent(duel)}" for duel in decided)]
