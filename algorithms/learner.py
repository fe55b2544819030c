"""The interface that unifies every way of learning a parity."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import index
from typing import TYPE_CHECKING, ClassVar, TypeVar

import numpy as np

from parity_compare.algorithms.budget import Budget, OutOfTime
from parity_compare.algorithms.outcome import Cost, Finding, Outcome, Status, Trace
from parity_compare.algorithms.task import Probe, Seed, Task, check_side_information
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import (
    Access,
    Answers,
    ExampleOracle,
    Oracle,
    OutOfSamples,
    QueryOracle,
)

if TYPE_CHECKING:
    from parity_compare.algorithms.forecast import Forecast

Result = TypeVar("Result")


@dataclass(frozen=True)
class QueryDemand:
    """The query oracle that a learner asks a runner for (see :meth:`SparseParity.queries`)."""

    tolerance: float
    answers: Answers
    device: str = "cpu"


@dataclass(frozen=True)
class Learner(ABC):
    """A way of learning a hidden parity.

    A learner is a frozen dataclass; its fields are its hyper-parameters, each with a default, and
    are validated in ``__post_init__``. It implements :meth:`search` for one trial, or
    :meth:`search_many` where many trials go faster as one batch.

    Class attributes:
        name: what the command line calls it.
        access: what it asks for.
        uses: which side information it makes use of, out of ``k`` and ``noise``.
        complexity: its cost in n, k, m and the noise rate, as text.
        source: where the algorithm comes from.
        operations_unit: what one of its ``operations`` is.
        speed: operations per second that one core of a common computer makes, for predictions that
            no finished trial can be the measure of (benchmarks/speeds.py); None if unknown.
        tests_off_clock: whether a test of its own, made off the clock in place of a criterion that
            somebody else checks, tells it when to stop; reports say so beside its seconds.
    """

    name: ClassVar[str]
    access: ClassVar[Access]
    uses: ClassVar[tuple[str, ...]] = ()
    complexity: ClassVar[str] = ""
    source: ClassVar[str] = ""
    operations_unit: ClassVar[str] = ""
    speed: ClassVar[float | None] = None
    tests_off_clock: ClassVar[bool] = False

    @abstractmethod
    def search(self, task: Task) -> Finding:
        """Learn from one task; exceptions ``OutOfTime`` and ``OutOfSamples`` may pass through."""

    def search_many(self, tasks: Sequence[Task]) -> list[Finding]:
        """Learn from many tasks, in their order; by default one after the other."""
        return [self._timed(task, self.search) for task in tasks]

    def prepare(self, n: int) -> None:  # noqa: B027 - most learners have nothing to prepare
        """Import and compile what ``learn`` needs for ``n`` bits, so that the clock need not."""

    def plan(  # noqa: B027 - most learners have nothing to plan
        self, n: int, *, k: int | None, noise: float | None, samples: int | None
    ) -> None:
        """Work out, and keep for later trials, what follows from these numbers alone.

        A plan that is kept is as good for the second trial of a cell as for the first, so that the
        clock would charge the first for all. It therefore belongs to the preparation, as compiling
        does.

        Args:
            n: number of bits.
            k, noise: what the learner is told, None if it is not.
            samples: how many examples there are, None for no end.
        """

    def query_demand(self, noise: float) -> QueryDemand:
        """The query oracle to be handed: by default adversarial, at half the separating tolerance.

        An answer at S and one elsewhere are told apart while the tolerance is below
        (1 - 2 noise) / 2.
        """
        return QueryDemand(tolerance=(1 - 2 * noise) / 4, answers="adversarial")

    def forecast(
        self, n: int, *, k: int | None, noise: float, samples: int | None
    ) -> Forecast | None:
        """What one trial is expected to take, if k and the noise rate are told; None for unknown.

        It is computed from formulas, whatever n is; nothing is drawn and nothing compiled.

        Args:
            n: number of bits.
            k: size of the support, None for a dense parity.
            noise: noise rate of the labels.
            samples: size of a fixed list of examples, None for fresh ones without end.
        """
        return None

    def learn(
        self,
        oracle: Oracle,
        *,
        k: int | None = None,
        noise: float | None = None,
        budget: Budget | None = None,
        rng: Seed = None,
        probes: Mapping[str, Probe] | None = None,
    ) -> Outcome:
        """Learn one hidden parity.

        Args:
            oracle: what may be asked; it counts.
            k: size of the support, if known to the learner.
            noise: noise rate of the labels, if known to the learner.
            budget: limits; none by default.
            rng: a generator, or the seed of one.
            probes: quantities to record along the trial, off the clock.

        Returns:
            The outcome; running out of time or examples is a status, not an exception.

        Raises:
            InvalidInput: the oracle is of another access model, or ``k`` or ``noise`` is out of
                range.
        """
        return self.learn_many(
            [oracle], k=k, noise=noise, budget=budget, rngs=[rng], probes=[probes or {}]
        )[0]

    def learn_many(
        self,
        oracles: Sequence[Oracle],
        *,
        k: int | None = None,
        noise: float | None = None,
        budget: Budget | None = None,
        rngs: Sequence[Seed] | None = None,
        probes: Sequence[Mapping[str, Probe]] | None = None,
    ) -> list[Outcome]:
        """Learn many hidden parities of one (n, k, noise), as one batch where the learner can.

        Args:
            oracles: one per trial.
            k, noise, budget: as in :meth:`learn`, the same for every trial.
            rngs: a generator or seed per trial.
            probes: the quantities to record, per trial.

        Returns:
            One outcome per oracle, in order.
        """
        tasks = self.begin(oracles, k=k, noise=noise, budget=budget, rngs=rngs, probes=probes)
        findings = self.search_many(tasks)
        return [self.conclude(task, found) for task, found in zip(tasks, findings, strict=True)]

    def begin(
        self,
        oracles: Sequence[Oracle],
        *,
        k: int | None = None,
        noise: float | None = None,
        budget: Budget | None = None,
        rngs: Sequence[Seed] | None = None,
        probes: Sequence[Mapping[str, Probe]] | None = None,
    ) -> list[Task]:
        """The tasks of :meth:`learn_many`, for a runner that looks at them whatever happens.

        What can be planned without an example is planned here, before any clock begins.
        """
        self._check_access(oracles)
        for oracle in oracles:
            check_side_information(oracle.n, k, noise)
        tasks = [
            Task(
                oracle,
                k=k if "k" in self.wants else None,
                noise=noise if "noise" in self.wants else None,
                budget=budget or Budget(),
                seed=rngs[i] if rngs else None,
                probes=probes[i] if probes else None,
            )
            for i, oracle in enumerate(oracles)
        ]
        for task in tasks:
            left = task.remaining if isinstance(task.oracle, ExampleOracle) else None
            self.plan(task.n, k=task.k, noise=task.noise, samples=left)
        return tasks

    def _timed(self, task: Task, part: Callable[[Task], Result]) -> Result | Finding:
        """Run a search, or a part of one, on the task's clock; running out is a finding."""
        task.clock.start()
        try:
            return part(task)
        except OutOfTime:
            return Finding(Status.TIMEOUT, detail=task.progress)
        except OutOfSamples as shortage:
            return Finding(Status.OUT_OF_SAMPLES, detail=str(shortage))
        finally:
            task.clock.stop()

    def conclude(self, task: Task, finding: Finding) -> Outcome:
        """The outcome of a task: the finding, what it cost, and the moments that were recorded.

        Raises:
            TypeError: the learner's finding is not of the declared types.
            ValueError: its support repeats coordinates or leaves 0..n-1.
        """
        oracle = task.oracle
        moments = {name: np.array(values) for name, values in task._recorded.items()}
        if finding.status is Status.FOUND and task.steps > task.budget.steps:
            # Between two polls a learner may pass the limit; the answer does not count then.
            finding = Finding(Status.TIMEOUT, detail=task.progress, trace=finding.trace)
        cost = Cost(
            seconds=task.clock.seconds,
            samples=oracle.drawn,
            queries=oracle.asked if isinstance(oracle, QueryOracle) else 0,
            steps=int(task.steps),
            operations=float(task.operations),
            operations_unit=self.operations_unit,
            peak_memory=int(task.peak_memory),
        )
        told = {"k": task.k, "noise": task.noise}
        return Outcome(
            support=_plain_support(finding.support, task.n),
            status=finding.status,
            cost=cost,
            trace=finding.trace if len(finding.trace) else Trace(task._kept or moments),
            detail=str(finding.detail),
            side_information=tuple(name for name, value in told.items() if value is not None),
            engine=str(finding.engine),
            predictor=finding.predictor,
        )

    def _check_access(self, oracles: Sequence[Oracle]) -> None:
        wanted = QueryOracle if self.access is Access.QUERIES else ExampleOracle
        for oracle in oracles:
            if not isinstance(oracle, wanted):
                raise InvalidInput(
                    f"{self.name} learns from {wanted.__name__}, got {type(oracle).__name__}"
                )

    @property
    def wants(self) -> tuple[str, ...]:
        """The side information that it makes use of with these hyper-parameters."""
        return self.uses

    @property
    def has_device(self) -> bool:
        """Whether it can compute elsewhere than on the CPU: its field ``device`` says where."""
        return any(field.name == "device" for field in fields(self))

    @property
    def can_split(self) -> bool:
        """Whether it makes use of :attr:`.Task.scatter`, which spreads one search over workers."""
        return False

    def parameters(self) -> dict[str, int | float | str | bool | None]:
        """The hyper-parameters and their values."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def settings(self) -> dict[str, int | float | str | bool | None]:
        """The hyper-parameters as they take effect: what is left open is decided here."""
        return self.parameters()


def _plain_support(support: Iterable[int] | None, n: int) -> tuple[int, ...] | None:
    """A support as sorted built-in integers, whatever kind of collection a learner made."""
    if support is None:
        return None
    plain = tuple(sorted(index(i) for i in support))
    if len(set(plain)) < len(plain) or not all(0 <= i < n for i in plain):
        raise ValueError(f"a support must be distinct coordinates in 0..{n - 1}, got {plain}")
    return plain
