"""The training loop that every gradient learner shares: many independent trials as one batch.

A trial's course depends on its own task alone. Five streams are split off the task's generator, in
this order: start, key of the heat, order of a fixed list, inputs of the stopping rule, inputs of
the reading of a support; so two recipes that differ in temperature share data and start. A task may
bring the seed of its start instead, to share it with others that differ in all else. On a CPU a
trial trained in a batch equals the same trial trained alone bit for bit (see
:mod:`..networks.network`); on a GPU the kernels may differ in the last bits.

Every ``check_every`` updates, off the clock, the stopping rule of :mod:`.stopping` is applied. A
trial that ends leaves the batch, and the others go on.

Counted work: :meth:`.recipe.Recipe.operations` per update. The stopping rule and the probes are not
counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch

from parity_compare.algorithms.budget import Budget, Clock
from parity_compare.algorithms.compaction import compact, survivors
from parity_compare.algorithms.devices import require_device
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.recognition import LARGEST_CHUNK, equals_parity, explains
from parity_compare.algorithms.task import Task
from parity_compare.algorithms.training.engines import make_stepper
from parity_compare.algorithms.training.ensemble import Ensemble
from parity_compare.algorithms.training.reading import read_support
from parity_compare.algorithms.training.recipe import Recipe
from parity_compare.algorithms.training.stopping import Halt
from parity_compare.algorithms.training.supply import kind, supply
from parity_compare.algorithms.training.tracing import Recorder, moments
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.parity import SparseParity

_POLL = 0.05
"""Seconds between two looks at the clock that the chunks of updates aim at."""
_STREAMS = 5


@dataclass(frozen=True)
class _Trial:
    """One trial's place in the results, its streams, and its trace if there are probes."""

    index: int
    task: Task
    inputs: np.random.Generator
    reading: np.random.Generator
    recorder: Recorder | None


def train(tasks: Sequence[Task], recipe: Recipe) -> list[Finding]:
    """Train one network per task, all of one n, until each has found its parity or must stop.

    The trace of a task with probes has columns ``step``, ``seconds``, ``loss`` and one per probe,
    at every step up to 16, then every 7 % or so, or at every step if the task asks for it, and at
    the last. ``loss`` is the mean loss of the batch that makes the next update, so of unseen
    examples if they are fresh; at the last moment, which no batch follows, it is that of the batch
    before.

    Returns:
        One finding per task, in order.
    """
    if len({task.n for task in tasks}) > 1:
        raise InvalidInput(f"all tasks must have one n, got {[task.n for task in tasks]}")
    require_device(recipe.device)
    findings: dict[int, Finding] = {}
    by_kind: dict[str, dict[int, Task]] = {}
    for index, task in enumerate(tasks):
        by_kind.setdefault(kind(task), {})[index] = task
    with torch.no_grad(), _threads(tasks[0].budget.threads):
        for group in by_kind.values():
            findings |= _Training(group, recipe).run()
    return [findings[index] for index in range(len(tasks))]


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Hold PyTorch to the budget's CPU threads, and give the caller's number back."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Training:
    """The trials that are still in training, row t of every array belonging to ``trials[t]``."""

    def __init__(self, tasks: dict[int, Task], recipe: Recipe) -> None:
        self.recipe = recipe
        self.clock = Clock()
        self.clock.start()
        for task in tasks.values():
            task.clock = self.clock  # one for all, until a trial ends
        self.step = 0
        self.chunk = 1
        self.findings: dict[int, Finding] = {}
        first = next(iter(tasks.values()))
        streams = [task.rng.spawn(_STREAMS) for task in tasks.values()]
        keys = [heat.integers(0, 2**64, dtype=np.uint64) for _, heat, *_ in streams]
        starts = [
            start if task.start_seed is None else np.random.default_rng(task.start_seed)
            for task, (start, *_) in zip(tasks.values(), streams, strict=True)
        ]
        ensemble = Ensemble(recipe, starts, np.array(keys))
        self.supply = supply(
            list(tasks.values()),
            recipe.batch,
            [order for _, _, order, _, _ in streams],
            replacement=recipe.replacement,
        )
        inputs = [generator for *_, generator, _ in streams]
        self.stepper = make_stepper(ensemble, self.supply, inputs, first.budget.threads)
        with self._clock_stopped():
            self.trials = [
                _Trial(index, task, inputs[t], streams[t][-1], self._recorder(task, ensemble, t))
                for t, (index, task) in enumerate(tasks.items())
            ]
        budgets = [task.budget for task in tasks.values()]
        # A budget of 2.5 steps is spent after the third update, as ``Task.expired`` has it.
        self.most_steps = np.array([np.ceil(budget.steps) for budget in budgets])
        self.most_seconds = np.array([budget.seconds for budget in budgets])
        self.moments = moments(any(task.every_step for task in tasks.values()))
        self.next_moment = next(self.moments)
        self.loss_is_due = False
        self.stopping = -math.inf
        self.horizon = 0
        self.last_look = 0, 0.0

    def _recorder(self, task: Task, ensemble: Ensemble, position: int) -> Recorder | None:
        if not task.watched:
            return None
        start = ensemble.snapshot(position).input_weights()
        return Recorder(task, start, self.recipe.loss_function)

    def run(self) -> dict[int, Finding]:
        """Train to the end of the last trial; findings by place."""
        try:
            while self.trials:
                halted = self.clock.seconds
                self._end_what_ran_out()
                if self.trials:
                    self._record_the_moment(halted)
                    self._advance(self._next_stop())
                    if self.step < self.horizon:
                        # Had nobody watched, training would have gone on, and only updates cost.
                        self.clock.discount(max(0.0, self.stopping - halted))
        except BaseException:
            # Whoever made it end so, what was drawn by then is on the oracles' count.
            for t, trial in enumerate(self.trials):
                if trial.index not in self.findings:
                    self.supply.finish(t, int(self.stepper.steps[t]))
            raise
        return self.findings

    def _end_what_ran_out(self) -> None:
        left = self.supply.examples_left()
        late = (self.most_seconds <= self.clock.seconds) | (self.most_steps <= self.step)
        batch = self.recipe.batch
        ends: dict[int, Finding] = {}
        for t in np.flatnonzero(late | (left < batch)).tolist():
            if late[t]:
                ends[t] = Finding(Status.TIMEOUT, detail=self._not_yet(t))
            else:
                short = f"{batch} examples were needed for a batch, {int(left[t])} were left. "
                ends[t] = Finding(Status.OUT_OF_SAMPLES, detail=short + self._not_yet(t))
        self._end(ends)

    def _not_yet(self, position: int) -> str:
        if not self.step:
            return "The network was not trained at all."
        return (
            f"After {self.step} updates the network was no parity; its last training batch had "
            f"{self.recipe.loss} loss {float(self.stepper.losses[position]):.3g}."
        )

    def _next_stop(self) -> int:
        """Where the next look at the clock, a moment or the end of something is due.

        The horizon is where it would be if nobody watched.
        """
        if self.step >= self.horizon:
            self.last_look = self.step, self.clock.seconds
            stops = [
                self.step + self.chunk,
                self.stepper.furthest(self.step),
                float(self.most_steps.min()),
                self.step + float(self.supply.steps_left().min()),
            ]
            self.horizon = int(min(stops))
        if any(trial.recorder is not None for trial in self.trials):
            # The loss of a moment is known one update later.
            return min(self.horizon, self.step + 1 if self.loss_is_due else self.next_moment)
        return self.horizon

    def _advance(self, until: int) -> None:
        halts = self._move(until)
        updates = self.stepper.update_seconds()
        now = self.clock.seconds
        # Until now, all but the updates was for stopping and going on; halts are training's own.
        self.stopping = -math.inf if updates is None else now - updates
        while halts:
            self._judge(halts)
            halts = self._move(until) if self.trials else []
        self.step = until
        if self.step >= self.horizon:
            step, seconds = self.last_look
            took = max(self.clock.seconds - seconds, 1e-9)
            self.chunk = max(1, int((self.step - step) * min(2.0, _POLL / took)))
        if self.loss_is_due:
            self.loss_is_due = False
            for t, trial in enumerate(self.trials):
                if trial.recorder is not None:
                    trial.recorder.complete(float(self.stepper.losses[t]))

    def _move(self, until: int) -> list[Halt]:
        halts = self.stepper.advance(until)
        self.clock.discount(self.stepper.checking_seconds())
        return halts

    def _record_the_moment(self, seconds: float) -> None:
        """Show the moment, if it is due, with the time at which training stopped for it.

        What has passed since may be left out of the time later on, which must not run backwards.
        """
        if self.step == self.next_moment:
            self.next_moment = next(self.moments)
            self.loss_is_due = True
            with self._clock_stopped():
                self._record(range(len(self.trials)), seconds)

    def _record(self, positions: Iterable[int], seconds: float) -> None:
        """Append the present moment to the traces of those trials that have probes."""
        for t in positions:
            recorder = self.trials[t].recorder
            if recorder is not None:
                step, loss = int(self.stepper.steps[t]), float(self.stepper.losses[t])
                recorder.record(step, seconds, loss, self.stepper.ensemble.snapshot(t))

    def _judge(self, halts: Sequence[Halt]) -> None:
        """Apply the rest of the stopping rule to trials that passed its first test."""
        ends: dict[int, Finding] = {}
        with self._clock_stopped():
            for halt in halts:
                t, trial = halt.position, self.trials[halt.position]
                step = int(self.stepper.steps[t])
                if halt.support is None:
                    detail = f"Weights or outputs were not finite after {step} updates."
                    ends[t] = Finding(Status.DIVERGED, detail=detail)
                elif equals_parity(
                    self.stepper.ensemble.snapshot(t).label,
                    self.recipe.network.n,
                    halt.support,
                    trial.inputs,
                ) and explains(halt.support, [self.supply.recent(t, step)]):
                    detail = (
                        f"After {step} updates the network equalled the parity over "
                        f"{len(halt.support)} coordinates on 8192 fresh inputs."
                    )
                    ends[t] = Finding(Status.FOUND, halt.support, detail)
        self._end(ends)

    @contextmanager
    def _clock_stopped(self) -> Iterator[None]:
        """Leave the body out of everybody's time."""
        if self.recipe.device != "cpu":
            torch.cuda.synchronize(self.recipe.device)  # work under way belongs on the clock
        with self.clock.paused():
            yield

    def _end(self, ends: dict[int, Finding]) -> None:
        """Write down what some trials found, and go on with the rest."""
        if not ends:
            return
        with self._clock_stopped():
            for t, end in ends.items():
                trial, step = self.trials[t], int(self.stepper.steps[t])
                trial.task.clock = self.clock.split()
                self._record([t], trial.task.clock.seconds)
                network = self.stepper.ensemble.snapshot(t)
                support = end.support
                if end.status in (Status.TIMEOUT, Status.OUT_OF_SAMPLES) and step:
                    support = read_support(network, [self.supply.recent(t, step)], trial.reading)
                self.supply.finish(t, step)
                self.findings[trial.index] = replace(
                    end, support=support, predictor=network, engine=self.stepper.engine
                )
                trial.task.steps = step
                trial.task.operations = step * self.recipe.operations()
                trial.task.peak_memory = self._bytes(t)
            kept = survivors(len(self.trials), ends)
            self.trials = [self.trials[t] for t in kept]
            self.most_steps = compact(self.most_steps, kept)
            self.most_seconds = compact(self.most_seconds, kept)
            self.stepper.keep(kept)

    def _bytes(self, position: int) -> int:
        """Bytes of one trial: weights, examples, the engine's working arrays, the stopping rule."""
        network = self.recipe.network
        weights = sum(value[0].nbytes for value in self.stepper.ensemble.theta.values())
        examples = self.supply.bytes_per_trial(position)
        check = 4 * LARGEST_CHUNK * (network.n + network.activations())
        return weights + examples + self.stepper.bytes_per_trial() + check


def warm_up(n: int, recipe: Recipe) -> None:
    """Make PyTorch and the kernels load and compile, so that the first trial's clock need not."""
    require_device(recipe.device)
    problem = SparseParity(n, min(2, n))
    oracle = problem.examples()
    with torch.no_grad(), _threads(1):
        _Training({0: Task(oracle, budget=Budget(steps=2), seed=0)}, recipe).run()
