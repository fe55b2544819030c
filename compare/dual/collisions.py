"""Light relations among more columns than can be enumerated, by colliding halves.

A round draws two disjoint sets of h columns, and pairs of rows: r for the key and c for the check
(:mod:`.draws`). On the XOR of the two rows of a pair, the *difference*, a relation is 0 unless it
fails in one of them, whatever its constant, or its group's value. If a relation of weight w has
a = floor(w / 2) columns in the first set and the other w - a in the second, and if it is 0 on all
differences of the key, then its two parts agree on them. All such parts are listed by
their r bits, and those that agree are compared on the check; what differs in at most t of its
differences is counted on all rows, exactly as enumeration counts it, and judged alike. This is the
generalised birthday's first step, and the search for light words of a code from noisy samples
(Valembois 2001; Cluzeau, Finiasz 2009) with a birthday on each round.

A round finds a relation of noise rate eta, which fails in each row independently, with probability

    p(eta) = C(h, a) C(h, w - a) / C(n, w) * P(eta),

where P(eta) is the probability that key and check let it pass, which :mod:`.draws` states for
relations over all rows and within groups. Rounds are drawn independently, so R of them miss it with
probability (1 - p(eta))^R. The noise rate that they reach is the largest one at which this is at
most a given probability of failure. With r near the logarithm of the list's length a round costs
about C(h, w - a) steps, where enumeration costs C(n, w).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity_compare.dual.draws import Draw
from parity_compare.dual.search import Candidates
from parity_compare.problems.bits import WORD_BITS, Words
from parity_compare.problems.seeding import generator

Indices = npt.NDArray[np.int64]

_LONGEST_LIST = 3_000_000  # subsets of a half
_LEAST_KEY, _LONGEST_KEY = 4, 24  # bits

_DEVIATIONS = 2.5
"""From one half, that failures in the check must lie: 1 in 120 pairs without a relation does."""

_CROWDED = 64  # pairs of equal keys per subset at which a round is given up: biased columns
_ROOM = 1 / 16  # of pairs that pass the check, per subset, and some more in short lists
_LEAST_ROOM = 1 << 10


@dataclass(frozen=True)
class Plan:
    """How a weight is searched.

    Attributes:
        n: number of columns.
        weight: number w of columns in a relation.
        half: number h of columns in each half.
        first, second: columns of a relation in either half.
        draw: how rows are drawn.
        most: failures t in the check that are let through.
    """

    n: int
    weight: int
    half: int
    first: int
    second: int
    draw: Draw
    most: int

    @property
    def bytes(self) -> int:
        """Memory of a round."""
        room = max(_LEAST_ROOM, round(_ROOM * math.comb(self.half, self.second)))
        return 24 * math.comb(self.half, self.first) + (4 << self.draw.key) + 16 * room

    def chance(self, noise: float) -> float:
        """The probability that a round finds a relation of that noise rate."""
        halves = math.comb(self.half, self.first) * math.comb(self.half, self.second)
        split = halves / math.comb(self.n, self.weight)
        return split * self.draw.chance(noise, self.most)

    def rounds(self, noise: float, failure: float) -> float:
        """Rounds that miss a relation of that noise rate with probability at most ``failure``."""
        chance = self.chance(noise)
        if chance >= 1:
            return 1
        return math.ceil(math.log(failure) / math.log1p(-chance)) if chance > 0 else math.inf

    def detectable(self, rounds: int, failure: float) -> float | None:
        """The largest noise rate that so many rounds miss with probability at most ``failure``."""

        def missed(noise: float) -> float:
            return (1 - self.chance(noise)) ** rounds

        if not rounds or missed(0.0) > failure:
            return None
        low, high = 0.0, 0.5
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if missed(middle) <= failure else (low, middle)
        return low


def plan(n: int, weight: int, draw: Callable[[int], Draw | None]) -> Plan | None:
    """How to search a weight among n columns; None if there are too few columns or rows.

    Args:
        n: number of columns.
        weight: number of columns in a relation.
        draw: how rows are drawn for a key of that length, if there are enough.
    """
    first, second = weight // 2, weight - weight // 2
    half = n // 2
    while half >= second and math.comb(half, second) > _LONGEST_LIST:
        half -= 1
    if half < second or first < 1:
        return None
    # As many pairs with equal keys as there are subsets in the longer list.
    key = max(_LEAST_KEY, min(_LONGEST_KEY, math.ceil(math.log2(math.comb(half, first)))))
    rows = draw(key)
    if rows is None:
        return None
    most = math.floor(rows.checked / 2 - _DEVIATIONS * math.sqrt(rows.checked) / 2)
    return Plan(n, weight, half, first, second, rows, most) if most >= 0 else None


@dataclass(frozen=True, eq=False)
class Round:
    """What a round brought.

    Attributes:
        candidates: what passed the check and, counted on all rows, may be a relation; None if too
            many pairs of halves agreed, so that the round was given up.
        seconds: what it took.
    """

    candidates: Candidates | None
    seconds: float


class CollisionSearch:
    """Rounds of one weight, each determined by its number; threads may share a search.

    Args:
        columns: ``(n, words)`` uint64, in the table's own order of rows.
        scheme: how to search.
        count: counts subsets on all rows and keeps what may be a relation.
    """

    def __init__(
        self, columns: Words, scheme: Plan, count: Callable[[Indices], Candidates]
    ) -> None:
        self._columns, self._count = columns, count
        self.plan = scheme

    def round(self, number: int) -> Round:
        """The round of that number."""
        began = time.perf_counter()
        subsets = self._collided(number)
        candidates = None if subsets is None else self._count(subsets)
        return Round(candidates, time.perf_counter() - began)

    def _collided(self, number: int) -> Indices | None:
        """The subsets that passed the check; None if there were too many pairs of equal keys."""
        from parity_compare.algorithms.kernels.relations_collisions import (
            collide,
            sort_by_key,
            subsets_numbered,
            xor_subsets,
        )

        scheme = self.plan
        draw = scheme.draw
        rng = generator("colliding halves", scheme.weight, number)
        chosen = rng.permutation(scheme.n)[: 2 * scheme.half]
        # In increasing order, subsets of a half are increasing too.
        left, right = np.sort(chosen[: scheme.half]), np.sort(chosen[scheme.half :])
        rows, references = draw.pairs(rng)
        differences = self._bits(rows) ^ self._bits(references)
        keys = _as_words(differences[:, : draw.key]).astype(np.uint32)
        checks = _as_words(differences[:, draw.key :])

        subsets = math.comb(scheme.half, scheme.first)
        listed = np.empty(subsets, dtype=np.uint32), np.empty(subsets, dtype=np.uint64)
        xor_subsets(keys[left], checks[left], scheme.first, *listed)
        table = sort_by_key(*listed, draw.key)
        others = math.comb(scheme.half, scheme.second)
        found = np.empty((max(_LEAST_ROOM, round(_ROOM * others)), 2), dtype=np.int64)
        met, hits = collide(
            *table, keys[right], checks[right], scheme.second,
            scheme.most, _CROWDED * others, found,
        )  # fmt: skip
        if met > _CROWDED * others or hits > len(found):
            return None
        sides = [
            half[subsets_numbered(np.ascontiguousarray(found[:hits, i]), scheme.half, size)]
            for i, (half, size) in enumerate(((left, scheme.first), (right, scheme.second)))
        ]
        return np.sort(np.concatenate(sides, axis=1), axis=1)

    def _bits(self, rows: Indices) -> npt.NDArray[np.uint8]:
        """The values of all columns in some rows: ``(n, r)``."""
        words = self._columns[:, rows // WORD_BITS]
        bits = words >> (rows % WORD_BITS).astype(np.uint64) & np.uint64(1)
        return bits.astype(np.uint8)


def _as_words(bits: npt.NDArray[np.uint8]) -> Words:
    """Up to 64 bits of every row as one word: ``(n, b)`` to ``(n,)``."""
    from parity_compare.problems.bits import pack

    return np.ascontiguousarray(pack(np.ascontiguousarray(bits))[:, 0])
