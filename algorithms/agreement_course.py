"""The course of a search through subsets: the best agreement with the labels met so far."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.task import Task
from parity_compare.problems.bits import words_for

Counts = npt.NDArray[np.int64]

Replay = Callable[[int, Counts], None]
"""Called with a number of subsets and ``(m + 1,)`` zeros: goes through the first so many subsets
again, and leaves at every number of agreements the number, from 1, of the first subset that had it
(see :mod:`.kernels.agreements`)."""

_REPLAYED_WORDS = 1 << 24  # words compared in the replays of a trial: at most 70 ms
_GROWTH = 1.25  # from one moment to the next, between those at which the best agreement rises
_MOMENTS_AT_MOST = 200


class AgreementCourse:
    """Follows a search, and leaves in its task's trace how the best agreement rose.

    A search drops what cannot be its answer before all is counted, and so does not know its own
    course. When it is over, its first subsets are gone through again, off the clock, and counted on
    all examples: all of them where that takes no more than 2^24 comparisons of words. Of those that
    follow, the trace has what the search itself had kept by then, which is a lower bound where it
    drops subsets early. Nothing is done unless somebody wants it.

    The columns: the number of subsets tried, from 1 to all, some 25 % apart and wherever the best
    agreement rises; ``agreement``, the largest share of the labels that one of them agreed with;
    ``examples``, how many labels there were. A search that begins anew with other examples or
    another size goes on counting subsets, while the best agreement begins anew.

    Args:
        task: whose trial it is.
        column: name of the first column.
    """

    def __init__(self, task: Task, column: str = "subsets") -> None:
        self._task, self._column = task, column
        self._columns: list[tuple[Counts, npt.NDArray[np.float64], Counts]] = []
        self._before = 0
        self._left = _REPLAYED_WORDS
        self._m, self._visited = 0, 0
        self._replay: Replay | None = None
        self._price = 0
        self._kept: list[tuple[int, int]] = []

    def begin(self, m: int, replay: Replay | None, price: int = 0) -> None:
        """A search begins.

        Args:
            m: number of examples.
            replay: goes through it again; without one only what the search keeps is followed.
            price: of one subset in the replay, in comparisons of words; by default it is one for
                every word of examples.
        """
        self._m, self._replay, self._price = m, replay, price or words_for(m)
        self._visited, self._kept = 0, []

    def reach(self, visited: int, agreements: int = -1) -> None:
        """So many subsets were visited, the best of which agreed with so many labels, if known."""
        self._visited = visited
        if self._task.followed and agreements >= 0:
            number, best = self._kept[-1] if self._kept else (0, -1)
            if agreements > best or visited >= _GROWTH * number:
                self._kept.append((visited, agreements))

    def end(self) -> None:
        """The search is over, in whatever way: record its course."""
        self._task.record(self._extended)
        self._before += self._visited

    def _extended(self) -> dict[str, npt.NDArray[np.generic]]:
        """The columns, those of this search appended."""
        numbers, best = self._course()
        if len(numbers):
            shares, examples = best / self._m, np.full(len(best), self._m)
            self._columns.append((self._before + numbers, shares, examples))
        if not self._columns:
            return {}
        subsets, agreement, examples = map(np.concatenate, zip(*self._columns, strict=True))
        # Only without k, where every size is searched, are there ever more.
        kept = np.linspace(0, len(subsets) - 1, min(len(subsets), _MOMENTS_AT_MOST)).astype(np.intp)
        return {
            self._column: subsets[kept],
            "agreement": agreement[kept],
            "examples": examples[kept],
        }

    def _course(self) -> tuple[Counts, Counts]:
        """Moments of this search and the best agreement at each; none before the first is known."""
        met = np.array([*self._replayed(), *self._kept], dtype=np.int64).reshape(-1, 2)
        numbers, best = met[np.lexsort(met.T[::-1])].T
        best = np.maximum.accumulate(best)
        risen = numbers[np.diff(best, prepend=-1) > 0]
        moments = np.union1d(risen, _spaced(self._before, self._before + self._visited))
        place = np.searchsorted(numbers, moments, side="right") - 1
        return moments[place >= 0], best[place[place >= 0]]

    def _replayed(self) -> list[tuple[int, int]]:
        """Numbers of the subsets at which the best agreement rose, and what it rose to."""
        visits = min(self._visited, self._left // self._price)
        if self._replay is None or not visits:
            return []
        self._left -= visits * self._price
        first = np.zeros(self._m + 1, dtype=np.int64)
        self._replay(visits, first)
        met = np.flatnonzero(first)
        return list(zip(first[met].tolist(), met.tolist(), strict=True))


def _spaced(before: int, last: int) -> Counts:
    """Those of the numbers 1, 2, 3, ..., from 4 on some 25 % apart, that lie past ``before``, and
    ``last``; all less ``before``."""
    moments, number = [], 1
    while number < last:
        if number > before:
            moments.append(number)
        number = max(number + 1, int(_GROWTH * number))
    return np.array([*moments, last], dtype=np.int64) - before
