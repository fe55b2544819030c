"""Every XOR relation among the columns of a table."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.threads import usable_cores
from parity_compare.dual.judging import Judge, Judged
from parity_compare.dual.layout import grouped_layout, plain_layout
from parity_compare.dual.reading import read
from parity_compare.dual.relation import Reach, Relations, Stage
from parity_compare.dual.search import MOST, Enumeration
from parity_compare.dual.span import generating
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.redundant_columns import redundancy
from parity_compare.problems.tables import Table

if TYPE_CHECKING:
    from parity_compare.dual.collisions import Plan
    from parity_compare.problems.assembly import Missing
    from parity_compare.problems.samples import Encoding

Floats = npt.NDArray[np.float64]

MISSED = 1e-3
"""The chance of a miss at the noise rate that a search says it would detect."""


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
    beyond are searched by :mod:`.collisions` in the time that is left; :attr:`.Relations.reach`
    tells which noise rates that would hardly have missed. The p-values are those of :mod:`.chances`
    and :mod:`.group_chances`, discoveries are controlled by the procedure of Benjamini and
    Yekutieli, and :mod:`.span` reduces them to generating relations.

    Complexity: C(n, k) subsets at m / 64 word operations each.

    Args:
        data: a :class:`.Table`, the path of a file, a DataFrame, or an ``(m, n)`` array of bits.
        max_k: largest number of columns in a relation, at least 1.
        group: the name of the column that tells the groups, or ``(m,)`` labels of the rows.
        fdr: bound on the expected share of false discoveries, in (0, 1).
        time_limit: seconds, None for no limit.
        threads: threads to search with, by default all cores that this process may use.
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
        self._collide, self._threads = collisions, threads
        groups = table.groups
        found = redundancy(table.columns, table.m, table.names)
        self._constants, self._copies = found.constants, found.copies
        apart = {c.column for c in found.constants} | {c.column for c in found.copies}
        self._kept = [i for i in range(len(table.names)) if i not in apart]
        # One column may be constant within groups; over all rows it is reported apart.
        self._least = 2 if groups is None else 1
        self._max_k = min(max_k, len(self._kept))
        columns = table.columns[self._kept]
        ones = np.bitwise_count(columns).sum(axis=1, dtype=np.int64)
        self._biases: Floats = 1 - 2 * ones / table.m
        self._judge = Judge(table, self._kept, self._biases, fdr)
        layout = plain_layout(table.m) if groups is None else grouped_layout(groups.codes)
        columns = np.ascontiguousarray(columns) if groups is None else layout.arrange(columns)
        self._enumeration = Enumeration(columns, layout, self._biases, threads)
        self._enumeration.prepare()
        self._began = time.perf_counter()
        self._deadline = math.inf if time_limit is None else self._began + time_limit

    def run(self) -> Relations:
        judge, groups = self._judge, self._table.groups
        stages, judged, crowded = self._searched()
        reach: tuple[Reach, ...] = ()
        if self._collide and not crowded:
            left = [stage.weight for stage in stages if not stage.visited]
            reach, crowded = self._collided(left, judged)
        looked_at = {r.weight for r in reach} | {s.weight for s in stages if s.visited}
        tested = sum(stage.subsets for stage in stages if stage.weight in looked_at)
        plain = judge.discoveries(judged, tested, grouped=False)
        z = judge.tolerance(tested)
        biases = np.zeros(len(self._table.names))
        biases[self._kept] = self._biases
        discovered = plain
        if groups is not None:
            discovered = judge.discoveries(judged, tested, grouped=True)
            # Where one value's groups have most of the rows, a function of groups is biased.
            within = {relation.support for relation in discovered}
            plain = [relation for relation in plain if relation.support not in within]
        basis = everywhere = generating(plain, biases, z)
        if groups is not None:
            basis = tuple(
                replace(relation, values=judge.values(relation))
                for relation in generating(discovered, biases, z, given=everywhere)
            )
        return Relations(
            basis=basis,
            everything=tuple(discovered),
            everywhere=everywhere if groups is not None else (),
            everywhere_count=len(plain) if groups is not None else 0,
            constants=self._constants,
            copies=self._copies,
            biased=judge.biased_columns(),
            names=self._table.names,
            examples=self._table.m,
            group=groups.name if groups is not None else None,
            groups=groups.values if groups is not None else (),
            fdr=self._fdr,
            candidates=tested,
            stages=stages,
            reach=reach,
            crowded=crowded,
            detectable=judge.detectable(tested, MISSED),
            seconds=time.perf_counter() - self._began,
            dropped=self._table.dropped,
            dropped_columns=self._table.dropped_columns,
        )

    def _searched(self) -> tuple[tuple[Stage, ...], list[Judged], bool]:
        stages: list[Stage] = []
        judged: list[Judged] = []
        tested = kept = 0
        deadline = self._deadline
        for weight in range(self._least, self._max_k + 1):
            tested += self._enumeration.subsets(weight)
            level, minorities = self._judge.bounds(tested)
            # One column by itself is no relation, however biased it is.
            plain_level = level if weight > 1 else 0.0
            if weight < self._max_k and not self._affordable(weight) and self._collidable(weight):
                deadline = -math.inf
            stage, candidates = self._enumeration.run(weight, plain_level, minorities, deadline)
            stages.append(stage)
            if stage.visited:
                judged.append(self._judge.judge(candidates))
                kept += len(candidates)
            if not stage.complete or kept > MOST:
                deadline = -math.inf  # larger sizes are only foretold
        return tuple(stages), judged, kept > MOST

    def _affordable(self, weight: int) -> bool:
        """Whether counting a size leaves half of the time to the larger ones."""
        left = self._deadline - time.perf_counter()
        return self._enumeration.predicted(weight) <= left / 2

    def _collidable(self, weight: int) -> bool:
        return self._collide and self._scheme(weight) is not None

    def _collided(self, weights: list[int], judged: list[Judged]) -> tuple[tuple[Reach, ...], bool]:
        """Search sizes by rounds of collisions.

        It ends with the time, or when all noise rates that these rows can detect are reached, or
        with too many candidates, which is told besides.
        """
        from parity_compare.dual.collisions import CollisionSearch
        from parity_compare.dual.rounds import Progress, make_rounds, prepare

        tested = sum(self._enumeration.subsets(w) for w in range(self._least, self._max_k + 1))
        # A relation is missed by the rounds or by its count on all rows: half of the chance each.
        told = self._judge.detectable(tested, MISSED / 2)
        schemes = [scheme for weight in weights if (scheme := self._scheme(weight)) is not None]
        if told is None or not schemes:
            return (), False
        began = time.perf_counter()
        prepare()
        self._deadline += time.perf_counter() - began
        columns = np.ascontiguousarray(self._table.columns[self._kept])
        level, minorities = self._judge.bounds(tested)
        count = self._enumeration.counter(level, minorities)
        sizes = [
            Progress(CollisionSearch(columns, scheme, count), scheme.rounds(told, MISSED / 2))
            for scheme in schemes
        ]
        crowded = make_rounds(sizes, deadline=self._deadline, threads=self._threads, most=MOST)
        judged += [self._judge.judge(found) for size in sizes for found in size.candidates]
        reach = []
        for size in sizes:
            if size.made:
                weight, reached = size.search.plan.weight, size.detectable(MISSED / 2)
                noise = None if reached is None else min(reached, told)
                reach.append(Reach(weight, size.made, size.seconds, noise))
        return tuple(reach), crowded

    def _scheme(self, weight: int) -> Plan | None:
        """How a size is searched by collisions, if it can be."""
        from parity_compare.dual.collisions import plan
        from parity_compare.dual.draws import over_all_rows, within_groups

        groups = self._table.groups
        draw = (
            partial(over_all_rows, self._table.m)
            if groups is None
            else partial(within_groups, groups.codes)
        )
        return plan(len(self._kept), weight, draw)
