"""Vega-Lite specifications of the report's charts, without their data.

A specification names its datasets; the page fills them in, panel by panel, so that panels of one
kind share one specification. Colours are CSS variables, which the SVG resolves: the charts follow
the page from light to dark and to paper without being drawn anew.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from parity_compare.reports.wording import Quantity

Spec = dict[str, Any]
Domain = tuple[float, float]

_ROW_HEIGHT = 54
_RATE_ROW_HEIGHT = 46
_AXIS_HEIGHT = 50
_LINE_HEIGHT = 270

THEME: Spec = {
    "background": "transparent",
    "font": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "domainColor": "var(--line)",
        "gridColor": "var(--grid)",
        "tickColor": "var(--line)",
        "labelColor": "var(--ink)",
        "titleColor": "var(--muted)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelPadding": 6,
    },
    "text": {"color": "var(--ink)", "fontSize": 11.5},
}
"""Configuration of every chart."""


def log_domain(values: Sequence[float], *, pad: float = 1.4) -> Domain:
    """The range of the positive finite values, a little wider; (0.1, 10) if there are none.

    An end that is near a power of ten moves out to it, so that the axis begins or ends with a tick.
    """
    shown = [value for value in values if 0 < value < math.inf]
    if not shown:
        return (0.1, 10.0)
    low, high = min(shown) / pad, max(shown) * pad
    below = float(f"1e{math.floor(math.log10(low))}")
    above = float(f"1e{math.ceil(math.log10(high))}")
    near = 2.0
    return (below if low < near * below else low, above if above < near * high else high)


def log_ticks(domain: Domain) -> list[float]:
    """Powers of ten, or finer steps where those would be fewer than three."""
    low, high = domain
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    inside: list[float] = []
    for steps in ((1,), (1, 3), (1, 2, 5), (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)):
        ticks = [float(f"{step}e{decade}") for decade in decades for step in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= 3:
            break
    return inside


def tick_labels(ticks: Sequence[float], show: Quantity) -> str:
    """A Vega expression that writes each tick as the tables would."""
    cases = [f"datum.value == {json.dumps(tick)} ? {json.dumps(show(tick))} : " for tick in ticks]
    return "".join(cases) + "''"


def _log_axis(over: Domain, show: Quantity, **settings: Any) -> alt.Axis:
    ticks = log_ticks(over)
    labels = tick_labels(ticks, show)
    return alt.Axis(values=ticks, labelExpr=labels, ticks=False, labelOverlap=True, **settings)


def _rate_axis(**settings: Any) -> alt.Axis:
    return alt.Axis(format="~%", values=[0, 0.25, 0.5, 0.75, 1], ticks=False, **settings)


def _row_axis(names: Sequence[str], **settings: Any) -> alt.Y:
    """One band per row; a name's second line says under which rules it ran."""
    axis = alt.Axis(
        labelExpr="split(datum.label, '\\n')",
        labelLimit=190,
        labelLineHeight=15,
        labelOffset=-7,
        labelPadding=8,
        ticks=False,
        domain=False,
        **settings,
    )
    scale = alt.Scale(domain=list(names), paddingInner=0, paddingOuter=0)
    return alt.Y("row:N", title=None, sort=None, axis=axis, scale=scale)


def _tooltip(*names: str) -> list[alt.Tooltip]:
    return [alt.Tooltip(f"{name}:N", title=name) for name in names]


def row_chart(
    names: Sequence[str], domain: Domain, title: str | None, show: Quantity, limit: float | None
) -> Spec:
    """A row per contestant on one logarithmic axis: every trial, the median and its interval.

    Datasets: ``trials`` (row, value, jitter, colour, solved, and the tooltip's fields) and
    ``medians`` (row, low, high, value or null, text, at, side, colour).
    """
    axis = _log_axis(domain, show)
    scale = alt.Scale(type="log", domain=list(domain), nice=False, clamp=True)

    def x(name: str) -> alt.X:
        return alt.X(f"{name}:Q", title=title, scale=scale, axis=axis)

    y = _row_axis(names, grid=True, bandPosition=1)
    colour = alt.Color("colour:N", scale=None)
    medians = alt.Chart(alt.NamedData("medians"))
    trials = alt.Chart(alt.NamedData("trials")).encode(
        x=x("value"),
        y=y,
        yOffset=alt.YOffset("jitter:Q").scale(domain=[-1, 1]),
        tooltip=_tooltip("learner", "trial", "ended", "spent", "rules"),
    )
    layers: list[Any] = [
        medians.mark_bar(height=20, cornerRadius=4, opacity=0.2).encode(
            x=x("low"), x2="high:Q", y=y, color=colour
        ),
        trials.transform_filter("datum.solved")
        .mark_point(filled=True, size=44, opacity=0.8, stroke="var(--page)", strokeWidth=0.8)
        .encode(fill=alt.Fill("colour:N", scale=None)),
        trials.transform_filter("!datum.solved")
        .mark_point(shape="triangle-right", filled=False, size=70, strokeWidth=1.6, opacity=1)
        .encode(stroke=alt.Stroke("colour:N", scale=None)),
        medians.transform_filter("isValid(datum.value)")
        .mark_tick(thickness=3, size=26, cornerRadius=1)
        .encode(x=x("value"), y=y, color=colour),
    ]
    layers += [
        medians.transform_filter(f"datum.side == '{side}'")
        .mark_text(align=align, dy=-18, fontWeight=600)
        .encode(x=x("at"), y=y, text="text:N")
        for side, align in (("left", "left"), ("middle", "center"), ("right", "right"))
    ]
    if limit is not None:
        rule = alt.Chart(alt.InlineData(values=[{"limit": limit}]))
        dashed = rule.mark_rule(strokeDash=[4, 4], color="var(--muted)")
        layers.insert(0, dashed.encode(x=x("limit")))
    return finish(alt.layer(*layers), _ROW_HEIGHT * len(names) + _AXIS_HEIGHT)


def rate_rows(names: Sequence[str]) -> Spec:
    """A row per contestant: the success rate with Wilson's interval.

    Dataset ``rates``: row, rate, low, high, text, colour.
    """
    axis, scale = _rate_axis(), alt.Scale(domain=[0, 1], nice=False)

    def x(name: str) -> alt.X:
        return alt.X(f"{name}:Q", title="share of trials solved", scale=scale, axis=axis)

    y = _row_axis(names)
    colour = alt.Color("colour:N", scale=None)
    rates = alt.Chart(alt.NamedData("rates"))
    layers = [
        rates.mark_bar(height=8, cornerRadius=4, opacity=0.3).encode(
            x=x("low"), x2="high:Q", y=y, color=colour
        ),
        rates.mark_point(filled=True, size=90, opacity=1).encode(x=x("rate"), y=y, color=colour),
    ]
    layers += [
        rates.transform_filter(where)
        .mark_text(align=align, dy=-14, fontWeight=600)
        .encode(x=x("rate"), y=y, text="text:N")
        for where, align in (
            ("datum.rate < 0.1", "left"),
            ("datum.rate >= 0.1 && datum.rate <= 0.9", "center"),
            ("datum.rate > 0.9", "right"),
        )
    ]
    return finish(alt.layer(*layers), _RATE_ROW_HEIGHT * len(names) + _AXIS_HEIGHT)


def line_chart(
    x_values: Sequence[float],
    x_title: str,
    x_domain: Domain,
    x_scale: str,
    y_title: str,
    y_domain: Domain | None,
    show: Quantity,
) -> Spec:
    """A line per contestant against one axis of the grid: estimates, intervals, trials.

    The y axis is logarithmic over ``y_domain``, or without one linear from 0 to 1, for rates.

    Datasets: ``points`` (x, value or null, low, high, spent_at_least, colour, dash, shape, series,
    and the tooltip's fields) and ``trials`` (x, value, solved, colour).
    """
    room = {"domain": False, "minExtent": 56, "maxExtent": 56}
    axis = _log_axis(y_domain, show, **room) if y_domain else _rate_axis(**room)
    scale = (
        alt.Scale(type="log", domain=list(y_domain), nice=False, clamp=True)
        if y_domain
        else alt.Scale(domain=[0, 1], nice=False)
    )

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", title=y_title, scale=scale, axis=axis)

    x = alt.X(
        "x:Q",
        title=x_title,
        scale=alt.Scale(type=x_scale, domain=list(x_domain), nice=False),
        axis=alt.Axis(values=list(x_values), format=",~g", grid=False, labelOverlap=True),
    )
    colour = alt.Color("colour:N", scale=None)
    points = alt.Chart(alt.NamedData("points")).encode(x=x, color=colour)
    trials = alt.Chart(alt.NamedData("trials")).encode(x=x, y=y("value"), color=colour)
    tips = _tooltip("learner", "instance", "solved", "spent", "rules")
    return finish(
        alt.layer(
            points.transform_filter("isValid(datum.low)")
            .mark_rule(strokeWidth=5, opacity=0.25, strokeCap="round")
            .encode(y=y("low"), y2="high:Q"),
            trials.transform_filter("datum.solved").mark_point(size=14, opacity=0.35, filled=True),
            trials.transform_filter("!datum.solved").mark_point(
                size=36, shape="triangle-up", filled=False, strokeWidth=1.2, opacity=0.8
            ),
            # A median that is infinite is null here and breaks the line.
            points.mark_line(strokeWidth=1.8).encode(
                y=y("value"), detail="series:N", strokeDash=alt.StrokeDash("dash:N", scale=None)
            ),
            points.transform_filter("isValid(datum.value)")
            .mark_point(filled=True, size=55, opacity=1)
            .encode(y=y("value"), shape=alt.Shape("shape:N", scale=None), tooltip=tips),
            points.transform_filter("isValid(datum.spent_at_least)")
            .mark_point(filled=False, shape="triangle-up", size=110, strokeWidth=2, opacity=1)
            .encode(y=y("spent_at_least"), tooltip=tips),
        ),
        _LINE_HEIGHT,
    )


def finish(chart: Any, height: int) -> Spec:
    """The chart as a dictionary that fills its container's width and ``height`` in all."""
    sized = chart.properties(
        width="container",
        height=height,
        autosize=alt.AutoSizeParams(type="fit", contains="padding"),
        padding=alt.Padding({"left": 2, "right": 10, "top": 6, "bottom": 2}),
    )
    spec: Spec = sized.to_dict()
    # The theme is every chart's, and is written into the page once.
    del spec["config"]
    return spec
