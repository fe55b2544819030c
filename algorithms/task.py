"""One trial in progress: what the learner may ask, what it knows, what it has spent."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import InitVar, dataclass, field
from functools import cached_property
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.budget import Budget, Clock, OutOfTime
from parity_compare.problems.bits import Bits
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.numbers import integer, real
from parity_compare.problems.oracles import (
    Errors,
    ExampleOracle,
    FloatArray,
    Oracle,
    OutOfSamples,
    QueryOracle,
)
from parity_compare.problems.samples import Samples


class State(Protocol):
    """What an iterative learner shows to probes at one moment."""

    @property
    def step(self) -> int:
        """Number of updates made so far."""

    def predict(self, bits: Bits) -> Bits:
        """Labels (0/1) of examples ``(m, n)`` under the present parameters."""

    def input_weights(self) -> FloatArray:
        """``(units, n)``: the weights that each input coordinate meets first."""

    def displacement(self) -> FloatArray:
        """``(n,)``: per input coordinate, the largest |w_t - w_0| of its input weights."""

    def input_gradients(self, bits: Bits, labels: Bits) -> FloatArray:
        """``(units, n)``: gradient of the mean loss over labelled examples in the input weights."""

    def batch_gradients(self, bits: Bits, labels: Bits) -> FloatArray:
        """``(b, units, n)``: the same for b batches, ``bits`` (b, m, n) and ``labels`` (b, m)."""


Seed = int | np.random.Generator | None
Result = TypeVar("Result")


class Scatter(Protocol):
    """Other workers, among whom a long search may be spread."""

    @property
    def workers(self) -> int:
        """How many there are."""

    def __call__(
        self, parts: Iterable[Callable[[], Result]], seconds: float
    ) -> Generator[Result, None, None]:
        """Call each part in some worker; the results come in the order of the parts.

        Parts are asked for as workers become free, and those not yet begun when the generator is
        closed never are.

        Args:
            parts: functions that pickle.
            seconds: what one may take at most; who takes far more is ended, and asked once more.

        Raises:
            OutOfTime: a part raised it.
        """


Probe = Callable[[State], float | FloatArray]
"""A quantity recorded along a trial, a number or an array of one shape, off the clock. What it
knows of the secret stays inside it."""


def check_side_information(n: int, k: int | None, noise: float | None) -> None:
    """Refuse a k or a noise rate that no instance of n bits has.

    Raises:
        InvalidInput: k is no integer or lies outside 1..n, or noise is no number or lies outside
            [0, 0.5).
    """
    if k is not None and not 1 <= integer("k", k) <= n:
        raise InvalidInput(f"k must lie in 1..n = 1..{n}, got {k}")
    if noise is not None and not 0 <= real("noise", noise) < 0.5:
        raise InvalidInput(f"noise must lie in [0, 0.5), got {noise}")


@dataclass
class Task:
    """One trial in progress.

    A learner asks through ``draw`` and ``correlations``, reports its work in ``steps``,
    ``operations`` and ``peak_memory``, and calls ``poll`` at least ten times a second or so.

    Attributes:
        oracle: what may be asked.
        k: size of the support, if the learner was told.
        noise: noise rate of the labels, if the learner was told.
        budget: the limits.
        seed: where the learner's own randomness comes from; :attr:`rng` is made of it on first use.
        start_seed: where the learner's start comes from, its initial weights, if it is to be shared
            with other trials; None if it comes from :attr:`rng` as everything else.
        probes: quantities that somebody wants recorded along the trial, by name; kept from the
            learner, since they may know the secret.
        every_step: whether those who watch want to see every step instead of ever rarer ones.
        courses: whether those who watch want the course of a search that has no states to show.
        scatter: other workers for a long search, None where there are none.
        progress: one sentence on how far the search has come, kept if the time runs out.
    """

    oracle: Oracle
    k: int | None = None
    noise: float | None = None
    budget: Budget = field(default_factory=Budget)
    seed: Seed = None
    probes: InitVar[Mapping[str, Probe] | None] = None
    clock: Clock = field(default_factory=Clock)
    steps: int = 0
    operations: float = 0.0
    peak_memory: int = 0
    progress: str = ""
    every_step: bool = False
    courses: bool = True
    scatter: Scatter | None = None
    start_seed: Seed = None

    def __post_init__(self, probes: Mapping[str, Probe] | None) -> None:
        self._probes = dict(probes or {})
        self._recorded: dict[str, list[float | FloatArray]] = {}
        self._kept: dict[str, npt.NDArray[np.generic]] = {}
        check_side_information(self.n, self.k, self.noise)

    @cached_property
    def rng(self) -> np.random.Generator:
        """The learner's own randomness."""
        return np.random.default_rng(self.seed)

    @property
    def watched(self) -> bool:
        """Whether anybody wants to see the trial's moments."""
        return bool(self._probes)

    @property
    def followed(self) -> bool:
        """Whether anybody wants what :meth:`record` keeps."""
        return self.watched and self.courses

    def observe(self, state: State, **values: float) -> None:
        """Show one moment to those who watch, off the clock; nothing comes back.

        Args:
            state: what the probes are called with.
            values: further quantities of this moment, such as ``step``.
        """
        with self.clock.paused():
            measured = {name: _plain(probe(state)) for name, probe in self._probes.items()}
            for name, value in {**values, **measured}.items():
                self._recorded.setdefault(name, []).append(value)

    def record(self, columns: Callable[[], Mapping[str, npt.ArrayLike]]) -> None:
        """Keep the course of a search that has no states to show, off the clock.

        What was kept before is replaced, and nothing comes back. A learner either shows states or
        records; if it did both, this is what would count.

        Args:
            columns: makes columns of one length, the first of which says what the moments are;
                called only if anybody wants them.
        """
        if self.followed:
            with self.clock.paused():
                self._kept = {name: np.asarray(column) for name, column in columns().items()}

    def amend(self, **values: float) -> None:
        """Set quantities of the last moment that were not known yet when it was shown."""
        for name, value in values.items():
            self._recorded[name][-1] = value

    @property
    def n(self) -> int:
        """Number of bits."""
        return self.oracle.n

    @property
    def remaining(self) -> int | None:
        """Examples that can still be drawn within oracle and budget; None for no end."""
        oracle = self._examples()
        left = math.inf if oracle.remaining is None else oracle.remaining
        left = min(left, self.budget.samples - oracle.drawn)
        return None if math.isinf(left) else max(0, int(left))

    @property
    def fixed(self) -> bool:
        """Whether the examples are a fixed list; a budget does not make fresh ones a list."""
        return self._examples().remaining is not None

    @property
    def drawn(self) -> int:
        """Examples drawn so far."""
        return self._examples().drawn

    def draw(self, m: int) -> Samples:
        """The next ``m`` examples.

        Raises:
            OutOfSamples: fewer are left in the oracle or in the budget.
        """
        left = self.remaining
        if left is not None and m > left:
            raise OutOfSamples(f"{m} examples were needed, {left} were left.")
        return self._examples().draw(m)

    @property
    def tolerance(self) -> float:
        """How far an answer to a statistical query may err, in the sense of ``errors``."""
        return self._queries().tolerance

    @property
    def errors(self) -> Errors:
        """Whether answers err by at most the tolerance, or normally with that deviation."""
        return self._queries().errors

    def correlations(self, subsets: npt.ArrayLike) -> FloatArray:
        """Answers to correlation queries, one per row of ``subsets`` (q, size).

        Raises:
            OutOfSamples: the answers rest on more examples than the budget allows.
        """
        oracle = self._queries()
        if oracle.drawn > self.budget.samples:
            raise OutOfSamples(
                f"The answers rest on {oracle.drawn} examples, {self.budget.samples:g} are allowed."
            )
        return oracle.correlations(subsets)

    @property
    def expired(self) -> bool:
        """Whether the seconds or the steps are spent."""
        return self.clock.seconds >= self.budget.seconds or self.steps >= self.budget.steps

    def poll(self) -> None:
        """Give the limits a chance.

        Raises:
            OutOfTime: the seconds or the steps are spent.
        """
        if self.expired:
            raise OutOfTime

    def _examples(self) -> ExampleOracle:
        if not isinstance(self.oracle, ExampleOracle):
            raise InvalidInput("this learner needs examples, but the oracle answers queries only")
        return self.oracle

    def _queries(self) -> QueryOracle:
        if not isinstance(self.oracle, QueryOracle):
            raise InvalidInput("this learner needs a query oracle, but the oracle gives examples")
        return self.oracle


def _plain(value: float | FloatArray) -> float | FloatArray:
    return float(value) if np.ndim(value) == 0 else np.array(value, dtype=np.float64)
