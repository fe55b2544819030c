"""What the searches for labels with noise have in common: their rows, their costs, their turns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.outcome import Status
from parity_compare.algorithms.wording import duration
from parity_compare.problems.bits import pack, unpack
from parity_compare.problems.samples import Samples
from parity_compare.solving.deadline import Deadline
from parity_compare.solving.system import System

FAILURE = 1e-6
"""Bound on the chance that one search loses the answer, and that it takes another one for it."""

Support = tuple[int, ...]


@dataclass(frozen=True)
class Found:
    """What a search ended with.

    Attributes:
        status: how it ended.
        support: columns of the best answer, None if there is none.
        constant: the constant that goes with it.
        seconds: what it took.
        detail: in a sentence.
        noise: up to this noise rate an answer of the searched kind would not have escaped, but for
            a chance of 1e-6; 0 if that is not known.
        complete: whether all sets of the size were compared with all rows, to the end.
    """

    status: Status
    support: Support | None
    constant: int
    seconds: float
    detail: str
    noise: float = 0.0
    complete: bool = False


@dataclass
class Rows:
    """The rows that searches are given: drawn at random, as many as they ask for.

    Attributes:
        system: all rows.
        k: the number of columns, if it was told.
        seed, threads: of the searches.
        deadline: what is left of the time.
    """

    system: System
    k: int | None
    seed: int
    threads: int
    deadline: Deadline

    @property
    def m(self) -> int:
        """Number of rows there are."""
        return self.system.samples.m

    @cached_property
    def order(self) -> npt.NDArray[np.int64]:
        """The order in which rows are taken: the file's own may hide what varies late."""
        return np.random.default_rng(self.seed).permutation(self.m)

    def part(self, count: int, columns: tuple[int, ...], *, one: bool) -> Samples:
        """The first rows in that order.

        Args:
            count: how many, at most m.
            columns: the columns that are kept, in their order.
            one: whether a further column, the last, is 1 in every row.
        """
        samples = self.system.samples
        chosen = np.sort(self.order[:count])
        bits = unpack(samples.rows[chosen], samples.n)[:, list(columns)]
        if one:
            bits = np.concatenate([bits, np.ones((len(bits), 1), dtype=np.uint8)], axis=1)
        return Samples(bits.shape[1], pack(bits), samples.labels[chosen])

    def read(self, support: Support, columns: tuple[int, ...]) -> tuple[Support, int]:
        """A support among ``columns`` and the column of ones as columns and constant."""
        constant = int(len(columns) in support)
        return tuple(sorted(columns[i] for i in support if i < len(columns))), constant


class Stage(Protocol):
    """One search: what it would take, and carrying it out."""

    @property
    def size(self) -> int | None:
        """Columns of the sets that are looked at; None for any."""

    @property
    def exhausts(self) -> bool:
        """Whether it looks at every set of its size."""

    @property
    def noise(self) -> float:
        """The noise rate that it is planned for."""

    @property
    def learner(self) -> str:
        """The learner with its parameters."""

    @property
    def seconds(self) -> float:
        """Predicted seconds until it finds what it looks for; inf if it cannot begin."""

    @property
    def most(self) -> float:
        """Predicted seconds until it gives up."""

    @property
    def reason(self) -> str:
        """Why it is worth a try, in a sentence."""

    @property
    def obstacle(self) -> str:
        """Why it cannot begin, whatever the time; empty if it can."""

    def run(self) -> Found:
        """Carry it out."""


class Queue:
    """Searches of one kind, each dearer than the one before.

    Args:
        stages: the searches.
        since: the ceiling from which on the first is looked at.
    """

    def __init__(self, stages: Iterator[Stage], since: float = 0.0) -> None:
        self._stages, self._since = stages, since
        self._opened = False
        self.first: Stage | None = None

    def head(self, ceiling: float) -> Stage | None:
        """The next search; None if there is none that can begin, or not yet."""
        if not self._opened and ceiling >= self._since:
            self._opened = True
            self.next()
        return None if self.first is None or self.first.obstacle else self.first

    def next(self) -> None:
        """Go on to the search after it."""
        self.first = next(self._stages, None)


def briefly(seconds: float) -> str:
    """A predicted time in words; below a millisecond it does not matter."""
    return "under a millisecond" if seconds < 1e-3 else duration(seconds)
