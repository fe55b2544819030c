"""A search of all k-subsets that is spread over other workers, shard by shard."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.budget import Clock, OutOfTime
from parity_compare.algorithms.subset_search import Ranking, SubsetSearch
from parity_compare.algorithms.task import Scatter
from parity_compare.problems.bits import Words

_SHARD_WORDS = 1 << 31
"""Words compared in a shard: about a second of one core, beside which its handing over is small."""


class SplitSearch:
    """The k-subsets of packed columns, to be searched by many workers.

    Shards are ranges of the prefixes' numbers, cut alike whatever the number of workers, and their
    rankings are added up in order: the answer, and where the first perfect fits end the search the
    number of subsets visited, do not depend on who was quicker.

    Args:
        columns, labels, m, size, bounds: as for :class:`SubsetSearch`.
        scatter: the workers.
        left: tells how many seconds the search may still take.
    """

    def __init__(
        self,
        columns: Words,
        labels: Words,
        m: int,
        size: int,
        bounds: npt.NDArray[np.int64] | None,
        *,
        scatter: Scatter,
        left: Callable[[], float],
    ) -> None:
        self._search = SubsetSearch(columns, labels, m, size, bounds)
        self._given = (columns, labels, m, size, bounds)
        self._none = m + 1
        self._scatter, self._left = scatter, left
        work = math.comb(len(columns), size) * self._search.first_words
        shards = max(1, work // _SHARD_WORDS)
        self._length = max(1, self._search.prefixes // shards)

    @property
    def perfect_only(self) -> bool:
        """Whether only perfect fits are looked for."""
        return self._search.perfect_only

    @property
    def nbytes(self) -> int:
        """Bytes of the tables that every worker makes."""
        return self._search.nbytes * self._scatter.workers

    def run(
        self,
        poll: Callable[[Ranking], None],
        *,
        enough: int = -1,
        wanted: int = 1,
        threads: int = 1,
    ) -> Ranking:
        """Search all prefixes; the arguments are those of :meth:`SubsetSearch.run`.

        ``poll`` is first called when every worker has had the time for one shard, so that what was
        visited until then tells the rate of them all.
        """
        ranking = Ranking(None, self._none, self._none, 0)
        shards = self._shards(enough, wanted, threads)
        with closing(self._scatter(shards, self._left())) as results:
            for done, part in enumerate(results, start=1):
                ranking += part
                if (ranking.misses if wanted == 1 else ranking.runner_up) <= enough:
                    break
                if done >= self._scatter.workers:
                    poll(ranking)
        return ranking

    def _shards(self, enough: int, wanted: int, threads: int) -> Iterator[Shard]:
        for first in range(0, self._search.prefixes, self._length):
            last = min(self._search.prefixes, first + self._length)
            yield Shard(*self._given, first, last, enough, wanted, threads, self._left())


@dataclass(frozen=True, eq=False)
class Shard:
    """A range of prefixes and all it takes to search it elsewhere; calling it does so.

    Attributes:
        columns, labels, m, size, bounds: as for :class:`SubsetSearch`.
        first, last, enough, wanted, threads: as for :meth:`SubsetSearch.run`.
        seconds: what it may take.
    """

    columns: Words
    labels: Words
    m: int
    size: int
    bounds: npt.NDArray[np.int64] | None
    first: int
    last: int
    enough: int
    wanted: int
    threads: int
    seconds: float

    def __call__(self) -> Ranking:
        """The shard's ranking.

        Raises:
            OutOfTime: the seconds are spent.
        """
        clock = Clock()
        clock.start()

        def poll(ranking: Ranking) -> None:
            if clock.seconds > self.seconds:
                raise OutOfTime

        search = SubsetSearch(self.columns, self.labels, self.m, self.size, self.bounds)
        return search.run(
            poll,
            first=self.first,
            last=self.last,
            enough=self.enough,
            wanted=self.wanted,
            threads=self.threads,
        )
