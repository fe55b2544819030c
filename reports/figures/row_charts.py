"""Charts with a row per contestant: costs with every trial, success rates, factors."""

from __future__ import annotations

from collections.abc import Sequence

from parity_compare.reports.figures.charts import (
    COLOUR,
    Domain,
    Spec,
    calculate,
    inside,
    layer,
    layered,
    log_axis,
    log_scale,
    number,
    rate_axis,
    row_band,
    tooltip,
)
from parity_compare.reports.wording import Quantity

_COST_HEIGHT, _RATE_HEIGHT = 54, 46
_AXIS_HEIGHT = 50
_SIDES = (("left", "left"), ("middle", "center"), ("right", "right"))
_BAR: Spec = {"type": "bar", "height": 8, "cornerRadius": 4, "opacity": 0.3}
_POINT: Spec = {"type": "point", "filled": True, "size": 90, "opacity": 1}


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
    drawn: Spec = {"filter": {"field": "row", "oneOf": list(names)}}
    rules = [] if limit is None else [layer({"limit": limit}, _rule((4, 4)), _across("limit"))]
    rules += [
        layer("bounds", _rule(dash), _across(column), inside(column, domain))
        for column, dash in bounds
    ]
    interval = layer(
        "costs",
        {"type": "bar", "height": 20, "cornerRadius": 4, "opacity": 0.2},
        {"x": number("low"), "x2": {"field": "high"}, "color": COLOUR},
        drawn,
        *calculate(
            # Without a lower end the interval is infinity alone, and has no length here.
            low=f"isValid(datum.median_low) ? max(datum.median_low, {low!r}) : {high!r}",
            high=f"isValid(datum.median_high) ? max(datum.median_high, {low!r}) : {high!r}",
        ),
    )
    median = layer(
        "costs",
        {"type": "tick", "thickness": 3, "size": 26, "cornerRadius": 1},
        {"x": number("middle"), "color": COLOUR},
        drawn,
        "isValid(datum.median)",
        *calculate(middle=f"max(datum.median, {low!r})"),
    )
    foreseen = layer(
        "forecasts",
        {"type": "point", "shape": "diamond", "filled": False, "size": 80, "strokeWidth": 1.5},
        {"x": number(currency), "y": {"field": "row", "bandPosition": 0.9}, "color": COLOUR},
        drawn,
        inside(currency, domain),
    )
    words = [
        layer(
            "costs",
            {"type": "text", "align": align, "dy": -18, "fontWeight": 600},
            {"x": number("at"), "text": {"field": "text", "type": "nominal"}},
            drawn,
            f"datum.side == '{side}'",
        )
        for side, align in _SIDES
    ]
    layers = [
        *rules,
        interval,
        *_dots(currency, domain, title, drawn),
        median,
        *([foreseen] if forecasts else []),
        *words,
    ]
    encoding = {
        "x": _horizontal(title, log_scale(domain), log_axis(domain, show)),
        "y": row_band(names, grid=True, bandPosition=1),
    }
    return layered(layers, encoding, _COST_HEIGHT * len(names) + _AXIS_HEIGHT)


def _dots(currency: str, domain: Domain, title: str, drawn: Spec) -> list[Spec]:
    """A mark per trial."""
    tips = [
        *tooltip(learner="learner", trial="trial", ended="ended", access="access", told="told"),
        number(currency) | {"title": title, "format": ",.4~r"},
    ]
    spread = {"field": "jitter", "type": "quantitative", "scale": {"domain": [-1, 1]}}
    solved: Spec = {"type": "point", "filled": True, "size": 44, "opacity": 0.8,
                    "stroke": "var(--page)", "strokeWidth": 0.8}  # fmt: skip
    failed: Spec = {"type": "point", "shape": "triangle-right", "filled": False, "size": 70,
                    "strokeWidth": 1.6, "opacity": 1}  # fmt: skip
    return [
        layer(
            "trials",
            mark,
            {"x": number("spent"), "yOffset": spread, "tooltip": tips} | hue,
            drawn,
            which,
            *calculate(spent=f"max(datum.{currency}, {domain[0]!r})"),
        )
        for mark, which, hue in (
            (solved, "datum.solved", {"fill": COLOUR}),
            (failed, "!datum.solved", {"stroke": COLOUR}),
        )
    ]


def rate_rows(names: Sequence[str]) -> Spec:
    """The success rate with Wilson's interval.

    Dataset ``rates``: row, rate, low, high, count, colour, and the tooltip's columns.
    """
    tips = tooltip(
        learner="learner", solved="solved", trials="trials", text="rate", access="access",
        told="told",
    )  # fmt: skip
    rate = {"x": number("rate"), "color": COLOUR, "tooltip": tips}
    places = (
        ("datum.rate < 0.1", "left"),
        ("datum.rate >= 0.1 && datum.rate <= 0.9", "center"),
        ("datum.rate > 0.9", "right"),
    )
    layers = [
        layer("rates", _BAR, {"x": number("low"), "x2": {"field": "high"}, "color": COLOUR}),
        layer("rates", _POINT, rate),
        *(_words("rates", "rate", "count", align, where) for where, align in places),
    ]
    scale = {"domain": [0, 1], "nice": False}
    encoding = {
        "x": _horizontal("share of trials solved", scale, rate_axis()),
        "y": row_band(names),
    }
    return layered(layers, encoding, _RATE_HEIGHT * len(names) + _AXIS_HEIGHT)


def factor_rows(names: Sequence[str], domain: Domain, title: str, show: Quantity) -> Spec:
    """A factor with its interval on a logarithmic axis, and a rule at 1.

    Dataset ``factors``: row, factor or null where infinite, low, high or null where infinite, text,
    at, side, colour.
    """
    low, high = domain
    ends = calculate(
        least=f"max(datum.low, {low!r})",
        most=f"isValid(datum.high) ? datum.high : {high!r}",
    )
    one: Spec = {"type": "rule", "color": "var(--muted)", "strokeWidth": 1.5}
    layers = [
        layer({"one": 1}, one, _across("one")),
        layer(
            "factors",
            _BAR,
            {"x": number("least"), "x2": {"field": "most"}, "color": COLOUR},
            *ends,
        ),
        layer(
            "factors",
            _POINT,
            {"x": number("factor"), "color": COLOUR},
            "isValid(datum.factor)",
        ),
        *(
            _words("factors", "at", "text", align, f"datum.side == '{side}'")
            for side, align in _SIDES
        ),
    ]
    encoding = {
        "x": _horizontal(title, log_scale(domain), log_axis(domain, show)),
        "y": row_band(names),
    }
    return layered(layers, encoding, _RATE_HEIGHT * len(names) + _AXIS_HEIGHT)


def _words(data: str, at: str, text: str, align: str, where: str) -> Spec:
    mark = {"type": "text", "align": align, "dy": -14, "fontWeight": 600}
    return layer(data, mark, {"x": number(at), "text": {"field": text, "type": "nominal"}}, where)


def _rule(dash: Sequence[int]) -> Spec:
    return {"type": "rule", "strokeDash": list(dash), "color": "var(--muted)"}


def _across(column: str) -> Spec:
    """Where a rule stands that crosses all rows."""
    return {"x": number(column), "y": {"value": 0}, "y2": {"value": "height"}}


def _horizontal(title: str, scale: Spec, axis: Spec) -> Spec:
    return {"type": "quantitative", "title": title, "scale": scale, "axis": axis}
