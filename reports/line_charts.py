"""Charts with a line per contestant along one axis of the grid: costs, success rates, factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from parity_compare.reports.axes import Axis
from parity_compare.reports.charts import Domain, Spec, finish, log_axis, rate_axis, tooltip
from parity_compare.reports.row_charts import inside
from parity_compare.reports.wording import Quantity

_HEIGHT = 270
_ROOM = {"domain": False, "minExtent": 56, "maxExtent": 56}


@dataclass(frozen=True)
class _Along:
    """The horizontal direction: contestants stand a little beside the axis's values."""

    axis: Axis
    ticks: Sequence[float]

    def place(self, chart: alt.Chart) -> alt.Chart:
        """The chart with a column ``x``."""
        low, high = self.axis.domain(self.ticks)
        value = f"datum.{self.axis.name}"
        if self.axis.logarithmic:
            return chart.transform_calculate(x=f"{value} * pow({high / low!r}, datum.shift)")
        return chart.transform_calculate(x=f"{value} + {high - low!r} * datum.shift")

    def channel(self, name: str = "x") -> alt.X:
        """Draws that column, or another."""
        kind = "log" if self.axis.logarithmic else "linear"
        domain = list(self.axis.domain(self.ticks))
        return alt.X(
            f"{name}:Q",
            title=self.axis.title,
            scale=alt.Scale(type=kind, domain=domain, nice=False),
            axis=alt.Axis(values=list(self.ticks), format=",~g", grid=False, labelOverlap=True),
        )


def _coordinates() -> dict[str, str]:
    return {"n": "n", "k": "k", "noise": "noise", "sample_size": "examples"}


def cost_lines(
    axis: Axis,
    ticks: Sequence[float],
    currency: str,
    statistic: str,
    domain: Domain,
    title: str,
    show: Quantity,
    *,
    dots: bool,
    bounds: Sequence[tuple[str, tuple[int, ...]]] = (),
    forecasts: Sequence[int] = (),
) -> Spec:
    """Medians or expected costs with their intervals, on a logarithmic axis.

    Where the estimate is infinite the line breaks off, and an open triangle stands at the most
    that a trial spent.

    Datasets: ``costs`` (the axis, shift, the statistic with its ``_low``, ``_high`` and ``_text``,
    most_spent, colour, dash, shape, series, and the tooltip's columns); if asked for ``trials``
    (the axis, shift, the currency, solved, colour), ``bounds`` (the axis and the columns that are
    named) and ``forecasts`` (the axis, shift, the currency, series, colour).

    Args:
        axis: what is drawn along.
        ticks: its values.
        currency: column of the trials and forecasts.
        statistic: ``median`` or ``expected``.
        domain: of the vertical axis.
        title: of the vertical axis.
        show: how that axis writes its ticks.
        dots: whether single trials are drawn.
        bounds: columns of ``bounds`` with their dashes.
        forecasts: their dash; empty for none.
    """
    low, high = domain
    along = _Along(axis, ticks)
    scale = alt.Scale(type="log", domain=list(domain), nice=False, clamp=True)
    vertical = log_axis(domain, show, **_ROOM)

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", title=title, scale=scale, axis=vertical)

    def data(name: str) -> alt.Chart:
        return along.place(alt.Chart(alt.NamedData(name))).encode(x=along.channel())

    colour = alt.Color("colour:N", scale=None)
    dash = alt.StrokeDash("dash:N", scale=None)
    value = f"datum.{statistic}"
    # On a logarithmic axis there is no place for what costs nothing.
    costs = data("costs").transform_filter(f"{value} !== 0").encode(color=colour)
    tips = tooltip(
        learner="learner", **_coordinates(), solved="solved", trials="trials",
        **{f"{statistic}_text": "median" if statistic == "median" else "expected"},
        access="access", told="told", timing="timing",
    )  # fmt: skip
    layers: list[Any] = [
        alt.Chart(alt.NamedData("bounds"))
        .transform_filter(inside(column, domain))
        .mark_line(strokeDash=list(dashes), strokeWidth=1.2, color="var(--muted)")
        .encode(x=along.channel(axis.name), y=y(column))
        for column, dashes in bounds
    ]
    if forecasts:
        layers.append(
            data("forecasts")
            .transform_filter(inside(currency, domain))
            .mark_line(strokeDash=list(forecasts), strokeWidth=1.6, opacity=0.9)
            .encode(y=y(currency), color=colour, detail="series:N")
        )
    layers.append(
        costs.transform_filter(f"isValid({value})")
        .transform_calculate(
            low=f"max(datum.{statistic}_low, {low!r})",
            high=f"isValid(datum.{statistic}_high) ? datum.{statistic}_high : {high!r}",
        )
        .mark_rule(strokeWidth=5, opacity=0.25, strokeCap="round")
        .encode(y=y("low"), y2="high:Q")
    )
    if dots:
        trials = (
            data("trials")
            .transform_filter(f"datum.{currency} > 0")
            .encode(y=y(currency), color=colour)
        )
        layers += [
            trials.transform_filter("datum.solved").mark_point(size=14, opacity=0.35, filled=True),
            trials.transform_filter("!datum.solved").mark_point(
                size=36, shape="triangle-up", filled=False, strokeWidth=1.2, opacity=0.8
            ),
        ]
    layers += [
        # An estimate that is infinite is null here and breaks the line.
        costs.mark_line(strokeWidth=1.8).encode(y=y(statistic), detail="series:N", strokeDash=dash),
        costs.transform_filter(f"isValid({value})")
        .mark_point(filled=True, size=55, opacity=1)
        .encode(y=y(statistic), shape=alt.Shape("shape:N", scale=None), tooltip=tips),
        costs.transform_filter(f"!isValid({value}) && datum.most_spent > 0")
        .mark_point(filled=False, shape="triangle-up", size=110, strokeWidth=2, opacity=1)
        .encode(y=y("most_spent"), tooltip=tips),
    ]
    return finish(alt.layer(*layers), _HEIGHT)


def rate_lines(axis: Axis, ticks: Sequence[float]) -> Spec:
    """Success rates with Wilson's intervals.

    Dataset ``rates``: the axis, shift, rate, low, high, colour, dash, shape, series, and the
    tooltip's columns.
    """
    along = _Along(axis, ticks)
    scale = alt.Scale(domain=[0, 1], nice=False)
    vertical = rate_axis(**_ROOM)

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", title="share of trials solved", scale=scale, axis=vertical)

    tips = tooltip(
        learner="learner", **_coordinates(), solved="solved", trials="trials", text="rate",
        access="access", told="told",
    )  # fmt: skip
    rates = along.place(alt.Chart(alt.NamedData("rates"))).encode(
        x=along.channel(), color=alt.Color("colour:N", scale=None)
    )
    return finish(_estimates(rates, y, "rate", "low", "high", tips), _HEIGHT)


def factor_lines(
    axis: Axis, ticks: Sequence[float], domain: Domain, title: str, show: Quantity
) -> Spec:
    """Factors with their intervals on a logarithmic axis, and a rule at 1.

    Dataset ``factors``: the axis, shift, factor or null where infinite, low, high or null where
    infinite, colour, dash, shape, series, and the tooltip's columns.
    """
    low, high = domain
    along = _Along(axis, ticks)
    scale = alt.Scale(type="log", domain=list(domain), nice=False, clamp=True)
    vertical = log_axis(domain, show, **_ROOM)

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", title=title, scale=scale, axis=vertical)

    tips = tooltip(
        learner="learner", timing="timing", threads="CPU threads", **_coordinates(), text="factor"
    )
    factors = (
        along.place(alt.Chart(alt.NamedData("factors")))
        .transform_calculate(
            least=f"max(datum.low, {low!r})",
            most=f"isValid(datum.high) ? datum.high : {high!r}",
        )
        .encode(x=along.channel(), color=alt.Color("colour:N", scale=None))
    )
    one = alt.Chart(alt.InlineData(values=[{"one": 1}]))
    level = one.mark_rule(color="var(--muted)", strokeWidth=1.5).encode(y=y("one"))
    return finish(
        alt.layer(level, *_estimates(factors, y, "factor", "least", "most", tips).layer), _HEIGHT
    )


def _estimates(
    data: alt.Chart, y: Any, value: str, low: str, high: str, tips: list[alt.Tooltip]
) -> alt.LayerChart:
    """Intervals, lines and points."""
    return alt.layer(
        data.mark_rule(strokeWidth=5, opacity=0.25, strokeCap="round").encode(
            y=y(low), y2=f"{high}:Q"
        ),
        data.mark_line(strokeWidth=1.8).encode(
            y=y(value), detail="series:N", strokeDash=alt.StrokeDash("dash:N", scale=None)
        ),
        data.transform_filter(f"isValid(datum.{value})")
        .mark_point(filled=True, size=55, opacity=1)
        .encode(y=y(value), shape=alt.Shape("shape:N", scale=None), tooltip=tips),
    )
