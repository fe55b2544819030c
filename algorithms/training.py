"""The training loop that every gradient learner shares: many independent trials as one batch.

A trial's course depends on its own task alone. Four streams are split off the task's generator, in
this order: initialisation, Langevin noise, order of a fixed list, inputs of the stopping rule; so
two recipes that differ in temperature share data and initialisation. On a CPU a trial trained in a
batch equals the same trial trained alone bit for bit (see :mod:`.networks.mlp`); on a GPU the
kernels may differ in the last bits.

Every ``check_every`` updates, off the clock, the stopping rule of :mod:`.stopping` is applied. A
trial that ends leaves the batch, and the others go on.

Counted work, per update and trial, with batch size B, width r and P = r (n + 2) + 1 parameters:
B r (4 (n + 1) + 7) + 2 P floating-point operations (two matrix products with W of 2 B r (n + 1)
each, seven passes over the hidden layer, one multiply-add per parameter), and 2 P more for the
heat. The stopping rule and the probes are not counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch

from parity_compare.algorithms.feeding import Feed, feed
from parity_compare.algorithms.networks.mlp import (
    MLP,
    Examples,
    Parameters,
    padded,
    parameter_count,
)
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.stopping import (
    LARGEST_CHUNK,
    SCREEN,
    Screen,
    equals_parity,
    explains,
)
from parity_compare.algorithms.task import Task
from parity_compare.algorithms.tracing import Recorder, moments
from parity_compare.problems.errors import InvalidInput

_CHUNK_STEPS = 16  # most updates between two looks at the clock; their examples are drawn together
_CHUNK_WORK = 1 << 21  # and most hidden activations computed between them


@dataclass(frozen=True)
class Recipe:
    """What is trained, and how; see the fields of :class:`..sgd.SGD`."""

    width: int
    batch: int
    lr: float
    decay: float
    check_every: int
    device: str
    temperature: float = 0.0


@dataclass(frozen=True)
class _Trial:
    """One trial's place in the results, its data, its streams and its trace if there are probes."""

    index: int
    task: Task
    feed: Feed
    noise: np.random.Generator
    inputs: np.random.Generator
    recorder: Recorder | None


def train(tasks: Sequence[Task], recipe: Recipe) -> list[Finding]:
    """Train one network per task, all of one n, until each has found its parity or must stop.

    The trace of a task with probes has columns ``step``, ``seconds``, ``loss`` and one per probe,
    at every step up to 16, then every 7 % or so, and at the last. ``loss`` is the mean hinge loss
    of the batch that is about to make the next update, so of unseen examples if they are fresh; at
    the last moment, which no batch follows, it is that of the batch before.

    Returns:
        One finding per task, in order.
    """
    if not tasks:
        return []
    if len({task.n for task in tasks}) > 1:
        raise InvalidInput(f"all tasks must have one n, got {[task.n for task in tasks]}")
    require_device(recipe.device)
    with torch.inference_mode():
        return _Training(tasks, recipe).run()


def warm_up(n: int, recipe: Recipe) -> None:
    """Make PyTorch load and choose its kernels, so that the first trial's clock need not."""
    require_device(recipe.device)
    with torch.inference_mode():
        flat = MLP.initial(n, recipe.width, np.random.default_rng(0))
        networks = MLP(n, recipe.width, flat[np.newaxis], recipe.device)
        batch = Examples(1, recipe.batch, n, recipe.device)
        networks.descend(networks.hinge_gradients(batch)[1], recipe.lr, recipe.decay)
        Screen(n, [np.random.default_rng(1)], recipe.device).examine(networks)


def require_device(device: str) -> None:
    """Make sure that PyTorch can compute there.

    Raises:
        InvalidInput: a GPU is asked for that PyTorch does not see.
    """
    if device == "cpu":
        return
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if (torch.device(device).index or 0) >= count:
        raise InvalidInput(f"device must be present, got {device!r}; PyTorch sees {count} GPUs")


class _Training:
    """The trials that are still in training, row t of every array belonging to ``trials[t]``."""

    def __init__(self, tasks: Sequence[Task], recipe: Recipe) -> None:
        for task in tasks:
            task.clock.start()
        self.recipe = recipe
        self.n = tasks[0].n
        self.step = 0
        self.moments = moments()
        self.next_moment = next(self.moments)
        self.findings: dict[int, Finding] = {}
        # The losses of the last batch's examples, (T, B); nan before there was one.
        self.losses = torch.full((len(tasks), 1), math.nan, device=recipe.device)
        streams = [task.rng.spawn(4) for task in tasks]
        flat = np.stack([MLP.initial(self.n, recipe.width, init) for init, *_ in streams])
        self.networks = MLP(self.n, recipe.width, flat, recipe.device)
        self.batch = Examples(len(tasks), recipe.batch, self.n, recipe.device)
        self.screen = Screen(self.n, [inputs for *_, inputs in streams], recipe.device)
        self.trials = [
            _Trial(
                index,
                task,
                feed(task, shuffle),
                noise,
                inputs,
                Recorder(task, self.networks.input_weights(index)) if task.watched else None,
            )
            for index, (task, (_, noise, shuffle, inputs)) in enumerate(
                zip(tasks, streams, strict=True)
            )
        ]

    def run(self) -> list[Finding]:
        """Train to the end of the last trial."""
        while self.trials:
            self._end_what_ran_out()
            self._train_a_chunk()
            if self.step % self.recipe.check_every == 0:
                self._check()
        return [self.findings[index] for index in sorted(self.findings)]

    def _end_what_ran_out(self) -> None:
        ends: dict[int, Finding] = {}
        for t, trial in enumerate(self.trials):
            left = trial.feed.left
            if trial.task.expired:
                ends[t] = Finding(Status.TIMEOUT, detail=self._not_yet(t))
            elif left is not None and left < self.recipe.batch:
                short = f"{self.recipe.batch} examples were needed for a batch, {left} were left. "
                ends[t] = Finding(Status.OUT_OF_SAMPLES, detail=short + self._not_yet(t))
        self._end(ends)

    def _not_yet(self, position: int) -> str:
        if not self.step:
            return "The network was not trained at all."
        return (
            f"After {self.step} updates the network was no parity; "
            f"its last training batch had hinge loss {float(self.losses[position].mean()):.3g}."
        )

    def _train_a_chunk(self) -> None:
        """Make the updates up to the next check, or fewer where a limit or the clock asks."""
        if not self.trials:
            return
        steps, size = self._chunk_steps(), self.recipe.batch
        taken = [trial.feed.take(steps * size) for trial in self.trials]
        rows = np.array([rows for rows, _ in taken]).reshape(len(taken), steps, size, -1)
        labels = np.array([labels for _, labels in taken]).reshape(len(taken), steps, size)
        for s in range(steps):
            self.batch.fill(rows[:, s], labels[:, s])
            self.losses, gradients = self.networks.hinge_gradients(self.batch)
            if self.step == self.next_moment:
                self.next_moment = next(self.moments)
                with self._clocks_stopped():
                    self._record(range(len(self.trials)))
            self._update(gradients)
        for trial in self.trials:
            trial.task.steps = self.step

    def _chunk_steps(self) -> int:
        size, until_check = self.recipe.batch, -self.step % self.recipe.check_every
        work = len(self.trials) * size * self.recipe.width
        limits: list[float] = [until_check or self.recipe.check_every, _CHUNK_STEPS]
        limits.append(max(1, _CHUNK_WORK // work))
        for trial in self.trials:
            # A budget of 2.5 steps is spent after the third update, as ``Task.expired`` has it.
            limits.append(math.ceil(min(_CHUNK_STEPS, trial.task.budget.steps - self.step)))
            if trial.feed.left is not None:
                limits.append(trial.feed.left // size)
        return int(min(limits))

    def _update(self, gradients: Parameters) -> None:
        """theta <- (1 - decay) theta - lr * gradient + sqrt(2 lr T) N(0, I)."""
        recipe = self.recipe
        self.networks.descend(gradients, recipe.lr, recipe.decay)
        if recipe.temperature:
            size = parameter_count(self.n, recipe.width)
            heat = [trial.noise.standard_normal(size, np.float32) for trial in self.trials]
            scale = math.sqrt(2 * recipe.lr * recipe.temperature)
            self.networks.add(torch.from_numpy(np.stack(heat)), scale)
        self.step += 1

    def _record(self, positions: Iterable[int]) -> None:
        """Append the present moment to the traces of those trials that have probes."""
        losses = self.losses.mean(dim=1)
        for t in positions:
            recorder = self.trials[t].recorder
            if recorder is not None:
                recorder.record(self.step, float(losses[t]), self.networks.snapshot(t))

    def _check(self) -> None:
        if not self.trials:
            return
        with self._clocks_stopped():
            supports, finite = self.screen.examine(self.networks)
            ends: dict[int, Finding] = {}
            for t, (trial, support) in enumerate(zip(self.trials, supports, strict=True)):
                if not finite[t]:
                    detail = f"Weights or outputs were not finite after {self.step} updates."
                    ends[t] = Finding(Status.DIVERGED, detail=detail)
                elif (
                    support is not None
                    and equals_parity(self.networks.snapshot(t), self.n, support, trial.inputs)
                    and explains(support, trial.feed.recent)
                ):
                    detail = (
                        f"After {self.step} updates the network equalled the parity over "
                        f"{len(support)} coordinates on 8192 fresh inputs."
                    )
                    ends[t] = Finding(Status.FOUND, support, detail)
        self._end(ends)

    @contextmanager
    def _clocks_stopped(self) -> Iterator[None]:
        """Leave the body out of every trial's time; trials that end in it stay stopped."""
        if self.recipe.device != "cpu":
            torch.cuda.synchronize(self.recipe.device)  # work under way belongs on the clock
        for trial in self.trials:
            trial.task.clock.stop()
        yield
        for trial in self.trials:
            trial.task.clock.start()

    def _end(self, ends: dict[int, Finding]) -> None:
        """Write down what some trials found, their clocks stopped, and go on with the rest."""
        if not ends:
            return
        with self._clocks_stopped():
            self._record(ends)
            for t, end in ends.items():
                trial = self.trials[t]
                network = self.networks.snapshot(t)
                self.findings[trial.index] = replace(end, predictor=network)
                trial.task.operations = self.step * _operations(self.n, self.recipe)
                trial.task.peak_memory = trial.feed.nbytes + _bytes(trial.task, self.recipe)
            kept = [t for t in range(len(self.trials)) if t not in ends]
            self.trials = [self.trials[t] for t in kept]
            self.losses = self.losses[kept]
            for rows in (self.networks, self.batch, self.screen):
                rows.keep(kept)


def _operations(n: int, recipe: Recipe) -> float:
    """Floating-point operations of one update of one trial, by the formula above."""
    parameters = parameter_count(n, recipe.width)
    passes = 2 if recipe.temperature == 0 else 4
    return recipe.batch * recipe.width * (4 * (n + 1) + 7) + passes * parameters


def _bytes(task: Task, recipe: Recipe) -> int:
    """Bytes of one trial's working arrays: network and gradient, batch, hidden layer, check.

    Floats take 4 bytes; C = padded(n + 1), R = padded(r), M = padded(B) as in :mod:`.networks.mlp`.
    """
    n, C, R, M = task.n, padded(task.n + 1), padded(recipe.width), padded(recipe.batch)
    floats = 2 * (R * (C + 1) + 1)  # parameters and gradient
    floats += recipe.width * n if task.watched else 0  # where the first layer started
    floats += 2 * M * C + M * R + 4 * M  # X and g X, the hidden layer, labels and slack
    floats += (n + SCREEN) * (C + R) + LARGEST_CHUNK * (n + recipe.width)  # the stopping rule
    return 4 * floats + recipe.batch * n  # the batch's bits on their way into X
