"""Pooled Gauss on a user's rows, for noise rates and sizes that are guessed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

from parity_compare.algorithms import registry
from parity_compare.algorithms.forecast import Forecast
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Status
from parity_compare.algorithms.pooled_gauss import PooledGauss
from parity_compare.solving.attempting import ask, negated
from parity_compare.solving.chance import rate_within
from parity_compare.solving.stages import FAILURE, Found, Rows, Support, briefly
from parity_compare.solving.system import eliminate

NOISE_LADDER = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4)
_SPARSE_LADDER = (0.05, 0.2)
_SPARSE_SIZES = range(3, 9)
_SPARE_ROWS = 64  # random rows, so many more than columns, have full rank but for chance 2^-64
_MOST_POOL = 1 << 17  # rows that a learner is handed: more than any plan asks for


@dataclass
class PooledStage:
    """Pooled Gauss for one noise rate, and for one size or any.

    The columns are independent of each other and of the constant where answers of any size are
    looked for, and distinct where answers of one size are. The constant is one more column: a
    secret that holds it is an answer with constant 1. Where the user told k and the columns allow
    it, secrets of k columns are looked for with either label instead.

    Attributes:
        rows: the rows.
        noise: the noise rate that it is planned for.
        size: columns of the secret, the constant's included; None for any.
    """

    rows: Rows
    noise: float
    size: int | None = None
    exhausts: ClassVar[bool] = False

    @cached_property
    def _told(self) -> bool:
        """Whether secrets of the k columns that were told are looked for.

        Where columns depend on others, an answer of k columns may have another size in terms of
        independent ones. Of the columns that are distinct it is looked for if that costs less than
        to look for answers of any size.
        """
        if self.rows.k is None:
            return False
        system = self.rows.system
        if system.pivots == system.distinct:
            return True
        of_k = self._forecasted(len(system.distinct), self.rows.k)
        of_any = self._forecasted(system.rank + 1, None)
        return of_k.operations < of_any.operations

    @property
    def _learner(self) -> Learner:
        return PooledGauss(assumed_noise=self.noise)

    @property
    def learner(self) -> str:
        """The learner with the noise rate."""
        return registry.label(self._learner)

    @cached_property
    def _forecast(self) -> Forecast:
        return self._forecasted(len(self._columns) + (not self._told), self._size)

    def _forecasted(self, columns: int, size: int | None) -> Forecast:
        m = min(self.rows.m, _MOST_POOL)
        told = self._learner.forecast(columns, k=size, noise=self.noise, samples=m)
        assert told is not None
        return told

    @property
    def _size(self) -> int | None:
        return self.rows.k if self._told else self.size

    @property
    def _columns(self) -> Support:
        """Independent columns represent every answer; of few columns, only all distinct ones do."""
        system = self.rows.system
        return system.pivots if self._size is None else system.distinct

    @property
    def seconds(self) -> float:
        """By the learner's own formula, shared among the threads."""
        speed = PooledGauss.speed
        assert speed is not None
        if not self._forecast.begins:
            return math.inf
        return self._forecast.operations / speed / self.rows.threads

    @property
    def most(self) -> float:
        """It gives up after 2 ln(1/failure) times the expected number of windows."""
        return 2 * math.log(1 / FAILURE) * self.seconds

    @property
    def worthwhile(self) -> bool:
        """Whether looking for one size only is much cheaper than looking for any."""
        return 2 * self.seconds < PooledStage(self.rows, self.noise).seconds

    @property
    def obstacle(self) -> str:
        """Mostly that the rows are too few."""
        return "" if self._forecast.begins else self._forecast.obstacle

    @property
    def reason(self) -> str:
        """The noise rate and the predicted time."""
        size = "" if self._size is None else f" and {self._size} columns take part"
        return (
            f"if {100 * self.noise:g} % of the labels are wrong{size}, it is predicted to need "
            f"{briefly(self.seconds)}"
        )

    def run(self) -> Found:
        """Search one pool of rows; of both labels if the number of columns was told.

        Columns that hardly ever vary may be constant in the pool, or copies of others, and are left
        to those who settle what is found on all rows.
        """
        columns = self._columns
        found = self._search(columns)
        if found.status is Status.UNDERDETERMINED and found.support is None:
            lively = self._lively(columns)
            if len(lively) < len(columns):
                again = self._search(lively)
                which = f"Of {len(columns)} columns, {len(lively)} were searched, as the others "
                detail = f"{which}hardly vary or depend on these in the pool. {again.detail}"
                seconds = found.seconds + again.seconds
                return replace(again, seconds=seconds, detail=detail, noise=0.0)
        return found

    def _lively(self, columns: Support) -> Support:
        """The columns that are independent, or distinct where few are looked for, in some rows.

        These are a quarter of the pool's, so that what is independent in them is so in a pool that
        is drawn from it; but more than columns, for else the rows would be what is dependent.
        """
        enough = min(self._count, len(columns) + _SPARE_ROWS)
        small = eliminate(self.rows.part(max(self._count // 4, enough), columns, one=False))
        return tuple(columns[i] for i in (small.pivots if self._size is None else small.distinct))

    @property
    def _count(self) -> int:
        wanted = self._forecast.samples
        return min(self.rows.m, _MOST_POOL if wanted is None else math.ceil(wanted))

    def _search(self, columns: Support) -> Found:
        part = self.rows.part(self._count, columns, one=not self._told)
        seconds, missed = 0.0, True
        for constant, labelled in enumerate((part, negated(part)) if self._told else (part,)):
            outcome = ask(
                self._learner,
                labelled,
                k=self._size,
                noise=None,
                deadline=self.rows.deadline,
                seed=self.rows.seed,
                threads=self.rows.threads,
            )
            seconds += outcome.cost.seconds
            missed &= outcome.status is Status.GAVE_UP
            if outcome.support is not None:
                support, extra = self.rows.read(outcome.support, columns)
                return Found(outcome.status, support, constant ^ extra, seconds, outcome.detail)
        system = self.rows.system
        # What a plan for few columns excludes supposes that none depends on others.
        planned = not self._told or system.pivots == system.distinct
        reach = self._excluded(columns, part.m) if missed and planned else 0.0
        return Found(outcome.status, None, 0, seconds, outcome.detail, reach)

    def _excluded(self, columns: Support, rows: int) -> float:
        """The noise rate at which the answer would hardly have been missed.

        The tries are enough for a share of wrong labels in the pool, of which there may be more.
        """
        n = len(columns) + (not self._told)
        pool = PooledGauss().pool(n, k=self._size, noise=self.noise, samples=rows)
        return rate_within(self.noise, pool, FAILURE)


def pooled_stages(rows: Rows, noise: float | None) -> Iterator[PooledStage]:
    """Pooled Gauss for rising noise rates, or for the one that was told."""
    return (PooledStage(rows, rate) for rate in (NOISE_LADDER if noise is None else (noise,)))


def sparse_stages(rows: Rows, noise: float | None) -> Iterator[PooledStage]:
    """Pooled Gauss for one size each where that is much cheaper, the cheapest first.

    None where the size was told, as all pooled Gauss knows it then. Nothing is planned before the
    first one is asked for, and no size beyond one that does not fit into the time that is left.
    """
    if rows.k is None:
        stages: list[PooledStage] = []
        for rate in _SPARSE_LADDER if noise is None else (noise,):
            stages.extend(_rising(rows, rate))
        yield from sorted(stages, key=lambda stage: stage.seconds)


def _rising(rows: Rows, rate: float) -> Iterator[PooledStage]:
    for size in _SPARSE_SIZES:
        rows.deadline.poll()  # a plan takes a tenth of a second or so, of thousands of columns more
        stage = PooledStage(rows, rate, size)
        if size <= rows.system.rank and stage.worthwhile:
            yield stage
        if stage.seconds > rows.deadline.left:
            return
