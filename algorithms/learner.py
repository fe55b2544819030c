"""The interface that unifies every way of learning a parity."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, TypeVar

from parity_compare.algorithms.budget import Budget, OutOfTime
from parity_compare.algorithms.outcome import Cost, Finding, Outcome, Status
from parity_compare.algorithms.task import Probe, Seed, Task
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import (
    Access,
    Answers,
    ExampleOracle,
    Oracle,
    OutOfSamples,
    QueryOracle,
)

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
    """

    name: ClassVar[str]
    access: ClassVar[Access]
    uses: ClassVar[tuple[str, ...]] = ()
    complexity: ClassVar[str] = ""
    source: ClassVar[str] = ""
    operations_unit: ClassVar[str] = ""

    @abstractmethod
    def search(self, task: Task) -> Finding:
        """Learn from one task; exceptions ``OutOfTime`` and ``OutOfSamples`` may pass through."""

    def search_many(self, tasks: Sequence[Task]) -> list[Finding]:
        """Learn from many tasks, in their order; by default one after the other."""
        return [self._timed(task, self.search) for task in tasks]

    def prepare(self, n: int) -> None:  # noqa: B027 - most learners have nothing to prepare
        """Import and compile what ``learn`` needs for ``n`` bits, so that the clock need not."""

    def query_demand(self, noise: float) -> QueryDemand:
        """The query oracle to be handed: by default adversarial, at half the separating tolerance.

        An answer at S and one elsewhere are told apart while the tolerance is below
        (1 - 2 noise) / 2.
        """
        return QueryDemand(tolerance=(1 - 2 * noise) / 4, answers="adversarial")

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
        self._check_access(oracles)
        tasks = [
            Task(
                oracle,
                k=k if "k" in self.uses else None,
                noise=noise if "noise" in self.uses else None,
                budget=budget or Budget(),
                seed=rngs[i] if rngs else None,
                probes=probes[i] if probes else {},
            )
            for i, oracle in enumerate(oracles)
        ]
        findings = self.search_many(tasks)
        return [self._outcome(task, found) for task, found in zip(tasks, findings, strict=True)]

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

    def _outcome(self, task: Task, finding: Finding) -> Outcome:
        oracle = task.oracle
        if finding.status is Status.FOUND and task.steps > task.budget.steps:
            # Between two polls a learner may pass the limit; the answer does not count then.
            finding = Finding(Status.TIMEOUT, detail=task.progress, trace=finding.trace)
        cost = Cost(
            seconds=task.clock.seconds,
            samples=oracle.drawn,
            queries=oracle.asked if isinstance(oracle, QueryOracle) else 0,
            steps=task.steps,
            operations=task.operations,
            operations_unit=self.operations_unit,
            peak_memory=task.peak_memory,
        )
        told = {"k": task.k, "noise": task.noise}
        return Outcome(
            support=finding.support,
            status=finding.status,
            cost=cost,
            trace=finding.trace,
            detail=finding.detail,
            side_information=tuple(name for name, value in told.items() if value is not None),
            predictor=finding.predictor,
        )

    def _check_access(self, oracles: Sequence[Oracle]) -> None:
        wanted = QueryOracle if self.access is Access.QUERIES else ExampleOracle
        for oracle in oracles:
            if not isinstance(oracle, wanted):
                raise InvalidInput(
                    f"{self.name} learns from a {wanted.__name__}, got a {type(oracle).__name__}"
                )

    @property
    def has_device(self) -> bool:
        """Whether it can compute elsewhere than on the CPU: its field ``device`` says where."""
        return any(field.name == "device" for field in fields(self))

    def parameters(self) -> dict[str, int | float | str | bool | None]:
        """The hyper-parameters and their values."""
        return {f.name: getattr(self, f.name) for f in fields(self)}
