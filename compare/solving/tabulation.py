"""Where columns are few: all parities compared at once, and the one that luck makes least."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.outcome import Status
from parity_compare.solving.chance import candidates, noise_that_shows
from parity_compare.solving.contest import Contest
from parity_compare.solving.ledger import Ledger
from parity_compare.solving.neighbours import Place
from parity_compare.solving.solution import LUCK, Attempt, chance_of
from parity_compare.solving.stages import FAILURE, Rows
from parity_compare.solving.system import System
from parity_compare.solving.transform import MOST_COLUMNS, Spectrum, prepare, spectrum

TRANSFORM = "walsh-hadamard"
"""The name of the transform among learners."""

_AT_ONCE = 22  # columns, whose table takes 16 MiB and some tens of milliseconds
_SECONDS_PER_SET = 4e-8  # predicted
_TIES = 64  # equally good sets that are looked at

Support = tuple[int, ...]


def few_columns(system: System, k: int | None, most: int = _AT_ONCE) -> Support | None:
    """The columns whose parities are few enough to be compared all at once; None if too many."""
    if len(system.distinct) <= most:
        return system.distinct
    if system.rank <= most and k is None:
        return system.pivots
    return None


def more_columns(rows: Rows) -> Support | None:
    """The same where it is worth seconds, if there is time for it."""
    columns = few_columns(rows.system, rows.k, MOST_COLUMNS)
    if columns is None or _SECONDS_PER_SET * 2 ** len(columns) > rows.deadline.left:
        return None
    return columns


def enter_best(rows: Rows, columns: Support, contest: Contest, ledger: Ledger) -> None:
    """Compare all parities of the columns, and enter the one that luck makes least probably."""
    with rows.deadline.stopped():
        prepare()
    started, samples, m = rows.deadline.spent, rows.system.samples, rows.m
    every = spectrum(samples, columns, rows.deadline.poll, rows.threads)
    best = _least_lucky(rows, every)
    if best is not None:
        support, constant = every.read(best.index)
        contest.enter(
            TRANSFORM,
            support,
            constant,
            settled=True,
            ties=_labellings(rows.system, every, best.alike) - 1,
            rival=best.rival,
        )
    why = (
        "luck may fit so few rows, and a lighter XOR may fit most of them"
        if rows.system.consistent
        else "the labels contradict every XOR, so some may be wrong"
    )
    ledger.attempts.append(
        Attempt(
            TRANSFORM,
            f"{why}; {len(columns)} columns have only 2^{len(columns)} XORs, which it compares "
            "all at once",
            Status.FOUND if contest.over else Status.GAVE_UP,
            rows.deadline.spent - started,
            "" if best is None else f"At best {m - best.misses} of {m} labels agree.",
        )
    )
    everything = 4 << rows.system.rank
    if rows.k is not None:
        number = candidates(rows.system.n, rows.k, rows.system.rank, told=True)
        everything = min(number, everything)
    ledger.dense, ledger.by = noise_that_shows(m, everything, LUCK, FAILURE), ""


@dataclass(frozen=True)
class _Best:
    """The set that luck makes least probably.

    Attributes:
        index: the set, as :meth:`.Spectrum.read` reads it.
        misses: rows whose label it does not have.
        alike: the sets that agree with as many rows.
        rival: the next best set.
    """

    index: int
    misses: int
    alike: npt.NDArray[np.int64]
    rival: Place | None


def _least_lucky(rows: Rows, every: Spectrum) -> _Best | None:
    """Of the best sets of every size, or of the size that was told, the one; None without sets."""
    m, told = rows.m, rows.k is not None
    bests = {}  # by size: luck, misses
    for size, index in every.best_of_sizes().items():
        # Without columns, it would be the label's own bias.
        if size and rows.k in (None, size):
            luck = chance_of(rows.system, *every.read(index), told=told)
            bests[size] = (luck, (m - int(every.magnitudes[index])) // 2)
    if not bests:
        return None
    best = min(bests, key=lambda size: (*bests[size], size))
    misses, only = bests[best][1], best if told else None
    fewest = min(other for _, other in bests.values())
    # A larger set may agree with more rows although luck makes it more probably.
    next_best = m - 2 * fewest if fewest < misses else every.below(m - 2 * misses, only)
    rival = None
    if next_best >= 0:
        second = every.read(int(every.at(next_best, only)[0]))
        rival = Place(*second, (m - next_best) // 2)
    index = int(every.at(m - 2 * misses, best)[0])
    return _Best(index, misses, every.at(m - 2 * misses, only), rival)


def _labellings(system: System, every: Spectrum, alike: npt.NDArray[np.int64]) -> int:
    """How many of the sets label some rows otherwise than the first does, or are the first."""
    first = system.first_row
    seen = set()
    for index in alike[:_TIES]:
        support, _ = every.read(int(index))
        flips = np.bitwise_xor.reduce(first[list(support)], initial=np.uint8(0))
        seen.add((system.samples.parity(support) ^ flips).tobytes())
    return len(seen)
