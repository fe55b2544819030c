"""Draws the plots of studies as SVG files that stand alone: for a page, a paper, a slide."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import altair as alt
import vl_convert

from parity_compare.reports.palette import KNOWN
from parity_compare.reproduction.plots import Axis, Plot, Point

_WIDTH, _HEIGHT, _COLUMNS = 330, 240, 2
_ORDER = (
    "sgd", "langevin", "exhaustive", "sq", "bkw", "lasso", "galois", "random", "kernel",
    "meet-in-the-middle",
)  # fmt: skip
_COLOURS = tuple(KNOWN[name].light for name in _ORDER)
_REFERENCE = "#4a5058"
_SOLID, _DASHED = [1, 0], [5, 3]
_LABEL = "abs(datum.value) < 10000 ? format(datum.value, '~r') : format(datum.value, '~s')"
_MARKS_AT_MOST = 40
_PAD = 1.25  # how far beyond the largest value an interval without an upper end reaches


def draw(plot: Plot) -> str:
    """The plot as SVG text; panels stand in two columns under one legend."""
    spec = specification(plot)
    svg: str = vl_convert.vegalite_to_svg(spec)
    return svg


def specification(plot: Plot) -> dict[str, Any]:
    """The plot as a Vega-Lite specification with its data."""
    series = list(dict.fromkeys(point.series for point in plot.points))
    panels = list(dict.fromkeys(point.panel for point in plot.points))
    colours = _colours(series, plot.reference)
    dashes = [_DASHED if name in plot.reference else _SOLID for name in series]
    top = _top(plot.points)
    scales = {"domain": series}
    colour = alt.Color(
        "series:N", title=None, scale=alt.Scale(**scales, range=colours), sort=series
    )
    dash = alt.StrokeDash("series:N", title=None, scale=alt.Scale(**scales, range=dashes))
    charts = []
    for panel in panels:
        rows = [_row(point, plot, top) for point in plot.points if point.panel == panel]
        charts.append(_panel(plot, rows, panel, colour, dash, _domain(plot)))
    whole = alt.concat(*charts, columns=_COLUMNS, spacing=24).resolve_scale(
        color="shared", strokeDash="shared"
    )
    title = alt.TitleParams(plot.title, anchor="start", fontSize=14, offset=12)
    made: dict[str, Any] = (
        whole.properties(title=title, background="white", padding=10)
        .configure(font="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif")
        .configure_view(stroke=None)
        .configure_axis(gridColor="#e6e8eb", titleFontWeight="normal", labelFontSize=11)
        .configure_legend(labelLimit=260, symbolType="stroke", symbolOpacity=1, symbolStrokeWidth=2)
        .to_dict()
    )
    return made


def _panel(
    plot: Plot,
    rows: Sequence[dict[str, Any]],
    title: str,
    colour: alt.Color,
    dash: alt.StrokeDash,
    domain: list[float] | None,
) -> alt.LayerChart:
    """Curves, their marks and their intervals."""
    chart = alt.Chart(alt.InlineData(values=list(rows)))
    x_values = [row["x"] for row in rows if row["x"] is not None]
    x = alt.X(
        "x:Q",
        title=plot.x.title,
        scale=_scale(plot.x, None),
        axis=_axis(plot.x, [min(x_values), max(x_values)] if x_values else None),
    )
    y_scale = _scale(plot.y, domain)
    y = alt.Y("y:Q", title=plot.y.title, scale=y_scale, axis=_axis(plot.y, domain))
    layers: list[alt.Chart] = [
        chart.transform_filter("isValid(datum.low) && isValid(datum.high)")
        .mark_rule(strokeWidth=4, opacity=0.22, clip=True)
        .encode(x=x, y=alt.Y("low:Q", title=plot.y.title, scale=y_scale), y2="high:Q", color=colour)
    ]
    if plot.style != "marks":
        steps: dict[str, Any] = {"interpolate": "step-after"} if plot.style == "steps" else {}
        layers.append(
            chart.mark_line(strokeWidth=1.8, clip=True, **steps).encode(
                x=x, y=y, color=colour, strokeDash=dash, detail="series:N"
            )
        )
    if plot.style == "marks" or (plot.style == "lines" and _few(rows)):
        layers.append(
            chart.transform_filter("datum.measured && isValid(datum.y)")
            .mark_point(filled=True, size=32, opacity=1, clip=True)
            .encode(x=x, y=y, color=colour)
        )
    return alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT, title=title)


def _few(rows: Sequence[dict[str, Any]]) -> bool:
    """Whether curves have so few points that their marks stay apart."""
    counts = Counter(row["series"] for row in rows)
    return max(counts.values()) <= _MARKS_AT_MOST


def _row(point: Point, plot: Plot, top: float) -> dict[str, Any]:
    low, high = point.low, point.high
    return {
        "series": point.series,
        "measured": point.series not in plot.reference,
        "x": _shown(point.x, plot.x),
        "y": _shown(point.y, plot.y),
        "low": None if low is None else _shown(low, plot.y),
        # An interval that has no upper end runs out of the picture.
        "high": None if high is None else _shown(top * _PAD if math.isinf(high) else high, plot.y),
    }


def _shown(value: float, axis: Axis) -> float | None:
    """The value, or None where the axis cannot show it."""
    return value if math.isfinite(value) and (value > 0 or not axis.log) else None


def _top(points: Sequence[Point]) -> float:
    """The largest finite value or end of an interval."""
    values = [value for p in points for value in (p.y, p.low, p.high) if value is not None]
    return max((value for value in values if math.isfinite(value)), default=1.0)


def _domain(plot: Plot) -> list[float] | None:
    """The common range of all panels; None where each has its own."""
    values = [
        shown
        for point in plot.points
        for value in (point.y, point.low, point.high)
        if value is not None and (shown := _shown(value, plot.y)) is not None
    ]
    if not plot.shared or not values:
        return None
    low, high = min(values), max(values)
    if plot.y.log:
        return [low / 1.15, high * 1.15]
    room = 0.04 * (high - low) or 0.5
    return [0.0 if 0 <= low <= 0.3 * high else low - room, high + room]


def _scale(axis: Axis, domain: list[float] | None) -> alt.Scale:
    settings: dict[str, Any] = {"type": "log" if axis.log else "linear", "nice": False}
    if domain is None:
        settings |= {"zero": False, "padding": 8}
    else:
        settings["domain"] = domain
    return alt.Scale(**settings)


def _axis(axis: Axis, domain: list[float] | None) -> alt.Axis:
    if not axis.log:
        return alt.Axis(labelExpr=_LABEL, labelOverlap=True, domain=False)
    ticks = {"values": _log_ticks(*domain)} if domain else {"tickCount": 5}
    return alt.Axis(labelExpr=_LABEL, labelOverlap=True, domain=False, **ticks)


def _log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten; over less than two decades also their doubles and fivefolds."""
    steps = (1, 2, 5) if high < 100 * low else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [float(f"{step}e{power}") for power in powers for step in steps]
    shown = [tick for tick in ticks if low <= tick <= high]
    skipped = math.ceil(len(shown) / 8)
    return shown[:: max(1, skipped)]


def _colours(series: Sequence[str], reference: Sequence[str]) -> list[str]:
    """A colour per curve: ``k = 3, published`` has that of ``k = 3``, and ``flow, k = 3`` that of
    ``SGD, k = 3``, if those are measured."""
    measured = [name for name in series if name not in reference]
    of = {name: _COLOURS[i % len(_COLOURS)] for i, name in enumerate(measured)}
    last = {name.rpartition(", ")[2]: colour for name, colour in of.items()}
    return [
        of.get(name)
        or of.get(name.rpartition(", ")[0])
        or last.get(name.rpartition(", ")[2], _REFERENCE)
        for name in series
    ]
