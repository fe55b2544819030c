"""Curves that rise in steps: shares of trials within a bound, with bands that hold everywhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity_compare.reports.contestants import Contestant
from parity_compare.reports.figure import Key, Row
from parity_compare.reports.figures.charts import (
    COLOUR,
    Domain,
    Spec,
    calculate,
    layer,
    layered,
    literal,
    log_axis,
    log_scale,
    number,
    rate_axis,
    tooltip,
)
from parity_compare.reports.figures.marks import clean, mark
from parity_compare.reports.wording import Quantity

POINTS_AT_MOST = 150
"""Points of one curve; beyond, evenly spaced ones by rank stand for all, exact where they are."""

POINTS_AT_LEAST = 12
"""Points of one curve, however many there are."""

_QUARTILES = (0.25, 0.5, 0.75)
_HEIGHT = 300
_BAND: Spec = {"type": "area", "interpolate": "step-after"}
_FAINT, _FAINTER = 0.1, 0.035
_FEW = 4
"""More bands than so many hide each other and the lines, unless they are fainter."""
_LINE: Spec = {"type": "line", "interpolate": "step-after", "strokeWidth": 2}
_MARK: Spec = {
    "type": "point", "filled": True, "size": 60, "opacity": 1, "stroke": "var(--page)",
    "strokeWidth": 0.8,
}  # fmt: skip
_END: Spec = {
    "type": "point", "shape": "triangle-right", "filled": False, "size": 90, "strokeWidth": 1.8,
    "opacity": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Curve:
    """The share of values that are at most x, at the x where it rises.

    Attributes:
        at: ``(m,)``, ascending, finite.
        counts: ``(m,)``, how many values are at most that.
        total: how many values there are, infinite ones included.
    """

    at: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int64]
    total: int

    @property
    def shares(self) -> npt.NDArray[np.float64]:
        """``(m,)``, the heights of the steps."""
        return self.counts / self.total

    @property
    def limit(self) -> float:
        """The share of values that are finite."""
        return float(self.shares[-1]) if len(self.at) else 0.0

    def share(self, x: float) -> float:
        """The share of values that are at most ``x``."""
        place = int(np.searchsorted(self.at, x, side="right"))
        return float(self.shares[place - 1]) if place else 0.0

    def thinned(self, at_most: int) -> Curve:
        """At most so many of its points, evenly spaced by count; first, last and quartiles stay."""
        if len(self.at) <= at_most:
            return self
        quartiles = self.quartiles()
        wanted = np.linspace(self.counts[0], self.counts[-1], at_most - len(quartiles))
        spaced = np.searchsorted(self.counts, wanted)
        kept = np.unique(np.concatenate([spaced, list(quartiles.values())]).astype(np.int64))
        return Curve(self.at[kept], self.counts[kept], self.total)

    def quartiles(self) -> dict[float, int]:
        """By quartile of all values, infinite ones included, the point that reaches it first."""
        places = {
            quartile: int(np.searchsorted(self.counts, quartile * self.total - 1e-9))
            for quartile in _QUARTILES
        }
        return {quartile: place for quartile, place in places.items() if place < len(self.at)}


def curve(values: npt.NDArray[np.float64]) -> Curve:
    """The distribution of values ``(N,)``, of which some may be infinite but none missing."""
    at, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    return Curve(at, np.cumsum(counts), len(values))


def points_each(curves: int, points: int) -> int:
    """How many points a curve may have if so many of them share so many points."""
    return min(POINTS_AT_MOST, max(POINTS_AT_LEAST, points // max(1, curves)))


def half_width(trials: int, *, level: float = 0.95) -> float:
    """How far a distribution's share can be from the truth, anywhere at once.

    P(sup |F_N - F| > e) <= 2 exp(-2 N e^2) (Dvoretzky, Kiefer and Wolfowitz 1956, with the constant
    of Massart 1990), for independent trials of any distribution, infinite values included.
    """
    return math.sqrt(math.log(2 / (1 - level)) / (2 * trials))


def step_rows(
    drawn: Curve, x: str, *, start: float, end: float = 0.0, at_most: int = POINTS_AT_MOST
) -> list[Row]:
    """A curve's points, in the column ``x`` and the columns ``share``, ``low`` and ``high``.

    It begins with the rise to its first step, for lines along the axis would hide each other; where
    that is ``start``, the axis's own begin, with the step; and without any step at ``start``. It
    goes on level to ``end`` if that lies beyond.
    """
    kept = drawn.thinned(at_most)
    points = [(float(at), float(share)) for at, share in zip(kept.at, kept.shares, strict=True)]
    first = points[0][0] if points else start
    if not points or first > start:
        points.insert(0, (first, 0.0))
    if end > points[-1][0]:
        points.append((end, drawn.limit))
    off = half_width(drawn.total)
    return [
        {
            x: clean(at),
            "share": round(share, 4),
            "low": round(max(0.0, share - off), 4),
            "high": round(min(1.0, share + off), 4),
        }
        for at, share in points
    ]


def quartile_rows(drawn: Curve, x: str) -> list[Row]:
    """Where a quarter, half and three quarters of all values are reached, as far as they are."""
    return [
        {
            "quartile": quartile,
            x: clean(float(drawn.at[place])),
            "share": round(float(drawn.shares[place]), 4),
        }
        for quartile, place in drawn.quartiles().items()
    ]


def line_key(contestant: Contestant, remark: str) -> Key:
    """A contestant's line in a legend."""
    shape, dash = mark(contestant)
    return Key(contestant.name, contestant.colour, shape, dash, remark)


def step_chart(
    x: str,
    domain: Domain,
    show: Quantity,
    titles: tuple[str, str],
    tips: Sequence[Spec],
    *,
    censored: bool,
    curves: int,
) -> Spec:
    """Step curves over a logarithmic axis, each with its band and its quartiles' marks.

    Datasets: ``curves`` (the column x, share, low, high, learner, colour, dash), ``quartiles``
    (x, share, colour, shape, and the tooltip's fields) and, if ``censored``, ``ends`` (x, share,
    colour, learner, cut_off, trials).

    Args:
        x: the column that the horizontal axis shows.
        domain: of that axis; what is below it, such as a cost of nought, stands on its edge.
        show: how that axis writes its ticks.
        titles: of the horizontal axis and the vertical one.
        tips: the tooltip of a quartile's mark, as channels.
        censored: whether marks stand where trials were cut off.
        curves: how many there are.
    """
    edge = calculate(at=f"max(datum['{x}'], {domain[0]!r})")
    encoding = {
        "x": number("at")
        | {
            "title": titles[0],
            "scale": log_scale(domain),
            "axis": log_axis(domain, show, grid=False, labelSeparation=8),
        },
        "y": {
            "type": "quantitative",
            "title": titles[1],
            "scale": {"domain": [0, 1]},
            "axis": rate_axis(domain=False),
        },
    }
    detail = {"field": "learner", "type": "nominal"}
    band = {"y": number("low"), "y2": {"field": "high"}, "fill": COLOUR, "detail": detail}
    area = _BAND | {"fillOpacity": _FAINT if curves <= _FEW else _FAINTER}
    line = {"stroke": COLOUR, "strokeDash": literal("dash"), "detail": detail}
    marks = {"fill": COLOUR, "shape": literal("shape"), "tooltip": list(tips)}
    share = {"y": number("share")}
    layers = [
        layer("curves", area, band, *edge),
        layer("curves", _LINE, share | line, *edge),
        layer("quartiles", _MARK, share | marks, *edge),
    ]
    if censored:
        told = tooltip(learner="learner", cut_off="trials cut off", trials="of")
        ends = {"stroke": COLOUR, "tooltip": told}
        layers.append(layer("ends", _END, share | ends, *edge))
    return layered(layers, encoding, _HEIGHT)
