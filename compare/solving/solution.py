"""The answer to a user's data: what it is, how well and how surely it fits, what was tried."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from parity_compare.algorithms.outcome import Outcome, Status
from parity_compare.problems.bits import Bits
from parity_compare.problems.samples import Samples
from parity_compare.solving.chance import candidates, chance
from parity_compare.solving.system import System, eliminate
from parity_compare.statistics import Interval, wilson

LUCK = 1e-3
"""An answer that luck makes more often than this is not vouched for."""


@dataclass(frozen=True)
class Answer:
    """A parity with a constant: label = constant XOR the columns.

    Attributes:
        support: the columns' numbers, sorted.
        columns: their names.
        constant: 0 or 1.
    """

    support: tuple[int, ...]
    columns: tuple[str, ...]
    constant: int


@dataclass(frozen=True)
class Attempt:
    """One way that was tried, or why it was not.

    Attributes:
        learner: the learner with its parameters, as :func:`.registry.parse` reads it, or
            ``walsh-hadamard`` for the transform over all parities at once.
        reason: why it was chosen, or not begun, in a sentence.
        status: how it ended; None if it was not begun.
        seconds: what it took.
        detail: what it found, in a sentence.
    """

    learner: str
    reason: str
    status: Status | None
    seconds: float = 0.0
    detail: str = ""

    @property
    def begun(self) -> bool:
        """Whether it was begun."""
        return self.status is not None


@dataclass(frozen=True)
class Guess:
    """The best answer that was met, but is not given: luck does as well too often.

    Attributes:
        answer: the parity.
        agreements: rows whose label it has.
        chance: bound on the probability that luck does as well, above 1e-3.
    """

    answer: Answer
    agreements: int
    chance: float


@dataclass(frozen=True)
class Rival:
    """The next best answer that is known and labels some rows otherwise.

    Attributes:
        answer: the parity.
        agreements: rows whose label it has.
        differing: rows on which it and the answer differ.
        doubt: probability that the difference in agreement, or a larger one, comes about where
            both are right in half of the rows on which they differ (sign test, one-sided).
    """

    answer: Answer
    agreements: int
    differing: int
    doubt: float


@dataclass(frozen=True)
class Solution(Outcome):
    """An outcome on a user's data: label = constant XOR the columns of the support.

    Attributes:
        learner: which learner gave it.
        samples: the data.
        constant: 0 or 1.
        k: the number of columns, if it was told.
        alternatives: up to ten of the lightest other answers that label all rows alike, without
            columns that never vary and with at most one of several copies.
        ties: how many other answers, which label some rows otherwise, agree with as many rows;
            None if that is not known.
        rival: the next best answer that is known.
        guess: the best answer that ``auto`` met, where it gives none.
        attempts: what was tried, in order.
        excluded: what would not have escaped, in sentences.
        advice: what more data would settle, and what else to try, in sentences.
        elimination: :attr:`system`, where it is known already.
    """

    learner: str = ""
    samples: Samples | None = field(default=None, repr=False, compare=False)
    constant: int = 0
    k: int | None = None
    alternatives: tuple[Answer, ...] = field(default=(), repr=False)
    ties: int | None = None
    rival: Rival | None = field(default=None, repr=False)
    guess: Guess | None = field(default=None, repr=False)
    attempts: tuple[Attempt, ...] = field(default=(), repr=False, compare=False)
    excluded: tuple[str, ...] = field(default=(), repr=False)
    advice: tuple[str, ...] = field(default=(), repr=False)
    elimination: System | None = field(default=None, repr=False, compare=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the support's columns."""
        return tuple(self._data.names[i] for i in self.support or ())

    @property
    def message(self) -> str:
        """The particulars; where :attr:`advice` says what to try, without the status's own."""
        return self.detail if self.support is None and self.advice else super().message

    @property
    def examples(self) -> int:
        """Number of rows m."""
        return self._data.m

    @cached_property
    def agreements(self) -> int:
        """Rows whose label equals the constant XOR the columns; 0 without a support."""
        if self.support is None:
            return 0
        equal = self._data.agreement(self.support)
        return self.examples - equal if self.constant else equal

    @property
    def noise(self) -> Interval:
        """The share of rows that disagree, with its Wilson 95 % interval."""
        return wilson(self.examples - self.agreements, self.examples)

    @cached_property
    def chance(self) -> float:
        """Bound on the probability that luck does as well (:mod:`.solving.chance`).

        It is the probability that the best of all parities, with both constants, agrees with as
        many labels, if the labels were dealt out to the rows at random. Without k, larger parities
        have a smaller share in the error, for there are more of them.
        """
        if self.support is None:
            return 1.0
        return chance_of(self.system, self.support, self.constant, told="k" in self._told)

    @property
    def sure(self) -> bool:
        """Whether an answer was found that luck makes with probability at most 1e-3."""
        return self.status is Status.FOUND and self.chance <= LUCK

    @cached_property
    def system(self) -> System:
        """The rows as a linear system: rank, copies, relations."""
        return self.elimination or eliminate(self._data)

    @property
    def freedom(self) -> int:
        """Number d of independent relations among the columns.

        A relation is a set of columns whose XOR is the same in every row, be it 0 or 1. 2^d answers
        label these rows alike, so the answer is unique if and only if d is 0.
        """
        return self.system.freedom

    @property
    def answer(self) -> Answer | None:
        """Support, names and constant, None without a support."""
        if self.support is None:
            return None
        return Answer(self.support, self.columns, self.constant)

    def predict_bits(self, bits: Bits) -> Bits:
        """Labels (0/1) of examples ``(m, n)`` uint8 of 0 and 1, the constant included."""
        labels = super().predict_bits(bits)
        # A learner's own predictor knows its labels whole.
        constant = self.constant if self.predictor is None else 0
        return labels ^ np.uint8(constant)

    @property
    def _told(self) -> tuple[str, ...]:
        return ("k",) if self.k is not None else self.side_information

    @property
    def _data(self) -> Samples:
        assert self.samples is not None
        return self.samples


def chance_of(system: System, support: tuple[int, ...], constant: int, *, told: bool) -> float:
    """The chance of an answer on these rows, see :attr:`Solution.chance`."""
    samples = system.samples
    m, ones = samples.m, int(samples.labels.sum(dtype=np.int64))
    parity = samples.parity(support)
    weight = int(parity.sum(dtype=np.int64))
    agreements = int(np.count_nonzero((parity ^ np.uint8(constant)) == samples.labels))
    number = candidates(samples.n, len(support), system.rank, told=told)
    if not support:
        from parity_compare.algorithms.acceptance import chance_of_agreement

        return chance_of_agreement(agreements, m, number)
    weight = m - weight if constant else weight
    return chance(agreements, m, ones, weight, number)
