"""What learners predicted where they named no support: the judge's count of right labels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from parity_compare.judge import CLEAN_EXAMPLES
from parity_compare.reports import wording
from parity_compare.reports.verdicts.tally import Tally
from parity_compare.results import Record

_NAMED_AT_MOST = 3
_COIN = 1.96 * 0.5 / math.sqrt(CLEAN_EXAMPLES)
"""How far from 1/2 a coin's share of right labels stays in 95 % of the cases."""


def clauses(found: Sequence[Tally]) -> list[str]:
    """Who solved by prediction alone, who predicted at chance level, and who better than that.

    Only trials in which a learner could predict and named no support are spoken of; of those that
    were not solved, the share of right labels is the median.
    """
    coin: list[str] = []
    better: list[tuple[str, str]] = []
    solved: list[str] = []
    for tally in found:
        name = tally.contestant.name
        silent = [record for record in _records(tally) if record.criterion == "prediction"]
        succeeded = sum(record.solved for record in silent)
        if succeeded:
            all_ = succeeded == tally.solved
            of = f"{wording.whole(succeeded)} of {wording.whole(tally.solved)}"
            solved.append(name if all_ else f"{name} in {of}")
        shares = [r.accuracy for r in silent if not r.solved and not math.isnan(r.accuracy)]
        if not shares:
            continue
        share = median(shares)
        if abs(share - 0.5) <= _COIN:
            coin.append(name)
        else:
            better.append((name, wording.share(share)))
    failed = _failed(better, coin)
    return [
        *([f"{wording.listing(solved)} solved by prediction alone"] if solved else []),
        *([f"naming no support, {failed}"] if failed else []),
    ]


def _failed(better: Sequence[tuple[str, str]], coin: Sequence[str]) -> str:
    """``nearest predicted 0.71 and kernel 0.82 of clean labels right, forest no better than …``."""
    who = wording.listing(coin) if len(coin) <= _NAMED_AT_MOST else f"{len(coin)} learners"
    if not better:
        return f"{who} predicted no better than a coin" if coin else ""
    (name, share), *others = better
    shares = [f"{name} predicted {share}", *(" ".join(other) for other in others)]
    text = f"{wording.listing(shares)} of clean labels right"
    return f"{text}, {who} no better than a coin" if coin else text


def _records(tally: Tally) -> list[Record]:
    return [record for entry in tally.entries for record in entry.records]
