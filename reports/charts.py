"""Vega-Lite specifications of the report's charts, without their data.

A specification names its datasets; the page fills them in, panel by panel, so that panels of one
kind share one specification. Colours are CSS variables, which the SVG resolves: the charts follow
the page from light to dark and to paper without being drawn anew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

Spec = dict[str, Any]
Domain = tuple[float, float]

ROW_HEIGHT = 54
AXIS_HEIGHT = 50
_LABEL_LINE = "split(datum.label, '\\n')"

SECONDS_LABEL = (
    "datum.value >= 1 ? format(datum.value, ',~g') + ' s'"
    " : datum.value >= 1e-3 ? format(datum.value * 1e3, '.3~g') + ' ms'"
    " : format(datum.value * 1e6, '.3~g') + ' µs'"
)
COUNT_LABEL = (
    "datum.value >= 1e6 || datum.value < 1e-2 ? format(datum.value, '~e') : "
    "format(datum.value, ',~g')"
)

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
    "title": {
        "color": "var(--ink)",
        "anchor": "start",
        "fontSize": 13,
        "fontWeight": 600,
        "frame": "group",
    },
}
"""Configuration of every chart."""


def log_domain(values: Sequence[float], *, pad: float = 1.3) -> Domain:
    """The range of the positive finite values, a little wider; (0.1, 10) if there are none."""
    shown = [value for value in values if 0 < value < math.inf]
    if not shown:
        return (0.1, 10.0)
    return (min(shown) / pad, max(shown) * pad)


def log_ticks(domain: Domain) -> list[float]:
    """Powers of ten, or 1-2-5 steps where those would be fewer than three."""
    low, high = domain
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7)):
        ticks = [float(f"{step}e{decade}") for decade in decades for step in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= 3:
            return inside
    return inside


def row_chart(
    names: Sequence[str], domain: Domain, title: str, label: str, limit: float | None = None
) -> Spec:
    """A row per contestant on one logarithmic axis: every trial, the median and its interval.

    Datasets: ``trials`` (row, value, jitter, colour, solved, tip fields) and ``medians`` (row, low,
    high, value or null, text, at, side, colour).
    """
    y = alt.Y("row:N", title=None, sort=None).scale(
        domain=list(names), paddingInner=0, paddingOuter=0
    )
    axis = alt.Axis(
        labelExpr=_LABEL_LINE,
        labelLimit=190,
        labelLineHeight=15,
        ticks=False,
        domain=False,
        grid=True,
        bandPosition=1,
        labelPadding=8,
    )
    y = y.axis(axis)
    ticks = alt.Axis(values=log_ticks(domain), labelExpr=label, labelOverlap=True, ticks=False)
    scale = alt.Scale(type="log", domain=list(domain), nice=False, clamp=True)
    x = alt.X("value:Q", title=title, scale=scale, axis=ticks)
    colour = alt.Color("colour:N", scale=None)
    tips = [
        alt.Tooltip(f"{field}:N", title=field)
        for field in ("learner", "trial", "ended", "spent", "told")
    ]
    trials, medians = alt.NamedData("trials"), alt.NamedData("medians")
    interval = (
        alt.Chart(medians)
        .mark_bar(height=20, cornerRadius=4, opacity=0.2)
        .encode(
            x=alt.X("low:Q", title=title, scale=scale, axis=ticks), x2="high:Q", y=y, color=colour
        )
    )
    tick = (
        alt.Chart(medians)
        .transform_filter("isValid(datum.value)")
        .mark_tick(thickness=3, size=26, cornerRadius=1)
        .encode(x=x, y=y, color=colour)
    )
    offset = alt.YOffset("jitter:Q").scale(domain=[-1, 1])
    dots = alt.Chart(trials).encode(x=x, y=y, yOffset=offset, tooltip=tips)
    solved = (
        dots.transform_filter("datum.solved")
        .mark_point(filled=True, size=44, opacity=0.8, stroke="var(--page)", strokeWidth=0.8)
        .encode(fill=alt.Fill("colour:N", scale=None))
    )
    failed = (
        dots.transform_filter("!datum.solved")
        .mark_point(shape="triangle-right", filled=False, size=70, strokeWidth=1.6, opacity=1)
        .encode(stroke=alt.Stroke("colour:N", scale=None))
    )
    texts = [
        alt.Chart(medians)
        .transform_filter(f"datum.side == '{side}'")
        .mark_text(align=align, dy=-18, fontWeight=600)
        .encode(x=alt.X("at:Q", title=title, scale=scale, axis=ticks), y=y, text="text:N")
        for side, align in (("left", "left"), ("middle", "center"), ("right", "right"))
    ]
    layers: list[Any] = [interval, solved, failed, tick, *texts]
    if limit is not None:
        layers.insert(0, _limit_rule(limit, scale, ticks, title))
    return finish(alt.layer(*layers), ROW_HEIGHT * len(names) + AXIS_HEIGHT)


def _limit_rule(limit: float, scale: Any, axis: Any, title: str) -> Any:
    return (
        alt.Chart(alt.InlineData(values=[{"limit": limit}]))
        .mark_rule(strokeDash=[4, 4], color="var(--muted)")
        .encode(x=alt.X("limit:Q", title=title, scale=scale, axis=axis))
    )


def rate_rows(names: Sequence[str]) -> Spec:
    """A row per contestant: the success rate with Wilson's interval.

    Dataset ``rates``: row, rate, low, high, text, colour.
    """
    rates = alt.NamedData("rates")
    axis = alt.Axis(
        labelExpr=_LABEL_LINE, labelLimit=190, labelLineHeight=15, ticks=False, domain=False,
        labelPadding=8,
    )  # fmt: skip
    y = alt.Y("row:N", title=None, sort=None, axis=axis).scale(domain=list(names))
    scale = alt.Scale(domain=[0, 1], nice=False)
    ticks = alt.Axis(format="~%", values=[0, 0.25, 0.5, 0.75, 1], ticks=False)
    title = "share of trials solved"
    x = alt.X("rate:Q", title=title, scale=scale, axis=ticks)
    colour = alt.Color("colour:N", scale=None)
    base = alt.Chart(rates)
    interval = base.mark_bar(height=8, cornerRadius=4, opacity=0.3).encode(
        x=alt.X("low:Q", title=title, scale=scale, axis=ticks), x2="high:Q", y=y, color=colour
    )
    point = base.mark_point(filled=True, size=90, opacity=1).encode(x=x, y=y, color=colour)
    text = base.mark_text(dy=-14, fontWeight=600).encode(x=x, y=y, text="text:N")
    right = text.transform_filter("datum.rate > 0.9").mark_text(
        dy=-14, fontWeight=600, align="right"
    )
    left = text.transform_filter("datum.rate < 0.1").mark_text(dy=-14, fontWeight=600, align="left")
    middle = text.transform_filter("datum.rate >= 0.1 && datum.rate <= 0.9")
    chart = alt.layer(interval, point, right, left, middle)
    return finish(chart, 44 * len(names) + AXIS_HEIGHT)


def line_chart(
    x_values: Sequence[float], x_title: str, x_log: bool, domain: Domain, title: str, label: str
) -> Spec:
    """A line per contestant against one axis of the grid: medians, intervals, trials.

    Datasets: ``points`` (x, value or null, low, high, colour, dash, shape, series, tip fields) and
    ``trials`` (x, value, solved, colour).
    """
    rate = not label
    y_scale = (
        alt.Scale(domain=[0, 1], nice=False)
        if rate
        else alt.Scale(type="log", domain=list(domain), nice=False, clamp=True)
    )
    y_axis = (
        alt.Axis(format="~%", values=[0, 0.25, 0.5, 0.75, 1], ticks=False, domain=False)
        if rate
        else alt.Axis(values=log_ticks(domain), labelExpr=label, ticks=False, domain=False)
    )
    y_axis.minExtent = y_axis.maxExtent = 52
    x_scale = alt.Scale(
        type="log" if x_log else "linear", domain=_spread(x_values, x_log), nice=False
    )
    x_axis = alt.Axis(values=list(x_values), format=",~g", grid=False, labelOverlap=True)
    x = alt.X("x:Q", title=x_title, scale=x_scale, axis=x_axis)
    y = alt.Y("value:Q", title=title, scale=y_scale, axis=y_axis)
    colour = alt.Color("colour:N", scale=None)
    points, trials = alt.NamedData("points"), alt.NamedData("trials")
    tips = [
        alt.Tooltip(f"{field}:N", title=field)
        for field in ("learner", "instance", "solved", "spent")
    ]
    base = alt.Chart(points)
    reached = base.transform_filter("isValid(datum.value)")
    interval = base.mark_rule(strokeWidth=5, opacity=0.25, strokeCap="round").encode(
        x=x, y=alt.Y("low:Q", title=title, scale=y_scale, axis=y_axis), y2="high:Q", color=colour
    )
    line = reached.mark_line(strokeWidth=1.8).encode(
        x=x, y=y, color=colour, detail="series:N", strokeDash=alt.StrokeDash("dash:N", scale=None)
    )
    mark = reached.mark_point(filled=True, size=55, opacity=1).encode(
        x=x, y=y, color=colour, shape=alt.Shape("shape:N", scale=None), tooltip=tips
    )
    censored = (
        base.transform_filter("!isValid(datum.value) && isValid(datum.spent_at_least)")
        .mark_point(filled=False, shape="triangle-up", size=90, strokeWidth=1.8, opacity=1)
        .encode(
            x=x,
            y=alt.Y("spent_at_least:Q", title=title, scale=y_scale, axis=y_axis),
            color=colour,
            tooltip=tips,
        )
    )
    dots = (
        alt.Chart(trials)
        .mark_point(size=14, opacity=0.4, filled=True)
        .encode(x=x, y=y, color=colour)
    )
    layers = [interval, line, mark] if rate else [interval, dots, line, mark, censored]
    return finish(alt.layer(*layers), 270)


def _spread(values: Sequence[float], log: bool) -> list[float]:
    """The range of the grid's values with some air on both sides."""
    low, high = min(values), max(values)
    if log:
        air = (high / low) ** 0.08 if high > low else 1.5
        return [low / air, high * air]
    air = 0.08 * (high - low) or 0.5
    return [low - air, high + air]


def finish(chart: Any, height: int) -> Spec:
    """The chart as a dictionary that fills its container's width and ``height`` in all."""
    sized = chart.properties(
        width="container",
        height=height,
        autosize=alt.AutoSizeParams(type="fit", contains="padding"),
        padding=alt.Padding({"left": 2, "right": 10, "top": 6, "bottom": 2}),
    )
    spec: Spec = sized.to_dict()
    del spec["config"]
    return spec
