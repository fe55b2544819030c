"""Charts with a line per contestant along one axis of the grid: costs, success rates, factors."""

from __future__ import annotations

from collections.abc import Sequence

from parity_compare.reports.figures.axes import Axis
from parity_compare.reports.figures.charts import (
    COLOUR,
    Domain,
    Spec,
    calculate,
    inside,
    layer,
    layered,
    literal,
    log_axis,
    log_scale,
    number,
    rate_axis,
    tooltip,
)
from parity_compare.reports.wording import Quantity

_HEIGHT = 270
_ROOM = {"domain": False, "minExtent": 56, "maxExtent": 56}

_INTERVAL: Spec = {"type": "rule", "strokeWidth": 5, "opacity": 0.25, "strokeCap": "round"}
_LINE: Spec = {"type": "line", "strokeWidth": 1.8}
_POINT: Spec = {"type": "point", "filled": True, "size": 55, "opacity": 1}
_COORDINATES = {"n": "n", "k": "k", "noise": "noise", "sample_size": "examples"}
_LINED: Spec = {
    "color": COLOUR,
    "detail": {"field": "series", "type": "nominal"},
    "strokeDash": literal("dash"),
}


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
    aside = _beside(axis, ticks)
    value = f"datum.{statistic}"
    # On a logarithmic axis there is no place for what costs nothing.
    costly = f"{value} !== 0"
    tips = tooltip(
        learner="learner", **_COORDINATES, solved="solved", trials="trials",
        **{f"{statistic}_text": "median" if statistic == "median" else "expected"},
        access="access", told="told", timing="timing",
    )  # fmt: skip
    layers = [
        layer(
            "bounds",
            {"type": "line", "strokeDash": list(dash), "strokeWidth": 1.2, "color": "var(--muted)"},
            {"x": number(axis.name), "y": number(column)},
            inside(column, domain),
        )
        for column, dash in bounds
    ]
    if forecasts:
        layers.append(
            layer(
                "forecasts",
                {"type": "line", "strokeDash": list(forecasts), "strokeWidth": 1.6},
                {"y": number(currency), "color": COLOUR, "detail": _LINED["detail"]},
                inside(currency, domain),
                *aside,
            )
        )
    layers.append(
        layer(
            "costs",
            _INTERVAL,
            {"y": number("low"), "y2": {"field": "high"}, "color": COLOUR},
            costly,
            f"isValid({value})",
            *aside,
            *calculate(
                low=f"max(datum.{statistic}_low, {low!r})",
                high=f"isValid(datum.{statistic}_high) ? datum.{statistic}_high : {high!r}",
            ),
        )
    )
    if dots:
        solved = {"type": "point", "size": 14, "opacity": 0.35, "filled": True}
        failed = {"type": "point", "size": 36, "shape": "triangle-up", "filled": False,
                  "strokeWidth": 1.2, "opacity": 0.8}  # fmt: skip
        layers += [
            layer(
                "trials",
                mark,
                {"y": number(currency), "color": COLOUR},
                f"datum.{currency} > 0 && {which}",
                *aside,
            )
            for mark, which in ((solved, "datum.solved"), (failed, "!datum.solved"))
        ]
    infinite = {"type": "point", "filled": False, "shape": "triangle-up", "size": 110,
                "strokeWidth": 2, "opacity": 1}  # fmt: skip
    layers += [
        # An estimate that is infinite is null here and breaks the line.
        layer("costs", _LINE, {"y": number(statistic), **_LINED}, costly, *aside),
        layer(
            "costs",
            _POINT,
            {"y": number(statistic), "color": COLOUR, "shape": literal("shape"), "tooltip": tips},
            costly,
            f"isValid({value})",
            *aside,
        ),
        layer(
            "costs",
            infinite,
            {"y": number("most_spent"), "color": COLOUR, "tooltip": tips},
            f"!isValid({value}) && datum.most_spent > 0",
            *aside,
        ),
    ]
    vertical = _vertical(title, log_scale(domain), log_axis(domain, show, **_ROOM))
    return layered(layers, {"x": _horizontal(axis, ticks), "y": vertical}, _HEIGHT)


def rate_lines(axis: Axis, ticks: Sequence[float]) -> Spec:
    """Success rates with Wilson's intervals.

    Dataset ``rates``: the axis, shift, rate, low, high, colour, dash, shape, series, and the
    tooltip's columns.
    """
    tips = tooltip(
        learner="learner", **_COORDINATES, solved="solved", trials="trials", text="rate",
        access="access", told="told",
    )  # fmt: skip
    layers = _estimates("rates", ("rate", "low", "high"), tips, _beside(axis, ticks))
    scale = {"domain": [0, 1], "nice": False}
    vertical = _vertical("share of trials solved", scale, rate_axis(**_ROOM))
    return layered(layers, {"x": _horizontal(axis, ticks), "y": vertical}, _HEIGHT)


def factor_lines(
    axis: Axis, ticks: Sequence[float], domain: Domain, title: str, show: Quantity
) -> Spec:
    """Factors with their intervals on a logarithmic axis, and a rule at 1.

    Dataset ``factors``: the axis, shift, factor or null where infinite, low, high or null where
    infinite, colour, dash, shape, series, and the tooltip's columns.
    """
    low, high = domain
    tips = tooltip(
        learner="learner", timing="timing", threads="CPU threads", **_COORDINATES, text="factor"
    )
    steps = [
        *_beside(axis, ticks),
        *calculate(
            least=f"max(datum.low, {low!r})",
            most=f"isValid(datum.high) ? datum.high : {high!r}",
        ),
    ]
    one: Spec = {"type": "rule", "color": "var(--muted)", "strokeWidth": 1.5}
    across = {"x": {"value": 0}, "x2": {"value": "width"}, "y": number("one")}
    layers = [
        layer({"one": 1}, one, across),
        *_estimates("factors", ("factor", "least", "most"), tips, steps),
    ]
    vertical = _vertical(title, log_scale(domain), log_axis(domain, show, **_ROOM))
    return layered(layers, {"x": _horizontal(axis, ticks), "y": vertical}, _HEIGHT)


def _estimates(
    data: str, columns: tuple[str, str, str], tips: list[Spec], steps: list[Spec]
) -> list[Spec]:
    """Intervals, lines and points of a value and its two ends."""
    value, low, high = columns
    return [
        layer(
            data,
            _INTERVAL,
            {"y": number(low), "y2": {"field": high}, "color": COLOUR},
            *steps,
        ),
        layer(data, _LINE, {"y": number(value), **_LINED}, *steps),
        layer(
            data,
            _POINT,
            {"y": number(value), "color": COLOUR, "shape": literal("shape"), "tooltip": tips},
            f"isValid(datum.{value})",
            *steps,
        ),
    ]


def _horizontal(axis: Axis, ticks: Sequence[float]) -> Spec:
    """Where contestants stand: in the column ``x`` of :func:`_beside`."""
    scale = {
        "type": "log" if axis.logarithmic else "linear",
        "domain": list(axis.domain(ticks)),
        "nice": False,
    }
    marks = {"values": list(ticks), "format": ",~g", "grid": False, "labelOverlap": True}
    return number("x") | {"title": axis.title, "scale": scale, "axis": marks}


def _vertical(title: str, scale: Spec, axis: Spec) -> Spec:
    return {"type": "quantitative", "title": title, "scale": scale, "axis": axis}


def _beside(axis: Axis, ticks: Sequence[float]) -> list[Spec]:
    """The transform that sets contestants a little beside the axis's values, in a column ``x``."""
    low, high = axis.domain(ticks)
    value = f"datum.{axis.name}"
    if axis.logarithmic:
        return calculate(x=f"{value} * pow({high / low!r}, datum.shift)")
    return calculate(x=f"{value} + {high - low!r} * datum.shift")
