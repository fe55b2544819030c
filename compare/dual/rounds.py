"""Rounds of collisions of several sizes, on all threads, for as long as it takes or there is time.

A round is determined by its size and number, and rounds are taken into account in the order of
their numbers, up to a number that follows from what they bring. So the answer depends neither on
the number of threads nor on which of them is faster, unless the time runs out before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from parity_compare.dual.clock import Clock
from parity_compare.dual.collisions import CollisionSearch, Plan, Round
from parity_compare.dual.draws import OverAllRows
from parity_compare.dual.search import Candidates

_FAILED_ROUNDS = 20  # in a row, after which a weight is given up
_BYTES = 1 << 31
"""Memory of all rounds that are made at the same time; one is made in any case."""


@dataclass(eq=False)
class Progress:
    """How far one size is.

    Attributes:
        search: its rounds.
        wanted: rounds after which it is done; infinity if it goes on as long as there is time.
        made: rounds made and not given up.
        seconds: what these and the others took, added up over threads.
        candidates: what they brought, every subset once.
    """

    search: CollisionSearch
    wanted: float
    made: int = 0
    seconds: float = 0.0
    candidates: list[Candidates] = field(default_factory=list)
    _seen: set[bytes] = field(default_factory=set)
    _begun: int = 0
    _taken: int = 0
    _failed: int = 0  # in a row

    @property
    def given_up(self) -> bool:
        """Whether too many pairs of halves agree in too many rows: biased columns do that."""
        return self._failed >= _FAILED_ROUNDS

    @property
    def open(self) -> bool:
        """Whether another round is to begin, should those under way succeed."""
        under_way = self._begun - self._taken
        return not self.given_up and self.made + under_way < self.wanted

    @property
    def spent(self) -> tuple[float, int]:
        """What orders sizes: those that had least time come first, rounds under way included."""
        under_way = self._begun - self._taken
        return self.seconds * (1 + under_way / max(1, self._taken)), self._begun

    def detectable(self, failure: float) -> float | None:
        """The largest noise rate that the rounds made miss with probability ``failure``."""
        return self.search.plan.detectable(self.made, failure)

    def begin(self) -> int:
        """The number of the next round."""
        self._begun += 1
        return self._begun - 1

    def take(self, outcome: Round) -> int:
        """Account for the next round in the order of numbers; the subsets that are new."""
        self._taken += 1
        self.seconds += outcome.seconds
        if self.given_up:
            return 0
        if outcome.candidates is None:
            self._failed += 1
            return 0
        self._failed = 0
        self.made += 1
        fresh = self._fresh(outcome.candidates)
        if len(fresh):
            self.candidates.append(fresh)
        return len(fresh)

    def _fresh(self, found: Candidates) -> Candidates:
        places = []
        for place, subset in enumerate(found.subsets):
            name = subset.tobytes()
            if name not in self._seen:
                self._seen.add(name)
                places.append(place)
        chosen = np.array(places, dtype=np.int64)
        return Candidates(found.subsets[chosen], found.ones[chosen], found.minorities[chosen])


def prepare() -> None:
    """Compile the kernels, or load them compiled, which no limit on time should pay for."""
    columns = np.array([[1], [2], [3], [4]], dtype=np.uint64)
    scheme = Plan(n=4, weight=2, half=2, first=1, second=1, draw=OverAllRows(3, 1, 1), most=0)
    none = np.empty(0, dtype=np.int64)
    CollisionSearch(columns, scheme, lambda subsets: Candidates(subsets, none, none)).round(0)


def make_rounds(sizes: Sequence[Progress], *, clock: Clock, threads: int, most: int) -> bool:
    """Make rounds until every size has those it wants or is given up, or the time is over.

    Args:
        sizes: what to search; moved forward in place.
        clock: no round begins once it is over.
        threads: threads that share the work.
        most: candidates beyond which the search ends.

    Returns:
        Whether it ended because there were too many candidates.
    """
    if not sizes:
        return False
    memory = max(size.search.plan.bytes for size in sizes)
    threads = max(1, min(threads, _BYTES // memory))
    found = 0
    under_way: deque[tuple[Progress, Future[Round]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            while found <= most:
                # As many again wait, so that no thread does while the oldest round is waited for.
                while len(under_way) < 2 * threads and not clock.over:
                    unfinished = [size for size in sizes if size.open]
                    if not unfinished:
                        break
                    size = min(unfinished, key=lambda size: size.spent)
                    under_way.append((size, pool.submit(size.search.round, size.begin())))
                if clock.over:
                    _cancel(under_way)
                if not under_way:
                    return False
                size, future = under_way.popleft()
                found += size.take(future.result())
        finally:
            _cancel(under_way)
    return True


def _cancel(under_way: deque[tuple[Progress, Future[Round]]]) -> None:
    """Drop the rounds that have not begun, the last first, so that none before them is missing."""
    while under_way and under_way[-1][1].cancel():
        under_way.pop()
