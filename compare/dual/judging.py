"""From counts to discoveries: p-values, what is found among so many tests, and how noisy it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity_compare.dual.chances import (
    detectable_noise,
    first_level,
    parity_chances,
    q_values,
)
from parity_compare.dual.relation import Biased, Relation
from parity_compare.dual.search import Candidates
from parity_compare.problems.bits import unpack
from parity_compare.problems.tables import Table
from parity_compare.statistics import wilson

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

_KEPT_PER_LEVEL = 10_000
"""Discoveries for which the step-up thresholds are followed; beyond, they stay at the last."""
_BIASED = 0.5  # |1 - 2 p| from which a column is worth a notice
_MOST_ERRORS = 4.0  # standard errors within which strengths count as equal
_NOTHING = np.array([-1], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Judged:
    """Candidates of one size with their p-values over all rows and within groups."""

    candidates: Candidates
    plain: Floats
    grouped: Floats


class Judge:
    """What the counts of subsets say, in one table.

    Args:
        table: the table, with its groups if there are any.
        kept: the columns that are searched, which candidates number from 0.
        biases: ``(n,)``, their 1 - 2 p.
        fdr: bound on the expected share of false discoveries.
    """

    def __init__(self, table: Table, kept: Sequence[int], biases: Floats, fdr: float) -> None:
        self._table, self._kept, self._biases, self._fdr = table, kept, biases, fdr
        self.grouped = table.groups is not None
        if table.groups is not None:
            from parity_compare.dual.folding import GroupNoise
            from parity_compare.dual.group_chances import GroupChances

            sizes = np.bincount(table.groups.codes)
            sizes = sizes[sizes > 0]
            self._chances, self._noise = GroupChances(sizes), GroupNoise(sizes)

    def bounds(self, tested: int) -> tuple[float, Indices]:
        """The p-value that is kept among so many, and the minorities that may have it."""
        level = min(self._fdr, _KEPT_PER_LEVEL * first_level(tested, self._fdr))
        return level, self._chances.bounds(level) if self.grouped else _NOTHING

    def detectable(self, tested: int, failure: float) -> float | None:
        """The noise rate up to which a relation is missed with probability at most ``failure``."""
        if not tested:
            return None
        level = first_level(tested, self._fdr)
        if self.grouped:
            return self._chances.detectable_noise(level, failure)
        return detectable_noise(self._table.m, level, failure)

    def judge(self, candidates: Candidates) -> Judged:
        """The p-values of candidates."""
        biases = self._biases[candidates.subsets].prod(axis=1)
        plain = parity_chances(candidates.ones, self._table.m, biases)
        if candidates.subsets.shape[1] == 1:
            plain[:] = 1.0
        grouped = np.ones(len(candidates))
        if self.grouped:
            counts = zip(candidates.minorities, candidates.ones, strict=True)
            for i, (minority, ones) in enumerate(counts):
                grouped[i] = self._chances.chance(int(minority), int(ones))
        return Judged(candidates, plain, grouped)

    def discoveries(
        self, judged: Sequence[Judged], tested: int, *, grouped: bool
    ) -> list[Relation]:
        """What is found over all rows, or within groups, by weight, then by noise."""
        if not judged or not tested:
            return []
        chances = np.concatenate([part.grouped if grouped else part.plain for part in judged])
        q = q_values(chances, tested)
        found: list[Relation] = []
        number = 0
        for part in judged:
            for i in range(len(part.candidates)):
                if q[number] <= self._fdr:
                    found.append(
                        self._relation(
                            part.candidates, i, float(chances[number]), float(q[number]),
                            tested, grouped=grouped,
                        )
                    )  # fmt: skip
                number += 1
        return sorted(found, key=lambda r: (r.weight, r.noise.estimate, r.support))

    def _relation(
        self,
        candidates: Candidates,
        i: int,
        chance: float,
        q: float,
        tested: int,
        *,
        grouped: bool,
    ) -> Relation:
        m = self._table.m
        support = tuple(self._kept[int(c)] for c in candidates.subsets[i])
        ones = int(candidates.ones[i])
        if grouped:
            disagreements = int(candidates.minorities[i])
            constant, noise = None, self._noise.interval(disagreements)
        else:
            constant = int(2 * ones > m)
            disagreements = min(ones, m - ones)
            noise = wilson(disagreements, m)
        return Relation(
            support=support,
            columns=tuple(self._table.names[c] for c in support),
            constant=constant,
            agreements=m - disagreements,
            examples=m,
            noise=noise,
            p_value=chance,
            q_value=q,
            family=min(1.0, chance * tested),
        )

    def values(self, relation: Relation) -> tuple[int, ...]:
        """The majority of a relation's values in every group."""
        groups = self._table.groups
        assert groups is not None
        packed = np.bitwise_xor.reduce(self._table.columns[list(relation.support)], axis=0)
        ones = np.bincount(
            groups.codes, weights=unpack(packed, self._table.m), minlength=len(groups.values)
        )
        rows = np.bincount(groups.codes, minlength=len(groups.values))
        return tuple(int(value) for value in 2 * ones > rows)

    def apart(self, one: Relation, other: Relation) -> int:
        """The number of rows in which exactly one of two relations fails."""
        columns = sorted(set(one.support) ^ set(other.support))
        differ = unpack(np.bitwise_xor.reduce(self._table.columns[columns], axis=0), self._table.m)
        expected: int | npt.NDArray[np.int64]
        if one.constant is None or other.constant is None:
            groups = self._table.groups
            assert groups is not None
            values = np.array(self.values(one)) ^ np.array(self.values(other))
            expected = values[groups.codes]
        else:
            expected = one.constant ^ other.constant
        return int(np.count_nonzero(differ != expected))

    def tolerance(self, tested: int) -> float:
        """Standard errors within which strengths count as equal, fewer than a discovery has."""
        from scipy.special import ndtri

        if not tested:
            return _MOST_ERRORS
        return min(_MOST_ERRORS, -0.9 * float(ndtri(first_level(tested, self._fdr) / 2)))

    def biased_columns(self) -> tuple[Biased, ...]:
        """Columns with a share of ones far from one half."""
        m, n = self._table.m, len(self._kept)
        if not n:
            return ()
        ones = np.rint((1 - self._biases) / 2 * m)
        chances = parity_chances(ones, m, np.zeros(n))
        return tuple(
            Biased(column, self._table.names[column], float(ones[i] / m))
            for i, column in enumerate(self._kept)
            if abs(self._biases[i]) >= _BIASED and chances[i] <= self._fdr / n
        )
