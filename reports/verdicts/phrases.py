"""How a contest of two in a currency is spoken of: verbs, factors, and what is not decided."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from parity_compare.reports import wording
from parity_compare.reports.digest import Entry
from parity_compare.reports.figures.currencies import Currency
from parity_compare.reports.figures.duel import Duel
from parity_compare.reports.verdicts import speech


@dataclass(frozen=True)
class Verbs:
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


VERBS = {
    "seconds": Verbs(
        less="was faster in seconds",
        least="was the fastest in seconds",
        clearly="was clearly the fastest in seconds",
        won="clearly won in seconds",
        spent="took",
        as_much="as long",
        than="as long as {}",
        median="median time",
    ),
    "samples": Verbs(
        less="drew fewer labelled examples",
        least="drew the fewest labelled examples",
        clearly="clearly drew the fewest labelled examples",
        won="clearly won in labelled examples",
        spent="drew",
        as_much="as many",
        than="as many as {}",
        median="median number of labelled examples",
    ),
    "queries": Verbs(
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


def name_of(entry: Entry) -> str:
    return entry.contestant.name


def on_terms(entry: Entry, said: str) -> str:
    """``gf2 (a fixed sample, told k)``."""
    terms = f"({entry.contestant.terms})"
    return name_of(entry) if terms in said else f"{name_of(entry)} {terms}"


def median_of(entry: Entry, currency: Currency, noun: str = "") -> str:
    return speech.amount(entry.cost(currency.name), currency.quantity, noun)


def spent(found: Duel, as_much: str = "") -> str:
    """``took 4.4 times as long, 95 % [3.7, 5.5]``; ``as_much`` may say more than ``as long``."""
    verbs = VERBS[found.cost]
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


def undecided_against(duels: Sequence[Duel], said: str | None = None) -> str:
    """``not decided against exhaustive``, and how many more of these duels are open.

    With ``said``, terms are named that do not stand there.
    """
    first, *others = [found.slower for found in duels if not found.decided]
    name = name_of(first) if said is None else on_terms(first, said)
    more = f" and {wording.whole(len(others))} more" if others else ""
    return f"not decided against {name}{more}"


def undecided_between(near: Duel) -> str:
    """That it is not decided between two, and why."""
    names = f"{name_of(near.faster)} or {name_of(near.slower)}"
    text = f"it is not decided whether {names} {VERBS[near.cost].less}"
    if near.too_few:
        return f"{text}, with {near.shortage}"
    if near.cut_short:
        return f"{text}, for the trials of {name_of(near.slower)} were cut short before"
    if math.isinf(near.ratio.estimate):
        return f"{text}, for the intervals of their medians overlap"
    return f"{text}: {name_of(near.slower)} {spent(near)}"
