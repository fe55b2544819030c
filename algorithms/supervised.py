"""Predictors from a supervised-learning library as learners of a parity.

They have neither k nor the noise rate, and no notion of a parity. What they share: a sample that
doubles, labels that are held out to judge them by, and the test that ends the trial.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from parity_compare.algorithms.acceptance import acceptance_threshold, chance_of_agreement
from parity_compare.algorithms.forecast import Forecast, list_bytes
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Finding, Predictor, Status
from parity_compare.algorithms.recognition import VERIFICATION, Support, equals_parity, flipped
from parity_compare.algorithms.sampling import GrowingSample
from parity_compare.algorithms.task import Task
from parity_compare.algorithms.threads import held_to_threads
from parity_compare.algorithms.wording import duration, number
from parity_compare.problems.bits import Bits, Words, unpack
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access, ExampleOracle, OutOfSamples
from parity_compare.problems.samples import Samples

_HELD_OUT_SHARE = 4  # of a list that is short, one example in four is held out
_CHANCE = 1e-3  # an accuracy that luck reaches more often than this is called chance level


@dataclass(frozen=True)
class SupervisedLearner(Learner):
    """Train on more and more examples until the predictor has become a parity.

    ``held_out`` examples are drawn first and never trained on; they count as samples. Then the
    predictor is trained on ``examples``, twice as many, and so on. It is right when three things
    hold (:mod:`parity_compare.algorithms.recognition`):

    1. it agrees with so many held-out labels that luck would have it so with probability at most
       ``failure``, over all trainings of the trial together;
    2. it *is* a parity: it equals chi_T on 8192 fresh uniform inputs, where T are the coordinates
       whose flip changes its answer at one input. Inputs need no labels, and so cost no samples;
    3. chi_T agrees with the held-out labels as in 1.

    The first is why no noise rate need be told, and the second is the very test by which a network
    stops; as there, it stands in for a criterion that somebody else checks, and is off the clock.
    A training cannot be interrupted, so none is begun that would not fit into the time left, by the
    time the one before took.

    Attributes:
        examples: the first training set.
        most_examples: the largest training set.
        held_out: examples that are held out; a quarter of them all where those are fewer than four
            times as many. 512 suffice at noise rates up to about 0.3.
        memory: most bytes that a training may take.
        failure: bound on the chance that a wrong answer is accepted, in (0, 1).
    """

    access: ClassVar[Access] = Access.SAMPLE
    tests_off_clock: ClassVar[bool] = True

    examples: int = 256
    most_examples: int = 1 << 14
    held_out: int = 512
    memory: int = 4 << 30
    failure: float = 1e-6

    def __post_init__(self) -> None:
        for name in ("examples", "held_out", "memory"):
            if getattr(self, name) < 1:
                raise InvalidInput(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.most_examples < self.examples:
            raise InvalidInput(
                f"most_examples must be at least examples = {self.examples}, "
                f"got {self.most_examples}"
            )
        if not 0 < self.failure < 1:
            raise InvalidInput(f"failure must lie in (0, 1), got {self.failure}")

    @abstractmethod
    def fit(self, task: Task, samples: Samples) -> Predictor:
        """Train on the examples, and account for ``task.operations``."""

    @abstractmethod
    def training_operations(self, n: int, m: int) -> float:
        """What :meth:`fit` on ``m`` examples of ``n`` bits and a prediction of the held-out ones
        take, in the learner's ``operations_unit``."""

    @abstractmethod
    def training_memory(self, n: int, m: int) -> int:
        """Bytes that a training on ``m`` examples takes at its peak."""

    @abstractmethod
    def examples_for(self, n: int, k: int | None, noise: float) -> float:
        """The training set at which it has become the parity, as far as that is known."""

    def prepare(self, n: int) -> None:
        """Import what trains, and let it train once."""
        samples = Samples(n, np.zeros((2, -(-n // 64)), np.uint64), np.array([0, 1], np.uint8))
        task = Task(ExampleOracle.over(samples))
        with held_to_threads(task):
            self.fit(task, samples)(samples.bits)
        acceptance_threshold(self.held_out, 1, self.failure)

    def forecast(self, n: int, *, k: int | None, noise: float, samples: int | None) -> Forecast:
        """All trainings up to the one that succeeds, or the last."""
        plan = _Plan.of(self, samples)
        needed = self.examples_for(n, k, noise)
        fitting = [m for m in plan.sizes if self.training_memory(n, m) <= self.memory]
        trained = fitting[: 1 + sum(m < needed for m in fitting)] or plan.sizes[:1]
        last = trained[-1]
        operations = math.fsum(self.training_operations(n, m) for m in trained)
        memory = list_bytes(n, last + plan.held_out, copies=2)
        memory += max(self.training_memory(n, m) for m in trained)
        enough = bool(fitting) and last >= needed
        if math.isinf(needed):
            obstacle = "It is not known to become a parity on every input here."
        else:
            obstacle = f"Training on {last} is little: about {needed:.3g} are needed to be right."
        return Forecast(
            operations,
            memory,
            begins=bool(fitting),
            samples=last + plan.held_out,
            chance=1.0 if enough else 0.0,
            obstacle="" if enough else obstacle,
        )

    def search(self, task: Task) -> Finding:
        """Train on ever more examples until the predictor is a parity that the labels confirm."""
        course = _Course()
        try:
            with held_to_threads(task):
                return self._grow(task, course)
        finally:
            task.record(course.columns)

    def _grow(self, task: Task, course: _Course) -> Finding:
        plan = _Plan.of(self, task.remaining)
        threshold = acceptance_threshold(plan.held_out, max(1, len(plan.sizes)), self.failure)
        if threshold > plan.held_out:
            raise OutOfSamples(
                f"Of {task.remaining} examples, {plan.held_out} can be held out; even if all of "
                "these are labelled right, it could be luck."
            )
        held_out, sample = task.draw(plan.held_out), GrowingSample(task)
        bits, took, before = held_out.bits, 0.0, 0
        predictor: Predictor | None = None
        for m in plan.sizes:
            memory = self.training_memory(task.n, m)
            if memory > self.memory:
                more = (
                    f"Training on {number(m)} would take {memory:.3g} bytes, "
                    f"memory allows {self.memory:.3g}."
                )
                return Finding(Status.GAVE_UP, detail=course.say(more), predictor=predictor)
            more = self._too_long(task, m, before, took)
            if more:
                return Finding(Status.TIMEOUT, detail=course.say(more), predictor=predictor)
            began = task.clock.seconds
            samples = sample.grow_to(m)
            task.peak_memory = max(
                task.peak_memory, memory + 2 * samples.rows.nbytes + held_out.rows.nbytes
            )
            predictor = self.fit(task, samples)
            right = int(np.count_nonzero(predictor(bits) == held_out.labels))
            task.steps += 1
            task.operations += self.training_operations(task.n, m)
            took, before = task.clock.seconds - began, m
            course.add(m, right, held_out.m)
            task.progress = course.say()
            if right >= threshold:
                with task.clock.paused():
                    support = recognise(predictor, task.n, task.rng)
                if support is not None and held_out.agreement(support) >= threshold:
                    more = f"It equals a parity on {VERIFICATION} fresh inputs."
                    return Finding(Status.FOUND, support, course.say(more), predictor)
        status = Status.OUT_OF_SAMPLES if plan.short else Status.GAVE_UP
        more = "" if plan.short else "most_examples allows no more."
        return Finding(status, detail=course.say(more), predictor=predictor)

    def _too_long(self, task: Task, m: int, before: int, took: float) -> str:
        """Why a training would end too late, judged by the one before; empty if it would not.

        Raises:
            OutOfTime: the limit has passed already.
        """
        task.poll()
        if not before:
            return ""
        growth = self.training_operations(task.n, m) / self.training_operations(task.n, before)
        if task.clock.seconds + took * growth <= task.budget.seconds:
            return ""
        return f"Training on {number(m)} would take about {duration(took * growth)} more."


def recognise(predictor: Predictor, n: int, rng: np.random.Generator) -> Support | None:
    """The support of the parity that a predictor is on 8192 fresh inputs; None if it is none."""

    def label(rows: Words) -> Bits:
        return predictor(unpack(rows, n))

    support = flipped(label, n, rng)
    return support if support and equals_parity(label, n, support, rng) else None


@dataclass(frozen=True)
class _Plan:
    """How many examples are held out, and the sizes of the training sets.

    Attributes:
        held_out: examples held out.
        sizes: training sets, each about twice the one before.
        short: whether it is the examples there are that end the growth.
    """

    held_out: int
    sizes: tuple[int, ...]
    short: bool

    @classmethod
    def of(cls, learner: SupervisedLearner, available: int | None) -> _Plan:
        """The plan for so many examples, None for no end."""
        most, held_out = learner.most_examples, learner.held_out
        if available is not None:
            held_out = min(held_out, available // _HELD_OUT_SHARE)
        short = available is not None and available - held_out < most
        last = most if available is None else min(most, available - held_out)
        doublings = max(0, math.floor(math.log2(last / learner.examples))) if last else 0
        # Counted down from the last, so that no training differs little from the one before.
        return cls(held_out, tuple(-(-last >> i) for i in range(doublings, -1, -1)), short)


@dataclass
class _Course:
    """The accuracy on the held-out examples by the size of the training set."""

    rows: list[tuple[int, int, int]] = field(default_factory=list)
    """Of each training: its examples, the held-out labels it gets right, and all of these."""

    def add(self, trained: int, right: int, held_out: int) -> None:
        """One training is done."""
        self.rows.append((trained, right, held_out))

    def say(self, more: str = "") -> str:
        """The last accuracy in a sentence, and what more there is to say."""
        if not self.rows:
            return more
        trained, right, held_out = self.rows[-1]
        level = ": chance level" if chance_of_agreement(right, held_out, 1) > _CHANCE else ""
        return (
            f"After training on {number(trained)} examples, the accuracy was "
            f"{right / held_out:.3g} on {held_out} held-out ones{level}. {more}"
        ).rstrip()

    def columns(self) -> dict[str, np.ndarray]:
        """``trained``, the size of the training set; ``accuracy`` on the held-out examples, and
        ``held_out``, their number, the same in every row."""
        if not self.rows:
            return {}
        trained, right, held_out = np.array(self.rows, dtype=np.int64).T
        return {"trained": trained, "accuracy": right / held_out, "held_out": held_out}
