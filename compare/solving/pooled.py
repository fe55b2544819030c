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
from parity_compare.solving.stages import FAILURE, Found, Rows, Support, briefly
from parity_compare.solving.system import eliminate

NOISE_LADDER = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4)
_SPARSE_LADDER = (0.05, 0.2)
_SPARSE_SIZES = range(3, 9)
_MOST_POOL = 1 << 17  # rows that a learner is handed: more than any plan asks for


@dataclass
class PooledStage:
    """Pooled Gauss for one noise rate, and for one size or any.

    The columns are independent of each other and of the constant, which is one more column: a
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

    @property
    def _told(self) -> bool:
        """Whether the number of columns was told and means the same here."""
        system = self.rows.system
        return self.rows.k is not None and system.pivots == system.distinct

    @property
    def _learner(self) -> Learner:
        return PooledGauss(assumed_noise=self.noise)

    @property
    def learner(self) -> str:
        """The learner with the noise rate."""
        return registry.label(self._learner)

    @cached_property
    def _forecast(self) -> Forecast:
        columns = self.rows.system.rank + (not self._told)
        m = min(self.rows.m, _MOST_POOL)
        told = self._learner.forecast(columns, k=self._size, noise=self.noise, samples=m)
        assert told is not None
        return told

    @property
    def _size(self) -> int | None:
        return self.rows.k if self._told else self.size

    @property
    def seconds(self) -> float:
        """By the learner's own formula."""
        speed = PooledGauss.speed
        assert speed is not None
        return self._forecast.operations / speed if self._forecast.begins else math.inf

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
        columns = self.rows.system.pivots
        found = self._search(columns)
        if found.status is Status.UNDERDETERMINED and not self._told:
            small = self.rows.part(max(1, self._count // 4), columns, one=False)
            lively = tuple(columns[i] for i in eliminate(small).pivots)
            again = self._search(lively)
            seconds = found.seconds + again.seconds
            return replace(again, seconds=seconds, noise=0.0)
        return found

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
        reach = self.noise if missed else 0.0
        return Found(outcome.status, None, 0, seconds, outcome.detail, reach)


def pooled_stages(rows: Rows, noise: float | None) -> Iterator[PooledStage]:
    """Pooled Gauss for rising noise rates, or for the one that was told."""
    return (PooledStage(rows, rate) for rate in (NOISE_LADDER if noise is None else (noise,)))


def sparse_stages(rows: Rows, noise: float | None) -> Iterator[PooledStage]:
    """Pooled Gauss for one size each where that is much cheaper, the cheapest first.

    None where the size was told, as all pooled Gauss knows it then. Nothing is planned before the
    first one is asked for.
    """
    if rows.k is None:
        stages = []
        for size in _SPARSE_SIZES:
            for rate in _SPARSE_LADDER if noise is None else (noise,):
                rows.deadline.poll()  # a plan takes a tenth of a second or so
                stage = PooledStage(rows, rate, size)
                if size <= rows.system.rank and stage.worthwhile:
                    stages.append(stage)
        yield from sorted(stages, key=lambda stage: stage.seconds)
