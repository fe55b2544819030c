"""What theory says along the axes of the grid: forecasts of the learners, and bounds for all.

Nothing is fitted to the results. A forecast is a learner's own complexity formula, in seconds at
the speed of one core of a common computer; a bound holds for every learner of its access model.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from parity_compare.algorithms.forecast import Forecast
from parity_compare.algorithms.learner import Learner
from parity_compare.problems.errors import InvalidInput
from parity_compare.reports import wording
from parity_compare.reports.contestants import Contestant, Instance
from parity_compare.reports.digest import Digest
from parity_compare.reports.figure import Row
from parity_compare.reports.figures.axes import AXES, Axis, Grid
from parity_compare.reports.figures.marks import clean, row_name

FORECAST_DASH = (1, 3)

_POINTS = 13
"""A curve has about so many points: between few measured ones there are some more."""
_MORE_AT_MOST = 150
"""Of those along one axis, all curves of a learner together."""


@dataclass(frozen=True)
class Bound:
    """A curve that belongs to no learner.

    Attributes:
        column: of the table.
        currencies: in which it is drawn.
        label: what it says.
        dash: how it is drawn.
        of_medians: whether it bounds medians only, and not expected costs.
    """

    column: str
    currencies: tuple[str, ...]
    label: str
    dash: tuple[int, ...]
    of_medians: bool


BOUNDS = (
    Bound(
        "examples_necessary",
        ("samples",),
        "bound: examples without which no learner is right half of the time",
        (5, 3),
        of_medians=True,
    ),
    Bound(
        "queries_necessary",
        ("queries",),
        "bound: queries of tolerance (1 − 2 noise)/4 without which no learner is right half of "
        "the time",
        (5, 3),
        of_medians=True,
    ),
    Bound(
        "half_of_subsets",
        ("queries", "steps"),
        "reference: half of all subsets, C(n, k)/2",
        (8, 3, 2, 3),
        of_medians=False,
    ),
)


@dataclass
class Curves:
    """The tables of what theory says.

    Attributes:
        forecasts: a row per contestant and point, with a column per currency; None where the
            formulas know nothing, or do not expect success.
        bounds: a row per point, with the columns of :data:`BOUNDS`.
        unknown: contestants whose learner this installation does not know.
        guesses: contestants' names by why their forecasts are no more than guesses.
    """

    forecasts: list[Row] = field(default_factory=list)
    bounds: list[Row] = field(default_factory=list)
    unknown: list[Contestant] = field(default_factory=list)
    guesses: dict[str, list[str]] = field(default_factory=dict)

    def foresees(self, currency: str) -> bool:
        """Whether some forecast is in this currency."""
        return any(row.get(currency) is not None for row in self.forecasts)

    def bounding(self, currency: str, statistic: str) -> list[Bound]:
        """The bounds to draw."""
        return [
            bound
            for bound in BOUNDS
            if currency in bound.currencies
            and (statistic == "median" or not bound.of_medians)
            and any(row[bound.column] is not None for row in self.bounds)
        ]

    def notes(self, currency: str) -> list[str]:
        """Which forecasts are guesses, and which are missing."""
        drawn = {row["learner"] for row in self.forecasts if row.get(currency) is not None}
        told = []
        for reason, names in self.guesses.items():
            here = [name for name in names if name in drawn]
            if here:
                told.append(f"Forecasts of {wording.listing(here)} are in part guesses. {reason}")
        if self.unknown:
            missing = wording.listing([contestant.name for contestant in self.unknown])
            told.append(f"Forecasts of {missing} are missing: the learner is not known here.")
        return told


def curves(digest: Digest, grid: Grid) -> Curves:
    """What theory says at the grid's points, and between them where they are few.

    Only on plain instances, where S is any k-subset.
    """
    found = Curves()
    for contestant in digest.contestants:
        met = [e.instance for e in digest.of(contestant) if _plain(e.instance)]
        if met:
            _foresee(found, digest, grid, contestant, met)
    everyone = [instance for instance in digest.instances if _plain(instance)]
    for instance in _points(everyone, grid.axes):
        if instance.k is not None:
            found.bounds.append(grid.row(instance) | _bounds(instance))
    return found


def _plain(instance: Instance) -> bool:
    return instance.variant == "plain" and instance.replays == 1


def _points(instances: Iterable[Instance], axes: Iterable[Axis]) -> list[Instance]:
    """The instances, and some between those that differ along one axis only."""
    points = dict.fromkeys(instances)
    measured = list(points)
    for axis in axes:
        lines: dict[Instance, list[float]] = {}
        for instance in measured:
            value = getattr(instance, axis.name)
            if value is not None:
                lines.setdefault(_with(instance, axis, 0), []).append(value)
        most = _MORE_AT_MOST // max(1, len(lines))
        for line, values in lines.items():
            for value in _between(axis, sorted(values), most):
                points[_with(line, axis, value)] = None
    return list(points)


def _with(instance: Instance, axis: Axis, value: float) -> Instance:
    changes: dict[str, Any] = {axis.name: value}
    return replace(instance, **changes)


def _between(axis: Axis, values: list[float], most: int) -> Iterator[float]:
    """At most so many values between neighbours, evenly spread; whole ones but for noise."""
    gaps = len(values) - 1
    if not gaps:
        return
    more = min(round((_POINTS - 1) / gaps) - 1, most // gaps)
    for low, high in pairwise(values):
        spaced = np.geomspace if axis.logarithmic else np.linspace
        for value in spaced(low, high, max(0, more) + 2)[1:-1]:
            inner = float(f"{value:.6g}") if axis.name == "noise" else round(value)
            if low < inner < high:
                yield inner


def _foresee(
    found: Curves, digest: Digest, grid: Grid, contestant: Contestant, met: list[Instance]
) -> None:
    """Add a contestant's forecasts, where it was told all that it uses and should succeed."""
    from parity_compare.theory.prediction import LIKELY, guess_of

    spec = digest.of(contestant)[0].records[0].spec
    shared = {"learner": contestant.name, "access": contestant.access}
    drawing = {
        "row": row_name(contestant),
        "colour": contestant.colour,
        "series": str(contestant.index),
        "shift": grid.shift(contestant),
    }
    try:
        learner = spec.make_learner()
        points = _points(met, grid.axes) if set(learner.wants) <= set(spec.told) else []
        foreseen = [(instance, _forecast_of(learner, instance)) for instance in points]
    except Exception:  # a stranger's learner, or a plug-in's own fault; it must not hide the rest
        found.unknown.append(contestant)
        return
    guesses: set[str] = set()
    for instance, forecast in foreseen:
        if forecast is None or not forecast.begins or forecast.chance <= LIKELY:
            continue
        guess = guess_of(learner, *(getattr(instance, name) for name in AXES))
        guesses.add(guess)
        values = _values(learner, contestant, forecast) | {"guess": bool(guess)}
        found.forecasts.append(shared | grid.row(instance) | values | drawing)
    for guess in sorted(filter(None, guesses)):
        found.guesses.setdefault(guess, []).append(contestant.name)


def _forecast_of(learner: Learner, instance: Instance) -> Forecast | None:
    """What its formula says; None where it has none, or cannot learn such an instance."""
    n, k, noise, samples = (getattr(instance, name) for name in AXES)
    try:
        return learner.forecast(n, k=k, noise=noise, samples=samples)
    except InvalidInput:
        return None


def _values(learner: Learner, contestant: Contestant, forecast: Forecast) -> Row:
    """What it should spend, by currency."""
    from parity_compare.calibration import OVERHEAD

    # The speed is that of one core, alone.
    speed = type(learner).speed
    alone = contestant.timed and contestant.threads == 1 and contestant.device == "cpu"
    seconds = OVERHEAD + forecast.operations / speed if speed is not None and alone else None
    return {
        "seconds": _positive(seconds),
        "samples": _positive(forecast.samples),
        "queries": _positive(forecast.operations if contestant.access == "queries" else None),
        "steps": _positive(forecast.steps),
        "operations": _positive(forecast.operations),
    }


def _positive(value: float | None) -> float | None:
    return None if value is None or not 0 < value < math.inf else clean(value)


def _bounds(instance: Instance) -> Row:
    from parity_compare.algorithms.forecast import subset_count
    from parity_compare.theory.information import necessary_samples
    from parity_compare.theory.prediction import LIKELY
    from parity_compare.theory.queries import sq_queries

    n, k, noise = instance.n, instance.k or 0, instance.noise
    asked: float | None = None
    examples: float | None = None
    try:
        asked = sq_queries(n, k, (1 - 2 * noise) / 4, noise=noise, success=LIKELY)
        examples = necessary_samples(n, k, noise, 1 - LIKELY)
    except InvalidInput:
        pass  # an instance beyond what the formulas reach
    return {
        "examples_necessary": _positive(examples),
        "queries_necessary": _positive(asked),
        "half_of_subsets": _positive(subset_count(n, k) / 2),
    }
