"""What the report's charts have in common: axes, ticks, a theme, and how a chart fills its box.

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
Row = dict[str, Any]
Domain = tuple[float, float]

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


def log_axis(over: Domain, show: Quantity, **settings: Any) -> Spec:
    """A logarithmic axis whose ticks are written as the tables write numbers."""
    ticks = log_ticks(over)
    labels = tick_labels(ticks, show)
    return {"values": ticks, "labelExpr": labels, "ticks": False, "labelOverlap": True} | settings


def rate_axis(**settings: Any) -> Spec:
    """An axis from 0 to 100 %."""
    return {"format": "~%", "values": [0, 0.25, 0.5, 0.75, 1], "ticks": False} | settings


def log_scale(domain: Domain) -> Spec:
    """A logarithmic scale that ends where it is told to."""
    return {"type": "log", "domain": list(domain), "nice": False, "clamp": True}


def row_band(names: Sequence[str], **settings: Any) -> Spec:
    """One band per row; a name's second line says under which rules it ran."""
    axis = {
        "labelExpr": "split(datum.label, '\\n')",
        "labelLimit": 190,
        "labelLineHeight": 15,
        "labelOffset": -7,
        "labelPadding": 8,
        "ticks": False,
        "domain": False,
    }
    scale = {"domain": list(names), "paddingInner": 0, "paddingOuter": 0}
    return {
        "field": "row",
        "type": "nominal",
        "title": None,
        "sort": None,
        "axis": axis | settings,
        "scale": scale,
    }


def literal(channel: str) -> Spec:
    """A channel that takes what stands in the column of its name: a colour, a shape, dashes."""
    return {"field": channel, "type": "nominal", "scale": None}


COLOUR = literal("colour")


def number(field: str) -> Spec:
    """A channel that draws a column of numbers; how is said once for all layers."""
    return {"field": field, "type": "quantitative"}


def tooltip(**titles: str) -> list[Spec]:
    """A line per column, under its title."""
    return [{"field": name, "type": "nominal", "title": title} for name, title in titles.items()]


def layer(data: str | Row, mark: Spec, encoding: Spec, *transforms: Spec | str) -> Spec:
    """One layer of a chart.

    Args:
        data: the name of its dataset, or its only row.
        mark: with its settings.
        encoding: by channel.
        transforms: filters as expressions, others as specifications.
    """
    source = {"name": data} if isinstance(data, str) else {"values": [data]}
    steps = [{"filter": step} if isinstance(step, str) else step for step in transforms]
    found: Spec = {"data": source, "mark": mark, "encoding": encoding}
    return found | ({"transform": steps} if steps else {})


def calculate(**columns: str) -> list[Spec]:
    """Columns by their expressions, as transforms."""
    return [{"calculate": text, "as": name} for name, text in columns.items()]


def inside(column: str, domain: Domain) -> str:
    """An expression that keeps what lies on an axis, and can be drawn on it."""
    low, high = domain
    return f"isValid(datum.{column}) && datum.{column} >= {low!r} && datum.{column} <= {high!r}"


def layered(layers: Sequence[Spec], encoding: Spec, height: int) -> Spec:
    """A chart of layers that share their axes.

    Written as the dictionary that it is, for a page has hundreds: altair takes a third of a second
    to check one, which the tests do instead.

    Args:
        layers: from the lowest to the topmost.
        encoding: what the layers' channels have in common.
        height: in all, in pixels.
    """
    return {
        "$schema": alt.SCHEMA_URL,
        "layer": list(layers),
        "encoding": encoding,
        **_FRAME,
        "height": height,
    }


_FRAME: Spec = {
    "width": "container",
    "autosize": {"type": "fit", "contains": "padding"},
    "padding": {"left": 2, "right": 10, "top": 6, "bottom": 2},
}


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
