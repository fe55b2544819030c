"""The charts of gradient learners: specifications of Vega-Lite, without their data.

Datasets: ``moments`` (trial, representative, step, colour and the columns of a trace), ``ends``
(step, representative, colour) of the solved trials, and ``weights`` (step, until, in_S, y, y2,
opacity, colour).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import altair as alt

from parity_compare.reports.figures.charts import Spec, finish
from parity_compare.reports.mechanism.drawing import COLOUR, bold_and_pale, y_axis
from parity_compare.reports.mechanism.hidden_progress import GRADIENT
from parity_compare.reports.mechanism.step_axis import StepAxis

OTHERS = (4, 3)
"""The dashes of the coordinates outside of S."""

_HEIGHTS = {"error": 130, "loss": 110, "progress": 140, "gradient": 120, "weights": 130}
_AXIS_HEIGHT = 38


def _y(field: str, top: float) -> alt.Y:
    scale = alt.Scale(domain=[0, top], nice=False)
    return alt.Y(f"{field}:Q", title=None, axis=y_axis(tickCount=4), scale=scale)


def _lines(
    x: alt.X, y: alt.Y, colour: alt.Color | None, dash: Sequence[int] = ()
) -> list[alt.Chart]:
    return bold_and_pale(alt.Chart(alt.NamedData("moments")), x, y, colour, dash=dash)


def _answered(x: alt.X) -> alt.Chart:
    """The dashed rule where the bold trial had its answer."""
    ends = alt.Chart(alt.NamedData("ends")).transform_filter("datum.representative")
    return ends.mark_rule(color="var(--ink)", strokeDash=[3, 3], strokeWidth=1.2).encode(x=x)


def _finish(layers: list[alt.Chart], name: str, *, last: bool) -> Spec:
    return finish(alt.layer(*layers), _HEIGHTS[name] + (_AXIS_HEIGHT if last else 0))


@lru_cache(maxsize=32)
def _error_spec(axis: StepAxis, top: float, last: bool) -> Spec:
    x, y = axis.x("step", labels=last), _y("error", top)
    coin = (
        alt.Chart(alt.InlineData(values=[{"coin": 0.5}]))
        .mark_rule(color="var(--line)", strokeWidth=1)
        .encode(y=_y("coin", top))
    )
    ends = (
        alt.Chart(alt.NamedData("ends"))
        .mark_tick(thickness=1.5, size=9, opacity=0.8, yOffset=-4)
        .encode(x=x, y=alt.datum(0, type="quantitative"), color=COLOUR)
    )
    return _finish([coin, *_lines(x, y, COLOUR), ends, _answered(x)], "error", last=last)


@lru_cache(maxsize=32)
def _loss_spec(axis: StepAxis, top: float, last: bool) -> Spec:
    x = axis.x("step", labels=last)
    return _finish([*_lines(x, _y("loss", top), COLOUR), _answered(x)], "loss", last=last)


@lru_cache(maxsize=32)
def _progress_spec(axis: StepAxis, top: float, last: bool) -> Spec:
    x = axis.x("step", labels=last)
    others = _lines(x, _y("progress_irrelevant", top), None, OTHERS)
    relevant = _lines(x, _y("progress_relevant", top), COLOUR)
    return _finish([*others, *relevant, _answered(x)], "progress", last=last)


@lru_cache(maxsize=32)
def _gradient_spec(axis: StepAxis, top: float, last: bool) -> Spec:
    """The two terms of the gap, and the area between them where it is open."""
    x = axis.x("step", labels=last)
    inside, outside = GRADIENT
    area = (
        alt.Chart(alt.NamedData("moments"))
        .transform_filter("datum.representative")
        .transform_calculate(open=f"max(datum.{inside}, datum.{outside})")
        .mark_area(opacity=0.22, clip=True)
        .encode(x=x, y=_y("open", top), y2=f"{outside}:Q", color=COLOUR)
    )
    lines = [*_lines(x, _y(outside, top), None, OTHERS), *_lines(x, _y(inside, top), COLOUR)]
    return _finish([area, *lines, _answered(x)], "gradient", last=last)


SPECS = {
    "error": _error_spec,
    "loss": _loss_spec,
    "progress": _progress_spec,
    "gradient": _gradient_spec,
}


@lru_cache(maxsize=32)
def stripe_spec(axis: StepAxis, n: int) -> Spec:
    """A strip per coordinate, the darker the larger its weight."""
    x = axis.x("step", labels=True)
    scale = alt.Scale(domain=[n, 0], nice=False, zero=False)
    axis_without = y_axis(labels=False, grid=False)
    y = alt.Y("y:Q", title=None, axis=axis_without, scale=scale)
    strips = alt.Chart(alt.NamedData("weights"))
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("coordinate", "in_S", "step", "weight")]
    opacity = alt.Opacity("opacity:Q", scale=alt.Scale(domain=[0, 1], range=[0.04, 1]), legend=None)
    layers = [
        strips.transform_filter(condition)
        .mark_rect(clip=True, **ink)
        .encode(x=x, x2="until:Q", y=y, y2="y2:Q", opacity=opacity, tooltip=tooltip, **channels)
        for condition, ink, channels in (
            ("datum.in_S", {}, {"fill": alt.Fill("colour:N", scale=None)}),
            ("!datum.in_S", {"fill": "var(--muted)"}, {}),
        )
    ]
    return _finish(layers, "weights", last=True)
