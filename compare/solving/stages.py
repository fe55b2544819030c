"""The searches for labels with noise: what each would take, and what it finds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms import registry
from parity_compare.algorithms.acceptance import (
    acceptance_threshold,
    chance_of_agreement,
    mismatch_bounds,
    sample_size,
)
from parity_compare.algorithms.exhaustive import ExhaustiveSearch
from parity_compare.algorithms.forecast import Forecast
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Status
from parity_compare.algorithms.pooled_gauss import PooledGauss
from parity_compare.algorithms.wording import duration, number
from parity_compare.problems.bits import pack, transpose, unpack, words_for
from parity_compare.problems.samples import Samples
from parity_compare.solving.attempting import Deadline, ask, negated
from parity_compare.solving.chance import candidates, noise_that_shows
from parity_compare.solving.system import System, eliminate

FAILURE = 1e-6
"""Bound on the chance that one search loses the answer, and that it takes another one for it."""

NOISE_LADDER = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4)
_SPARSE_LADDER = (0.02, 0.1, 0.25)
_SPARSE_SIZES = range(3, 13)
_EXHAUSTIVE_LADDER = (0.3, 0.45, 0.4995)  # up to the first, sets that disagree more are dropped
_MOST_POOL = 1 << 17  # rows that a learner is handed: more than any plan asks for

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
    """

    status: Status
    support: Support | None
    constant: int
    seconds: float
    detail: str
    noise: float = 0.0


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
    _parts: dict[tuple[int, tuple[int, ...]], Samples] = field(default_factory=dict)

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
                seconds=self.rows.deadline.left,
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

    @property
    def seconds(self) -> float:
        """By the learner's own formula."""
        learner = ExhaustiveSearch()
        told = learner.forecast(self._columns, k=self.size, noise=0.25, samples=self.rows.m)
        assert learner.speed is not None
        assert told.steps is not None
        runs = 1 if self.rows.k is None else 2
        return runs * told.steps * words_for(self.count) / learner.speed

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
        reach = self._reach(m)
        if best.best is None:
            detail = f"None of {number(self.subsets)} sets agrees with {m} labels so well."
            return Found(Status.GAVE_UP, None, 0, seconds, detail, reach)
        support, extra = self.rows.read(best.best, distinct)
        agreements = m - best.misses
        luck = chance_of_agreement(agreements, m, 2 * self.subsets)
        detail = f"At best {agreements} of {m} labels agree; luck does so with {luck:.2g}."
        return Found(Status.GAVE_UP, support, constant ^ extra, seconds, detail, reach)

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


def pooled_stages(rows: Rows, noise: float | None) -> Iterator[PooledStage]:
    """Pooled Gauss for rising noise rates, or for the one that was told."""
    return (PooledStage(rows, rate) for rate in (NOISE_LADDER if noise is None else (noise,)))


def sparse_stages(rows: Rows, noise: float | None) -> Iterator[PooledStage]:
    """Pooled Gauss for one size each where that is much cheaper, the cheapest first.

    None where the size was told, as all pooled Gauss knows it then. Nothing is planned before the
    first one is asked for.
    """
    if rows.k is None:
        stages = [
            PooledStage(rows, rate, size)
            for size in _SPARSE_SIZES
            for rate in (_SPARSE_LADDER if noise is None else (noise,))
            if size <= rows.system.rank
        ]
        yield from sorted(
            (stage for stage in stages if stage.worthwhile), key=lambda stage: stage.seconds
        )


def exhaustive_stages(rows: Rows, noise: float | None) -> list[Iterator[ExhaustiveStage]]:
    """Exhaustive search in rising sizes, on ever more rows for ever more noise.

    Where there are no more rows for more noise, the same search is not made again.
    """
    sizes = range(1, len(rows.system.distinct) + 2) if rows.k is None else (rows.k,)

    def rising(
        rate: float, *, pruned: bool, before: float | None = None
    ) -> Iterator[ExhaustiveStage]:
        for size in sizes:
            stage = ExhaustiveStage(rows, size, rate, pruned)
            if before is None or stage.count > ExhaustiveStage(rows, size, before, pruned).count:
                yield stage

    if noise is not None:
        return [rising(noise, pruned=True)]
    little, much, most = _EXHAUSTIVE_LADDER
    return [
        rising(little, pruned=True),
        rising(much, pruned=False),
        rising(most, pruned=False, before=much),
    ]


def briefly(seconds: float) -> str:
    """A predicted time in words; below a millisecond it does not matter."""
    return "under a millisecond" if seconds < 1e-3 else duration(seconds)
