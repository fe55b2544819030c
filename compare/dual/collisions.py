"""Light relations among more columns than can be enumerated, by colliding halves.

A round draws two disjoint sets of h columns and r + 1 rows, one of them the reference. If a
relation of weight w has a = floor(w / 2) columns in the first set and the other w - a in the
second, and if it fails in none of the r + 1 rows (or in all), then the XORs of its two parts, each
with its value in the reference row added, agree in the other r rows. All such parts are listed by
their r bits, and the few that agree are compared on 64 further rows, and, if they still may be a
relation, on all. This is the generalised birthday's first step, and the search for light words of
a code from noisy samples (Valembois 2001; Cluzeau, Finiasz 2009) with a birthday on each round.

A round finds a relation of noise rate eta with probability

    C(h, a) C(h, w - a) / C(n, w) * ((1 - eta)^(r + 1) + eta^(r + 1)) * P[Binomial(c, eta) <= t],

where c rows are compared and up to t of them may fail. Rounds are drawn independently, so R of them
miss it with probability (1 - that)^R. With r near the logarithm of the list's length a round
costs about C(h, a) steps, where enumeration costs C(n, w).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity_compare.dual.search import Candidates
from parity_compare.problems.bits import Words, unpack

Indices = npt.NDArray[np.int64]

_LONGEST_LIST = 3_000_000
"""Subsets of a half; they take 40 bytes each."""

_CHECKED = 64  # rows
_DEVIATIONS = 3.5  # from one half, that the mismatches in the checked rows must have
_CROWDED = 64  # pairs of equal keys per subset at which a round is given up: biased columns
_FAILED_ROUNDS = 20  # in a row, after which a weight is given up
_LEAST_KEY, _LONGEST_KEY = 4, 24  # bits


@dataclass(frozen=True)
class Plan:
    """How a weight is searched.

    Attributes:
        n: number of columns.
        weight: number w of columns in a relation.
        half: number h of columns in each half.
        first, second: columns of a relation in either half.
        key: number r of rows in which the halves must agree.
        checked: number c of rows that are compared next.
        most: mismatches t there, or matches, that are let through.
    """

    n: int
    weight: int
    half: int
    first: int
    second: int
    key: int
    checked: int
    most: int

    def chance(self, noise: float) -> float:
        """The probability that a round finds a relation of that noise rate."""
        from scipy.special import bdtr

        split = (
            math.comb(self.half, self.first)
            * math.comb(self.half, self.second)
            / math.comb(self.n, self.weight)
        )
        rows = self.key + 1
        clean = (1 - noise) ** rows + noise**rows
        return split * clean * float(bdtr(self.most, self.checked, noise))

    def detectable(self, rounds: int, failure: float) -> float | None:
        """The largest noise rate that so many rounds miss with probability at most ``failure``."""

        def missed(noise: float) -> float:
            return float((1 - self.chance(noise)) ** rounds)

        if not rounds or missed(0.0) > failure:
            return None
        low, high = 0.0, 0.5
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if missed(middle) <= failure else (low, middle)
        return low


def plan(n: int, m: int, weight: int) -> Plan | None:
    """How to search a weight among n columns and m rows; None if there are too few of either."""
    first, second = weight // 2, weight - weight // 2
    half = n // 2
    while half >= second and math.comb(half, second) > _LONGEST_LIST:
        half -= 1
    if half < second or first < 1:
        return None
    # As many pairs with equal keys as there are subsets in the longer list.
    key = max(_LEAST_KEY, min(_LONGEST_KEY, math.ceil(math.log2(math.comb(half, first)))))
    checked = max(0, min(_CHECKED, m - key - 1))
    most = math.floor(checked / 2 - _DEVIATIONS * math.sqrt(checked) / 2)
    if not checked or most < 0:
        return None
    return Plan(n, weight, half, first, second, key, checked, most)


def prepare() -> None:
    """Compile the kernels, or load them compiled, which no limit on time should pay for."""
    columns = np.array([[1], [2], [3], [4]], dtype=np.uint64)
    scheme = Plan(n=4, weight=2, half=2, first=1, second=1, key=1, checked=1, most=0)
    CollisionSearch(columns, 3, scheme, np.random.default_rng(0)).round()


class CollisionSearch:
    """Rounds of one weight.

    Args:
        columns: ``(n, words)`` uint64, in the table's own order of rows.
        m: number of rows.
        scheme: how to search.
        rng: the rounds' randomness.
    """

    def __init__(self, columns: Words, m: int, scheme: Plan, rng: np.random.Generator) -> None:
        self._columns, self._m, self._plan, self._rng = columns, m, scheme, rng
        self._bits = unpack(columns, m)
        self._seen: set[tuple[int, ...]] = set()
        self._failed = 0
        self.rounds = 0
        self.seconds = 0.0

    @property
    def given_up(self) -> bool:
        """Whether too many pairs of halves agree in too many rows: biased columns do that."""
        return self._failed >= _FAILED_ROUNDS

    def detectable(self, failure: float) -> float | None:
        """The largest noise rate that the rounds so far miss with probability ``failure``."""
        return self._plan.detectable(self.rounds, failure)

    def round(self) -> Candidates:
        """One round; what passed the checked rows and was not seen before, counted on all rows."""
        from parity_compare.algorithms.kernels.relations_collisions import (
            collide,
            sort_by_key,
            xor_subsets,
        )

        began = time.perf_counter()
        scheme = self._plan
        chosen = self._rng.permutation(len(self._columns))[: 2 * scheme.half]
        rows = self._rng.permutation(self._m)[: 1 + scheme.key + scheme.checked]
        relative = self._bits[:, rows[1:]] ^ self._bits[:, rows[:1]]
        keys = _as_words(relative[:, : scheme.key])
        checks = _as_words(relative[:, scheme.key :])
        halves = chosen[: scheme.half], chosen[scheme.half :]
        lists = []
        for half, size in zip(halves, (scheme.first, scheme.second), strict=True):
            count = math.comb(scheme.half, size)
            made = np.empty(count, dtype=np.uint64), np.empty(count, dtype=np.uint64)
            xor_subsets(keys[half], checks[half], size, *made)
            lists.append(made)
        begins, order = sort_by_key(lists[0][0], scheme.key)
        room, most = len(lists[1][0]) + 1, _CROWDED * len(lists[1][0])
        found = np.empty((room, 2), dtype=np.int64)
        met, hits = collide(
            begins, order, lists[0][1], *lists[1],
            scheme.most, scheme.checked - scheme.most, most, found,
        )  # fmt: skip
        if met > most or hits > room:
            self._failed += 1
            fresh: list[tuple[int, ...]] = []
        else:
            self._failed = 0
            self.rounds += 1
            fresh = self._fresh(found[:hits], halves)
        result = self._counted(fresh)
        self.seconds += time.perf_counter() - began
        return result

    def _fresh(self, pairs: Indices, halves: tuple[Indices, Indices]) -> list[tuple[int, ...]]:
        from parity_compare.algorithms.subset_search import unrank

        scheme = self._plan
        fresh = []
        for i, j in pairs:
            left = halves[0][unrank(int(i), scheme.half, scheme.first)]
            right = halves[1][unrank(int(j), scheme.half, scheme.second)]
            subset = tuple(sorted((*left.tolist(), *right.tolist())))
            if subset not in self._seen:
                self._seen.add(subset)
                fresh.append(subset)
        return fresh

    def _counted(self, subsets: list[tuple[int, ...]]) -> Candidates:
        rows = np.array(subsets, dtype=np.int64).reshape(-1, self._plan.weight)
        ones = np.zeros(len(rows), dtype=np.int64)
        for i, row in enumerate(rows):
            parity = np.bitwise_xor.reduce(self._columns[row], axis=0)
            ones[i] = int(np.bitwise_count(parity).sum())
        return Candidates(rows, ones, np.zeros(len(rows), dtype=np.int64))


def _as_words(bits: npt.NDArray[np.uint8]) -> Words:
    """Up to 64 bits of every row as one word: ``(n, b)`` to ``(n,)``."""
    from parity_compare.problems.bits import pack

    return np.ascontiguousarray(pack(np.ascontiguousarray(bits))[:, 0])
