"""Marks that the charts on mechanism share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

COLOUR = alt.Color("colour:N", scale=None)
"""The contestant's own, from the rows."""
EXTENT = 46
"""Pixels kept for the labels of vertical axes, so that charts below each other line up."""
_SHOWN_COORDINATES = 8


def y_axis(**settings: Any) -> alt.Axis:
    """A vertical axis with its grid and as much room as all others."""
    return alt.Axis(ticks=False, domain=False, minExtent=EXTENT, maxExtent=EXTENT, **settings)


def bold_and_pale(
    rows: alt.Chart,
    x: alt.X,
    y: alt.Y,
    colour: alt.Color | None,
    *,
    dash: Sequence[int] = (),
    **style: Any,
) -> list[alt.Chart]:
    """A line per trial: thin and pale, the one whose rows are ``representative`` thick and on top.

    Args:
        rows: the chart that holds their rows, which have ``trial`` and ``representative``.
        x, y: where.
        colour: a channel; None for the muted ink.
        dash: of the lines.
        style: further properties of both marks.
    """
    ink = {} if colour else {"color": "var(--muted)"}
    channels = {"color": colour} if colour else {}
    mark = {"clip": True, "strokeDash": list(dash), **ink, **style}
    return [
        rows.transform_filter("!datum.representative")
        .mark_line(strokeWidth=1, opacity=0.28, **mark)
        .encode(x=x, y=y, detail="trial:N", **channels),
        rows.transform_filter("datum.representative")
        .mark_line(strokeWidth=2.4, **mark)
        .encode(x=x, y=y, **channels),
    ]


def set_text(support: Sequence[int] | None) -> str:
    """``{1, 4, 7}``; a large set is cut short."""
    if support is None:
        return ""
    shown = [str(i) for i in support[:_SHOWN_COORDINATES]]
    return f"{{{', '.join(shown)}{', …' if len(support) > len(shown) else ''}}}"
