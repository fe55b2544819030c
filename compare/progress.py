"""The arithmetic of progress: counts, the recent rate, the time left, and the worst cell."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from parity_compare.spec import TrialSpec

RECENT_SECONDS = 60.0
RECENT_TRIALS = 20
"""A rate looks back over the last minute, and further if fewer trials than this ended in it."""

_SLOT_SECONDS = 0.05
# Trials that end within one slot are kept as one number: a minute of a fast run stays small.

Clock = Callable[[], float]


def contestant(label: str, device: str) -> str:
    """What progress and tables call a learner on a device: ``gf2``, ``sgd on cuda``."""
    return label if device == "cpu" else f"{label} on {device}"


def cell(spec: TrialSpec) -> str:
    """The instance of a trial in short: ``n=40 k=4``, ``n=30 k=3 noise=0.1 samples=500``."""
    text = f"n={spec.n} k={'dense' if spec.k is None else spec.k}"
    if spec.noise:
        text += f" noise={spec.noise:g}"
    if spec.samples is not None:
        text += f" samples={spec.samples}"
    if spec.replays > 1:
        text += f" replays={spec.replays}"
    return text if spec.variant == "plain" else f"{text} {spec.variant}"


def census(
    specs: Iterable[TrialSpec], finished: Collection[str]
) -> tuple[dict[str, int], dict[str, int]]:
    """Trials by contestant: all of them, and those whose keys are among ``finished``."""
    planned: Counter[str] = Counter()
    already: Counter[str] = Counter()
    for spec in specs:
        name = contestant(spec.learner, spec.device)
        planned[name] += 1
        if finished and spec.key in finished:
            already[name] += 1
    return dict(planned), dict(already)


@dataclass(frozen=True)
class Progress:
    """How far a contestant, or the whole run, has come.

    Attributes:
        done: finished trials, those that were there before included.
        total: planned trials.
        ran: trials that this run has finished.
        solved: how many of those were solved.
        statuses: how many of those ended in which status.
        rate: trials per second of late; None until the first has ended.
        left: seconds that the rest will take at this rate; None while there is no rate.
    """

    done: int
    total: int
    ran: int
    solved: int
    statuses: Mapping[str, int]
    rate: float | None
    left: float | None


@dataclass(frozen=True)
class Worst:
    """The cell that goes worst: the lowest share solved, and of equal ones the longest trials.

    Attributes:
        contestant, cell: which.
        trials, solved: how many of its trials have ended, and how many of those were solved.
        seconds: their mean.
    """

    contestant: str
    cell: str
    trials: int
    solved: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.contestant} {self.cell}: {self.solved}/{self.trials}"


class Tally:
    """Counts the trials of a run as they end.

    Args:
        planned: trials by contestant.
        already: how many of those were there before; a contestant left out had none.
        clock: tells the time in seconds; the times given to :meth:`add` are its.
        started: when the run began; now by default.
    """

    def __init__(
        self,
        planned: Mapping[str, int],
        already: Mapping[str, int] | None = None,
        *,
        clock: Clock = time.monotonic,
        started: float | None = None,
    ) -> None:
        self._clock = clock
        self.started = clock() if started is None else started
        self._counts = {name: _Count(total, self.started) for name, total in planned.items()}
        self._whole = _Count(sum(planned.values()), self.started)
        for name, count in (already or {}).items():
            self._of(name).already = count
            self._whole.already += count
        self._cells: dict[tuple[str, str], _Cell] = {}
        self._worst: Worst | None = None

    def add(
        self,
        contestant: str,
        cell: str,
        status: str,
        solved: bool,
        seconds: float,
        at: float | None = None,
    ) -> None:
        """Count one finished trial.

        Args:
            contestant: a name as in ``planned``.
            cell: the trial's instance in words, such as :func:`cell` gives.
            status: how it ended.
            solved: whether it was solved.
            seconds: what it cost.
            at: when it ended; now by default. Times never run backwards.
        """
        moment = self._clock() if at is None else at
        for count in (self._of(contestant), self._whole):
            count.ran += 1
            count.solved += solved
            count.statuses[status] += 1
            count.pace.add(moment)
        found = self._cells.setdefault((contestant, cell), _Cell())
        found.trials += 1
        found.solved += solved
        found.seconds += seconds
        self._worst = None

    @property
    def contestants(self) -> list[str]:
        """The contestants' names, in the order of the plan."""
        return list(self._counts)

    def progress(self, contestant: str) -> Progress:
        """How far a contestant has come."""
        return self._counts[contestant].progress(self._clock())

    def overall(self) -> Progress:
        """How far the run has come."""
        return self._whole.progress(self._clock())

    def elapsed(self) -> float:
        """Seconds since the run began."""
        return self._clock() - self.started

    def worst(self) -> Worst | None:
        """The cell that goes worst, None before the first trial has ended."""
        if self._worst is None and self._cells:
            (who, where), found = min(self._cells.items(), key=lambda item: item[1].badness)
            self._worst = Worst(
                who, where, found.trials, found.solved, found.seconds / found.trials
            )
        return self._worst

    def _of(self, contestant: str) -> _Count:
        count = self._counts.get(contestant)
        if count is None:
            count = self._counts[contestant] = _Count(0, self.started)
        return count


@dataclass
class _Cell:
    trials: int = 0
    solved: int = 0
    seconds: float = 0.0

    @property
    def badness(self) -> tuple[float, float]:
        return (self.solved / self.trials, -self.seconds / self.trials)


@dataclass
class _Count:
    total: int
    started: float
    already: int = 0
    ran: int = 0
    solved: int = 0
    statuses: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.pace = _Pace(self.started)

    def progress(self, now: float) -> Progress:
        done = self.already + self.ran
        rate = self.pace.rate(now)
        missing = max(self.total - done, 0)
        return Progress(
            done=done,
            total=self.total,
            ran=self.ran,
            solved=self.solved,
            statuses=dict(self.statuses),
            rate=rate,
            left=0.0 if not missing else None if rate is None else missing / rate,
        )


class _Pace:
    """How many events per second, of late."""

    def __init__(self, started: float) -> None:
        self._since = started  # the moment after which all remembered events happened
        self._slots: deque[list[float]] = deque()  # [when, how many], in order of time
        self._remembered = 0.0

    def add(self, at: float) -> None:
        self._remembered += 1
        if self._slots and at - self._slots[-1][0] < _SLOT_SECONDS:
            self._slots[-1][1] += 1
            return
        self._slots.append([at, 1])
        self._forget(at - RECENT_SECONDS)

    def rate(self, now: float) -> float | None:
        """Events per second over the window: the last minute or, if it had too few, longer."""
        begin = now - RECENT_SECONDS
        self._forget(begin)
        if not self._slots:
            return None
        full = self._slots[0][0] > begin and self._remembered >= RECENT_TRIALS
        span = now - (max(self._since, begin) if full else self._since)
        return self._remembered / span if span > 0 else None

    def _forget(self, before: float) -> None:
        """Drop what happened up to a moment, as long as enough is left to take a rate from."""
        slots = self._slots
        while slots and slots[0][0] <= before and self._remembered - slots[0][1] >= RECENT_TRIALS:
            self._since, count = slots.popleft()
            self._remembered -= count
