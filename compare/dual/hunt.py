"""One search for relations, from the table to the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.threads import usable_cores
from parity_compare.dual.clock import Clock, never
from parity_compare.dual.judging import Judge, Judged
from parity_compare.dual.layout import grouped_layout, plain_layout
from parity_compare.dual.limits import Limits
from parity_compare.dual.relation import Reach, Relations, Stage
from parity_compare.dual.search import MOST, Enumeration
from parity_compare.dual.span import generating
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.redundant_columns import redundancy
from parity_compare.problems.tables import Table

if TYPE_CHECKING:
    from parity_compare.dual.collisions import Plan

Floats = npt.NDArray[np.float64]

MISSED = 1e-3
"""The chance of a miss at the noise rate that a search says it would detect."""


class Hunt:
    """A table, ready to be searched; kernels are compiled or loaded when it is made.

    Args:
        table: the table, with its groups if there are any.
        limits: how far the search goes.
        collisions: whether to search sizes that are too large to be counted.

    Raises:
        InvalidInput: the table has no rows or no columns.
    """

    def __init__(self, table: Table, limits: Limits, *, collisions: bool = True) -> None:
        if not table.m:
            raise InvalidInput("data must have at least one row, got 0")
        if not table.names:
            raise InvalidInput("data must have at least one column, got 0")
        self._table, self._limits, self._collide = table, limits, collisions
        self._threads = limits.threads or usable_cores()
        groups = table.groups
        found = redundancy(table.columns, table.m, table.names)
        self._constants, self._copies = found.constants, found.copies
        apart = {c.column for c in found.constants} | {c.column for c in found.copies}
        self._kept = [i for i in range(len(table.names)) if i not in apart]
        # One column may be constant within groups; over all rows it is reported apart.
        self._least = 2 if groups is None else 1
        self._max_k = min(limits.max_k, len(self._kept))
        columns = table.columns[self._kept]
        ones = np.bitwise_count(columns).sum(axis=1, dtype=np.int64)
        self._biases: Floats = 1 - 2 * ones / table.m
        self._judge = Judge(table, self._kept, self._biases, limits.fdr)
        layout = plain_layout(table.m) if groups is None else grouped_layout(groups.codes)
        columns = np.ascontiguousarray(columns) if groups is None else layout.arrange(columns)
        self._enumeration = Enumeration(columns, layout, self._biases, self._threads)
        self._enumeration.prepare()
        self._clock = Clock()

    def run(self, stop: Callable[[], bool] = never) -> Relations:
        """Search as far as the limits allow.

        Args:
            stop: whether to end now with what was found so far; asked some ten times a second.
        """
        self._clock = Clock(self._limits.time_limit, stop)
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
        basis = everywhere = generating(plain, biases, z, apart=judge.apart)
        if groups is not None:
            basis = tuple(
                replace(relation, values=judge.values(relation))
                for relation in generating(
                    discovered, biases, z, given=everywhere, apart=judge.apart
                )
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
            fdr=self._limits.fdr,
            candidates=tested,
            stages=stages,
            reach=reach,
            crowded=crowded,
            detectable=judge.detectable(tested, MISSED),
            interrupted=self._clock.interrupted,
            seconds=self._clock.spent,
            dropped=self._table.dropped,
            dropped_columns=self._table.dropped_columns,
        )

    def _searched(self) -> tuple[tuple[Stage, ...], list[Judged], bool]:
        stages: list[Stage] = []
        judged: list[Judged] = []
        tested = kept = 0
        going = True
        for weight in range(self._least, self._max_k + 1):
            tested += self._enumeration.subsets(weight)
            level, minorities = self._judge.bounds(tested)
            # One column by itself is no relation, however biased it is.
            plain_level = level if weight > 1 else 0.0
            if weight < self._max_k and not self._affordable(weight) and self._collidable(weight):
                going = False
            if not going:
                stages.append(self._enumeration.foretold(weight))
                continue
            stage, candidates = self._enumeration.run(weight, plain_level, minorities, self._clock)
            stages.append(stage)
            if stage.visited:
                judged.append(self._judge.judge(candidates))
                kept += len(candidates)
            going = stage.complete and kept <= MOST
        return tuple(stages), judged, kept > MOST

    def _affordable(self, weight: int) -> bool:
        """Whether counting a size leaves half of the time to the larger ones."""
        return self._enumeration.predicted(weight) <= self._clock.left / 2

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
        if told is None or not schemes or self._clock.over:
            return (), False
        with self._clock.paused():
            prepare()
        columns = np.ascontiguousarray(self._table.columns[self._kept])
        level, minorities = self._judge.bounds(tested)
        count = self._enumeration.counter(level, minorities)
        sizes = [
            Progress(CollisionSearch(columns, scheme, count), scheme.rounds(told, MISSED / 2))
            for scheme in schemes
        ]
        crowded = make_rounds(sizes, clock=self._clock, threads=self._threads, most=MOST)
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
