"""What is to be drawn: curves with intervals, apart from how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Axis:
    """An axis.

    Attributes:
        title: what it shows, with its unit.
        log: whether its scale is logarithmic; values that are not positive are left out then.
    """

    title: str
    log: bool = False


@dataclass(frozen=True)
class Point:
    """One point of a curve.

    Attributes:
        series: whose curve; one colour each, in order of first appearance.
        x, y: where; a ``y`` that is not finite is left out, and the curve is broken there.
        low, high: the interval of ``y``, None for none.
        panel: the panel that it is drawn in.
    """

    series: str
    x: float
    y: float
    low: float | None = None
    high: float | None = None
    panel: str = ""


Style = Literal["lines", "marks", "steps"]


@dataclass(frozen=True)
class Plot:
    """One picture: panels side by side on common axes.

    Attributes:
        name: identifies it within its study, and names its file.
        title: what it shows.
        x, y: the axes.
        points: of all curves.
        reference: series that are not measured by us, published numbers or theory: drawn dashed,
            without marks.
        style: ``lines``, with marks where points are few, ``marks`` alone, or ``steps`` for
            distribution functions.
        shared: whether all panels have one range of values.
    """

    name: str
    title: str
    x: Axis
    y: Axis
    points: list[Point]
    reference: tuple[str, ...] = ()
    style: Style = "lines"
    shared: bool = True
