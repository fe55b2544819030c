"""What finished trials tell about the seconds of those to come."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from parity_compare.algorithms.forecast import Forecast
from parity_compare.algorithms.outcome import Status
from parity_compare.results import Record
from parity_compare.spec import TrialSpec
from parity_compare.storage.rows import Glimpse

ENOUGH = 3
"""Finished trials of a cell from which on nothing but they count there."""

NEAREST = 20
"""Finished trials of other cells that are asked at least, those nearest to the cell first."""

OVERHEAD = 3e-4
"""Seconds on its clock that a trial takes whatever it does, of the order of what was measured."""

Cell = tuple[object, ...]


class Sight(NamedTuple):
    """One finished trial, or a batch: seconds per trial, at least so many if it was cut short."""

    value: float
    censored: bool


@dataclass(frozen=True)
class Prediction:
    """The seconds of one trial.

    Attributes:
        seconds: on its own clock; a share of the batch's for trials that are trained together;
            None for unknown.
        basis: what it rests on: ``cell`` (finished trials of this very cell), ``learner`` (finished
            trials of this learner, and the formula of its complexity), ``speed`` (the formula, and
            what one core of a common computer does), ``refusal`` (it will not begin), ``nothing``.
        trials: how many finished trials it rests on.
        capped: whether a limit on seconds comes first, so that it is the most that a trial takes.
    """

    seconds: float | None
    basis: str
    trials: int = 0
    capped: bool = False

    @property
    def calibrated(self) -> bool:
        """Whether it rests on finished trials."""
        return self.trials > 0


def cell_of(spec: TrialSpec) -> Cell:
    """What trials have in common whose seconds may be compared, whatever the limit on those was."""
    return (
        *(spec.learner, spec.device, spec.threads, spec.batched, spec.told),
        *(spec.max_steps, spec.max_samples),
        *(spec.n, spec.k, spec.noise, spec.samples, spec.variant),
    )


def forecast_of(spec: TrialSpec) -> Forecast | None:
    """What the learner says a trial will take."""
    return spec.make_learner().forecast(spec.n, k=spec.k, noise=spec.noise, samples=spec.samples)


def censored_median(sights: Iterable[Sight]) -> float:
    """The median of values some of which are known from below only (Kaplan and Meier 1958).

    The share above t is the product, over the values v up to t that were seen in full, of
    1 - (number seen at v) / (number not yet ended before v). The median is the least value at which
    that share is a half or less; inf if it never is, nan of nothing.
    """
    # Of equal values, those that were cut short lived longer.
    ordered = sorted(sights)
    if not ordered:
        return math.nan
    share = 1.0
    for i, (value, censored) in enumerate(ordered):
        if not censored:
            share *= 1 - 1 / (len(ordered) - i)
            if share <= 0.5 + 1e-12:
                return value
    return math.inf


class Calibration:
    """Predicts seconds from what a store has.

    Args:
        glimpses: finished trials; those that were trained in batches are left out, for the seconds
            of one are not its own.
        batches: records of trials that were trained in batches, any number of each batch.
    """

    def __init__(self, glimpses: Iterable[Glimpse], batches: Iterable[Record] = ()) -> None:
        self._cells: dict[Cell, list[Sight]] = defaultdict(list)
        seen: dict[Cell, tuple[TrialSpec, list[Sight]]] = {}
        for spec, status, seconds in _alone(glimpses):
            cell = cell_of(spec)
            sight = Sight(seconds, _cut_short(spec, status, seconds))
            self._cells[cell].append(sight)
            # What a trial took that gave up says nothing about those that do not.
            stepped = spec.max_steps is not None and status == Status.TIMEOUT
            if status == Status.FOUND or sight.censored or stepped:
                seen.setdefault(cell, (spec, []))[1].append(sight)
        for spec, sights in _together(batches):
            self._cells[cell_of(spec)] += sights
            seen.setdefault(cell_of(spec), (spec, []))[1].extend(sights)
        self._ratios: dict[Cell, list[tuple[float, list[Sight]]]] = defaultdict(list)
        for spec, sights in seen.values():
            forecast = forecast_of(spec)
            expected = None if forecast is None else _expected(spec, forecast)
            if expected is not None and math.isfinite(expected):
                ratios = [Sight(value / expected, censored) for value, censored in sights]
                self._ratios[_contestant(spec)].append((expected, ratios))

    def predict(self, spec: TrialSpec, forecast: Forecast | None) -> Prediction:
        """The seconds of a trial.

        Args:
            spec: the trial, or another of its cell.
            forecast: what its learner says.
        """
        sights = self._cells.get(cell_of(spec), [])
        if len(sights) >= ENOUGH:
            return _capped(spec, censored_median(sights), "cell", len(sights))
        if forecast is None:
            return Prediction(None, "nothing")
        if not forecast.begins:
            return Prediction(0.0, "refusal")
        expected = _expected(spec, forecast)
        if expected is None:
            return Prediction(None, "nothing")
        for batched in (spec.batched, not spec.batched):
            ratios = self._nearest(_contestant(spec, batched), expected)
            if ratios:
                seconds = expected * censored_median(ratios)
                return _capped(spec, seconds, "learner", len(ratios))
        if type(spec.make_learner()).speed is None or spec.device != "cpu":
            return Prediction(None, "nothing")
        return _capped(spec, expected, "speed", 0)

    def _nearest(self, contestant: Cell, expected: float) -> list[Sight]:
        """The ratios of the cells whose trials were expected to take most nearly as long."""

        def distance(cell: tuple[float, list[Sight]]) -> float:
            return abs(math.log(cell[0]) - math.log(expected))

        near: list[Sight] = []
        for _, ratios in sorted(self._ratios.get(contestant, []), key=distance):
            if len(near) >= NEAREST:
                break
            near += ratios
        return near


def _cut_short(spec: TrialSpec, status: str, seconds: float) -> bool:
    """Whether the limit on seconds ended it, not one on steps, nor a learner's own foresight."""
    return status == Status.TIMEOUT and spec.seconds is not None and seconds >= spec.seconds / 2


def _contestant(spec: TrialSpec, batched: bool | None = None) -> Cell:
    return (spec.learner, spec.device, spec.batched if batched is None else batched)


def _expected(spec: TrialSpec, forecast: Forecast) -> float | None:
    """Seconds by formula, before any calibration; None for a trial that does not begin.

    Where nobody knows a learner's speed, an operation counts as a nanosecond.
    """
    if not forecast.begins:
        return None
    operations = forecast.within(steps=spec.max_steps, examples=spec.max_samples)
    return OVERHEAD + operations / (type(spec.make_learner()).speed or 1e9)


def _alone(glimpses: Iterable[Glimpse]) -> Iterable[tuple[TrialSpec, str, float]]:
    for glimpse in glimpses:
        if glimpse.status != Status.ERROR and not glimpse.spec.batched:
            yield glimpse.spec, glimpse.status, glimpse.seconds


def _together(records: Iterable[Record]) -> Iterable[tuple[TrialSpec, list[Sight]]]:
    """Per cell, one sight per record: a trial's share of its batch's seconds.

    All trials of a batch are on one clock, and the batch takes as long as its longest trial.
    """
    cells: dict[tuple[Cell, str], list[Record]] = defaultdict(list)
    for record in records:
        if record.status != Status.ERROR and record.spec.batched:
            cells[cell_of(record.spec), record.timing].append(record)
    for (_, timing), members in cells.items():
        size = batch_size(timing)
        longest = max(members, key=lambda record: record.cost.seconds)
        seconds, spec = longest.cost.seconds, longest.spec
        share = Sight(seconds / size, _cut_short(spec, longest.status, seconds))
        yield spec, [share] * len(members)


def batch_size(label: str) -> int:
    """Number of trials that were trained together, by the label of their seconds."""
    first = label.partition(",")[0]
    return int(first.rpartition(" ")[2]) if first.startswith("batch of ") else 1


def _capped(spec: TrialSpec, seconds: float, basis: str, trials: int) -> Prediction:
    if spec.seconds is not None and not seconds < spec.seconds:
        return Prediction(spec.seconds, basis, trials, capped=True)
    return Prediction(seconds, basis, trials)


def representative(keys: Sequence[str], most: int = 200) -> Sequence[str]:
    """At most so many of them, evenly spaced."""
    step = -(-len(keys) // most)
    return keys[:: max(1, step)]
