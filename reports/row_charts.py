"""Charts with a row per contestant: costs with every trial, success rates, factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from parity_compare.reports.charts import (
    Domain,
    Spec,
    finish,
    log_axis,
    rate_axis,
    row_axis,
    tooltip,
)
from parity_compare.reports.wording import Quantity

_COST_HEIGHT, _RATE_HEIGHT = 54, 46
_AXIS_HEIGHT = 50
_SIDES = (("left", "left"), ("middle", "center"), ("right", "right"))

_TRIAL = {"learner": "learner", "trial": "trial", "ended": "ended", "access": "access"}


def cost_rows(
    names: Sequence[str],
    currency: str,
    domain: Domain,
    title: str,
    show: Quantity,
    *,
    limit: float | None = None,
    bounds: Sequence[tuple[str, tuple[int, ...]]] = (),
    forecasts: bool = False,
) -> Spec:
    """On one logarithmic axis every trial, the median and its interval.

    Datasets: ``trials`` (row, jitter, colour, solved, the currency, and the tooltip's columns),
    ``costs`` (row, median, median_low, median_high, text, at, side, colour), and where they are
    drawn ``forecasts`` (row, colour, the currency) and ``bounds``.

    Args:
        names: of the rows, from top to bottom; rows of other names are not drawn.
        currency: column of the trials and forecasts.
        domain: of the axis.
        title: of the axis.
        show: how the axis writes its ticks.
        limit: where a dashed rule stands.
        bounds: columns of ``bounds`` with their dashes, drawn as rules.
        forecasts: whether there are any.
    """
    low, high = domain
    axis = log_axis(domain, show)
    scale = alt.Scale(type="log", domain=list(domain), nice=False, clamp=True)

    def x(name: str) -> alt.X:
        return alt.X(f"{name}:Q", title=title, scale=scale, axis=axis)

    y = row_axis(names, grid=True, bandPosition=1)
    colour = alt.Color("colour:N", scale=None)
    stroke = alt.Stroke("colour:N", scale=None)
    drawn = alt.FieldOneOfPredicate(field="row", oneOf=list(names))
    costs = alt.Chart(alt.NamedData("costs")).transform_filter(drawn)
    trials = (
        alt.Chart(alt.NamedData("trials"))
        .transform_filter(drawn)
        .transform_calculate(spent=f"max(datum.{currency}, {low!r})")
        .encode(
            x=x("spent"),
            y=y,
            yOffset=alt.YOffset("jitter:Q").scale(domain=[-1, 1]),
            tooltip=[
                *tooltip(**_TRIAL),
                alt.Tooltip(f"{currency}:Q", title=title, format=",.4~r"),
            ],
        )
    )
    layers: list[Any] = [
        costs.transform_calculate(
            # Without a lower end the interval is infinity alone, and has no length here.
            low=f"isValid(datum.median_low) ? max(datum.median_low, {low!r}) : {high!r}",
            high=f"isValid(datum.median_high) ? max(datum.median_high, {low!r}) : {high!r}",
        )
        .mark_bar(height=20, cornerRadius=4, opacity=0.2)
        .encode(x=x("low"), x2="high:Q", y=y, color=colour),
        trials.transform_filter("datum.solved")
        .mark_point(filled=True, size=44, opacity=0.8, stroke="var(--page)", strokeWidth=0.8)
        .encode(fill=alt.Fill("colour:N", scale=None)),
        trials.transform_filter("!datum.solved")
        .mark_point(shape="triangle-right", filled=False, size=70, strokeWidth=1.6, opacity=1)
        .encode(stroke=stroke),
        costs.transform_filter("isValid(datum.median)")
        .transform_calculate(middle=f"max(datum.median, {low!r})")
        .mark_tick(thickness=3, size=26, cornerRadius=1)
        .encode(x=x("middle"), y=y, color=colour),
    ]
    if forecasts:
        foreseen = (
            alt.Chart(alt.NamedData("forecasts"))
            .transform_filter(drawn)
            .transform_filter(inside(currency, domain))
        )
        layers.append(
            foreseen.mark_point(shape="diamond", filled=False, size=80, strokeWidth=1.5).encode(
                x=x(currency),
                y=alt.Y("row:N", bandPosition=0.9),
                stroke=stroke,
            )
        )
    layers += [
        costs.transform_filter(f"datum.side == '{side}'")
        .mark_text(align=align, dy=-18, fontWeight=600)
        .encode(x=x("at"), y=y, text="text:N")
        for side, align in _SIDES
    ]
    for column, dash in bounds:
        rule = alt.Chart(alt.NamedData("bounds")).transform_filter(inside(column, domain))
        dashed = rule.mark_rule(strokeDash=list(dash), color="var(--muted)")
        layers.insert(0, dashed.encode(x=x(column)))
    if limit is not None:
        rule = alt.Chart(alt.InlineData(values=[{"limit": limit}]))
        dashed = rule.mark_rule(strokeDash=[4, 4], color="var(--muted)")
        layers.insert(0, dashed.encode(x=x("limit")))
    return finish(alt.layer(*layers), _COST_HEIGHT * len(names) + _AXIS_HEIGHT)


def rate_rows(names: Sequence[str]) -> Spec:
    """The success rate with Wilson's interval.

    Dataset ``rates``: row, rate, low, high, text, colour, and the tooltip's columns.
    """
    axis, scale = rate_axis(), alt.Scale(domain=[0, 1], nice=False)

    def x(name: str) -> alt.X:
        return alt.X(f"{name}:Q", title="share of trials solved", scale=scale, axis=axis)

    y = row_axis(names)
    colour = alt.Color("colour:N", scale=None)
    tips = tooltip(
        learner="learner", solved="solved", trials="trials", access="access", told="told"
    )
    rates = alt.Chart(alt.NamedData("rates"))
    layers = [
        rates.mark_bar(height=8, cornerRadius=4, opacity=0.3).encode(
            x=x("low"), x2="high:Q", y=y, color=colour
        ),
        rates.mark_point(filled=True, size=90, opacity=1).encode(
            x=x("rate"), y=y, color=colour, tooltip=tips
        ),
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
    return finish(alt.layer(*layers), _RATE_HEIGHT * len(names) + _AXIS_HEIGHT)


def factor_rows(names: Sequence[str], domain: Domain, title: str, show: Quantity) -> Spec:
    """A factor with its interval on a logarithmic axis, and a rule at 1.

    Dataset ``factors``: row, factor or null where infinite, low, high or null where infinite, text,
    at, side, colour.
    """
    low, high = domain
    axis = log_axis(domain, show)
    scale = alt.Scale(type="log", domain=list(domain), nice=False, clamp=True)

    def x(name: str) -> alt.X:
        return alt.X(f"{name}:Q", title=title, scale=scale, axis=axis)

    y = row_axis(names)
    colour = alt.Color("colour:N", scale=None)
    factors = alt.Chart(alt.NamedData("factors"))
    one = alt.Chart(alt.InlineData(values=[{"one": 1}]))
    layers = [
        one.mark_rule(color="var(--muted)", strokeWidth=1.5).encode(x=x("one")),
        factors.transform_calculate(
            from_="isValid(datum.low) && datum.low > 0 ? datum.low : " + repr(low),
            to=f"isValid(datum.high) ? datum.high : {high!r}",
        )
        .mark_bar(height=8, cornerRadius=4, opacity=0.3)
        .encode(x=x("from_"), x2="to:Q", y=y, color=colour),
        factors.transform_filter("isValid(datum.factor)")
        .mark_point(filled=True, size=90, opacity=1)
        .encode(x=x("factor"), y=y, color=colour),
    ]
    layers += [
        factors.transform_filter(f"datum.side == '{side}'")
        .mark_text(align=align, dy=-14, fontWeight=600)
        .encode(x=x("at"), y=y, text="text:N")
        for side, align in _SIDES
    ]
    return finish(alt.layer(*layers), _RATE_HEIGHT * len(names) + _AXIS_HEIGHT)


def inside(column: str, domain: Domain) -> str:
    """A Vega expression that keeps what lies on the axis, and can be drawn on it."""
    low, high = domain
    return f"isValid(datum.{column}) && datum.{column} >= {low!r} && datum.{column} <= {high!r}"
