"""Every XOR relation among the columns of a table."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.threads import usable_cores
from parity_compare.dual.chances import (
    detectable_noise,
    first_level,
    parity_chances,
    q_values,
)
from parity_compare.dual.layout import Layout, grouped_layout, plain_layout
from parity_compare.dual.reading import read
from parity_compare.dual.relation import Biased, Reach, Relation, Relations, Stage
from parity_compare.dual.search import MOST, Candidates, Enumeration
from parity_compare.dual.span import generating
from parity_compare.problems.bits import unpack
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.redundant_columns import redundancy
from parity_compare.problems.seeding import generator
from parity_compare.problems.tables import Table
from parity_compare.statistics import wilson

if TYPE_CHECKING:
    from parity_compare.dual.folding import GroupChances, GroupNoise
    from parity_compare.problems.assembly import Missing
    from parity_compare.problems.samples import Encoding

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

MISSED = 1e-3
"""The chance of a miss at the noise rate that a search says it would detect."""

_KEPT_PER_LEVEL = 10_000
"""Discoveries for which the step-up thresholds are followed; beyond, they stay at the last."""
_BIASED = 0.5  # |1 - 2 p| from which a column is worth a notice
_MOST_ERRORS = 4.0  # standard errors within which strengths count as equal
_NOTHING = np.array([-1], dtype=np.int64)


def relations(
    data: Any,
    *,
    max_k: int = 6,
    group: str | npt.ArrayLike | None = None,
    fdr: float = 0.01,
    time_limit: float | None = 60.0,
    threads: int | None = None,
    collisions: bool = True,
    names: Sequence[str] = (),
    unpack: Sequence[str] = (),
    ignore: Sequence[str] = (),
    missing: Missing = "error",
    encoding: Encoding = "auto",
) -> Relations:
    """Find every set of at most ``max_k`` columns whose XOR is constant up to noise.

    These are the words of low weight of the noisy dual space. With groups, they are the sets whose
    XOR is constant within every group and differs between groups; relations that hold over all rows
    say nothing about groups and are kept apart.

    All subsets of 2, 3, ... columns (with groups 1, 2, ...) are counted on all rows, sizes one
    after the other as far as the time limit allows, which :attr:`.Relations.stages` tells. Sizes
    beyond are searched by :mod:`.collisions` in the time that is left, unless there are groups;
    :attr:`.Relations.reach` tells which noise rates that would hardly have missed. The
    p-values are those of :mod:`.chances` and :mod:`.folding`, discoveries are controlled by the
    procedure of Benjamini and Yekutieli, and :mod:`.span` reduces them to generating relations.

    Complexity: C(n, k) subsets at m / 64 word operations each.

    Args:
        data: a :class:`.Table`, the path of a file, a DataFrame, or an ``(m, n)`` array of bits.
        max_k: largest number of columns in a relation, at least 1.
        group: the name of the column that tells the groups, or ``(m,)`` labels of the rows.
        fdr: bound on the expected share of false discoveries, in (0, 1).
        time_limit: seconds, None for no limit.
        threads: threads to count with, by default all cores that this process may use.
        collisions: whether to search sizes that are too large to be counted.
        names: the columns' names, if ``data`` is an array.
        unpack, ignore, missing, encoding: how to read a file or a DataFrame, see
            :func:`~parity_compare.problems.files.read_table`.

    Raises:
        InvalidInput: a value breaks its rule, or the data cannot be read.
    """
    if max_k < 1:
        raise InvalidInput(f"max_k must be at least 1, got {max_k}")
    if not 0 < fdr < 1:
        raise InvalidInput(f"fdr must lie in (0, 1), got {fdr}")
    if time_limit is not None and not time_limit > 0:
        raise InvalidInput(f"time_limit must be positive, got {time_limit}")
    if threads is not None and threads < 1:
        raise InvalidInput(f"threads must be at least 1, got {threads}")
    table = read(data, names, group, unpack, ignore, missing, encoding)
    if not table.m:
        raise InvalidInput("data must have at least one row, got 0")
    if not table.names:
        raise InvalidInput("data must have at least one column, got 0")
    hunt = _Hunt(table, max_k, fdr, time_limit, threads or usable_cores(), collisions)
    return hunt.run()


@dataclass(frozen=True, eq=False)
class _Judged:
    """Candidates of one size with their p-values over all rows and within groups."""

    candidates: Candidates
    plain: Floats
    grouped: Floats


class _Hunt:
    """One search, from the table to the answer."""

    def __init__(
        self,
        table: Table,
        max_k: int,
        fdr: float,
        time_limit: float | None,
        threads: int,
        collisions: bool,
    ) -> None:
        self._table, self._fdr = table, fdr
        self._collide = collisions and table.groups is None
        found = redundancy(table.columns, table.m, table.names)
        self._constants, self._copies = found.constants, found.copies
        apart = {c.column for c in found.constants} | {c.column for c in found.copies}
        self._kept = [i for i in range(len(table.names)) if i not in apart]
        self._max_k = min(max_k, len(self._kept))
        columns = table.columns[self._kept]
        ones = np.bitwise_count(columns).sum(axis=1, dtype=np.int64)
        self._biases: Floats = 1 - 2 * ones / table.m
        layout = self._laid_out()
        self._enumeration = Enumeration(
            layout.arrange(columns) if table.groups is not None else np.ascontiguousarray(columns),
            layout,
            self._biases,
            threads,
        )
        self._enumeration.prepare()
        self._began = time.perf_counter()
        self._deadline = math.inf if time_limit is None else self._began + time_limit

    def _laid_out(self) -> Layout:
        groups = self._table.groups
        self._chances: GroupChances | None = None
        self._noise: GroupNoise | None = None
        if groups is None:
            return plain_layout(self._table.m)
        from parity_compare.dual.folding import GroupChances, GroupNoise

        sizes = np.bincount(groups.codes)
        sizes = sizes[sizes > 0]
        self._chances, self._noise = GroupChances(sizes), GroupNoise(sizes)
        return grouped_layout(groups.codes)

    def run(self) -> Relations:
        stages, judged, crowded = self._searched()
        reach: tuple[Reach, ...] = ()
        if self._collide and not crowded:
            reach = self._collided([stage for stage in stages if not stage.complete], judged)
        looked_at = {r.weight for r in reach} | {s.weight for s in stages if s.visited}
        tested = sum(stage.subsets for stage in stages if stage.weight in looked_at)
        plain = self._discoveries(judged, tested, grouped=False)
        z = self._tolerance(tested)
        biases = np.zeros(len(self._table.names))
        biases[self._kept] = self._biases
        basis = everywhere = generating(plain, biases, z)
        discovered, everywhere_count = plain, 0
        if self._chances is not None:
            discovered = self._discoveries(judged, tested, grouped=True)
            basis = tuple(
                replace(relation, values=self._values(relation))
                for relation in generating(discovered, biases, z, given=everywhere)
            )
            everywhere_count = len(plain)
        groups = self._table.groups
        return Relations(
            basis=basis,
            everything=tuple(discovered),
            everywhere=everywhere if groups is not None else (),
            everywhere_count=everywhere_count,
            constants=self._constants,
            copies=self._copies,
            biased=self._biased_columns(),
            names=self._table.names,
            examples=self._table.m,
            group=groups.name if groups is not None else None,
            groups=groups.values if groups is not None else (),
            fdr=self._fdr,
            candidates=tested,
            stages=stages,
            reach=reach,
            crowded=crowded,
            detectable=self._detectable(tested),
            seconds=time.perf_counter() - self._began,
            dropped=self._table.dropped,
            dropped_columns=self._table.dropped_columns,
        )

    def _searched(self) -> tuple[tuple[Stage, ...], list[_Judged], bool]:
        least = 1 if self._chances is not None else 2
        stages: list[Stage] = []
        judged: list[_Judged] = []
        tested = kept = 0
        deadline = self._deadline
        for weight in range(least, self._max_k + 1):
            tested += self._enumeration.subsets(weight)
            level = min(self._fdr, _KEPT_PER_LEVEL * first_level(tested, self._fdr))
            minorities = self._chances.bounds(level) if self._chances is not None else _NOTHING
            # One column by itself is no relation, however biased it is.
            plain_level = level if weight > 1 else 0.0
            if self._collide and weight < self._max_k and not self._affordable(weight):
                deadline = -math.inf
            stage, candidates = self._enumeration.run(weight, plain_level, minorities, deadline)
            stages.append(stage)
            if stage.visited:
                judged.append(self._judge(candidates))
                kept += len(candidates)
            if not stage.complete or kept > MOST:
                deadline = -math.inf  # larger sizes are only foretold
        return tuple(stages), judged, kept > MOST

    def _affordable(self, weight: int) -> bool:
        """Whether counting a size leaves half of the time to the larger ones."""
        left = self._deadline - time.perf_counter()
        return self._enumeration.predicted(weight) <= left / 2

    def _collided(self, stages: list[Stage], judged: list[_Judged]) -> tuple[Reach, ...]:
        """Search sizes by rounds of collisions, those that had least time first.

        It ends with the time, or when all noise rates that these rows can detect are reached.
        """
        from parity_compare.dual.collisions import CollisionSearch, plan, prepare

        n, m = len(self._kept), self._table.m
        columns = self._table.columns[self._kept]
        tested = sum(self._enumeration.subsets(w) for w in range(2, self._max_k + 1))
        wanted = self._detectable(tested)
        if wanted is None:
            return ()
        searches: dict[int, CollisionSearch] = {}
        for stage in stages:
            scheme = plan(n, m, stage.weight)
            if scheme is not None:
                rng = generator("colliding halves", stage.weight)
                searches[stage.weight] = CollisionSearch(columns, m, scheme, rng)
        if searches:
            began = time.perf_counter()
            prepare()
            self._deadline += time.perf_counter() - began
        active = dict(searches)
        while active and time.perf_counter() < self._deadline:
            weight, search = min(active.items(), key=lambda item: item[1].seconds)
            candidates = search.round()
            if len(candidates):
                judged.append(self._judge(candidates))
            reached = search.detectable(MISSED)
            if search.given_up or (reached is not None and reached >= wanted):
                del active[weight]
        return tuple(
            Reach(weight, search.rounds, search.seconds, search.detectable(MISSED))
            for weight, search in searches.items()
            if search.rounds
        )

    def _judge(self, candidates: Candidates) -> _Judged:
        biases = self._biases[candidates.subsets].prod(axis=1)
        plain = parity_chances(candidates.ones, self._table.m, biases)
        if candidates.subsets.shape[1] == 1:
            plain[:] = 1.0
        grouped = np.ones(len(candidates))
        if self._chances is not None:
            for i in range(len(candidates)):
                grouped[i] = self._chances.chance(
                    int(candidates.minorities[i]), int(candidates.ones[i])
                )
        return _Judged(candidates, plain, grouped)

    def _discoveries(self, judged: list[_Judged], tested: int, *, grouped: bool) -> list[Relation]:
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
            assert self._noise is not None
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

    def _values(self, relation: Relation) -> tuple[int, ...]:
        groups = self._table.groups
        assert groups is not None
        packed = np.bitwise_xor.reduce(self._table.columns[list(relation.support)], axis=0)
        ones = np.bincount(
            groups.codes, weights=unpack(packed, self._table.m), minlength=len(groups.values)
        )
        rows = np.bincount(groups.codes, minlength=len(groups.values))
        return tuple(int(value) for value in 2 * ones > rows)

    def _tolerance(self, tested: int) -> float:
        """Standard errors within which strengths count as equal, fewer than a discovery has."""
        from scipy.special import ndtri

        if not tested:
            return _MOST_ERRORS
        return min(_MOST_ERRORS, -0.9 * float(ndtri(first_level(tested, self._fdr) / 2)))

    def _detectable(self, tested: int) -> float | None:
        if not tested:
            return None
        level = first_level(tested, self._fdr)
        if self._chances is not None:
            return self._chances.detectable_noise(level, MISSED)
        return detectable_noise(self._table.m, level, MISSED)

    def _biased_columns(self) -> tuple[Biased, ...]:
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
