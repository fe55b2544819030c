"""Which of the answers that were found luck makes least probably, and in which form it is given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parity_compare.solving.advice import equation
from parity_compare.solving.coset import Lightest, lightest
from parity_compare.solving.coset import prepare as prepare_coset
from parity_compare.solving.deadline import Deadline
from parity_compare.solving.neighbours import Place, settle
from parity_compare.solving.solution import LUCK, chance_of
from parity_compare.solving.stages import FAILURE
from parity_compare.solving.system import System

_NAMED = 8  # columns of an XOR of another size than was told, which is named

Support = tuple[int, ...]


@dataclass(frozen=True)
class Contender:
    """An answer on trial.

    Attributes:
        learner: who found it.
        place: the lightest form that is known, and its misses.
        chance: that luck does as well.
        coset: the other forms.
        ties: other answers that agree with as many rows and label some otherwise; None for unknown.
        rival: the next best answer that is known.
    """

    learner: str
    place: Place
    chance: float
    coset: Lightest
    ties: int | None = None
    rival: Place | None = None


@dataclass
class Contest:
    """The best of the answers so far.

    Attributes:
        system: all rows.
        k: the number of columns, if it was told.
        seed: of the searches for light forms.
        deadline: what is left of the time.
        best: the best contender so far.
        note: why an answer could not take part, in a sentence.
    """

    system: System
    k: int | None
    seed: int
    deadline: Deadline
    best: Contender | None = None
    note: str = ""

    @property
    def fits(self) -> bool:
        """Whether the best answer fits every row."""
        return self.best is not None and self.best.place.misses == 0

    @property
    def answered(self) -> bool:
        """Whether there is an answer to give: it fits every row, or luck hardly makes it."""
        return self.best is not None and (self.fits or self.best.chance <= LUCK)

    @property
    def over(self) -> bool:
        """Whether the best answer is so sure that nothing else need be tried."""
        return self.best is not None and self.best.chance <= FAILURE

    def enter(
        self,
        learner: str,
        support: Support,
        constant: int,
        *,
        settled: bool,
        ties: int | None = None,
        rival: Place | None = None,
    ) -> None:
        """Settle, lighten and judge an answer; keep it if luck makes it less than the best one.

        Args:
            learner: who found it.
            support, constant: the answer.
            settled: whether it was compared with all rows, and no answer nearby can be better.
            ties, rival: see :class:`Contender`, where they are known.
        """
        samples = self.system.samples
        place = self._place(support, constant)
        aimless = not settled and self._aimless(place)
        if self.k is None and not settled and not aimless:
            place, rival = settle(
                samples, self.system.distinct, support, constant, self.deadline.poll
            )
            if rival is not None:
                ties = None if rival.misses > place.misses else 1
        ones = int(samples.labels.sum(dtype=np.int64))
        if place.misses and place.misses >= min(ones, samples.m - ones):
            return  # no better than to say that the label is constant
        if aimless:
            self._keep(Contender(learner, place, 1.0, Lightest((place.support,), complete=False)))
            return
        with self.deadline.stopped():
            prepare_coset(self.system)
        coset = lightest(
            self.system,
            place.support,
            size=self.k,
            rng=np.random.default_rng(self.seed),
            poll=self.deadline.poll,
        )
        if not coset.supports:
            self.note = self._of_another_size(place)
            return
        light = coset.supports[0]
        flips = self.system.value(light) ^ self.system.value(place.support)
        place = Place(light, place.constant ^ flips, place.misses)
        luck = chance_of(self.system, light, place.constant, told=self.k is not None)
        self._keep(Contender(learner, place, luck, coset, ties, rival))

    def _keep(self, contender: Contender) -> None:
        best = self.best
        rank = contender.chance, contender.place.misses
        if best is None or rank < (best.chance, best.place.misses):
            self.best = contender

    def _aimless(self, place: Place) -> bool:
        """Whether luck surely does as well, so that no step from there is worth its time."""
        if place.misses == 0 or self.k not in (None, len(place.support)):
            return False
        told = self.k is not None
        return chance_of(self.system, place.support, place.constant, told=told) >= 1

    def _place(self, support: Support, constant: int) -> Place:
        m, equal = self.system.samples.m, self.system.samples.agreement(support)
        return Place(support, constant, equal if constant else m - equal)

    def _of_another_size(self, place: Place) -> str:
        samples, count = self.system.samples, len(place.support)
        names = tuple(samples.names[i] for i in place.support)
        which = f", {equation(names, place.constant)}," if count <= _NAMED else ""
        return (
            f"An XOR of {'1 column' if count == 1 else f'{count} columns'}{which} agrees with "
            f"{samples.m - place.misses} of {samples.m} rows, but none that labels "
            f"the rows so has {self.k} columns that vary and are no copies of each other."
        )
