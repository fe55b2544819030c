"""What the workers of a run do next: trials in a shuffled order, parts of split searches first."""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from parity_compare.execution.protocol import Call, Group
from parity_compare.results import Record
from parity_compare.spec import TrialSpec

_PORTION = 0.25
"""Seconds of trials that a worker is handed at once: long beside the handing over, and short beside
what anybody would mind to lose, or to wait for after Ctrl-C."""
_LARGEST_BATCH = 4096
_CELLS_PER_WORKER = 4
"""Cells from which on the last of them is a small part of a worker's share."""
_FRESH = 0.3
"""Weight of the newest measurement in the running mean of a cell's seconds per group."""


@dataclass(frozen=True)
class Trials:
    """A portion of the run."""

    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Part:
    """A part of a split search, and where its result is waited for."""

    call: Call
    seconds: float
    result: Future[Any] = field(default_factory=Future)


def group_trials(
    specs: Sequence[TrialSpec],
    *,
    workers: int = 1,
    memory: float | None = None,
    cells: int | None = None,
) -> list[Group]:
    """What is run together: the batched trials of a cell, cut to size, and every other trial alone.

    Args:
        specs: all trials to be run.
        workers: how many will share them; a cell is cut into as many batches, if it can be, unless
            there are cells enough to keep all of them busy.
        memory: bytes that one batch may take, None for no limit.
        cells: how many cells are trained in batches; by default those of ``specs``.
    """
    groups: dict[tuple[object, ...], list[TrialSpec]] = {}
    for spec in specs:
        key = cell(spec) if spec.batched else (spec.key,)
        groups.setdefault(key, []).append(spec)
    # A batch of half the trials takes more than half the time, so cells are not cut needlessly.
    if cells is None:
        cells = sum(group[0].batched for group in groups.values())
    parts = min(workers, -(-_CELLS_PER_WORKER * workers // max(1, cells)))
    cut: list[Group] = []
    for group in groups.values():
        size = _batch_size(group[0], len(group), parts, memory) if len(group) > 1 else 1
        cut += [tuple(group[i : i + size]) for i in range(0, len(group), size)]
    return cut


def cell(spec: TrialSpec) -> tuple[object, ...]:
    """What the trials of a batch have in common, and what their seconds depend on."""
    return (
        *(spec.learner, spec.device, spec.threads, spec.told, spec.seed),
        *(spec.n, spec.k, spec.noise, spec.samples, spec.variant, spec.replays),
        *(spec.seconds, spec.max_samples, spec.max_steps, spec.probes, spec.moments),
    )


def _batch_size(first: TrialSpec, count: int, parts: int, memory: float | None) -> int:
    """Trials per batch, the same in all but for a remainder."""
    most = min(_LARGEST_BATCH, -(-count // parts))
    if memory is not None:
        forecast = first.make_learner().forecast(
            first.n, k=first.k, noise=first.noise, samples=first.samples
        )
        if forecast is not None and forecast.memory > 0:
            most = min(most, max(1, int(memory / forecast.memory)))
    batches = -(-count // most)
    return -(-count // batches)


class Jobs:
    """The work of a run, handed out portion by portion; every method may be called by any thread.

    Portions are measured in seconds: what a group of its cell took so far tells how many to hand
    out at once, and a cell that nothing is known of is handed out group by group.

    Args:
        groups: what is run together.
        workers: how many share the work.
        seed: of the shuffle; None leaves the order as it is. A shuffled run meets all learners at
            all times of day, and its estimate of the time left is good from the start.
    """

    def __init__(self, groups: Sequence[Group], *, workers: int, seed: int | None) -> None:
        ordered = list(groups)
        if seed is not None:
            random.Random(seed).shuffle(ordered)
        self._groups = deque(ordered)
        self._parts: deque[Part] = deque()
        self._workers = workers
        self._split = 0  # searches that may still hand in parts
        self._closed = False
        self._seconds: dict[tuple[object, ...], float] = {}
        self._change = threading.Condition()

    def next(self) -> Trials | Part | None:
        """The next portion; waits while a split search may hand in more, None when all is done."""
        with self._change:
            while not self._closed:
                while self._parts:
                    part = self._parts.popleft()
                    if part.result.set_running_or_notify_cancel():
                        return part
                if self._groups:
                    return self._portion()
                if not self._split:
                    return None
                self._change.wait()
            return None

    def learnt(self, records: Sequence[Record], seconds: float) -> None:
        """Take note of what a group took, all told."""
        key = cell(records[0].spec)
        with self._change:
            before = self._seconds.get(key, seconds)
            self._seconds[key] = before + _FRESH * (seconds - before)

    def hand_in(self, part: Part) -> None:
        """Queue a part of a split search."""
        with self._change:
            if self._closed:
                part.result.cancel()
            self._parts.append(part)
            self._change.notify()

    def begin_split(self) -> None:
        """A split search begins: workers wait for its parts."""
        with self._change:
            self._split += 1

    def end_split(self) -> None:
        """A split search has ended."""
        with self._change:
            self._split -= 1
            self._change.notify_all()

    def finish(self) -> None:
        """Begin no further trials; a split search that is under way is carried on."""
        with self._change:
            self._groups.clear()
            self._change.notify_all()

    def close(self) -> None:
        """Hand out nothing more; parts that nobody has begun are cancelled."""
        with self._change:
            self._closed = True
            for part in self._parts:
                part.result.cancel()
            self._change.notify_all()

    def _portion(self) -> Trials:
        portion: list[Group] = []
        seconds = 0.0
        # Towards the end, what is left is shared evenly.
        most = max(1, len(self._groups) // (2 * self._workers))
        while self._groups and len(portion) < most and seconds < _PORTION:
            group = self._groups.popleft()
            portion.append(group)
            seconds += self._seconds.get(cell(group[0]), _PORTION)
        return Trials(tuple(portion))
