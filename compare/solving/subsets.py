"""Exhaustive search on a user's rows, size by size."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.acceptance import (
    acceptance_threshold,
    chance_of_agreement,
    mismatch_bounds,
    sample_size,
)
from parity_compare.algorithms.exhaustive import ExhaustiveSearch
from parity_compare.algorithms.first_words import seconds_per_subset
from parity_compare.algorithms.outcome import Status
from parity_compare.algorithms.wording import number
from parity_compare.problems.bits import pack, transpose, words_for
from parity_compare.solving.chance import candidates, noise_that_shows
from parity_compare.solving.stages import FAILURE, Found, Rows, briefly

_LADDER = (0.3, 0.45, 0.4995)  # up to the first, sets that disagree more are dropped


@dataclass
class ExhaustiveStage:
    """All sets of one size of the distinct columns and a column of ones.

    A set that holds the column of ones is an answer with constant 1 and one column fewer. Where
    the user told k, the sets of k columns are compared with either label instead.

    Attributes:
        rows: the rows.
        size: columns of the sets.
        noise: the noise rate that the number of rows is chosen for.
        pruned: whether sets are dropped as soon as they disagree more than that.
    """

    rows: Rows
    size: int
    noise: float
    pruned: bool
    exhausts: ClassVar[bool] = True

    @property
    def learner(self) -> str:
        """Exhaustive search."""
        return ExhaustiveSearch.name

    @property
    def _columns(self) -> int:
        return len(self.rows.system.distinct) + (self.rows.k is None)

    @cached_property
    def subsets(self) -> int:
        """How many sets there are."""
        return math.comb(self._columns, self.size)

    @cached_property
    def count(self) -> int:
        """How many rows they are compared with."""
        weighted = min(1e300, float(min(self._candidates, 10**300)))
        return min(self.rows.m, sample_size(weighted, self.noise, FAILURE))

    @property
    def _candidates(self) -> int:
        system = self.rows.system
        return candidates(
            system.n, min(self.size, system.n), system.rank, told=self.rows.k is not None
        )

    @cached_property
    def seconds(self) -> float:
        """The sets, each with the words that it is looked at in, shared among the threads."""
        told = ExhaustiveSearch().forecast(
            self._columns, k=self.size, noise=0.25, samples=self.rows.m
        )
        assert told.steps is not None
        runs = 1 if self.rows.k is None else 2
        each = seconds_per_subset(self.count, self._bounds(self.count))
        return runs * told.steps * each / self.rows.threads

    @property
    def most(self) -> float:
        """It looks at all sets anyway."""
        return self.seconds

    @property
    def obstacle(self) -> str:
        """That even full agreement may be luck."""
        if acceptance_threshold(self.rows.m, self._candidates, 1e-3) <= self.rows.m:
            return ""
        return (
            f"Among {number(self.subsets)} XORs of {self.size} columns, one may well fit all "
            f"{self.rows.m} rows by chance."
        )

    @property
    def reason(self) -> str:
        """The number of sets and the predicted time."""
        of = "columns" if self.rows.k is not None else "out of columns and constant"
        return (
            f"the {number(self.subsets)} sets of {self.size} {of} are predicted to need "
            f"{briefly(self.seconds)} on {self.count} rows"
        )

    def run(self) -> Found:
        """Compare every set with the rows."""
        with self.rows.deadline.stopped():
            ExhaustiveSearch().prepare(self._columns)
            from parity_compare.algorithms.subset_search import Ranking, SubsetSearch

        distinct = self.rows.system.distinct
        part = self.rows.part(self.count, distinct, one=self.rows.k is None)
        columns, since = transpose(part.rows, part.n), self.rows.deadline.spent
        m, best, constant = part.m, Ranking(None, part.m + 1, part.m + 1, 0), 0
        for value in (0,) if self.rows.k is None else (0, 1):
            labels = pack(part.labels ^ np.uint8(value))
            ranking = SubsetSearch(columns, labels, m, self.size, self._bounds(m)).run(
                lambda ranking: self.rows.deadline.poll(), threads=self.rows.threads
            )
            constant = value if ranking.misses < best.misses else constant
            best = best + ranking
        seconds = self.rows.deadline.spent - since
        reach, complete = self._reach(m), not self.pruned and m == self.rows.m
        if best.best is None:
            detail = f"None of {number(self.subsets)} sets agrees with {m} labels so well."
            return Found(Status.GAVE_UP, None, 0, seconds, detail, reach, complete)
        support, extra = self.rows.read(best.best, distinct)
        agreements = m - best.misses
        luck = chance_of_agreement(agreements, m, 2 * self.subsets)
        detail = (
            f"At best {agreements} of {m} labels agree, by chance with probability at most "
            f"{luck:.2g}."
        )
        return Found(Status.GAVE_UP, support, constant ^ extra, seconds, detail, reach, complete)

    def _bounds(self, m: int) -> npt.NDArray[np.int64] | None:
        if not self.pruned:
            return None
        words = words_for(m)
        examples = np.minimum(64 * np.arange(1, words + 1), m)
        return mismatch_bounds(examples, self.noise, FAILURE / (2 * words))

    def _reach(self, m: int) -> float:
        """The noise rate up to which the right set would have been the best, and accepted."""
        shows = noise_that_shows(m, self._candidates, FAILURE / 2, FAILURE / 2)
        return min(shows, self.noise) if self.pruned else shows


def exhaustive_stages(rows: Rows, noise: float | None) -> list[Iterator[ExhaustiveStage]]:
    """Exhaustive search in rising sizes, on ever more rows for ever more noise.

    Where there are no more rows for more noise, the same search is not made again.
    """
    sizes = range(1, len(rows.system.distinct) + 2) if rows.k is None else (rows.k,)

    def rising(
        rate: float, *, pruned: bool, before: float | None = None
    ) -> Iterator[ExhaustiveStage]:
        for size in sizes:
            if before is not None and ExhaustiveStage(rows, size, before, pruned).count == rows.m:
                return  # the next size asks for as many at least
            yield ExhaustiveStage(rows, size, rate, pruned)

    if noise is not None:
        return [rising(noise, pruned=True)]
    little, much, most = _LADDER
    return [
        rising(little, pruned=True),
        rising(much, pruned=False),
        rising(most, pruned=False, before=much),
    ]
